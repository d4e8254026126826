//! Where a job is in the registry.

use crate::id::JobId;

/// Where a job is: its row in the registry's table, and its number. A row is used again once its job is gone and no
/// handle is left; the number says whether the job in the row is still the one that is meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Place {
    pub(crate) id: JobId,
    pub(crate) row: u32,
}
