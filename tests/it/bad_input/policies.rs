//! Runs that are late, overlap, fail or take too long.

use std::time::Duration;

use punctual::{Coalesce, Overlap, Retry};

use super::{assert_refused, Case};

#[test]
fn a_policy_that_allows_nothing_is_refused() {
    let cases: &[Case] = &[
        (
            |s| s.every().day().misfire_grace(Duration::ZERO).run(|| {}),
            "invalid misfire_grace 0ns: it must be longer than zero",
        ),
        (
            |s| s.every().day().coalesce(Coalesce::All(0)).run(|| {}),
            "invalid count 0 for Coalesce::All: it must be 1 or more",
        ),
        (
            |s| s.every().day().overlap(Overlap::Queue(0)).run(|| {}),
            "invalid count 0 for Overlap::Queue: it must be 1 or more",
        ),
        (
            |s| s.every().day().overlap(Overlap::Allow(0)).run(|| {}),
            "invalid count 0 for Overlap::Allow: it must be 1 or more",
        ),
        (
            |s| s.every().day().parallel().overlap(Overlap::Allow(3)).run(|| {}),
            "invalid overlap Allow(3): several runs at a time need a body that is shared (expected `max_instances(3)` \
             instead)",
        ),
        (|s| s.every().day().timeout(Duration::ZERO).run(|| {}), "invalid timeout 0ns: it must be longer than zero"),
        (|s| s.every().day().retry(0).run(|| {}), "invalid count 0 for retry: it must be 1 or more"),
        (|s| s.every().day().retry(-2).run(|| {}), "invalid count -2 for retry: it must be 1 or more"),
        (
            |s| s.every().day().retry(Retry::fixed(Duration::from_secs(5))).run(|| {}),
            "invalid retry every 5s: it has no limit (expected `times(n)`, `within(duration)`, or both)",
        ),
        (
            |s| s.every().day().retry(Retry::fixed(Duration::ZERO).within(Duration::ZERO)).run(|| {}),
            "invalid retry within 0ns: it must be longer than zero",
        ),
        (
            |s| s.every().day().retry(Retry::exponential(Duration::ZERO, Duration::MAX).times(1)).run(|| {}),
            "invalid first delay for retry 0ns: it must be longer than zero",
        ),
        (
            |s| s.every().day().retry(Retry::exponential(Duration::MAX, Duration::ZERO).times(1)).run(|| {}),
            "invalid delays 18446744073709551615.999999999s to 0ns for retry: the longest must not be below the first",
        ),
    ];
    assert_refused(cases);
}

#[test]
fn a_policy_without_bounds_is_accepted() {
    let scheduler = punctual::Scheduler::new();
    let sentence = scheduler.every().day().misfire_grace(Duration::MAX).coalesce(Coalesce::All(u32::MAX));
    let sentence = sentence.overlap(Overlap::Queue(u32::MAX)).timeout(Duration::MAX);
    let retry = Retry::exponential(Duration::MAX, Duration::MAX).times(u64::MAX).within(Duration::MAX).jitter();
    let job = sentence.retry(retry).run(|| Err::<(), _>("no")).unwrap();
    assert!(job.run_now());
    assert!(job.is_running() && job.cancel(), "it waits for centuries");
    assert!(!job.is_running());
}
