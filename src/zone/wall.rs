//! What a wall clock shows.

use chrono::{NaiveDate, NaiveDateTime};

use super::{TimeOfDay, DAY, SECOND};
use crate::timestamp::Timestamp;

/// A date and a time of day that a wall clock shows, kept as the instant at which a clock of UTC shows them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Wall(Timestamp);

impl Wall {
    /// A time of the day that is so many days behind 1 January 1970.
    #[inline(never)]
    pub(crate) fn new(day: i64, time: TimeOfDay) -> Self {
        Wall(Timestamp::UNIX_EPOCH.after(i128::from(day) * i128::from(DAY) + i128::from(time.nanos())))
    }

    /// What is shown at an instant where this offset holds; at the far ends of chrono's calendar, the end.
    pub(crate) fn shown_at(instant: Timestamp, offset: i64) -> Self {
        Wall(instant.later(offset).datetime().into())
    }

    /// The instant at which this is shown where this offset holds.
    pub(super) fn instant(self, offset: i64) -> Timestamp {
        self.0.later(-offset)
    }

    /// What is shown so many nanoseconds later, unless the clock is changed.
    pub(crate) fn later(self, nanos: i64) -> Self {
        Wall(self.0.later(nanos))
    }

    /// The day, as the number of days since 1 January 1970.
    #[inline(never)]
    pub(crate) fn day(self) -> i64 {
        self.0.parts().0.div_euclid(DAY / SECOND)
    }

    #[inline(never)]
    pub(crate) fn time(self) -> TimeOfDay {
        let (seconds, nanos) = self.0.parts();
        TimeOfDay::new(seconds.rem_euclid(DAY / SECOND), nanos)
    }

    /// The date; at the far ends of chrono's calendar, the end.
    #[inline(never)]
    pub(crate) fn date(self) -> NaiveDate {
        self.naive().date()
    }

    pub(super) fn naive(self) -> NaiveDateTime {
        self.0.naive_utc()
    }
}

/// A leap second is the beginning of the next, as an [`Timestamp`] has it.
impl From<NaiveDateTime> for Wall {
    fn from(wall: NaiveDateTime) -> Self {
        Wall(wall.and_utc().into())
    }
}
