//! What the rows fill a registry with.

use punctual::{Job, Scheduler};

/// A body that is no larger than a counter, and no smaller: a closure that captures nothing needs no memory.
pub(super) fn body() -> impl FnMut() + Send + 'static {
    let mut runs = 0_u64;
    move || runs = std::hint::black_box(runs) + 1
}

/// An interval of one to two hours, such that neighbours differ.
pub(super) fn seconds(n: usize) -> u64 {
    3_600 + (n as u64).wrapping_mul(7_919) % 3_600
}

/// Registers a job that is not due in the next hour; neighbours differ.
pub fn later(scheduler: &Scheduler, n: usize) -> Job {
    scheduler.every().seconds(seconds(n)).run(body()).expect("a sentence without a mistake")
}
