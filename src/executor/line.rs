//! The work that no worker has begun.

use std::{
    cmp::Ordering,
    collections::{BinaryHeap, VecDeque},
};

use super::pool::Work;
use crate::{id::RunId, timestamp::Timestamp};

/// When work that waits is done: in ascending order.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Turn {
    pub(crate) priority: i32,
    pub(crate) slot: Timestamp,
    pub(crate) run: RunId,
}

/// Work in the order of its turns.
///
/// Most work comes in that order, for passes begin runs by their slots: it is appended to a list. Only what comes
/// before the last of the list is sorted, in a heap:
///
/// ```text
/// turns come     1  2  5  3  4  7
/// list           1  2  5        7     takes and appends in O(1)
/// heap                    3  4        in O(log n)
/// ```
#[derive(Default)]
pub(super) struct Line {
    in_order: VecDeque<Waiting>,
    others: BinaryHeap<Waiting>,
}

/// Work, and when it is done.
struct Waiting {
    turn: Turn,
    work: Work,
}

impl Line {
    pub(super) fn len(&self) -> usize {
        self.in_order.len() + self.others.len()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.len() == 0
    }

    pub(super) fn push(&mut self, turn: Turn, work: Work) {
        let waiting = Waiting { turn, work };
        match self.in_order.back() {
            Some(last) if turn < last.turn => self.others.push(waiting),
            _ => self.in_order.push_back(waiting),
        }
    }

    /// Takes out the work whose turn is next.
    pub(super) fn pop(&mut self) -> Option<Work> {
        let waiting = match (self.in_order.front(), self.others.peek()) {
            (Some(first), Some(other)) if other.turn < first.turn => self.others.pop(),
            (None, _) => self.others.pop(),
            _ => self.in_order.pop_front(),
        };
        waiting.map(|waiting| waiting.work)
    }

    /// Takes out all work but the first `n`, in its order.
    pub(super) fn take_after(&mut self, n: usize) -> Vec<Work> {
        let mut all: Vec<Waiting> = self.in_order.drain(..).chain(self.others.drain()).collect();
        all.sort_unstable_by_key(|waiting| waiting.turn);
        let taken = all.split_off(n.min(all.len()));
        self.in_order = all.into();
        taken.into_iter().map(|waiting| waiting.work).collect()
    }
}

impl Ord for Waiting {
    /// Reversed: a heap takes out its greatest.
    fn cmp(&self, other: &Self) -> Ordering {
        other.turn.cmp(&self.turn)
    }
}

impl PartialOrd for Waiting {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Waiting {
    fn eq(&self, other: &Self) -> bool {
        self.turn == other.turn
    }
}

impl Eq for Waiting {}

#[cfg(test)]
mod tests {
    use std::{collections::BTreeMap, sync::mpsc::channel};

    use fastrand::Rng;

    use super::*;

    #[test]
    fn work_comes_out_in_the_order_of_its_turns_however_it_goes_in() {
        for seed in 0..200 {
            let mut random = Rng::with_seed(seed);
            let (sender, done) = channel();
            let (mut line, mut model) = (Line::default(), BTreeMap::new());
            for run in 0..random.u64(1..200) {
                match random.u8(0..10) {
                    0..6 => {
                        let slot = Timestamp::new(random.i64(0..4), 0);
                        let turn = Turn { priority: random.i32(-1..2), slot, run: RunId(run) };
                        let sender = sender.clone();
                        line.push(turn, Box::new(move |_| sender.send(run).unwrap()));
                        model.insert((turn.priority, turn.slot.nanos(), run), run);
                    }
                    6..9 => {
                        line.pop().into_iter().for_each(|work| work(true));
                        assert_eq!(done.try_recv().ok(), model.pop_first().map(|(_, run)| run), "seed {seed}");
                    }
                    _ => {
                        let kept = random.usize(0..10);
                        line.take_after(kept).into_iter().for_each(|work| work(false));
                        let last = model.keys().nth(kept).copied();
                        let taken = last.map(|last| model.split_off(&last)).unwrap_or_default();
                        assert!(done.try_iter().eq(taken.into_values()), "seed {seed}");
                    }
                }
                assert_eq!((line.len(), line.is_empty()), (model.len(), model.is_empty()));
            }
        }
    }
}
