use std::time::Duration;

use chrono::{DateTime, Utc};
use punctual::{Job, ManualClock, Scheduler};

use super::{body, Peer};

const REGISTERED: &str = "every body is registered";

/// `punctual` on the machine's clock, as with the free functions.
pub(crate) struct Punctual(Scheduler);

impl Punctual {
    fn hourly(&self) -> Job {
        self.0.every().hour().run(body).expect(REGISTERED)
    }

    fn daily(&self) -> Job {
        self.0.every().day().at("10:30").tz("America/New_York").run(body).expect(REGISTERED)
    }
}

impl Peer for Punctual {
    type Handle = Job;

    fn new(_: usize) -> Self {
        Punctual(Scheduler::new())
    }

    fn hourly(&mut self) {
        Punctual::hourly(self);
    }

    fn every(&mut self, seconds: u32) -> bool {
        self.0.every().seconds(seconds).run(body).expect(REGISTERED);
        true
    }

    fn minutely(&mut self) {
        self.0.every().minute().run(body).expect(REGISTERED);
    }

    fn poll(&mut self, times: usize) {
        for _ in 0..times {
            self.0.run_pending();
        }
    }

    fn hourly_kept(&mut self) -> Option<Job> {
        Some(Punctual::hourly(self))
    }

    fn cancel(&mut self, job: Job) {
        job.cancel();
    }

    fn hourly_tagged(&mut self) -> bool {
        self.0.every().hour().tag("tag").run(body).expect(REGISTERED);
        true
    }

    fn clear_tagged(&mut self) {
        self.0.clear_tagged("tag");
    }

    fn daily(&mut self) -> bool {
        Punctual::daily(self);
        true
    }

    fn daily_here(&mut self) -> bool {
        self.0.every().day().at("10:30").run(body).expect(REGISTERED);
        true
    }

    /// No method only computes a slot. `pause` and `resume` do, and also take the job from the queue and put it back.
    fn next_daily() -> Option<Box<dyn FnMut()>> {
        let scheduler = Punctual::new(1);
        let job = scheduler.daily();
        Some(Box::new(move || {
            job.pause();
            job.resume();
        }))
    }
}

/// `punctual` on a `ManualClock`, as in tests.
pub(crate) struct ByHand(Punctual, ManualClock);

impl Peer for ByHand {
    type Handle = Job;

    fn new(_: usize) -> Self {
        let clock = ManualClock::new(DateTime::<Utc>::from(std::time::SystemTime::now()));
        ByHand(Punctual(Scheduler::with_clock(clock.clone())), clock)
    }

    fn hourly(&mut self) {
        Peer::hourly(&mut self.0);
    }

    fn every(&mut self, seconds: u32) -> bool {
        self.0.every(seconds)
    }

    fn minutely(&mut self) {
        self.0.minutely();
    }

    fn poll(&mut self, times: usize) {
        self.0.poll(times);
    }

    fn advance(&mut self, by: Duration) {
        self.1.advance(by);
    }

    fn hourly_kept(&mut self) -> Option<Job> {
        self.0.hourly_kept()
    }

    fn cancel(&mut self, job: Job) {
        self.0.cancel(job);
    }
}
