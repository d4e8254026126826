//! The units in which a sentence counts.

use std::fmt;

/// What the number of a sentence counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unit {
    /// A length given as a `Duration`, counted in nanoseconds.
    Nanosecond,
    Millisecond,
    Second,
    Minute,
    Hour,
    Day,
    Week,
    Month,
    Year,
}

impl Unit {
    /// One of a unit that has a fixed length, in nanoseconds. Days and longer units count dates.
    #[inline]
    pub(super) fn nanos(self) -> Option<u64> {
        match self {
            Unit::Nanosecond => Some(1),
            Unit::Millisecond => Some(1_000_000),
            Unit::Second => Some(1_000_000_000),
            Unit::Minute => Some(60_000_000_000),
            Unit::Hour => Some(3_600_000_000_000),
            Unit::Day | Unit::Week | Unit::Month | Unit::Year => None,
        }
    }

    pub(crate) fn name(self) -> &'static str {
        match self {
            Unit::Nanosecond => "nanosecond",
            Unit::Millisecond => "millisecond",
            Unit::Second => "second",
            Unit::Minute => "minute",
            Unit::Hour => "hour",
            Unit::Day => "day",
            Unit::Week => "week",
            Unit::Month => "month",
            Unit::Year => "year",
        }
    }

    /// Writes `every day`, `every 3 days` or `every 3 to 5 days`.
    pub(crate) fn describe(self, n: u64, range: Option<(u64, u64)>, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (low, high) = range.unwrap_or((n, n));
        let length = |n: u64| std::time::Duration::from_nanos(n);
        let name = self.name();
        match (self, low == high) {
            (Unit::Nanosecond, true) => write!(f, "every {:?}", length(low)),
            (Unit::Nanosecond, false) => write!(f, "every {:?} to {:?}", length(low), length(high)),
            (_, true) if low == 1 => write!(f, "every {name}"),
            (_, true) => write!(f, "every {low} {name}s"),
            (_, false) => write!(f, "every {low} to {high} {name}s"),
        }
    }
}
