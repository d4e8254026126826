//! Async bodies, on each flavour of tokio's runtime.

use std::{
    future::{pending, Future},
    pin::Pin,
    sync::{
        atomic::{AtomicUsize, Ordering},
        mpsc, Arc, Mutex,
    },
    thread,
    time::Duration,
};

use punctual::{
    CancelJob, Clock, Context, Event, EventKind, ManualClock, Outcome, Removal, Retry, Scheduler, Skip, TokioClock,
};
use tokio::{sync::Notify, task::yield_now, time::sleep};

use crate::{
    async_support::{current_thread, for_a_while, kinds, listen, multi_thread, on_each_flavour, paused},
    support::{minutes, noon, seconds, utc, Stage},
};

#[test]
fn a_body_returns_what_a_closure_returns() {
    on_each_flavour(|| async {
        let Stage { scheduler, .. } = for_a_while(seconds(3));
        let done = scheduler.every().second().run_async(|| async {}).unwrap();
        let failed = scheduler.every().second().run_async(|| async { Err::<(), _>("disk full") }).unwrap();
        let fine = scheduler.every().second().run_async(|| async { Ok::<_, std::io::Error>(()) }).unwrap();
        let once = scheduler.every().second().run_async(|| async { CancelJob }).unwrap();
        scheduler.run_forever_async().await.unwrap();
        assert_eq!(done.last_outcome(), Some(Outcome::Completed));
        assert_eq!(failed.last_outcome(), Some(Outcome::Failed("disk full".into())));
        assert_eq!(fine.last_outcome(), Some(Outcome::Completed));
        assert_eq!(once.last_outcome(), Some(Outcome::Cancelled));
        assert_eq!((once.run_count(), once.is_scheduled(), failed.run_count()), (1, false, done.run_count()));
    });
}

/// Panics when it is dropped.
struct Mine;

impl Drop for Mine {
    fn drop(&mut self) {
        panic!("dropped");
    }
}

#[test]
fn a_panic_in_the_closure_at_a_poll_or_in_a_drop_is_an_outcome_and_frees_the_place() {
    on_each_flavour(|| async {
        let Stage { scheduler, .. } = for_a_while(Duration::from_millis(3500));
        let panics = |text: &'static str| -> std::future::Ready<()> { panic!("{text}") };
        let jobs = [
            scheduler.every().second().run_async(move || panics("no future")),
            scheduler.every().second().run_async(move || async move {
                panics("first poll").await;
            }),
            scheduler.every().second().run_async(move || async move {
                yield_now().await;
                panics("second poll").await;
            }),
            scheduler.every().second().max_instances(1).run_async(|| async {
                let _mine = Mine;
                yield_now().await;
            }),
        ];
        let jobs = jobs.map(Result::unwrap);
        assert_eq!(scheduler.run_forever_async().await.unwrap(), 4 * 3 + 1);
        let outcomes = jobs.each_ref().map(|job| (job.run_count(), job.last_outcome().unwrap(), job.is_running()));
        let panicked = |text: &str| (3, Outcome::Panicked(text.to_owned()), false);
        assert_eq!(
            outcomes,
            [panicked("no future"), panicked("first poll"), panicked("second poll"), panicked("dropped")]
        );
    });
}

#[test]
fn a_slot_that_comes_while_the_body_runs_is_skipped_unless_more_instances_are_allowed() {
    paused().block_on(async {
        let scheduler = Scheduler::with_clock(TokioClock::new(utc("2026-01-01 00:00:00")));
        let events = listen(&scheduler);
        let one = scheduler.every().second().run_async(|| sleep(Duration::from_millis(2500))).unwrap();
        let two = scheduler.every().second().max_instances(2).run_async(|| sleep(Duration::from_millis(2500))).unwrap();
        let runs = scheduler.run_until_async(sleep(Duration::from_millis(12_200))).await.unwrap();
        // Starts at 1, 4, 7, 10, and at 1, 2, 4, 5, 7, 8, 10, 11.
        assert_eq!((one.run_count(), two.run_count(), runs), (4, 8, 12));
        let skipped = kinds(&events).iter().filter(|kind| **kind == EventKind::Skipped(Skip::Overlap)).count();
        assert_eq!(skipped, 8 + 4);
    });
}

#[test]
fn a_context_goes_along_into_the_future() {
    on_each_flavour(|| async {
        let Stage { scheduler, clock } = for_a_while(minutes(2));
        let start = clock.now();
        let job = scheduler.every().minute().named("report").tag("a").times(1).run_async_with(
            move |context: Context| async move {
                let other = context.clone();
                yield_now().await;
                let name = tokio::spawn(async move { other.name().to_owned() }).await?;
                assert_eq!((name.as_str(), context.slot() - start), ("report", chrono::TimeDelta::minutes(1)));
                assert_eq!((context.run_count(), context.tags().next()), (1, Some("a")));
                assert!(context.job().is_some_and(|job| job.is_running()));
                Ok::<(), tokio::task::JoinError>(())
            },
        );
        scheduler.run_forever_async().await.unwrap();
        let job = job.unwrap();
        assert_eq!((job.last_outcome(), job.is_scheduled()), (Some(Outcome::Completed), false));
    });
}

#[test]
fn a_run_has_the_same_events_as_in_the_polling_thread() {
    current_thread().block_on(async {
        let Stage { scheduler, clock } = noon();
        let events = listen(&scheduler);
        let job = scheduler.every().minute().times(1).run_async(|| async { yield_now().await }).unwrap();
        clock.advance(minutes(1));
        assert_eq!(scheduler.run_pending(), 1);
        assert!(job.is_running());
        while job.is_running() {
            yield_now().await;
        }
        let expected =
            [EventKind::Added, EventKind::Started, EventKind::Executed, EventKind::Removed(Removal::Finished)];
        assert_eq!(kinds(&events), expected);
    });
}

#[test]
fn run_now_starts_a_run_and_does_not_wait() {
    current_thread().block_on(async {
        let Stage { scheduler, .. } = noon();
        let gate = Arc::new(Notify::new());
        let theirs = Arc::clone(&gate);
        let job = scheduler.every().day().run_async(move || {
            let gate = Arc::clone(&theirs);
            async move { gate.notified().await }
        });
        let job = job.unwrap();
        assert!(job.run_now() && job.is_running());
        assert!(!job.run_now(), "one at a time");
        assert_eq!(scheduler.run_all(), 0);
        gate.notify_one();
        while job.is_running() {
            yield_now().await;
        }
        assert_eq!(job.last_outcome(), Some(Outcome::Completed));
        assert!(job.to_string().contains(" async run "), "{job}");
    });
}

#[test]
fn what_a_body_holds_is_dropped_before_its_run_ends_and_when_its_job_is_gone() {
    current_thread().block_on(async {
        let Stage { scheduler, .. } = noon();
        let (captured, held) = (Arc::new(()), Arc::new(()));
        let (theirs, in_future) = (Arc::clone(&captured), Arc::clone(&held));
        let gate = Arc::new(Notify::new());
        let closed = Arc::clone(&gate);
        let job = scheduler.every().day().run_async(move || {
            let (_used, held, gate) = (&theirs, Arc::clone(&in_future), Arc::clone(&closed));
            async move {
                gate.notified().await;
                drop(held);
            }
        });
        let job = job.unwrap();
        assert!(job.run_now());
        yield_now().await;
        assert!(job.cancel() && job.is_running());
        assert_eq!((Arc::strong_count(&captured), Arc::strong_count(&held)), (2, 3));
        gate.notify_one();
        while job.is_running() {
            yield_now().await;
        }
        assert_eq!((Arc::strong_count(&captured), Arc::strong_count(&held)), (1, 1));
    });
}

#[test]
fn a_job_may_change_between_closure_and_async_body_while_it_runs() {
    current_thread().block_on(async {
        let Stage { scheduler, clock } = noon();
        let gate = Arc::new(Notify::new());
        let closed = Arc::clone(&gate);
        let job = scheduler.every().minute().key("a").run_async(move || {
            let gate = Arc::clone(&closed);
            async move { gate.notified().await }
        });
        let job = job.unwrap();
        let step = || {
            clock.advance(minutes(1));
            scheduler.run_pending()
        };
        assert_eq!(step(), 1);
        yield_now().await;
        // As a closure, it waits for the run in progress, and takes place after it.
        scheduler.every().minute().key("a").run(|| {}).unwrap();
        assert_eq!(step(), 0);
        gate.notify_one();
        while job.is_running() {
            yield_now().await;
        }
        assert_eq!(scheduler.run_pending(), 1);
        assert_eq!((job.run_count(), step()), (2, 1));
        // And back.
        scheduler.every().minute().key("a").run_async(|| async { yield_now().await }).unwrap();
        assert_eq!(step(), 1);
        assert!(job.is_running());
        assert_eq!(step(), 0, "skipped");
        while job.is_running() {
            yield_now().await;
        }
        assert_eq!((job.run_count(), step()), (4, 1));
    });
}

#[test]
fn a_job_that_waits_for_an_attempt_may_change_to_an_async_body() {
    current_thread().block_on(async {
        let Stage { scheduler, clock } = noon();
        let retry = || Retry::fixed(seconds(30)).times(1);
        let job = scheduler.every().minute().key("a").retry(retry()).run(|| Err::<(), _>("no")).unwrap();
        clock.advance(minutes(1));
        assert_eq!(scheduler.run_pending(), 1);
        scheduler.every().minute().key("a").retry(retry()).run_async(|| async {}).unwrap();
        clock.advance(seconds(30));
        scheduler.run_pending();
        while job.is_running() {
            yield_now().await;
        }
        assert_eq!(job.last_outcome(), Some(Outcome::Completed));
        clock.advance(seconds(30));
        assert_eq!(scheduler.run_pending(), 1, "and goes on");
        assert!(scheduler.shutdown_async(true).await.is_empty());
    });
}

#[test]
fn a_run_that_waits_for_a_worker_may_change_to_an_async_body() {
    let runtime = multi_thread(1);
    let clock = ManualClock::new(utc("2024-01-10 12:00:00"));
    let builder = Scheduler::builder().clock(clock.clone()).tz(chrono::Utc).workers(1);
    let scheduler = builder.runtime(runtime.handle().clone()).build().unwrap();
    let (go, gate) = mpsc::channel::<()>();
    let gate = Mutex::new(gate);
    let busy = scheduler.every().minute().parallel().run(move || gate.lock().unwrap().recv().unwrap()).unwrap();
    let job = scheduler.every().minute().key("a").parallel().run(|| {}).unwrap();
    clock.advance(minutes(1));
    assert_eq!(scheduler.run_pending(), 2);
    scheduler.every().minute().key("a").run_async(|| async { yield_now().await }).unwrap();
    go.send(()).unwrap();
    // A shutdown would leave out what no worker has begun.
    while job.last_outcome().is_none() {
        thread::yield_now();
    }
    assert!(scheduler.shutdown(true).is_empty());
    assert_eq!((job.last_outcome(), busy.is_running()), (Some(Outcome::Completed), false));
}

#[test]
fn a_run_whose_time_is_over_before_its_task_is_known_is_dropped() {
    current_thread().block_on(async {
        let Stage { scheduler, clock } = noon();
        let weak = scheduler.downgrade();
        let time = clock.clone();
        scheduler.on_event(move |event: &Event| {
            if event.kind == EventKind::Started && time.now() == utc("2024-01-10 12:01:00") {
                time.advance(seconds(10));
                weak.upgrade().unwrap().run_pending();
            }
        });
        let job = scheduler.every().minute().timeout(seconds(10)).run_async(pending::<()>).unwrap();
        clock.advance(minutes(1));
        scheduler.run_pending();
        for _ in 0..5 {
            yield_now().await;
        }
        assert_eq!(job.last_outcome(), Some(Outcome::TimedOut));
        clock.advance(minutes(1));
        assert_eq!(scheduler.run_pending(), 1, "the body is back");
    });
}

#[test]
fn a_clock_that_panics_at_the_end_of_a_run_does_not_keep_its_place() {
    struct Fragile(Arc<AtomicUsize>);
    impl Clock for Fragile {
        fn read(&self) -> punctual::Reading {
            assert!(self.0.load(Ordering::SeqCst) == 0, "no battery");
            punctual::Reading::new(chrono::DateTime::UNIX_EPOCH, Duration::ZERO)
        }
        fn wait(&self, _: punctual::Reading, _: Option<Duration>, _: &punctual::Wakeup<'_>) {}
    }
    let runtime = current_thread();
    let broken = Arc::new(AtomicUsize::new(0));
    let scheduler = Scheduler::with_clock(Fragile(Arc::clone(&broken)));
    let _inside = runtime.enter();
    let job = scheduler.every().day().run_async(|| async { Err::<(), _>("an end that is observed") }).unwrap();
    assert!(job.run_now());
    broken.store(1, Ordering::SeqCst);
    runtime.block_on(yield_now());
    assert!(!job.is_running());
    broken.store(0, Ordering::SeqCst);
    assert!(job.run_now(), "the place is free");
}

/// A boxed future is a body's future as any other.
#[test]
fn a_boxed_future_will_do() {
    current_thread().block_on(async {
        let Stage { scheduler, .. } = for_a_while(seconds(2));
        let job =
            scheduler.every().second().run_async(|| -> Pin<Box<dyn Future<Output = ()> + Send>> { Box::pin(async {}) });
        scheduler.run_forever_async().await.unwrap();
        assert_eq!(job.unwrap().last_outcome(), Some(Outcome::Completed));
    });
}
