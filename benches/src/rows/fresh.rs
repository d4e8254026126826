//! The jobs with which the rows fill a registry.

use punctual::{Job, Scheduler};

/// A body that captures a counter, because boxing a closure that captures nothing would not allocate.
pub(super) fn body() -> impl FnMut() + Send + 'static {
    let mut runs = 0_u64;
    move || runs = std::hint::black_box(runs) + 1
}

/// An interval of one to two hours, different for successive `n`.
pub(super) fn seconds(n: usize) -> u64 {
    3_600 + (n as u64).wrapping_mul(7_919) % 3_600
}

/// Registers a job that is not due within the next hour; its interval differs from that of the job before.
pub fn later(scheduler: &Scheduler, n: usize) -> Job {
    scheduler.every().seconds(seconds(n)).run(body()).expect("a sentence without a mistake")
}
