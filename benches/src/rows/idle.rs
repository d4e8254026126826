use std::hint::black_box;

use super::{fresh, Row};

/// Polls the default scheduler, on the machine's clock, with nothing due.
pub(super) struct Idle;

const POLLS: u64 = 1_000;

impl Idle {
    pub(super) fn new(jobs: usize) -> Self {
        punctual::clear();
        (0..jobs).for_each(|n| drop(fresh::later(punctual::default_scheduler(), n)));
        Idle
    }
}

impl Row for Idle {
    fn prepare(&mut self) {}

    fn operate(&mut self) -> u64 {
        for _ in 0..POLLS {
            assert_eq!(black_box(punctual::run_pending()), 0);
        }
        POLLS
    }
}
