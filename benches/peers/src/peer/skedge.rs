use skedge::{every, every_single, Job, Scheduler};

use super::{body, Peer};

const REGISTERED: &str = "every body is registered";

/// `skedge`, which uses the machine's zone.
pub(crate) struct Skedge {
    scheduler: Scheduler,
    kept: usize,
}

impl Skedge {
    fn run(&mut self, job: skedge::Result<Job>) {
        job.and_then(|job| job.run(&mut self.scheduler, body)).expect(REGISTERED);
    }

    fn tagged(&mut self, tag: &str) {
        let job = every_single().hour().map(|mut job| {
            job.tag(&[tag]);
            job
        });
        self.run(job);
    }
}

impl Peer for Skedge {
    /// A tag that only this job has.
    type Handle = String;

    fn new(_: usize) -> Self {
        Skedge { scheduler: Scheduler::new(), kept: 0 }
    }

    fn hourly(&mut self) {
        self.run(every_single().hour());
    }

    fn every(&mut self, seconds: u32) -> bool {
        self.run(every(seconds).seconds());
        true
    }

    fn minutely(&mut self) {
        self.run(every_single().minute());
    }

    fn poll(&mut self, times: usize) {
        for _ in 0..times {
            self.scheduler.run_pending().expect("no body fails");
        }
    }

    fn hourly_kept(&mut self) -> Option<String> {
        self.kept += 1;
        let tag = format!("job {}", self.kept);
        self.tagged(&tag);
        Some(tag)
    }

    fn cancel(&mut self, tag: String) {
        self.scheduler.clear(Some(tag));
    }

    fn hourly_tagged(&mut self) -> bool {
        self.tagged("tag");
        true
    }

    fn clear_tagged(&mut self) {
        self.scheduler.clear(Some("tag".to_owned()));
    }

    /// This process was started with New York as its zone.
    fn daily(&mut self) -> bool {
        self.run(every_single().day().and_then(|job| job.at("10:30")));
        true
    }

    fn daily_here(&mut self) -> bool {
        self.daily()
    }
}
