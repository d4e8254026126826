//! In which runtime an async body runs, and what its end means for runs.

use std::{
    future::pending,
    sync::{atomic::Ordering, mpsc},
    thread,
};

use punctual::{EventKind, Outcome, Scheduler, Skip};
use tokio::{runtime::Builder, task::yield_now};

use crate::{
    async_support::{counter, current_thread, kinds, listen, multi_thread, A_MINUTE},
    support::{minutes, noon, Stage},
};

#[test]
fn without_a_runtime_a_run_fails_and_says_what_to_do() {
    let Stage { clock, scheduler } = noon();
    let job = scheduler.every().minute().run_async(|| async {}).unwrap();
    for count in 1..4 {
        clock.advance(minutes(1));
        assert_eq!(scheduler.run_pending(), 1);
        assert_eq!((job.run_count(), job.is_running()), (count, false));
    }
    let Some(Outcome::Failed(text)) = job.last_outcome() else { panic!("{:?}", job.last_outcome()) };
    assert!(text.starts_with("no tokio runtime for an async body (expected `run_forever_async`"), "{text}");
    assert!(job.run_now(), "by hand, too");
    assert_eq!(job.last_outcome(), Some(Outcome::Failed(text)));
    // The same job on a runtime that comes later.
    current_thread().block_on(async {
        clock.advance(minutes(1));
        assert_eq!(scheduler.run_pending(), 1);
        yield_now().await;
        assert_eq!(job.last_outcome(), Some(Outcome::Completed));
    });
}

#[test]
fn a_run_ends_when_its_runtime_does_before_the_first_poll_or_after() {
    for is_polled in [false, true] {
        let Stage { clock, scheduler } = noon();
        let runtime = current_thread();
        let events = listen(&scheduler);
        let one = scheduler.every().minute().run_async(pending::<()>).unwrap();
        let three = scheduler.every().minute().max_instances(3).run_async(pending::<()>).unwrap();
        {
            let _inside = runtime.enter();
            for _ in 0..4 {
                clock.advance(minutes(1));
                scheduler.run_pending();
            }
        }
        if is_polled {
            runtime.block_on(yield_now());
        }
        assert_eq!((one.run_count(), three.run_count()), (1, 3));
        let skips = kinds(&events).iter().filter(|kind| **kind == EventKind::Skipped(Skip::Overlap)).count();
        assert_eq!(skips, 3 + 1);
        drop(runtime);
        assert!(!one.is_running() && !three.is_running());
        let why = "the tokio runtime was shut down before the body had ended";
        assert_eq!(one.last_outcome(), Some(Outcome::Aborted(why.to_owned())));
        assert_eq!(kinds(&events).iter().filter(|kind| **kind == EventKind::Failed).count(), 4);
        // All places are free again, and the slots go on.
        let next = current_thread();
        let _inside = next.enter();
        for _ in 0..4 {
            clock.advance(minutes(1));
            scheduler.run_pending();
        }
        assert_eq!((one.run_count(), three.run_count()), (2, 6));
    }
}

#[test]
fn a_runtime_of_the_builder_that_is_gone_aborts_each_run_at_once() {
    let runtime = multi_thread(1);
    let clock = noon().clock;
    let scheduler = Scheduler::builder().clock(clock.clone()).runtime(runtime.handle().clone()).build().unwrap();
    let job = scheduler.every().minute().run_async(|| async {}).unwrap();
    drop(runtime);
    for count in 1..100 {
        clock.advance(minutes(1));
        assert_eq!(scheduler.run_pending(), 1);
        assert_eq!((job.run_count(), job.is_running()), (count, false));
        assert!(matches!(job.last_outcome(), Some(Outcome::Aborted(_))));
    }
}

#[test]
fn the_runtime_is_the_builders_then_the_one_that_polls_then_that_of_a_loop() {
    let (sender, names) = mpsc::channel();
    let name = move || {
        let sender = sender.clone();
        async move { sender.send(thread::current().name().map(str::to_owned)) }
    };
    let named = |name: &str| Builder::new_multi_thread().worker_threads(1).thread_name(name).enable_time().build();
    let (chosen, polling, looping) = (named("chosen").unwrap(), named("polling").unwrap(), named("looping").unwrap());
    let one_is = |expected: &str| assert_eq!(names.recv_timeout(A_MINUTE).unwrap().as_deref(), Some(expected));

    let scheduler = Scheduler::builder().runtime(chosen.handle().clone()).build().unwrap();
    let job = scheduler.every().hour().run_async(name.clone()).unwrap();
    polling.block_on(async { assert!(job.run_now()) });
    one_is("chosen");

    // Real time: the loop must be known to run, and the test waits for that.
    let scheduler = Scheduler::new();
    let (begun, begins) = mpsc::channel();
    scheduler.every().day().immediately().run(move || begun.send(())).unwrap();
    let task = looping.spawn(scheduler.run_forever_async());
    begins.recv_timeout(A_MINUTE).unwrap();
    let job = scheduler.every().hour().run_async(name).unwrap();
    polling.block_on(async { assert!(job.run_now()) });
    one_is("polling");
    while job.is_running() {
        thread::yield_now();
    }
    assert!(job.run_now(), "in a thread that is in no runtime");
    one_is("looping");
    task.abort();
    assert!(looping.block_on(task).unwrap_err().is_cancelled());
    while job.is_running() {
        thread::yield_now();
    }
    assert!(job.run_now());
    assert!(matches!(job.last_outcome(), Some(Outcome::Failed(_))), "no loop runs any more");
}

#[test]
fn a_runtime_that_is_dropped_while_runs_end_loses_none() {
    // Real threads: the ends of runs and the shutdown race.
    for _ in 0..20 {
        let runtime = multi_thread(2);
        let Stage { clock, scheduler } = noon();
        let (began, count) = counter();
        for _ in 0..200 {
            let count = count.clone();
            scheduler
                .every()
                .minute()
                .run_async(move || {
                    count();
                    yield_now()
                })
                .unwrap();
        }
        clock.advance(minutes(1));
        {
            let _inside = runtime.enter();
            assert_eq!(scheduler.run_pending(), 200);
        }
        drop(runtime);
        assert!(began.load(Ordering::SeqCst) <= 200);
        for job in scheduler.jobs() {
            assert!(!job.is_running());
            assert!(matches!(job.last_outcome(), Some(Outcome::Completed | Outcome::Aborted(_))));
        }
    }
}
