use std::hint::black_box;

use punctual::Scheduler;

use super::{fresh, Row};

/// `every().seconds(n).run(body)?;`, including the drop of the handle, as in that statement.
pub(super) struct Register {
    scheduler: Scheduler,
    jobs: usize,
    registered: usize,
    batch: usize,
}

impl Register {
    pub(super) fn new(jobs: usize) -> Self {
        let mut row = Register { scheduler: Scheduler::new(), jobs, registered: 0, batch: (jobs / 10).max(10) };
        row.fill();
        row
    }

    fn fill(&mut self) {
        (0..self.jobs).for_each(|n| drop(fresh::later(&self.scheduler, n)));
        self.registered = self.jobs;
    }
}

impl Row for Register {
    /// Keeps the number of jobs between the row's size and twice that, or ten if that is more.
    fn prepare(&mut self) {
        if self.registered + self.batch > (2 * self.jobs).max(10) {
            self.scheduler.clear();
            self.fill();
        }
    }

    fn operate(&mut self) -> u64 {
        for n in 0..self.batch {
            let job = self.scheduler.every().seconds(black_box(fresh::seconds(n))).run(fresh::body());
            assert!(job.is_ok());
        }
        self.registered += self.batch;
        self.batch as u64
    }

    fn scheduler(&self) -> Scheduler {
        self.scheduler.clone()
    }
}
