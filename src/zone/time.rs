//! Times of day in nanoseconds, the form in which rules compute.

use std::fmt;

use chrono::{NaiveTime, Timelike};

use super::SECOND;

/// The nanoseconds in a day without a change of offset.
pub(crate) const DAY: i64 = 86_400 * SECOND;

/// A time of day: nanoseconds since midnight.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct TimeOfDay(i64);

impl TimeOfDay {
    pub(crate) fn new(seconds: i64, nanos: u32) -> Self {
        TimeOfDay(seconds * SECOND + i64::from(nanos))
    }

    #[inline]
    pub(crate) fn nanos(self) -> i64 {
        self.0
    }
}

impl From<NaiveTime> for TimeOfDay {
    fn from(time: NaiveTime) -> Self {
        TimeOfDay::new(time.num_seconds_from_midnight().into(), time.nanosecond())
    }
}

impl From<TimeOfDay> for NaiveTime {
    fn from(time: TimeOfDay) -> Self {
        let (seconds, nanos) = (time.0 / SECOND, time.0 % SECOND);
        NaiveTime::from_num_seconds_from_midnight_opt(seconds as u32, nanos as u32).unwrap_or_default()
    }
}

/// `HH:MM`, with seconds and fractions only if they are not zero.
impl fmt::Display for TimeOfDay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (seconds, nanos) = (self.0 / SECOND, self.0 % SECOND);
        if (seconds % 60, nanos) == (0, 0) {
            return write!(f, "{:02}:{:02}", seconds / 3_600, seconds / 60 % 60);
        }
        NaiveTime::from(*self).fmt(f)
    }
}

impl fmt::Debug for TimeOfDay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}
