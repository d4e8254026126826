//! Clocks that go wrong while jobs wait: set at random, suspended or stopped.

use std::{
    collections::BTreeSet,
    sync::{
        atomic::{AtomicUsize, Ordering},
        Arc, Mutex,
    },
    time::Duration,
};

use chrono::{DateTime, Datelike, Days, NaiveDate, NaiveTime, TimeDelta, Timelike, Utc, Weekday};
use fastrand::Rng;
use punctual::{Clock, Context, Every, Job, ManualClock, Reading, Result, Scheduler, Wakeup};

use crate::support::{hours, noon, seconds, show, Stage};

type Body = Box<dyn FnMut(&Context) + Send>;
type SentenceWithBody = fn(Every, Body) -> Result<Job>;
type Fault = fn(&ManualClock);

/// What must hold for the runs of a job no matter how the clock is set.
#[derive(Clone, Copy)]
enum Invariant {
    /// An interval of this length keeps its spacing and does not stall.
    Spacing(TimeDelta),
    /// A slot in the middle of each such unit stays there, and set-backs delay a run by at most one unit.
    Aligned(TimeDelta),
    /// 10:30 on the dates that match: a calendar slot that has run does not run again, and none is lost.
    Dates(fn(NaiveDate) -> bool),
}

const INVARIANTS: [(SentenceWithBody, Invariant); 8] = [
    (|every, body| every.seconds(10).run_with(body), Invariant::Spacing(TimeDelta::seconds(10))),
    (|every, body| every.minutes(7).run_with(body), Invariant::Spacing(TimeDelta::minutes(7))),
    (|every, body| every.hours(5).run_with(body), Invariant::Spacing(TimeDelta::hours(5))),
    (|every, body| every.minute().at(":30").run_with(body), Invariant::Aligned(TimeDelta::minutes(1))),
    (|every, body| every.hour().at(":30").run_with(body), Invariant::Aligned(TimeDelta::hours(1))),
    (|every, body| every.day().at("10:30").run_with(body), Invariant::Dates(|_| true)),
    (|every, body| every.monday().at("10:30").run_with(body), Invariant::Dates(|date| date.weekday() == Weekday::Mon)),
    (|every, body| every.month().on_day(12).at("10:30").run_with(body), Invariant::Dates(|date| date.day() == 12)),
];

/// The set-backs of the wall clock that were not undone, in all. The clock is read after each fault.
struct SetBacks {
    last: Reading,
    total: TimeDelta,
}

impl SetBacks {
    fn observe(&mut self, reading: Reading) {
        let passed = TimeDelta::from_std(reading.monotonic() - self.last.monotonic()).unwrap();
        self.total = (self.total + (self.last.wall() + passed - reading.wall())).max(TimeDelta::zero());
        self.last = reading;
    }
}

/// A job, its invariant, and the slots that it ran for since the last check.
struct CheckedJob {
    job: Job,
    invariant: Invariant,
    ran: Arc<Mutex<Vec<DateTime<Utc>>>>,
    /// The last slot; for an interval, in elapsed time: on a wall clock that was never set back.
    last: DateTime<Utc>,
    /// When it last ran, in elapsed time.
    ran_at: DateTime<Utc>,
    /// All slots that have run.
    all: BTreeSet<DateTime<Utc>>,
}

impl CheckedJob {
    fn new(stage: &Stage, sentence: SentenceWithBody, invariant: Invariant) -> Self {
        let ran = Arc::<Mutex<Vec<_>>>::default();
        let record = Arc::clone(&ran);
        let body = move |context: &Context| {
            assert!(context.slot() <= context.now(), "{} is early", context.slot());
            record.lock().unwrap().push(context.slot());
        };
        let job = sentence(stage.every(), Box::new(body)).unwrap();
        let now = stage.clock.now();
        CheckedJob { job, invariant, ran, last: now, ran_at: now, all: BTreeSet::new() }
    }

    /// Checks that a slot is a whole number of lengths after the last one, and returns it.
    fn steps_after_last(&self, slot: DateTime<Utc>, length: TimeDelta) -> DateTime<Utc> {
        let apart = slot - self.last;
        let rest = apart.num_milliseconds() % length.num_milliseconds();
        assert!(rest == 0 && apart > TimeDelta::zero(), "{}: {apart} after the slot before", self.job);
        slot
    }

    /// Checks the job after a poll at `now`, when the clock has been set back by `back` in total.
    fn check(&mut self, now: DateTime<Utc>, back: TimeDelta) {
        let job = &self.job;
        assert!(job.last_outcome().is_none_or(|outcome| outcome.is_success()), "{job}");
        let ran = std::mem::take(&mut *self.ran.lock().unwrap());
        assert!(ran.len() <= 1, "at most one run per poll: {job} ran for {ran:?}");
        let next = job.next_run().unwrap();
        assert!(next > now, "{job}: the next run is not after {now}");
        match self.invariant {
            Invariant::Spacing(length) => {
                for slot in ran {
                    self.last = self.steps_after_last(slot + back, length);
                }
                self.steps_after_last(next + back, length);
                assert!(next - now <= length, "{job} stalls at {now}");
            }
            Invariant::Aligned(unit) => {
                let into = next.num_seconds_from_midnight() % unit.num_seconds() as u32;
                assert!(
                    i64::from(into) == unit.num_seconds() / 2 && next.nanosecond() == 0,
                    "{job} left its place in the unit"
                );
                self.ran_at = if ran.is_empty() { self.ran_at } else { now + back };
                assert!(next + back - self.ran_at < unit * 2, "{job} stalls at {now}");
            }
            Invariant::Dates(is_one) => {
                for slot in ran {
                    assert!(self.all.insert(slot), "{job} ran again for {slot}");
                }
                let mut dates = (0..).map(|n| now.date_naive() + Days::new(n)).filter(|date| is_one(*date));
                let half_past_ten = NaiveTime::from_hms_opt(10, 30, 0).unwrap();
                let has_not_run = |at: &DateTime<Utc>| *at > now && !self.all.contains(at);
                let expected = dates.find_map(|date| Some(date.and_time(half_past_ten).and_utc()).filter(has_not_run));
                assert_eq!(Some(next), expected, "{job} at {now}");
            }
        }
    }
}

#[test]
fn when_the_clock_is_set_at_random_intervals_keep_their_spacing_and_calendar_slots_run_once() {
    const STEPS: [Duration; 7] =
        [seconds(1), seconds(9), seconds(47), seconds(601), seconds(3600), seconds(86_400), Duration::from_millis(333)];
    let mut runs = [0; INVARIANTS.len()];
    for seed in 0..100 {
        let mut rng = Rng::with_seed(seed);
        let stage = noon();
        let mut jobs = INVARIANTS.map(|(sentence, invariant)| CheckedJob::new(&stage, sentence, invariant));
        let mut set_backs = SetBacks { last: stage.clock.read(), total: TimeDelta::zero() };
        for _ in 0..100 {
            let step = rng.choice(STEPS).unwrap();
            let now = stage.clock.now();
            match rng.u8(0..6) {
                0 => stage.clock.set(now - step),
                1 => stage.clock.set(now + step),
                _ => stage.clock.advance(step),
            }
            // A query reads the clocks, so the scheduler notices each fault separately, as `set_backs` does.
            stage.scheduler.idle();
            set_backs.observe(stage.clock.read());
            if rng.u8(0..3) > 0 {
                stage.scheduler.run_pending();
                jobs.iter_mut().for_each(|job| job.check(stage.clock.now(), set_backs.total));
                stage.assert_consistent();
            }
        }
        runs.iter_mut().zip(&jobs).for_each(|(runs, checked)| *runs += checked.job.run_count());
    }
    assert!(runs.iter().all(|runs| *runs > 50), "{runs:?}");
}

/// A manual clock on which a fault happens during the n-th wait of a loop.
#[derive(Clone)]
struct Interrupted {
    clock: ManualClock,
    waits: Arc<AtomicUsize>,
    at_wait: usize,
    fault: Fault,
}

impl Clock for Interrupted {
    fn read(&self) -> Reading {
        self.clock.read()
    }

    fn wait(&self, since: Reading, timeout: Option<Duration>, wakeup: &Wakeup<'_>) {
        if self.waits.fetch_add(1, Ordering::SeqCst) == self.at_wait {
            self.clock.advance(seconds(3));
            (self.fault)(&self.clock);
        } else {
            self.clock.wait(since, timeout, wakeup);
        }
    }
}

/// Runs a job of every ten seconds `runs` times, in a loop whose fourth wait is interrupted by a fault after three
/// seconds. Returns the wall time and the elapsed seconds of each run.
fn run_through(fault: Fault, runs: u32) -> Vec<(String, u64)> {
    let clock = noon().clock;
    let interrupted = Interrupted { clock: clock.clone(), waits: Arc::default(), at_wait: 3, fault };
    let scheduler = Scheduler::builder().clock(interrupted).tz(Utc).build().unwrap();
    let ran = Arc::<Mutex<Vec<_>>>::default();
    let record = Arc::clone(&ran);
    let body = move || {
        let reading = clock.read();
        record.lock().unwrap().push((show(reading.wall()), reading.monotonic().as_secs()));
    };
    scheduler.every().seconds(10).times(runs).run(body).unwrap();
    scheduler.run_until_empty();
    let ran = std::mem::take(&mut *ran.lock().unwrap());
    ran
}

fn ran(runs: &[(&str, u64)]) -> Vec<(String, u64)> {
    runs.iter().map(|(wall, passed)| (format!("2024-01-10 {wall}"), *passed)).collect()
}

/// The monotonic clock may stop or continue while a machine is suspended; both are tried.
#[test]
fn after_a_suspend_a_loop_runs_an_overdue_job_once_and_returns_to_its_grid() {
    let before = [("12:00:10", 10), ("12:00:20", 20), ("12:00:30", 30)];
    let stopped = run_through(|clock| clock.set(clock.now() + hours(8)), 5);
    let after = [("20:00:33", 33), ("20:00:40", 40)];
    assert_eq!(stopped, ran(&[&before[..], &after].concat()), "the monotonic clock stopped");
    let continued = run_through(|clock| clock.advance(hours(8)), 5);
    let after = [("20:00:33", 28_833), ("20:00:40", 28_840)];
    assert_eq!(continued, ran(&[&before[..], &after].concat()), "the monotonic clock continued");
}

#[test]
fn an_interval_keeps_its_spacing_when_the_clock_is_set_back_during_the_wait_of_a_loop() {
    let faults: [(Fault, [&str; 2]); 3] = [
        (|clock| clock.set(clock.now() - seconds(1)), ["12:00:39", "12:00:49"]),
        (|clock| clock.set(clock.now() - hours(1)), ["11:00:40", "11:00:50"]),
        (|clock| clock.set(clock.now() - hours(12)), ["00:00:40", "00:00:50"]),
    ];
    for (fault, walls) in faults {
        let before = [("12:00:10", 10), ("12:00:20", 20), ("12:00:30", 30)];
        let after = [(walls[0], 40), (walls[1], 50)];
        assert_eq!(run_through(fault, 5), ran(&[&before[..], &after].concat()));
    }
}

#[test]
fn a_stopped_wall_clock_does_not_stall_an_interval() {
    let stage = noon();
    let job = stage.every().seconds(10).run(|| {}).unwrap();
    let daily = stage.every().day().at("12:00:05").run(|| {}).unwrap();
    for second in 1..=100 {
        let wall = stage.clock.now();
        stage.clock.advance(seconds(1));
        stage.clock.set(wall);
        assert_eq!(stage.scheduler.run_pending(), usize::from(second % 10 == 0), "after {second} s");
        stage.assert_consistent();
    }
    assert_eq!((job.run_count(), daily.run_count()), (10, 0));
}
