//! The slots of a schedule without a scheduler.

use std::{fmt, iter::FusedIterator};

use chrono::{DateTime, TimeZone, Utc};
use fastrand::Rng;

use crate::{
    error::Result,
    job::{compile, previous, Calendars, Slots},
    schedule::Schedule,
    timestamp::Timestamp,
    zone::IntoZone,
};

/// The slots of a schedule after an instant, in order: an iterator that finds one at a time.
/// [`Schedule::upcoming`] returns it.
///
/// ```
/// use punctual::{chrono::{TimeZone, Utc}, Schedule, Unit};
/// let noon = Utc.with_ymd_and_hms(2024, 1, 10, 12, 0, 0).unwrap();
/// let mut slots = Schedule::every(90, Unit::Minute)?.upcoming(noon)?;
/// assert_eq!(slots.next(), Utc.with_ymd_and_hms(2024, 1, 10, 13, 30, 0).single());
/// assert_eq!(slots.next(), Utc.with_ymd_and_hms(2024, 1, 10, 15, 0, 0).single());
/// # Ok::<(), punctual::Error>(())
/// ```
#[derive(Clone)]
#[must_use = "slots are found when the iterator is asked for them"]
pub struct Upcoming<Tz: TimeZone> {
    slots: Slots,
    random: Rng,
    from: Timestamp,
    zone: Tz,
}

impl<Tz: TimeZone> Iterator for Upcoming<Tz> {
    type Item = DateTime<Tz>;

    fn next(&mut self) -> Option<DateTime<Tz>> {
        loop {
            // The run of `immediately` is at `from` itself.
            let slot = self.slots.next(&mut self.random)?;
            if slot > self.from {
                return Some(slot.datetime().with_timezone(&self.zone));
            }
        }
    }
}

impl<Tz: TimeZone> FusedIterator for Upcoming<Tz> {}

impl<Tz: TimeZone> fmt::Debug for Upcoming<Tz> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Upcoming").field("from", &self.from.datetime()).finish_non_exhaustive()
    }
}

/// The seed of the lengths that are drawn as an example: a schedule that is asked twice answers alike.
const SEED: u64 = 0;

/// Slots, without a scheduler.
impl Schedule {
    /// Returns the slots strictly after `from`, in order, as if the schedule were registered at `from`.
    ///
    /// They are found one at a time, so an iterator that never ends costs nothing. A schedule that names no zone is
    /// read in that of `from`. The slots are returned in the zone of `from`, too. Random lengths are drawn as an
    /// example, the same one every time.
    ///
    /// # Errors
    ///
    /// If the schedule cannot be registered at `from`: it has no slot, or its `until` or `once` is in the past. If it
    /// depends on a scheduler or a job: by a named calendar, or by `spread`.
    ///
    /// ```
    /// use punctual::chrono::{FixedOffset, TimeZone, Utc};
    /// use punctual::{Schedule, Unit, Weekday};
    ///
    /// let tokyo = FixedOffset::east_opt(9 * 3600).unwrap();
    /// let noon = tokyo.with_ymd_and_hms(2024, 1, 10, 12, 0, 0).unwrap();
    /// let schedule = Schedule::every(1, Unit::Week)?.on([Weekday::Mon, Weekday::Thu])?.at("09:00")?;
    /// let slots = schedule.upcoming(noon)?.map(|slot| slot.format("%a %-d %b, %R").to_string());
    /// assert_eq!(slots.take(3).collect::<Vec<_>>(), ["Thu 11 Jan, 09:00", "Mon 15 Jan, 09:00", "Thu 18 Jan, 09:00"]);
    ///
    /// assert_eq!(Schedule::every(1, Unit::Hour)?.times(3)?.upcoming(noon)?.count(), 3);
    /// assert!(Schedule::every(1, Unit::Hour)?.until("2024-01-09")?.upcoming(noon).is_err());
    /// # Ok::<(), punctual::Error>(())
    /// ```
    pub fn upcoming<Tz: TimeZone + IntoZone>(&self, from: DateTime<Tz>) -> Result<Upcoming<Tz>> {
        let (zone, now) = (from.timezone(), Timestamp::from(from.with_timezone(&Utc)));
        let mut random = Rng::with_seed(SEED);
        let draw = &mut |low, high| random.u64(low..=high);
        let compiled = compile(self.clone(), &Calendars::default(), now, zone.clone().into_zone()?, None, draw)?;
        Ok(Upcoming { slots: Slots::of(compiled, now), random, from: now, zone })
    }

    /// Returns the last slot strictly before `from`; `None` if there is none.
    ///
    /// There is one for schedules whose grid does not depend on when they are registered: weekdays and dates with
    /// `at`, an hour or a minute with `at`, a moment, a [`Trigger`](crate::Trigger) of your own, and everything that
    /// counts from a moment given to `starting`. Schedules that count from their registration have no slot before it:
    /// intervals such as "every 20 minutes", every second week, random lengths, and schedules with such an alternative.
    /// `times` and `immediately` make no difference, because they count runs. There are no slots after `until`.
    ///
    /// The zone is that of `from`, as in [`upcoming`](Schedule::upcoming).
    ///
    /// # Errors
    ///
    /// If no slot could ever exist, or the search for common slots is given up, or a moment of the schedule cannot be
    /// resolved.
    ///
    /// ```
    /// use punctual::{chrono::{TimeZone, Utc}, Schedule, Unit};
    /// let noon = Utc.with_ymd_and_hms(2024, 1, 10, 12, 0, 0).unwrap();
    /// let wages = Schedule::every(1, Unit::Month)?.on_last_day()?.at("09:00")?;
    /// assert_eq!(wages.previous(noon)?, Utc.with_ymd_and_hms(2023, 12, 31, 9, 0, 0).single());
    ///
    /// let interval = Schedule::every(20, Unit::Minute)?;
    /// assert_eq!(interval.previous(noon)?, None, "it would count from noon");
    /// let anchored = interval.starting("2024-01-10 08:05")?;
    /// assert_eq!(anchored.previous(noon)?, Utc.with_ymd_and_hms(2024, 1, 10, 11, 45, 0).single());
    /// # Ok::<(), punctual::Error>(())
    /// ```
    pub fn previous<Tz: TimeZone + IntoZone>(&self, from: DateTime<Tz>) -> Result<Option<DateTime<Tz>>> {
        let (zone, before) = (from.timezone(), Timestamp::from(from.with_timezone(&Utc)));
        let slot = previous(self, &Calendars::default(), before, zone.clone().into_zone()?)?;
        Ok(slot.map(|slot| slot.datetime().with_timezone(&zone)))
    }
}
