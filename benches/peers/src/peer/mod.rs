//! The schedulers under measurement, each used as its documentation says.

mod clokwerk;
mod job_scheduler;
mod punctual;
mod skedge;
mod tokio_cron;

use std::{
    sync::atomic::{AtomicUsize, Ordering::Relaxed},
    time::Duration,
};

pub(crate) use self::{
    clokwerk::Clokwerk,
    job_scheduler::JobSchedulerNg,
    punctual::{ByHand, Punctual},
    skedge::Skedge,
    tokio_cron::{TokioCron, CHANNEL},
};
use crate::process;

/// A scheduler. A method that it cannot support returns `None` or `false` and does nothing.
pub(crate) trait Peer: Sized {
    /// The value with which one job is cancelled.
    type Handle;

    /// Creates a scheduler for up to `due_at_once` jobs due at once.
    fn new(due_at_once: usize) -> Self;

    /// Registers a job that runs [`body`] every hour.
    fn hourly(&mut self);

    /// Registers a job that runs every `seconds` seconds, or at least has a slot of its own.
    fn every(&mut self, seconds: u32) -> bool;

    /// Registers a job that runs every minute.
    fn minutely(&mut self);

    /// Polls `times` times.
    fn poll(&mut self, times: usize);

    /// Advances the clock.
    fn advance(&mut self, by: Duration) {
        process::advance(by);
    }

    /// Registers a job that runs every hour and can be cancelled.
    fn hourly_kept(&mut self) -> Option<Self::Handle> {
        None
    }

    fn cancel(&mut self, _: Self::Handle) {}

    /// Registers a job that runs every hour and has a tag.
    fn hourly_tagged(&mut self) -> bool {
        false
    }

    /// Cancels all jobs that have the tag.
    fn clear_tagged(&mut self) {}

    /// Registers a job that runs every day at 10:30 in New York.
    fn daily(&mut self) -> bool {
        false
    }

    /// Registers a job that runs every day at 10:30 in the machine's zone.
    fn daily_here(&mut self) -> bool {
        false
    }

    /// A function that computes the next 10:30 in New York.
    fn next_daily() -> Option<Box<dyn FnMut()>> {
        None
    }
}

static RUNS: AtomicUsize = AtomicUsize::new(0);

/// The body of every job.
pub(crate) fn body() {
    RUNS.fetch_add(1, Relaxed);
}

/// The number of runs of all bodies.
pub(crate) fn runs() -> usize {
    RUNS.load(Relaxed)
}
