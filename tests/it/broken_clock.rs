//! Clocks that go wrong while jobs wait: set at random, asleep or standing still.

use std::{
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
type Sentence = fn(Every, Body) -> Result<Job>;
type Fault = fn(&ManualClock);

/// What a job owes, whatever becomes of the clock.
#[derive(Clone, Copy)]
enum Duty {
    /// An interval of this length: "interval jobs keep their spacing (no stall)".
    Spacing(TimeDelta),
    /// A mark in the middle of each such unit: always at the mark, and by set-backs at most one unit later than without.
    Mark(TimeDelta),
    /// 10:30 on such dates: "calendar slots already run do not run again", and none is lost.
    Dates(fn(NaiveDate) -> bool),
}

const DUTIES: [(Sentence, Duty); 8] = [
    (|every, body| every.seconds(10).run_with(body), Duty::Spacing(TimeDelta::seconds(10))),
    (|every, body| every.minutes(7).run_with(body), Duty::Spacing(TimeDelta::minutes(7))),
    (|every, body| every.hours(5).run_with(body), Duty::Spacing(TimeDelta::hours(5))),
    (|every, body| every.minute().at(":30").run_with(body), Duty::Mark(TimeDelta::minutes(1))),
    (|every, body| every.hour().at(":30").run_with(body), Duty::Mark(TimeDelta::hours(1))),
    (|every, body| every.day().at("10:30").run_with(body), Duty::Dates(|_| true)),
    (|every, body| every.monday().at("10:30").run_with(body), Duty::Dates(|date| date.weekday() == Weekday::Mon)),
    (|every, body| every.month().on_day(12).at("10:30").run_with(body), Duty::Dates(|date| date.day() == 12)),
];

/// What the clocks have shown, by one who looked after each fault.
struct Book {
    seen: Reading,
    /// By how much the wall clock was set back, all in all.
    back: TimeDelta,
}

impl Book {
    fn look(&mut self, reading: Reading) {
        let passed = TimeDelta::from_std(reading.monotonic() - self.seen.monotonic()).unwrap();
        self.back += (self.seen.wall() + passed - reading.wall()).max(TimeDelta::zero());
        self.seen = reading;
    }
}

/// A job, its duty, and the slots that it ran for since the last look.
struct Debtor {
    job: Job,
    duty: Duty,
    ran: Arc<Mutex<Vec<DateTime<Utc>>>>,
    /// The last slot; of an interval, by a wall clock that was never set back.
    last: DateTime<Utc>,
    /// When it ran, by a wall clock that was never set back.
    ran_at: DateTime<Utc>,
}

impl Debtor {
    fn new(stage: &Stage, sentence: Sentence, duty: Duty) -> Self {
        let ran = Arc::<Mutex<Vec<_>>>::default();
        let told = Arc::clone(&ran);
        let body = move |context: &Context| {
            assert!(context.slot() <= context.now(), "{} is early", context.slot());
            told.lock().unwrap().push(context.slot());
        };
        let job = sentence(stage.every(), Box::new(body)).unwrap();
        let now = stage.clock.now();
        Debtor { job, duty, ran, last: now, ran_at: now }
    }

    /// That a slot is a whole number of lengths after the last.
    fn steps_after_last(&self, slot: DateTime<Utc>, length: TimeDelta) -> DateTime<Utc> {
        let apart = slot - self.last;
        let rest = apart.num_milliseconds() % length.num_milliseconds();
        assert!(rest == 0 && apart > TimeDelta::zero(), "{}: {apart} after the slot before", self.job);
        slot
    }

    /// After a poll at `now`.
    fn settle(&mut self, now: DateTime<Utc>, back: TimeDelta) {
        let job = &self.job;
        assert!(job.last_outcome().is_none_or(|outcome| outcome.is_success()), "{job}");
        let ran = std::mem::take(&mut *self.ran.lock().unwrap());
        assert!(ran.len() <= 1, "one run, and then the grid: {job} ran for {ran:?}");
        let next = job.next_run().unwrap();
        assert!(next > now, "{job}: the next run is not after {now}");
        match self.duty {
            Duty::Spacing(length) => {
                for slot in ran {
                    self.last = self.steps_after_last(slot + back, length);
                }
                self.steps_after_last(next + back, length);
                assert!(next - now <= length, "{job} stalls at {now}");
            }
            Duty::Mark(unit) => {
                let into = next.num_seconds_from_midnight() % unit.num_seconds() as u32;
                assert!(i64::from(into) == unit.num_seconds() / 2 && next.nanosecond() == 0, "{job} left its mark");
                self.ran_at = if ran.is_empty() { self.ran_at } else { now + back };
                assert!(next + back - self.ran_at < unit * 2, "{job} stalls at {now}");
            }
            Duty::Dates(is_one) => {
                for slot in ran {
                    assert!(slot > self.last, "{job} ran again for {slot}, after {}", self.last);
                    self.last = slot;
                }
                let used = now.max(self.last);
                let mut dates = (0..).map(|n| used.date_naive() + Days::new(n)).filter(|date| is_one(*date));
                let half_past_ten = NaiveTime::from_hms_opt(10, 30, 0).unwrap();
                let expected =
                    dates.find_map(|date| Some(date.and_time(half_past_ten).and_utc()).filter(|at| *at > used));
                assert_eq!(Some(next), expected, "{job} at {now}");
            }
        }
    }
}

#[test]
fn however_the_clock_is_set_intervals_keep_their_spacing_and_calendar_slots_run_once() {
    const STEPS: [Duration; 7] =
        [seconds(1), seconds(9), seconds(47), seconds(601), seconds(3600), seconds(86_400), Duration::from_millis(333)];
    let mut runs = [0; DUTIES.len()];
    for seed in 0..100 {
        let mut rng = Rng::with_seed(seed);
        let stage = noon();
        let mut debtors = DUTIES.map(|(sentence, duty)| Debtor::new(&stage, sentence, duty));
        let mut book = Book { seen: stage.clock.read(), back: TimeDelta::zero() };
        for _ in 0..100 {
            let step = rng.choice(STEPS).unwrap();
            let now = stage.clock.now();
            match rng.u8(0..6) {
                0 => stage.clock.set(now - step),
                1 => stage.clock.set(now + step),
                _ => stage.clock.advance(step),
            }
            // Whoever asks reads the clocks, so that each fault is noticed by itself.
            stage.scheduler.idle();
            book.look(stage.clock.read());
            if rng.u8(0..3) > 0 {
                stage.scheduler.run_pending();
                debtors.iter_mut().for_each(|debtor| debtor.settle(stage.clock.now(), book.back));
                stage.assert_whole();
            }
        }
        runs.iter_mut().zip(&debtors).for_each(|(runs, debtor)| *runs += debtor.job.run_count());
    }
    assert!(runs.iter().all(|runs| *runs > 50), "{runs:?}");
}

/// A manual clock on which something happens in the midst of a loop's n-th wait.
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

/// Three seconds into the fourth wait of a loop the fault comes; so many slots of an interval of ten seconds run, at such
/// readings of the two clocks: the wall, and how many seconds have passed.
fn loop_through(fault: Fault, runs: u32) -> Vec<(String, u64)> {
    let clock = noon().clock;
    let interrupted = Interrupted { clock: clock.clone(), waits: Arc::default(), at_wait: 3, fault };
    let scheduler = Scheduler::builder().clock(interrupted).tz(Utc).build().unwrap();
    let ran = Arc::<Mutex<Vec<_>>>::default();
    let told = Arc::clone(&ran);
    let body = move || {
        let reading = clock.read();
        told.lock().unwrap().push((show(reading.wall()), reading.monotonic().as_secs()));
    };
    scheduler.every().seconds(10).times(runs).run(body).unwrap();
    scheduler.run_until_empty();
    let ran = std::mem::take(&mut *ran.lock().unwrap());
    ran
}

fn ran(runs: &[(&str, u64)]) -> Vec<(String, u64)> {
    runs.iter().map(|(wall, passed)| (format!("2024-01-10 {wall}"), *passed)).collect()
}

/// "Machine asleep: one run, then the grid", in a loop that sleeps with it.
#[test]
fn a_loop_on_a_machine_that_sleeps_makes_one_run_and_goes_on_with_the_grid() {
    let before = [("12:00:10", 10), ("12:00:20", 20), ("12:00:30", 30)];
    let stood_still = loop_through(|clock| clock.set(clock.now() + hours(8)), 5);
    let after = [("20:00:33", 33), ("20:00:40", 40)];
    assert_eq!(stood_still, ran(&[&before[..], &after].concat()), "the monotonic clock slept too");
    let went_on = loop_through(|clock| clock.advance(hours(8)), 5);
    let after = [("20:00:33", 28_833), ("20:00:40", 28_840)];
    assert_eq!(went_on, ran(&[&before[..], &after].concat()), "the monotonic clock went on");
}

/// "Clock set back: interval jobs keep their spacing", in a loop that waits meanwhile.
#[test]
fn a_loop_whose_clock_is_set_back_as_it_waits_keeps_the_spacing() {
    let faults: [(Fault, [&str; 2]); 3] = [
        (|clock| clock.set(clock.now() - seconds(1)), ["12:00:39", "12:00:49"]),
        (|clock| clock.set(clock.now() - hours(1)), ["11:00:40", "11:00:50"]),
        (|clock| clock.set(clock.now() - hours(12)), ["00:00:40", "00:00:50"]),
    ];
    for (fault, walls) in faults {
        let before = [("12:00:10", 10), ("12:00:20", 20), ("12:00:30", 30)];
        let after = [(walls[0], 40), (walls[1], 50)];
        assert_eq!(loop_through(fault, 5), ran(&[&before[..], &after].concat()));
    }
}

/// "Interval jobs keep their spacing (no stall)", though the wall clock does not move at all.
#[test]
fn a_wall_clock_that_stands_still_stalls_no_interval() {
    let stage = noon();
    let job = stage.every().seconds(10).run(|| {}).unwrap();
    let daily = stage.every().day().at("12:00:05").run(|| {}).unwrap();
    for second in 1..=100 {
        let wall = stage.clock.now();
        stage.clock.advance(seconds(1));
        stage.clock.set(wall);
        assert_eq!(stage.scheduler.run_pending(), usize::from(second % 10 == 0), "after {second} s");
        stage.assert_whole();
    }
    assert_eq!((job.run_count(), daily.run_count()), (10, 0));
}
