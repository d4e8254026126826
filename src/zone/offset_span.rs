//! Spans of time with one offset.

use super::{DAY, SECOND};
use crate::timestamp::Timestamp;

/// A span of time in which a zone's offset does not change, nor within two days before and after it. In nanoseconds
/// since the Unix epoch.
///
/// Inside the span a calendar rule may add the offset and compute as if the zone had no other. Two days of margin make
/// that correct at the ends:
///
/// ```text
///        change                                              change
///          |<-- 2 days -->|=========== span ===========|<-- 2 days -->|
///                         from                         until
/// ```
///
/// - After a change: a gap shifts a slot by its own length, at most a day (Samoa, 2011), so two days later no slot of
///   an earlier date is still to come.
/// - Before a change: [`readings`](super::Zone::readings) probes offsets up to 32 hours from the slot (16 hours of
///   offset, and 16 hours around that), so they all give the same answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct OffsetSpan {
    pub(crate) from: i64,
    /// Exclusive.
    pub(crate) until: i64,
    /// Positive east of Greenwich.
    pub(crate) offset: i64,
}

impl OffsetSpan {
    /// The empty span.
    pub(crate) const NEVER: OffsetSpan = OffsetSpan { from: i64::MAX, until: 0, offset: 0 };

    pub(crate) fn contains(&self, instant: Timestamp) -> bool {
        (i128::from(self.from)..i128::from(self.until)).contains(&instant.nanos())
    }

    /// The span for an offset that applies from one second until another. It is cut to what `i64` can count in
    /// nanoseconds, and to instants after the epoch: with the margin, a wall time in it is never negative, whatever the
    /// offset.
    pub(super) fn within(from: i64, until: i64, offset: i64) -> Self {
        let nanos = |second: i64| second.saturating_mul(SECOND);
        OffsetSpan {
            from: nanos(from).max(0).saturating_add(2 * DAY),
            until: nanos(until).saturating_sub(2 * DAY),
            offset: offset * SECOND,
        }
    }
}
