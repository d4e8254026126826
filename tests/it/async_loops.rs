//! Loops in a task: `run_forever_async` and `run_until_async`.

use std::{
    future::{poll_fn, Future},
    pin::pin,
    sync::{atomic::Ordering, Arc, Mutex},
    task::{Context as TaskContext, Poll, Waker},
    thread,
    time::Duration,
};

use punctual::{CancelJob, Clock, Context, EventKind, Outcome, Scheduler, TokioClock};
use tokio::{
    runtime::Builder,
    sync::oneshot,
    task::yield_now,
    time::{sleep, timeout},
};

use crate::{
    async_support::{
        counter, current_thread, for_a_while, kinds, listen, multi_thread, on_each_flavour, paused, A_MINUTE,
    },
    support::{days, hours, minutes, noon, seconds, utc, Stage},
};

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
fn a_loop_in_a_task_reports_its_start() {
    current_thread().block_on(async {
        let scheduler = Scheduler::new();
        let events = listen(&scheduler);
        scheduler.run_until_async(yield_now()).await.unwrap();
        assert_eq!(kinds(&events), [EventKind::SchedulerStarted]);
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
