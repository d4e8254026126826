//! A registry as it is filled.

use punctual::{Job, Scheduler};

/// A body that is no larger than a counter, and no smaller: a closure that captures nothing needs no memory.
pub(super) fn body() -> impl FnMut() + Send + 'static {
    let mut runs = 0_u64;
    move || runs = std::hint::black_box(runs) + 1
}

/// 10 to 3609 seconds, such that neighbours differ.
pub(super) fn seconds(n: usize) -> u64 {
    10 + (n as u64).wrapping_mul(7_919) % 3_600
}

/// The default registry with so many jobs and no others, none of them due in the next hour.
pub(super) fn default_registry(jobs: usize) -> &'static Scheduler {
    let scheduler = punctual::default_scheduler();
    scheduler.clear();
    for n in 0..jobs {
        later(n);
    }
    scheduler
}

/// Registers a job that is not due in the next hour.
pub(super) fn later(n: usize) -> Job {
    punctual::every().seconds(3_600 + seconds(n)).run(body()).expect("a sentence without a mistake")
}
