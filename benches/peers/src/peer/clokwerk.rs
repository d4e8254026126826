use std::convert::Infallible;

use chrono::Utc;
use chrono_tz::{America::New_York, Tz};
use clokwerk::{Job, Scheduler, TimeUnits};

use super::{body, Peer};

/// `clokwerk`, which has one zone per scheduler.
pub(crate) struct Clokwerk {
    here: Scheduler,
    /// The scheduler for daily jobs, polled instead of the other once there is one.
    new_york: Option<Scheduler<Tz>>,
}

impl Peer for Clokwerk {
    /// It cannot remove a job.
    type Handle = Infallible;

    fn new(_: usize) -> Self {
        Clokwerk { here: Scheduler::new(), new_york: None }
    }

    fn hourly(&mut self) {
        self.here.every(1.hour()).run(body);
    }

    fn every(&mut self, seconds: u32) -> bool {
        self.here.every(seconds.seconds()).run(body);
        true
    }

    fn minutely(&mut self) {
        self.here.every(1.minute()).run(body);
    }

    fn poll(&mut self, times: usize) {
        for _ in 0..times {
            match &mut self.new_york {
                Some(scheduler) => scheduler.run_pending(),
                None => self.here.run_pending(),
            }
        }
    }

    fn daily(&mut self) -> bool {
        self.new_york.get_or_insert_with(|| Scheduler::with_tz(New_York)).every(1.day()).at("10:30").run(body);
        true
    }

    fn daily_here(&mut self) -> bool {
        self.here.every(1.day()).at("10:30").run(body);
        true
    }

    /// `execute` runs the body and computes the next slot.
    fn next_daily() -> Option<Box<dyn FnMut()>> {
        let scheduler = Box::leak(Box::new(Scheduler::with_tz(New_York)));
        let job = scheduler.every(1.day()).at("10:30").run(body);
        let now = Utc::now().with_timezone(&New_York);
        Some(Box::new(move || job.execute(&now)))
    }
}
