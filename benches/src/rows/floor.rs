//! Lower bounds: operations that every scheduler needs.

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

/// `ManualClock::read`, which the rows with a manual clock include.
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

/// `ManualClock::advance`, which the rows with a manual clock include.
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

/// Calls a boxed closure.
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

/// Gives the first entry of a `BinaryHeap` a later time.
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
