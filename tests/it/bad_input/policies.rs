//! Late runs, and overlapping ones.

use std::time::Duration;

use punctual::{Coalesce, Overlap};

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
    ];
    assert_refused(cases);
}

#[test]
fn a_policy_without_bounds_is_accepted() {
    let scheduler = punctual::Scheduler::new();
    let sentence = scheduler.every().day().misfire_grace(Duration::MAX).coalesce(Coalesce::All(u32::MAX));
    assert!(sentence.overlap(Overlap::Queue(u32::MAX)).run(|| {}).is_ok());
}
