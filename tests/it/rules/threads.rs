//! Several threads poll one scheduler: each due slot runs exactly once.

use std::{
    collections::BTreeMap,
    sync::{
        mpsc::{channel, sync_channel},
        Arc, Barrier, Mutex,
    },
    thread,
};

use punctual::Context;

use crate::support::{hours, minutes, next, noon, seconds, show, Log};

#[test]
fn each_slot_runs_once_when_several_threads_poll() {
    const THREADS: usize = 8;
    const ROUNDS: u64 = 60;
    let stage = noon();
    let ran: Arc<Mutex<BTreeMap<(usize, String), usize>>> = Arc::default();
    for job in 0..20 {
        let ran = Arc::clone(&ran);
        let body = move |context: &Context| {
            let slot = (job, show(context.slot()));
            *ran.lock().unwrap().entry(slot).or_default() += 1;
            thread::yield_now();
        };
        stage.every().seconds(job % 5 + 1).priority(job as i32 % 3).run_with(body).unwrap();
    }
    let barrier = Barrier::new(THREADS + 1);
    let polled: usize = thread::scope(|scope| {
        let poll = || {
            let each = (0..ROUNDS).map(|_| {
                barrier.wait();
                let ran = stage.scheduler.run_pending();
                barrier.wait();
                ran
            });
            each.sum::<usize>()
        };
        let threads: Vec<_> = (0..THREADS).map(|_| scope.spawn(poll)).collect();
        for _ in 0..ROUNDS {
            stage.clock.advance(seconds(1));
            barrier.wait();
            barrier.wait();
        }
        threads.into_iter().map(|thread| thread.join().unwrap()).sum()
    });
    let ran = ran.lock().unwrap();
    let slots: u64 = (0..20).map(|job| ROUNDS / (job % 5 + 1)).sum();
    assert_eq!((ran.len() as u64, polled as u64), (slots, slots));
    assert!(ran.values().all(|times| *times == 1), "{ran:?}");
}

#[test]
fn a_slot_that_all_threads_poll_for_at_once_runs_once() {
    const THREADS: usize = 8;
    for _ in 0..50 {
        let stage = noon();
        let job = stage.every().minute().run(|| {}).unwrap();
        stage.clock.advance(minutes(1));
        let barrier = Barrier::new(THREADS);
        let ran: usize = thread::scope(|scope| {
            let poll = || {
                barrier.wait();
                stage.scheduler.run_pending()
            };
            let threads: Vec<_> = (0..THREADS).map(|_| scope.spawn(poll)).collect();
            threads.into_iter().map(|thread| thread.join().unwrap()).sum()
        });
        assert_eq!((ran, job.run_count()), (1, 1));
        assert_eq!(next(&job), "2024-01-10 12:02:00");
    }
}

#[test]
fn a_job_running_in_one_thread_does_not_start_in_another() {
    let stage = noon();
    let (start, is_started) = channel();
    let (release, gate) = sync_channel::<()>(0);
    let body = move || {
        start.send(()).unwrap();
        gate.recv().unwrap();
    };
    let job = stage.every().minute().run(body).unwrap();
    thread::scope(|scope| {
        let slow = scope.spawn(|| stage.wait(minutes(1)));
        is_started.recv().unwrap();
        assert_eq!(stage.wait(minutes(5)), 0, "slots are due, but the job is still running");
        assert!(!job.run_now());
        assert_eq!(stage.scheduler.run_all(), 0);
        release.send(()).unwrap();
        assert_eq!(slow.join().unwrap(), 1);

        assert_eq!(next(&job), "2024-01-10 12:02:00", "overdue, not lost");
        let late = scope.spawn(|| stage.scheduler.run_pending());
        is_started.recv().unwrap();
        release.send(()).unwrap();
        assert_eq!(late.join().unwrap(), 1);
        assert_eq!(next(&job), "2024-01-10 12:07:00");
    });
}

#[test]
fn a_slow_body_in_one_thread_does_not_keep_another_thread_from_other_due_jobs() {
    let stage = noon();
    let log = Log::default();
    let (start, is_started) = channel();
    let (release, gate) = sync_channel::<()>(0);
    let slow = move || {
        start.send(()).unwrap();
        gate.recv().unwrap();
    };
    stage.every().minute().priority(-1).run(slow).unwrap();
    stage.every().minute().run(log.body("quick")).unwrap();
    thread::scope(|scope| {
        let first = scope.spawn(|| stage.wait(minutes(1)));
        is_started.recv().unwrap();
        assert_eq!(stage.scheduler.run_pending(), 1);
        assert_eq!(log.take(), ["quick"]);
        release.send(()).unwrap();
        assert_eq!(first.join().unwrap(), 1);
    });
    assert!(log.take().is_empty(), "the first thread does not run it again");
}

#[test]
fn a_run_finishes_when_another_thread_cancels_its_job() {
    let stage = noon();
    let (start, is_started) = channel();
    let (release, gate) = sync_channel::<()>(0);
    let body = move || {
        start.send(()).unwrap();
        gate.recv().unwrap();
    };
    let job = stage.every().minute().run(body).unwrap();
    thread::scope(|scope| {
        let running = scope.spawn(|| stage.wait(minutes(1)));
        is_started.recv().unwrap();
        assert!(job.cancel());
        assert!(!job.is_scheduled());
        assert_eq!(job.last_outcome(), None);
        release.send(()).unwrap();
        assert_eq!(running.join().unwrap(), 1);
    });
    assert!(job.last_outcome().unwrap().is_success());
    assert_eq!((stage.wait(hours(1)), job.run_count()), (0, 1));
}

#[test]
fn threads_can_add_and_remove_jobs_while_others_poll() {
    let stage = noon();
    let done = Mutex::new(0);
    thread::scope(|scope| {
        for n in 0..6 {
            let (stage, done) = (&stage, &done);
            scope.spawn(move || {
                for round in 0..100 {
                    let job = stage.every().second().tag(format!("{n}")).run(|| {}).unwrap();
                    stage.wait(seconds(1));
                    match round % 3 {
                        0 => assert!(job.cancel()),
                        1 => assert_eq!(stage.scheduler.clear_tagged(format!("{n}")), 1),
                        _ => assert!(stage.scheduler.cancel_job(&job)),
                    }
                }
                *done.lock().unwrap() += 1;
            });
        }
    });
    assert_eq!((*done.lock().unwrap(), stage.scheduler.jobs().len()), (6, 0));
    assert_eq!(stage.scheduler.next_run(), None);
}
