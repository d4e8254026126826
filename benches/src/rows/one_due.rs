use std::{sync::Arc, time::Duration};

use punctual::{chrono::DateTime, ManualClock, Scheduler};

use super::{roll::Roll, Row};

/// Polls that each run one job of many. The clock is advanced once before each poll.
pub(super) struct OneDue {
    /// The number of jobs that take turns in being due.
    turns: usize,
    scheduler: Scheduler,
    clock: ManualClock,
    roll: Arc<Roll>,
    /// The job that is due next.
    next: usize,
    polls: usize,
}

const POLLS: usize = 1_000;
const SECOND: Duration = Duration::from_secs(1);

impl OneDue {
    /// A different job each time, which then moves to the end of the queue. The first is due one second after the last
    /// was registered.
    pub(super) fn each(jobs: usize) -> Self {
        let clock = ManualClock::new(DateTime::UNIX_EPOCH);
        let scheduler = Scheduler::with_clock(clock.clone());
        let roll = Roll::new(POLLS);
        for job in 0..jobs {
            clock.advance(SECOND);
            scheduler.every().seconds(jobs as u64).run(roll.body(job)).expect("a sentence without a mistake");
        }
        OneDue { turns: jobs, scheduler, clock, roll, next: 0, polls: 0 }
    }

    /// The same job each time, due every second; the others are not due for years.
    pub(super) fn ticking(jobs: usize) -> Self {
        let clock = ManualClock::new(DateTime::UNIX_EPOCH);
        let scheduler = Scheduler::with_clock(clock.clone());
        let roll = Roll::new(POLLS);
        scheduler.every().second().run(roll.body(0)).expect("a sentence without a mistake");
        for job in 1..jobs {
            let hours = 1_000_000 + (job * 7_919 % jobs) as u64;
            scheduler.every().hours(hours).run(roll.body(job)).expect("a sentence without a mistake");
        }
        OneDue { turns: 1, scheduler, clock, roll, next: 0, polls: 0 }
    }
}

impl Row for OneDue {
    fn prepare(&mut self) {
        let ran = (0..self.polls).map(|poll| ((self.next + poll) % self.turns) as u32);
        self.roll.close(ran);
        self.next = (self.next + self.polls) % self.turns;
    }

    fn operate(&mut self) -> u64 {
        for _ in 0..POLLS {
            self.clock.advance(SECOND);
            assert_eq!(self.scheduler.run_pending(), 1);
        }
        self.polls = POLLS;
        POLLS as u64
    }

    fn scheduler(&self) -> Scheduler {
        self.scheduler.clone()
    }
}
