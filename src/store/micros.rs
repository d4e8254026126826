//! Instants as stores keep them.

use std::{fmt, time::Duration};

use chrono::{DateTime, Utc};

use crate::timestamp::Timestamp;

/// An instant as stores keep it: microseconds since the Unix epoch, UTC, without leap seconds.
///
/// Every database has an integer of 64 bits, and compares it as Rust does. The date types of databases round, have a
/// zone, or end early.
///
/// ```
/// use punctual::{chrono::{DateTime, TimeDelta, Utc}, store::Micros};
/// let instant = DateTime::UNIX_EPOCH + TimeDelta::nanoseconds(1_999);
/// assert_eq!(Micros::from(instant), Micros(1));
/// assert_eq!(Micros(1).datetime(), DateTime::UNIX_EPOCH + TimeDelta::microseconds(1));
/// assert_eq!(format!("{:?}", Micros(0)), "1970-01-01T00:00:00Z");
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Micros(pub i64);

impl Micros {
    /// Converts to a `DateTime`, clamped to chrono's calendar.
    ///
    /// ```
    /// use punctual::{chrono::{DateTime, Utc}, store::Micros};
    /// assert_eq!(Micros(i64::MAX).datetime(), DateTime::<Utc>::MAX_UTC);
    /// ```
    pub fn datetime(self) -> DateTime<Utc> {
        Timestamp::of(i128::from(self.0) * 1_000).datetime()
    }

    /// The instant `duration` later, in whole microseconds. Saturates.
    ///
    /// ```
    /// use punctual::store::Micros;
    /// use std::time::Duration;
    /// assert_eq!(Micros(5).after(Duration::from_millis(1)), Micros(1_005));
    /// assert_eq!(Micros(5).after(Duration::MAX), Micros(i64::MAX));
    /// ```
    #[must_use]
    pub fn after(self, duration: Duration) -> Micros {
        Micros(self.0.saturating_add(i64::try_from(duration.as_micros()).unwrap_or(i64::MAX)))
    }
}

impl From<DateTime<Utc>> for Micros {
    /// Rounds down to a microsecond.
    fn from(instant: DateTime<Utc>) -> Self {
        // A `DateTime` ends in the year 262142, and an `i64` of microseconds in the year 294247.
        Micros(Timestamp::from(instant).nanos().div_euclid(1_000) as i64)
    }
}

impl fmt::Debug for Micros {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.datetime(), f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_instant_before_1970_is_rounded_down() {
        let instant = DateTime::<Utc>::UNIX_EPOCH - chrono::TimeDelta::nanoseconds(1);
        assert_eq!(Micros::from(instant), Micros(-1));
    }

    #[test]
    fn the_ends_of_the_calendar_come_back() {
        for instant in [DateTime::<Utc>::MIN_UTC, DateTime::<Utc>::MAX_UTC] {
            let micros = Micros::from(instant);
            assert_eq!(Micros::from(micros.datetime()), micros);
        }
        assert_eq!(Micros(i64::MIN).datetime(), DateTime::<Utc>::MIN_UTC);
    }
}
