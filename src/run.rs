//! One execution of a job.

use std::time::Duration;

use chrono::{DateTime, Utc};

use crate::{
    id::{JobId, RunId},
    outcome::Outcome,
    timestamp::Timestamp,
};

/// One execution of a job for one slot, as plain data: what is known of it at that time. It is in
/// [`Event::run`](crate::Event::run), and [`Context::run`](crate::Context::run) and
/// [`Job::history`](crate::Job::history) return it.
///
/// ```
/// use punctual::{Context, Run, Scheduler};
/// # let scheduler = Scheduler::new();
/// let job = scheduler.every().day().run_with(|context: &Context| {
///     let run: Run = context.run();
///     assert_eq!((run.job, run.attempt), (context.id(), 1));
///     assert!(run.started_at.is_some() && run.ended_at.is_none());
/// })?;
/// job.run_now();
/// # assert!(job.last_outcome().unwrap().is_success());
/// # Ok::<(), punctual::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Run {
    /// The run's number.
    pub id: RunId,
    /// The job's number.
    pub job: JobId,
    /// The slot that the run is for.
    pub slot: DateTime<Utc>,
    /// The number of the attempt, starting with 1: see [`retry`](crate::Every::retry).
    pub attempt: u32,
    /// When the body was called; `None` while the run waits for a worker, or if it was skipped.
    pub started_at: Option<DateTime<Utc>>,
    /// When the body returned; `None` before that.
    pub ended_at: Option<DateTime<Utc>>,
    /// How the run ended; `None` before that.
    pub outcome: Option<Outcome>,
}

impl Run {
    /// How long the body took, by the scheduler's clock; `None` before its end. Zero if the clock was set back
    /// meanwhile by more than that.
    ///
    /// ```
    /// # use std::time::Duration;
    /// # use punctual::{chrono::DateTime, ManualClock, Scheduler};
    /// # let clock = ManualClock::new(DateTime::UNIX_EPOCH);
    /// # let scheduler = Scheduler::builder().clock(clock.clone()).history(1).build()?;
    /// let job = scheduler.every().day().run(move || clock.advance(Duration::from_secs(5)))?;
    /// job.run_now();
    /// assert_eq!(job.history(1)[0].duration(), Some(Duration::from_secs(5)));
    /// # Ok::<(), punctual::Error>(())
    /// ```
    pub fn duration(&self) -> Option<Duration> {
        let length = self.ended_at? - self.started_at?;
        Some(length.to_std().unwrap_or_default())
    }
}

/// A run as the scheduler keeps it: without what the job knows, and in 40 bytes. It becomes a [`Run`] when an event or
/// a context needs one.
#[derive(Clone, Copy, Debug)]
pub(crate) struct RunRecord {
    pub(crate) id: RunId,
    pub(crate) slot: Timestamp,
    /// [`Timestamp::NEVER`] until the body is called.
    pub(crate) started_at: Timestamp,
    pub(crate) attempt: u32,
}

impl RunRecord {
    #[inline]
    pub(crate) fn new(id: RunId, slot: Timestamp) -> Self {
        RunRecord { id, slot, started_at: Timestamp::NEVER, attempt: 1 }
    }

    /// Plain data about the run before its end.
    pub(crate) fn data(&self, job: JobId) -> Run {
        let is_started = self.started_at != Timestamp::NEVER;
        Run {
            id: self.id,
            job,
            slot: self.slot.datetime(),
            attempt: self.attempt,
            started_at: is_started.then(|| self.started_at.datetime()),
            ended_at: None,
            outcome: None,
        }
    }

    /// Plain data about the run after its end.
    pub(crate) fn ended(&self, job: JobId, at: Timestamp, outcome: &Outcome) -> Run {
        Run { ended_at: Some(at.datetime()), outcome: Some(outcome.clone()), ..self.data(job) }
    }
}
