use std::{sync::Arc, time::Duration};

use punctual::{
    chrono::{DateTime, Datelike, TimeZone, Utc},
    ManualClock, Scheduler,
};

use super::{roll::Roll, Row};

/// 13:00 in New York, in winter.
fn start() -> DateTime<Utc> {
    Utc.with_ymd_and_hms(2024, 1, 10, 18, 0, 0).single().expect("a moment")
}

/// Jobs that are due once a day, all at the same instant.
pub(super) struct Days {
    jobs: usize,
    register: fn(&Scheduler, &Arc<Roll>, usize),
    scheduler: Scheduler,
    clock: ManualClock,
    roll: Arc<Roll>,
    passed: bool,
}

impl Days {
    /// Daily at 10:30 in New York.
    pub(super) fn new_york(jobs: usize) -> Self {
        Days::new(jobs, |scheduler, roll, job| {
            let daily = scheduler.every().day().at("10:30").tz("America/New_York");
            daily.run(roll.body(job)).expect("a sentence without a mistake");
        })
    }

    /// By a cron expression, daily at 10:30 in New York.
    pub(super) fn cron(jobs: usize) -> Self {
        Days::new(jobs, |scheduler, roll, job| {
            let daily = scheduler.cron("30 10 * * *").tz("America/New_York");
            daily.run(roll.body(job)).expect("a sentence without a mistake");
        })
    }

    /// Daily at 10:30 in the machine's zone, which is New York for this process from now on.
    pub(super) fn local(jobs: usize) -> Self {
        std::env::set_var("TZ", "America/New_York");
        Days::new(jobs, |scheduler, roll, job| {
            scheduler.every().day().at("10:30").run(roll.body(job)).expect("a sentence without a mistake");
        })
    }

    /// Every 24 hours, to compare: the same pass without a calendar.
    pub(super) fn hours(jobs: usize) -> Self {
        Days::new(jobs, |scheduler, roll, job| {
            scheduler.every().hours(24).run(roll.body(job)).expect("a sentence without a mistake");
        })
    }

    fn new(jobs: usize, register: fn(&Scheduler, &Arc<Roll>, usize)) -> Self {
        let clock = ManualClock::new(start());
        let scheduler = Scheduler::with_clock(clock.clone());
        let roll = Roll::new(jobs);
        (0..jobs).for_each(|job| register(&scheduler, &roll, job));
        Days { jobs, register, scheduler, clock, roll, passed: false }
    }
}

impl Row for Days {
    /// Starts again after 2030, because the tables of the zones end, and most of the work with them.
    fn prepare(&mut self) {
        if std::mem::replace(&mut self.passed, true) {
            self.roll.close(0..self.jobs as u32);
        }
        if self.clock.now().year() > 2030 {
            self.scheduler.clear();
            self.clock.set(start());
            (0..self.jobs).for_each(|job| (self.register)(&self.scheduler, &self.roll, job));
        }
        self.clock.advance(Duration::from_secs(24 * 3_600));
    }

    fn operate(&mut self) -> u64 {
        let ran = self.scheduler.run_pending();
        assert_eq!(ran, self.jobs);
        ran as u64
    }

    fn scheduler(&self) -> Scheduler {
        self.scheduler.clone()
    }
}
