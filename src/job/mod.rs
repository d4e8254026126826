//! What is registered: a rule, a body, and what has become of it.

mod body;
mod context;
mod labels;
mod options;
mod record;
mod shown;
mod special;

use std::fmt;

pub(crate) use self::{
    body::{Body, Exclusive, Shared, Task},
    context::Turn,
    labels::{Labels, Who},
    options::{label, JobOptions},
    record::{Record, Spec, Terms},
    special::Special,
};
pub use self::{context::Context, options::OnConflict};

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
