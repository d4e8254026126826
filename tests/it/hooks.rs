//! Hooks: `around`, `before_run` and `after_run`, on a scheduler and on a job.

use std::{
    sync::{
        atomic::{AtomicBool, Ordering},
        mpsc::{channel, Receiver, Sender},
        Arc, Mutex,
    },
    thread,
    time::Duration,
};

use chrono::DateTime;
use punctual::{
    CancelJob, Clock, Context, Event, EventKind, ManualClock, Outcome, Overlap, Reading, Retry, Scheduler, Skip, Veto,
    Wait, Wakeup,
};

use crate::support::{finish, minutes, noon, seconds, utc, Stage};

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
fn a_veto_ends_the_hooks_that_passed_and_counts_for_nothing() {
    let (stage, (log, lines)) = (noon(), Log::new());
    stage.scheduler.around(log.hook("outer"));
    log.hear(&stage.scheduler);
    let sentence = stage.every().minute().times(1).around(log.hook("inner"));
    let mut refusals = 2;
    let refusals = Arc::new(Mutex::new(move || {
        refusals -= 1;
        refusals >= 0
    }));
    let sentence =
        sentence.before_run(move |_| if (refusals.lock().unwrap())() { Err("not yet".into()) } else { Ok(()) });
    let job = sentence.around(log.hook("innermost")).run(|| {}).unwrap();
    assert_eq!(stage.wait(minutes(1)), 0, "nothing has run");
    let expected = [
        "outer before 1",
        "inner before 1",
        "inner after: vetoed: not yet",
        "outer after: vetoed: not yet",
        "Skipped(Vetoed) 1 vetoed: not yet",
    ];
    assert_eq!(all(&lines), expected);
    assert_eq!((job.run_count(), job.last_run(), job.last_outcome()), (0, None, None));
    assert!(!job.is_running());
    // By hand, too.
    assert!(!job.run_now());
    assert_eq!(all(&lines).last().unwrap(), "Skipped(Vetoed) 1 vetoed: not yet");
    // `times` has not been used up.
    assert_eq!(stage.wait(minutes(1)), 1);
    assert_eq!((job.run_count(), job.is_scheduled()), (1, false));
}

#[test]
fn a_veto_of_the_only_slot_ends_the_job() {
    let stage = noon();
    let (sender, removals) = channel();
    stage.scheduler.on_event(move |event| {
        if let EventKind::Removed(why) = event.kind {
            sender.send(why).unwrap();
        }
    });
    let job = stage.scheduler.after(seconds(5)).before_run(|_| Err("never".into())).run(|| {}).unwrap();
    assert_eq!(stage.wait(seconds(5)), 0);
    assert!(!job.is_scheduled());
    assert_eq!(removals.recv().unwrap(), punctual::Removal::Finished);
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
fn a_panic_is_a_veto_before_and_nothing_after() {
    let (stage, (log, lines)) = (noon(), Log::new());
    log.hear(&stage.scheduler);
    let first = stage.every().minute().named("first");
    let first = first.before_run(|_| panic!("by design")).run(|| {}).unwrap();
    let second = stage.every().minute().named("second").after_run(|_, _| panic!("by design"));
    let second = second.after_run(move |run, outcome| log.say(format!("{} {outcome}", run.name()))).run(|| {}).unwrap();
    assert_eq!(stage.wait(minutes(1)), 1);
    assert_eq!(
        all(&lines),
        [
            "Skipped(Vetoed) 1 vetoed: a hook panicked: by design",
            "Started 1",
            "second completed",
            "Executed 1 completed"
        ]
    );
    assert_eq!((first.last_outcome(), second.last_outcome()), (None, Some(Outcome::Completed)));
}

#[test]
fn a_panic_of_a_body_is_an_outcome_for_hooks() {
    let (stage, (log, lines)) = (noon(), Log::new());
    stage.scheduler.around(log.hook("hook"));
    stage.every().minute().run(|| panic!("by design")).unwrap();
    stage.wait(minutes(1));
    assert_eq!(all(&lines), ["hook before 1", "hook after: panicked: by design"]);
}

#[test]
fn each_attempt_passes_the_hooks() {
    let (stage, (log, lines)) = (noon(), Log::new());
    stage.scheduler.around(log.hook("hook"));
    let mut answers = [Err("broken"), Ok(())].into_iter();
    let job = stage.every().minute().retry(1).run(move || answers.next().unwrap()).unwrap();
    assert_eq!(stage.wait(minutes(1)), 1);
    assert_eq!(all(&lines), ["hook before 1", "hook after: failed: broken"]);
    assert!(job.is_running(), "it waits for another attempt");
    stage.wait(seconds(1));
    assert_eq!(all(&lines), ["hook before 2", "hook after: completed"]);
    assert_eq!((job.run_count(), job.is_running()), (1, false));
}

#[test]
fn a_veto_of_a_later_attempt_ends_the_run_with_the_last_failure() {
    let (stage, (log, lines)) = (noon(), Log::new());
    log.hear(&stage.scheduler);
    let sentence = stage.every().minute().retry(5);
    let sentence = sentence.before_run(|run| if run.attempt() > 1 { Err("once".into()) } else { Ok(()) });
    let job = sentence.run(|| Err::<(), _>("broken")).unwrap();
    stage.wait(minutes(1));
    stage.wait(seconds(1));
    let expected =
        ["Started 1", "Retrying 1 failed: broken", "Skipped(Vetoed) 2 vetoed: once", "Failed 1 failed: broken"];
    assert_eq!(all(&lines), expected);
    assert_eq!(job.last_outcome(), Some(Outcome::Failed("broken".to_owned())));
    assert_eq!((job.run_count(), job.is_running()), (1, false));
    assert_eq!(stage.wait(seconds(59)), 1, "the next slot has a run");
}

#[test]
fn an_attempt_that_times_out_is_told_once_when_it_is_settled() {
    let stage = Stage::with_workers(DateTime::UNIX_EPOCH, 2);
    let (log, lines) = Log::new();
    let (begun, begins) = channel();
    let (answer, gate) = channel::<()>();
    let sentence = stage.every().minute().parallel().timeout(seconds(5)).retry(Retry::fixed(seconds(100)).times(1));
    let sentence = sentence.around(log.hook("hook"));
    let job = sentence
        .run(move || {
            begun.send(()).unwrap();
            let _ = gate.recv();
        })
        .unwrap();
    stage.wait(minutes(1));
    begins.recv().unwrap();
    assert_eq!(lines.recv().unwrap(), "hook before 1");
    stage.wait(seconds(5));
    assert_eq!(all(&lines), ["hook after: timed out"], "although the body has not returned");
    drop(answer);
    stage.wait(seconds(100));
    // The first body returns in real time, and gives the only body back.
    while begins.try_recv().is_err() {
        stage.scheduler.run_pending();
        thread::yield_now();
    }
    finish(&stage.scheduler);
    assert_eq!(all(&lines), ["hook before 2", "hook after: completed"]);
    assert_eq!(job.last_outcome(), Some(Outcome::Completed));
}

#[test]
fn an_answer_that_is_late_is_told_as_timed_out() {
    let (stage, (log, lines)) = (noon(), Log::new());
    let clock = stage.clock.clone();
    let sentence = stage.every().minute().timeout(seconds(5)).around(log.hook("hook"));
    sentence.run(move || clock.advance(seconds(6))).unwrap();
    stage.wait(minutes(1));
    assert_eq!(all(&lines), ["hook before 1", "hook after: timed out"]);
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

#[test]
fn a_veto_on_a_worker_gives_the_place_back() {
    let stage = Stage::with_workers(DateTime::UNIX_EPOCH, 2);
    let (log, lines) = Log::new();
    let job = stage.every().minute().parallel().before_run(|_| Err("no".into())).run(|| {}).unwrap();
    log.hear(&stage.scheduler);
    for _ in 0..2 {
        stage.wait(minutes(1));
        finish(&stage.scheduler);
        assert_eq!(all(&lines), ["Submitted 1", "Skipped(Vetoed) 1 vetoed: no"]);
    }
    assert_eq!((job.run_count(), job.is_running()), (0, false));
}

#[test]
fn a_hook_may_call_anything() {
    let stage = noon();
    let weak = stage.scheduler.downgrade();
    let (sender, ran) = channel();
    stage.every().minute().priority(1).named("other").run(move || sender.send("other").unwrap()).unwrap();
    let (inside, polls) = channel();
    stage.scheduler.before_run(move |run| {
        let scheduler = weak.upgrade().unwrap();
        let job = run.job().unwrap();
        if run.name() == "job" {
            assert!(job.is_running() && !job.run_now(), "it has its place");
            scheduler.every().hour().run(|| {})?;
            assert!(scheduler.pause() && scheduler.resume());
            inside.send(scheduler.run_pending()).unwrap();
            scheduler.before_run(|_| Ok(()));
        }
        Ok(())
    });
    let job = stage.every().minute().named("job").run(|| {}).unwrap();
    assert_eq!(stage.wait(minutes(1)), 1);
    assert_eq!(polls.recv().unwrap(), 0, "a pause drops what was due");
    assert_eq!(ran.try_iter().count(), 0);
    assert_eq!(job.run_count(), 1);
    // Once more, with a poll inside that finds the other job due.
    assert_eq!(stage.wait(minutes(1)), 1);
    assert_eq!(job.run_count(), 2);
}

#[test]
fn a_poll_in_a_hook_runs_other_jobs() {
    let stage = noon();
    let weak = stage.scheduler.downgrade();
    let (sender, polls) = channel();
    let first = stage.every().minute().before_run(move |_| {
        sender.send(weak.upgrade().unwrap().run_pending()).unwrap();
        Ok(())
    });
    let first = first.run(|| {}).unwrap();
    let second = stage.every().minute().run(|| {}).unwrap();
    assert_eq!(stage.wait(minutes(1)), 1);
    assert_eq!(polls.recv().unwrap(), 1);
    assert_eq!((first.run_count(), second.run_count()), (1, 1));
}

#[test]
fn a_job_that_its_hook_pauses_or_removes_does_not_begin() {
    for (word, is_scheduled) in [("pause", true), ("cancel", false)] {
        let (stage, (log, lines)) = (noon(), Log::new());
        let sentence = stage.every().minute().around(log.hook("hook"));
        let sentence = sentence.before_run(move |run| {
            let job = run.job().unwrap();
            assert!(if word == "pause" { job.pause() } else { job.cancel() });
            Ok(())
        });
        let job = sentence.run(|| {}).unwrap();
        assert_eq!(stage.wait(minutes(1)), 0);
        let aborted = "hook after: aborted: the job was paused, removed or skipped while its hooks were called";
        assert_eq!(all(&lines), ["hook before 1", aborted]);
        assert_eq!((job.run_count(), job.is_running(), job.is_scheduled()), (0, false, is_scheduled));
    }
}

#[test]
fn a_slot_that_comes_while_a_hook_is_called_overlaps() {
    let (stage, (log, lines)) = (noon(), Log::new());
    log.hear(&stage.scheduler);
    let (weak, clock) = (stage.scheduler.downgrade(), stage.clock.clone());
    let sentence = stage.every().minute().overlap(Overlap::Skip).before_run(move |_| {
        clock.advance(minutes(1));
        weak.upgrade().unwrap().run_pending();
        Ok(())
    });
    let job = sentence.run(|| {}).unwrap();
    assert_eq!(stage.wait(minutes(1)), 1);
    assert_eq!(all(&lines), ["Skipped(Overlap) 1", "Started 1", "Executed 1 completed"]);
    assert_eq!(job.run_count(), 1);
}

#[test]
fn a_window_that_closes_while_hooks_are_called_skips_the_run() {
    let (stage, (log, lines)) = (noon(), Log::new());
    let clock = stage.clock.clone();
    let sentence = stage.every().minute().between("10:00", "12:02").around(log.hook("hook"));
    let sentence = sentence.before_run(move |_| {
        clock.advance(minutes(5));
        Ok(())
    });
    log.hear(&stage.scheduler);
    let job = sentence.run(|| {}).unwrap();
    assert_eq!(stage.wait(minutes(1)), 0);
    let lines = all(&lines);
    assert_eq!(lines[..2], ["hook before 1", "Skipped(Window) 1"]);
    assert!(lines[2].starts_with("hook after: aborted"), "{lines:?}");
    assert_eq!(job.run_count(), 0);
}

#[test]
fn a_hook_may_shut_the_scheduler_down() {
    let stage = noon();
    let weak = stage.scheduler.downgrade();
    let (sender, unfinished) = channel();
    let sentence = stage.every().minute().around(move |_| {
        let scheduler = weak.upgrade().unwrap();
        let sender = sender.clone();
        Ok(move |_: &Outcome| sender.send(scheduler.shutdown(true).len()).unwrap())
    });
    let job = sentence.run(|| {}).unwrap();
    assert_eq!(stage.wait(minutes(1)), 1);
    assert_eq!(unfinished.recv().unwrap(), 0, "it does not wait for the run that it is inside of");
    assert_eq!(job.last_outcome(), Some(Outcome::Completed));
}

#[test]
fn a_shutdown_waits_for_the_hooks_of_a_worker() {
    let stage = Stage::with_workers(DateTime::UNIX_EPOCH, 1);
    let (begun, begins) = channel();
    let (log, lines) = Log::new();
    let sentence = stage.every().minute().parallel().after_run(move |_, _| {
        begun.send(()).unwrap();
        // In real time: long enough that a shutdown that does not wait has returned.
        thread::sleep(Duration::from_millis(50));
        log.say("told");
    });
    sentence.run(|| {}).unwrap();
    stage.wait(minutes(1));
    begins.recv().unwrap();
    assert_eq!(stage.scheduler.shutdown(true), []);
    assert_eq!(all(&lines), ["told"]);
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
fn a_vetoed_slot_is_reported_as_skipped() {
    let stage = noon();
    let (sender, events) = channel();
    stage.scheduler.on_event(move |event| sender.send(event.clone()).unwrap());
    let job = stage.every().minute().named("job").before_run(|_| Err("no".into())).run(|| {}).unwrap();
    stage.wait(minutes(1));
    let events: Vec<Event> = events.try_iter().collect();
    assert_eq!(events.len(), 2, "{events:?}");
    assert_eq!(events[1].kind, EventKind::Skipped(Skip::Vetoed));
    let run = events[1].run.as_ref().unwrap();
    assert_eq!((run.job, run.attempt, run.started_at, run.ended_at), (job.id(), 1, None, None));
    assert_eq!(run.outcome, Some(Outcome::Vetoed("no".to_owned())));
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
    use crate::async_bodies::on_each_flavour;

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

#[test]
fn a_vetoed_run_is_remembered() {
    let clock = ManualClock::new(utc("2024-01-10 12:00:00"));
    let scheduler = Scheduler::builder().clock(clock.clone()).tz(chrono::Utc).history(9).build().unwrap();
    let leader = scheduler.every().minute().before_run(|_| Err("no leader".into())).run(|| {}).unwrap();
    let flaky = scheduler.every().minute().retry(Retry::fixed(seconds(30)).times(1));
    let flaky = flaky.before_run(|context| match context.attempt() {
        1 => Ok(()),
        _ => Err("no second".into()),
    });
    let flaky = flaky.run(|| Err::<(), _>("bad")).unwrap();
    clock.advance(minutes(1));
    scheduler.run_pending();
    clock.advance(seconds(30));
    scheduler.run_pending();
    let why = |job: &punctual::Job| job.explain("12:01").unwrap().reason;
    assert!(matches!(why(&leader), punctual::Reason::Skipped { why: Skip::Vetoed, .. }), "{:?}", why(&leader));
    assert!(matches!(why(&flaky), punctual::Reason::Ran(run) if run.outcome == Some(Outcome::Failed("bad".into()))));
    assert_eq!(flaky.history(9).len(), 1);
}

#[test]
fn what_a_hook_does_after_a_failure_decides_whether_there_is_another_attempt() {
    let (stage, (log, lines)) = (noon(), Log::new());
    log.hear(&stage.scheduler);
    let sentence = stage.every().minute().retry(Retry::fixed(seconds(1)).times(3));
    let sentence = sentence.after_run(|run, _| assert!(run.job().unwrap().cancel()));
    sentence.run(|| Err::<(), _>("broken")).unwrap();
    stage.wait(minutes(1));
    stage.wait(minutes(1));
    assert_eq!(all(&lines), ["Started 1", "Failed 1 failed: broken"]);
}

#[test]
fn an_attempt_that_times_out_keeps_its_place_while_its_hooks_are_called() {
    let stage = Stage::with_workers(DateTime::UNIX_EPOCH, 2);
    let (log, lines) = Log::new();
    let (begun, begins) = channel();
    let (answer, gate) = channel::<()>();
    let gate = Mutex::new(gate);
    let scheduler = stage.scheduler.clone();
    let sentence = stage.every().minute().max_instances(1).timeout(seconds(5)).after_run(move |run, outcome| {
        let job = run.job().unwrap();
        // The second body could run, and has no place yet.
        assert!(!job.run_now());
        assert!(scheduler.shutdown(Wait::No).is_empty() || job.is_running());
        log.say(format!("{outcome} {:?} {}", job.last_outcome(), job.is_running()));
    });
    let body = move || {
        begun.send(()).unwrap();
        let _ = gate.lock().unwrap().recv();
    };
    let body = Arc::new(body);
    let job = sentence.run(move || body()).unwrap();
    stage.wait(minutes(1));
    begins.recv().unwrap();
    stage.wait(seconds(5));
    assert_eq!(all(&lines), ["timed out None true"]);
    assert_eq!(job.last_outcome(), Some(Outcome::TimedOut));
    drop(answer);
    finish(&stage.scheduler);
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

/// A clock of a user, which panics when it is told to.
struct Fragile {
    clock: ManualClock,
    is_broken: Arc<AtomicBool>,
}

impl Clock for Fragile {
    fn read(&self) -> Reading {
        assert!(!self.is_broken.load(Ordering::Acquire), "the clock is broken");
        self.clock.read()
    }

    fn wait(&self, read: Reading, timeout: Option<Duration>, wakeup: &Wakeup<'_>) {
        self.clock.wait(read, timeout, wakeup);
    }
}

#[test]
fn a_clock_that_panics_after_the_hooks_leaves_no_run_in_progress() {
    let is_broken = Arc::new(AtomicBool::new(false));
    let clock = ManualClock::new(DateTime::UNIX_EPOCH);
    let fragile = Fragile { clock: clock.clone(), is_broken: is_broken.clone() };
    let scheduler = Scheduler::builder().clock(fragile).tz(chrono::Utc).build().unwrap();
    for is_vetoed in [false, true] {
        let breaks = is_broken.clone();
        let sentence = scheduler.every().minute().before_run(move |_| {
            breaks.store(true, Ordering::Release);
            if is_vetoed {
                Err("no".into())
            } else {
                Ok(())
            }
        });
        let job = sentence.run(|| {}).unwrap();
        clock.advance(minutes(1));
        let poll = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| scheduler.run_pending()));
        assert!(poll.is_err(), "the panic is that of the clock, and reaches its caller");
        is_broken.store(false, Ordering::Release);
        assert!(!job.is_running());
        assert!(job.cancel());
    }
}
