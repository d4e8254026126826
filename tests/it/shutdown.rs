//! The end of a scheduler. These tests need real threads: the runs that a shutdown waits for are in others.

use std::{
    sync::{
        mpsc::{channel, Receiver, Sender},
        Arc, Mutex,
    },
    thread,
    time::{Duration, Instant},
};

use punctual::{
    Coalesce, Context, Event, EventKind, Job, Outcome, Received, Removal, Scheduler, Skip, Unfinished, Wait,
};

use crate::support::{minutes, next, noon, utc, Log, Stage};

/// Longer than any thread is held up.
const TIMEOUT: Duration = Duration::from_secs(60);

/// At noon, with this many workers.
fn stage(workers: usize) -> Stage {
    Stage::with_workers(utc("2024-01-10 12:00:00"), workers)
}

/// A body that says when it has begun, and ends when the sender is dropped.
fn gated() -> (Receiver<()>, Sender<()>, impl FnMut() + Send + Sync + Clone + 'static) {
    let (begun, begins) = channel();
    let (release, gate) = channel::<()>();
    let gate = Arc::new(Mutex::new(gate));
    let body = move || {
        begun.send(()).unwrap();
        let _ = gate.lock().unwrap().recv();
    };
    (begins, release, body)
}

fn names(unfinished: &[Unfinished]) -> Vec<&str> {
    unfinished.iter().map(|unfinished| unfinished.name.as_str()).collect()
}

#[test]
fn what_is_still_running_at_the_deadline_is_returned() {
    let stage = stage(3);
    let (begins, release, body) = gated();
    let job = stage.every().minute().named("slow").key("key").parallel().run(body).unwrap();
    let quick = stage.every().minute().parallel().run(|| {}).unwrap();
    assert_eq!(stage.wait(minutes(1)), 2);
    begins.recv().unwrap();
    for wait in [Wait::AtMost(Duration::from_millis(1)), Wait::AtMost(Duration::ZERO), Wait::No] {
        let unfinished = stage.scheduler.shutdown(wait);
        let slow = unfinished.iter().find(|unfinished| unfinished.job == job.id()).unwrap();
        assert_eq!((slow.name.as_str(), slow.key.as_deref(), slow.runs), ("slow", Some("key"), 1));
        assert_eq!(slow.last_started, Some(utc("2024-01-10 12:01:00")));
    }
    drop(release);
    assert!(stage.scheduler.shutdown(Wait::ForAll).is_empty());
    assert_eq!([&job, &quick].map(Job::last_outcome), [const { Some(Outcome::Completed) }; 2]);
    assert!(stage.scheduler.shutdown(Wait::ForAll).is_empty(), "as often as you like");
}

#[test]
fn each_way_to_wait_returns_when_nothing_runs() {
    let stage = stage(1);
    for wait in [Wait::ForAll, Wait::No, Wait::AtMost(Duration::MAX), Wait::AtMost(Duration::ZERO)] {
        assert!(stage.scheduler.shutdown(wait).is_empty());
    }
    assert!(stage.scheduler.shutdown(true).is_empty() && stage.scheduler.shutdown(false).is_empty());
    assert!(stage.scheduler.shutdown(TIMEOUT).is_empty());
}

#[test]
fn a_deadline_is_not_waited_for_if_the_runs_end_before() {
    let stage = stage(2);
    let (begins, release, body) = gated();
    stage.every().minute().parallel().run(body).unwrap();
    stage.wait(minutes(1));
    begins.recv().unwrap();
    let start = Instant::now();
    let opener = thread::spawn(move || drop(release));
    assert!(stage.scheduler.shutdown(Duration::from_secs(3600)).is_empty());
    assert!(start.elapsed() < TIMEOUT);
    opener.join().unwrap();
}

#[test]
fn runs_that_wait_for_a_busy_worker_are_dropped_and_reported() {
    let stage = stage(1);
    let (begins, release, body) = gated();
    let first = stage.every().minute().named("first").parallel().run(body).unwrap();
    let second = stage.every().minute().named("second").parallel().run(|| {}).unwrap();
    let last = stage.scheduler.once("12:01").named("last").parallel().run(|| {}).unwrap();
    assert_eq!(stage.wait(minutes(1)), 3);
    begins.recv().unwrap();
    assert!(second.is_running());
    let events = stage.scheduler.subscribe(99).unwrap();
    assert_eq!(names(&stage.scheduler.shutdown(Wait::No)), ["first"]);
    let heard = events.try_iter().filter_map(Received::event).map(|event| (event.name, event.kind));
    let expected = [
        ("", EventKind::SchedulerShutdown),
        ("second", EventKind::Skipped(Skip::Shutdown)),
        ("last", EventKind::Skipped(Skip::Shutdown)),
        ("last", EventKind::Removed(Removal::Finished)),
    ];
    assert_eq!(heard.collect::<Vec<_>>(), expected.map(|(name, kind)| (name.to_owned(), kind)));
    assert_eq!((second.is_running(), last.is_scheduled()), (false, false));
    drop(release);
    stage.scheduler.shutdown(Wait::ForAll);
    assert_eq!([first, second, last].map(|job| job.run_count()), [1, 0, 0]);
}

#[test]
fn runs_for_which_a_worker_is_free_happen() {
    let stage = stage(10);
    for round in 1..=50 {
        let jobs: Vec<Job> = (0..10).map(|_| stage.every().minute().parallel().run(|| {}).unwrap()).collect();
        assert_eq!(stage.wait(minutes(1)), 10);
        // The second finds workers that the first has sent away with work in the queue.
        stage.scheduler.shutdown(Wait::No);
        stage.scheduler.shutdown(Wait::ForAll);
        assert!(jobs.iter().all(|job| job.run_count() == 1), "round {round}");
        stage.scheduler.clear();
    }
}

#[test]
fn a_body_is_told_to_end() {
    let stage = stage(2);
    let (begun, begins) = channel();
    let patient = move |context: &Context| {
        begun.send(context.clone()).unwrap();
        while !context.is_cancelled() {
            thread::yield_now();
        }
    };
    let job = stage.every().minute().max_instances(2).run_with(patient).unwrap();
    (0..2).for_each(|_| assert_eq!(stage.wait(minutes(1)), 1));
    let contexts = [begins.recv().unwrap(), begins.recv().unwrap()];
    assert!(contexts.iter().all(|context| !context.is_cancelled()));
    assert!(stage.scheduler.shutdown(Wait::ForAll).is_empty());
    assert_eq!((job.run_count(), job.last_outcome()), (2, Some(Outcome::Completed)));
    assert!(contexts.iter().all(Context::is_cancelled));

    // A run after the shutdown is another one.
    assert_eq!(stage.wait(minutes(1)), 1);
    assert!(!begins.recv().unwrap().is_cancelled());
    stage.scheduler.shutdown(Wait::ForAll);
}

#[test]
fn a_run_by_hand_is_told_and_waited_for() {
    let stage = noon();
    let (begun, begins) = channel();
    let job = stage.every().day().run_with(move |context: &Context| {
        begun.send(()).unwrap();
        while !context.is_cancelled() {
            thread::yield_now();
        }
    });
    let job = job.unwrap();
    let runner = thread::spawn(move || job.run_now());
    begins.recv().unwrap();
    assert!(stage.scheduler.shutdown(Wait::ForAll).is_empty());
    assert!(runner.join().unwrap());
}

#[test]
fn a_detached_context_is_never_cancelled_and_one_of_a_dropped_scheduler_is() {
    let stage = noon();
    assert!(!Context::detached(stage.clock.now()).is_cancelled());
    let (sender, contexts) = channel();
    let job = stage.every().day().run_with(move |context: &Context| sender.send(context.clone()).unwrap()).unwrap();
    job.run_now();
    let context = contexts.recv().unwrap();
    job.cancel();
    assert!(!context.is_cancelled(), "a cancelled job may finish its run");
    drop(stage);
    assert!(context.is_cancelled(), "a handle is left");
    drop(job);
    assert!(context.is_cancelled(), "nothing is left");
}

#[test]
fn a_pass_in_progress_ends_and_the_rest_is_left_to_the_next_poll() {
    let stage = noon();
    let log = Log::default();
    let second = stage.every().minute().once().run(log.body("second")).unwrap();
    let scheduler = stage.scheduler.clone();
    stage.every().minute().named("first").priority(-1).run(move || scheduler.shutdown(Wait::AtMost(TIMEOUT))).unwrap();
    assert_eq!(stage.wait(minutes(1)), 1);
    assert!(second.is_scheduled() && log.take().is_empty());
    assert_eq!(stage.scheduler.idle(), Some(Duration::ZERO));
    assert_eq!(stage.scheduler.run_pending(), 1);
    assert_eq!(log.take(), ["second"]);
}

#[test]
fn a_shutdown_in_a_body_does_not_wait_for_that_body_and_does_not_return_it() {
    let stage = stage(1);
    let (sender, returned) = channel();
    let inside = stage.scheduler.clone();
    let body = move || {
        for wait in [Wait::ForAll, Wait::AtMost(TIMEOUT), Wait::No] {
            sender.send(inside.shutdown(wait)).unwrap();
        }
    };
    let here = stage.every().day().run(body.clone()).unwrap();
    stage.every().minute().parallel().run(body).unwrap();
    assert!(here.run_now());
    stage.wait(minutes(1));
    assert!((0..6).all(|_| returned.recv_timeout(TIMEOUT).unwrap().is_empty()));
}

#[test]
fn two_bodies_that_shut_down_do_not_wait_for_each_other() {
    let stage = stage(2);
    let meeting = Arc::new(std::sync::Barrier::new(2));
    let inside = stage.scheduler.clone();
    let body = move || {
        meeting.wait();
        inside.shutdown(Wait::ForAll)
    };
    let job = stage.every().minute().max_instances(2).run(body).unwrap();
    (0..2).for_each(|_| assert_eq!(stage.wait(minutes(1)), 1));
    assert!(stage.scheduler.shutdown(TIMEOUT).is_empty());
    assert_eq!(job.run_count(), 2);
}

#[test]
fn a_listener_may_shut_down_whatever_it_hears() {
    for workers in [false, true] {
        let stage = stage(2);
        let weak = stage.scheduler.downgrade();
        stage.scheduler.on_event(move |event| {
            if event.kind != EventKind::SchedulerShutdown {
                weak.upgrade().unwrap().shutdown(Wait::ForAll);
            }
        });
        let sentence = stage.every().minute();
        let job = if workers { sentence.parallel().run(|| {}) } else { sentence.run(|| {}) }.unwrap();
        assert_eq!(stage.wait(minutes(1)), 1);
        assert!(stage.scheduler.shutdown(TIMEOUT).is_empty());
        assert_eq!(job.last_outcome(), Some(Outcome::Completed));
    }
}

#[test]
fn a_body_in_a_loop_of_another_thread_is_waited_for() {
    let scheduler = Scheduler::new();
    let (begins, release, body) = gated();
    let job = scheduler.every().day().immediately().run(body).unwrap();
    let background = scheduler.start();
    begins.recv().unwrap();
    let unfinished = scheduler.shutdown(Duration::from_millis(1));
    assert_eq!((unfinished.len(), unfinished[0].job), (1, job.id()));
    let opener = thread::spawn(move || drop(release));
    assert!(scheduler.shutdown(Wait::ForAll).is_empty());
    assert_eq!(job.last_outcome(), Some(Outcome::Completed));
    background.stop();
    opener.join().unwrap();
}

#[test]
fn nothing_is_due_while_a_shutdown_waits_and_what_was_due_runs_afterwards() {
    let stage = stage(1);
    let (begins, release, body) = gated();
    stage.every().minute().until("12:01").parallel().run(body).unwrap();
    assert_eq!(stage.wait(minutes(1)), 1);
    begins.recv().unwrap();
    let job = stage.every().minute().run(|| {}).unwrap();
    let scheduler = stage.scheduler.clone();
    let closing = thread::spawn(move || scheduler.shutdown(Wait::ForAll));
    while stage.scheduler.next_run().is_some() {
        thread::yield_now();
    }
    assert_eq!((stage.wait(minutes(1)), job.run_count()), (0, 0));
    assert!(!stage.scheduler.is_paused());
    drop(release);
    assert!(closing.join().unwrap().is_empty());
    assert_eq!(next(&job), "2024-01-10 12:02:00");
    assert_eq!(stage.scheduler.run_pending(), 1, "nothing is lost");
}

#[test]
fn a_paused_scheduler_stays_paused() {
    let stage = noon();
    let job = stage.every().minute().run(|| {}).unwrap();
    stage.scheduler.pause();
    stage.scheduler.shutdown(Wait::ForAll);
    assert!(stage.scheduler.is_paused());
    assert!(stage.scheduler.resume() && job.next_run().is_some());
}

#[test]
fn each_shutdown_is_an_event() {
    let stage = noon();
    let events = stage.scheduler.subscribe(9).unwrap();
    stage.scheduler.shutdown(Wait::ForAll);
    stage.scheduler.shutdown(Wait::No);
    let kinds: Vec<_> = events.try_iter().filter_map(Received::event).map(|event| event.kind).collect();
    assert_eq!(kinds, [EventKind::SchedulerShutdown; 2]);
}

#[test]
fn many_threads_may_shut_down_poll_and_add_and_every_run_is_accounted_for() {
    let stage = stage(2);
    let events = stage.scheduler.subscribe(1_000_000).unwrap();
    thread::scope(|scope| {
        for wait in [Wait::ForAll, Wait::AtMost(Duration::from_millis(1)), Wait::No] {
            let scheduler = stage.scheduler.clone();
            scope.spawn(move || (0..50).for_each(|_| drop(scheduler.shutdown(wait))));
        }
        for _ in 0..100 {
            (0..4).for_each(|_| drop(stage.every().minute().once().parallel().run(|| {}).unwrap()));
            stage.wait(minutes(1));
        }
    });
    stage.scheduler.shutdown(Wait::ForAll);
    // What was dropped has no run: `once` counts runs, and the next slot has one.
    while !stage.scheduler.jobs().is_empty() {
        stage.wait(minutes(1));
        stage.scheduler.shutdown(Wait::ForAll);
    }
    let (mut sent, mut ran, mut dropped) = (0, 0, 0);
    for event in events.try_iter().filter_map(Received::event) {
        sent += usize::from(event.kind == EventKind::Submitted);
        ran += usize::from(event.kind == EventKind::Executed);
        dropped += usize::from(event.kind == EventKind::Skipped(Skip::Shutdown));
    }
    assert_eq!((sent, ran), (ran + dropped, 400));
}

#[test]
fn all_slots_that_are_due_and_have_not_begun_are_left_to_the_next_poll() {
    let stage = noon();
    let (log, skips) = (Log::default(), Log::default());
    let heard = skips.clone();
    stage.scheduler.on_event(move |event: &Event| {
        if let EventKind::Skipped(why) = event.kind {
            heard.write(format!("{why:?}"));
        }
    });
    stage.every().minute().coalesce(Coalesce::All(5)).run(log.body("run")).unwrap();
    let scheduler = stage.scheduler.clone();
    let first = stage.scheduler.after(Duration::from_secs(30)).run(move || scheduler.shutdown(false)).unwrap();
    assert_eq!(stage.wait(minutes(3)), 1);
    assert!(!first.is_scheduled() && log.take().is_empty());
    assert_eq!(stage.scheduler.run_pending(), 3);
    assert_eq!((log.take().len(), skips.take().len()), (3, 0));
}
