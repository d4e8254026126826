//! The options of a job: everything except its schedule and its body.

use std::{num::NonZeroU64, sync::Arc};

use super::{displaced::seed_of, policies::Policies, Hook, Labels};
use crate::error::{Error, Result};

/// The labels and policies of a job.
#[derive(Clone, Debug, Default)]
pub(crate) struct JobOptions {
    pub(crate) labels: Labels,
    /// The job's identity, unique in its scheduler.
    pub(crate) key: Option<Arc<str>>,
    pub(crate) on_conflict: OnConflict,
    pub(crate) priority: i32,
    /// The highest number of runs in progress at a time, on workers; `None` for a body that runs in the polling thread.
    pub(crate) workers: Option<NonZeroU64>,
    /// The pool of those workers, if the sentence names one.
    pub(crate) pool: Option<Arc<str>>,
    /// Whether the body is async. Its runs are counted as those on workers are.
    pub(crate) is_async: bool,
    pub(crate) policies: Option<Box<Policies>>,
    /// The hooks of its attempts, outermost first.
    pub(crate) hooks: Vec<Hook>,
}

impl JobOptions {
    /// The number that decides by how much the job is spread.
    pub(crate) fn seed(&self) -> Option<u64> {
        seed_of(self.key.as_deref(), self.labels.name.as_deref())
    }
}

/// What happens when a job is registered with a [`key`](crate::Every::key) that another job of the scheduler has.
///
/// ```
/// use punctual::OnConflict;
/// # let scheduler = punctual::Scheduler::new();
/// assert_eq!(OnConflict::default(), OnConflict::Update);
/// scheduler.every().day().key("daily-report").on_conflict(OnConflict::Keep).run(|| {})?;
/// # Ok::<(), punctual::Error>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum OnConflict {
    /// The registered job stays unchanged; `run` returns its handle and drops the new body.
    Keep,
    /// The registered job is updated. It keeps its id, its counts and whether it is paused. Its body, name, tags and
    /// options are replaced by those of the new sentence, so tags added with [`Job::tag`](crate::Job::tag) are lost.
    ///
    /// The schedule and the next run are replaced only if the text of the schedule differs. A moment given as a time of
    /// day or a length, such as `until("18:00")`, therefore still means the day or the instant to which it was resolved
    /// at the first registration.
    #[default]
    Update,
    /// `run` returns an error for which [`is_conflict`](crate::Error::is_conflict) is true.
    Fail,
}

/// `text`, unless it is empty: a tag, name or key needs at least one character.
pub(crate) fn label<'a>(what: &str, text: &'a str) -> Result<&'a str> {
    if text.is_empty() {
        return Err(Error::invalid(format!(
            "invalid {what} \"\": the text is empty (expected at least one character)"
        )));
    }
    Ok(text)
}

/// The name of the pool of jobs that run on workers and name none.
pub(crate) const DEFAULT_POOL: &str = "default";

/// Where the runs of a job happen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Executor {
    /// In the thread that polls, which waits for the end of the run.
    Caller,
    /// On a worker of one of the scheduler's pools.
    Workers,
}
