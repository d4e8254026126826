//! The units of a sentence.

use std::fmt;

/// The unit of a count, as in "every 3 days".
///
/// Hours and shorter units count elapsed time; days and longer units are dates in the job's zone.
///
/// ```
/// use punctual::{Schedule, Unit};
/// assert_eq!(Schedule::every(3, Unit::Day)?.to_string(), "every 3 days");
/// assert!(Unit::Hour < Unit::Day);
/// # Ok::<(), punctual::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Unit {
    /// The unit of a length given as a `Duration`.
    Nanosecond,
    /// 1,000,000 nanoseconds.
    Millisecond,
    /// 1,000 milliseconds.
    Second,
    /// 60 seconds.
    Minute,
    /// 60 minutes.
    Hour,
    /// A date.
    Day,
    /// Seven dates.
    Week,
    /// A month of the calendar. Day 31 is clamped to the last day of a shorter month.
    Month,
    /// A year of the calendar. 29 February is clamped to the 28th in common years.
    Year,
}

impl Unit {
    /// The length in nanoseconds; `None` for days and longer units, which are dates and have no fixed length.
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

    /// The singular name, as in "day".
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

/// The singular name, as in "day".
impl fmt::Display for Unit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
