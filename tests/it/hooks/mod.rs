//! Hooks: `around`, `before_run` and `after_run`, on a scheduler and on a job.

mod attempts;
mod bodies;
mod calls;
mod vetoes;

use std::sync::mpsc::{channel, Receiver, Sender};

use chrono::DateTime;
use punctual::{CancelJob, Context, Event, Outcome, Scheduler, Veto};

use crate::support::{finish, minutes, noon, Stage};

type After = Box<dyn FnOnce(&Outcome) + Send>;

/// Lines in the order in which they were written.
#[derive(Clone)]
struct Log(Sender<String>);

impl Log {
    fn new() -> (Log, Receiver<String>) {
        let (sender, lines) = channel();
        (Log(sender), lines)
    }

    fn say(&self, line: impl Into<String>) {
        self.0.send(line.into()).unwrap();
    }

    /// A hook that writes a line before, and one after.
    fn hook(&self, name: &'static str) -> impl Fn(&Context) -> Result<After, Veto> + Send + Sync + 'static {
        let log = self.clone();
        move |run| {
            log.say(format!("{name} before {}", run.attempt()));
            let log = log.clone();
            Ok(Box::new(move |outcome| log.say(format!("{name} after: {outcome}"))))
        }
    }

    /// The events of runs, as lines.
    fn hear(&self, scheduler: &Scheduler) {
        let log = self.clone();
        scheduler.on_event(move |event: &Event| {
            if let Some(run) = &event.run {
                let outcome = event.outcome().map_or_else(String::new, |outcome| format!(" {outcome}"));
                log.say(format!("{:?} {}{outcome}", event.kind, run.attempt));
            }
        });
    }
}

fn all(lines: &Receiver<String>) -> Vec<String> {
    lines.try_iter().collect()
}

#[test]
fn hooks_are_an_onion_and_those_of_the_scheduler_are_outside() {
    let (stage, (log, lines)) = (noon(), Log::new());
    stage.scheduler.around(log.hook("first"));
    stage.scheduler.around(log.hook("second"));
    log.hear(&stage.scheduler);
    let body = log.clone();
    let sentence = stage.every().minute().around(log.hook("third")).around(log.hook("fourth"));
    let job = sentence.run(move || body.say("body")).unwrap();
    assert_eq!(stage.wait(minutes(1)), 1);
    let expected = [
        "first before 1",
        "second before 1",
        "third before 1",
        "fourth before 1",
        "Started 1",
        "body",
        "fourth after: completed",
        "third after: completed",
        "second after: completed",
        "first after: completed",
        "Executed 1 completed",
    ];
    assert_eq!(all(&lines), expected);
    assert_eq!(job.run_count(), 1);
}

#[test]
fn a_triggered_run_passes_the_hooks() {
    let (stage, (log, lines)) = (noon(), Log::new());
    stage.scheduler.around(log.hook("hook"));
    let job = stage.every().day().run(|| {}).unwrap();
    assert!(job.trigger());
    assert_eq!(stage.scheduler.run_pending(), 1);
    assert!(job.run_now());
    assert_eq!(stage.scheduler.run_all(), 1);
    assert_eq!(all(&lines).len(), 6);
}

#[test]
fn an_update_replaces_the_hooks_and_drops_what_they_own_without_the_lock() {
    /// Calls the scheduler when it is dropped.
    struct Caller(punctual::WeakScheduler, Sender<usize>);
    impl Drop for Caller {
        fn drop(&mut self) {
            if let Some(scheduler) = self.0.upgrade() {
                self.1.send(scheduler.jobs().len()).unwrap();
            }
        }
    }
    let stage = noon();
    let (sender, drops) = channel();
    let add = |stage: &Stage| {
        let caller = Caller(stage.scheduler.downgrade(), sender.clone());
        let sentence = stage.every().minute().key("job").before_run(move |_| {
            let _ = &caller;
            Err("no".into())
        });
        sentence.run(|| {}).unwrap()
    };
    add(&stage);
    let job = add(&stage);
    assert_eq!(drops.try_iter().collect::<Vec<_>>(), [1]);
    stage.every().minute().key("job").run(|| {}).unwrap();
    assert_eq!(drops.try_iter().collect::<Vec<_>>(), [1]);
    assert!(job.run_now(), "it has no hooks now");
    add(&stage);
    assert!(!job.run_now());
    assert!(job.cancel());
    assert_eq!(drops.try_iter().collect::<Vec<_>>(), [0]);
}

#[test]
fn a_job_that_cancels_itself_ends_its_hooks() {
    let (stage, (log, lines)) = (noon(), Log::new());
    let job = stage.every().minute().around(log.hook("hook")).run(|| CancelJob).unwrap();
    assert_eq!(stage.wait(minutes(1)), 1);
    assert_eq!(all(&lines), ["hook before 1", "hook after: completed, and cancelled its job"]);
    assert!(!job.is_scheduled());
}

#[test]
fn a_preview_calls_no_hook() {
    let (stage, (log, lines)) = (noon(), Log::new());
    stage.scheduler.around(log.hook("hook"));
    stage.every().hour().around(log.hook("hook")).run(|| {}).unwrap();
    let now = stage.clock.now();
    assert_eq!(stage.scheduler.timeline(now..now + chrono::TimeDelta::hours(5)).entries().len(), 4);
    assert_eq!(all(&lines), Vec::<String>::new());
}

#[test]
fn a_context_of_a_hook_is_that_of_the_run() {
    let stage = noon();
    let (sender, contexts) = channel();
    let after = sender.clone();
    stage.scheduler.before_run(move |run| {
        sender.send(run.clone()).unwrap();
        Ok(())
    });
    stage.scheduler.after_run(move |run, _| after.send(run.clone()).unwrap());
    let body = contexts_of_bodies(&stage);
    stage.wait(minutes(1));
    let (before, body, after) = (contexts.recv().unwrap(), body.recv().unwrap(), contexts.recv().unwrap());
    assert_eq!(before.run().started_at, None);
    assert_eq!(after.run(), body.run());
    assert_eq!((before.run_count(), body.run_count(), after.run_count()), (1, 1, 1));
    assert_eq!((before.slot(), before.run().id, before.name()), (body.slot(), body.run().id, "job"));
}

fn contexts_of_bodies(stage: &Stage) -> Receiver<Context> {
    let (sender, contexts) = channel();
    let body = move |context: &Context| sender.send(context.clone()).unwrap();
    stage.every().minute().named("job").run_with(body).unwrap();
    contexts
}

#[test]
fn a_run_whose_job_is_gone_when_a_worker_takes_it_calls_no_hook() {
    let stage = Stage::with_workers(DateTime::UNIX_EPOCH, 1);
    let (log, lines) = Log::new();
    let (free, gate) = channel::<()>();
    let (begun, begins) = channel();
    stage
        .every()
        .minute()
        .priority(-1)
        .parallel()
        .run(move || {
            begun.send(()).unwrap();
            let _ = gate.recv();
        })
        .unwrap();
    let gone = stage.every().minute().parallel().around(log.hook("hook")).run(|| panic!("it is gone")).unwrap();
    stage.wait(minutes(1));
    begins.recv().unwrap();
    assert!(gone.cancel());
    drop(gone);
    drop(free);
    finish(&stage.scheduler);
    assert_eq!(all(&lines), [] as [String; 0]);
}
