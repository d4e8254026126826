//! For how long an offset holds.

use super::{DAY, SECOND};
use crate::timestamp::Timestamp;

/// A span of time, two days before and behind which the same offset holds. In nanoseconds since the Unix epoch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct OffsetSpan {
    pub(crate) from: i64,
    /// The first instant that is not known to belong to the span.
    pub(crate) until: i64,
    /// Positive towards the east.
    pub(crate) offset: i64,
}

impl OffsetSpan {
    /// No time at all.
    pub(crate) const NEVER: OffsetSpan = OffsetSpan { from: i64::MAX, until: 0, offset: 0 };

    pub(crate) fn contains(&self, instant: Timestamp) -> bool {
        (i128::from(self.from)..i128::from(self.until)).contains(&instant.nanos())
    }

    /// Of the span in which an offset holds, given in seconds; as far as `i64` can count it without a sign.
    pub(super) fn within(from: i64, until: i64, offset: i64) -> Self {
        let nanos = |second: i64| second.saturating_mul(SECOND);
        OffsetSpan {
            from: nanos(from).max(0).saturating_add(2 * DAY),
            until: nanos(until).saturating_sub(2 * DAY),
            offset: offset * SECOND,
        }
    }
}
