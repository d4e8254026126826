//! Clocks that are set while something is under way.

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

use crate::support::{hours, minutes, next, noon, seconds, utc};

#[test]
fn what_a_stopped_pass_has_left_stays_due_when_the_clock_is_set_back() {
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
fn a_body_is_never_told_of_a_slot_that_is_still_to_come() {
    let stage = noon();
    let stop = stage.scheduler.stop_handle();
    stage.every().minute().run(move || stop.stop()).unwrap();
    let second = stage.every().minute().priority(1).run_with(|context: &Context| {
        assert!(context.slot() <= context.now(), "{}", context.slot());
    });
    assert_eq!(stage.scheduler.run_forever(), 1);
    stage.set("2024-01-10 11:00:00");
    assert!(second.unwrap().last_outcome().unwrap().is_success());
}

/// Keeps one thread that has read the clock from going on.
#[derive(Clone)]
struct Gated {
    clock: ManualClock,
    armed: Arc<AtomicBool>,
    read: SyncSender<()>,
    go_on: Arc<Mutex<Receiver<()>>>,
}

impl Gated {
    /// With what arms it, what tells that the clock was read, and what lets the thread go on.
    fn new(clock: &ManualClock) -> (Gated, Arc<AtomicBool>, Receiver<()>, SyncSender<()>) {
        let (read, has_read) = sync_channel(1);
        let (go_on, may_go_on) = sync_channel(1);
        let armed = Arc::<AtomicBool>::default();
        let go_on_when = Arc::new(Mutex::new(may_go_on));
        (Gated { clock: clock.clone(), armed: Arc::clone(&armed), read, go_on: go_on_when }, armed, has_read, go_on)
    }
}

impl Clock for Gated {
    fn read(&self) -> Reading {
        let reading = self.clock.read();
        if self.armed.swap(false, Ordering::SeqCst) {
            self.read.send(()).unwrap();
            self.go_on.lock().unwrap().recv().unwrap();
        }
        reading
    }

    fn wait(&self, since: Reading, timeout: Option<Duration>, wakeup: &Wakeup<'_>) {
        self.clock.wait(since, timeout, wakeup);
    }
}

/// At 12:10 one thread reads the clock, which `shows` something, to register a job of every 90 minutes; then the clock is
/// set, and another thread polls and registers a job; then the first goes on. When this job runs next, and another of every
/// 90 minutes since 12:00, and how many ran.
fn race(shows: &str, set_to: &str) -> ([String; 2], [usize; 2]) {
    let clock = ManualClock::new(utc("2024-01-10 12:00:00"));
    let (gated, armed, has_read, go_on) = Gated::new(&clock);
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
        go_on.send(()).unwrap();
        (first, new.join().unwrap())
    });
    ([next(&new), next(&job)], [first, scheduler.run_pending()])
}

#[test]
fn a_reading_from_before_the_clock_was_set_back_sets_nothing_back_again() {
    let ([new, job], ran) = race("2024-01-10 12:10:00", "2024-01-10 11:10:00");
    assert_eq!((job.as_str(), ran), ("2024-01-10 12:30:00", [0, 0]), "80 minutes are left");
    assert_eq!(new, "2024-01-10 12:40:00", "90 minutes are left");
}

#[test]
fn a_reading_from_before_the_clock_was_set_forward_sets_nothing_back() {
    let ([new, job], ran) = race("2024-01-10 12:10:00", "2024-01-10 13:35:00");
    assert_eq!((job.as_str(), ran), ("2024-01-10 15:00:00", [1, 0]));
    assert_eq!(new, "2024-01-10 13:40:00");
}

#[test]
fn a_reading_of_which_nobody_else_knows_sets_nothing() {
    let ([new, job], ran) = race("2024-01-10 13:35:00", "2024-01-10 12:10:00");
    assert_eq!((job.as_str(), ran), ("2024-01-10 13:30:00", [0, 0]), "the others never saw another clock");
    assert_eq!(new, "2024-01-10 13:40:00", "90 minutes are left");
}

#[test]
fn a_job_planned_by_a_reading_that_seems_a_little_ahead_stays_where_it_was_planned() {
    let ([new, _], _) = race("2024-01-10 12:10:00.002", "2024-01-10 12:10:00");
    assert_eq!(new, "2024-01-10 13:40:00.002");
    let ([new, _], _) = race("2024-01-10 12:10:00.003", "2024-01-10 12:10:00");
    assert_eq!(new, "2024-01-10 13:40:00");
}

#[test]
fn who_asks_for_the_next_run_or_polls_with_nothing_due_does_not_wait_for_a_poll_that_reads_the_clock() {
    let clock = ManualClock::new(utc("2024-01-10 12:00:00"));
    let (gated, armed, has_read, go_on) = Gated::new(&clock);
    let scheduler = Scheduler::builder().clock(gated).tz("UTC").build().unwrap();
    scheduler.every().minute().run(move || armed.store(true, Ordering::SeqCst)).unwrap();
    clock.advance(minutes(1));
    let (tell, told) = sync_channel(1);
    let answer = thread::scope(|scope| {
        let poll = scope.spawn(|| scheduler.run_pending());
        has_read.recv().unwrap();
        scope.spawn(|| tell.send((scheduler.next_run(), scheduler.idle(), scheduler.run_pending())));
        let answer = told.recv_timeout(seconds(10));
        go_on.send(()).unwrap();
        assert_eq!(poll.join().unwrap(), 1);
        answer
    });
    assert_eq!(answer, Ok((Some(utc("2024-01-10 12:02:00")), Some(minutes(1)), 0)));
}

#[test]
fn a_listener_cannot_run_a_job_inside_itself() {
    let stage = noon();
    let job = stage.every().hour().run(|| Err::<(), _>("no")).unwrap();
    let told = Arc::<AtomicUsize>::default();
    let (again, count) = (job.clone(), Arc::clone(&told));
    stage.scheduler.on_event(move |event| {
        let is_right = match (event.seq, event.kind) {
            // It is running.
            (1, EventKind::Started) => !again.run_now() && again.run_count() == 1,
            // The run is over when this is delivered, so the job can run again, once.
            (2, EventKind::Failed) => again.run_now() && again.run_count() == 2,
            // And so is that run, of which the events come next.
            (3, EventKind::Started) | (4, EventKind::Failed) => again.run_count() == 2,
            _ => false,
        };
        count.fetch_add(usize::from(is_right), Ordering::SeqCst);
    });
    assert!(job.run_now());
    assert_eq!((told.load(Ordering::SeqCst), job.run_count()), (4, 2));
}

#[test]
fn the_slot_after_one_that_waits_for_a_worker_moves_with_the_clock() {
    let clock = ManualClock::new(utc("2024-01-10 12:00:00"));
    let scheduler = Scheduler::builder().clock(clock.clone()).tz("UTC").workers(1).build().unwrap();
    let (go_on, gate) = sync_channel::<()>(0);
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
    go_on.send(()).unwrap();
    scheduler.shutdown(true);
    assert!(busy.last_outcome().unwrap().is_success());
    assert_eq!(moved, "2024-01-10 11:02:00");
}

#[test]
fn what_is_to_run_immediately_does_also_when_the_clock_is_set_back_first() {
    let stage = noon();
    let job = stage.every().day().at("10:30").immediately().run(|| {}).unwrap();
    stage.set("2024-01-10 11:59:00");
    stage.wait(minutes(1));
    assert_eq!(job.run_count(), 1, "{job}");
}

#[test]
fn a_start_before_which_somebody_ran_the_job_by_hand_is_still_a_moment_of_the_wall_clock() {
    let stage = noon();
    let job = stage.every().hour().starting("2024-01-10 13:00:00").run(|| {}).unwrap();
    assert!(job.run_now());
    stage.set("2024-01-10 11:00:00");
    assert_eq!(next(&job), "2024-01-10 13:00:00");
    assert_eq!(stage.wait(hours(2)), 1);
}

#[test]
fn a_start_that_a_poll_has_seen_while_the_job_ran_and_that_the_clock_has_moved_away_from_is_the_next_run() {
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
fn a_body_that_sets_the_clock_back_does_not_make_the_next_one_early_whether_anybody_listens_or_not() {
    for listens in [false, true] {
        let stage = noon();
        if listens {
            stage.scheduler.on_event(|_| {});
        }
        let clock = stage.clock.clone();
        stage.every().minute().run(move || clock.set(utc("2024-01-10 11:00:00"))).unwrap();
        let told = Arc::<Mutex<Vec<_>>>::default();
        let write = Arc::clone(&told);
        let body = move |context: &Context| write.lock().unwrap().push((context.slot(), context.now()));
        stage.every().minute().run_with(body).unwrap();
        assert_eq!(stage.wait(minutes(1)), 2);
        assert_eq!(*told.lock().unwrap(), [(utc("2024-01-10 11:00:00"), utc("2024-01-10 11:00:00"))]);
    }
}

/// At 12:00 one thread reads the clock to do something with a job of every ten minutes; at 12:20 another thread polls; then
/// the first goes on.
fn late(prepare: fn(&Job), act: fn(&Job) -> bool) -> (Scheduler, Job) {
    let clock = ManualClock::new(utc("2024-01-10 12:00:00"));
    let (gated, armed, has_read, go_on) = Gated::new(&clock);
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
        go_on.send(()).unwrap();
        assert!(acting.join().unwrap());
    });
    (scheduler, job)
}

#[test]
fn a_job_resumed_by_a_reading_that_is_old_goes_on_after_the_last_one() {
    let (scheduler, job) = late(|job| assert!(job.pause()), Job::resume);
    assert_eq!(next(&job), "2024-01-10 12:30:00");
    assert_eq!((scheduler.run_pending(), job.run_count()), (0, 0), "a paused job misses nothing");
}

#[test]
fn a_run_by_hand_with_a_reading_that_is_old_does_not_begin_before_the_one_before_it() {
    let (_, job) = late(|_| {}, Job::run_now);
    assert_eq!(job.run_count(), 2);
    assert_eq!(job.last_run(), Some(utc("2024-01-10 12:20:00")));
}

/// At 12:10 one thread reads the clock to give a job of every hour a schedule of every 90 minutes; then the clock is set
/// back by an hour, and another thread polls; then the first goes on. When the job runs next.
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

/// The wall clock stands still, and with each reading 5 ms pass.
#[derive(Default)]
struct FallsBehind(AtomicUsize);

impl Clock for FallsBehind {
    fn read(&self) -> Reading {
        let readings = self.0.fetch_add(1, Ordering::SeqCst) as u64;
        Reading::new(utc("2024-01-10 12:00:00"), Duration::from_millis(5 * readings))
    }

    fn wait(&self, _: Reading, _: Option<Duration>, _: &Wakeup<'_>) {}
}

#[test]
fn a_clock_that_falls_behind_with_every_reading_holds_nobody_up() {
    let scheduler = Scheduler::builder().clock(FallsBehind::default()).tz("UTC").build().unwrap();
    let job = scheduler.every().hour().immediately().run(|| {}).unwrap();
    assert_eq!(scheduler.run_pending(), 1);
    assert!(job.pause() && job.resume() && job.run_now());
    assert_eq!((scheduler.run_pending(), job.run_count()), (0, 2));
}

/// Two jobs of every minute, of which the first sets the clock back to 11:57 when it is run at 12:01, and one for which that
/// leaves no slot: its removal is told between the two.
fn set_back_between(first_listens: impl Fn(&Job, &Job) + Send + Sync + 'static) -> (Job, Job) {
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
            first_listens(&first, &second);
        }
    });
    stage.wait(minutes(1));
    assert!(!over.is_scheduled(), "{over}");
    jobs
}

#[test]
fn who_is_told_of_a_set_back_between_two_bodies_is_inside_of_neither() {
    let (first, second) = set_back_between(|first, second| assert!(first.run_now() && second.run_now()));
    assert_eq!((first.run_count(), second.run_count()), (2, 1), "the second has run for its slot already");
}

#[test]
fn a_job_that_is_cancelled_when_a_set_back_is_told_does_not_run() {
    let (first, second) = set_back_between(|_, second| assert!(second.cancel()));
    assert_eq!((first.run_count(), second.run_count()), (1, 0));
}

/// Panics once when it is told to.
struct Breaks(ManualClock, Arc<AtomicBool>);

impl Clock for Breaks {
    fn read(&self) -> Reading {
        assert!(!self.1.swap(false, Ordering::SeqCst), "by design");
        self.0.read()
    }

    fn wait(&self, since: Reading, timeout: Option<Duration>, wakeup: &Wakeup<'_>) {
        self.0.wait(since, timeout, wakeup);
    }
}

#[test]
fn a_clock_that_panics_when_a_body_has_ended_leaves_nothing_untold_and_nothing_locked() {
    let (clock, breaks) = (ManualClock::new(utc("2024-01-10 12:00:00")), Arc::<AtomicBool>::default());
    let scheduler = Scheduler::with_clock(Breaks(clock.clone(), Arc::clone(&breaks)));
    let other = scheduler.every().day().run(|| {}).unwrap();
    let events = Arc::<Mutex<Vec<_>>>::default();
    let told = Arc::clone(&events);
    // The body is dropped with the handle that it holds, which asks for the lock.
    let body = move || {
        breaks.store(true, Ordering::SeqCst);
        assert!(other.is_scheduled());
    };
    let job = scheduler.every().minute().once().run(body).unwrap();
    scheduler.on_event(move |event| told.lock().unwrap().push(event.kind));
    clock.advance(minutes(1));
    assert!(catch_unwind(AssertUnwindSafe(|| scheduler.run_pending())).is_err());
    let told = [EventKind::Started, EventKind::Executed, EventKind::Removed(Removal::Finished)];
    assert_eq!(*events.lock().unwrap(), told);
    assert_eq!((job.is_scheduled(), scheduler.run_pending()), (false, 0));
}
