use std::hint::black_box;

use super::{fresh, Row};

/// `every().seconds(n).run(body)?;` in the default registry, the handle let go of as that statement does.
pub(super) struct Register {
    jobs: usize,
    registered: usize,
    batch: usize,
}

impl Register {
    pub(super) fn new(jobs: usize) -> Self {
        fresh::default_registry(jobs);
        Register { jobs, registered: jobs, batch: (jobs / 10).max(10) }
    }
}

impl Row for Register {
    /// Between once and twice as many jobs are there as the row says.
    fn prepare(&mut self) {
        if self.registered >= (2 * self.jobs).max(20) {
            fresh::default_registry(self.jobs);
            self.registered = self.jobs;
        }
    }

    fn operate(&mut self) -> u64 {
        for n in 0..self.batch {
            let job = punctual::every().seconds(black_box(3_600 + fresh::seconds(n))).run(fresh::body());
            assert!(job.is_ok());
        }
        self.registered += self.batch;
        self.batch as u64
    }
}
