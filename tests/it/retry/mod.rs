//! Failed runs that are tried again: `retry`.

mod beside;
mod changes;
mod limits;

use std::{
    collections::VecDeque,
    sync::{
        mpsc::{channel, Receiver},
        Arc, Mutex,
    },
    time::Duration,
};

use chrono::DateTime;
use punctual::{Context, Event, Outcome, Permanent, Retry, Scheduler, Skip};

use crate::support::{days, minutes, seconds, slot, Stage};

const SECOND: Duration = Duration::from_secs(1);

/// Starts at the Unix epoch, so that the timestamp of a slot is the number of its second.
fn epoch() -> Stage {
    Stage::at("1970-01-01 00:00:00")
}

fn every_second(times: u32) -> Retry {
    Retry::fixed(SECOND).times(times)
}

/// What happened to runs: `"10 Retrying 1/60"` is attempt 1 for the slot at 60, at second 10.
fn told(scheduler: &Scheduler) -> Receiver<String> {
    let (sender, lines) = channel();
    scheduler.on_event(move |event: &Event| {
        let Some(run) = &event.run else { return };
        let (at, slot) = (event.at.timestamp(), slot(event).timestamp());
        let _ = sender.send(format!("{at} {:?} {}/{slot}", event.kind, run.attempt));
    });
    lines
}

fn lines(told: &Receiver<String>) -> Vec<String> {
    told.try_iter().filter(|line| !line.contains("Started") && !line.contains("Submitted")).collect()
}

/// The next line, which a worker may still be about to deliver.
fn next_line(told: &Receiver<String>) -> String {
    told.recv_timeout(minutes(1)).unwrap()
}

fn await_line(told: &Receiver<String>, line: &str) {
    while next_line(told) != line {}
}

/// A body that answers with these results, one after another, and then with success.
fn answers(results: &[bool]) -> impl FnMut() -> Result<(), &'static str> + Send + 'static {
    let mut results: VecDeque<bool> = results.iter().copied().collect();
    move || match results.pop_front() {
        Some(false) => Err("no"),
        _ => Ok(()),
    }
}

#[test]
fn attempts_are_one_run_for_one_slot() {
    let stage = epoch();
    let told = told(&stage.scheduler);
    let job = stage.every().minute().retry(every_second(3)).run(answers(&[false, false])).unwrap();
    assert_eq!(stage.wait(minutes(1)), 1);
    assert!(job.is_running(), "it is in progress while it waits");
    assert_eq!((job.run_count(), job.last_outcome()), (1, None), "it has no outcome yet");
    assert_eq!(stage.scheduler.idle(), Some(SECOND));
    assert_eq!(stage.wait(SECOND), 1);
    assert_eq!(stage.wait(SECOND), 1);
    assert_eq!(lines(&told), ["60 Retrying 1/60", "61 Retrying 2/60", "62 Executed 3/60"]);
    assert_eq!((job.run_count(), job.last_outcome()), (1, Some(Outcome::Completed)));
    assert!(!job.is_running());
    assert_eq!(job.next_run().map(|next| next.timestamp()), Some(120), "the grid stays where it is");
}

#[test]
fn the_last_failure_is_the_outcome() {
    let stage = epoch();
    let told = told(&stage.scheduler);
    let mut n = 0;
    let body = move || {
        n += 1;
        Err::<(), _>(format!("failure {n}"))
    };
    let job = stage.every().minute().times(1).retry(every_second(2)).run(body).unwrap();
    stage.scheduler.run_until_empty();
    assert_eq!(lines(&told), ["60 Retrying 1/60", "61 Retrying 2/60", "62 Failed 3/60"]);
    assert_eq!(job.last_outcome(), Some(Outcome::Failed("failure 3".into())));
    assert!(!job.is_scheduled(), "`times` counts the run once");
    assert_eq!(job.run_count(), 1);
}

#[test]
fn a_panic_is_tried_again_and_a_permanent_error_and_success_are_not() {
    let stage = epoch();
    let told = told(&stage.scheduler);
    let mut calls = 0;
    let body = move || {
        calls += 1;
        match calls {
            1 => panic!("the first call"),
            2 => Err(Permanent::new("no such user")),
            _ => Ok(()),
        }
    };
    let job = stage.every().minute().retry(every_second(5)).run(body).unwrap();
    stage.wait(minutes(1));
    stage.wait(SECOND);
    assert_eq!(lines(&told), ["60 Retrying 1/60", "61 Failed 2/60"]);
    assert_eq!(job.last_outcome(), Some(Outcome::Failed("no such user".into())));
    assert_eq!(stage.scheduler.idle(), Some(seconds(59)));
    stage.wait(seconds(59));
    assert_eq!(lines(&told), ["120 Executed 1/120"]);
}

#[test]
fn a_permanent_error_without_retries_is_an_error() {
    let stage = epoch();
    let told = told(&stage.scheduler);
    let job = stage.every().minute().run(|| Err::<(), _>(Permanent::new("no such user"))).unwrap();
    stage.wait(minutes(1));
    assert_eq!(job.last_outcome(), Some(Outcome::Failed("no such user".into())));
    assert_eq!(lines(&told), ["60 Failed 1/60"]);
}

#[test]
fn history_keeps_the_run_with_its_last_attempt() {
    let stage = epoch();
    let scheduler = Scheduler::builder().clock(stage.clock.clone()).history(5).build().unwrap();
    let job = scheduler.every().minute().times(1).retry(every_second(2)).run(answers(&[false])).unwrap();
    scheduler.run_until_empty();
    let history = job.history(5);
    assert_eq!(history.len(), 1);
    assert_eq!((history[0].attempt, history[0].slot.timestamp()), (2, 60));
    assert_eq!(history[0].outcome, Some(Outcome::Completed));
}

#[test]
fn jitter_comes_from_the_seed_of_the_scheduler() {
    let times = |seed| {
        let stage = Stage::seeded(DateTime::UNIX_EPOCH, chrono::Utc, seed);
        let log = Arc::new(Mutex::new(Vec::new()));
        let times = Arc::clone(&log);
        let retry = Retry::exponential(minutes(1), days(1)).times(5).jitter();
        let body = move |context: &Context| {
            times.lock().unwrap().push(context.now());
            Err::<(), _>("no")
        };
        stage.every().hour().times(1).retry(retry).run_with(body).unwrap();
        stage.scheduler.run_until_empty();
        let times = log.lock().unwrap().clone();
        times
    };
    assert_eq!(times(1).len(), 6);
    assert_eq!(times(1), times(1));
    assert_ne!(times(1), times(2));
}

#[test]
fn skips_are_no_attempts() {
    let stage = epoch();
    let told = told(&stage.scheduler);
    stage.every().seconds(10).misfire_grace(SECOND).retry(every_second(5)).run(answers(&[])).unwrap();
    stage.wait(seconds(15));
    assert_eq!(lines(&told), ["15 Skipped(Misfire) 1/10"]);
    assert_eq!(Skip::Misfire.to_string(), "it was too late");
}

/// Its own type, and the sources of what it wraps: as `anyhow::Error` is, once it is a `Box<dyn Error>`.
#[derive(Debug)]
struct Wrapper(Permanent);

impl std::fmt::Display for Wrapper {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

impl std::error::Error for Wrapper {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.0.source()
    }
}

#[test]
fn a_permanent_error_is_found_in_a_wrapper_that_hides_its_type() {
    let stage = epoch();
    let told = told(&stage.scheduler);
    let body = || Err::<(), _>(Wrapper(Permanent::new(std::io::Error::other("no such user"))));
    let job = stage.every().minute().retry(every_second(3)).run(body).unwrap();
    assert_eq!(stage.wait(minutes(1)), 1);
    assert_eq!(lines(&told), ["60 Failed 1/60"]);
    assert_eq!(job.last_outcome(), Some(Outcome::Failed("no such user".into())), "said once");
}
