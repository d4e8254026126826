//! What no scheduler can do without.

use std::{cmp::Reverse, collections::BinaryHeap, hint::black_box, time::SystemTime};

use super::{fresh, Row};

const TIMES: u64 = 1_000;

/// `SystemTime::now()`.
pub(super) struct ClockRead;

impl Row for ClockRead {
    fn prepare(&mut self) {}

    fn operate(&mut self) -> u64 {
        for _ in 0..TIMES {
            black_box(SystemTime::now());
        }
        TIMES
    }
}

/// A call of a boxed closure.
pub(super) struct BoxedCall(Box<dyn FnMut() + Send>);

impl BoxedCall {
    pub(super) fn new() -> Self {
        BoxedCall(Box::new(fresh::body()))
    }
}

impl Row for BoxedCall {
    fn prepare(&mut self) {}

    fn operate(&mut self) -> u64 {
        for _ in 0..TIMES {
            black_box(&mut self.0)();
        }
        TIMES
    }
}

/// The first of a heap of instants moves to somewhere later.
pub(super) struct HeapReplace {
    heap: BinaryHeap<Reverse<(u64, u32)>>,
    turn: usize,
}

impl HeapReplace {
    pub(super) fn new(jobs: usize) -> Self {
        let heap = (0..jobs).map(|job| Reverse((fresh::seconds(job), job as u32))).collect();
        HeapReplace { heap, turn: 0 }
    }
}

impl Row for HeapReplace {
    fn prepare(&mut self) {}

    fn operate(&mut self) -> u64 {
        for _ in 0..TIMES {
            self.turn += 1;
            if let Some(mut first) = self.heap.peek_mut() {
                first.0 .0 += fresh::seconds(self.turn);
            }
        }
        TIMES
    }
}
