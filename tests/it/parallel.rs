//! Jobs that run on worker threads. No test sleeps: bodies block on channels, and a manual clock makes slots due.

use std::{
    sync::{
        atomic::{AtomicUsize, Ordering},
        mpsc::{channel, Receiver, Sender},
        Arc, Barrier, Mutex,
    },
    time::Duration,
};

use chrono::DateTime;
use punctual::{CancelJob, EventKind, Outcome, Removal, Schedule, Scheduler, Skip, Unit};

use crate::support::{finish, slot, Stage};

const SECOND: Duration = Duration::from_secs(1);

/// Starts at the Unix epoch, so that the timestamp of a slot is the number of its second.
fn with_workers(n: usize) -> Stage {
    Stage::with_workers(DateTime::UNIX_EPOCH, n)
}

/// A body that reports its start on the first channel and blocks until the second one sends or is dropped.
fn gated() -> (Receiver<()>, Sender<()>, impl FnMut() + Send + 'static) {
    let (start, is_started) = channel();
    let (release, gate) = channel::<()>();
    let body = move || {
        let _ = start.send(());
        let _ = gate.recv();
    };
    (is_started, release, body)
}

/// Logs the events that concern runs and removals.
fn events(scheduler: &Scheduler) -> Arc<Mutex<Vec<String>>> {
    let log = Arc::new(Mutex::new(Vec::new()));
    let lines = Arc::clone(&log);
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
        lines.lock().unwrap().push(line);
    });
    log
}

#[test]
fn a_poll_does_not_wait_for_a_parallel_body() {
    let Stage { clock, scheduler } = with_workers(1);
    let (is_started, release, body) = gated();
    let job = scheduler.every().second().parallel().run(body).unwrap();
    clock.advance(SECOND);
    assert_eq!(scheduler.run_pending(), 1);
    is_started.recv().unwrap();
    assert_eq!((job.run_count(), job.last_outcome()), (1, None));
    drop(release);
    scheduler.shutdown(true);
    assert_eq!(job.last_outcome(), Some(Outcome::Completed));
}

#[test]
fn a_slot_during_a_run_is_skipped_and_reported() {
    let Stage { clock, scheduler } = with_workers(2);
    let log = events(&scheduler);
    let (is_started, release, body) = gated();
    let job = scheduler.every().second().named("slow").parallel().run(body).unwrap();
    clock.advance(SECOND);
    assert_eq!(scheduler.run_pending(), 1);
    is_started.recv().unwrap();
    clock.advance(SECOND);
    assert_eq!(scheduler.run_pending(), 0);
    assert_eq!(job.next_run().unwrap().timestamp(), 3);
    release.send(()).unwrap();
    drop(release);
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
fn at_most_max_instances_runs_are_in_progress() {
    let Stage { clock, scheduler } = with_workers(4);
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
fn a_worker_survives_a_panicking_body() {
    let Stage { clock, scheduler } = with_workers(1);
    let (sender, signal) = channel();
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
        signal.recv().unwrap();
        signal.recv().unwrap();
    }
    assert_eq!((broken.run_count(), sturdy.run_count()), (5, 5));
    assert_eq!(broken.last_outcome(), Some(Outcome::Panicked("broken".into())));
}

#[test]
fn a_long_run_occupies_one_worker_only() {
    let Stage { clock, scheduler } = with_workers(2);
    let (is_started, release, body) = gated();
    scheduler.every().second().once().parallel().run(body).unwrap();
    let (sender, signal) = channel();
    scheduler.every().second().parallel().run(move || sender.send(())).unwrap();
    clock.advance(SECOND);
    scheduler.run_pending();
    is_started.recv().unwrap();
    signal.recv().unwrap();
    drop(release);
}

#[test]
fn a_run_does_not_start_if_its_job_is_cancelled_or_paused_while_it_waits_for_a_worker() {
    let Stage { clock, scheduler } = with_workers(1);
    let (is_started, release, body) = gated();
    scheduler.every().second().once().parallel().run(body).unwrap();
    let waiting = scheduler.every().second().parallel().run(|| {}).unwrap();
    let paused = scheduler.every().second().parallel().run(|| {}).unwrap();
    clock.advance(SECOND);
    assert_eq!(scheduler.run_pending(), 3);
    is_started.recv().unwrap();
    assert!(waiting.cancel());
    assert!(paused.pause());
    drop(release);
    scheduler.shutdown(true);
    assert_eq!((waiting.run_count(), paused.run_count()), (0, 0));
    assert!(paused.resume());
    clock.advance(SECOND);
    assert_eq!(scheduler.run_pending(), 1, "the run that did not start no longer counts as in progress");
}

#[test]
fn a_body_on_a_worker_may_replace_its_job() {
    let Stage { clock, scheduler } = with_workers(1);
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
fn times_is_exact_with_several_runs_at_once() {
    let Stage { clock, scheduler } = with_workers(3);
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
    // Skipped slots do not count towards `times`, so a few runs may be left.
    while job.is_scheduled() {
        clock.advance(SECOND);
        scheduler.run_pending();
        scheduler.shutdown(true);
    }
    assert_eq!(runs.load(Ordering::SeqCst), 5);
    assert_eq!(job.run_count(), 5);
}

#[test]
fn a_job_is_removed_at_its_deadline_only_after_its_last_run_has_ended() {
    let Stage { clock, scheduler } = with_workers(1);
    let removal = Arc::new(Mutex::new(None));
    let why = Arc::clone(&removal);
    scheduler.on_event(move |event| {
        if let EventKind::Removed(reason) = event.kind {
            *why.lock().unwrap() = Some(reason);
        }
    });
    let (is_started, release, body) = gated();
    let job = scheduler.every().second().until(SECOND).parallel().run(body).unwrap();
    clock.advance(SECOND);
    scheduler.run_pending();
    is_started.recv().unwrap();
    assert!(job.is_scheduled());
    assert_eq!(job.next_run(), None);
    drop(release);
    scheduler.shutdown(true);
    assert!(!job.is_scheduled());
    assert_eq!(*removal.lock().unwrap(), Some(Removal::Deadline));
}

#[test]
fn run_until_empty_waits_for_the_workers() {
    let Stage { scheduler, .. } = with_workers(2);
    let again = scheduler.clone();
    scheduler.after(SECOND).parallel().run(move || again.after(SECOND).parallel().run(|| {}).map(|_| ())).unwrap();
    assert_eq!(scheduler.run_until_empty(), 2);
    assert!(scheduler.jobs().is_empty());
}

#[test]
fn shutdown_without_waiting_returns_at_once_and_drops_what_waits_for_a_worker() {
    let Stage { clock, scheduler } = with_workers(1);
    let (is_started, release, body) = gated();
    scheduler.every().second().once().parallel().run(body).unwrap();
    let (sender, signal) = channel();
    scheduler.every().second().once().parallel().run(move || sender.send(())).unwrap();
    clock.advance(SECOND);
    scheduler.run_pending();
    is_started.recv().unwrap();
    scheduler.shutdown(false);
    drop(release);
    scheduler.shutdown(true);
    assert!(signal.try_recv().is_err());
}

#[test]
fn a_shutdown_on_a_worker_does_not_wait_for_that_worker() {
    let Stage { clock, scheduler } = with_workers(1);
    let (sender, signal) = channel();
    let inside = scheduler.clone();
    scheduler
        .every()
        .second()
        .parallel()
        .run(move || {
            inside.shutdown(true);
            sender.send(())
        })
        .unwrap();
    clock.advance(SECOND);
    scheduler.run_pending();
    signal.recv().unwrap();
}

#[test]
fn run_now_runs_a_parallel_body_in_this_thread() {
    let Stage { scheduler, .. } = with_workers(1);
    let (sender, signal) = channel();
    let job = scheduler.every().second().parallel().run(move || sender.send(std::thread::current().id())).unwrap();
    assert!(job.run_now());
    assert_eq!(signal.recv().unwrap(), std::thread::current().id());
}

#[test]
fn dropping_the_scheduler_lets_workers_finish_their_runs() {
    let Stage { clock, scheduler } = with_workers(1);
    let (is_started, release, body) = gated();
    let job = scheduler.every().second().parallel().run(body).unwrap();
    clock.advance(SECOND);
    scheduler.run_pending();
    is_started.recv().unwrap();
    drop(scheduler);
    assert!(!job.is_scheduled());
    drop(release);
    assert!(is_started.recv().is_err(), "the body was dropped after it had ended");
}

#[test]
fn a_refused_manual_run_does_not_count_as_in_progress() {
    let Stage { clock, scheduler } = with_workers(2);
    let (start, is_started) = channel();
    let (release, gate) = channel::<()>();
    let gate = Mutex::new(gate);
    let body = move || {
        start.send(()).unwrap();
        let _ = gate.lock().unwrap().recv();
    };
    let job = scheduler.every().second().times(2).max_instances(3).run(body).unwrap();
    for _ in 0..2 {
        clock.advance(SECOND);
        scheduler.run_pending();
        is_started.recv().unwrap();
    }
    assert!(!job.run_now());
    drop(release);
    scheduler.shutdown(true);
    assert!(!job.is_scheduled());
    assert_eq!(scheduler.run_until_empty(), 0);
}

#[test]
fn after_a_shutdown_parallel_bodies_still_run_on_workers() {
    let Stage { clock, scheduler } = with_workers(2);
    let (sender, signal) = channel();
    scheduler.every().second().parallel().run(move || sender.send(std::thread::current().id())).unwrap();
    for _ in 0..100 {
        clock.advance(SECOND);
        assert_eq!(scheduler.run_pending(), 1);
        scheduler.shutdown(false);
        assert_ne!(signal.recv().unwrap(), std::thread::current().id());
        scheduler.shutdown(true);
    }
}

#[test]
fn a_waiting_shutdown_also_waits_for_runs_that_an_earlier_one_left() {
    let Stage { clock, scheduler } = with_workers(1);
    let (is_started, release, body) = gated();
    let job = scheduler.every().second().parallel().run(body).unwrap();
    clock.advance(SECOND);
    scheduler.run_pending();
    is_started.recv().unwrap();
    scheduler.shutdown(false);
    let opener = std::thread::spawn(move || drop(release));
    scheduler.shutdown(true);
    assert_eq!(job.last_outcome(), Some(Outcome::Completed));
    opener.join().unwrap();
}

#[test]
fn a_body_never_runs_inside_itself_even_with_several_instances() {
    let Stage { scheduler, .. } = with_workers(1);
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

#[test]
fn a_run_in_a_polling_thread_counts_for_max_instances_when_its_body_makes_the_job_parallel() {
    let Stage { clock, scheduler } = with_workers(4);
    let (begin, begun) = channel();
    let (release, gate) = channel::<()>();
    let gate = Arc::new(Mutex::new(gate));
    let again = scheduler.clone();
    let body = {
        let gate = Arc::clone(&gate);
        move || {
            let (begin, gate) = (begin.clone(), Arc::clone(&gate));
            let on_worker = {
                let begin = begin.clone();
                move || {
                    begin.send("worker").unwrap();
                    let _ = gate.lock().unwrap().recv();
                }
            };
            again.every().second().key("k").parallel().max_instances(2).run(on_worker).unwrap();
            begin.send("caller").unwrap();
        }
    };
    // The first run blocks here, after its body has updated the job.
    let (leave, left) = channel::<()>();
    let job = scheduler
        .every()
        .second()
        .key("k")
        .run(move || {
            body();
            let _ = left.recv();
        })
        .unwrap();
    let log = events(&scheduler);
    std::thread::scope(|scope| {
        clock.advance(SECOND);
        let poll = scope.spawn(|| scheduler.run_pending());
        assert_eq!(begun.recv(), Ok("caller"));
        let ran = [(); 4].map(|()| {
            clock.advance(SECOND);
            scheduler.run_pending()
        });
        assert_eq!(ran, [1, 0, 0, 0], "one run beside that in the polling thread");
        assert_eq!(begun.recv(), Ok("worker"));
        // The end of the run on the worker leaves that in the polling thread in progress.
        release.send(()).unwrap();
        while !log.lock().unwrap().iter().any(|line| line.ends_with("executed")) {
            std::thread::yield_now();
        }
        assert!(job.is_running());
        drop(leave);
        poll.join().unwrap();
    });
    assert!(!job.is_running());
    assert_eq!(job.run_count(), 2);
    assert_eq!(log.lock().unwrap().iter().filter(|line| line.contains("skipped")).count(), 3);
    clock.advance(SECOND);
    assert_eq!(scheduler.run_pending(), 1);
    drop(release);
    scheduler.shutdown(true);
}

/// Logs which jobs start, and which skip a slot because of their windows.
fn starts_and_skips(scheduler: &Scheduler) -> Arc<Mutex<Vec<String>>> {
    let log = Arc::new(Mutex::new(Vec::new()));
    let lines = Arc::clone(&log);
    scheduler.on_event(move |event| match event.kind {
        EventKind::Started | EventKind::Skipped(Skip::Window) if event.name == "windowed" => {
            let line = format!("{:?} {}", event.kind, slot(event).format("%H:%M"));
            lines.lock().unwrap().push(line);
        }
        _ => {}
    });
    log
}

/// A scheduler whose one worker is busy until the sender is dropped.
fn with_busy_worker() -> (Stage, Sender<()>) {
    let stage = with_workers(1);
    let (is_started, release, body) = gated();
    stage.scheduler.after(SECOND).parallel().run(body).unwrap();
    assert_eq!(stage.wait(SECOND), 1);
    is_started.recv().unwrap();
    (stage, release)
}

const MINUTE: Duration = Duration::from_secs(60);

#[test]
fn a_run_that_waits_for_a_worker_obeys_its_window_although_the_job_is_triggered_meanwhile() {
    let (stage, release) = with_busy_worker();
    let log = starts_and_skips(&stage.scheduler);
    let sentence = stage.every().minutes(30).starting("00:30").between("00:00", "01:00").parallel();
    let job = sentence.named("windowed").run(|| {}).unwrap();
    assert_eq!(stage.wait(30 * MINUTE), 1);
    assert!(job.trigger());
    assert_eq!(stage.wait(MINUTE), 0, "that run would be one too many");
    stage.clock.advance(60 * MINUTE);
    drop(release);
    finish(&stage.scheduler);
    assert_eq!(*log.lock().unwrap(), ["Skipped(Window) 00:30"]);
}

#[test]
fn a_triggered_run_that_waits_for_a_worker_obeys_no_window_although_a_slot_comes_meanwhile() {
    let (stage, release) = with_busy_worker();
    let log = starts_and_skips(&stage.scheduler);
    let sentence = stage.every().minutes(30).starting("00:30").between("00:00", "01:00").parallel();
    let job = sentence.named("windowed").run(|| {}).unwrap();
    assert!(job.trigger());
    assert_eq!(stage.wait(MINUTE), 1);
    assert_eq!(stage.wait(30 * MINUTE), 0, "that run would be one too many");
    stage.clock.advance(60 * MINUTE);
    drop(release);
    finish(&stage.scheduler);
    assert_eq!(*log.lock().unwrap(), ["Started 00:00"]);
}

#[test]
fn each_of_several_runs_that_wait_for_a_worker_obeys_the_window_of_its_own_slot() {
    let (stage, release) = with_busy_worker();
    let log = starts_and_skips(&stage.scheduler);
    let early = Schedule::every(1, Unit::Day).unwrap().at("00:10").unwrap().between("00:00", "01:00").unwrap();
    let sentence = stage.every().day().at("00:20").between("00:00", "03:00").or(early).max_instances(2);
    sentence.named("windowed").run(|| {}).unwrap();
    assert_eq!(stage.wait(10 * MINUTE), 1);
    assert_eq!(stage.wait(10 * MINUTE), 1);
    stage.clock.advance(60 * MINUTE);
    drop(release);
    finish(&stage.scheduler);
    assert_eq!(*log.lock().unwrap(), ["Skipped(Window) 00:10", "Started 00:20"]);
}

#[test]
fn a_job_that_is_declared_anew_as_not_parallel_while_its_run_is_claimed_does_not_overlap_itself() {
    let stage = with_workers(1);
    let log = events(&stage.scheduler);
    let (is_started, release, body) = gated();
    let body = Mutex::new(body);
    let scheduler = stage.scheduler.clone();
    // The first poll submits a run; in the second, this body comes before the next run of that job.
    let redeclare = move || {
        if scheduler.find("slow").is_some_and(|job| job.is_running()) {
            let sentence = scheduler.every().second().key("slow").named("slow");
            sentence.run(|| panic!("the first run is in progress")).unwrap();
        }
    };
    stage.every().seconds(2).priority(-1).named("first").run(redeclare).unwrap();
    let job =
        stage.every().second().key("slow").named("slow").max_instances(2).run(move || body.lock().unwrap()()).unwrap();
    assert_eq!(stage.wait(SECOND), 1);
    is_started.recv().unwrap();
    assert_eq!(stage.wait(SECOND), 1, "the first, but not the slow one");
    assert_eq!((job.run_count(), job.next_run().unwrap().timestamp()), (1, 3));
    assert_eq!(stage.wait(SECOND), 0, "its slot waits");
    drop(release);
    finish(&stage.scheduler);
    let expected =
        ["slow submitted", "slow started", "first started", "first executed", "slow skipped 2", "slow executed"];
    assert_eq!(*log.lock().unwrap(), expected);
}
