//! Hooks around the attempts of a run that is tried again or takes too long.

use std::{
    sync::{mpsc::channel, Arc, Mutex},
    thread,
};

use chrono::DateTime;
use punctual::{Outcome, Retry, Wait};

use super::{all, Log};
use crate::support::{finish, minutes, noon, seconds, Stage};

#[test]
fn each_attempt_passes_the_hooks() {
    let (stage, (log, lines)) = (noon(), Log::new());
    stage.scheduler.around(log.hook("hook"));
    let mut answers = [Err("broken"), Ok(())].into_iter();
    let job = stage.every().minute().retry(1).run(move || answers.next().unwrap()).unwrap();
    assert_eq!(stage.wait(minutes(1)), 1);
    assert_eq!(all(&lines), ["hook before 1", "hook after: failed: broken"]);
    assert!(job.is_running(), "it waits for another attempt");
    stage.wait(seconds(1));
    assert_eq!(all(&lines), ["hook before 2", "hook after: completed"]);
    assert_eq!((job.run_count(), job.is_running()), (1, false));
}

#[test]
fn a_veto_of_a_later_attempt_ends_the_run_with_the_last_failure() {
    let (stage, (log, lines)) = (noon(), Log::new());
    log.hear(&stage.scheduler);
    let sentence = stage.every().minute().retry(5);
    let sentence = sentence.before_run(|run| if run.attempt() > 1 { Err("once".into()) } else { Ok(()) });
    let job = sentence.run(|| Err::<(), _>("broken")).unwrap();
    stage.wait(minutes(1));
    stage.wait(seconds(1));
    let expected =
        ["Started 1", "Retrying 1 failed: broken", "Skipped(Vetoed) 2 vetoed: once", "Failed 1 failed: broken"];
    assert_eq!(all(&lines), expected);
    assert_eq!(job.last_outcome(), Some(Outcome::Failed("broken".to_owned())));
    assert_eq!((job.run_count(), job.is_running()), (1, false));
    assert_eq!(stage.wait(seconds(59)), 1, "the next slot has a run");
}

#[test]
fn an_attempt_that_times_out_is_told_once_when_it_is_settled() {
    let stage = Stage::with_workers(DateTime::UNIX_EPOCH, 2);
    let (log, lines) = Log::new();
    let (begun, begins) = channel();
    let (answer, gate) = channel::<()>();
    let sentence = stage.every().minute().parallel().timeout(seconds(5)).retry(Retry::fixed(seconds(100)).times(1));
    let sentence = sentence.around(log.hook("hook"));
    let job = sentence
        .run(move || {
            begun.send(()).unwrap();
            let _ = gate.recv();
        })
        .unwrap();
    stage.wait(minutes(1));
    begins.recv().unwrap();
    assert_eq!(lines.recv().unwrap(), "hook before 1");
    stage.wait(seconds(5));
    assert_eq!(all(&lines), ["hook after: timed out"], "although the body has not returned");
    drop(answer);
    stage.wait(seconds(100));
    // The first body returns in real time, and gives the only body back.
    while begins.try_recv().is_err() {
        stage.scheduler.run_pending();
        thread::yield_now();
    }
    finish(&stage.scheduler);
    assert_eq!(all(&lines), ["hook before 2", "hook after: completed"]);
    assert_eq!(job.last_outcome(), Some(Outcome::Completed));
}

#[test]
fn an_answer_that_is_late_is_told_as_timed_out() {
    let (stage, (log, lines)) = (noon(), Log::new());
    let clock = stage.clock.clone();
    let sentence = stage.every().minute().timeout(seconds(5)).around(log.hook("hook"));
    sentence.run(move || clock.advance(seconds(6))).unwrap();
    stage.wait(minutes(1));
    assert_eq!(all(&lines), ["hook before 1", "hook after: timed out"]);
}

#[test]
fn what_a_hook_does_after_a_failure_decides_whether_there_is_another_attempt() {
    let (stage, (log, lines)) = (noon(), Log::new());
    log.hear(&stage.scheduler);
    let sentence = stage.every().minute().retry(Retry::fixed(seconds(1)).times(3));
    let sentence = sentence.after_run(|run, _| assert!(run.job().unwrap().cancel()));
    sentence.run(|| Err::<(), _>("broken")).unwrap();
    stage.wait(minutes(1));
    stage.wait(minutes(1));
    assert_eq!(all(&lines), ["Started 1", "Failed 1 failed: broken"]);
}

#[test]
fn an_attempt_that_times_out_keeps_its_place_while_its_hooks_are_called() {
    let stage = Stage::with_workers(DateTime::UNIX_EPOCH, 2);
    let (log, lines) = Log::new();
    let (begun, begins) = channel();
    let (answer, gate) = channel::<()>();
    let gate = Mutex::new(gate);
    let scheduler = stage.scheduler.clone();
    let sentence = stage.every().minute().max_instances(1).timeout(seconds(5)).after_run(move |run, outcome| {
        let job = run.job().unwrap();
        // The second body could run, and has no place yet.
        assert!(!job.run_now());
        assert!(scheduler.shutdown(Wait::No).is_empty() || job.is_running());
        log.say(format!("{outcome} {:?} {}", job.last_outcome(), job.is_running()));
    });
    let body = move || {
        begun.send(()).unwrap();
        let _ = gate.lock().unwrap().recv();
    };
    let body = Arc::new(body);
    let job = sentence.run(move || body()).unwrap();
    stage.wait(minutes(1));
    begins.recv().unwrap();
    stage.wait(seconds(5));
    assert_eq!(all(&lines), ["timed out None true"]);
    assert_eq!(job.last_outcome(), Some(Outcome::TimedOut));
    drop(answer);
    finish(&stage.scheduler);
}
