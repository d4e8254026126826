//! Arguments of a scheduler's methods, and of what it returns: each is valid, has no effect, or is refused.

use std::{
    collections::BTreeSet,
    panic::{catch_unwind, AssertUnwindSafe},
    time::Duration,
};

use chrono::{DateTime, FixedOffset, TimeDelta, Utc};
use punctual::{Schedule, Scheduler, Unit};

use super::{
    extremes::{ends_of_the_calendar, SENTENCES},
    source,
};
use crate::support::{noon, utc, Stage};

#[test]
fn every_method_with_an_argument_is_called_with_bad_ones() {
    // A number for the random source, a listener, hooks, whether to wait, a runtime, and a future: every value is valid.
    const NEVER_REFUSED: [&str; 8] =
        ["seed", "on_event", "around", "before_run", "after_run", "shutdown", "runtime", "run_until_async"];
    let tables = source("tests/it/bad_input", None);
    let folders = ["src/scheduler", "src/handle", "src/driver", "src/preview"].map(|folder| source(folder, None));
    let methods = folders.iter().flat_map(|source| source.lines()).filter_map(|line| line.strip_prefix("    pub fn "));
    let with_argument = methods.filter(|method| method.contains("self, "));
    let words: BTreeSet<&str> = with_argument.map(|method| method.split(['(', '<']).next().unwrap()).collect();
    assert!(words.len() > 15, "only {words:?}");
    let missing = words.iter().filter(|word| !NEVER_REFUSED.contains(word) && !tables.contains(&format!(".{word}(")));
    assert_eq!(missing.collect::<Vec<_>>(), Vec::<&&str>::new());
}

#[test]
fn jobs_that_do_not_exist_are_not_found_and_change_nothing() {
    let stage = noon();
    stage.every().day().tag("a").key("b").run(|| {}).unwrap();
    let gone = stage.every().day().run(|| {}).unwrap();
    gone.cancel();
    let elsewhere = noon().every().day().run(|| {}).unwrap();
    assert_eq!(stage.scheduler.job(gone.id()), None);
    assert!(!stage.scheduler.cancel_job(&gone) && !stage.scheduler.cancel_job(&elsewhere));
    for unknown in ["", "A", "\0", "b "] {
        assert_eq!(stage.scheduler.find(unknown), None);
        assert_eq!((stage.scheduler.jobs_tagged(unknown), stage.scheduler.clear_tagged(unknown)), (vec![], 0));
    }
    assert_eq!(stage.scheduler.jobs().len(), 1);
}

#[test]
fn a_job_keeps_its_schedule_if_the_new_one_is_refused() {
    let stage = noon();
    let job = stage.every().day().run(|| {}).unwrap();
    let ended = Schedule::every(1, Unit::Hour).unwrap().until("2024-01-09").unwrap();
    assert!(job.reschedule(ended).unwrap_err().to_string().contains("it is in the past"));
    assert_eq!(job.schedule().to_string(), "every day");
    assert!(job.upcoming(0).is_empty());
}

#[test]
fn a_loop_until_a_moment_in_the_past_is_refused() {
    let error = noon().scheduler.run_until("2024-01-09").unwrap_err();
    assert!(error.to_string().starts_with("invalid moment \"2024-01-09\" for run_until"), "{error}");
}

#[test]
fn a_loop_that_has_no_time_to_end_ends_later() {
    assert!(Scheduler::new().start().stop_timeout(Duration::MAX));
    Scheduler::new().start().stop_timeout(Duration::ZERO);
}

#[test]
fn a_span_without_a_length_has_no_entries() {
    let stage = noon();
    stage.every().second().run(|| {}).unwrap();
    let now = stage.clock.now();
    for (from, to) in [
        (now, now),
        (now + TimeDelta::days(1), now + TimeDelta::seconds(1)),
        (now - TimeDelta::days(9), now),
        (DateTime::<Utc>::MAX_UTC, DateTime::<Utc>::MIN_UTC),
        (DateTime::<Utc>::MIN_UTC, DateTime::<Utc>::MIN_UTC),
    ] {
        let timeline = stage.scheduler.timeline(from..to);
        assert_eq!((timeline.entries(), timeline.lanes().len(), timeline.stopped_at()), (&[][..], 1, None));
        assert!(timeline.span().start <= timeline.span().end);
        assert!(timeline.to_svg().contains("0 runs") && timeline.to_text(0).lines().count() == 3);
    }
}

#[test]
fn polls_of_any_distance_can_be_compared_with_slots() {
    let stage = noon();
    stage.every().second().run(|| {}).unwrap();
    let found = |poll| stage.scheduler.lint_polled_every(poll).len();
    assert_eq!([Duration::ZERO, Duration::from_nanos(1), Duration::from_secs(1)].map(found), [0, 0, 0]);
    assert_eq!([Duration::from_nanos(1_000_000_001), Duration::MAX].map(found), [1, 1]);
}

/// Previews every sentence at both ends of the calendar and near them.
fn preview_all(zone: FixedOffset) {
    let mut failures = Vec::new();
    for now in ends_of_the_calendar() {
        // A slot in each nanosecond fills every timeline, which takes its time.
        for (name, sentence) in SENTENCES.iter().filter(|(name, _)| *name != "duration") {
            let preview = || {
                let stage = Stage::new(now, zone);
                let Ok(job) = sentence(&stage.scheduler) else { return };
                let near = |by| now.checked_add_signed(by).unwrap_or(now);
                let timeline = stage.scheduler.timeline(near(TimeDelta::days(-1))..near(TimeDelta::seconds(3)));
                let _drawn = (timeline.to_svg(), timeline.to_text(80));
                let far = stage.scheduler.timeline(DateTime::<Utc>::MIN_UTC..near(TimeDelta::milliseconds(5)));
                let _drawn = (far.to_svg(), far.to_text(80));
                let (schedule, from) = (job.schedule(), now.with_timezone(&zone));
                let _slots = (schedule.previous(from), schedule.upcoming(from).map(|slots| slots.take(3).count()));
                let _found = (schedule.lint(from), stage.scheduler.lint());
            };
            if catch_unwind(AssertUnwindSafe(preview)).is_err() {
                failures.push(format!("{name} at {now} in {zone}"));
            }
        }
    }
    assert!(failures.is_empty(), "{} cases:\n{}", failures.len(), failures.join("\n"));
}

#[test]
fn no_preview_panics_at_the_ends_of_the_calendar() {
    for seconds in [0, 86_399, -86_399] {
        preview_all(FixedOffset::east_opt(seconds).unwrap());
    }
}

#[test]
fn a_preview_reaches_the_last_slot_that_there_is() {
    let stage = Stage::at("9999-12-30 12:00:00");
    let job = stage.every().day().at("10:00").run(|| {}).unwrap();
    let timeline = stage.scheduler.timeline(stage.clock.now()..DateTime::<Utc>::MAX_UTC);
    let slots: Vec<_> = timeline.entries().iter().filter_map(|entry| entry.slot).collect();
    assert_eq!(slots, [utc("9999-12-31 10:00:00")]);
    assert_eq!(slots, job.upcoming(9));
}

#[test]
fn a_subscription_needs_room_for_an_event() {
    let scheduler = noon().scheduler;
    for (limit, shown) in [(0, "0"), (-1, "-1"), (i64::MIN, "-9223372036854775808")] {
        let error = scheduler.subscribe(limit).unwrap_err();
        assert!(error.is_invalid());
        assert_eq!(error.to_string(), format!("invalid count {shown} for subscribe: it must be 1 or more"));
    }
}

#[test]
fn a_history_of_any_length_can_be_asked_for() {
    for (limit, kept) in [(0, 0), (1, 1), (usize::MAX, 2)] {
        let scheduler = Scheduler::builder().history(limit).build().unwrap();
        let job = scheduler.every().day().run(|| {}).unwrap();
        assert!(job.run_now() && job.run_now());
        assert_eq!([0, 1, usize::MAX].map(|n| job.history(n).len()), [0, kept.min(1), kept]);
    }
}
