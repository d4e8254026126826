//! Loops that poll, and the thread that does so in the background.
//!
//! Where a test uses the machine's clock it is because it is about waking a thread that really waits; it waits for what
//! happens, never for a time.

use std::{
    sync::{
        atomic::{AtomicUsize, Ordering},
        mpsc::{channel, RecvTimeoutError, Sender},
        Arc, Mutex,
    },
    thread,
    time::Duration,
};

use chrono::{DateTime, TimeDelta, TimeZone, Utc};
use punctual::{Background, Clock, Job, ManualClock, Reading, Scheduler, Wakeup};

const LONG: Duration = Duration::from_secs(60);
const HOUR: Duration = Duration::from_secs(3600);

fn manual() -> (ManualClock, Scheduler) {
    let clock = ManualClock::new(Utc.with_ymd_and_hms(2024, 1, 1, 0, 0, 0).unwrap());
    let scheduler = Scheduler::builder().clock(clock.clone()).tz(Utc).build().unwrap();
    (clock, scheduler)
}

fn counter() -> (Arc<AtomicUsize>, impl FnMut() + Send + 'static) {
    let count = Arc::new(AtomicUsize::new(0));
    let body = Arc::clone(&count);
    (count, move || {
        body.fetch_add(1, Ordering::SeqCst);
    })
}

#[test]
fn a_leap_year_of_schedule_runs_at_once_and_each_slot_once() {
    let (clock, scheduler) = manual();
    let (hours, body) = counter();
    scheduler.every().hour().run(body).unwrap();
    let (tens, body) = counter();
    scheduler.every().day().at("10:30").run(body).unwrap();
    let (ends, body) = counter();
    scheduler.every().month().on_last_day().at("23:00").run(body).unwrap();
    let end = Utc.with_ymd_and_hms(2025, 1, 1, 0, 0, 0).unwrap();
    let ran = scheduler.run_until(end).unwrap();
    assert_eq!(hours.load(Ordering::SeqCst), 366 * 24);
    assert_eq!(tens.load(Ordering::SeqCst), 366);
    assert_eq!(ends.load(Ordering::SeqCst), 12);
    assert_eq!(ran, 366 * 25 + 12);
    assert_eq!(clock.now(), end);
}

#[test]
fn every_run_of_a_loop_is_at_its_very_slot() {
    let (clock, scheduler) = manual();
    let late = Arc::new(Mutex::new(TimeDelta::zero()));
    let worst = Arc::clone(&late);
    scheduler
        .every()
        .seconds(7)
        .run_with(move |context: &punctual::Context| {
            let mut worst = worst.lock().unwrap();
            *worst = (*worst).max(context.now() - context.slot());
        })
        .unwrap();
    scheduler.every().seconds(11).run(|| {}).unwrap();
    assert_eq!(scheduler.run_until(Duration::from_secs(700)).unwrap(), 100 + 63);
    assert_eq!(*late.lock().unwrap(), TimeDelta::zero());
    assert_eq!(clock.now(), Utc.with_ymd_and_hms(2024, 1, 1, 0, 11, 40).unwrap());
}

#[test]
fn run_until_a_moment_in_the_past_is_an_error_and_runs_nothing() {
    let (clock, scheduler) = manual();
    let job = scheduler.every().minute().run(|| {}).unwrap();
    clock.advance(23 * HOUR);
    let error = scheduler.run_until(DateTime::UNIX_EPOCH).unwrap_err();
    assert!(error.is_invalid(), "{error}");
    let scheduler = Scheduler::builder().clock(clock.clone()).tz(Utc).build().unwrap();
    assert_eq!(
        scheduler.run_until("02:00").unwrap_err().to_string(),
        "invalid moment \"02:00\" for run_until: it is in the past (expected 2024-01-01 23:00:00 +00:00 or later, such as \
         \"2024-01-02 02:00:00\")",
    );
    assert_eq!(job.run_count(), 0);
    assert_eq!(scheduler.run_until(clock.now()).unwrap(), 0, "now is not in the past");
}

#[test]
fn run_until_a_length_takes_that_long_whatever_the_clock_is_set_to() {
    let (clock, scheduler) = manual();
    let begin = clock.read().monotonic();
    let hand = clock.clone();
    scheduler.every().minute().times(1).run(move || hand.set(hand.now() - TimeDelta::hours(5))).unwrap();
    scheduler.run_until(HOUR).unwrap();
    assert_eq!(clock.read().monotonic() - begin, HOUR);
    assert_eq!(scheduler.run_until("24:00").unwrap(), 0);
    assert_eq!(clock.now(), Utc.with_ymd_and_hms(2024, 1, 1, 0, 0, 0).unwrap(), "the midnight at the end of the day");
}

#[test]
fn run_until_tells_what_it_cannot_read() {
    let (_, scheduler) = manual();
    let error = scheduler.run_until("soon").unwrap_err();
    assert!(error.to_string().starts_with("invalid moment \"soon\" for run_until: "), "{error}");
}

#[test]
fn run_until_empty_ends_with_the_last_job_and_does_not_wait_for_paused_ones() {
    let (clock, scheduler) = manual();
    scheduler.every().minute().times(3).run(|| {}).unwrap();
    scheduler.every().second().run(|| {}).unwrap().pause();
    assert_eq!(scheduler.run_until_empty(), 3);
    assert_eq!(clock.now(), Utc.with_ymd_and_hms(2024, 1, 1, 0, 3, 0).unwrap());
}

#[test]
fn run_until_empty_runs_what_a_body_adds() {
    let (_, scheduler) = manual();
    fn chain(scheduler: Scheduler, left: u32) {
        if left > 0 {
            let next = scheduler.clone();
            scheduler.after(HOUR).run(move || chain(next.clone(), left - 1)).unwrap();
        }
    }
    chain(scheduler.clone(), 5);
    assert_eq!(scheduler.run_until_empty(), 5);
}

#[test]
fn a_body_ends_its_loop_and_what_is_due_besides_waits_for_the_next_poll() {
    let (_, scheduler) = manual();
    let stop = scheduler.stop_handle();
    scheduler.every().minute().run(move || stop.stop()).unwrap();
    let (others, body) = counter();
    scheduler.every().minute().run(body).unwrap();
    assert_eq!(scheduler.run_forever(), 1);
    assert_eq!(others.load(Ordering::SeqCst), 0);
    assert_eq!(scheduler.idle(), Some(Duration::ZERO));
    assert_eq!(scheduler.run_pending(), 1);
    assert_eq!(scheduler.run_forever(), 1, "a later loop is another loop");
}

#[test]
fn a_stop_that_comes_after_its_loop_does_not_end_another() {
    let (_, scheduler) = manual();
    let stop = scheduler.stop_handle();
    scheduler.after(HOUR).run(|| {}).unwrap();
    assert_eq!(scheduler.run_until_empty(), 1);
    stop.stop();
    scheduler.after(HOUR).run(|| {}).unwrap();
    assert_eq!(scheduler.run_until_empty(), 1);
}

#[test]
fn a_stop_between_two_loops_by_a_handle_made_between_them_ends_the_second() {
    let (_, scheduler) = manual();
    let job = scheduler.every().hour().times(2).run(|| {}).unwrap();
    assert_eq!(scheduler.run_until(HOUR).unwrap(), 1);
    scheduler.stop_handle().stop();
    assert_eq!(scheduler.run_until_empty(), 0);
    assert!(job.is_scheduled());
}

#[test]
fn a_body_that_shuts_its_scheduler_down_ends_its_loop() {
    let (_, scheduler) = manual();
    let inside = scheduler.clone();
    let job = scheduler.every().hour().times(3).run(move || inside.shutdown(false)).unwrap();
    assert_eq!(scheduler.run_until_empty(), 1);
    assert!(job.is_scheduled());
}

#[test]
fn a_loop_that_was_just_started_is_one_that_runs_and_can_be_stopped() {
    let scheduler = Scheduler::new();
    for _ in 0..20 {
        let first = scheduler.start();
        let second = scheduler.start();
        scheduler.stop_handle().stop();
        assert!(first.stop_timeout(LONG) && second.stop_timeout(LONG));
        let third = scheduler.start();
        scheduler.shutdown(true);
        assert!(third.stop_timeout(LONG));
    }
}

#[test]
fn two_loops_on_one_manual_clock_run_every_slot() {
    let (clock, scheduler) = manual();
    let (count, body) = counter();
    scheduler.every().minute().run(body).unwrap();
    let end = clock.now() + TimeDelta::days(1);
    let loops = [scheduler.clone(), scheduler.clone()].map(|scheduler| thread::spawn(move || scheduler.run_until(end)));
    let ran: usize = loops.map(|looping| looping.join().unwrap().unwrap()).into_iter().sum();
    assert_eq!((ran, count.load(Ordering::SeqCst)), (1440, 1440));
    assert_eq!(clock.now(), end);
}

#[test]
fn a_body_may_run_until_nothing_else_is_scheduled() {
    let (_, scheduler) = manual();
    let inside = scheduler.clone();
    let ran = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&ran);
    scheduler
        .after(HOUR)
        .run(move || {
            inside.after(HOUR).run(|| {}).unwrap();
            count.store(inside.run_until_empty(), Ordering::SeqCst);
        })
        .unwrap();
    assert_eq!(scheduler.run_until_empty(), 1);
    assert_eq!(ran.load(Ordering::SeqCst), 1);
}

#[test]
fn a_stop_that_comes_before_the_loop_is_not_lost_and_counts_once() {
    let (_, scheduler) = manual();
    scheduler.every().minute().times(1).run(|| {}).unwrap();
    let stop = scheduler.stop_handle();
    stop.stop();
    stop.stop();
    assert_eq!(scheduler.run_forever(), 0);
    assert_eq!(scheduler.run_until_empty(), 1);
}

#[test]
fn an_idle_loop_wakes_at_once_when_it_is_stopped_from_another_thread() {
    let scheduler = Scheduler::new();
    scheduler.every().hour().run(|| {}).unwrap();
    let stop = scheduler.stop_handle();
    let looping = thread::spawn({
        let scheduler = scheduler.clone();
        move || scheduler.run_forever()
    });
    stop.stop();
    assert_eq!(looping.join().unwrap(), 0);
}

#[test]
fn an_idle_loop_wakes_when_the_last_job_is_cancelled_from_another_thread() {
    let scheduler = Scheduler::new();
    let job = scheduler.every().hour().run(|| {}).unwrap();
    let looping = thread::spawn({
        let scheduler = scheduler.clone();
        move || scheduler.run_until_empty()
    });
    assert!(job.cancel());
    assert_eq!(looping.join().unwrap(), 0);
}

fn tell_when_run(scheduler: &Scheduler) -> (Job, std::sync::mpsc::Receiver<()>) {
    let (sender, receiver) = channel();
    let job = scheduler.after(Duration::from_millis(1)).run(move || sender.send(())).unwrap();
    (job, receiver)
}

#[test]
fn a_job_that_is_added_to_an_idle_background_loop_runs() {
    let scheduler = Scheduler::new();
    let background = scheduler.start();
    for _ in 0..20 {
        let (_, told) = tell_when_run(&scheduler);
        told.recv_timeout(LONG).unwrap();
    }
    scheduler.every().hour().run(|| {}).unwrap();
    let (_, told) = tell_when_run(&scheduler);
    told.recv_timeout(LONG).unwrap();
    background.stop();
}

#[test]
fn a_paused_job_that_is_resumed_wakes_the_loop() {
    let scheduler = Scheduler::new();
    let (sender, told) = channel();
    let job = scheduler.every().millis(2).run(move || sender.send(())).unwrap();
    job.pause();
    let background = scheduler.start();
    job.resume();
    told.recv_timeout(LONG).unwrap();
    background.stop();
}

#[test]
fn started_twice_every_slot_still_runs_once() {
    let scheduler = Scheduler::new();
    let loops = [scheduler.start(), scheduler.start()];
    let (count, _) = counter();
    let (sender, told) = channel();
    for _ in 0..200 {
        let (count, sender): (_, Sender<()>) = (Arc::clone(&count), sender.clone());
        scheduler
            .after(Duration::from_millis(1))
            .run(move || {
                count.fetch_add(1, Ordering::SeqCst);
                sender.send(())
            })
            .unwrap();
    }
    for _ in 0..200 {
        told.recv_timeout(LONG).unwrap();
    }
    loops.into_iter().for_each(Background::stop);
    assert_eq!(count.load(Ordering::SeqCst), 200);
    assert!(scheduler.jobs().is_empty());
}

#[test]
fn a_stopped_background_runs_nothing_more_and_can_be_started_again() {
    let scheduler = Scheduler::new();
    scheduler.start().stop();
    let (job, told) = tell_when_run(&scheduler);
    assert!(job.is_scheduled());
    assert!(told.try_recv().is_err());
    let background = scheduler.start();
    told.recv_timeout(LONG).unwrap();
    drop(background);
    assert!(told.recv().is_err(), "the body went with its job");
}

#[test]
fn stop_lets_the_running_body_end() {
    let scheduler = Scheduler::new();
    let (begun, begins) = channel();
    let (go, gate) = channel::<()>();
    let done = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&done);
    scheduler
        .every()
        .day()
        .immediately()
        .run(move || {
            begun.send(()).unwrap();
            let _ = gate.recv();
            count.fetch_add(1, Ordering::SeqCst);
        })
        .unwrap();
    let background = scheduler.start();
    begins.recv_timeout(LONG).unwrap();
    let stopping = thread::spawn(move || background.stop());
    drop(go);
    stopping.join().unwrap();
    assert_eq!(done.load(Ordering::SeqCst), 1);
}

#[test]
fn stop_timeout_says_whether_the_loop_has_ended() {
    let scheduler = Scheduler::new();
    let (begun, begins) = channel();
    let (go, gate) = channel::<()>();
    scheduler
        .every()
        .day()
        .immediately()
        .run(move || {
            begun.send(()).unwrap();
            let _ = gate.recv();
        })
        .unwrap();
    let background = scheduler.start();
    begins.recv_timeout(LONG).unwrap();
    assert!(!background.stop_timeout(Duration::from_millis(1)));
    drop(go);
    assert!(scheduler.start().stop_timeout(LONG), "an idle loop ends at once");
}

#[test]
fn a_body_may_stop_the_background_loop_that_runs_it() {
    let scheduler = Scheduler::new();
    let (sender, guards) = channel::<Background>();
    let (done, told) = channel();
    scheduler
        .every()
        .millis(1)
        .run(move || {
            if let Ok(background) = guards.try_recv() {
                background.stop();
                done.send(()).unwrap();
            }
        })
        .unwrap();
    sender.send(scheduler.start()).unwrap();
    told.recv_timeout(LONG).unwrap();
}

#[test]
fn a_forgotten_background_goes_on_and_a_stop_handle_ends_it() {
    let scheduler = Scheduler::new();
    let (ended, told) = channel::<()>();
    std::mem::forget(scheduler.start());
    let (_, ran) = tell_when_run(&scheduler);
    ran.recv_timeout(LONG).unwrap();
    scheduler.every().day().run(move || drop(ended.clone())).unwrap();
    scheduler.stop_handle().stop();
    drop(scheduler);
    assert!(
        told.recv_timeout(LONG) == Err(RecvTimeoutError::Disconnected),
        "the loop's thread was the last to hold the scheduler"
    );
}

#[test]
fn polling_beside_a_background_loop_runs_nothing_twice() {
    let scheduler = Scheduler::new();
    let background = scheduler.start();
    let (sender, told) = channel();
    for n in 0..100 {
        let sender = sender.clone();
        scheduler.after(Duration::from_millis(1)).run(move || sender.send(n)).unwrap();
    }
    let mut seen: Vec<u32> = Vec::new();
    while seen.len() < 100 {
        scheduler.run_pending();
        seen.extend(told.try_iter());
    }
    background.stop();
    seen.extend(told.try_iter());
    seen.sort_unstable();
    assert_eq!(seen, (0..100).collect::<Vec<_>>());
}

/// A clock whose two sides are read one after the other, as a machine's are: after the first reading the wall clock seems to
/// lag by a millisecond.
#[derive(Clone)]
struct Lagging(ManualClock, Arc<AtomicUsize>);

impl Clock for Lagging {
    fn read(&self) -> Reading {
        let first = self.1.fetch_add(1, Ordering::SeqCst) == 0;
        let lag = TimeDelta::milliseconds(if first { 0 } else { 1 });
        Reading::new(self.0.now() - lag, self.0.read().monotonic())
    }

    fn wait(&self, since: Reading, timeout: Option<Duration>, wakeup: &Wakeup<'_>) {
        self.0.wait(since, timeout, wakeup);
    }
}

#[test]
fn a_clock_that_seems_to_lag_by_a_little_is_neither_set_back_nor_old() {
    let (clock, _) = manual();
    let lagging = Lagging(clock.clone(), Arc::default());
    let scheduler = Scheduler::builder().clock(lagging.clone()).tz(Utc).build().unwrap();
    clock.advance(HOUR);
    let job = scheduler.every().second().run(|| {}).unwrap();
    assert_eq!(job.next_run(), Some(lagging.now() + TimeDelta::seconds(1)));
    let begin = clock.now();
    assert_eq!(scheduler.run_until(Duration::from_secs(10)).unwrap(), 10);
    assert_eq!(clock.now() - begin, TimeDelta::seconds(10));
}

#[test]
fn an_idle_poll_reads_the_clock_once_however_many_jobs_there_are() {
    let reads = Arc::new(AtomicUsize::new(0));
    let (clock, _) = manual();
    let scheduler = Scheduler::builder().clock(Lagging(clock, Arc::clone(&reads))).tz(Utc).build().unwrap();
    for jobs in [1, 1000] {
        for _ in 0..jobs {
            scheduler.every().hour().run(|| {}).unwrap();
        }
        let before = reads.load(Ordering::SeqCst);
        assert_eq!(scheduler.run_pending(), 0);
        assert_eq!(reads.load(Ordering::SeqCst) - before, 1, "behind the lock the clock is read again");
    }
}

/// A clock of a thread that is held up for an hour before one of its readings.
struct HeldUp {
    clock: ManualClock,
    reads: AtomicUsize,
    before: usize,
}

impl Clock for HeldUp {
    fn read(&self) -> Reading {
        if self.reads.fetch_add(1, Ordering::SeqCst) == self.before {
            self.clock.advance(HOUR);
        }
        self.clock.read()
    }

    fn wait(&self, since: Reading, timeout: Option<Duration>, wakeup: &Wakeup<'_>) {
        self.clock.wait(since, timeout, wakeup);
    }
}

#[test]
fn what_is_due_before_the_end_of_a_loop_runs_however_its_thread_is_held_up() {
    for before in 0.. {
        let (clock, _) = manual();
        let held_up = Arc::new(HeldUp { clock, reads: AtomicUsize::new(0), before });
        let scheduler = Scheduler::builder().clock(Arc::clone(&held_up)).tz(Utc).build().unwrap();
        let job = scheduler.after(Duration::from_secs(120)).run(|| {}).unwrap();
        assert_eq!(scheduler.run_until(Duration::from_secs(180)).unwrap(), 1, "held up before reading {before}: {job}");
        if held_up.reads.load(Ordering::SeqCst) <= before {
            assert!(before > 5, "held up at {before} readings only");
            break;
        }
    }
}

#[test]
fn a_poll_reads_the_clock_once_before_the_first_body_and_again_after_each() {
    let reads = Arc::new(AtomicUsize::new(0));
    let (clock, _) = manual();
    let scheduler = Scheduler::builder().clock(Lagging(clock.clone(), Arc::clone(&reads))).tz(Utc).build().unwrap();
    for _ in 0..3 {
        scheduler.every().minute().run(|| {}).unwrap();
    }
    clock.advance(HOUR);
    let before = reads.load(Ordering::SeqCst);
    assert_eq!(scheduler.run_pending(), 3);
    assert_eq!(reads.load(Ordering::SeqCst) - before, 1 + 3);
}
