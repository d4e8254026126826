//! The runs of a job that are over.

use std::sync::{Arc, Barrier};

use chrono::{DateTime, Utc};
use punctual::{CancelJob, Job, ManualClock, Outcome, Scheduler};

use crate::support::{hours, minutes, noon, seconds, show, utc};

/// A scheduler at noon that keeps some runs.
fn keeping(limit: usize) -> (ManualClock, Scheduler) {
    let clock = ManualClock::new(utc("2024-01-10 12:00:00"));
    let scheduler = Scheduler::builder().clock(clock.clone()).tz(Utc).history(limit).build().unwrap();
    (clock, scheduler)
}

fn slots(job: &Job, n: usize) -> Vec<String> {
    job.history(n).into_iter().map(|run| show(run.slot)[11..].to_owned()).collect()
}

#[test]
fn a_run_is_kept_with_its_slot_its_times_and_its_outcome() {
    let (clock, scheduler) = keeping(9);
    let slow = clock.clone();
    let job = scheduler.every().hour().run(move || {
        slow.advance(seconds(90));
        Err::<(), _>("disk full")
    });
    let job = job.unwrap();
    clock.advance(hours(1) + seconds(5));
    assert_eq!(scheduler.run_pending(), 1);
    let [run] = &job.history(9)[..] else { panic!("{:?}", job.history(9)) };
    assert_eq!((run.job, run.attempt, run.slot), (job.id(), 1, utc("2024-01-10 13:00:00")));
    assert_eq!(run.started_at, Some(utc("2024-01-10 13:00:05")));
    assert_eq!(run.ended_at, Some(utc("2024-01-10 13:01:35")));
    assert_eq!(run.duration(), Some(seconds(90)));
    assert_eq!(run.outcome, Some(Outcome::Failed("disk full".into())));
}

#[test]
fn nothing_is_kept_unless_it_is_asked_for() {
    let stage = noon();
    let job = stage.every().minute().run(|| {}).unwrap();
    stage.run_slots(&job, 3);
    assert!(job.history(10).is_empty());
}

#[test]
fn the_last_runs_come_first_and_the_oldest_go() {
    let (clock, scheduler) = keeping(3);
    let job = scheduler.every().minute().run(|| {}).unwrap();
    assert!(job.history(9).is_empty());
    for run in 1..=5_usize {
        clock.advance(minutes(1));
        scheduler.run_pending();
        assert_eq!(job.history(9).len(), run.min(3));
    }
    assert_eq!(slots(&job, 9), ["12:05:00", "12:04:00", "12:03:00"]);
    assert_eq!(slots(&job, 1), ["12:05:00"]);
    assert!(slots(&job, 0).is_empty());
    assert_eq!(job.history(usize::MAX), job.history(3));
}

#[test]
fn runs_by_hand_and_panics_are_kept_and_a_run_in_progress_is_not() {
    let (_, scheduler) = keeping(usize::MAX);
    let handle: Arc<std::sync::Mutex<Option<Job>>> = Arc::default();
    let inside = Arc::clone(&handle);
    let job = scheduler.every().minute().run(move || {
        let job = inside.lock().unwrap().clone().unwrap();
        assert_eq!(job.history(9).len() as u64, job.run_count() - 1);
        std::panic::resume_unwind(Box::new("by design"));
    });
    let job = job.unwrap();
    *handle.lock().unwrap() = Some(job.clone());
    assert!(job.run_now() && job.run_now());
    let outcomes: Vec<_> = job.history(9).into_iter().map(|run| run.outcome).collect();
    assert_eq!(outcomes, vec![Some(Outcome::Panicked("by design".into())); 2]);
    assert_eq!(slots(&job, 9), ["12:00:00"; 2]);
}

#[test]
fn a_job_keeps_its_history_when_it_is_rescheduled_or_updated() {
    let (clock, scheduler) = keeping(9);
    let job = scheduler.every().minute().key("poll").run(|| {}).unwrap();
    clock.advance(minutes(1));
    scheduler.run_pending();
    job.reschedule("every 5 minutes").unwrap();
    job.pause();
    job.resume();
    job.tag("a").unwrap();
    scheduler.every().hour().key("poll").named("other").parallel().run(|| {}).unwrap();
    assert_eq!(slots(&job, 9), ["12:01:00"]);
}

#[test]
fn the_history_goes_with_the_job_but_a_handle_can_read_it() {
    let (clock, scheduler) = keeping(9);
    let job = scheduler.every().minute().key("once").run(|| CancelJob).unwrap();
    clock.advance(minutes(1));
    scheduler.run_pending();
    assert!(!job.is_scheduled());
    assert_eq!(job.history(9)[0].outcome, Some(Outcome::Cancelled));
    let again = scheduler.every().minute().key("once").run(|| {}).unwrap();
    assert!(again.history(9).is_empty(), "another job");
    // Nothing is left for a job without a handle, whose row is used again.
    drop((job, again));
    assert!(scheduler.jobs().iter().all(|job| job.history(9).is_empty()));
}

#[test]
fn slots_that_are_skipped_or_coalesced_are_no_runs() {
    let (clock, scheduler) = keeping(9);
    let late = scheduler.every().minute().run(|| {}).unwrap();
    let closed = scheduler.every().minutes(10).between("12:00", "12:35").run(|| {}).unwrap();
    clock.advance(hours(1));
    assert_eq!(scheduler.run_pending(), 1);
    assert_eq!(slots(&late, 9), ["12:01:00"]);
    assert!(closed.history(9).is_empty());
}

#[test]
fn runs_on_workers_are_kept_in_the_order_of_their_ends() {
    // Needs real threads: the runs overlap.
    let (clock, scheduler) = keeping(9);
    let meeting = Arc::new(Barrier::new(2));
    let both = Arc::clone(&meeting);
    let job = scheduler.every().minute().max_instances(2).run(move || {
        both.wait();
    });
    let job = job.unwrap();
    for _ in 0..2 {
        clock.advance(minutes(1));
        assert_eq!(scheduler.run_pending(), 1);
    }
    scheduler.shutdown(true);
    let mut ran = slots(&job, 9);
    ran.sort();
    assert_eq!(ran, ["12:01:00", "12:02:00"]);
    assert!(job.history(9).iter().all(|run| run.outcome == Some(Outcome::Completed)));
}

#[test]
fn a_clock_that_is_set_back_makes_no_negative_duration() {
    let (clock, scheduler) = keeping(1);
    let back = clock.clone();
    let job = scheduler.every().hour().run(move || back.set(utc("2024-01-10 11:00:00"))).unwrap();
    job.run_now();
    let run = job.history(1).pop().unwrap();
    assert_eq!(run.duration(), Some(seconds(0)));
    assert!(run.ended_at < run.started_at);
}

#[test]
fn a_preview_is_the_same_with_a_history() {
    let (clock, scheduler) = keeping(9);
    scheduler.every().minute().run(|| {}).unwrap();
    clock.advance(minutes(1));
    scheduler.run_pending();
    let now: DateTime<Utc> = clock.now();
    assert_eq!(scheduler.timeline(now..now + hours(1)).entries().len(), 59);
}
