//! What few jobs have.

use std::{collections::VecDeque, num::NonZeroU64, sync::Arc};

use crate::{
    event::Removal,
    job::{
        attempts::Attempts, backlog::Backlog, options::DEFAULT_POOL, past::Past, policies::Policies, timing::OffGrid,
        Hook, JobOptions, Labels,
    },
    outcome::Outcome,
    run::RunRecord,
    timestamp::Timestamp,
};

/// What few jobs have: options other than the schedule, and state that plain jobs never need.
#[derive(Clone, Default)]
pub(super) struct Extra {
    /// Shared, so that a run can have it without a copy.
    pub(super) labels: Option<Arc<Labels>>,
    pub(super) key: Option<Arc<str>>,
    pub(super) priority: i32,
    /// The highest number of runs in progress on workers; `None` if the body runs in the polling thread.
    pub(super) workers: Option<NonZeroU64>,
    /// The pool of those workers; `None` for the default one.
    pub(super) pool: Option<Arc<str>>,
    /// Whether the body is async.
    pub(super) is_async: bool,
    /// The number of runs in progress on workers, including those that wait for one.
    pub(super) in_progress: u64,
    /// The next slot while it is not in the queue: the job is paused, or a pass found its body running.
    pub(super) kept: Option<Timestamp>,
    /// Set while the next run is not one of the grid.
    pub(super) off_grid: Option<OffGrid>,
    /// The last outcome, if it is a failure.
    pub(super) failure: Option<Outcome>,
    /// The runs and skips that are over, if the scheduler keeps any.
    pub(super) past: Option<Box<Past>>,
    /// The runs that wait for a worker, apart from further attempts.
    pub(super) submitted: VecDeque<RunRecord>,
    /// When the job was paused, while it is.
    pub(super) paused_at: Option<Timestamp>,
    /// Why and when the job was removed, if there was a handle of it then.
    pub(super) removed: Option<(Removal, Timestamp)>,
    /// What the sentence says about late and overlapping runs.
    pub(super) policies: Option<Box<Policies>>,
    /// The slots that wait for their runs, as it says.
    pub(super) backlog: Option<Box<Backlog>>,
    /// The runs that have a time limit or may be tried again.
    pub(super) attempts: Option<Box<Attempts>>,
    /// What is called around its attempts.
    pub(super) hooks: Option<Arc<Vec<Hook>>>,
}

impl Extra {
    pub(super) fn new(options: JobOptions) -> Self {
        let JobOptions { labels, key, on_conflict: _, priority, workers, pool, is_async, policies, hooks } = options;
        let pool = pool.filter(|pool| **pool != *DEFAULT_POOL);
        let is_labelled = labels.name.is_some() || !labels.tags.is_empty();
        #[cfg(any(feature = "tracing", feature = "metrics"))]
        let (labels, is_labelled) = (Labels { key: key.clone(), ..labels }, is_labelled || key.is_some());
        let labels = is_labelled.then(|| Arc::new(labels));
        let hooks = (!hooks.is_empty()).then(|| Arc::new(hooks));
        Extra { labels, key, priority, workers, pool, is_async, policies, hooks, ..Extra::default() }
    }

    /// These options, with the state of a job that had others.
    pub(super) fn with_state_of(mut self, old: Option<Extra>) -> Self {
        let Some(old) = old else { return self };
        let Extra { in_progress, kept, off_grid, failure, past, submitted, paused_at, backlog, attempts, .. } = old;
        let is_waiting = backlog.as_ref().is_some_and(|backlog| !backlog.is_empty())
            || attempts.as_ref().is_some_and(|attempts| !attempts.is_empty());
        // What waits is begun by the way of jobs that have policies.
        if is_waiting {
            self.policies.get_or_insert_with(Box::default);
        }
        Extra { in_progress, kept, off_grid, failure, past, submitted, paused_at, backlog, attempts, ..self }
    }

    /// That of the job in a simulation: its runs in progress are over.
    pub(super) fn simulated(&self) -> Self {
        Extra { in_progress: 0, past: None, submitted: VecDeque::new(), attempts: None, hooks: None, ..self.clone() }
    }
}
