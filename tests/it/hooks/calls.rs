//! What hooks may call, and what happens meanwhile.

use std::{
    sync::{
        atomic::{AtomicBool, Ordering},
        mpsc::channel,
        Arc,
    },
    thread,
    time::Duration,
};

use chrono::DateTime;
use punctual::{Clock, ManualClock, Outcome, Overlap, Reading, Scheduler, Wakeup};

use super::{all, Log};
use crate::support::{minutes, noon, Stage};

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

/// A user's clock, which panics while a flag is set.
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

#[test]
fn a_hook_that_is_removed_is_called_for_what_it_has_passed_and_no_more() {
    let (stage, (log, lines)) = (noon(), Log::new());
    let first = stage.scheduler.around(log.hook("first"));
    let again = first.clone();
    let _second = stage.scheduler.around(log.hook("second"));
    let job = stage.every().minute().run(move || assert!(first.remove() || !first.remove())).unwrap();
    assert_eq!(stage.wait(minutes(1)), 1);
    assert_eq!(all(&lines), ["first before 1", "second before 1", "second after: completed", "first after: completed"]);
    assert_eq!(stage.wait(minutes(1)), 1);
    assert_eq!(all(&lines), ["second before 1", "second after: completed"]);
    assert!(!again.remove());
    assert_eq!(job.run_count(), 2);

    // What a hook has captured may call the scheduler when it is dropped.
    struct Drops(punctual::WeakScheduler);
    impl Drop for Drops {
        fn drop(&mut self) {
            if let Some(scheduler) = self.0.upgrade() {
                scheduler.before_run(|_| Err("by the hook that was dropped".into()));
            }
        }
    }
    let drops = Drops(stage.scheduler.downgrade());
    let third = stage.scheduler.before_run(move |_| {
        let _ = &drops;
        Ok(())
    });
    assert!(third.remove());
    assert!(!job.run_now());
    drop(stage);
    assert!(!again.remove());
}
