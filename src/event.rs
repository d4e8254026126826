//! What happened, as plain data.

use chrono::{DateTime, Utc};

use crate::job::JobId;

/// What happened to a job. A listener receives it: see [`Scheduler::on_event`](crate::Scheduler::on_event).
///
/// ```
/// use punctual::{Event, Scheduler};
/// # use std::sync::mpsc::channel;
/// # let (sender, events) = channel();
/// let scheduler = Scheduler::new();
/// scheduler.on_event(move |event| sender.send(event.clone()).unwrap());
/// let job = scheduler.every().day().named("report").run(|| {})?;
/// job.cancel();
///
/// assert!(matches!(events.recv().unwrap(), Event::JobAdded { name, .. } if name == "report"));
/// assert!(matches!(events.recv().unwrap(), Event::JobRemoved { id, .. } if id == job.id()));
/// # Ok::<(), punctual::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Event {
    /// A job was registered.
    #[non_exhaustive]
    JobAdded {
        /// Its number.
        id: JobId,
        /// Its name.
        name: String,
        /// Its first slot.
        next_run: Option<DateTime<Utc>>,
    },
    /// A job was tagged, paused or resumed.
    #[non_exhaustive]
    JobModified {
        /// Its number.
        id: JobId,
        /// Its name.
        name: String,
        /// Its next slot; `None` when it is paused.
        next_run: Option<DateTime<Utc>>,
    },
    /// A run was handed to the workers.
    #[non_exhaustive]
    JobSubmitted {
        /// The job's number.
        id: JobId,
        /// Its name.
        name: String,
        /// The slot that the run is for.
        scheduled_at: DateTime<Utc>,
    },
    /// A slot was skipped, because the workers had as many runs of the job in hand as it may have.
    #[non_exhaustive]
    JobMaxInstances {
        /// The job's number.
        id: JobId,
        /// Its name.
        name: String,
        /// The slot that was skipped.
        scheduled_at: DateTime<Utc>,
    },
    /// A body ran to its end.
    #[non_exhaustive]
    JobExecuted {
        /// The job's number.
        id: JobId,
        /// Its name.
        name: String,
        /// The slot that the run was for.
        scheduled_at: DateTime<Utc>,
    },
    /// A body returned an error or panicked. Its job stays scheduled, unless this was its last run.
    #[non_exhaustive]
    JobError {
        /// The job's number.
        id: JobId,
        /// Its name.
        name: String,
        /// The slot that the run was for.
        scheduled_at: DateTime<Utc>,
        /// The error's text, or the panic's message.
        error: String,
        /// Whether it was a panic.
        panicked: bool,
    },
    /// A job left the registry.
    #[non_exhaustive]
    JobRemoved {
        /// Its number.
        id: JobId,
        /// Its name.
        name: String,
        /// Why it left.
        why: Removal,
    },
}

impl Event {
    /// The number of the job that this is about.
    ///
    /// ```
    /// # let (sender, events) = std::sync::mpsc::channel();
    /// # let scheduler = punctual::Scheduler::new();
    /// scheduler.on_event(move |event| sender.send(event.id()).unwrap());
    /// let job = scheduler.every().day().run(|| {})?;
    /// assert_eq!(events.recv().unwrap(), job.id());
    /// # Ok::<(), punctual::Error>(())
    /// ```
    pub fn id(&self) -> JobId {
        match self {
            Event::JobAdded { id, .. }
            | Event::JobModified { id, .. }
            | Event::JobSubmitted { id, .. }
            | Event::JobMaxInstances { id, .. }
            | Event::JobExecuted { id, .. }
            | Event::JobError { id, .. }
            | Event::JobRemoved { id, .. } => *id,
        }
    }

    /// The name of the job that this is about.
    ///
    /// ```
    /// # let (sender, events) = std::sync::mpsc::channel();
    /// # let scheduler = punctual::Scheduler::new();
    /// scheduler.on_event(move |event| sender.send(event.name().to_owned()).unwrap());
    /// scheduler.every().day().named("report").run(|| {})?;
    /// assert_eq!(events.recv().unwrap(), "report");
    /// # Ok::<(), punctual::Error>(())
    /// ```
    pub fn name(&self) -> &str {
        match self {
            Event::JobAdded { name, .. }
            | Event::JobModified { name, .. }
            | Event::JobSubmitted { name, .. }
            | Event::JobMaxInstances { name, .. }
            | Event::JobExecuted { name, .. }
            | Event::JobError { name, .. }
            | Event::JobRemoved { name, .. } => name,
        }
    }
}

/// Why a job left the registry.
///
/// ```
/// use punctual::{Event, Removal, Scheduler};
/// # let (sender, events) = std::sync::mpsc::channel();
/// # let scheduler = Scheduler::new();
/// scheduler.every().day().run(|| {})?;
/// scheduler.on_event(move |event| {
///     if let Event::JobRemoved { why, .. } = event {
///         sender.send(*why).unwrap();
///     }
/// });
/// scheduler.clear();
/// assert_eq!(events.recv().unwrap(), Removal::Cleared);
/// # Ok::<(), punctual::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Removal {
    /// [`Job::cancel`](crate::Job::cancel) or [`cancel_job`](crate::Scheduler::cancel_job).
    Cancelled,
    /// [`clear`](crate::Scheduler::clear) or [`clear_tagged`](crate::Scheduler::clear_tagged).
    Cleared,
    /// It has run `times(n)` times, or its rule has no slot left.
    Finished,
    /// Its next slot lies behind `until`.
    Deadline,
    /// Its body returned [`CancelJob`](crate::CancelJob).
    ReturnedCancelJob,
}
