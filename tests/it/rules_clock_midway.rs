//! Clocks that are set while something is under way.

use std::{
    sync::{
        atomic::{AtomicBool, AtomicUsize, Ordering},
        mpsc::{sync_channel, Receiver, SyncSender},
        Arc, Mutex,
    },
    thread,
    time::Duration,
};

use punctual::{Clock, Context, Event, ManualClock, Reading, Scheduler, Wakeup};

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
        assert!(context.scheduled_at() <= context.now(), "{}", context.scheduled_at());
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

    fn sleep(&self, duration: Duration) {
        self.clock.sleep(duration);
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
        if let Event::JobError { .. } = event {
            count.fetch_add(1, Ordering::SeqCst);
            assert!(!again.run_now());
        }
    });
    assert!(job.run_now());
    assert_eq!((told.load(Ordering::SeqCst), job.run_count()), (1, 1));
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
        let body = move |context: &Context| write.lock().unwrap().push((context.scheduled_at(), context.now()));
        stage.every().minute().run_with(body).unwrap();
        assert_eq!(stage.wait(minutes(1)), 2);
        assert_eq!(*told.lock().unwrap(), [(utc("2024-01-10 11:00:00"), utc("2024-01-10 11:00:00"))]);
    }
}
