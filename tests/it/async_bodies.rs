//! Async bodies, and loops in a task, on each flavour of tokio's runtime.
//!
//! A test that uses the machine's clock (`Scheduler::new()`) is about a task that really sleeps and is woken by another
//! thread. It waits for an event, and never for a fixed time; a hang fails after a minute.

use std::{
    future::{pending, poll_fn, Future},
    pin::{pin, Pin},
    sync::{
        atomic::{AtomicUsize, Ordering},
        mpsc, Arc, Mutex,
    },
    task::{Context as TaskContext, Poll, Waker},
    thread,
    time::Duration,
};

use punctual::{
    CancelJob, Clock, Context, Event, EventKind, ManualClock, Outcome, Removal, Retry, Scheduler, Skip, TokioClock,
};
use tokio::{
    runtime::{Builder, Runtime},
    sync::{oneshot, Notify},
    task::{yield_now, LocalSet},
    time::{sleep, timeout},
};

use crate::support::{days, hours, minutes, noon, seconds, utc, Stage};

const A_MINUTE: Duration = Duration::from_secs(60);

fn current_thread() -> Runtime {
    Builder::new_current_thread().enable_time().build().unwrap()
}

fn multi_thread(workers: usize) -> Runtime {
    Builder::new_multi_thread().worker_threads(workers).enable_time().build().unwrap()
}

/// A runtime whose time stands still unless all tasks sleep.
fn paused() -> Runtime {
    Builder::new_current_thread().enable_time().start_paused(true).build().unwrap()
}

/// Runs a test on each flavour: as what `block_on` waits for, as a task, and as a task of a `LocalSet`.
pub(crate) fn on_each_flavour<F: Future<Output = ()> + Send + 'static>(test: fn() -> F) {
    let limited = move || async move { timeout(A_MINUTE, test()).await.expect("it hangs") };
    for runtime in [current_thread(), multi_thread(1), multi_thread(2)] {
        runtime.block_on(limited());
        runtime.block_on(async { tokio::spawn(limited()).await.unwrap() });
    }
    let runtime = current_thread();
    let local = LocalSet::new();
    local.block_on(&runtime, async { tokio::task::spawn_local(limited()).await.unwrap() });
}

/// A scheduler on a manual clock, whose loops end after `length`, and so when all that began earlier has ended.
fn for_a_while(length: Duration) -> Stage {
    let stage = noon();
    let stop = stage.scheduler.stop_handle();
    stage.scheduler.after(length).run(move || stop.stop()).unwrap();
    stage
}

/// Counts what it is called for.
fn counter() -> (Arc<AtomicUsize>, impl Fn() + Clone + Send + Sync + 'static) {
    let count = Arc::new(AtomicUsize::new(0));
    let theirs = Arc::clone(&count);
    (count, move || {
        theirs.fetch_add(1, Ordering::SeqCst);
    })
}

/// Collects the events of a scheduler.
fn listen(scheduler: &Scheduler) -> Arc<Mutex<Vec<Event>>> {
    let events = Arc::new(Mutex::new(Vec::new()));
    let theirs = Arc::clone(&events);
    scheduler.on_event(move |event| theirs.lock().unwrap().push(event.clone()));
    events
}

fn kinds(events: &Arc<Mutex<Vec<Event>>>) -> Vec<EventKind> {
    events.lock().unwrap().iter().map(|event| event.kind).collect()
}

#[test]
fn as_many_runs_as_slots_on_each_flavour() {
    on_each_flavour(|| async {
        let Stage { clock, scheduler } = for_a_while(seconds(10) + Duration::from_millis(500));
        let (ran, count) = counter();
        for _ in 0..500 {
            let count = count.clone();
            let job = scheduler.every().second().run_async(move || {
                let count = count.clone();
                async move {
                    yield_now().await;
                    count();
                }
            });
            assert!(job.is_ok());
        }
        assert_eq!(scheduler.run_forever_async().await.unwrap(), 5001);
        assert_eq!(ran.load(Ordering::SeqCst), 5000);
        assert_eq!(clock.now() - noon().clock.now(), chrono::TimeDelta::milliseconds(10_500));
        assert!(scheduler.jobs().iter().all(|job| !job.is_running() && job.run_count() == 10));
    });
}

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
fn a_day_of_paused_time_has_every_run_at_its_slot() {
    paused().block_on(async {
        let start = utc("2026-01-01 00:00:00");
        let scheduler = Scheduler::builder().clock(TokioClock::new(start)).tz("UTC").build().unwrap();
        let slots = Arc::new(Mutex::new(Vec::new()));
        let theirs = Arc::clone(&slots);
        let minutely = scheduler.every().minute().run_async_with(move |context: Context| {
            let slots = Arc::clone(&theirs);
            async move {
                let late = context.now() - context.slot();
                sleep(seconds(7)).await;
                slots.lock().unwrap().push((late, (context.now() - context.slot()).num_seconds()));
            }
        });
        let daily = scheduler.every().day().at("10:30").run_async(|| async {}).unwrap();
        let runs = scheduler.run_until_async(sleep(days(1) + seconds(30))).await.unwrap();
        assert_eq!((runs, minutely.unwrap().run_count(), daily.run_count()), (1441, 1440, 1));
        assert_eq!(daily.last_run().map(|last| (last - start).num_minutes()), Some(630));
        let slots = slots.lock().unwrap();
        assert_eq!(slots.len(), 1440);
        // Tokio's timer counts in milliseconds, and is never early.
        assert!(slots.iter().all(|(late, end)| (0..=1).contains(&late.num_milliseconds()) && *end == 7));
    });
}

#[test]
fn a_loop_that_ends_at_a_slot_leaves_that_slot_to_the_next_poll() {
    paused().block_on(async {
        let scheduler = Scheduler::with_clock(TokioClock::new(utc("2026-01-01 00:00:00")));
        let job = scheduler.every().second().run(|| {}).unwrap();
        assert_eq!(scheduler.run_until_async(sleep(seconds(10))).await.unwrap(), 9);
        assert_eq!(scheduler.run_pending(), 1, "it is due");
        assert_eq!(job.run_count(), 10);
    });
}

#[test]
fn paused_time_shows_the_same_inside_and_outside_of_the_runtime() {
    let runtime = paused();
    let clock = runtime.block_on(async { TokioClock::new(utc("2026-01-01 00:00:00")) });
    let inside = runtime.block_on(async {
        sleep(hours(5)).await;
        clock.read()
    });
    assert_eq!(clock.read(), inside);
    assert!((clock.now() - utc("2026-01-01 05:00:00")).num_milliseconds().abs() <= 1);
}

#[test]
fn a_stop_a_drop_and_a_future_end_the_loop() {
    on_each_flavour(|| async {
        let scheduler = Scheduler::new();
        let job = scheduler.every().millis(1).run_async(|| async {}).unwrap();
        // By a handle, even before the loop is first polled.
        let stop = scheduler.stop_handle();
        let ends = scheduler.run_forever_async();
        stop.stop();
        assert_eq!(ends.await.unwrap(), 0);
        // By a future, which is polled however much is due.
        let (sender, receiver) = oneshot::channel();
        let other = tokio::spawn(async move {
            yield_now().await;
            sender.send("the end")
        });
        scheduler.run_until_async(receiver).await.unwrap();
        other.await.unwrap().unwrap();
        // By a drop, after which nothing runs.
        let task = tokio::spawn(scheduler.run_forever_async());
        yield_now().await;
        task.abort();
        assert!(task.await.unwrap_err().is_cancelled());
        let count = job.run_count();
        for _ in 0..1000 {
            yield_now().await;
        }
        assert_eq!(job.run_count(), count);
        // A later loop is not concerned by any of these.
        let ran = async {
            while job.run_count() == count {
                sleep(Duration::from_millis(1)).await;
            }
        };
        assert!(scheduler.run_until_async(ran).await.unwrap() > 0);
    });
}

#[test]
fn a_stop_or_a_ready_future_leaves_the_rest_of_a_pass() {
    on_each_flavour(|| async {
        let Stage { clock, scheduler } = noon();
        let (ran, count) = counter();
        for _ in 0..1000 {
            let count = count.clone();
            scheduler.every().minute().run(count).unwrap();
        }
        clock.advance(minutes(1));
        let mut polls = 0;
        let third_poll = poll_fn(move |context| {
            polls += 1;
            context.waker().wake_by_ref();
            if polls == 3 {
                Poll::Ready(())
            } else {
                Poll::Pending
            }
        });
        assert_eq!(scheduler.run_until_async(third_poll).await.unwrap(), 64, "two batches of 32");
        assert_eq!(ran.load(Ordering::SeqCst), 64);
        assert_eq!(scheduler.run_pending(), 936, "nothing is lost");
    });
}

#[test]
fn many_due_runs_do_not_starve_other_tasks() {
    let runtime = current_thread();
    runtime.block_on(async {
        let Stage { scheduler, .. } = for_a_while(Duration::from_millis(1500));
        let (ran, count) = counter();
        for _ in 0..10_000 {
            let count = count.clone();
            scheduler
                .every()
                .second()
                .run_async(move || {
                    count();
                    async {}
                })
                .unwrap();
        }
        let driver = tokio::spawn(scheduler.run_forever_async());
        let (mut last, mut most) = (0, 0);
        while !driver.is_finished() {
            yield_now().await;
            let now = ran.load(Ordering::SeqCst);
            (most, last) = (most.max(now - last), now);
        }
        assert_eq!(driver.await.unwrap().unwrap(), 10_001);
        assert!(most <= 128, "{most} runs between two looks");
    });
}

/// Real time: this is about waking a task that really sleeps, from a thread.
#[test]
fn a_sleeping_loop_wakes_for_a_change_made_in_a_thread() {
    on_each_flavour(|| async {
        let scheduler = Scheduler::new();
        scheduler.every().day().run_async(|| async {}).unwrap();
        let looping = scheduler.clone();
        let (sender, receiver) = oneshot::channel();
        let adder = thread::spawn(move || {
            let mut sender = Some(sender);
            scheduler.after(Duration::from_millis(3)).run_async(move || {
                let sender = sender.take();
                async move { sender.map(|sender| sender.send(())).is_some().then_some(CancelJob) }
            })
        });
        assert_eq!(looping.run_until_async(receiver).await.unwrap(), 1);
        adder.join().unwrap().unwrap();
    });
}

#[test]
fn a_loop_without_a_runtime_or_without_a_timer_is_an_error() {
    let scheduler = Scheduler::new();
    let mut looping = pin!(scheduler.run_forever_async());
    let polled = looping.as_mut().poll(&mut TaskContext::from_waker(Waker::noop()));
    let Poll::Ready(Err(error)) = polled else { panic!("{polled:?}") };
    let expected = "an async loop needs a tokio runtime with a timer (expected one, as in `#[tokio::main]`, or with \
                    `enable_time()` on its builder)";
    assert_eq!(error.to_string(), expected);
    assert!(error.is_io() && std::error::Error::source(&error).is_some());

    let runtime = Builder::new_current_thread().build().unwrap();
    let error = runtime.block_on(scheduler.run_forever_async()).unwrap_err();
    assert_eq!(error.to_string(), expected);
    // Bodies need no timer.
    runtime.block_on(async {
        let job = scheduler.every().day().run_async(|| async {}).unwrap();
        assert!(job.run_now());
        yield_now().await;
        assert_eq!(job.last_outcome(), Some(Outcome::Completed));
    });
}

#[test]
fn closures_pooled_and_async_bodies_are_jobs_of_one_scheduler_that_a_thread_drives() {
    let runtime = multi_thread(2);
    let clock = noon().clock;
    let scheduler = Scheduler::builder().clock(clock).runtime(runtime.handle().clone()).build().unwrap();
    let stop = scheduler.stop_handle();
    scheduler.after(seconds(30)).priority(1).run(move || stop.stop()).unwrap();
    let (ran, count) = counter();
    let (a, b, c) = (count.clone(), count.clone(), count);
    let jobs = [
        scheduler.every().second().times(20).run(a),
        scheduler.every().second().times(20).parallel().run(b),
        scheduler.every().second().times(20).run_async(move || {
            c();
            yield_now()
        }),
    ];
    assert_eq!(scheduler.run_forever(), 61, "the clock waits for the ends of all of them");
    assert_eq!(ran.load(Ordering::SeqCst), 60);
    assert!(jobs.iter().flatten().all(|job| job.run_count() == 20 && !job.is_scheduled()));
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
fn a_loop_in_a_task_reports_its_start() {
    current_thread().block_on(async {
        let scheduler = Scheduler::new();
        let events = listen(&scheduler);
        scheduler.run_until_async(yield_now()).await.unwrap();
        assert_eq!(kinds(&events), [EventKind::SchedulerStarted]);
    });
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
fn a_body_may_drive_its_own_scheduler() {
    on_each_flavour(|| async {
        // Real time: a manual clock would stand still as long as the outer body runs.
        let scheduler = Scheduler::new();
        let inner = scheduler.clone();
        let (sender, receiver) = oneshot::channel::<()>();
        let mut sender = Some(sender);
        let outer = scheduler.after(Duration::ZERO).run_async(move || {
            let (scheduler, sender) = (inner.clone(), sender.take());
            async move {
                let (done, is_done) = oneshot::channel::<()>();
                let mut done = Some(done);
                scheduler.after(Duration::from_millis(1)).run_async(move || {
                    let done = done.take();
                    async move { drop(done) }
                })?;
                let _runs = scheduler.run_until_async(is_done).await?;
                drop(sender);
                Ok::<(), punctual::Error>(())
            }
        });
        scheduler.run_until_async(receiver).await.unwrap();
        drop(outer);
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

#[test]
fn nothing_waits_inside_a_runtime_for_a_task_of_its_own() {
    // A closure that polls, in the loop of a current_thread runtime, whose due job is async.
    current_thread().block_on(async {
        let Stage { scheduler, .. } = for_a_while(seconds(10));
        let weak = scheduler.downgrade();
        let (ran, count) = counter();
        scheduler
            .every()
            .second()
            .run_async(move || {
                count();
                yield_now()
            })
            .unwrap();
        scheduler
            .every()
            .second()
            .run(move || {
                let scheduler = weak.upgrade().unwrap();
                scheduler.run_pending();
                scheduler.shutdown(true);
            })
            .unwrap();
        // `shutdown` ends the loop in its first pass, and leaves the task alone.
        let runs = timeout(A_MINUTE, scheduler.run_forever_async()).await.expect("it hangs").unwrap();
        yield_now().await;
        assert!(runs >= 1 && ran.load(Ordering::SeqCst) == 1, "{runs} runs");
    });
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
