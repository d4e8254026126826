//! Where to find a job.

use crate::id::JobId;

/// Where to find one job: its row in the registry's table, and its number, because a row is used again when its job is gone
/// and no handle is left.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Place {
    pub(crate) id: JobId,
    pub(crate) row: u32,
}
