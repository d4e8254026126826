use punctual::Scheduler;

use super::{fresh, Row};

/// `clear_tagged(tag)`, where every job has one of 100 tags.
pub(super) struct ClearTag {
    scheduler: Scheduler,
    jobs: usize,
    tags: Vec<String>,
    turn: usize,
}

impl ClearTag {
    pub(super) fn new(jobs: usize) -> Self {
        let tags: Vec<String> = (0..jobs.min(100)).map(|n| format!("group-{n}")).collect();
        let row = ClearTag { scheduler: Scheduler::new(), jobs, tags, turn: 0 };
        (0..row.tags.len()).for_each(|turn| row.fill(turn));
        row
    }

    fn fill(&self, turn: usize) {
        for n in (turn..self.jobs).step_by(self.tags.len()) {
            let job = self.scheduler.every().seconds(fresh::seconds(n)).tag(&self.tags[turn]).run(fresh::body());
            job.expect("a sentence without a mistake");
        }
    }
}

impl Row for ClearTag {
    fn prepare(&mut self) {
        if self.scheduler.next_run_tagged(&self.tags[self.turn]).is_none() {
            self.fill(self.turn);
        }
        self.turn = (self.turn + 1) % self.tags.len();
    }

    fn operate(&mut self) -> u64 {
        let cleared = self.scheduler.clear_tagged(&self.tags[self.turn]);
        assert_eq!(cleared, self.jobs / self.tags.len());
        cleared as u64
    }

    fn scheduler(&self) -> Scheduler {
        self.scheduler.clone()
    }
}
