//! The order in which jobs are due.

use crate::timestamp::Timestamp;

/// What the queue is ordered by: the instant at which a job is due, then its priority (lower first), then its
/// registration.
pub(crate) type Key = (Timestamp, i32, u64);

/// A row of the registry's table, and the key by which it is ordered.
///
/// 28 bytes, packed: four siblings of the heap fit into two cache lines, and comparing siblings is most of what the
/// queue does.
#[derive(Clone, Copy, Debug)]
#[repr(C, packed(4))]
pub(crate) struct Entry {
    /// The instant and the priority as one number: the 96 bits of the instant above the 32 bits of the priority, each
    /// with its sign bit flipped, so that unsigned numbers have the order of the signed ones.
    rank: u128,
    /// The order of registration.
    seq: u64,
    row: u32,
}

impl Entry {
    /// Flipping this bit turns a signed number into an unsigned one with the same order: -1, 0, 1 become 2¹²⁷ - 1,
    /// 2¹²⁷, 2¹²⁷ + 1.
    const SIGN: u128 = 1 << 127;

    pub(crate) fn new(row: u32, (due, priority, seq): Key) -> Self {
        Entry { rank: Self::rank(due) | u128::from(priority as u32 ^ (1 << 31)), seq, row }
    }

    /// The lowest rank of an instant. Its highest has all 32 bits of the priority set.
    #[inline]
    const fn rank(due: Timestamp) -> u128 {
        (due.nanos() << 32) as u128 ^ Self::SIGN
    }

    #[inline]
    pub(crate) fn due(&self) -> Timestamp {
        Timestamp::of((self.rank ^ Self::SIGN) as i128 >> 32)
    }

    #[inline]
    pub(crate) fn row(&self) -> u32 {
        self.row
    }

    /// Changes the instant; priority and registration stay.
    #[inline]
    pub(crate) fn set_due(&mut self, due: Timestamp) {
        self.rank = Self::rank(due) | u128::from(self.rank as u32);
    }

    /// Whether this entry comes before another. Without branches: the answer is as good as random while an entry sinks,
    /// and a branch on it would be mispredicted every other time.
    #[inline]
    fn is_before(&self, other: &Entry) -> bool {
        let (mine, theirs) = (self.rank, other.rank);
        (mine < theirs) | ((mine == theirs) & (self.seq < other.seq))
    }

    /// Sorts by the key.
    fn sort(entries: &mut Vec<Entry>) {
        let is_sorted = entries.is_sorted_by(|one, next| one.is_before(next));
        match u32::try_from(entries.len()) {
            Ok(len) if len >= Self::MANY && !is_sorted => Self::sort_many(entries, len),
            _ if !is_sorted => Self::sort_few(entries),
            _ => {}
        }
    }

    fn sort_few(entries: &mut [Entry]) {
        entries.sort_unstable_by_key(|entry| (entry.rank, entry.seq));
    }

    /// From this number of entries on, moving them is most of the work of sorting them.
    const MANY: u32 = 4_096;

    /// Sorts one number for each entry, and moves each entry once. The number is the instant, counted from the first,
    /// and the place of the entry.
    #[cold]
    fn sort_many(entries: &mut Vec<Entry>, len: u32) {
        let first = entries.iter().map(|entry| entry.rank).min().unwrap_or_default();
        // 584 years after the first, all instants count as the same: what is the same is sorted below.
        let instant = |entry: &Entry| u64::try_from((entry.rank - first) >> 32).unwrap_or(u64::MAX);
        let numbers = entries.iter().zip(0..len);
        let mut numbers: Vec<u128> =
            numbers.map(|(entry, place)| u128::from(instant(entry)) << 32 | u128::from(place)).collect();
        numbers.sort_unstable();
        let mut sorted: Vec<Entry> = numbers.iter().map(|number| entries[*number as u32 as usize]).collect();
        let mut rest = &mut sorted[..];
        for same in numbers.chunk_by(|one, next| one >> 32 == next >> 32) {
            let (these, others) = rest.split_at_mut(same.len());
            if same.len() > 1 {
                Self::sort_few(these);
            }
            rest = others;
        }
        *entries = sorted;
    }
}

/// A priority queue of the rows of a table: a heap that knows the place of each row.
///
/// Reading the first entry is O(1). Inserting, removing and changing the key of any row is O(log n). What is due is
/// taken out as one batch and put back as one batch: see [`take_due`](Queue::take_due).
#[derive(Clone, Debug, Default)]
pub(crate) struct Queue {
    /// Each node has four children: the heap is half as deep as with two, and siblings share a cache line or two.
    heap: Vec<Entry>,
    /// The place in the heap of each row of the table.
    places: Vec<u32>,
    /// The places of the batch that is taken out, ascending, so each parent comes before its children.
    out: Vec<u32>,
    /// The memory of the batch, kept from one pass to the next.
    due: Vec<Entry>,
}

const CHILDREN: usize = 4;
/// The place of a row that is not in the queue.
const NOWHERE: u32 = u32::MAX;

impl Queue {
    pub(crate) fn first(&self) -> Option<&Entry> {
        self.heap.first()
    }

    /// When a row is due; `None` when it is not in the queue.
    pub(crate) fn due(&self, row: u32) -> Option<Timestamp> {
        self.place(row).map(|place| self.heap[place].due())
    }

    /// Inserts `row`, or changes its key if it is in the queue already. O(log n).
    pub(crate) fn put(&mut self, row: u32, key: Key) {
        let entry = Entry::new(row, key);
        match self.place(row) {
            None => {
                let index = row as usize;
                if self.places.len() <= index {
                    self.places.resize(index + 1, NOWHERE);
                }
                self.heap.push(entry);
                self.rise(self.heap.len() - 1);
            }
            Some(place) => {
                let earlier = entry.is_before(&self.heap[place]);
                self.heap[place] = entry;
                if earlier {
                    self.rise(place);
                } else {
                    self.sink(place);
                }
            }
        }
    }

    /// Removes `row`. No effect if it is not in the queue. O(log n).
    pub(crate) fn remove(&mut self, row: u32) {
        let Some(place) = self.place(row) else { return };
        self.places[row as usize] = NOWHERE;
        let last = self.heap.len() - 1;
        self.heap.swap_remove(place);
        // The last entry has moved here from another branch, so it may belong further up as well as further down.
        if place < last && self.rise(place) == place {
            self.sink(place);
        }
    }

    /// Takes out everything that is due at `now`, in due order. The queue must not be used until the batch is
    /// [put back](Queue::put_back), complete.
    ///
    /// O(k log k) for k due entries, O(k) if the heap has them in order already, which is usual.
    ///
    /// This is cheaper than k removals and insertions at O(log n) each: mostly, what is due together is due again in
    /// the same order, so that little has to move.
    pub(crate) fn take_due(&mut self, now: Timestamp) -> Vec<Entry> {
        let mut due = std::mem::take(&mut self.due);
        due.clear();
        self.out.clear();
        let last = Entry::rank(now) | u128::from(u32::MAX);
        // A parent is never later than its children, so what is due is the top of the heap: a walk from the root that
        // turns back at each entry that is not due sees all of it. Here `now` is 3, and `out` becomes 0, 1, 3, 6:
        //
        //     place   0 | 1 2 3 4 | 5 6      5 and 6 are the children of 1
        //     due     1 | 2 5 3 9 | 4 3
        //
        // `out` is also the list of places whose children are still to be looked at: the first `looked` are done.
        let mut looked = 0;
        let mut children = 0..self.heap.len().min(1);
        loop {
            for (entry, place) in self.heap[children.clone()].iter().zip(children) {
                if entry.rank <= last {
                    self.out.push(place as u32);
                    due.push(*entry);
                }
            }
            let Some(place) = self.out.get(looked) else { break };
            looked += 1;
            children = self.children(*place as usize);
        }
        // These are copies. The old entries stay in the heap as placeholders: `put_back` overwrites them. A `put` or
        // `remove` in between could move one of them to a place that is not in `out`, and the row would be in the heap
        // twice.
        Entry::sort(&mut due);
        due
    }

    /// Takes back the batch of [`take_due`](Queue::take_due): the same rows in the same order, each with the instant at
    /// which it is due next. A row with [`Timestamp::NEVER`] leaves the queue.
    pub(crate) fn put_back(&mut self, due: Vec<Entry>) {
        // The places are ascending, and the rows in the order in which they were due. If that is the order of their
        // next slots, too, the batch is in heap order already, and has to sink only below what was not due.
        for (place, entry) in self.out.iter().zip(&due) {
            self.heap[*place as usize] = *entry;
            self.places[entry.row as usize] = *place;
        }
        // If nothing else is in the heap, and the batch is in order, so is the heap.
        if self.out.len() < self.heap.len() || !due.is_sorted_by(|one, next| one.is_before(next)) {
            // Children first, as a heap is built from a list: an entry may sink only where everything below is a heap.
            // Nothing has to rise, because all ancestors of a place in `out` are in `out`, too. Places from `parents`
            // on have no children.
            let parents = (self.heap.len() + CHILDREN - 2) / CHILDREN;
            for index in (0..self.out.partition_point(|place| (*place as usize) < parents)).rev() {
                self.sink(self.out[index] as usize);
            }
        }
        // Only now: `remove` relies on a heap that is in order.
        let never = Entry::rank(Timestamp::NEVER);
        for entry in due.iter().filter(|entry| entry.rank >= never) {
            self.remove(entry.row);
        }
        self.due = due;
    }

    fn place(&self, row: u32) -> Option<usize> {
        self.places.get(row as usize).copied().filter(|place| *place != NOWHERE).map(|place| place as usize)
    }

    fn children(&self, place: usize) -> std::ops::Range<usize> {
        let first = (place * CHILDREN + 1).min(self.heap.len());
        first..(first + CHILDREN).min(self.heap.len())
    }

    /// Moves the entry at a place towards the root until its parent is not later; returns its new place.
    fn rise(&mut self, mut place: usize) -> usize {
        let moving = self.heap[place];
        while place > 0 {
            let parent = (place - 1) / CHILDREN;
            if !moving.is_before(&self.heap[parent]) {
                break;
            }
            self.set(place, self.heap[parent]);
            place = parent;
        }
        self.set(place, moving);
        place
    }

    /// Moves the entry at a place away from the root until no child is earlier.
    fn sink(&mut self, start: usize) {
        let moving = self.heap[start];
        let mut place = start;
        loop {
            let first = place * CHILDREN + 1;
            let Some(children) = self.heap.get(first..self.heap.len().min(first + CHILDREN)) else { break };
            let (mut least, mut child) = (moving, place);
            for (entry, place) in children.iter().zip(first..) {
                if entry.is_before(&least) {
                    (least, child) = (*entry, place);
                }
            }
            if child == place {
                break;
            }
            self.set(place, least);
            place = child;
        }
        // An entry that stays is not written: most of a batch stays.
        if place != start {
            self.set(place, moving);
        }
    }

    fn set(&mut self, place: usize, entry: Entry) {
        self.heap[place] = entry;
        self.places[entry.row as usize] = place as u32;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(seconds: i64) -> Key {
        (Timestamp::new(seconds, 0), 0, seconds as u64)
    }

    fn drain(mut queue: Queue) -> Vec<u32> {
        std::iter::from_fn(|| {
            let slot = queue.first()?.row;
            queue.remove(slot);
            Some(slot)
        })
        .collect()
    }

    #[test]
    fn entries_leave_in_due_order_whatever_the_order_of_insertion() {
        let mut queue = Queue::default();
        for slot in 0..1000_u32 {
            queue.put(slot, key(i64::from(slot * 7919 % 1000)));
        }
        let order = drain(queue);
        assert_eq!(order.len(), 1000);
        assert!(order.windows(2).all(|pair| pair[0] * 7919 % 1000 < pair[1] * 7919 % 1000));
    }

    #[test]
    fn a_row_can_be_moved_and_removed_wherever_it_is() {
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
    fn an_entry_keeps_its_instant_and_its_priority_at_all_limits() {
        let instants = [
            Timestamp::NEVER,
            Timestamp::LAST,
            Timestamp::UNIX_EPOCH,
            Timestamp::new(-1, 1),
            Timestamp::new(i64::MIN, 0),
        ];
        let mut entries = Vec::new();
        for (due, seq) in instants.into_iter().zip(0..) {
            for priority in [i32::MAX, 1, 0, -1, i32::MIN] {
                let mut entry = Entry::new(7, (due, priority, seq));
                assert_eq!((entry.due(), { entry.seq }, entry.row()), (due, seq, 7));
                entries.push(entry);
                entry.set_due(Timestamp::UNIX_EPOCH);
                let moved = Entry::new(7, (Timestamp::UNIX_EPOCH, priority, seq));
                assert_eq!((entry.rank, entry.due()), (moved.rank, Timestamp::UNIX_EPOCH));
            }
        }
        // They are made from the last to the first.
        assert!(entries.windows(2).all(|pair| pair[1].is_before(&pair[0]) && !pair[0].is_before(&pair[1])));
    }

    #[test]
    fn equal_instants_are_ordered_by_priority_then_by_registration() {
        let mut queue = Queue::default();
        let now = Timestamp::UNIX_EPOCH;
        queue.put(0, (now, 5, 0));
        queue.put(1, (now, 0, 2));
        queue.put(2, (now, 0, 1));
        queue.put(3, (now, -1, 3));
        assert_eq!(drain(queue), [3, 2, 1, 0]);
    }

    #[test]
    fn many_entries_are_sorted_like_few() {
        let mut random = fastrand::Rng::with_seed(3);
        let instants = [Timestamp::NEVER, Timestamp::LAST, Timestamp::UNIX_EPOCH, Timestamp::new(-1, 1)];
        for spread in [3, 1_000, i64::from(u32::MAX)] {
            let mut entries: Vec<Entry> = (0..Entry::MANY * 2)
                .map(|row| {
                    let due = match random.u8(0..8) {
                        0 => random.choice(instants).unwrap(),
                        _ => Timestamp::new(random.i64(0..spread), random.u32(0..2)),
                    };
                    Entry::new(row, (due, random.i32(-1..2), random.u64(0..5)))
                })
                .collect();
            let mut expected = entries.clone();
            Entry::sort_few(&mut expected);
            Entry::sort(&mut entries);
            let keys = |entries: &[Entry]| entries.iter().map(|entry| (entry.rank, entry.seq)).collect::<Vec<_>>();
            assert!(keys(&entries) == keys(&expected), "within {spread} s");
        }
    }

    #[test]
    fn a_batch_is_taken_in_due_order_and_put_back_into_a_valid_heap() {
        let mut random = fastrand::Rng::with_seed(7);
        for _ in 0..200 {
            let mut queue = Queue::default();
            let mut naive: Vec<(Key, u32)> = Vec::new();
            for row in 0..random.u32(1..60) {
                let key = (Timestamp::new(random.i64(0..30), random.u32(0..2)), random.i32(-1..2), row.into());
                queue.put(row, key);
                naive.push((key, row));
            }
            for now in (0..40).step_by(4).map(|seconds| Timestamp::new(seconds, 0)) {
                naive.sort_unstable();
                let split = naive.partition_point(|((due, ..), _)| *due <= now);
                let mut due = queue.take_due(now);
                assert!(due.iter().map(|entry| entry.row).eq(naive[..split].iter().map(|(_, row)| *row)));
                for (entry, (key, _)) in due.iter_mut().zip(&mut naive) {
                    let leaves = random.u8(0..4) == 0;
                    key.0 = if leaves { Timestamp::NEVER } else { now.after(random.i64(1..20).into()) };
                    entry.set_due(key.0);
                }
                queue.put_back(due);
                naive.retain(|((due, ..), _)| *due != Timestamp::NEVER);
                naive.iter().for_each(|((due, ..), row)| assert_eq!(queue.due(*row), Some(*due)));
                assert_eq!(queue.heap.len(), naive.len());
            }
            naive.sort_unstable();
            assert!(drain(queue).into_iter().eq(naive.iter().map(|(_, row)| *row)));
        }
    }
}
