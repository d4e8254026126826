//! What the steps of a rule are counted from.

use crate::timestamp::Timestamp;

/// Where a grid lies, and how far apart its points are. Plain data: a rule and an anchor give the slots.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Anchor {
    /// An interval counts from this instant, a minute or an hour with `at` from this beginning of one. For a single run, this
    /// is the run.
    pub(crate) at: Timestamp,
    /// Dates count from this day, the number of days since 1 January 1970.
    pub(crate) day: i64,
    /// How many units a step takes.
    pub(crate) length: u64,
    /// The offset of the wall clock, in nanoseconds, when the anchor was set. Only a minute or an hour with `at` needs
    /// it, where an offset changes by part of an hour.
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
