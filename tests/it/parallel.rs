//! Jobs that run on the workers. No test sleeps: bodies wait at channels, and the manual clock makes slots due.

use std::{
    sync::{
        atomic::{AtomicUsize, Ordering},
        mpsc::{channel, Receiver, Sender},
        Arc, Barrier, Mutex,
    },
    time::Duration,
};

use chrono::{DateTime, Utc};
use punctual::{CancelJob, EventKind, ManualClock, Outcome, Removal, Scheduler, Skip};

use crate::support::slot;

const SECOND: Duration = Duration::from_secs(1);

fn with_workers(n: usize) -> (ManualClock, Scheduler) {
    let clock = ManualClock::new(DateTime::UNIX_EPOCH);
    let scheduler = Scheduler::builder().clock(clock.clone()).tz(Utc).workers(n).build().unwrap();
    (clock, scheduler)
}

/// A body that says when it has begun and ends when it may.
fn gated() -> (Receiver<()>, Sender<()>, impl FnMut() + Send + 'static) {
    let (begun, begins) = channel();
    let (go, gate) = channel::<()>();
    let body = move || {
        let _ = begun.send(());
        let _ = gate.recv();
    };
    (begins, go, body)
}

fn events(scheduler: &Scheduler) -> Arc<Mutex<Vec<String>>> {
    let log = Arc::new(Mutex::new(Vec::new()));
    let theirs = Arc::clone(&log);
    scheduler.on_event(move |event| {
        let name = &event.name;
        let line = match event.kind {
            EventKind::Submitted => format!("{name} submitted"),
            EventKind::Started => format!("{name} started"),
            EventKind::Skipped(Skip::Overlap) => format!("{name} skipped {}", slot(event).timestamp()),
            EventKind::Executed => format!("{name} executed"),
            EventKind::Failed => format!("{name} failed"),
            EventKind::Removed(why) => format!("{name} removed: {why:?}"),
            _ => return,
        };
        theirs.lock().unwrap().push(line);
    });
    log
}

#[test]
fn a_poll_does_not_wait_for_a_parallel_body() {
    let (clock, scheduler) = with_workers(1);
    let (begins, go, body) = gated();
    let job = scheduler.every().second().parallel().run(body).unwrap();
    clock.advance(SECOND);
    assert_eq!(scheduler.run_pending(), 1);
    begins.recv().unwrap();
    assert_eq!((job.run_count(), job.last_outcome()), (1, None));
    drop(go);
    scheduler.shutdown(true);
    assert_eq!(job.last_outcome(), Some(Outcome::Completed));
}

#[test]
fn a_slot_that_comes_while_the_body_runs_is_skipped_and_told() {
    let (clock, scheduler) = with_workers(2);
    let log = events(&scheduler);
    let (begins, go, body) = gated();
    let job = scheduler.every().second().named("slow").parallel().run(body).unwrap();
    clock.advance(SECOND);
    assert_eq!(scheduler.run_pending(), 1);
    begins.recv().unwrap();
    clock.advance(SECOND);
    assert_eq!(scheduler.run_pending(), 0);
    assert_eq!(job.next_run().unwrap().timestamp(), 3);
    go.send(()).unwrap();
    drop(go);
    scheduler.shutdown(true);
    clock.advance(SECOND);
    assert_eq!(scheduler.run_pending(), 1);
    scheduler.shutdown(true);
    let expected = [
        "slow submitted",
        "slow started",
        "slow skipped 2",
        "slow executed",
        "slow submitted",
        "slow started",
        "slow executed",
    ];
    assert_eq!(*log.lock().unwrap(), expected);
}

#[test]
fn as_many_instances_run_at_a_time_as_are_allowed() {
    let (clock, scheduler) = with_workers(4);
    let log = events(&scheduler);
    let meeting = Arc::new(Barrier::new(3));
    let body = {
        let meeting = Arc::clone(&meeting);
        move || {
            meeting.wait();
        }
    };
    let job = scheduler.every().second().named("pair").max_instances(2).run(body).unwrap();
    for _ in 0..3 {
        clock.advance(SECOND);
        scheduler.run_pending();
    }
    meeting.wait();
    scheduler.shutdown(true);
    assert_eq!(job.run_count(), 2);
    assert_eq!(log.lock().unwrap().iter().filter(|line| *line == "pair skipped 3").count(), 1);
}

#[test]
fn a_panicking_body_costs_no_worker() {
    let (clock, scheduler) = with_workers(1);
    let (sender, told) = channel();
    scheduler.on_event(move |event| {
        if let EventKind::Executed | EventKind::Failed = event.kind {
            sender.send(()).unwrap();
        }
    });
    let broken = scheduler.every().second().parallel().run(|| panic!("broken")).unwrap();
    let sturdy = scheduler.every().second().parallel().run(|| {}).unwrap();
    for _ in 0..5 {
        clock.advance(SECOND);
        assert_eq!(scheduler.run_pending(), 2);
        told.recv().unwrap();
        told.recv().unwrap();
    }
    assert_eq!((broken.run_count(), sturdy.run_count()), (5, 5));
    assert_eq!(broken.last_outcome(), Some(Outcome::Panicked("broken".into())));
}

#[test]
fn a_long_job_leaves_the_other_workers_to_short_ones() {
    let (clock, scheduler) = with_workers(2);
    let (begins, go, body) = gated();
    scheduler.every().second().once().parallel().run(body).unwrap();
    let (sender, told) = channel();
    scheduler.every().second().parallel().run(move || sender.send(())).unwrap();
    clock.advance(SECOND);
    scheduler.run_pending();
    begins.recv().unwrap();
    told.recv().unwrap();
    drop(go);
}

#[test]
fn a_run_that_was_cancelled_while_it_waited_for_a_worker_does_not_begin() {
    let (clock, scheduler) = with_workers(1);
    let (begins, go, body) = gated();
    scheduler.every().second().once().parallel().run(body).unwrap();
    let waiting = scheduler.every().second().parallel().run(|| {}).unwrap();
    let paused = scheduler.every().second().parallel().run(|| {}).unwrap();
    clock.advance(SECOND);
    assert_eq!(scheduler.run_pending(), 3);
    begins.recv().unwrap();
    assert!(waiting.cancel());
    assert!(paused.pause());
    drop(go);
    scheduler.shutdown(true);
    assert_eq!((waiting.run_count(), paused.run_count()), (0, 0));
    assert!(paused.resume());
    clock.advance(SECOND);
    assert_eq!(scheduler.run_pending(), 1, "the run that did not begin is no instance any more");
}

#[test]
fn a_body_on_a_worker_may_cancel_and_add_itself_again() {
    let (clock, scheduler) = with_workers(1);
    let log = events(&scheduler);
    let again = scheduler.clone();
    scheduler
        .every()
        .second()
        .named("first")
        .tag("self")
        .parallel()
        .run(move || {
            assert_eq!(again.clear_tagged("self"), 1);
            again.every().second().named("second").parallel().run(|| CancelJob).map(|_| ())
        })
        .unwrap();
    for _ in 0..2 {
        clock.advance(SECOND);
        assert_eq!(scheduler.run_pending(), 1);
        scheduler.shutdown(true);
    }
    assert!(scheduler.jobs().is_empty());
    let expected = [
        "first submitted",
        "first started",
        "first removed: Cleared",
        "first executed",
        "second submitted",
        "second started",
        "second executed",
        "second removed: ReturnedCancelJob",
    ];
    assert_eq!(*log.lock().unwrap(), expected);
}

#[test]
fn times_counts_exactly_however_many_run_at_once() {
    let (clock, scheduler) = with_workers(3);
    let runs = Arc::new(AtomicUsize::new(0));
    let body = {
        let runs = Arc::clone(&runs);
        move || {
            runs.fetch_add(1, Ordering::SeqCst);
        }
    };
    let job = scheduler.every().second().times(5).max_instances(3).run(body).unwrap();
    for _ in 0..30 {
        clock.advance(SECOND);
        scheduler.run_pending();
    }
    scheduler.shutdown(true);
    // Skipped slots do not count, so a few may be left to run.
    while job.is_scheduled() {
        clock.advance(SECOND);
        scheduler.run_pending();
        scheduler.shutdown(true);
    }
    assert_eq!(runs.load(Ordering::SeqCst), 5);
    assert_eq!(job.run_count(), 5);
}

#[test]
fn a_job_leaves_at_its_deadline_when_its_last_run_has_ended() {
    let (clock, scheduler) = with_workers(1);
    let left = Arc::new(Mutex::new(None));
    let why = Arc::clone(&left);
    scheduler.on_event(move |event| {
        if let EventKind::Removed(reason) = event.kind {
            *why.lock().unwrap() = Some(reason);
        }
    });
    let (begins, go, body) = gated();
    let job = scheduler.every().second().until(SECOND).parallel().run(body).unwrap();
    clock.advance(SECOND);
    scheduler.run_pending();
    begins.recv().unwrap();
    assert!(job.is_scheduled());
    assert_eq!(job.next_run(), None);
    drop(go);
    scheduler.shutdown(true);
    assert!(!job.is_scheduled());
    assert_eq!(*left.lock().unwrap(), Some(Removal::Deadline));
}

#[test]
fn run_until_empty_waits_for_the_workers() {
    let (_, scheduler) = with_workers(2);
    let again = scheduler.clone();
    scheduler.after(SECOND).parallel().run(move || again.after(SECOND).parallel().run(|| {}).map(|_| ())).unwrap();
    assert_eq!(scheduler.run_until_empty(), 2);
    assert!(scheduler.jobs().is_empty());
}

#[test]
fn shutdown_without_waiting_returns_at_once_and_what_was_submitted_still_runs() {
    let (clock, scheduler) = with_workers(1);
    let (begins, go, body) = gated();
    scheduler.every().second().once().parallel().run(body).unwrap();
    let (sender, told) = channel();
    scheduler.every().second().once().parallel().run(move || sender.send(())).unwrap();
    clock.advance(SECOND);
    scheduler.run_pending();
    begins.recv().unwrap();
    scheduler.shutdown(false);
    assert!(told.try_recv().is_err());
    drop(go);
    told.recv().unwrap();
}

#[test]
fn shutdown_from_a_worker_does_not_wait_for_itself() {
    let (clock, scheduler) = with_workers(1);
    let (sender, told) = channel();
    let theirs = scheduler.clone();
    scheduler
        .every()
        .second()
        .parallel()
        .run(move || {
            theirs.shutdown(true);
            sender.send(())
        })
        .unwrap();
    clock.advance(SECOND);
    scheduler.run_pending();
    told.recv().unwrap();
}

#[test]
fn run_now_runs_a_parallel_body_in_this_thread() {
    let (_, scheduler) = with_workers(1);
    let (sender, told) = channel();
    let job = scheduler.every().second().parallel().run(move || sender.send(std::thread::current().id())).unwrap();
    assert!(job.run_now());
    assert_eq!(told.recv().unwrap(), std::thread::current().id());
}

#[test]
fn a_dropped_scheduler_lets_its_workers_end_what_they_have_in_hand() {
    let (clock, scheduler) = with_workers(1);
    let (begins, go, body) = gated();
    let job = scheduler.every().second().parallel().run(body).unwrap();
    clock.advance(SECOND);
    scheduler.run_pending();
    begins.recv().unwrap();
    drop(scheduler);
    assert!(!job.is_scheduled());
    drop(go);
    assert!(begins.recv().is_err(), "the body was dropped when it had ended");
}

#[test]
fn a_run_by_hand_that_is_one_too_many_is_no_instance() {
    let (clock, scheduler) = with_workers(2);
    let (begun, begins) = channel();
    let (go, gate) = channel::<()>();
    let gate = Mutex::new(gate);
    let body = move || {
        begun.send(()).unwrap();
        let _ = gate.lock().unwrap().recv();
    };
    let job = scheduler.every().second().times(2).max_instances(3).run(body).unwrap();
    for _ in 0..2 {
        clock.advance(SECOND);
        scheduler.run_pending();
        begins.recv().unwrap();
    }
    assert!(!job.run_now());
    drop(go);
    scheduler.shutdown(true);
    assert!(!job.is_scheduled());
    assert_eq!(scheduler.run_until_empty(), 0);
}

#[test]
fn after_a_shutdown_bodies_run_on_workers_and_not_in_the_thread_that_polls() {
    let (clock, scheduler) = with_workers(2);
    let (sender, told) = channel();
    scheduler.every().second().parallel().run(move || sender.send(std::thread::current().id())).unwrap();
    for _ in 0..100 {
        clock.advance(SECOND);
        assert_eq!(scheduler.run_pending(), 1);
        scheduler.shutdown(false);
        assert_ne!(told.recv().unwrap(), std::thread::current().id());
        scheduler.shutdown(true);
    }
}

#[test]
fn shutdown_waits_also_for_what_an_earlier_one_did_not_wait_for() {
    let (clock, scheduler) = with_workers(1);
    let (begins, go, body) = gated();
    let job = scheduler.every().second().parallel().run(body).unwrap();
    clock.advance(SECOND);
    scheduler.run_pending();
    begins.recv().unwrap();
    scheduler.shutdown(false);
    let opener = std::thread::spawn(move || drop(go));
    scheduler.shutdown(true);
    assert_eq!(job.last_outcome(), Some(Outcome::Completed));
    opener.join().unwrap();
}

#[test]
fn no_body_runs_inside_itself_however_many_instances_it_may_have() {
    let (_, scheduler) = with_workers(1);
    let (sender, receiver) = channel::<punctual::Job>();
    let receiver = Mutex::new(receiver);
    let depth = Arc::new(AtomicUsize::new(0));
    let body = {
        let depth = Arc::clone(&depth);
        move || {
            depth.fetch_add(1, Ordering::SeqCst);
            let job = receiver.lock().unwrap().recv().unwrap();
            assert!(!job.run_now());
        }
    };
    let job = scheduler.every().day().max_instances(3).run(body).unwrap();
    sender.send(job.clone()).unwrap();
    assert!(job.run_now());
    assert_eq!(job.last_outcome(), Some(Outcome::Completed));
    assert_eq!(depth.load(Ordering::SeqCst), 1);
}
