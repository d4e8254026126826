use punctual::{Job, Scheduler};

use super::{fresh, Row};

/// `job.cancel()` on jobs chosen at random, and the drop of their handles.
pub(super) struct Cancel {
    scheduler: Scheduler,
    jobs: usize,
    kept: Vec<Job>,
    chosen: Vec<Job>,
    random: u64,
}

impl Cancel {
    pub(super) fn new(jobs: usize) -> Self {
        let (kept, chosen) = (Vec::with_capacity(jobs), Vec::new());
        Cancel { scheduler: Scheduler::new(), jobs, kept, chosen, random: 1 }
    }

    /// Knuth's linear congruential generator, which needs no dependency.
    fn draw(&mut self, below: usize) -> usize {
        self.random = self.random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.random >> 33) as usize % below
    }
}

impl Row for Cancel {
    fn prepare(&mut self) {
        for n in self.kept.len()..self.jobs {
            self.kept.push(fresh::later(&self.scheduler, n));
        }
        for _ in 0..(self.jobs / 100).clamp(1, 1_000) {
            let chosen = self.draw(self.kept.len());
            self.chosen.push(self.kept.swap_remove(chosen));
        }
    }

    fn operate(&mut self) -> u64 {
        let cancelled = self.chosen.len();
        for job in self.chosen.drain(..) {
            assert!(job.cancel());
        }
        cancelled as u64
    }

    fn scheduler(&self) -> Scheduler {
        self.scheduler.clone()
    }
}
