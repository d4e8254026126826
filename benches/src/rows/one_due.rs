use std::{sync::Arc, time::Duration};

use punctual::{chrono::DateTime, ManualClock, Scheduler};

use super::{roll::Roll, Row};

/// One poll that finds one job due among many: another one every time, which then goes to the end of the queue.
pub(super) struct OneDue {
    jobs: usize,
    scheduler: Scheduler,
    clock: ManualClock,
    roll: Arc<Roll>,
    /// Whose turn it was.
    last: Option<usize>,
}

impl OneDue {
    pub(super) fn new(jobs: usize) -> Self {
        let clock = ManualClock::new(DateTime::UNIX_EPOCH);
        let scheduler = Scheduler::with_clock(clock.clone());
        let roll = Roll::new(jobs);
        for job in 0..jobs {
            scheduler.every().seconds(jobs as u64).run(roll.body(job)).expect("a sentence without a mistake");
            clock.advance(Duration::from_secs(1));
        }
        OneDue { jobs, scheduler, clock, roll, last: None }
    }
}

impl Row for OneDue {
    /// The first job is due as soon as the last is registered.
    fn prepare(&mut self) {
        self.last = Some(match self.last {
            None => 0,
            Some(last) => {
                self.roll.close(std::iter::once(last as u32));
                self.clock.advance(Duration::from_secs(1));
                (last + 1) % self.jobs
            }
        });
    }

    fn operate(&mut self) -> u64 {
        assert_eq!(self.scheduler.run_pending(), 1);
        1
    }
}
