//! Hooks around each kind of body.

use std::{sync::mpsc::channel, thread};

use chrono::DateTime;
use punctual::Outcome;

use super::{all, Log};
use crate::support::{finish, minutes, noon, Stage};

#[test]
fn a_panic_of_a_body_is_an_outcome_for_hooks() {
    let (stage, (log, lines)) = (noon(), Log::new());
    stage.scheduler.around(log.hook("hook"));
    stage.every().minute().run(|| panic!("by design")).unwrap();
    stage.wait(minutes(1));
    assert_eq!(all(&lines), ["hook before 1", "hook after: panicked: by design"]);
}

#[test]
fn a_hook_of_a_run_on_a_worker_is_called_there() {
    let stage = Stage::with_workers(DateTime::UNIX_EPOCH, 2);
    let (sender, threads) = channel();
    let (before, after, body) = (sender.clone(), sender.clone(), sender);
    let sentence = stage.every().minute().max_instances(2);
    let sentence = sentence.around(move |_| {
        before.send(thread::current().id()).unwrap();
        let after = after.clone();
        Ok(move |_: &Outcome| after.send(thread::current().id()).unwrap())
    });
    let job = sentence.run(move || body.send(thread::current().id()).unwrap()).unwrap();
    assert_eq!(stage.wait(minutes(1)), 1);
    finish(&stage.scheduler);
    let threads: Vec<_> = threads.try_iter().collect();
    assert_eq!(threads.len(), 3);
    assert!(threads.iter().all(|thread| *thread == threads[0] && *thread != thread::current().id()));
    assert_eq!(job.run_count(), 1);
}

#[cfg(all(feature = "command", unix))]
#[test]
fn commands_have_hooks() {
    let (stage, (log, lines)) = (noon(), Log::new());
    stage.scheduler.around(log.hook("hook"));
    stage.every().minute().run_command(punctual::Command::shell("exit 3")).unwrap();
    let weak = stage.scheduler.downgrade();
    assert_eq!(stage.wait(minutes(1)), 1);
    assert_eq!(all(&lines), ["hook before 1", "hook after: failed: exit status 3"]);
    drop(weak);
}

#[cfg(feature = "tokio")]
mod in_tasks {
    use std::future::pending;

    use tokio::task::yield_now;

    use super::*;
    use crate::{async_support::on_each_flavour, support::seconds};

    #[test]
    fn async_bodies_have_hooks() {
        on_each_flavour(|| async {
            let (stage, (log, lines)) = (noon(), Log::new());
            stage.scheduler.around(log.hook("hook"));
            let body = log.clone();
            let job = stage
                .every()
                .minute()
                .run_async(move || {
                    let body = body.clone();
                    async move {
                        yield_now().await;
                        body.say("body");
                    }
                })
                .unwrap();
            assert_eq!(stage.wait(minutes(1)), 1);
            while job.is_running() {
                yield_now().await;
            }
            assert_eq!(all(&lines), ["hook before 1", "body", "hook after: completed"]);
        });
    }

    #[test]
    fn an_async_body_may_be_vetoed() {
        on_each_flavour(|| async {
            let (stage, (log, lines)) = (noon(), Log::new());
            log.hear(&stage.scheduler);
            let job = stage.every().minute().before_run(|_| Err("no".into())).run_async(|| async {}).unwrap();
            let other = stage.every().minute().run_async(|| async {}).unwrap();
            assert_eq!(stage.wait(minutes(1)), 1);
            while other.is_running() {
                yield_now().await;
            }
            assert!(all(&lines).contains(&"Skipped(Vetoed) 1 vetoed: no".to_owned()));
            assert_eq!((job.run_count(), job.is_running(), other.run_count()), (0, false, 1));
        });
    }

    #[test]
    fn a_future_that_takes_too_long_is_told_once() {
        on_each_flavour(|| async {
            let (stage, (log, lines)) = (noon(), Log::new());
            let sentence = stage.every().minute().timeout(seconds(5)).around(log.hook("hook"));
            let job = sentence.run_async(pending::<()>).unwrap();
            stage.wait(minutes(1));
            stage.wait(seconds(5));
            while job.is_running() || job.last_outcome().is_none() {
                yield_now().await;
            }
            stage.wait(seconds(5));
            assert_eq!(all(&lines), ["hook before 1", "hook after: timed out"]);
        });
    }
}
