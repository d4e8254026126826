//! What happens to a run that waits for another attempt when its job or scheduler changes.

use std::sync::{
    mpsc::{channel, Receiver},
    Mutex,
};

use chrono::DateTime;
use punctual::{Context, Job, Outcome, Retry, Wait};

use super::{answers, epoch, every_second, lines, told, SECOND};
use crate::support::{minutes, seconds, Stage};

fn waiting() -> (Stage, Receiver<String>, Job) {
    let stage = epoch();
    let told = told(&stage.scheduler);
    let job = stage.every().minute().retry(every_second(9)).run(answers(&[false; 9])).unwrap();
    stage.wait(minutes(1));
    assert_eq!(lines(&told), ["60 Retrying 1/60"]);
    (stage, told, job)
}

#[test]
fn a_run_whose_job_is_removed_while_it_waits_ends_with_its_failure() {
    let removals: [fn(&Stage, &Job); 2] =
        [|_, job| assert!(job.cancel()), |stage, _| assert_eq!(stage.scheduler.clear(), 1)];
    for remove in removals {
        let (stage, told, job) = waiting();
        remove(&stage, &job);
        assert_eq!(lines(&told), ["60 Failed 1/60"]);
        assert_eq!(job.last_outcome(), Some(Outcome::Failed("no".into())));
        assert!(!job.is_running());
        assert_eq!((stage.scheduler.idle(), stage.wait(SECOND)), (None, 0));
    }
}

#[test]
fn a_shutdown_ends_a_run_that_waits() {
    let (stage, told, job) = waiting();
    assert!(stage.scheduler.shutdown(Wait::ForAll).is_empty());
    assert_eq!(lines(&told), ["60 Failed 1/60"]);
    assert!(!job.is_running() && job.is_scheduled());
    assert_eq!(stage.scheduler.idle(), Some(minutes(1)));
}

#[test]
fn a_failure_during_a_shutdown_is_not_tried_again() {
    let stage = epoch();
    let told = told(&stage.scheduler);
    let scheduler = stage.scheduler.downgrade();
    let body = move || {
        scheduler.upgrade().unwrap().shutdown(Wait::No);
        Err::<(), _>("cut short")
    };
    let job = stage.every().minute().retry(every_second(9)).run(body).unwrap();
    stage.wait(minutes(1));
    assert_eq!(lines(&told), ["60 Failed 1/60"]);
    assert!(!job.is_running());
}

#[test]
fn a_paused_job_and_a_paused_scheduler_try_again_when_they_are_resumed() {
    type Change = fn(&Stage, &Job) -> bool;
    let pauses: [(Change, Change); 2] = [
        (|_, job| job.pause(), |_, job| job.resume()),
        (|stage, _| stage.scheduler.pause(), |stage, _| stage.scheduler.resume()),
    ];
    for (pause, resume) in pauses {
        let (stage, told, job) = waiting();
        assert!(pause(&stage, &job));
        assert_eq!(stage.wait(seconds(10)), 0);
        assert!(lines(&told).is_empty());
        assert!(resume(&stage, &job));
        assert_eq!(stage.scheduler.run_pending(), 1);
        assert_eq!(lines(&told), ["70 Retrying 2/60"]);
    }
}

#[test]
fn an_update_leaves_a_run_that_waits_in_progress_and_brings_the_next_attempt_another_body() {
    let stage = epoch();
    let told = told(&stage.scheduler);
    stage.every().minute().key("a").retry(every_second(9)).run(answers(&[false; 9])).unwrap();
    stage.wait(minutes(1));
    let job = stage.every().minute().key("a").run(answers(&[])).unwrap();
    assert!(job.is_running());
    assert_eq!(stage.wait(SECOND), 1);
    assert_eq!(lines(&told), ["60 Retrying 1/60", "61 Executed 2/60"]);
    assert_eq!((job.run_count(), job.is_running()), (1, false));
}

#[test]
fn a_reschedule_leaves_a_run_that_waits_in_progress() {
    let (stage, told, job) = waiting();
    assert!(job.reschedule("every hour").unwrap());
    assert_eq!(stage.wait(SECOND), 1);
    assert_eq!(lines(&told), ["61 Retrying 2/60"]);
}

#[test]
fn the_wait_follows_a_clock_that_is_set_back() {
    let (stage, told, _) = waiting();
    stage.set_clock("1970-01-01 00:00:30");
    assert_eq!(stage.scheduler.idle(), Some(SECOND), "what is left of a length stays");
    assert_eq!(stage.wait(SECOND), 1);
    assert_eq!(lines(&told), ["31 Retrying 2/60"]);
}

#[test]
fn an_attempt_that_waits_for_a_worker_in_a_shutdown_ends_once() {
    let stage = Stage::with_workers(DateTime::UNIX_EPOCH, 1);
    let told = told(&stage.scheduler);
    let (release, gate) = channel::<()>();
    let (begun, begins) = channel();
    let (gate, mut is_first) = (Mutex::new(gate), true);
    let blocked = stage.every().minute().parallel().run(move || {
        begun.send(()).unwrap();
        let _ = gate.lock().unwrap().recv();
    });
    let blocked = blocked.unwrap();
    let body = move || if std::mem::take(&mut is_first) { Err("no") } else { Ok(()) };
    let job = stage.every().hour().parallel().retry(Retry::fixed(minutes(2)).times(1)).run(body).unwrap();
    assert!(job.run_now());
    stage.wait(minutes(1));
    begins.recv().unwrap();
    stage.wait(minutes(1));
    assert!(job.is_running(), "its second attempt waits for the worker");
    stage.scheduler.shutdown(Wait::No);
    assert!(!job.is_running() && blocked.is_running());
    assert_eq!(job.last_outcome(), Some(Outcome::Failed("no".into())));
    assert_eq!(lines(&told).iter().filter(|line| line.contains("Failed 1/0")).count(), 1);

    drop(release);
    assert!(stage.scheduler.shutdown(true).is_empty());
    assert!(!job.is_running() && job.run_now() && job.last_outcome() == Some(Outcome::Completed));
    assert_eq!(job.run_count(), 2);
}

#[test]
fn a_shutdown_that_ends_the_last_run_of_a_job_removes_it() {
    let stage = epoch();
    let job = stage.every().hour().times(1).retry(every_second(1)).run(answers(&[false])).unwrap();
    assert!(job.run_now());
    job.pause();
    stage.wait(SECOND);
    // The attempt is due, and the next poll would begin it.
    job.resume();
    assert!(job.is_running());
    assert!(stage.scheduler.shutdown(true).is_empty());
    assert_eq!(job.last_outcome(), Some(Outcome::Failed("no".into())));
    assert!(!job.is_running() && !job.is_scheduled());
    assert_eq!(stage.scheduler.run_pending(), 0);
}

#[test]
fn an_update_to_one_instance_runs_all_attempts_that_wait_one_after_another() {
    let stage = epoch();
    let retry = || Retry::fixed(seconds(30)).times(1);
    let told = told(&stage.scheduler);
    let sentence = stage.every().second().key("a").retry(retry()).max_instances(2);
    let job = sentence.run(|| Err::<(), _>("no")).unwrap();
    for _ in 0..2 {
        stage.clock.advance(SECOND);
        stage.scheduler.run_pending();
        assert!(told.iter().any(|line| line.contains("Retrying")), "the workers are threads of their own");
    }
    let (begun, began) = channel();
    let (go, gate) = channel::<()>();
    let gate = Mutex::new(gate);
    let body = move |context: &Context| {
        begun.send(context.attempt()).unwrap();
        gate.lock().unwrap().recv().unwrap();
    };
    stage.every().day().key("a").retry(retry()).parallel().run_with(body).unwrap();
    stage.clock.advance(minutes(1));
    for _ in 0..2 {
        // The second may begin only once the first has ended on its worker.
        let attempt = loop {
            stage.scheduler.run_pending();
            match began.try_recv() {
                Ok(attempt) => break attempt,
                Err(_) => std::thread::yield_now(),
            }
        };
        assert_eq!(attempt, 2);
        go.send(()).unwrap();
    }
    while job.is_running() {
        stage.scheduler.run_pending();
        std::thread::yield_now();
    }
    assert_eq!(job.run_count(), 2);
    assert!(stage.scheduler.shutdown(true).is_empty());
}
