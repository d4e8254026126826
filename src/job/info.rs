//! Plain data about a job.

use chrono::{DateTime, Utc};

use crate::{id::JobId, outcome::Outcome, schedule::Schedule, zone::Zone};

/// Plain data about a registered job, as of one instant. [`Scheduler::snapshot`](crate::Scheduler::snapshot) returns
/// one for each.
///
/// ```
/// # let scheduler = punctual::Scheduler::new();
/// scheduler.every().day().at("10:30").named("report").tag("mail").run(|| {})?;
/// let jobs = scheduler.snapshot();
/// assert_eq!(jobs[0].name, "report");
/// assert_eq!(jobs[0].tags, ["mail"]);
/// assert_eq!((jobs[0].run_count, jobs[0].is_paused), (0, false));
/// # Ok::<(), punctual::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct JobInfo {
    /// The job's number.
    pub id: JobId,
    /// The key, if it has one.
    pub key: Option<String>,
    /// The name given with `named`, otherwise the type name of the body.
    pub name: String,
    /// The tags, in the order in which they were given.
    pub tags: Vec<String>,
    /// The schedule.
    pub schedule: Schedule,
    /// The zone in which the schedule is read.
    pub zone: Zone,
    /// Lower runs first among jobs that are due at the same instant.
    pub priority: i32,
    /// The [pool](crate::Every::pool) of workers on which the body runs; `None` if it runs in the thread that polls, or
    /// in a task.
    pub pool: Option<String>,
    /// The next slot; `None` if the job or the scheduler is paused, or its last run is in progress.
    pub next_run: Option<DateTime<Utc>>,
    /// When the body was last called; `None` before the first run.
    pub last_run: Option<DateTime<Utc>>,
    /// The number of runs so far, including those in progress.
    pub run_count: u64,
    /// How the last run ended; `None` until the first run has ended.
    pub last_outcome: Option<Outcome>,
    /// Whether the job is paused.
    pub is_paused: bool,
    /// Whether a run is in progress, or waits for a worker or for another attempt.
    pub is_running: bool,
}
