//! Events: what happened, as plain data.

use std::fmt;

use chrono::{DateTime, Utc};

use crate::{id::JobId, outcome::Outcome, run::Run};

/// Something that happened to a job or to the scheduler, as plain data, for [listeners](crate::Scheduler::on_event).
///
/// `seq` is the order in which things happened, in all threads: an event of a job has a greater number than the events
/// that led to it. `at` may repeat, and may go back if the clock is set back.
///
/// ```
/// use punctual::{EventKind, Scheduler};
/// # use std::sync::mpsc::channel;
/// # let (sender, events) = channel();
/// let scheduler = Scheduler::new();
/// scheduler.on_event(move |event| sender.send(event.clone()).unwrap());
/// let job = scheduler.every().day().named("report").run(|| {})?;
/// job.cancel();
///
/// let added = events.recv().unwrap();
/// assert_eq!((added.kind, added.name.as_str(), added.job), (EventKind::Added, "report", Some(job.id())));
/// let removed = events.recv().unwrap();
/// assert!(matches!(removed.kind, EventKind::Removed(_)) && removed.seq > added.seq);
/// # Ok::<(), punctual::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Event {
    /// The number of the event in its scheduler. Events are numbered in the order in which they happened, while there
    /// are listeners.
    pub seq: u64,
    /// When it happened, by the scheduler's clock.
    pub at: DateTime<Utc>,
    /// The job it is about; `None` if it is about the scheduler or a pool.
    pub job: Option<JobId>,
    /// The job's name, or the pool's; empty if it is about the scheduler.
    pub name: String,
    /// The run it is about; `None` if it is about the job as a whole.
    pub run: Option<Run>,
    /// What happened.
    pub kind: EventKind,
}

impl Event {
    /// The outcome of the run or attempt: for [`Executed`](EventKind::Executed), [`Failed`](EventKind::Failed) and
    /// [`Retrying`](EventKind::Retrying), and with the reason for [`Skipped(Vetoed)`](Skip::Vetoed). `None` for all
    /// other events.
    ///
    /// ```
    /// use punctual::{EventKind, Scheduler};
    /// # let (sender, failures) = std::sync::mpsc::channel();
    /// # let scheduler = Scheduler::new();
    /// scheduler.on_event(move |event| {
    ///     if let (EventKind::Failed, Some(outcome)) = (event.kind, event.outcome()) {
    ///         sender.send(format!("{} {outcome}", event.name)).unwrap();
    ///     }
    /// });
    /// scheduler.every().day().named("backup").run(|| Err::<(), _>("disk full"))?;
    /// scheduler.run_all();
    /// assert_eq!(failures.recv().unwrap(), "backup failed: disk full");
    /// # Ok::<(), punctual::Error>(())
    /// ```
    pub fn outcome(&self) -> Option<&Outcome> {
        self.run.as_ref()?.outcome.as_ref()
    }
}

/// What happened: the kind of an [`Event`].
///
/// A run has the events `Started`, then `Executed` or `Failed`. On a worker, `Submitted` comes first. With
/// [`retry`](crate::Every::retry), each attempt has a `Started`, and each but the last a `Retrying`.
///
/// ```
/// use punctual::{EventKind, Scheduler};
/// # let (sender, kinds) = std::sync::mpsc::channel();
/// # let scheduler = Scheduler::new();
/// scheduler.on_event(move |event| sender.send(event.kind).unwrap());
/// let job = scheduler.every().day().run(|| {})?;
/// job.run_now();
/// let heard: Vec<EventKind> = kinds.try_iter().collect();
/// assert_eq!(heard, [EventKind::Added, EventKind::Started, EventKind::Executed]);
/// # Ok::<(), punctual::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum EventKind {
    /// A loop such as `run_forever` has begun. Several loops are several events.
    SchedulerStarted,
    /// The scheduler was [paused](crate::Scheduler::pause).
    SchedulerPaused,
    /// The scheduler was [resumed](crate::Scheduler::resume).
    SchedulerResumed,
    /// [`shutdown`](crate::Scheduler::shutdown) was called: no further run begins, and those in progress are asked to
    /// end.
    SchedulerShutdown,
    /// A [pool](crate::Scheduler::add_pool) of workers was added. The event has its name, and no job.
    PoolAdded,
    /// A [pool](crate::Scheduler::remove_pool) of workers was removed. The event has its name, and no job.
    PoolRemoved,
    /// A job was registered.
    Added,
    /// A job was tagged, paused, resumed, rescheduled, triggered, or registered again under its key.
    Modified,
    /// A job was removed.
    Removed(Removal),
    /// [`clear`](crate::Scheduler::clear) was called. The events of the jobs that it removed come first.
    AllRemoved,
    /// A run was submitted to the workers.
    Submitted,
    /// A run started: its body is about to be called.
    Started,
    /// An attempt failed, and the run is [tried again](crate::Every::retry). The event has the outcome of the attempt.
    /// The next attempt has a `Started` of its own.
    Retrying,
    /// A run succeeded. Its outcome is [`Completed`](Outcome::Completed) or [`Cancelled`](Outcome::Cancelled).
    Executed,
    /// A run ended without success: its outcome is [`Failed`](Outcome::Failed), [`Panicked`](Outcome::Panicked),
    /// [`TimedOut`](Outcome::TimedOut) or [`Aborted`](Outcome::Aborted). The job stays scheduled, unless this was its
    /// last run.
    ///
    /// With [`retry`](crate::Every::retry) this comes once, after the last attempt. The attempts before it are
    /// [`Retrying`](EventKind::Retrying). A slot that has no run at all is [`Skipped`](EventKind::Skipped), which is no
    /// failure.
    Failed,
    /// A slot has no run, for this reason.
    Skipped(Skip),
}

/// Why a slot was skipped.
///
/// ```
/// assert_eq!(punctual::Skip::Overlap.to_string(), "as many runs as allowed were in progress");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Skip {
    /// The job already had as many runs in progress, or waiting, as [`max_instances`](crate::Every::max_instances) and
    /// [`overlap`](crate::Every::overlap) allow, or an update had just made it allow fewer.
    Overlap,
    /// The run was late, and would have started outside [`between`](crate::Every::between).
    Window,
    /// The run would have begun later after its slot than [`misfire_grace`](crate::Every::misfire_grace) allows. Slots
    /// that were missed together are one event, for the first of them.
    Misfire,
    /// The run was waiting, for a worker or for the end of another run, when the scheduler was
    /// [shut down](crate::Scheduler::shutdown).
    Shutdown,
    /// A [hook](crate::Scheduler::around) did not let the run or its next attempt begin. In the latter case, the run
    /// ends as failed. The event's [`outcome`](Event::outcome) has the reason.
    Vetoed,
    /// While the run waited for a worker or for its hooks, other runs used up what [`times`](crate::Every::times) allows.
    Finished,
}

#[cfg(feature = "metrics")]
impl Skip {
    pub(crate) const ALL: [Skip; 6] =
        [Skip::Overlap, Skip::Window, Skip::Misfire, Skip::Shutdown, Skip::Vetoed, Skip::Finished];

    /// The word for the reason, in metrics.
    pub(crate) fn kind(self) -> &'static str {
        match self {
            Skip::Overlap => "overlap",
            Skip::Window => "window",
            Skip::Misfire => "misfire",
            Skip::Shutdown => "shutdown",
            Skip::Vetoed => "vetoed",
            Skip::Finished => "finished",
        }
    }
}

impl fmt::Display for Skip {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Skip::Overlap => "as many runs as allowed were in progress",
            Skip::Misfire => "it was too late",
            Skip::Shutdown => "the scheduler was shut down before the run began",
            Skip::Vetoed => "a hook vetoed it",
            Skip::Finished => "the job had its last run before this one began",
            Skip::Window => "the window was closed when the run would have started",
        })
    }
}

/// Why a job was removed.
///
/// ```
/// use punctual::{EventKind, Removal, Scheduler};
/// # let (sender, events) = std::sync::mpsc::channel();
/// # let scheduler = Scheduler::new();
/// scheduler.every().day().run(|| {})?;
/// scheduler.on_event(move |event| sender.send(event.kind).unwrap());
/// scheduler.clear();
/// assert_eq!(events.recv().unwrap(), EventKind::Removed(Removal::Cleared));
/// # Ok::<(), punctual::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Removal {
    /// [`Job::cancel`](crate::Job::cancel) or [`cancel_job`](crate::Scheduler::cancel_job).
    Cancelled,
    /// [`clear`](crate::Scheduler::clear) or [`clear_tagged`](crate::Scheduler::clear_tagged).
    Cleared,
    /// It had its last run, by `times(n)`, or its schedule has no slot left.
    Finished,
    /// Its next slot would be after `until`.
    Deadline,
    /// Its body returned [`CancelJob`](crate::CancelJob).
    ReturnedCancelJob,
    /// A [`Trigger`](crate::Trigger) of its schedule panicked, or returned an instant that is not after the one it was
    /// given. The log says which.
    TriggerFailed,
}

impl fmt::Display for Removal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Removal::Cancelled => "cancelled",
            Removal::Cleared => "cleared",
            Removal::Finished => "finished",
            Removal::Deadline => "past its deadline",
            Removal::ReturnedCancelJob => "its body returned CancelJob",
            Removal::TriggerFailed => "its trigger failed",
        })
    }
}
