//! Wall times.

use chrono::{NaiveDate, NaiveDateTime};

use super::{TimeOfDay, DAY, SECOND};
use crate::timestamp::Timestamp;

/// A wall time: a date and a time of day, stored as the instant at which they are shown in UTC.
///
/// In this form the wall time at an instant is `instant + offset`, and the instant of a wall time is `wall - offset`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Wall(Timestamp);

impl Wall {
    /// A time of day on the day that is `day` days after 1 January 1970.
    #[inline(never)]
    pub(crate) fn new(day: i64, time: TimeOfDay) -> Self {
        Wall(Timestamp::UNIX_EPOCH.after(i128::from(day) * i128::from(DAY) + i128::from(time.nanos())))
    }

    /// Midnight, as [`new`](Self::new).
    pub(super) fn of_day(day: i64) -> Self {
        Wall(Timestamp::UNIX_EPOCH.after(i128::from(day) * i128::from(DAY)))
    }

    /// The wall time at an instant with this offset, clamped to chrono's calendar.
    pub(crate) fn shown_at(instant: Timestamp, offset: i64) -> Self {
        Wall(instant.later(offset).datetime().into())
    }

    /// The instant that shows this wall time if `offset` applies then.
    pub(super) fn instant(self, offset: i64) -> Timestamp {
        self.0.later(-offset)
    }

    /// The date, as the number of days since 1 January 1970.
    #[inline(never)]
    pub(crate) fn day(self) -> i64 {
        self.0.parts().0.div_euclid(DAY / SECOND)
    }

    #[inline(never)]
    pub(crate) fn time(self) -> TimeOfDay {
        let (seconds, nanos) = self.0.parts();
        TimeOfDay::new(seconds.rem_euclid(DAY / SECOND), nanos)
    }

    /// The date, clamped to chrono's calendar.
    #[inline(never)]
    pub(crate) fn date(self) -> NaiveDate {
        self.naive().date()
    }

    pub(super) fn naive(self) -> NaiveDateTime {
        self.0.naive_utc()
    }
}

/// A leap second becomes the beginning of the next second, as in [`Timestamp`].
impl From<NaiveDateTime> for Wall {
    fn from(wall: NaiveDateTime) -> Self {
        Wall(wall.and_utc().into())
    }
}
