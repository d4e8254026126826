//! Due order.

use chrono::{DateTime, Utc};

/// What the queue is ordered by: the due instant, then the priority (lower first), then the order of registration.
pub(crate) type Key = (DateTime<Utc>, i32, u64);

/// A priority queue of slots in a table, each with a key.
///
/// The first is at hand in O(1); insertion, removal and a change of key take O(log n), wherever the slot stands: the
/// queue remembers where each is.
#[derive(Debug, Default)]
pub(crate) struct Queue {
    /// A heap with four children a node: half as deep as with two, and the children share a cache line.
    heap: Vec<(Key, u32)>,
    /// For each slot of the table, where in the heap it is.
    places: Vec<u32>,
}

const CHILDREN: usize = 4;
const NOWHERE: u32 = u32::MAX;

impl Queue {
    pub(crate) fn first(&self) -> Option<(Key, u32)> {
        self.heap.first().copied()
    }

    /// Puts `slot` where `key` says, whether it is in the queue already or not.
    pub(crate) fn put(&mut self, slot: u32, key: Key) {
        let index = slot as usize;
        if self.places.len() <= index {
            self.places.resize(index + 1, NOWHERE);
        }
        match self.places[index] {
            NOWHERE => {
                self.heap.push((key, slot));
                self.rise(self.heap.len() - 1);
            }
            place => {
                let place = place as usize;
                let earlier = key < self.heap[place].0;
                self.heap[place].0 = key;
                if earlier {
                    self.rise(place);
                } else {
                    self.sink(place);
                }
            }
        }
    }

    /// Takes `slot` out; nothing happens when it is not in the queue.
    pub(crate) fn remove(&mut self, slot: u32) {
        let Some(place) = self.places.get(slot as usize).copied().filter(|place| *place != NOWHERE) else {
            return;
        };
        let place = place as usize;
        self.places[slot as usize] = NOWHERE;
        self.heap.swap_remove(place);
        if place < self.heap.len() {
            self.rise(place);
            self.sink(place);
        }
    }

    fn rise(&mut self, mut place: usize) {
        let moving = self.heap[place];
        while place > 0 {
            let parent = (place - 1) / CHILDREN;
            if self.heap[parent].0 <= moving.0 {
                break;
            }
            self.settle(self.heap[parent], place);
            place = parent;
        }
        self.settle(moving, place);
    }

    fn sink(&mut self, mut place: usize) {
        let moving = self.heap[place];
        loop {
            let children = place * CHILDREN + 1;
            let last = (children + CHILDREN).min(self.heap.len());
            let Some(least) = (children..last).min_by_key(|child| self.heap[*child].0) else {
                break;
            };
            if moving.0 <= self.heap[least].0 {
                break;
            }
            self.settle(self.heap[least], place);
            place = least;
        }
        self.settle(moving, place);
    }

    fn settle(&mut self, entry: (Key, u32), place: usize) {
        self.heap[place] = entry;
        self.places[entry.1 as usize] = place as u32;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(seconds: i64) -> Key {
        (DateTime::from_timestamp(seconds, 0).unwrap(), 0, seconds as u64)
    }

    fn drain(mut queue: Queue) -> Vec<u32> {
        std::iter::from_fn(|| {
            let (_, slot) = queue.first()?;
            queue.remove(slot);
            Some(slot)
        })
        .collect()
    }

    #[test]
    fn what_goes_in_in_any_order_comes_out_in_due_order() {
        let mut queue = Queue::default();
        for slot in 0..1000_u32 {
            queue.put(slot, key(i64::from(slot * 7919 % 1000)));
        }
        let order = drain(queue);
        assert_eq!(order.len(), 1000);
        assert!(order.windows(2).all(|pair| pair[0] * 7919 % 1000 < pair[1] * 7919 % 1000));
    }

    #[test]
    fn a_slot_can_be_moved_and_removed_wherever_it_stands() {
        let mut queue = Queue::default();
        for slot in 0..100 {
            queue.put(slot, key(i64::from(slot)));
        }
        for slot in (0..100).step_by(3) {
            queue.remove(slot);
            queue.remove(slot);
        }
        for slot in (1..100).step_by(3) {
            queue.put(slot, key(1000 - i64::from(slot)));
        }
        let expected: Vec<u32> = (2..100).step_by(3).chain((1..100).step_by(3).rev()).collect();
        assert_eq!(drain(queue), expected);
    }

    #[test]
    fn equal_instants_come_by_priority_then_by_registration() {
        let mut queue = Queue::default();
        let now = DateTime::UNIX_EPOCH;
        queue.put(0, (now, 5, 0));
        queue.put(1, (now, 0, 2));
        queue.put(2, (now, 0, 1));
        queue.put(3, (now, -1, 3));
        assert_eq!(drain(queue), [3, 2, 1, 0]);
    }
}
