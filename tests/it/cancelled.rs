//! Async bodies that wait to be cancelled, and those that shut down their own scheduler.

use std::{future::pending, sync::mpsc::channel, time::Duration};

use punctual::{chrono::DateTime, Context, Outcome, Scheduler, Wait};
use tokio::task::yield_now;

use crate::{async_support::on_each_flavour, support::seconds};

/// A body that waits to be cancelled, and reports that it was.
async fn waits(context: Context) -> Result<(), &'static str> {
    context.cancelled().await;
    assert!(context.is_cancelled());
    Err("cancelled")
}

fn cancelled() -> Option<Outcome> {
    Some(Outcome::Failed("cancelled".to_owned()))
}

#[test]
fn a_shutdown_cancels_the_bodies_that_wait_for_it() {
    on_each_flavour(|| async {
        let scheduler = Scheduler::new();
        let jobs: Vec<_> = (0..100).map(|_| scheduler.every().hour().run_async_with(waits).unwrap()).collect();
        assert_eq!(scheduler.run_all(), 100);
        yield_now().await;
        assert!(jobs.iter().all(|job| job.is_running()));
        assert_eq!(scheduler.shutdown_async(Wait::ForAll).await, []);
        assert!(jobs.iter().all(|job| job.last_outcome() == cancelled()));
        // Runs after the shutdown are not cancelled.
        assert!(jobs[0].run_now());
        yield_now().await;
        assert!(jobs[0].is_running());
        scheduler.shutdown_async(seconds(20)).await;
        assert!(!jobs[0].is_running());
    });
}

#[test]
fn a_wait_that_begins_late_or_elsewhere_ends_too() {
    on_each_flavour(|| async {
        let scheduler = Scheduler::new();
        let (sender, contexts) = channel();
        let job = scheduler.every().hour().run_with(move |context: &Context| sender.send(context.clone()));
        assert!(job.unwrap().run_now());
        let context: Context = contexts.recv().unwrap();
        let waiting = tokio::spawn(context.cancelled());
        yield_now().await;
        assert!(!waiting.is_finished());
        scheduler.shutdown(Wait::No);
        waiting.await.unwrap();
        context.cancelled().await;
        drop(scheduler);
        context.cancelled().await;
    });
}

#[test]
fn dropping_the_last_scheduler_cancels_its_runs() {
    on_each_flavour(|| async {
        let scheduler = Scheduler::new();
        let job = scheduler.every().hour().run_async_with(waits).unwrap();
        assert!(job.run_now());
        yield_now().await;
        drop(scheduler);
        while job.is_running() {
            yield_now().await;
        }
        assert_eq!(job.last_outcome(), cancelled());
    });
}

#[test]
fn a_detached_context_is_never_cancelled() {
    on_each_flavour(|| async {
        let waiting = tokio::spawn(Context::detached(DateTime::UNIX_EPOCH).cancelled());
        yield_now().await;
        assert!(!waiting.is_finished());
        waiting.abort();
    });
}

#[test]
fn a_body_that_shuts_down_does_not_wait_for_itself() {
    on_each_flavour(|| async {
        let scheduler = Scheduler::new();
        let other = scheduler.every().hour().named("other").run_async_with(waits).unwrap();
        let weak = scheduler.downgrade();
        let job = scheduler.every().hour().named("stopper").run_async(move || {
            let scheduler = weak.upgrade().unwrap();
            async move {
                let unfinished = scheduler.shutdown_async(Wait::ForAll).await;
                yield_now().await;
                assert_eq!(unfinished, []);
            }
        });
        let job = job.unwrap();
        assert!(other.run_now() && job.run_now());
        while job.is_running() {
            yield_now().await;
        }
        assert_eq!((job.last_outcome(), other.last_outcome()), (Some(Outcome::Completed), cancelled()));
    });
}

#[test]
fn two_bodies_that_shut_down_do_not_wait_for_each_other() {
    on_each_flavour(|| async {
        let scheduler = Scheduler::new();
        let body = |scheduler: Scheduler| async move { drop(scheduler.shutdown_async(Wait::ForAll).await) };
        let jobs: Vec<_> = (0..2)
            .map(|_| {
                let weak = scheduler.downgrade();
                scheduler.every().hour().run_async(move || body(weak.upgrade().unwrap())).unwrap()
            })
            .collect();
        assert_eq!(scheduler.run_all(), 2);
        while jobs.iter().any(|job| job.is_running()) {
            yield_now().await;
        }
        assert!(jobs.iter().all(|job| job.last_outcome() == Some(Outcome::Completed)));
    });
}

#[test]
fn a_body_that_shuts_down_drops_the_others_at_the_deadline() {
    on_each_flavour(|| async {
        let scheduler = Scheduler::new();
        let hung = scheduler.every().hour().named("hung").run_async(pending::<()>).unwrap();
        let (sender, unfinished) = channel();
        let weak = scheduler.downgrade();
        let job = scheduler.every().hour().run_async(move || {
            let (scheduler, sender) = (weak.upgrade().unwrap(), sender.clone());
            // In real time, as the deadline of a shutdown is.
            async move { sender.send(scheduler.shutdown_async(Duration::from_millis(20)).await).unwrap() }
        });
        let job = job.unwrap();
        assert!(hung.run_now() && job.run_now());
        while hung.is_running() || job.is_running() {
            yield_now().await;
        }
        let unfinished = unfinished.recv().unwrap();
        assert_eq!(unfinished.iter().map(|job| job.name.as_str()).collect::<Vec<_>>(), ["hung"]);
        assert_eq!(job.last_outcome(), Some(Outcome::Completed));
        assert!(matches!(hung.last_outcome(), Some(Outcome::Aborted(_))));
    });
}

#[test]
fn a_wait_that_was_polled_before_the_time_limit_ends_although_the_body_has_returned() {
    on_each_flavour(|| async {
        let clock = punctual::ManualClock::new(DateTime::UNIX_EPOCH);
        let scheduler = Scheduler::with_clock(clock.clone());
        let (sender, contexts) = channel();
        let job = scheduler.every().hour().timeout(seconds(5)).run_async_with(move |context: Context| {
            sender.send(context).unwrap();
            pending::<()>()
        });
        let job = job.unwrap();
        assert!(job.run_now());
        while job.run_count() == 0 {
            yield_now().await;
        }
        let context: Context = loop {
            match contexts.try_recv() {
                Ok(context) => break context,
                Err(_) => yield_now().await,
            }
        };
        // One is polled before, one is not.
        let (polled, unpolled) = (tokio::spawn(context.cancelled()), context.cancelled());
        yield_now().await;
        clock.advance(seconds(5));
        scheduler.run_pending();
        // The body is dropped, and its attempt is forgotten, before anybody looks again.
        while job.is_running() {
            yield_now().await;
        }
        for _ in 0..10 {
            yield_now().await;
        }
        polled.await.unwrap();
        unpolled.await;
        assert_eq!(job.last_outcome(), Some(Outcome::TimedOut));
    });
}

#[test]
fn a_body_that_shuts_down_without_waiting_is_not_returned_to_itself() {
    on_each_flavour(|| async {
        let scheduler = Scheduler::new();
        let (sender, unfinished) = channel();
        let weak = scheduler.downgrade();
        let job = scheduler.every().hour().run_async(move || {
            let (scheduler, sender) = (weak.upgrade().unwrap(), sender.clone());
            async move { sender.send(scheduler.shutdown(Wait::No)).unwrap() }
        });
        let job = job.unwrap();
        assert!(job.run_now());
        while job.is_running() {
            yield_now().await;
        }
        assert_eq!(unfinished.recv().unwrap(), []);
    });
}

#[test]
fn a_shutdown_does_not_wait_for_a_task_of_a_job_that_has_a_closure_now() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
    runtime.block_on(async {
        let scheduler = Scheduler::new();
        let job = scheduler.every().hour().key("a").run_async(pending::<()>).unwrap();
        assert!(job.run_now());
        let again = scheduler.every().hour().key("a").run(|| {}).unwrap();
        assert_eq!(again, job);
        // It blocks the only thread of the runtime.
        assert_eq!(scheduler.shutdown(Wait::ForAll).len(), 1);
    });
}

#[test]
fn a_shutdown_follows_a_paused_runtime_clock() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
    runtime.block_on(async {
        let scheduler = Scheduler::builder().clock(punctual::TokioClock::new(DateTime::UNIX_EPOCH)).build().unwrap();
        tokio::time::sleep(seconds(100)).await;
        let quick = scheduler.every().hour().run_async(|| tokio::time::sleep(seconds(1))).unwrap();
        let limited = scheduler.every().hour().timeout(seconds(3)).run_async(pending::<()>).unwrap();
        let hung = scheduler.every().hour().named("hung").run_async(pending::<()>).unwrap();
        assert_eq!(scheduler.run_all(), 3);
        let begin = tokio::time::Instant::now();
        let unfinished = scheduler.shutdown_async(seconds(5)).await;
        assert_eq!(begin.elapsed().as_secs(), 5);
        assert_eq!(unfinished.iter().map(|job| job.name.as_str()).collect::<Vec<_>>(), ["hung"]);
        assert_eq!(quick.last_outcome(), Some(Outcome::Completed));
        assert_eq!(limited.last_outcome(), Some(Outcome::TimedOut));
        while hung.is_running() {
            yield_now().await;
        }

        // In a thread of the runtime, the deadline is its own, too.
        let job = scheduler.every().hour().run_async(|| tokio::time::sleep(seconds(2))).unwrap();
        assert!(job.run_now());
        assert_eq!(scheduler.shutdown(seconds(0)).len() + scheduler.shutdown(Wait::No).len(), 2);
        while job.is_running() {
            yield_now().await;
        }
        assert!(matches!(job.last_outcome(), Some(Outcome::Aborted(_))));
    });
}
