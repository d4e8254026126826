//! Loops that poll, in the calling thread and in the background.
//!
//! A test that uses the machine's clock (`Scheduler::new()`) is about waking a thread that really sleeps, which a
//! manual clock cannot show. Such a test waits for an event, with a timeout of a minute, and never for a fixed time.

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

use crate::support::Stage;

/// How long to wait for an event before the test fails.
const TIMEOUT: Duration = Duration::from_secs(60);
const HOUR: Duration = Duration::from_secs(3600);

/// Starts with the year 2024.
fn new_year() -> Stage {
    Stage::at("2024-01-01 00:00:00")
}

/// A body that counts its runs, and the count.
fn counter() -> (Arc<AtomicUsize>, impl FnMut() + Send + 'static) {
    let count = Arc::new(AtomicUsize::new(0));
    let body = Arc::clone(&count);
    (count, move || {
        body.fetch_add(1, Ordering::SeqCst);
    })
}

#[test]
fn a_loop_on_a_manual_clock_runs_every_slot_of_a_leap_year_once() {
    let Stage { clock, scheduler } = new_year();
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
fn a_loop_runs_each_job_exactly_at_its_slot() {
    let Stage { clock, scheduler } = new_year();
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
    let Stage { clock, scheduler } = new_year();
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
    let Stage { clock, scheduler } = new_year();
    let begin = clock.read().monotonic();
    let hand = clock.clone();
    scheduler.every().minute().times(1).run(move || hand.set(hand.now() - TimeDelta::hours(5))).unwrap();
    scheduler.run_until(HOUR).unwrap();
    assert_eq!(clock.read().monotonic() - begin, HOUR);
    assert_eq!(scheduler.run_until("24:00").unwrap(), 0);
    assert_eq!(clock.now(), Utc.with_ymd_and_hms(2024, 1, 1, 0, 0, 0).unwrap(), "the midnight at the end of the day");
}

#[test]
fn run_until_rejects_text_that_it_cannot_parse() {
    let Stage { scheduler, .. } = new_year();
    let error = scheduler.run_until("soon").unwrap_err();
    assert!(error.to_string().starts_with("invalid moment \"soon\" for run_until: "), "{error}");
}

#[test]
fn run_until_empty_ends_with_the_last_job_and_does_not_wait_for_paused_ones() {
    let Stage { clock, scheduler } = new_year();
    scheduler.every().minute().times(3).run(|| {}).unwrap();
    scheduler.every().second().run(|| {}).unwrap().pause();
    assert_eq!(scheduler.run_until_empty(), 3);
    assert_eq!(clock.now(), Utc.with_ymd_and_hms(2024, 1, 1, 0, 3, 0).unwrap());
}

#[test]
fn run_until_empty_runs_what_a_body_adds() {
    let Stage { scheduler, .. } = new_year();
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
fn a_body_that_stops_its_loop_leaves_other_due_jobs_to_the_next_poll() {
    let Stage { scheduler, .. } = new_year();
    let stop = scheduler.stop_handle();
    scheduler.every().minute().run(move || stop.stop()).unwrap();
    let (others, body) = counter();
    scheduler.every().minute().run(body).unwrap();
    assert_eq!(scheduler.run_forever(), 1);
    assert_eq!(others.load(Ordering::SeqCst), 0);
    assert_eq!(scheduler.idle(), Some(Duration::ZERO));
    assert_eq!(scheduler.run_pending(), 1);
    assert_eq!(scheduler.run_forever(), 1, "the stop ended the first loop only");
}

#[test]
fn a_stop_after_the_loop_has_ended_does_not_end_the_next_loop() {
    let Stage { scheduler, .. } = new_year();
    let stop = scheduler.stop_handle();
    scheduler.after(HOUR).run(|| {}).unwrap();
    assert_eq!(scheduler.run_until_empty(), 1);
    stop.stop();
    scheduler.after(HOUR).run(|| {}).unwrap();
    assert_eq!(scheduler.run_until_empty(), 1);
}

#[test]
fn a_stop_handle_made_between_two_loops_stops_the_second() {
    let Stage { scheduler, .. } = new_year();
    let job = scheduler.every().hour().times(2).run(|| {}).unwrap();
    assert_eq!(scheduler.run_until(HOUR).unwrap(), 1);
    scheduler.stop_handle().stop();
    assert_eq!(scheduler.run_until_empty(), 0);
    assert!(job.is_scheduled());
}

#[test]
fn a_stop_handle_made_before_an_earlier_loop_takes_no_stop_back() {
    let Stage { scheduler, .. } = new_year();
    let stale = scheduler.stop_handle();
    let job = scheduler.every().hour().times(2).run(|| {}).unwrap();
    assert_eq!(scheduler.run_until(HOUR).unwrap(), 1);
    scheduler.stop_handle().stop();
    stale.stop();
    assert_eq!(scheduler.run_until_empty(), 0);
    assert!(job.is_scheduled());
}

#[test]
fn a_body_that_shuts_its_scheduler_down_ends_its_loop() {
    let Stage { scheduler, .. } = new_year();
    let inside = scheduler.clone();
    let job = scheduler.every().hour().times(3).run(move || inside.shutdown(false)).unwrap();
    assert_eq!(scheduler.run_until_empty(), 1);
    assert!(job.is_scheduled());
}

#[test]
fn a_background_loop_can_be_stopped_as_soon_as_start_returns() {
    let scheduler = Scheduler::new();
    for _ in 0..20 {
        let first = scheduler.start();
        let second = scheduler.start();
        scheduler.stop_handle().stop();
        assert!(first.stop_timeout(TIMEOUT) && second.stop_timeout(TIMEOUT));
        let third = scheduler.start();
        scheduler.shutdown(true);
        assert!(third.stop_timeout(TIMEOUT));
    }
}

#[test]
fn two_loops_on_one_manual_clock_run_every_slot() {
    let Stage { clock, scheduler } = new_year();
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
    let Stage { scheduler, .. } = new_year();
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
fn stops_before_a_loop_starts_end_that_loop_once() {
    let Stage { scheduler, .. } = new_year();
    scheduler.every().minute().times(1).run(|| {}).unwrap();
    let stop = scheduler.stop_handle();
    stop.stop();
    stop.stop();
    assert_eq!(scheduler.run_forever(), 0);
    assert_eq!(scheduler.run_until_empty(), 1);
}

#[test]
fn an_idle_loop_wakes_when_another_thread_stops_it() {
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
fn an_idle_loop_wakes_when_another_thread_cancels_the_last_job() {
    let scheduler = Scheduler::new();
    let job = scheduler.every().hour().run(|| {}).unwrap();
    let looping = thread::spawn({
        let scheduler = scheduler.clone();
        move || scheduler.run_until_empty()
    });
    assert!(job.cancel());
    assert_eq!(looping.join().unwrap(), 0);
}

/// A job that runs a millisecond from now, and a channel that receives when it does.
fn signal_when_run(scheduler: &Scheduler) -> (Job, std::sync::mpsc::Receiver<()>) {
    let (sender, receiver) = channel();
    let job = scheduler.after(Duration::from_millis(1)).run(move || sender.send(())).unwrap();
    (job, receiver)
}

#[test]
fn a_job_that_is_added_to_an_idle_background_loop_runs() {
    let scheduler = Scheduler::new();
    let background = scheduler.start();
    for _ in 0..20 {
        let (_, signal) = signal_when_run(&scheduler);
        signal.recv_timeout(TIMEOUT).unwrap();
    }
    scheduler.every().hour().run(|| {}).unwrap();
    let (_, signal) = signal_when_run(&scheduler);
    signal.recv_timeout(TIMEOUT).unwrap();
    background.stop();
}

#[test]
fn a_paused_job_that_is_resumed_wakes_the_loop() {
    let scheduler = Scheduler::new();
    let (sender, signal) = channel();
    let job = scheduler.every().millis(2).run(move || sender.send(())).unwrap();
    job.pause();
    let background = scheduler.start();
    job.resume();
    signal.recv_timeout(TIMEOUT).unwrap();
    background.stop();
}

#[test]
fn with_two_background_loops_every_slot_runs_once() {
    let scheduler = Scheduler::new();
    let loops = [scheduler.start(), scheduler.start()];
    let (count, _) = counter();
    let (sender, signal) = channel();
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
        signal.recv_timeout(TIMEOUT).unwrap();
    }
    loops.into_iter().for_each(Background::stop);
    assert_eq!(count.load(Ordering::SeqCst), 200);
    assert!(scheduler.jobs().is_empty());
}

#[test]
fn a_stopped_background_runs_nothing_more_and_can_be_started_again() {
    let scheduler = Scheduler::new();
    scheduler.start().stop();
    let (job, signal) = signal_when_run(&scheduler);
    assert!(job.is_scheduled());
    assert!(signal.try_recv().is_err());
    let background = scheduler.start();
    signal.recv_timeout(TIMEOUT).unwrap();
    drop(background);
    assert!(signal.recv().is_err(), "the body was dropped with its job");
}

#[test]
fn stop_waits_for_the_running_body() {
    let scheduler = Scheduler::new();
    let (start, is_started) = channel();
    let (go, gate) = channel::<()>();
    let done = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&done);
    scheduler
        .every()
        .day()
        .immediately()
        .run(move || {
            start.send(()).unwrap();
            let _ = gate.recv();
            count.fetch_add(1, Ordering::SeqCst);
        })
        .unwrap();
    let background = scheduler.start();
    is_started.recv_timeout(TIMEOUT).unwrap();
    let stopping = thread::spawn(move || background.stop());
    drop(go);
    stopping.join().unwrap();
    assert_eq!(done.load(Ordering::SeqCst), 1);
}

#[test]
fn stop_timeout_returns_whether_the_loop_has_ended() {
    let scheduler = Scheduler::new();
    let (start, is_started) = channel();
    let (go, gate) = channel::<()>();
    scheduler
        .every()
        .day()
        .immediately()
        .run(move || {
            start.send(()).unwrap();
            let _ = gate.recv();
        })
        .unwrap();
    let background = scheduler.start();
    is_started.recv_timeout(TIMEOUT).unwrap();
    assert!(!background.stop_timeout(Duration::from_millis(1)));
    drop(go);
    assert!(scheduler.start().stop_timeout(TIMEOUT), "an idle loop ends at once");
}

#[test]
fn a_body_may_stop_the_background_loop_that_runs_it() {
    let scheduler = Scheduler::new();
    let (sender, guards) = channel::<Background>();
    let (done, signal) = channel();
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
    signal.recv_timeout(TIMEOUT).unwrap();
}

#[test]
fn a_forgotten_background_loop_keeps_running_until_a_stop_handle_ends_it() {
    let scheduler = Scheduler::new();
    let (ended, is_ended) = channel::<()>();
    std::mem::forget(scheduler.start());
    let (_, ran) = signal_when_run(&scheduler);
    ran.recv_timeout(TIMEOUT).unwrap();
    scheduler.every().day().run(move || drop(ended.clone())).unwrap();
    scheduler.stop_handle().stop();
    drop(scheduler);
    assert!(
        is_ended.recv_timeout(TIMEOUT) == Err(RecvTimeoutError::Disconnected),
        "the loop's thread held the last clone of the scheduler"
    );
}

#[test]
fn polls_during_a_background_loop_run_no_slot_twice() {
    let scheduler = Scheduler::new();
    let background = scheduler.start();
    let (sender, signal) = channel();
    for n in 0..100 {
        let sender = sender.clone();
        scheduler.after(Duration::from_millis(1)).run(move || sender.send(n)).unwrap();
    }
    let mut seen: Vec<u32> = Vec::new();
    while seen.len() < 100 {
        scheduler.run_pending();
        seen.extend(signal.try_iter());
    }
    background.stop();
    seen.extend(signal.try_iter());
    seen.sort_unstable();
    assert_eq!(seen, (0..100).collect::<Vec<_>>());
}

/// A clock whose wall time lags by a millisecond after the first reading. The machine's clocks can seem to do so,
/// because they are read one after the other.
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
fn a_wall_clock_that_lags_by_a_millisecond_is_not_taken_for_a_set_back() {
    let Stage { clock, .. } = new_year();
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
fn an_idle_poll_reads_the_clock_once_for_any_number_of_jobs() {
    let reads = Arc::new(AtomicUsize::new(0));
    let Stage { clock, .. } = new_year();
    let scheduler = Scheduler::builder().clock(Lagging(clock, Arc::clone(&reads))).tz(Utc).build().unwrap();
    for jobs in [1, 1000] {
        for _ in 0..jobs {
            scheduler.every().hour().run(|| {}).unwrap();
        }
        let before = reads.load(Ordering::SeqCst);
        assert_eq!(scheduler.run_pending(), 0);
        assert_eq!(reads.load(Ordering::SeqCst) - before, 1, "the clock is read again under the lock");
    }
}

/// A clock on which an hour passes just before one of the readings, as if its thread were held up there.
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
fn a_slot_before_the_end_of_a_loop_runs_wherever_the_loop_is_held_up() {
    for before in 0.. {
        let Stage { clock, .. } = new_year();
        let held_up = Arc::new(HeldUp { clock, reads: AtomicUsize::new(0), before });
        let scheduler = Scheduler::builder().clock(Arc::clone(&held_up)).tz(Utc).build().unwrap();
        let job = scheduler.after(Duration::from_secs(120)).run(|| {}).unwrap();
        assert_eq!(scheduler.run_until(Duration::from_secs(180)).unwrap(), 1, "held up before reading {before}: {job}");
        if held_up.reads.load(Ordering::SeqCst) <= before {
            assert!(before > 5, "the loop read the clock only {before} times");
            break;
        }
    }
}

#[test]
fn a_poll_reads_the_clock_once_before_the_first_body_and_again_after_each() {
    let reads = Arc::new(AtomicUsize::new(0));
    let Stage { clock, .. } = new_year();
    let scheduler = Scheduler::builder().clock(Lagging(clock.clone(), Arc::clone(&reads))).tz(Utc).build().unwrap();
    for _ in 0..3 {
        scheduler.every().minute().run(|| {}).unwrap();
    }
    clock.advance(HOUR);
    let before = reads.load(Ordering::SeqCst);
    assert_eq!(scheduler.run_pending(), 3);
    assert_eq!(reads.load(Ordering::SeqCst) - before, 1 + 3);
}
