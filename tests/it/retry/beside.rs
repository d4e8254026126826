//! Other slots and runs, beside a run that waits for another attempt.

use std::{
    collections::VecDeque,
    sync::{mpsc::channel, Arc, Mutex},
};

use chrono::{DateTime, TimeDelta};
use punctual::{Context, Outcome, Overlap, Retry};

use super::{answers, epoch, every_second, lines, told, SECOND};
use crate::support::{finish, minutes, noon, seconds, Stage};

#[test]
fn a_slot_that_comes_while_a_run_waits_follows_overlap() {
    for (overlap, expected) in [
        (None, vec!["10 Retrying 1/10", "25 Executed 2/10", "25 Executed 1/20"]),
        (Some(Overlap::Skip), vec!["10 Retrying 1/10", "20 Skipped(Overlap) 1/20", "25 Executed 2/10"]),
        (Some(Overlap::Queue(1)), vec!["10 Retrying 1/10", "25 Executed 2/10", "25 Executed 1/20"]),
    ] {
        let stage = epoch();
        let told = told(&stage.scheduler);
        let sentence = stage.every().seconds(10).retry(Retry::fixed(seconds(15)).times(1));
        let sentence = match overlap {
            Some(overlap) => sentence.overlap(overlap),
            None => sentence,
        };
        sentence.run(answers(&[false])).unwrap();
        stage.scheduler.run_until(stage.clock.now() + TimeDelta::seconds(26)).unwrap();
        assert_eq!(lines(&told), expected, "{overlap:?}");
    }
}

#[test]
fn several_runs_may_wait_at_a_time() {
    let stage = Stage::with_workers(DateTime::UNIX_EPOCH, 4);
    let told = told(&stage.scheduler);
    let job = stage
        .every()
        .seconds(10)
        .times(3)
        .retry(Retry::fixed(seconds(100)).times(1))
        .max_instances(3)
        .run_with(|context: &Context| match context.attempt() {
            1 => Err("no"),
            _ => Ok(()),
        })
        .unwrap();
    stage.scheduler.run_until_empty();
    // A worker may be about to deliver the last ones.
    let all = std::iter::from_fn(|| told.recv_timeout(seconds(20)).ok());
    let mut lines: Vec<String> =
        all.filter(|line| line.contains("Retrying") || line.contains("Executed")).take(6).collect();
    lines.sort();
    assert_eq!(
        lines,
        [
            "10 Retrying 1/10",
            "110 Executed 2/10",
            "120 Executed 2/20",
            "130 Executed 2/30",
            "20 Retrying 1/20",
            "30 Retrying 1/30"
        ]
    );
    assert_eq!(job.run_count(), 3);
}

#[test]
fn a_manual_run_is_tried_again_too_and_is_refused_while_another_waits() {
    let stage = noon();
    let job = stage.every().day().retry(every_second(2)).run(answers(&[false])).unwrap();
    assert!(job.run_now());
    assert!(job.is_running());
    assert!(!job.run_now(), "a run is in progress");
    assert_eq!(stage.wait(SECOND), 1);
    assert_eq!(job.last_outcome(), Some(Outcome::Completed));
    assert_eq!(job.run_count(), 1);
}

#[test]
fn a_worker_is_free_while_a_run_waits() {
    let stage = Stage::with_workers(DateTime::UNIX_EPOCH, 1);
    let (sender, order) = channel();
    let other = sender.clone();
    let mut failures = VecDeque::from([Err("no")]);
    let first = stage.every().seconds(10).times(1).retry(Retry::fixed(seconds(5)).times(1)).parallel().run(move || {
        sender.send("first").unwrap();
        failures.pop_front().unwrap_or(Ok(()))
    });
    stage.every().seconds(12).times(1).parallel().run(move || other.send("other").unwrap()).unwrap();
    stage.scheduler.run_until_empty();
    assert_eq!(order.try_iter().collect::<Vec<_>>(), ["first", "other", "first"]);
    assert_eq!(first.unwrap().last_outcome(), Some(Outcome::Completed));
}

#[test]
fn many_waiting_runs_end_one_by_one() {
    let stage = epoch();
    let told = told(&stage.scheduler);
    for n in 0..500_u64 {
        let retry = Retry::fixed(seconds(1 + n % 13)).times(2);
        stage.every().minute().times(1).retry(retry).run(answers(&[false, n % 2 == 0])).unwrap();
    }
    stage.scheduler.run_until_empty();
    let lines = lines(&told);
    let count = |kind: &str| lines.iter().filter(|line| line.contains(kind)).count();
    assert_eq!((count("Retrying 1"), count("Retrying 2"), count("Executed")), (500, 250, 500));
    assert_eq!(stage.scheduler.jobs().len(), 0);
}

#[test]
fn a_run_by_hand_does_not_take_the_slot_of_an_attempt_that_is_due() {
    let stage = Stage::with_workers(DateTime::UNIX_EPOCH, 1);
    let told = told(&stage.scheduler);
    let body = {
        let mut is_first = true;
        move || if std::mem::take(&mut is_first) { Err("no") } else { Ok(()) }
    };
    let gate = Arc::new(Mutex::new(body));
    let job = stage.every().hour().max_instances(2).retry(every_second(1)).run(move || gate.lock().unwrap()());
    let job = job.unwrap();
    assert!(job.run_now());
    // The attempt is claimed while the job is paused and resumed, and not begun.
    job.pause();
    stage.wait(SECOND);
    job.resume();
    stage.clock.advance(SECOND);
    assert!(job.run_now());
    stage.scheduler.run_pending();
    finish(&stage.scheduler);
    assert_eq!(lines(&told), ["0 Retrying 1/0", "2 Executed 1/2", "2 Executed 2/0"]);
}

/// A claim may be for an attempt, and is then none for a slot.
#[test]
fn a_queued_slot_keeps_its_run_beside_an_attempt_that_is_due() {
    let stage = epoch();
    let told = told(&stage.scheduler);
    let sentence = stage.every().seconds(10).overlap(Overlap::Queue(5)).retry(Retry::fixed(seconds(20)).times(1));
    sentence.run(answers(&[false])).unwrap();
    for _ in 0..4 {
        stage.wait(seconds(10));
    }
    let expected = ["10 Retrying 1/10", "30 Executed 2/10", "30 Executed 1/20", "30 Executed 1/30", "40 Executed 1/40"];
    assert_eq!(lines(&told), expected);
}

#[test]
fn a_trigger_beside_an_attempt_that_is_due_has_a_run_of_its_own() {
    let stage = epoch();
    let told = told(&stage.scheduler);
    let job = stage.every().minute().retry(every_second(1)).run(answers(&[false])).unwrap();
    assert_eq!(stage.wait(minutes(1)), 1);
    stage.clock.advance(SECOND);
    assert!(job.trigger());
    stage.scheduler.run_pending();
    stage.scheduler.run_pending();
    assert_eq!(lines(&told), ["60 Retrying 1/60", "61 Executed 2/60", "61 Executed 1/61"]);
}
