//! Async bodies with a time limit, retries, and a shutdown that waits for them.
//!
//! Where a test uses the machine's clock, tokio's timer has to wake a loop, or a deadline is in real time. It waits for
//! an event, and never for a fixed time.

use std::{
    future::pending,
    sync::{
        mpsc::{channel, Sender},
        Arc, Mutex,
    },
    thread,
    time::Duration,
};

use chrono::DateTime;
use punctual::{Context, ManualClock, Outcome, Retry, Scheduler};
use tokio::{runtime::Builder, sync::oneshot, task::yield_now, time::sleep};

use crate::{async_support::on_each_flavour, support::seconds};

#[test]
fn a_future_that_takes_too_long_is_dropped_and_tried_again() {
    on_each_flavour(|| async {
        let scheduler = Scheduler::new();
        let (dropped, drops) = channel();
        let job = scheduler
            .every()
            .hour()
            .immediately()
            .timeout(Duration::from_millis(20))
            .retry(Retry::fixed(Duration::from_millis(1)).times(1))
            .run_async_with(move |context: Context| {
                let dropped = DropTeller(dropped.clone());
                async move {
                    let _dropped = dropped;
                    if context.attempt() == 1 {
                        pending::<()>().await;
                    }
                }
            })
            .unwrap();
        let ended = job.clone();
        // In real time: tokio's timer wakes the loop.
        scheduler
            .run_until_async(async move {
                while ended.last_outcome().is_none() {
                    sleep(Duration::from_millis(1)).await;
                }
            })
            .await
            .unwrap();
        assert_eq!(job.last_outcome(), Some(Outcome::Completed));
        assert_eq!((job.run_count(), drops.try_iter().count()), (1, 2));
    });
}

#[test]
fn a_future_that_never_yields_is_reported_and_leaves_the_job_to_others() {
    let runtime = Builder::new_multi_thread().worker_threads(2).enable_time().build().unwrap();
    let clock = ManualClock::new(DateTime::UNIX_EPOCH);
    let scheduler = Scheduler::builder().clock(clock.clone()).runtime(runtime.handle().clone()).build().unwrap();
    let (release, gate) = channel::<()>();
    let gate = Arc::new(Mutex::new(gate));
    let (begun, begins) = channel();
    let sentence = scheduler.every().minute().timeout(seconds(5)).max_instances(1);
    let job = sentence
        .run_async_with(move |context: Context| {
            let (gate, begun) = (gate.clone(), begun.clone());
            async move {
                begun.send(()).unwrap();
                if context.run_count() == 1 {
                    let _ = gate.lock().unwrap().recv();
                }
            }
        })
        .unwrap();
    for _ in 0..2 {
        clock.advance(seconds(60));
        scheduler.run_pending();
        begins.recv_timeout(seconds(20)).unwrap();
    }
    while job.run_count() < 2 || job.is_running() {
        thread::yield_now();
    }
    assert_eq!(job.last_outcome(), Some(Outcome::Completed), "of the second run");
    drop(release);
}

#[test]
fn a_shutdown_in_a_task_waits_for_async_runs_and_drops_them_at_the_deadline() {
    on_each_flavour(|| async {
        let scheduler = Scheduler::new();
        let (release, gate) = oneshot::channel::<()>();
        let mut gate = Some(gate);
        let quick = scheduler.every().hour().run_async(move || {
            let gate = gate.take();
            async move { gate.unwrap().await.map_err(|error| error.to_string()) }
        });
        let quick = quick.unwrap();
        let hung = scheduler.every().hour().named("hung").run_async(pending::<()>).unwrap();
        assert!(quick.run_now() && hung.run_now());
        let shutdown = scheduler.shutdown_async(Duration::from_millis(50));
        let end = async move { release.send(()).unwrap() };
        let (unfinished, ()) = tokio::join!(shutdown, end);
        assert_eq!(unfinished.iter().map(|job| job.name.as_str()).collect::<Vec<_>>(), ["hung"]);
        assert_eq!(quick.last_outcome(), Some(Outcome::Completed));
        while hung.is_running() {
            yield_now().await;
        }
        let why = "the scheduler was shut down before the body had ended";
        assert_eq!(hung.last_outcome(), Some(Outcome::Aborted(why.into())));
        assert!(scheduler.shutdown_async(true).await.is_empty(), "and again");
    });
}

#[test]
fn a_shutdown_with_a_deadline_outside_of_a_runtime_waits_for_async_runs() {
    let runtime = Builder::new_multi_thread().worker_threads(1).enable_time().build().unwrap();
    let scheduler = Scheduler::builder().runtime(runtime.handle().clone()).build().unwrap();
    let slow = scheduler.every().hour().run_async(|| sleep(Duration::from_millis(20))).unwrap();
    assert!(slow.run_now());
    assert!(scheduler.shutdown(seconds(20)).is_empty());
    assert_eq!(slow.last_outcome(), Some(Outcome::Completed));

    let hung = scheduler.every().hour().run_async(pending::<()>).unwrap();
    assert!(hung.run_now());
    assert_eq!(scheduler.shutdown(Duration::from_millis(5)).len(), 1);
    while hung.is_running() {
        thread::yield_now();
    }
    assert!(matches!(hung.last_outcome(), Some(Outcome::Aborted(_))));
}

struct DropTeller(Sender<()>);

impl Drop for DropTeller {
    fn drop(&mut self) {
        let _ = self.0.send(());
    }
}

#[test]
fn a_runtime_without_a_timer_drops_futures_at_the_deadline_too() {
    let runtime = Builder::new_current_thread().build().unwrap();
    runtime.block_on(async {
        let scheduler = Scheduler::new();
        let hung = scheduler.every().hour().run_async(pending::<()>).unwrap();
        assert!(hung.run_now());
        assert_eq!(scheduler.shutdown(Duration::from_millis(5)).len(), 1);
        while hung.is_running() {
            yield_now().await;
        }
        assert!(matches!(hung.last_outcome(), Some(Outcome::Aborted(_))));

        assert!(hung.run_now());
        assert_eq!(scheduler.shutdown_async(Duration::from_millis(5)).await.len(), 1);
        while hung.is_running() {
            yield_now().await;
        }
    });
}
