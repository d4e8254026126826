//! What no scheduler can do without.

use std::{
    cmp::Reverse,
    collections::BinaryHeap,
    hint::black_box,
    time::{Duration, SystemTime},
};

use punctual::{chrono::DateTime, Clock, ManualClock};

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

/// What the rows with a clock that is moved by hand pay for each look at it.
pub(super) struct ManualRead(ManualClock);

impl ManualRead {
    pub(super) fn new() -> Self {
        ManualRead(ManualClock::new(DateTime::UNIX_EPOCH))
    }
}

impl Row for ManualRead {
    fn prepare(&mut self) {}

    fn operate(&mut self) -> u64 {
        for _ in 0..TIMES {
            black_box(self.0.read());
        }
        TIMES
    }
}

/// What they pay to move it.
pub(super) struct ManualAdvance(ManualClock);

impl ManualAdvance {
    pub(super) fn new() -> Self {
        ManualAdvance(ManualClock::new(DateTime::UNIX_EPOCH))
    }
}

impl Row for ManualAdvance {
    fn prepare(&mut self) {
        self.0.set(DateTime::UNIX_EPOCH);
    }

    fn operate(&mut self) -> u64 {
        for _ in 0..TIMES {
            self.0.advance(Duration::from_secs(1));
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
