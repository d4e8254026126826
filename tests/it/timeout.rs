//! Attempts that take too long: `timeout`.

use std::{
    sync::mpsc::{channel, Receiver, Sender},
    time::Duration,
};

use chrono::DateTime;
use punctual::{CancelJob, Context, Event, EventKind, Job, Outcome, Retry, Scheduler, Wait};

use crate::support::{finish, seconds, Stage};

const SECOND: Duration = Duration::from_secs(1);

fn told(scheduler: &Scheduler) -> Receiver<String> {
    let (sender, lines) = channel();
    scheduler.on_event(move |event: &Event| {
        let Some(run) = &event.run else { return };
        if !matches!(event.kind, EventKind::Started | EventKind::Submitted) {
            let _ = sender.send(format!("{} {:?} {}", event.at.timestamp(), event.kind, run.attempt));
        }
    });
    lines
}

fn lines(told: &Receiver<String>) -> Vec<String> {
    told.try_iter().collect()
}

/// A job on a worker whose body blocks until it is told how to end.
struct Hung {
    stage: Stage,
    job: Job,
    told: Receiver<String>,
    begun: Receiver<Context>,
    answer: Sender<Result<(), &'static str>>,
}

fn hung(retry: Option<Retry>) -> Hung {
    let stage = Stage::with_workers(DateTime::UNIX_EPOCH, 2);
    let told = told(&stage.scheduler);
    let (start, begun) = channel();
    let (answer, gate) = channel();
    let sentence = stage.every().seconds(10).parallel().timeout(seconds(5));
    let sentence = match retry {
        Some(retry) => sentence.retry(retry),
        None => sentence,
    };
    let body = move |context: &Context| {
        start.send(context.clone()).unwrap();
        gate.recv().unwrap_or(Ok(()))
    };
    let job = sentence.run_with(body).unwrap();
    stage.wait(seconds(10));
    Hung { stage, job, told, begun, answer }
}

#[test]
fn a_run_ends_when_its_time_is_over_although_its_body_has_not_returned() {
    let hung = hung(None);
    let context = hung.begun.recv_timeout(seconds(20)).unwrap();
    assert_eq!(hung.stage.scheduler.idle(), Some(seconds(5)), "a poll is needed then");
    hung.stage.wait(seconds(4));
    assert!(lines(&hung.told).is_empty() && !context.is_cancelled());
    hung.stage.wait(SECOND);
    assert_eq!(lines(&hung.told), ["15 Failed 1"]);
    assert_eq!(hung.job.last_outcome(), Some(Outcome::TimedOut));
    assert!(context.is_cancelled());

    // Its answer comes too late.
    hung.answer.send(Err("late")).unwrap();
    finish(&hung.stage.scheduler);
    assert_eq!(hung.job.last_outcome(), Some(Outcome::TimedOut));
    assert!(lines(&hung.told).is_empty());
}

#[test]
fn a_job_whose_only_body_is_out_runs_again_when_it_is_back() {
    let hung = hung(None);
    hung.begun.recv_timeout(seconds(20)).unwrap();
    hung.stage.wait(seconds(5));
    assert_eq!(hung.stage.wait(seconds(5)), 0);
    assert_eq!(lines(&hung.told), ["15 Failed 1", "20 Skipped(Overlap) 1"]);
    let unfinished = hung.stage.scheduler.shutdown(Wait::No);
    assert_eq!(unfinished.len(), 1, "the body is still running");
    hung.answer.send(Ok(())).unwrap();
    hung.stage.scheduler.shutdown(Wait::ForAll);
    assert_eq!(hung.stage.wait(seconds(10)), 1);
    hung.begun.recv_timeout(seconds(20)).unwrap();
    hung.answer.send(Ok(())).unwrap();
    finish(&hung.stage.scheduler);
    assert_eq!(hung.job.last_outcome(), Some(Outcome::Completed));
    assert_eq!(hung.job.run_count(), 2);
}

#[test]
fn a_shared_body_runs_again_although_another_run_of_it_hangs() {
    let stage = Stage::with_workers(DateTime::UNIX_EPOCH, 3);
    let told = told(&stage.scheduler);
    let (start, begun) = channel();
    let (answer, gate) = channel::<()>();
    let gate = std::sync::Mutex::new(gate);
    let body = move |context: &Context| {
        let slot = context.slot().timestamp();
        start.send(slot).unwrap();
        if slot == 10 {
            let _ = gate.lock().unwrap().recv();
        }
    };
    let job = stage.every().seconds(10).timeout(seconds(5)).max_instances(1).run_with(body).unwrap();
    for slot in [10, 20, 30] {
        stage.wait(seconds(5));
        assert_eq!(stage.wait(seconds(5)), 1);
        assert_eq!(begun.recv_timeout(seconds(20)), Ok(slot));
    }
    drop(answer);
    finish(&stage.scheduler);
    assert_eq!(lines(&told)[0], "15 Failed 1");
    assert_eq!((job.run_count(), job.is_running()), (3, false));
}

#[test]
fn an_attempt_in_the_polling_thread_is_judged_when_it_returns() {
    for (takes, expected) in [(5, Outcome::Completed), (6, Outcome::TimedOut)] {
        let stage = Stage::at("1970-01-01 00:00:00");
        let clock = stage.clock.clone();
        let body = move || clock.advance(seconds(takes));
        let job = stage.every().minute().timeout(seconds(5)).run(body).unwrap();
        stage.wait(seconds(60));
        assert_eq!(job.last_outcome(), Some(expected));
    }
}

#[test]
fn an_answer_after_the_time_is_over_does_not_cancel_the_job() {
    let stage = Stage::at("1970-01-01 00:00:00");
    let clock = stage.clock.clone();
    let body = move || {
        clock.advance(seconds(6));
        CancelJob
    };
    let job = stage.every().minute().timeout(seconds(5)).run(body).unwrap();
    stage.wait(seconds(60));
    assert!(job.is_scheduled());
}

#[test]
fn each_attempt_has_its_own_time() {
    let stage = Stage::at("1970-01-01 00:00:00");
    let told = told(&stage.scheduler);
    let clock = stage.clock.clone();
    let body = move |context: &Context| {
        assert!(!context.is_cancelled());
        clock.advance(seconds(if context.attempt() < 3 { 6 } else { 4 }));
    };
    let retry = Retry::fixed(SECOND).times(5);
    let job = stage.every().minute().times(1).timeout(seconds(5)).retry(retry).run_with(body).unwrap();
    stage.scheduler.run_until_empty();
    assert_eq!(lines(&told), ["66 Retrying 1", "73 Retrying 2", "78 Executed 3"]);
    assert_eq!(job.last_outcome(), Some(Outcome::Completed));
}

#[test]
fn the_next_attempt_of_a_hung_body_waits_until_it_is_back() {
    let hung = hung(Some(Retry::fixed(SECOND).times(2)));
    hung.begun.recv_timeout(seconds(20)).unwrap();
    hung.stage.wait(seconds(5));
    assert_eq!(lines(&hung.told), ["15 Retrying 1"]);
    assert_eq!(hung.stage.wait(SECOND), 0, "there is no body to call");
    hung.answer.send(Err("late")).unwrap();
    hung.answer.send(Ok(())).unwrap();
    while hung.stage.scheduler.run_pending() == 0 {
        std::thread::yield_now();
    }
    let context = hung.begun.recv_timeout(seconds(20)).unwrap();
    assert_eq!(context.attempt(), 2);
    finish(&hung.stage.scheduler);
    assert_eq!(hung.job.last_outcome(), Some(Outcome::Completed));
    assert_eq!(hung.job.run_count(), 1);
}

#[test]
fn a_job_that_is_removed_leaves_its_hung_body_alone() {
    let hung = hung(None);
    let context = hung.begun.recv_timeout(seconds(20)).unwrap();
    assert!(hung.job.cancel());
    hung.stage.wait(seconds(5));
    assert!(context.is_cancelled(), "its time is over all the same");
    assert_eq!(hung.job.last_outcome(), Some(Outcome::TimedOut));
    hung.answer.send(Ok(())).unwrap();
    hung.stage.scheduler.shutdown(true);
    assert_eq!(hung.stage.scheduler.idle(), None);
}

#[test]
fn the_time_is_that_of_the_monotonic_clock() {
    let hung = hung(None);
    hung.begun.recv_timeout(seconds(20)).unwrap();
    // A clock that is set, an hour forward and back, is no time that has passed.
    hung.stage.set_clock("1970-01-01 01:00:10");
    assert!(!lines(&hung.told).iter().any(|line| line.contains("Failed")));
    hung.stage.set_clock("1970-01-01 00:00:12");
    hung.stage.wait(seconds(4));
    assert!(!lines(&hung.told).iter().any(|line| line.contains("Failed")));
    hung.stage.wait(SECOND);
    assert!(lines(&hung.told).iter().any(|line| line == "17 Failed 1"));
    hung.answer.send(Ok(())).unwrap();
    hung.stage.scheduler.shutdown(true);
}

#[test]
fn time_goes_on_while_the_scheduler_is_paused() {
    let hung = hung(None);
    hung.begun.recv_timeout(seconds(20)).unwrap();
    hung.stage.scheduler.pause();
    assert_eq!(hung.stage.scheduler.idle(), Some(seconds(5)));
    hung.stage.wait(seconds(5));
    assert_eq!(lines(&hung.told), ["15 Failed 1"]);
    assert_eq!(hung.stage.scheduler.idle(), None);
    hung.answer.send(Ok(())).unwrap();
    hung.stage.scheduler.shutdown(true);
}

#[test]
fn a_loop_ends_an_attempt_in_time() {
    let scheduler = Scheduler::new();
    let (ended, ends) = channel();
    scheduler.on_event(move |event| {
        if event.kind == EventKind::Failed {
            ended.send(event.outcome().cloned()).unwrap();
        }
    });
    let (release, gate) = channel::<()>();
    let sentence = scheduler.every().hour().immediately().parallel().timeout(Duration::from_millis(30));
    sentence.run(move || gate.recv().unwrap_or(())).unwrap();
    // In real time: the loop has to wake for the limit.
    let background = scheduler.start();
    assert_eq!(ends.recv_timeout(seconds(20)), Ok(Some(Outcome::TimedOut)));
    drop(release);
    background.stop();
}

#[test]
fn a_shutdown_that_waits_keeps_time_limits() {
    // In real time, in which a shutdown waits: nobody polls meanwhile.
    let scheduler = Scheduler::new();
    let (free, gate) = channel::<()>();
    let (free, told) = (std::sync::Mutex::new(Some(free)), told(&scheduler));
    let job = scheduler.every().hour().parallel().timeout(Duration::from_millis(20)).run(move || {
        let _ = gate.recv();
    });
    let job = job.unwrap();
    // The body returns once its time is over, and not before.
    scheduler.on_event(move |event: &Event| {
        if event.kind == EventKind::Failed {
            drop(free.lock().unwrap().take());
        }
    });
    job.trigger();
    scheduler.run_pending();
    assert!(scheduler.shutdown(seconds(60)).is_empty());
    assert_eq!(job.last_outcome(), Some(Outcome::TimedOut));
    assert_eq!(lines(&told).len(), 1);
}

#[test]
fn a_removed_job_is_forgotten_when_its_hung_body_is_back() {
    let hung = hung(None);
    let context = hung.begun.recv_timeout(seconds(20)).unwrap();
    let Hung { stage, job, answer, .. } = hung;
    stage.wait(seconds(5));
    assert!(job.cancel());
    let again = job.clone();
    drop(job);
    drop(again);
    assert_eq!(context.job().map(|job| job.is_scheduled()), Some(false), "its record is there while its body is out");
    answer.send(Ok(())).unwrap();
    stage.scheduler.shutdown(true);
    // Its row is free for another one, whose handle it is not.
    let other = stage.every().second().named("other").run(|| {}).unwrap();
    assert_ne!(context.job().map(|job| job.name()), Some(other.name()));
    assert!(context.is_cancelled());
}
