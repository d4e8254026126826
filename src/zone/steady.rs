//! For how long an offset holds.

use super::{DAY, SECOND};

/// A span of time in which one offset holds, in nanoseconds since the Unix epoch. It lies some days within those that `i64`
/// can count without a sign, lest the wall time or what lies around it cannot be counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Steady {
    pub(crate) from: i64,
    /// The first instant that is not known to belong to the span.
    pub(crate) until: i64,
    /// In nanoseconds, positive towards the east.
    pub(crate) offset: i64,
}

impl Steady {
    /// No time at all.
    pub(crate) const NEVER: Steady = Steady { from: 0, until: 0, offset: 0 };

    const FIRST: i64 = 10 * DAY;
    const LAST: i64 = i64::MAX - 10 * DAY;

    pub(super) fn always(offset: i64) -> Self {
        Steady { from: Self::FIRST, until: Self::LAST, offset: offset * SECOND }
    }

    /// The offset of a span; all three are given in seconds.
    #[cfg(feature = "tz")]
    pub(super) fn of_seconds(from: i64, until: i64, offset: i64) -> Self {
        let nanos = |second: i64| second.saturating_mul(SECOND).clamp(Self::FIRST, Self::LAST);
        Steady { from: nanos(from), until: nanos(until), offset: offset * SECOND }
    }

    /// Whether the offset holds at `now`, and has held for so long.
    #[inline]
    pub(crate) fn held(self, length: i64, now: i64) -> bool {
        self.from + length <= now && now < self.until
    }
}
