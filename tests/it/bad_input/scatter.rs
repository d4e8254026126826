//! Random moments, slots that are put off, and common slots.

use std::time::Duration;

use punctual::{Schedule, Unit};

use super::{assert_refused, Case};
use crate::support::{minutes, seconds};

#[test]
fn an_invalid_random_moment_is_refused() {
    let cases: &[Case] = &[
        (
            |s| s.every().day().at_random("9:00", "25:00").run(|| {}),
            "invalid time \"25:00\" for a random moment: the hour must be 0 to 23 (expected HH:MM or HH:MM:SS)",
        ),
        (
            |s| s.every().day().at_random("9:00", "9:00").run(|| {}),
            "invalid random moment \"09:00:00\" to \"09:00:00\" for \"every day\": both are the same (expected two \
             different times)",
        ),
        (
            |s| s.schedule(Schedule::every(1, Unit::Week)?.at_random("9:00", "11:00")?).run(|| {}),
            "invalid random moment \"09:00:00\" to \"11:00:00\" for \"every week\": no day is named (expected the days \
             first)",
        ),
        (
            |s| s.schedule(Schedule::once("2030-01-01")?.at_random("9:00", "11:00")?).run(|| {}),
            "invalid random moment \"09:00:00\" to \"11:00:00\" for \"once at 2030-01-01\": there is a single run \
             (expected a schedule that repeats)",
        ),
    ];
    assert_refused(cases);
}

#[test]
fn what_does_not_go_with_a_random_moment_is_refused_in_whatever_order() {
    let cases: &[Case] = &[
        (
            |s| s.every().day().at("10:00").at_random("9:00", "11:00").run(|| {}),
            "invalid random moment \"09:00:00\" to \"11:00:00\" for \"every day at 10:00\": there is a time already \
             (expected either)",
        ),
        (
            |s| s.every().day().at_random("9:00", "11:00").at("10:00").run(|| {}),
            "invalid time \"10:00:00\" for \"every day at a random time between 09:00 and 11:00\": its moments are \
             random already (expected either)",
        ),
        (
            |s| s.every().day().between("9:00", "10:00").at_random("9:00", "11:00").run(|| {}),
            "invalid random moment \"09:00:00\" to \"11:00:00\" for \"every day between 09:00 and 10:00\": there is a \
             window already (expected either)",
        ),
        (
            |s| s.every().day().at_random("9:00", "11:00").between("9:00", "10:00").run(|| {}),
            "invalid window \"09:00:00\" to \"10:00:00\" for \"every day at a random time between 09:00 and 11:00\": its \
             moments are random already (expected either)",
        ),
        (
            |s| s.every().day().jitter(minutes(1)).at_random("9:00", "11:00").run(|| {}),
            "invalid random moment \"09:00:00\" to \"11:00:00\" for \"every day with jitter 60s\": it has `jitter` or \
             `spread` already (expected either)",
        ),
        (
            |s| s.every().day().at_random("9:00", "11:00").jitter(minutes(1)).run(|| {}),
            "invalid jitter 60s for \"every day at a random time between 09:00 and 11:00\": its moments are random \
             already (expected either)",
        ),
        (
            |s| s.every().day().at_random("9:00", "11:00").at_random("9:00", "12:00").run(|| {}),
            "invalid random moment \"09:00:00\" to \"12:00:00\" for \"every day at a random time between 09:00 and \
             11:00\": there is another (expected `or` with a schedule that has the second)",
        ),
    ];
    assert_refused(cases);
}

#[test]
fn a_length_that_is_too_short_or_too_long_is_refused() {
    let cases: &[Case] = &[
        (|s| s.every().hour().jitter(seconds(0)).run(|| {}), "invalid jitter 0ns: it must be at least 1ms"),
        (
            |s| s.every().hour().spread(Duration::from_micros(999)).named("a").run(|| {}),
            "invalid spread 999µs: it must be at least 1ms",
        ),
        (
            |s| s.every().hour().jitter(seconds(18_446_744_074)).run(|| {}),
            "invalid jitter 18446744074s: it must be at most 584 years",
        ),
        (
            |s| s.schedule(Schedule::once("2030-01-01")?.jitter(minutes(1))?).run(|| {}),
            "invalid jitter 60s for \"once at 2030-01-01\": there is a single run (expected a schedule that repeats)",
        ),
        (
            |s| s.every().hour().spread(minutes(1)).run(|| {}),
            "invalid spread for \"every hour spread over 60s\": its job has neither a key nor a name to spread it by \
             (expected `named` or `key`)",
        ),
    ];
    assert_refused(cases);
}

#[test]
fn a_schedule_that_cannot_have_common_slots_is_refused() {
    let cases: &[Case] = &[
        (
            |s| s.every().hour().and(Schedule::once("2030-01-01")?).run(|| {}),
            "invalid part \"once at 2030-01-01\" of common slots: there is a single run (expected a schedule that \
             repeats)",
        ),
        (
            |s| s.every().hours(1).to(2).and(s.every().day().schedule()?).run(|| {}),
            "invalid part \"every 1 to 2 hours\" of common slots: its interval is random (expected one without `to`)",
        ),
        (
            |s| s.every().hour().and(s.every().day().at_random("9:00", "11:00").schedule()?).run(|| {}),
            "invalid part \"every day at a random time between 09:00 and 11:00\" of common slots: its slots are at \
             random moments (expected them without, or on the whole)",
        ),
        (
            |s| s.every().hour().and(s.every().day().times(3).schedule()?).run(|| {}),
            "invalid part \"every day, 3 times\" of common slots: it has its own `times` (expected `times` on the whole)",
        ),
    ];
    assert_refused(cases);
}
