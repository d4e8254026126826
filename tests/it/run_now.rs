//! Runs by hand: what `run_now` leaves out, and what it returns.

use std::{sync::mpsc::channel, thread};

use punctual::{Context, Outcome, Retry};

use crate::support::{hours, minutes, noon, seconds, utc, Stage};

#[test]
fn it_runs_outside_of_the_window() {
    let stage = noon();
    let job = stage.every().hour().between("09:00", "10:00").run(|| {}).unwrap();
    assert!(job.run_now());
    assert_eq!((job.run_count(), job.last_outcome()), (1, Some(Outcome::Completed)));
}

#[test]
fn it_runs_an_overdue_slot_that_is_too_late_for_a_poll() {
    let stage = noon();
    let (sender, slots) = channel();
    let sentence = stage.every().hour().misfire_grace(seconds(60));
    let job = sentence.run_with(move |context: &Context| sender.send(context.slot())).unwrap();
    stage.clock.advance(minutes(90));
    assert!(job.run_now());
    assert_eq!(slots.try_iter().collect::<Vec<_>>(), [utc("2024-01-10 13:00:00")]);
    assert_eq!(stage.scheduler.run_pending(), 0, "it was that slot's run");
}

#[test]
fn it_counts_for_times_and_hooks_may_veto_it() {
    let stage = noon();
    let job = stage.every().hour().times(1).before_run(|run| {
        let is_allowed = run.now() > utc("2024-01-10 12:00:00");
        if is_allowed {
            Ok(())
        } else {
            Err("not at noon".into())
        }
    });
    let job = job.run(|| {}).unwrap();
    assert!(!job.run_now(), "vetoed");
    stage.clock.advance(seconds(1));
    assert!(job.run_now());
    assert!(!job.is_scheduled());
}

#[test]
fn with_retries_it_returns_after_the_first_attempt() {
    let stage = noon();
    let (sender, attempts) = channel();
    let sentence = stage.every().day().retry(Retry::fixed(seconds(5)).times(2));
    let job = sentence.run_with(move |context: &Context| {
        sender.send(context.attempt()).unwrap();
        if context.attempt() < 2 {
            Err("no connection")
        } else {
            Ok(())
        }
    });
    let job = job.unwrap();
    assert!(job.run_now(), "the body was called");
    assert_eq!((job.last_outcome(), job.is_running()), (None, true), "the run has not ended");
    assert_eq!(attempts.try_iter().collect::<Vec<_>>(), [1]);
    assert!(!job.run_now(), "a run is in progress");
    assert_eq!(stage.wait(seconds(5)), 1);
    assert_eq!((job.last_outcome(), job.is_running()), (Some(Outcome::Completed), false));
    assert_eq!((attempts.try_iter().collect::<Vec<_>>(), job.run_count()), (vec![2], 1));
}

#[test]
fn the_other_attempts_of_a_parallel_job_run_on_workers() {
    let stage = Stage::with_workers(utc("2024-01-10 12:00:00"), 1);
    let (sender, threads) = channel();
    let body = move |context: &Context| {
        sender.send(thread::current().id()).unwrap();
        if context.attempt() < 2 {
            Err("no connection")
        } else {
            Ok(())
        }
    };
    let sentence = stage.every().hour().parallel().retry(Retry::fixed(seconds(5)).times(2));
    let job = sentence.run_with(body.clone()).unwrap();
    assert!(job.run_now());
    assert_eq!(threads.recv().unwrap(), thread::current().id());
    assert_eq!(stage.wait(seconds(5)), 1);
    assert_ne!(threads.recv().unwrap(), thread::current().id());
    while job.is_running() {
        thread::yield_now();
    }
    assert_eq!(job.last_outcome(), Some(Outcome::Completed));
}

#[test]
fn its_other_attempts_have_no_window_whatever_ran_before() {
    // At noon, outside the window: first for a job that never ran, then for one that ran within.
    for has_run in [false, true] {
        let stage = Stage::at(if has_run { "2024-01-10 09:00:00" } else { "2024-01-10 12:00:00" });
        let sentence = stage.every().hour().between("09:30", "10:30").retry(Retry::fixed(seconds(5)).times(1));
        let hook = sentence.before_run(|_| Ok(()));
        let job =
            hook.run_with(|context: &Context| match (context.now() < utc("2024-01-10 12:00:00"), context.attempt()) {
                (true, _) | (false, 2) => Ok(()),
                (false, _) => Err("no connection"),
            });
        let job = job.unwrap();
        if has_run {
            stage.wait(hours(1));
            assert_eq!(job.run_count(), 1);
            stage.clock.set(utc("2024-01-10 12:00:00"));
        }
        assert!(job.run_now());
        assert_eq!(stage.wait(seconds(5)), 1, "{job}");
        assert_eq!(job.last_outcome(), Some(Outcome::Completed));
    }
}
