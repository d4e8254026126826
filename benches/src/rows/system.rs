use std::time::{Duration, Instant};

use punctual::Scheduler;

use super::{fresh, Row};

/// A pass in which every job is due, on the machine's clock.
pub(super) struct SystemRounds {
    jobs: usize,
    scheduler: Scheduler,
}

/// Longer than a pass over a thousand jobs takes under callgrind, or slots would be missed during the pass.
const INTERVAL: Duration = Duration::from_millis(100);

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
    /// Spins until every job is due again: after a sleep, the processor's caches would be cold and its frequency lower.
    /// The margin of a tenth allows for a wall clock that is being slewed.
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
