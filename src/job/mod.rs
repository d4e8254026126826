//! What is registered: a rule, a body, and what has become of it.

mod body;
mod context;
mod record;
mod shown;
mod special;

use std::{fmt, sync::Arc};

pub use self::context::Context;
pub(crate) use self::{
    body::{Body, Exclusive, Shared, Task},
    record::{Record, Spec, Terms},
    special::Special,
};

/// A job's number in its registry: jobs are numbered in the order of their registration, and no number comes twice.
///
/// ```
/// let scheduler = punctual::Scheduler::new();
/// let first = scheduler.every().hour().run(|| {})?;
/// let second = scheduler.every().hour().run(|| {})?;
/// assert!(first.id() < second.id());
/// # Ok::<(), punctual::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct JobId(pub(crate) u64);

impl fmt::Display for JobId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// Where to find one job, for certain: its row of the registry's table, and its number, because a row is used again when
/// its job is gone and no handle is left.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Place {
    pub(crate) id: JobId,
    pub(crate) row: u32,
}

/// Why a job has no slot left.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ending {
    Finished,
    Deadline,
}

/// What a job is called: in events, in the log, and by its own body.
#[derive(Clone, Debug)]
pub(crate) struct Who {
    pub(crate) id: JobId,
    /// The type name of the body.
    pub(crate) body: fn() -> &'static str,
    pub(crate) labels: Option<Arc<Labels>>,
}

/// What the sentence calls a job.
#[derive(Clone, Debug, Default)]
pub(crate) struct Labels {
    pub(crate) name: Option<Arc<str>>,
    pub(crate) tags: Vec<Arc<str>>,
}

impl Who {
    pub(crate) fn name(&self) -> &str {
        self.labels.as_ref().and_then(|labels| labels.name.as_deref()).unwrap_or_else(|| (self.body)())
    }

    pub(crate) fn tags(&self) -> &[Arc<str>] {
        self.labels.as_ref().map_or(&[], |labels| &labels.tags)
    }
}
