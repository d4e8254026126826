//! Triggers of users: what they answer, and how they fail.

use std::sync::{
    atomic::{AtomicUsize, Ordering},
    Arc, OnceLock,
};

use chrono::{DateTime, DurationRound, TimeDelta, Utc};
use punctual::{EventKind, Job, Removal, Schedule, Scheduler, Trigger, Unit, WeakScheduler};

use crate::support::{days, hours, minutes, noon, show, utc};

type Answer = fn(DateTime<Utc>) -> Option<DateTime<Utc>>;

/// A trigger from a closure.
struct By<F>(F);

impl<F: Fn(DateTime<Utc>) -> Option<DateTime<Utc>> + Send + Sync> Trigger for By<F> {
    fn next_after(&self, instant: DateTime<Utc>) -> Option<DateTime<Utc>> {
        self.0(instant)
    }
}

fn quarters() -> Schedule {
    Schedule::from_trigger(By(quarter_after))
}

fn quarter_after(instant: DateTime<Utc>) -> Option<DateTime<Utc>> {
    let quarter = TimeDelta::minutes(15);
    Some(instant.duration_trunc(quarter).unwrap() + quarter)
}

/// Answers like `quarter_after`, but only so often.
fn first(n: usize) -> impl Fn(DateTime<Utc>) -> Option<DateTime<Utc>> {
    let asked = AtomicUsize::new(0);
    move |instant| (asked.fetch_add(1, Ordering::SeqCst) < n).then(|| quarter_after(instant)).flatten()
}

#[test]
fn a_job_runs_at_each_slot_of_its_trigger_and_once_for_those_it_missed() {
    let stage = noon();
    let job = stage.scheduler.schedule(quarters()).run(|| {}).unwrap();
    assert_eq!(stage.run_slots_utc(&job, 2), ["2024-01-10 12:15:00", "2024-01-10 12:30:00"]);
    assert_eq!(stage.wait(hours(1)), 1);
    assert_eq!(show(job.next_run().unwrap()), "2024-01-10 13:45:00");
    assert_eq!(job.upcoming(2), [utc("2024-01-10 13:45:00"), utc("2024-01-10 14:00:00")]);
}

#[test]
fn a_trigger_obeys_the_options_of_its_schedule() {
    let stage = noon();
    let hourly = Schedule::every(1, Unit::Hour).unwrap();
    let schedule = quarters().between("14:00", "14:20").unwrap().or(hourly).unwrap().until("14:30").unwrap();
    let job = stage.scheduler.schedule(schedule).run(|| {}).unwrap();
    assert_eq!(stage.scheduler.run_until_empty(), 3);
    assert_eq!(job.last_run(), Some(utc("2024-01-10 14:15:00")));
}

#[test]
fn a_trigger_is_asked_at_most_a_thousand_times_for_a_slot_inside_its_window() {
    let stage = noon();
    let asked = Arc::<AtomicUsize>::default();
    let counted = |answer: Answer| {
        let asked = Arc::clone(&asked);
        asked.store(0, Ordering::SeqCst);
        let trigger = By(move |instant| {
            asked.fetch_add(1, Ordering::SeqCst);
            answer(instant)
        });
        Schedule::from_trigger(trigger).between("14:05", "14:10").unwrap()
    };
    let error = stage.scheduler.schedule(counted(quarter_after)).run(|| {}).unwrap_err();
    assert!(error.is_never(), "{error}");
    // Once for the first slot, and then once for each day: up to the beginning of October 2026.
    assert_eq!(asked.load(Ordering::SeqCst), 1_000);
    let late: Answer = |instant| {
        let inside = utc("2026-09-01 14:07:00");
        quarter_after(instant).map(|slot| if instant < inside && inside < slot { inside } else { slot })
    };
    let job = stage.scheduler.schedule(counted(late)).run(|| {}).unwrap();
    assert_eq!(job.next_run(), Some(utc("2026-09-01 14:07:00")));
}

#[test]
fn the_slots_of_a_trigger_are_moments_of_the_wall_clock() {
    let stage = noon();
    let job = stage.scheduler.schedule(quarters()).run(|| {}).unwrap();
    assert_eq!(stage.run_slots_utc(&job, 1), ["2024-01-10 12:15:00"]);
    stage.set_clock("2024-01-10 12:10:00");
    assert_eq!(show(job.next_run().unwrap()), "2024-01-10 12:30:00", "12:15 has run");
    stage.set_clock("2024-01-10 11:50:00");
    assert_eq!(show(job.next_run().unwrap()), "2024-01-10 12:00:00", "12:00 has not");
}

#[test]
fn a_trigger_that_has_no_slot_is_refused() {
    let error = noon().scheduler.schedule(Schedule::from_trigger(By(|_| None))).run(|| {}).unwrap_err();
    assert!(error.is_never(), "{error}");
}

#[test]
fn a_job_is_removed_when_its_trigger_ends_answers_the_past_or_panics() {
    let ends: [(Answer, Removal); 3] = [
        (|_| None, Removal::Finished),
        (|instant| Some(instant), Removal::TriggerFailed),
        (|_| panic!("by design"), Removal::TriggerFailed),
    ];
    for (end, why) in ends {
        let stage = noon();
        let removed = Arc::<OnceLock<Removal>>::default();
        let record = Arc::clone(&removed);
        stage.scheduler.on_event(move |event| {
            if let EventKind::Removed(why) = event.kind {
                record.set(why).unwrap();
            }
        });
        let answers = first(1);
        let trigger = By(move |instant| answers(instant).or_else(|| end(instant)));
        let job = stage.scheduler.schedule(Schedule::from_trigger(trigger)).run(|| {}).unwrap();
        assert_eq!(stage.wait(days(1)), 1);
        assert_eq!((job.is_scheduled(), removed.get()), (false, Some(&why)));
        assert_eq!(stage.scheduler.every().minute().times(1).run(|| {}).unwrap().run_count(), 0);
        assert_eq!(stage.wait(minutes(1)), 1, "the others go on");
    }
}

#[test]
fn the_error_of_a_sentence_says_what_its_trigger_did() {
    let cases: [(Answer, &str); 3] = [
        (|_| None, "has no run before the year 10000"),
        (|_| panic!("by design"), "\"by a trigger\" has no run: its trigger panicked: by design"),
        (
            |instant| Some(instant),
            "has no run: its trigger answered 2024-01-10 12:00:00 UTC when asked for the first slot after \
             2024-01-10 12:00:00 UTC",
        ),
    ];
    for (answer, expected) in cases {
        let error = noon().scheduler.schedule(Schedule::from_trigger(By(answer))).run(|| {}).unwrap_err();
        assert!(error.is_never() && error.to_string().contains(expected), "{error}");
    }
    let never = Schedule::every(1, Unit::Day).unwrap().at("08:00").unwrap().between("09:00", "10:00").unwrap();
    let error = noon().scheduler.schedule(never).run(|| {}).unwrap_err();
    assert!(error.to_string().contains("has no run within 60 years"), "an earlier fault is not shown: {error}");
}

#[test]
fn an_alternative_stays_when_a_trigger_fails() {
    let stage = noon();
    let answers = first(2);
    let trigger = By(move |instant| answers(instant).or(Some(instant)));
    let hourly = Schedule::every(1, Unit::Hour).unwrap();
    let job = stage.scheduler.schedule(Schedule::from_trigger(trigger).or(hourly).unwrap()).run(|| {}).unwrap();
    let slots = ["2024-01-10 12:15:00", "2024-01-10 12:30:00", "2024-01-10 13:00:00", "2024-01-10 14:00:00"];
    assert_eq!(stage.run_slots_utc(&job, 4), slots);
}

#[test]
fn a_trigger_has_slots_in_common_with_a_sentence() {
    let stage = noon();
    let hourly = Schedule::every(1, Unit::Hour).unwrap().at(":15").unwrap();
    let job = stage.scheduler.schedule(quarters().and(hourly).unwrap()).run(|| {}).unwrap();
    assert_eq!(stage.run_slots_utc(&job, 2), ["2024-01-10 12:15:00", "2024-01-10 13:15:00"]);
    let odd = Schedule::every(1, Unit::Hour).unwrap().at(":16").unwrap();
    let error = stage.scheduler.schedule(quarters().and(odd).unwrap()).run(|| {}).unwrap_err();
    assert!(error.is_never() && error.to_string().contains("no slot in common"), "{error}");
}

#[test]
fn a_search_inside_a_search_asks_a_trigger_a_thousand_times_in_all() {
    let asked = Arc::new(AtomicUsize::new(0));
    let counts = Arc::clone(&asked);
    let counted = Schedule::from_trigger(By(move |instant| {
        counts.fetch_add(1, Ordering::SeqCst);
        // One that searches itself has an allowance of its own.
        let both: Schedule = "(every hour at :15) and (every 15 minutes at :00)".parse().unwrap();
        assert!(both.upcoming(instant).unwrap().next().is_some());
        quarter_after(instant)
    }));
    let minute = |second: &str| Schedule::every(1, Unit::Minute).unwrap().at(second).unwrap();
    let odd = Schedule::every(1, Unit::Hour).unwrap().at(":16").unwrap();
    let inner = counted.and(odd).unwrap().or(minute(":00")).unwrap();
    let error = noon().scheduler.schedule(inner.and(minute(":30")).unwrap()).run(|| {}).unwrap_err();
    assert!(error.is_never() && error.to_string().contains("that were tried"), "{error}");
    let asked = asked.load(Ordering::SeqCst);
    assert!((100..=1_000).contains(&asked), "{asked}");
}

#[test]
fn a_trigger_that_calls_its_scheduler_ends_and_does_not_hang() {
    let stage = noon();
    let scheduler: Arc<OnceLock<Scheduler>> = Arc::default();
    let (other, answers) = (Arc::clone(&scheduler), first(1));
    let trigger = By(move |instant| {
        let others = other.get().map_or(0, |scheduler| scheduler.jobs().len());
        answers(instant).or_else(|| Some(instant + TimeDelta::minutes(others as i64)))
    });
    let job = stage.scheduler.schedule(Schedule::from_trigger(trigger)).run(|| {}).unwrap();
    assert!(scheduler.set(stage.scheduler.clone()).is_ok());
    assert_eq!(stage.wait(minutes(15)), 1);
    assert!(!job.is_scheduled());
    stage.scheduler.clear();
}

/// Uses its scheduler when it is dropped.
struct CallsWhenDropped(WeakScheduler, Arc<AtomicUsize>);

impl Trigger for CallsWhenDropped {
    fn next_after(&self, instant: DateTime<Utc>) -> Option<DateTime<Utc>> {
        quarter_after(instant)
    }
}

impl Drop for CallsWhenDropped {
    fn drop(&mut self) {
        let jobs = self.0.upgrade().map_or(0, |scheduler| scheduler.jobs().len());
        self.1.store(1 + jobs, Ordering::SeqCst);
    }
}

#[test]
fn a_trigger_is_dropped_without_the_lock() {
    let ways: [fn(&Scheduler, Job); 3] = [
        |scheduler, job| {
            let hourly = scheduler.every().hour().schedule().unwrap();
            assert!(job.reschedule(hourly).unwrap());
        },
        |_, job| assert!(job.cancel()),
        |scheduler, job| {
            drop(job);
            scheduler.clear();
        },
    ];
    for way in ways {
        let stage = noon();
        let dropped = Arc::<AtomicUsize>::default();
        let trigger = CallsWhenDropped(stage.scheduler.downgrade(), Arc::clone(&dropped));
        let job = stage.scheduler.schedule(Schedule::from_trigger(trigger)).run(|| {}).unwrap();
        way(&stage.scheduler, job);
        assert_ne!(dropped.load(Ordering::SeqCst), 0);
    }
}
