use std::{sync::Arc, time::Duration};

use punctual::{chrono::DateTime, ManualClock, Scheduler};

use super::{roll::Roll, Row};

const SECOND: u64 = 1_000_000_000;

/// Interval jobs, registered a microsecond apart, and passes in which all of them are due. The clock is advanced once
/// before each pass.
struct Intervals {
    scheduler: Scheduler,
    clock: ManualClock,
    roll: Arc<Roll>,
    /// The next slot and the interval of each job, in nanoseconds; slots count from the start.
    slots: Vec<(u64, u64)>,
    /// Nanoseconds since the start.
    now: u64,
    step: u64,
    /// The number of passes in a batch, and the number of passes since the last check.
    passes: usize,
    passed: usize,
}

impl Intervals {
    /// Registers `jobs` jobs with intervals of `seconds(job)`, of which `longest` is the longest.
    fn new(jobs: usize, passes: usize, seconds: impl Fn(usize) -> u64, longest: u64) -> Self {
        let clock = ManualClock::new(DateTime::UNIX_EPOCH);
        let scheduler = Scheduler::with_clock(clock.clone());
        let (roll, mut slots, mut now) = (Roll::new(jobs * passes), Vec::with_capacity(jobs), 0);
        for job in 0..jobs {
            let n = seconds(job);
            scheduler.every().seconds(n).run(roll.body(job)).expect("a sentence without a mistake");
            slots.push((now + n * SECOND, n * SECOND));
            clock.advance(Duration::from_micros(1));
            now += 1_000;
        }
        Intervals { scheduler, clock, roll, slots, now, step: (longest + 1) * SECOND, passes, passed: 0 }
    }

    fn run(&mut self) -> u64 {
        for _ in 0..self.passes {
            self.clock.advance(Duration::from_nanos(self.step));
            assert_eq!(self.scheduler.run_pending(), self.slots.len());
        }
        self.passed = self.passes;
        (self.passes * self.slots.len()) as u64
    }

    /// Checks that the jobs ran in the order in which they were due.
    fn check(&mut self) {
        let mut expected = Vec::with_capacity(self.passed * self.slots.len());
        for _ in 0..std::mem::take(&mut self.passed) {
            self.now += self.step;
            let mut order: Vec<(u64, u32)> = self.slots.iter().zip(0..).map(|((slot, _), job)| (*slot, job)).collect();
            order.sort_unstable();
            expected.extend(order.into_iter().map(|(_, job)| job));
            for (slot, length) in &mut self.slots {
                *slot += ((self.now - *slot) / *length + 1) * *length;
            }
        }
        self.roll.close(expected.into_iter());
    }
}

/// The first pass over jobs with equal intervals: the queue is still in the order of registration.
pub(super) struct FirstRound {
    jobs: usize,
    all: Option<Intervals>,
}

impl FirstRound {
    pub(super) fn new(jobs: usize) -> Self {
        FirstRound { jobs, all: None }
    }
}

impl Row for FirstRound {
    fn prepare(&mut self) {
        if let Some(mut past) = self.all.take() {
            past.check();
        }
        self.all = Some(Intervals::new(self.jobs, 1, |_| 10, 10));
    }

    fn operate(&mut self) -> u64 {
        self.all.as_mut().map_or(0, Intervals::run)
    }
}

/// Later passes; with few jobs, several per batch.
pub(super) struct Rounds(Intervals);

impl Rounds {
    /// Equal intervals: the jobs are due in the order of registration.
    pub(super) fn even(jobs: usize) -> Self {
        Rounds(Intervals::new(jobs, (1_000 / jobs).max(1), |_| 10, 10))
    }

    /// Intervals of which no two are equal, in an order of registration that has nothing to do with it: each run is
    /// anywhere in memory.
    pub(super) fn scattered(jobs: usize) -> Self {
        /// A prime number that divides no number of jobs.
        const STRIDE: usize = 611_953;
        // The longest is many times the shortest, or the jobs would be due in the same order in every round.
        let apart = (100_000 / jobs).max(1);
        let seconds = |job| 3_600 + (job * STRIDE % jobs * apart) as u64;
        Rounds(Intervals::new(jobs, (1_000 / jobs).max(1), seconds, 3_600 + (jobs * apart) as u64))
    }

    /// Intervals of 10 to 60 seconds: the order differs in every round.
    pub(super) fn mixed(jobs: usize) -> Self {
        let seconds = |job| 10 + (job as u64).wrapping_mul(7_919) % 51;
        Rounds(Intervals::new(jobs, (1_000 / jobs).max(1), seconds, 60))
    }
}

impl Row for Rounds {
    fn prepare(&mut self) {
        self.0.check();
    }

    fn operate(&mut self) -> u64 {
        self.0.run()
    }

    fn scheduler(&self) -> Scheduler {
        self.0.scheduler.clone()
    }
}
