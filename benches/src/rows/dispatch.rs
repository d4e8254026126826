//! Everything is due: per job run, on a clock that is moved by hand in between.

use std::{sync::Arc, time::Duration};

use punctual::{
    chrono::{DateTime, Datelike},
    ManualClock, Scheduler,
};

use super::{roll::Roll, Row};

/// 10 January 2024, 18:00 UTC: midday in New York.
const START: i64 = 1_704_909_600;
const SECOND: u64 = 1_000_000_000;

/// Jobs that count elapsed time, registered one microsecond after the other.
struct Intervals {
    scheduler: Scheduler,
    clock: ManualClock,
    roll: Arc<Roll>,
    /// For each job its next slot and its length, in nanoseconds since the start.
    slots: Vec<(u64, u64)>,
    now: u64,
}

impl Intervals {
    fn new(jobs: usize, seconds: impl Fn(usize) -> u64) -> Self {
        let clock = ManualClock::new(DateTime::from_timestamp(START, 0).expect("a moment of 2024"));
        let scheduler = Scheduler::with_clock(clock.clone());
        let mut all = Intervals { scheduler, clock, roll: Roll::new(jobs), slots: Vec::with_capacity(jobs), now: 0 };
        for job in 0..jobs {
            let n = seconds(job);
            all.scheduler.every().seconds(n).run(all.roll.body(job)).expect("a sentence without a mistake");
            all.slots.push((all.now + n * SECOND, n * SECOND));
            all.advance(1_000);
        }
        all
    }

    fn advance(&mut self, nanos: u64) {
        self.clock.advance(Duration::from_nanos(nanos));
        self.now += nanos;
    }

    fn run(&self) -> u64 {
        let ran = self.scheduler.run_pending();
        assert_eq!(ran, self.slots.len());
        ran as u64
    }

    /// Compares a pass in which all were due with what it should have been.
    fn check(&mut self) {
        let mut order: Vec<(u64, u32)> = self.slots.iter().zip(0..).map(|((slot, _), job)| (*slot, job)).collect();
        order.sort_unstable();
        self.roll.close(order.into_iter().map(|(_, job)| job));
        for (slot, length) in &mut self.slots {
            *slot += ((self.now - *slot) / *length + 1) * *length;
        }
    }
}

/// The first pass after the registration of jobs with one interval: the queue is still in the order of registration.
pub(super) struct FirstRound {
    jobs: usize,
    ready: Option<Intervals>,
}

impl FirstRound {
    pub(super) fn new(jobs: usize) -> Self {
        FirstRound { jobs, ready: None }
    }
}

impl Row for FirstRound {
    fn prepare(&mut self) {
        if let Some(mut past) = self.ready.take() {
            past.check();
        }
        let mut ready = Intervals::new(self.jobs, |_| 10);
        ready.advance(11 * SECOND);
        self.ready = Some(ready);
    }

    fn operate(&mut self) -> u64 {
        self.ready.as_ref().map_or(0, Intervals::run)
    }
}

/// Every later pass.
pub(super) struct Rounds {
    all: Intervals,
    step: u64,
    passed: bool,
}

impl Rounds {
    /// All jobs with one interval: they are due in the order of their registration.
    pub(super) fn even(jobs: usize) -> Self {
        Rounds { all: Intervals::new(jobs, |_| 10), step: 11 * SECOND, passed: false }
    }

    /// Intervals of 10 to 60 seconds: the order is another in every round.
    pub(super) fn mixed(jobs: usize) -> Self {
        let all = Intervals::new(jobs, |job| 10 + (job as u64).wrapping_mul(7_919) % 51);
        Rounds { all, step: 61 * SECOND, passed: false }
    }
}

impl Row for Rounds {
    fn prepare(&mut self) {
        if std::mem::replace(&mut self.passed, true) {
            self.all.check();
        }
        self.all.advance(self.step);
    }

    fn operate(&mut self) -> u64 {
        self.all.run()
    }
}

/// Jobs that are due once a day, all at the same instant.
pub(super) struct Days {
    jobs: usize,
    register: fn(&Scheduler, Arc<Roll>, usize),
    scheduler: Scheduler,
    clock: ManualClock,
    roll: Arc<Roll>,
    passed: bool,
}

impl Days {
    /// At 10:30 in New York.
    pub(super) fn new_york(jobs: usize) -> Self {
        Days::new(jobs, |scheduler, roll, job| {
            let daily = scheduler.every().day().at("10:30").tz("America/New_York");
            daily.run(roll.body(job)).expect("a sentence without a mistake");
        })
    }

    /// Every 24 hours: what the same pass costs without a calendar.
    pub(super) fn hours(jobs: usize) -> Self {
        Days::new(jobs, |scheduler, roll, job| {
            scheduler.every().hours(24).run(roll.body(job)).expect("a sentence without a mistake");
        })
    }

    fn new(jobs: usize, register: fn(&Scheduler, Arc<Roll>, usize)) -> Self {
        let clock = ManualClock::new(DateTime::from_timestamp(START, 0).expect("a moment of 2024"));
        let scheduler = Scheduler::with_clock(clock.clone());
        let roll = Roll::new(jobs);
        (0..jobs).for_each(|job| register(&scheduler, Arc::clone(&roll), job));
        Days { jobs, register, scheduler, clock, roll, passed: false }
    }
}

impl Row for Days {
    /// Begins again in time: the zones' tables end in 2037, and with them most of the work.
    fn prepare(&mut self) {
        if std::mem::replace(&mut self.passed, true) {
            self.roll.close(0..self.jobs as u32);
        }
        if self.clock.now().year() > 2030 {
            *self = Days { passed: true, ..Days::new(self.jobs, self.register) };
        }
        self.clock.advance(Duration::from_secs(24 * 3_600));
    }

    fn operate(&mut self) -> u64 {
        let ran = self.scheduler.run_pending();
        assert_eq!(ran, self.jobs);
        ran as u64
    }
}
