//! The clock is set during a pass, a registration or a run.

use std::{
    panic::{catch_unwind, AssertUnwindSafe},
    sync::{
        atomic::{AtomicBool, AtomicUsize, Ordering},
        mpsc::{sync_channel, Receiver, SyncSender},
        Arc, Mutex,
    },
    thread,
    time::Duration,
};

use punctual::{Clock, Context, EventKind, Job, ManualClock, Reading, Removal, Scheduler, Wakeup};

use crate::support::{hours, minutes, next, noon, seconds, utc, Stage};

#[test]
fn a_job_left_due_by_a_stopped_pass_stays_due_when_the_clock_is_set_back() {
    let stage = noon();
    let stop = stage.scheduler.stop_handle();
    stage.every().minute().run(move || stop.stop()).unwrap();
    let left = stage.every().minutes(2).starting("2024-01-10 12:01:00").run(|| {}).unwrap();
    assert_eq!(stage.scheduler.run_forever(), 1);
    assert_eq!(left.run_count(), 0);
    stage.clock.set(utc("2024-01-10 11:00:00"));
    assert_eq!(stage.scheduler.idle(), Some(Duration::ZERO));
    assert_eq!(stage.scheduler.run_pending(), 1, "{left}");
}

#[test]
fn the_slot_of_a_run_is_never_in_the_future() {
    let stage = noon();
    let stop = stage.scheduler.stop_handle();
    stage.every().minute().run(move || stop.stop()).unwrap();
    let second = stage.every().minute().priority(1).run_with(|context: &Context| {
        assert!(context.slot() <= context.now(), "{}", context.slot());
    });
    assert_eq!(stage.scheduler.run_forever(), 1);
    stage.set_clock("2024-01-10 11:00:00");
    assert!(second.unwrap().last_outcome().unwrap().is_success());
}

/// A clock that, once armed, blocks the next thread that reads it, after the reading.
#[derive(Clone)]
struct Gated {
    clock: ManualClock,
    armed: Arc<AtomicBool>,
    read: SyncSender<()>,
    gate: Arc<Mutex<Receiver<()>>>,
}

impl Gated {
    /// Returns the clock, the flag that arms it, a channel that receives when a thread is blocked, and one that
    /// releases it.
    fn new(clock: &ManualClock) -> (Gated, Arc<AtomicBool>, Receiver<()>, SyncSender<()>) {
        let (read, has_read) = sync_channel(1);
        let (release, gate) = sync_channel(1);
        let armed = Arc::<AtomicBool>::default();
        let gate = Arc::new(Mutex::new(gate));
        (Gated { clock: clock.clone(), armed: Arc::clone(&armed), read, gate }, armed, has_read, release)
    }
}

impl Clock for Gated {
    fn read(&self) -> Reading {
        let reading = self.clock.read();
        if self.armed.swap(false, Ordering::SeqCst) {
            self.read.send(()).unwrap();
            self.gate.lock().unwrap().recv().unwrap();
        }
        reading
    }

    fn wait(&self, since: Reading, timeout: Option<Duration>, wakeup: &Wakeup<'_>) {
        self.clock.wait(since, timeout, wakeup);
    }
}

/// At 12:10 one thread reads the clock, which shows `shows`, in order to register a job of every 90 minutes, and is
/// blocked. Meanwhile the clock is set to `set_to`, and another thread polls and registers a job. Then the first thread
/// continues. Returns the next runs of the new job and of another job of every 90 minutes, registered at 12:00, and how
/// many jobs ran in each poll.
fn race(shows: &str, set_to: &str) -> ([String; 2], [usize; 2]) {
    let clock = ManualClock::new(utc("2024-01-10 12:00:00"));
    let (gated, armed, has_read, release) = Gated::new(&clock);
    let scheduler = Scheduler::builder().clock(gated).tz("UTC").build().unwrap();
    let job = scheduler.every().minutes(90).run(|| {}).unwrap();
    clock.advance(minutes(10));
    scheduler.run_pending();
    clock.set(utc(shows));
    armed.store(true, Ordering::SeqCst);
    let (first, new) = thread::scope(|scope| {
        let new = scope.spawn(|| scheduler.every().minutes(90).run(|| {}).unwrap());
        has_read.recv().unwrap();
        clock.set(utc(set_to));
        let first = scheduler.run_pending();
        scheduler.every().day().run(|| {}).unwrap();
        release.send(()).unwrap();
        (first, new.join().unwrap())
    });
    ([next(&new), next(&job)], [first, scheduler.run_pending()])
}

#[test]
fn a_reading_from_before_a_set_back_does_not_set_back_twice() {
    let ([new, job], ran) = race("2024-01-10 12:10:00", "2024-01-10 11:10:00");
    assert_eq!((job.as_str(), ran), ("2024-01-10 12:30:00", [0, 0]), "80 minutes are left");
    assert_eq!(new, "2024-01-10 12:40:00", "90 minutes are left");
}

#[test]
fn a_reading_from_before_a_jump_forward_is_not_taken_for_a_set_back() {
    let ([new, job], ran) = race("2024-01-10 12:10:00", "2024-01-10 13:35:00");
    assert_eq!((job.as_str(), ran), ("2024-01-10 15:00:00", [1, 0]));
    assert_eq!(new, "2024-01-10 13:40:00");
}

#[test]
fn a_set_back_after_a_reading_that_no_other_thread_saw_moves_no_other_job() {
    let ([new, job], ran) = race("2024-01-10 13:35:00", "2024-01-10 12:10:00");
    assert_eq!((job.as_str(), ran), ("2024-01-10 13:30:00", [0, 0]), "the scheduler never saw another time");
    assert_eq!(new, "2024-01-10 13:40:00", "90 minutes are left");
}

#[test]
fn a_job_registered_with_a_reading_up_to_2_ms_ahead_keeps_its_slot() {
    let ([new, _], _) = race("2024-01-10 12:10:00.002", "2024-01-10 12:10:00");
    assert_eq!(new, "2024-01-10 13:40:00.002");
    let ([new, _], _) = race("2024-01-10 12:10:00.003", "2024-01-10 12:10:00");
    assert_eq!(new, "2024-01-10 13:40:00");
}

#[test]
fn queries_and_idle_polls_do_not_wait_for_a_pass_that_is_reading_the_clock() {
    let clock = ManualClock::new(utc("2024-01-10 12:00:00"));
    let (gated, armed, has_read, release) = Gated::new(&clock);
    let scheduler = Scheduler::builder().clock(gated).tz("UTC").build().unwrap();
    scheduler.every().minute().run(move || armed.store(true, Ordering::SeqCst)).unwrap();
    clock.advance(minutes(1));
    let (sender, answers) = sync_channel(1);
    let answer = thread::scope(|scope| {
        let poll = scope.spawn(|| scheduler.run_pending());
        has_read.recv().unwrap();
        scope.spawn(|| sender.send((scheduler.next_run(), scheduler.idle(), scheduler.run_pending())));
        let answer = answers.recv_timeout(seconds(10));
        release.send(()).unwrap();
        assert_eq!(poll.join().unwrap(), 1);
        answer
    });
    assert_eq!(answer, Ok((Some(utc("2024-01-10 12:02:00")), Some(minutes(1)), 0)));
}

#[test]
fn a_listener_cannot_run_a_job_inside_itself() {
    let stage = noon();
    let job = stage.every().hour().run(|| Err::<(), _>("no")).unwrap();
    let correct = Arc::<AtomicUsize>::default();
    let (again, count) = (job.clone(), Arc::clone(&correct));
    stage.scheduler.on_event(move |event| {
        let is_correct = match (event.seq, event.kind) {
            // The job is running, so it cannot run again.
            (1, EventKind::Started) => !again.run_now() && again.run_count() == 1,
            // The run has ended when its event is delivered, so the job can run again. The nested run's events come
            // next.
            (2, EventKind::Failed) => again.run_now() && again.run_count() == 2,
            // The nested run has ended too.
            (3, EventKind::Started) | (4, EventKind::Failed) => again.run_count() == 2,
            _ => false,
        };
        count.fetch_add(usize::from(is_correct), Ordering::SeqCst);
    });
    assert!(job.run_now());
    assert_eq!((correct.load(Ordering::SeqCst), job.run_count()), (4, 2));
}

#[test]
fn while_a_run_waits_for_a_worker_the_next_slot_moves_with_the_clock() {
    let Stage { clock, scheduler } = Stage::with_workers(noon().clock.now(), 1);
    let (release, gate) = sync_channel::<()>(0);
    let busy = scheduler.after(seconds(1)).parallel().run(move || gate.recv()).unwrap();
    clock.advance(seconds(1));
    assert_eq!(scheduler.run_pending(), 1);
    let job = scheduler.every().minute().parallel().starting(seconds(59)).run(|| {}).unwrap();
    clock.advance(seconds(59));
    assert_eq!(scheduler.run_pending(), 1);
    assert_eq!(next(&job), "2024-01-10 12:02:00");
    clock.set(utc("2024-01-10 11:01:00"));
    assert_eq!(scheduler.run_pending(), 0);
    let moved = next(&job);
    release.send(()).unwrap();
    scheduler.shutdown(true);
    assert!(busy.last_outcome().unwrap().is_success());
    assert_eq!(moved, "2024-01-10 11:02:00");
}

#[test]
fn an_immediate_run_is_still_due_after_a_set_back() {
    let stage = noon();
    let job = stage.every().day().at("10:30").immediately().run(|| {}).unwrap();
    stage.set_clock("2024-01-10 11:59:00");
    stage.wait(minutes(1));
    assert_eq!(job.run_count(), 1, "{job}");
}

#[test]
fn a_manual_run_before_the_start_leaves_the_start_at_its_wall_time() {
    let stage = noon();
    let job = stage.every().hour().starting("2024-01-10 13:00:00").run(|| {}).unwrap();
    assert!(job.run_now());
    stage.set_clock("2024-01-10 11:00:00");
    assert_eq!(next(&job), "2024-01-10 13:00:00");
    assert_eq!(stage.wait(hours(2)), 1);
}

#[test]
fn a_start_that_was_overdue_during_a_run_is_the_next_run_again_after_a_set_back() {
    let stage = noon();
    let (scheduler, clock) = (stage.scheduler.clone(), stage.clock.clone());
    let job = stage.every().hour().starting("2024-01-10 13:00:00").run(move || {
        if scheduler.next_run() == Some(utc("2024-01-10 13:00:00")) && clock.now() == utc("2024-01-10 12:00:00") {
            clock.advance(hours(1));
            assert_eq!(scheduler.run_pending(), 0, "it does not run inside itself");
            clock.set(utc("2024-01-10 12:30:00"));
            assert_eq!(scheduler.idle(), Some(minutes(30)));
            assert_eq!(scheduler.next_run(), Some(utc("2024-01-10 13:00:00")));
        }
    });
    let job = job.unwrap();
    assert!(job.run_now());
    assert!(job.last_outcome().unwrap().is_success(), "{:?}", job.last_outcome());
    assert_eq!(stage.wait(minutes(30)), 1);
    assert_eq!(next(&job), "2024-01-10 14:00:00");
}

#[test]
fn a_body_that_sets_the_clock_back_does_not_make_the_next_body_early() {
    for has_listener in [false, true] {
        let stage = noon();
        if has_listener {
            stage.scheduler.on_event(|_| {});
        }
        let clock = stage.clock.clone();
        stage.every().minute().run(move || clock.set(utc("2024-01-10 11:00:00"))).unwrap();
        let runs = Arc::<Mutex<Vec<_>>>::default();
        let record = Arc::clone(&runs);
        let body = move |context: &Context| record.lock().unwrap().push((context.slot(), context.now()));
        stage.every().minute().run_with(body).unwrap();
        assert_eq!(stage.wait(minutes(1)), 2);
        assert_eq!(*runs.lock().unwrap(), [(utc("2024-01-10 11:00:00"), utc("2024-01-10 11:00:00"))]);
    }
}

/// At 12:00 one thread reads the clock in order to `act` on a job of every ten minutes, and is blocked. At 12:20
/// another thread polls. Then the first thread continues.
fn act_with_old_reading(prepare: fn(&Job), act: fn(&Job) -> bool) -> (Scheduler, Job) {
    let clock = ManualClock::new(utc("2024-01-10 12:00:00"));
    let (gated, armed, has_read, release) = Gated::new(&clock);
    let scheduler = Scheduler::builder().clock(gated).tz("UTC").build().unwrap();
    let job = scheduler.every().minutes(10).run(|| {}).unwrap();
    scheduler.every().minutes(10).run(|| {}).unwrap();
    prepare(&job);
    armed.store(true, Ordering::SeqCst);
    thread::scope(|scope| {
        let acting = scope.spawn(|| act(&job));
        has_read.recv().unwrap();
        clock.advance(minutes(20));
        scheduler.run_pending();
        release.send(()).unwrap();
        assert!(acting.join().unwrap());
    });
    (scheduler, job)
}

#[test]
fn a_job_resumed_with_an_old_reading_continues_after_the_latest_reading() {
    let (scheduler, job) = act_with_old_reading(|job| assert!(job.pause()), Job::resume);
    assert_eq!(next(&job), "2024-01-10 12:30:00");
    assert_eq!((scheduler.run_pending(), job.run_count()), (0, 0), "a paused job is not overdue");
}

#[test]
fn a_manual_run_with_an_old_reading_does_not_start_before_the_previous_run() {
    let (_, job) = act_with_old_reading(|_| {}, Job::run_now);
    assert_eq!(job.run_count(), 2);
    assert_eq!(job.last_run(), Some(utc("2024-01-10 12:20:00")));
}

/// At 12:10 one thread reads the clock to give a job of every hour a schedule of every 90 minutes; then the clock is
/// set back by an hour, and another thread polls; then the first goes on. When the job runs next.
fn race_to_replan(replan: fn(&Scheduler)) -> String {
    let clock = ManualClock::new(utc("2024-01-10 12:00:00"));
    let (gated, armed, has_read, go_on) = Gated::new(&clock);
    let scheduler = Scheduler::builder().clock(gated).tz("UTC").build().unwrap();
    let job = scheduler.every().hour().key("k").run(|| {}).unwrap();
    clock.advance(minutes(10));
    scheduler.run_pending();
    armed.store(true, Ordering::SeqCst);
    thread::scope(|scope| {
        let replanning = scope.spawn(|| replan(&scheduler));
        has_read.recv().unwrap();
        clock.set(utc("2024-01-10 11:10:00"));
        assert_eq!(scheduler.run_pending(), 0);
        go_on.send(()).unwrap();
        replanning.join().unwrap();
    });
    next(&job)
}

#[test]
fn a_schedule_planned_before_the_clock_was_set_back_is_set_back_with_it() {
    let rescheduled = race_to_replan(|scheduler| {
        let schedule = scheduler.every().minutes(90).schedule().unwrap();
        assert!(scheduler.find("k").unwrap().reschedule(schedule).unwrap());
    });
    assert_eq!(rescheduled, "2024-01-10 12:40:00", "90 minutes are left");
    let updated = race_to_replan(|scheduler| drop(scheduler.every().minutes(90).key("k").run(|| {}).unwrap()));
    assert_eq!(updated, "2024-01-10 12:40:00", "90 minutes are left");
    let kept = race_to_replan(|scheduler| drop(scheduler.every().hour().key("k").run(|| {}).unwrap()));
    assert_eq!(kept, "2024-01-10 12:00:00", "50 minutes of the hour are left");
}

/// The wall clock is stopped, while the monotonic clock advances by 5 ms with each reading.
#[derive(Default)]
struct StoppedWallClock(AtomicUsize);

impl Clock for StoppedWallClock {
    fn read(&self) -> Reading {
        let readings = self.0.fetch_add(1, Ordering::SeqCst) as u64;
        Reading::new(utc("2024-01-10 12:00:00"), Duration::from_millis(5 * readings))
    }

    fn wait(&self, _: Reading, _: Option<Duration>, _: &Wakeup<'_>) {}
}

#[test]
fn a_wall_clock_that_lags_more_with_every_reading_blocks_no_call() {
    let scheduler = Scheduler::builder().clock(StoppedWallClock::default()).tz("UTC").build().unwrap();
    let job = scheduler.every().hour().immediately().run(|| {}).unwrap();
    assert_eq!(scheduler.run_pending(), 1);
    assert!(job.pause() && job.resume() && job.run_now());
    assert_eq!((scheduler.run_pending(), job.run_count()), (0, 2));
}

/// Two jobs of every minute, and one with a deadline. At 12:01 the first sets the clock back to 11:57, which leaves the
/// job with the deadline no slot: the event of its removal is delivered between the first two.
fn set_back_between(listener: impl Fn(&Job, &Job) + Send + Sync + 'static) -> (Job, Job) {
    let stage = noon();
    let clock = stage.clock.clone();
    let set_back = move || {
        if clock.now() == utc("2024-01-10 12:01:00") {
            clock.set(utc("2024-01-10 11:57:00"));
        }
    };
    let first = stage.every().minute().run(set_back).unwrap();
    let second = stage.every().minute().priority(1).run(|| {}).unwrap();
    let over = stage.every().minutes(7).between("12:05", "12:10").until("12:08").run(|| {}).unwrap();
    let jobs = (first.clone(), second.clone());
    stage.scheduler.on_event(move |event| {
        if event.kind == EventKind::Removed(Removal::Deadline) {
            listener(&first, &second);
        }
    });
    stage.wait(minutes(1));
    assert!(!over.is_scheduled(), "{over}");
    jobs
}

#[test]
fn a_listener_called_between_two_bodies_may_run_both_jobs() {
    let (first, second) = set_back_between(|first, second| assert!(first.run_now() && second.run_now()));
    assert_eq!((first.run_count(), second.run_count()), (2, 1), "the second has already run for its slot");
}

#[test]
fn a_due_job_that_a_listener_cancels_between_two_bodies_does_not_run() {
    let (first, second) = set_back_between(|_, second| assert!(second.cancel()));
    assert_eq!((first.run_count(), second.run_count()), (1, 0));
}

/// A clock that panics at the next reading once its flag is set.
struct PanickingClock(ManualClock, Arc<AtomicBool>);

impl Clock for PanickingClock {
    fn read(&self) -> Reading {
        assert!(!self.1.swap(false, Ordering::SeqCst), "by design");
        self.0.read()
    }

    fn wait(&self, since: Reading, timeout: Option<Duration>, wakeup: &Wakeup<'_>) {
        self.0.wait(since, timeout, wakeup);
    }
}

#[test]
fn a_panic_of_the_clock_after_a_body_loses_no_event_and_leaves_nothing_locked() {
    let (clock, panics) = (ManualClock::new(utc("2024-01-10 12:00:00")), Arc::<AtomicBool>::default());
    let scheduler = Scheduler::with_clock(PanickingClock(clock.clone(), Arc::clone(&panics)));
    let other = scheduler.every().day().run(|| {}).unwrap();
    let events = Arc::<Mutex<Vec<_>>>::default();
    let record = Arc::clone(&events);
    // The body owns a handle, and its drop takes the lock: it would deadlock if the lock were held.
    let body = move || {
        panics.store(true, Ordering::SeqCst);
        assert!(other.is_scheduled());
    };
    let job = scheduler.every().minute().once().run(body).unwrap();
    scheduler.on_event(move |event| record.lock().unwrap().push(event.kind));
    clock.advance(minutes(1));
    assert!(catch_unwind(AssertUnwindSafe(|| scheduler.run_pending())).is_err());
    let expected = [EventKind::Started, EventKind::Executed, EventKind::Removed(Removal::Finished)];
    assert_eq!(*events.lock().unwrap(), expected);
    assert_eq!((job.is_scheduled(), scheduler.run_pending()), (false, 0));
}
