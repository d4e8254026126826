//! The limits that a run must obey.

use crate::{timestamp::Timestamp, trigger::Limits, zone::Zone};

/// The limits that a run must obey: when it begins, one of them must be open. Empty if it may begin at any time.
#[derive(Debug, Default)]
pub(crate) struct Windows(pub(super) Vec<(Limits, Zone)>);

impl Windows {
    /// Whether a run that begins at `now` would start outside all of them.
    pub(crate) fn exclude(&self, now: Timestamp) -> bool {
        !self.0.is_empty() && self.0.iter().all(|(limits, zone)| !limits.is_open(*zone, now))
    }
}
