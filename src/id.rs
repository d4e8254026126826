//! The numbers of jobs and runs.

use std::{fmt, num::ParseIntError, str::FromStr};

/// A job's number in its scheduler. Jobs are numbered in the order of registration, and no number is used twice.
///
/// The number has a meaning in this scheduler and this process only. To find a job after a restart, give it a
/// [`key`](crate::Every::key).
///
/// ```
/// use punctual::JobId;
/// let scheduler = punctual::Scheduler::new();
/// let first = scheduler.every().hour().run(|| {})?;
/// let second = scheduler.every().hour().run(|| {})?;
/// assert!(first.id() < second.id());
///
/// let id: JobId = first.id().to_string().parse().unwrap();
/// assert_eq!(scheduler.job(id), Some(first));
/// # Ok::<(), punctual::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct JobId(pub(crate) u64);

impl JobId {
    /// The number.
    ///
    /// ```
    /// # let scheduler = punctual::Scheduler::new();
    /// let job = scheduler.every().hour().run(|| {})?;
    /// assert_eq!(job.id().as_u64().to_string(), job.id().to_string());
    /// # Ok::<(), punctual::Error>(())
    /// ```
    pub fn as_u64(self) -> u64 {
        self.0
    }
}

impl From<u64> for JobId {
    fn from(number: u64) -> Self {
        JobId(number)
    }
}

impl FromStr for JobId {
    type Err = ParseIntError;

    fn from_str(text: &str) -> Result<Self, ParseIntError> {
        text.parse().map(JobId)
    }
}

impl fmt::Display for JobId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// A run's number in its scheduler. Runs are numbered in the order in which they begin or are submitted, and no number
/// is used twice. A slot that is skipped has a number, too.
///
/// ```
/// use punctual::{Context, Scheduler};
/// # let scheduler = Scheduler::new();
/// # let (sender, runs) = std::sync::mpsc::channel();
/// let job = scheduler.every().day().run_with(move |context: &Context| sender.send(context.run().id))?;
/// job.run_now();
/// job.run_now();
/// assert!(runs.recv().unwrap() < runs.recv().unwrap());
/// # Ok::<(), punctual::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RunId(pub(crate) u64);

impl RunId {
    /// The number.
    ///
    /// ```
    /// # let scheduler = punctual::Scheduler::new();
    /// # let (sender, runs) = std::sync::mpsc::channel();
    /// # let job = scheduler.every().day().run_with(move |context: &punctual::Context| sender.send(context.run().id))?;
    /// # job.run_now();
    /// let id = runs.recv().unwrap();
    /// assert_eq!(id.to_string(), id.as_u64().to_string());
    /// # Ok::<(), punctual::Error>(())
    /// ```
    pub fn as_u64(self) -> u64 {
        self.0
    }
}

impl fmt::Display for RunId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
