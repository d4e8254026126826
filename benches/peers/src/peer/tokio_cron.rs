use std::{hint::black_box, time::Duration};

use chrono::Utc;
use chrono_tz::America::New_York;
use croner::parser::{CronParser, Seconds};
use tokio::{
    runtime::{Builder, Runtime},
    time,
};
use tokio_cron_scheduler::{Job, JobScheduler};

use super::{body, Peer};

/// `tokio-cron-scheduler`, which polls itself twice a second.
///
/// Its runtime is paused, so timers elapse as soon as the runtime is idle, and a poll takes only as long as its work.
/// Its wall clock is that of the process.
pub(crate) struct TokioCron {
    runtime: Runtime,
    scheduler: JobScheduler,
}

const TICK: Duration = Duration::from_millis(500);
/// The default capacity of its channels.
pub(crate) const CHANNEL: usize = 200;

impl TokioCron {
    fn add(&self, job: Job) -> <Self as Peer>::Handle {
        self.runtime.block_on(self.scheduler.add(job)).expect("every body is registered")
    }

    fn repeated(&self, seconds: u64) -> <Self as Peer>::Handle {
        self.add(Job::new_repeated(Duration::from_secs(seconds), |_, _| body()).expect("the duration is right"))
    }
}

impl Peer for TokioCron {
    type Handle = tokio_cron_scheduler::job::JobId;

    fn new(due_at_once: usize) -> Self {
        let runtime = Builder::new_current_thread().enable_time().start_paused(true).build().expect("a runtime");
        let scheduler = runtime.block_on(async {
            let scheduler = JobScheduler::new_with_channel_size(due_at_once.max(CHANNEL)).await.expect("a scheduler");
            scheduler.start().await.expect("it starts");
            // Shifts polls by half a tick, so that every wait of a tick's length contains exactly one tick.
            time::sleep(TICK / 2).await;
            scheduler
        });
        TokioCron { runtime, scheduler }
    }

    fn hourly(&mut self) {
        self.repeated(3600);
    }

    fn every(&mut self, seconds: u32) -> bool {
        self.repeated(seconds.into());
        true
    }

    fn minutely(&mut self) {
        self.repeated(60);
    }

    fn poll(&mut self, times: usize) {
        self.runtime.block_on(async {
            for _ in 0..times {
                time::sleep(TICK).await;
            }
        });
    }

    fn hourly_kept(&mut self) -> Option<Self::Handle> {
        Some(self.repeated(3600))
    }

    fn cancel(&mut self, job: Self::Handle) {
        self.runtime.block_on(self.scheduler.remove(&job)).expect("it was registered");
    }

    fn daily(&mut self) -> bool {
        self.add(Job::new_tz("0 30 10 * * *", New_York, |_, _| body()).expect("the cron expression is right"));
        true
    }

    /// Uses the crate `croner`, as it does itself.
    fn next_daily() -> Option<Box<dyn FnMut()>> {
        let parser = CronParser::builder().seconds(Seconds::Required).dom_and_dow(true).build();
        let cron = parser.parse("0 30 10 * * *").expect("the cron expression is right");
        let now = Utc::now().with_timezone(&New_York);
        Some(Box::new(move || {
            black_box(cron.find_next_occurrence(black_box(&now), false)).expect("there is one");
        }))
    }
}
