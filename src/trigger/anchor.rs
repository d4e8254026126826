//! The origin and the step length of a grid.

use crate::timestamp::Timestamp;

/// The origin and the step length of a grid, as plain data. A rule and an anchor together determine the slots.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Anchor {
    /// The origin of a rule of elapsed time. For a minute or an hour with `at`, the beginning of one; for a single run,
    /// its slot.
    pub(crate) at: Timestamp,
    /// The origin of a rule of dates, as the number of days since 1 January 1970.
    pub(crate) day: i64,
    /// The number of units in a step.
    pub(crate) length: u64,
    /// The offset from UTC, in nanoseconds, when the anchor was set. Used only by a minute or an hour with `at`, for
    /// zones whose offset changes by part of an hour.
    pub(crate) offset: i64,
}

impl Anchor {
    pub(crate) fn new(at: Timestamp, length: u64) -> Self {
        Anchor { at, day: 0, length, offset: 0 }
    }

    pub(crate) fn of_day(day: i64, length: u64) -> Self {
        Anchor { at: Timestamp::UNIX_EPOCH, day, length, offset: 0 }
    }
}
