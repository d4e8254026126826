use std::hint::black_box;

use chrono::Utc;
use chrono_tz::America::New_York;
use job_scheduler_ng::{Job, JobScheduler, Schedule, Uuid};

use super::{body, Peer};

const CRON: &str = "the cron expression is right";

/// `job_scheduler_ng`, which takes cron expressions and a fixed offset instead of a zone.
pub(crate) struct JobSchedulerNg(JobScheduler<'static>);

impl JobSchedulerNg {
    fn add(&mut self, cron: &str) -> Uuid {
        self.0.add(Job::new(cron.parse().expect(CRON), body))
    }
}

impl Peer for JobSchedulerNg {
    type Handle = Uuid;

    fn new(_: usize) -> Self {
        JobSchedulerNg(JobScheduler::new())
    }

    fn hourly(&mut self) {
        self.add("0 0 * * * *");
    }

    /// Once an hour, at the second of the hour that the number gives.
    fn every(&mut self, seconds: u32) -> bool {
        self.add(&format!("{} {} * * * *", seconds % 60, seconds / 60 % 60));
        true
    }

    fn minutely(&mut self) {
        self.add("0 * * * * *");
    }

    fn poll(&mut self, times: usize) {
        for _ in 0..times {
            self.0.tick();
        }
    }

    fn hourly_kept(&mut self) -> Option<Uuid> {
        Some(self.add("0 0 * * * *"))
    }

    fn cancel(&mut self, job: Uuid) {
        assert!(self.0.remove(job));
    }

    /// Uses the crate `cron`, which it re-exports.
    fn next_daily() -> Option<Box<dyn FnMut()>> {
        let schedule: Schedule = "0 30 10 * * *".parse().expect(CRON);
        let now = Utc::now().with_timezone(&New_York);
        Some(Box::new(move || {
            black_box(schedule.after(black_box(&now)).next());
        }))
    }
}
