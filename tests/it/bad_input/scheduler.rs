//! Arguments of a scheduler's methods, and of what it returns: each is valid, has no effect, or is refused.

use std::{
    collections::BTreeSet,
    panic::{catch_unwind, AssertUnwindSafe},
    time::Duration,
};

use chrono::{DateTime, FixedOffset, TimeDelta, Utc};
use punctual::{Reason, Schedule, Scheduler, Unit, WaitsFor};

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
fn a_pool_of_a_builder_has_a_name_of_its_own_and_places() {
    let error = |builder: punctual::SchedulerBuilder| builder.build().unwrap_err();
    let cases = [
        (Scheduler::builder().pool("", 2), r#"invalid pool "": the text is empty (expected at least one character)"#),
        (
            Scheduler::builder().pool("db", 0),
            r#"invalid count 0 for the places of the pool "db": it must be 1 or more"#,
        ),
        (
            Scheduler::builder().pool("db", -1).pool("", 0),
            r#"invalid count -1 for the places of the pool "db": it must be 1 or more"#,
        ),
        (Scheduler::builder().pool("db", 2).pool("db", 2), r#"the pool "db" exists (expected another name)"#),
        (
            Scheduler::builder().pool("default", 2),
            r#"the pool "default" exists: `workers` of the builder says its size (expected another name)"#,
        ),
    ];
    for (builder, message) in cases {
        assert_eq!(error(builder).to_string(), message);
    }
    assert!(error(Scheduler::builder().pool("db", 2).pool("db", 2)).is_conflict());
}

#[test]
fn a_pool_that_exists_cannot_be_added_and_one_that_does_not_cannot_be_removed() {
    let stage = noon();
    let events = stage.scheduler.subscribe(9).unwrap();
    let add = |name: &str, places: u64| stage.scheduler.add_pool(name, places).map_err(|error| error.to_string());
    assert_eq!(add("", 1).unwrap_err(), r#"invalid pool "": the text is empty (expected at least one character)"#);
    assert_eq!(add("a", 0).unwrap_err(), r#"invalid count 0 for the places of the pool "a": it must be 1 or more"#);
    let why = "`workers` of the builder says its size";
    assert_eq!(add("default", 1).unwrap_err(), format!(r#"the pool "default" exists: {why} (expected another name)"#));
    let remove = |name: &str| stage.scheduler.remove_pool(name).unwrap_err().to_string();
    assert_eq!(remove(""), r#"unknown pool "": the scheduler has "default" (`add_pool` adds one)"#);
    let why = "jobs that name no pool run there";
    assert_eq!(remove("default"), format!(r#"the pool "default" cannot be removed: {why} (expected another name)"#));
    assert_eq!(remove("defalut"), r#"unknown pool "defalut": the scheduler has "default" (did you mean "default"?)"#);
    assert_eq!(["", "b", "\0"].map(|name| stage.scheduler.pool(name)), [None, None, None]);
    assert!(events.try_iter().next().is_none());

    (10..32).for_each(|n| add(&n.to_string(), u64::MAX).unwrap());
    let ten = r#""default", "10", "11", "12", "13", "14", "15", "16", "17", "18""#;
    assert_eq!(
        remove("none"),
        format!(r#"unknown pool "none": the scheduler has {ten} and 13 more (`add_pool` adds one)"#)
    );
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
                for instant in [DateTime::<Utc>::MIN_UTC, near(TimeDelta::seconds(-5)), now, DateTime::<Utc>::MAX_UTC] {
                    let _told = job.explain(instant).map(|explanation| explanation.to_string());
                }
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

#[test]
fn what_cannot_be_explained_is_an_error() {
    let stage = noon();
    stage.every().day().key("a").run(|| {}).unwrap();
    for (instant, why) in [
        ("soon", "invalid moment \"soon\" for explain: it is neither a date nor a time"),
        ("", "invalid moment \"\" for explain"),
        ("2024-02-30", "invalid moment \"2024-02-30\" for explain"),
    ] {
        let error = stage.scheduler.explain("a", instant).unwrap_err().to_string();
        assert!(error.starts_with(why), "{error}");
    }
    for beyond in [Duration::MAX, Duration::from_secs(1 << 60)] {
        assert!(stage.scheduler.explain("a", beyond).unwrap_err().to_string().contains("outside the calendar"));
    }
    for unknown in ["", "A", "\0"] {
        let error = stage.scheduler.explain(unknown, "13:00").unwrap_err().to_string();
        let expected = "no job has it (expected the key of a registered job)";
        assert_eq!(error, format!("unknown key {unknown:?}: {expected}"));
    }
}

#[test]
fn what_is_listed_as_upcoming_is_explained_as_to_come_and_as_waiting_when_it_is_due() {
    let (mut asked, mut failures) = (0, Vec::new());
    for (name, sentence) in SENTENCES {
        let stage = noon();
        let Ok(job) = sentence(&stage.scheduler) else { continue };
        let slots = job.upcoming(4);
        for (n, slot) in slots.iter().enumerate() {
            asked += 1;
            match job.explain(*slot).unwrap().reason {
                Reason::ToCome => {}
                Reason::NotDrawn if n > 0 => {}
                Reason::Waiting(WaitsFor::Poll) if *slot <= stage.clock.now() => {}
                reason => failures.push(format!("{name} at {slot}: {reason:?}")),
            }
        }
        let Some(slot) = slots.first() else { continue };
        stage.clock.set(*slot);
        let reason = job.explain(*slot).unwrap().reason;
        if reason != Reason::Waiting(WaitsFor::Poll) {
            failures.push(format!("{name} is due at {slot}: {reason:?}"));
        }
    }
    assert!(asked > 100 && failures.is_empty(), "{failures:#?}");
}
