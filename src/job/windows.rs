//! The windows that a run must obey.

use crate::{timestamp::Timestamp, trigger::Window, zone::Zone};

/// The windows that a run must obey: when it begins, one of them must be open. Empty if it may begin at any time.
#[derive(Clone, Debug, Default)]
pub(crate) struct Windows(pub(super) Vec<(Window, Zone)>);

impl Windows {
    /// Whether a run that begins at `now` would start outside all of them.
    pub(crate) fn exclude(&self, now: Timestamp) -> bool {
        !self.0.is_empty() && self.0.iter().all(|(window, zone)| !window.is_open(*zone, now))
    }
}
