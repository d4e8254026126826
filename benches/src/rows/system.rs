use std::time::{Duration, Instant};

use punctual::Scheduler;

use super::{fresh, Row};

/// A pass in which everything is due, on the machine's clock.
pub(super) struct SystemRounds {
    jobs: usize,
    scheduler: Scheduler,
}

const INTERVAL: Duration = Duration::from_millis(1);

impl SystemRounds {
    pub(super) fn new(jobs: usize) -> Self {
        let scheduler = Scheduler::new();
        for _ in 0..jobs {
            scheduler.every().duration(INTERVAL).run(fresh::body()).expect("a sentence without a mistake");
        }
        SystemRounds { jobs, scheduler }
    }
}

impl Row for SystemRounds {
    /// Spins until every job is due again; a sleep would let the processor's caches and frequency go. A little longer, for
    /// the wall clock may be slowed down at that time.
    fn prepare(&mut self) {
        let now = Instant::now();
        while now.elapsed() < INTERVAL * 11 / 10 {
            std::hint::spin_loop();
        }
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
