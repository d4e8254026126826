//! Two threads use one scheduler, in every interleaving.
//!
//! The limits of the models: no wait ends by a timeout; sequentially consistent accesses are a little stronger than in
//! reality; and all threads share their thread locals, so no model may run code that depends on which body the current
//! thread is in.

#![forbid(unsafe_code)]
#![allow(clippy::unwrap_used)]

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use loom::{
    sync::atomic::{AtomicBool, Ordering},
    thread,
};
use punctual::{
    chrono::{DateTime, TimeDelta, Utc},
    Clock, Context, EventKind, Job, ManualClock, OnConflict, Outcome, Overlap, Reading, Removal, Retry, Scheduler,
    Wakeup,
};

/// Runs `f` in all interleavings with at most `preemptions` preemptions.
fn model(preemptions: usize, f: impl Fn() + Send + Sync + 'static) {
    let executions = Arc::new(Mutex::new(0));
    let count = Arc::clone(&executions);
    let mut builder = loom::model::Builder::new();
    builder.preemption_bound = Some(preemptions);
    builder.check(move || {
        *count.lock().unwrap() += 1;
        f();
    });
    let executions = *executions.lock().unwrap();
    println!("{executions} executions");
    assert!(executions > 2, "only {executions} executions: nothing was interleaved");
}

/// A clock that never advances: a loop that waits for a later slot continues only when it is woken.
struct StoppedClock;

impl Clock for StoppedClock {
    fn read(&self) -> Reading {
        Reading::new(DateTime::UNIX_EPOCH, Duration::ZERO)
    }

    fn wait(&self, _: Reading, timeout: Option<Duration>, wakeup: &Wakeup<'_>) {
        if timeout != Some(Duration::ZERO) {
            wakeup.wait(None);
        }
    }
}

fn scheduler(clock: impl Clock) -> Scheduler {
    let scheduler = Scheduler::builder().clock(clock).tz(Utc).workers(1).build().unwrap();
    // Uses every atomic once: loom creates an atomic at its first use, and must have done so before the threads start.
    assert_eq!((scheduler.next_run(), scheduler.run_pending(), scheduler.shutdown(false)), (None, 0, Vec::new()));
    scheduler
}

/// Adds a job that is due at once, and again in an hour.
fn add_due_job(scheduler: &Scheduler) -> Job {
    scheduler.every().hour().immediately().run(|| {}).unwrap()
}

/// Runs `f` in another thread of the model.
fn spawn<T: Send + 'static>(
    scheduler: &Scheduler,
    f: impl FnOnce(Scheduler) -> T + Send + 'static,
) -> thread::JoinHandle<T> {
    let scheduler = scheduler.clone();
    thread::spawn(move || f(scheduler))
}

#[test]
fn a_slot_polled_by_two_threads_runs_once() {
    model(3, || {
        let scheduler = scheduler(StoppedClock);
        let job = add_due_job(&scheduler);
        let other = spawn(&scheduler, |scheduler| scheduler.run_pending());
        let ran = scheduler.run_pending() + other.join().unwrap();
        assert_eq!((ran, job.run_count(), scheduler.run_pending()), (1, 1, 0));
    });
}

#[test]
fn a_poll_runs_a_job_whose_registration_happened_before_it() {
    model(3, || {
        let scheduler = scheduler(StoppedClock);
        scheduler.every().hour().run(|| {}).unwrap();
        let is_added = Arc::new(AtomicBool::new(false));
        let added = Arc::clone(&is_added);
        let other = spawn(&scheduler, move |scheduler| {
            scheduler.after(Duration::ZERO).run(|| {}).unwrap();
            added.store(true, Ordering::Release);
        });
        // A query also publishes the idle hint, and must not overwrite a newer one.
        scheduler.next_run();
        let is_known = is_added.load(Ordering::Acquire);
        let ran = scheduler.run_pending();
        assert!(ran == 1 || !is_known, "the registration was overlooked");
        other.join().unwrap();
        assert_eq!(ran + scheduler.run_pending(), 1);
    });
}

#[test]
fn a_poll_notices_a_set_back() {
    model(3, || {
        let clock = ManualClock::new(DateTime::UNIX_EPOCH);
        let scheduler = scheduler(clock.clone());
        let job = scheduler.every().hour().run(|| {}).unwrap();
        let other = spawn(&scheduler, |scheduler| scheduler.next_run());
        clock.set(clock.now() - TimeDelta::minutes(10));
        assert_eq!(scheduler.run_pending(), 0);
        assert_eq!(job.next_run(), Some(clock.now() + TimeDelta::hours(1)));
        other.join().unwrap();
    });
}

#[test]
fn no_run_starts_after_a_cancel() {
    model(3, || {
        let scheduler = scheduler(StoppedClock);
        let job = add_due_job(&scheduler);
        let other = spawn(&scheduler, |scheduler| scheduler.run_pending());
        assert!(job.cancel());
        let begun = job.run_count();
        let ran = other.join().unwrap() as u64;
        assert_eq!((ran, job.run_count()), (begun, begun));
        assert!(scheduler.jobs().is_empty() && scheduler.next_run().is_none());
    });
}

#[test]
fn no_run_starts_after_a_pause() {
    model(3, || {
        let scheduler = scheduler(StoppedClock);
        let job = add_due_job(&scheduler);
        let other = spawn(&scheduler, |scheduler| scheduler.run_pending());
        assert!(job.pause());
        let begun = job.run_count();
        other.join().unwrap();
        assert_eq!((job.run_count(), job.next_run(), scheduler.next_run()), (begun, None, None));
        assert!(job.resume());
        assert_eq!(job.next_run(), Some(DateTime::UNIX_EPOCH + TimeDelta::hours(1)));
    });
}

#[test]
fn a_due_slot_is_run_manually_or_by_a_poll_but_not_by_both() {
    model(3, || {
        let clock = ManualClock::new(DateTime::UNIX_EPOCH);
        let scheduler = scheduler(clock.clone());
        let slots = Arc::new(Mutex::new(Vec::new()));
        let record = Arc::clone(&slots);
        let body = move |context: &Context| record.lock().unwrap().push(context.slot());
        let job = scheduler.every().hour().immediately().run_with(body).unwrap();
        clock.advance(Duration::from_secs(600));
        let other = spawn(&scheduler, |scheduler| scheduler.run_pending());
        let manual = usize::from(job.run_now());
        let ran = other.join().unwrap() + manual;
        // A manual run with no slot due has the time of its start as its slot.
        let slots = slots.lock().unwrap();
        assert_eq!(slots.iter().filter(|slot| **slot == DateTime::UNIX_EPOCH).count(), 1, "{slots:?}");
        assert_eq!(slots.len(), ran);
    });
}

#[test]
fn concurrent_registrations_create_two_jobs() {
    model(3, || {
        let scheduler = scheduler(StoppedClock);
        let other = spawn(&scheduler, |scheduler| add_due_job(&scheduler));
        let jobs = [add_due_job(&scheduler), other.join().unwrap()];
        assert_ne!(jobs[0].id(), jobs[1].id());
        assert_eq!((scheduler.run_pending(), scheduler.jobs().len()), (2, 2));
    });
}

#[test]
fn a_loop_wakes_for_a_job_that_is_added() {
    model(3, || {
        let scheduler = scheduler(StoppedClock);
        scheduler.every().hour().run(|| {}).unwrap();
        let stop = scheduler.stop_handle();
        let other = spawn(&scheduler, |scheduler| scheduler.run_forever());
        scheduler.after(Duration::ZERO).run(move || stop.stop()).unwrap();
        assert_eq!(other.join().unwrap(), 1);
    });
}

#[test]
fn a_loop_wakes_when_the_last_job_is_cancelled_or_paused() {
    for leave in [Job::cancel, Job::pause] {
        model(3, move || {
            let scheduler = scheduler(StoppedClock);
            let job = scheduler.every().hour().run(|| {}).unwrap();
            let other = spawn(&scheduler, |scheduler| scheduler.run_until_empty());
            assert!(leave(&job));
            assert_eq!(other.join().unwrap(), 0);
        });
    }
}

#[test]
fn a_stop_ends_a_loop_that_is_running_or_about_to_start() {
    model(3, || {
        let scheduler = scheduler(StoppedClock);
        let stop = scheduler.stop_handle();
        let other = spawn(&scheduler, |scheduler| scheduler.run_forever());
        stop.stop();
        assert_eq!(other.join().unwrap(), 0);
    });
}

#[test]
fn a_stop_ends_two_loops() {
    model(2, || {
        let scheduler = scheduler(StoppedClock);
        let loops = [scheduler.start(), scheduler.start()];
        scheduler.stop_handle().stop();
        loops.into_iter().for_each(punctual::Background::stop);
    });
}

#[test]
fn stopping_a_background_loop_leaves_no_run_half_done() {
    model(3, || {
        let scheduler = scheduler(StoppedClock);
        let background = scheduler.start();
        let job = scheduler.after(Duration::ZERO).run(|| {}).unwrap();
        background.stop();
        assert_eq!(job.run_count() == 1, job.last_outcome().is_some());
        assert_eq!(job.run_count() + scheduler.run_pending() as u64, 1);
    });
}

#[test]
fn a_run_submitted_during_a_shutdown_happens_once() {
    model(2, || {
        let scheduler = scheduler(StoppedClock);
        let job = scheduler.after(Duration::ZERO).parallel().run(|| {}).unwrap();
        let other = spawn(&scheduler, |scheduler| scheduler.run_pending());
        scheduler.shutdown(true);
        // The shutdown may have kept the other thread from it: then the slot is still due.
        assert_eq!(other.join().unwrap() + scheduler.run_pending(), 1);
        scheduler.shutdown(true);
        assert_eq!((job.run_count(), job.last_outcome().is_some()), (1, true));
        assert!(!job.is_scheduled());
    });
}

#[test]
fn a_pause_and_a_poll_in_two_threads_run_a_slot_once_or_not_at_all() {
    model(3, || {
        let scheduler = scheduler(StoppedClock);
        let job = scheduler.after(Duration::ZERO).run(|| {}).unwrap();
        let other = spawn(&scheduler, |scheduler| scheduler.run_pending());
        assert!(scheduler.pause());
        assert_eq!((scheduler.next_run(), scheduler.run_pending()), (None, 0));
        assert!(scheduler.resume());
        let ran = other.join().unwrap() + scheduler.run_pending();
        assert_eq!((ran as u64, job.is_scheduled()), (job.run_count(), false), "dropped, or run");
    });
}

#[test]
fn events_of_two_threads_are_delivered_once_and_in_order() {
    model(2, || {
        let scheduler = scheduler(StoppedClock);
        let events = Arc::new(Mutex::new(Vec::new()));
        let record = Arc::clone(&events);
        scheduler.on_event(move |event| record.lock().unwrap().push((event.seq, event.kind)));
        let other = spawn(&scheduler, |scheduler| scheduler.run_pending());
        let job = scheduler.after(Duration::ZERO).run(|| {}).unwrap();
        let ran = other.join().unwrap() + scheduler.run_pending();
        assert_eq!((ran, job.run_count()), (1, 1));
        let kinds = [EventKind::Added, EventKind::Started, EventKind::Executed, EventKind::Removed(Removal::Finished)];
        assert_eq!(*events.lock().unwrap(), (1..).zip(kinds).collect::<Vec<_>>());
    });
}

#[test]
fn two_registrations_of_one_key_are_one_job() {
    model(3, || {
        let scheduler = scheduler(StoppedClock);
        let say = |scheduler: Scheduler| scheduler.every().hour().immediately().key("k").run(|| {}).unwrap();
        let other = spawn(&scheduler, say);
        let job = say(scheduler.clone());
        assert_eq!((&job, &scheduler.jobs()), (&other.join().unwrap(), &vec![job.clone()]));
        assert_eq!((scheduler.run_pending(), job.run_count()), (1, 1));
    });
}

#[test]
fn of_two_registrations_of_one_key_that_may_conflict_one_is_refused() {
    model(3, || {
        let scheduler = scheduler(StoppedClock);
        let say =
            |scheduler: Scheduler| scheduler.every().hour().key("k").on_conflict(OnConflict::Fail).run(|| {}).is_ok();
        let other = spawn(&scheduler, say);
        assert_eq!(usize::from(say(scheduler.clone())) + usize::from(other.join().unwrap()), 1);
        assert_eq!(scheduler.jobs().len(), 1);
    });
}

#[test]
fn a_trigger_makes_a_run_and_no_more_than_one_however_a_poll_comes_by() {
    model(3, || {
        let scheduler = scheduler(StoppedClock);
        let job = scheduler.every().hour().run(|| {}).unwrap();
        let other = spawn(&scheduler, |scheduler| scheduler.run_pending());
        assert!(job.trigger());
        let ran = other.join().unwrap() + scheduler.run_pending();
        assert_eq!((ran, job.run_count()), (1, 1));
        assert_eq!(job.next_run(), Some(DateTime::UNIX_EPOCH + TimeDelta::hours(1)));
    });
}

#[test]
fn a_slot_that_is_due_runs_before_a_job_is_rescheduled_or_not_at_all() {
    model(3, || {
        let scheduler = scheduler(StoppedClock);
        let job = add_due_job(&scheduler);
        let other = spawn(&scheduler, |scheduler| scheduler.run_pending());
        let schedule = scheduler.every().minute().schedule().unwrap();
        assert!(job.reschedule(schedule).unwrap());
        let begun = job.run_count();
        assert_eq!((other.join().unwrap() as u64, job.run_count()), (begun, begun));
        assert_eq!(job.next_run(), Some(DateTime::UNIX_EPOCH + TimeDelta::minutes(1)));
    });
}

#[test]
fn a_loop_wakes_for_a_job_that_is_triggered_or_rescheduled() {
    let wakes: [fn(&Scheduler, &Job); 2] = [
        |_, job| assert!(job.trigger()),
        |scheduler, job| {
            let at_once = scheduler.every().hour().immediately().schedule().unwrap();
            assert!(job.reschedule(at_once).unwrap());
        },
    ];
    for wake in wakes {
        model(3, move || {
            let scheduler = scheduler(StoppedClock);
            let stop = scheduler.stop_handle();
            let job = scheduler.every().hour().run(move || stop.stop()).unwrap();
            let other = spawn(&scheduler, |scheduler| scheduler.run_forever());
            wake(&scheduler, &job);
            assert_eq!(other.join().unwrap(), 1);
        });
    }
}

/// How the runs of a scheduler have ended so far.
fn ends(scheduler: &Scheduler) -> Arc<Mutex<Vec<EventKind>>> {
    let ends = Arc::new(Mutex::new(Vec::new()));
    let record = Arc::clone(&ends);
    scheduler.on_event(move |event| {
        if let EventKind::Executed | EventKind::Failed | EventKind::Skipped(_) = event.kind {
            record.lock().unwrap().push(event.kind);
        }
    });
    ends
}

#[test]
fn an_attempt_is_ended_by_its_body_or_by_its_time_but_not_by_both() {
    model(3, || {
        let clock = ManualClock::new(DateTime::UNIX_EPOCH);
        let scheduler = scheduler(clock.clone());
        let ends = ends(&scheduler);
        let job = scheduler.every().hour().immediately().timeout(Duration::from_secs(1)).run(|| {}).unwrap();
        let other = spawn(&scheduler, |scheduler| scheduler.run_pending());
        clock.advance(Duration::from_secs(1));
        scheduler.run_pending();
        other.join().unwrap();
        assert_eq!((ends.lock().unwrap().len(), job.run_count(), job.is_running()), (1, 1, false));
        clock.advance(Duration::from_secs(3_600));
        assert_eq!(scheduler.run_pending(), 1, "it can run again");
    });
}

#[test]
fn a_run_that_may_be_tried_again_ends_once_when_its_job_is_cancelled() {
    model(3, || {
        let scheduler = scheduler(StoppedClock);
        let ends = ends(&scheduler);
        let retry = Retry::fixed(Duration::ZERO).times(1);
        let job = scheduler.every().hour().immediately().retry(retry).run(|| Err::<(), _>("no")).unwrap();
        let other = spawn(&scheduler, |scheduler| scheduler.run_pending() + scheduler.run_pending());
        assert!(job.cancel());
        other.join().unwrap();
        let begun = job.run_count() as usize;
        assert_eq!((ends.lock().unwrap().len(), job.is_running()), (begun, false));
        assert_eq!(scheduler.next_run(), None);
    });
}

#[test]
fn a_run_that_may_be_tried_again_ends_once_when_the_scheduler_is_shut_down() {
    model(2, || {
        let scheduler = scheduler(StoppedClock);
        let ends = ends(&scheduler);
        let retry = Retry::fixed(Duration::ZERO).times(1);
        let job = scheduler.every().hour().immediately().retry(retry).run(|| Err::<(), _>("no")).unwrap();
        let other = spawn(&scheduler, |scheduler| scheduler.run_pending());
        scheduler.shutdown(false);
        other.join().unwrap();
        // A slot that was left to the next poll runs now.
        while scheduler.run_pending() > 0 {}
        assert_eq!((ends.lock().unwrap().len(), job.run_count(), job.is_running()), (1, 1, false));
    });
}

#[test]
fn a_slot_that_waits_for_the_end_of_a_run_has_its_own() {
    model(2, || {
        let clock = ManualClock::new(DateTime::UNIX_EPOCH);
        let scheduler = scheduler(clock.clone());
        let ends = ends(&scheduler);
        let job = scheduler.every().hour().immediately().overlap(Overlap::Queue(1)).run(|| {}).unwrap();
        let other = spawn(&scheduler, |scheduler| scheduler.run_pending());
        clock.advance(Duration::from_secs(3_600));
        let ran = scheduler.run_pending() + other.join().unwrap() + scheduler.run_pending();
        // Both slots, or the later one covers the first.
        assert!(ran == 1 || ran == 2, "{ran}");
        assert_eq!((job.run_count() as usize, ends.lock().unwrap().len()), (ran, ran));
        assert_eq!(scheduler.next_run().map(|next| next.timestamp()), Some(7_200));
    });
}

#[test]
fn what_a_hook_has_passed_is_reported_to_it_once_whoever_ends_the_run() {
    model(2, || {
        let scheduler = scheduler(StoppedClock);
        let ends = ends(&scheduler);
        let told = Arc::new(Mutex::new((0, 0)));
        let counts = Arc::clone(&told);
        let sentence = scheduler.every().hour().immediately().around(move |_| {
            counts.lock().unwrap().0 += 1;
            let counts = Arc::clone(&counts);
            Ok(move |_: &Outcome| counts.lock().unwrap().1 += 1)
        });
        let job = sentence.retry(Retry::fixed(Duration::ZERO).times(1)).run(|| Err::<(), _>("no")).unwrap();
        let other = spawn(&scheduler, |scheduler| scheduler.run_pending() + scheduler.run_pending());
        assert!(job.cancel());
        other.join().unwrap();
        let (begun, ended) = *told.lock().unwrap();
        assert_eq!(begun, ended);
        assert_eq!((ends.lock().unwrap().len(), job.is_running()), (job.run_count() as usize, false));
    });
}

#[test]
fn a_veto_of_a_run_that_a_shutdown_has_ended_is_not_reported() {
    model(2, || {
        let scheduler = scheduler(StoppedClock);
        let ends = ends(&scheduler);
        let sentence = scheduler.every().hour().immediately();
        let sentence = sentence.before_run(|run| if run.attempt() > 1 { Err("once".into()) } else { Ok(()) });
        let job = sentence.retry(Retry::fixed(Duration::ZERO).times(1)).run(|| Err::<(), _>("no")).unwrap();
        let other = spawn(&scheduler, |scheduler| scheduler.run_pending() + scheduler.run_pending());
        scheduler.shutdown(false);
        other.join().unwrap();
        while scheduler.run_pending() > 0 {}
        let ends = ends.lock().unwrap();
        let failed = ends.iter().position(|kind| *kind == EventKind::Failed);
        assert_eq!(failed, Some(ends.len() - 1), "the last event: {ends:?}");
        assert!(ends.len() <= 2 && job.run_count() == 1 && !job.is_running(), "{ends:?}");
    });
}

#[test]
fn a_hook_that_is_removed_is_called_before_or_not_at_all() {
    model(3, || {
        let scheduler = scheduler(StoppedClock);
        let job = add_due_job(&scheduler);
        let hook = scheduler.before_run(|_| Err("no".into()));
        let other = spawn(&scheduler, |scheduler| scheduler.run_pending());
        assert!(hook.remove());
        let ran = other.join().unwrap();
        assert_eq!((job.run_count() as usize, job.is_running()), (ran, false));
        assert!(!hook.remove());
    });
}
