//! Dates and wall times in a zone.

use std::{cell::Cell, fmt};

use chrono::NaiveDate;

use super::{dates::day_of, words::list, Dates, DayOfMonth, Trigger, Unit, WeekdaySet, Window};
use crate::{
    timestamp::Timestamp,
    zone::{Steady, TimeOfDay, Wall, Zone, DAY},
};

/// The slots are the times of day on the dates of a grid, each resolved once in the zone: a time that a day lacks comes
/// later by the gap, a time that a day has twice comes at the first.
pub(crate) struct Calendar {
    dates: Dates,
    times: Times,
    zone: Zone,
    unit: Unit,
    n: u64,
    /// The offset that was last asked for, and when it holds: the rule itself does not change by it.
    steady: Cell<Steady>,
}

/// The times of day of a calendar rule.
pub(crate) struct Times {
    /// Each once, in order.
    of_day: Vec<TimeOfDay>,
    said: bool,
}

impl Times {
    /// What the sentence says with `at`: each time once, in order.
    pub(crate) fn said(of_day: Vec<TimeOfDay>) -> Self {
        Times { of_day, said: true }
    }

    /// The time of day of the registration, where the sentence says none.
    pub(crate) fn of_registration(time: TimeOfDay) -> Self {
        Times { of_day: vec![time], said: false }
    }
}

/// From where the dates of a calendar rule are counted.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Start {
    /// From the first match strictly after this instant.
    FirstMatchAfter(Timestamp),
    /// From this date; it is the first.
    On(NaiveDate),
    /// From this date; the first is one step ahead.
    AheadOf(NaiveDate),
}

impl Calendar {
    /// A rule of `n` `unit`s. `dates` says which days are meant, `start` from where they are counted. `None` when the
    /// second step lies outside the calendar, or nothing ever matches.
    pub(crate) fn new(n: u64, unit: Unit, dates: Dates, times: Times, zone: Zone, start: Start) -> Option<Self> {
        let mut rule = Calendar { dates, times, zone, unit, n, steady: Cell::new(Steady::NEVER) };
        let step = rule.step(n)?;
        rule.dates = match start {
            Start::AheadOf(date) => rule.dates.anchored(day_of(date), step, unit).ahead()?,
            Start::On(date) => rule.dates.anchored(day_of(date), step, unit).with_second()?,
            Start::FirstMatchAfter(instant) => {
                rule.dates = rule.every_single_one_around(instant)?;
                let (day, _) = rule.first_after(instant)?;
                if n == 1 {
                    return Some(rule);
                }
                rule.dates.anchored(day, step, unit).with_second()?
            }
        };
        Some(rule)
    }

    /// `n` units in the unit of the dates: weeks without a weekday are counted in days, years in months.
    fn step(&self, n: u64) -> Option<u64> {
        match (&self.dates, self.unit) {
            (Dates::Days { .. }, Unit::Week) => n.checked_mul(7),
            (Dates::Months { .. }, Unit::Year) => n.checked_mul(12),
            _ => Some(n),
        }
    }

    /// The same dates with a step of one, from well before `instant` on.
    fn every_single_one_around(&self, instant: Timestamp) -> Option<Dates> {
        let before = self.zone.wall(instant).day() - 40;
        Some(self.dates.anchored(before, self.step(1)?, self.unit))
    }

    /// The first slot strictly after `instant`, and the day that names it. Looks up the span around `instant`, unless that is
    /// known already.
    #[inline(never)]
    fn first_after(&self, instant: Timestamp) -> Option<(i64, Timestamp)> {
        if !self.steady.get().contains(instant) {
            self.steady.set(self.zone.steady_around(instant).unwrap_or(Steady::NEVER));
        }
        self.first_while(self.steady.get(), instant).or_else(|| self.first_by_the_zone(instant))
    }

    /// [`first_after`](Self::first_after) wherever offsets may change.
    ///
    /// A gap can push a slot into the next day. So where an offset has just changed the day before counts too, and a slot
    /// that was pushed competes with those of the day after.
    fn first_by_the_zone(&self, instant: Timestamp) -> Option<(i64, Timestamp)> {
        let today = self.zone.wall(instant).day();
        let yesterday = instant.later(-2 * DAY);
        let changed = self.zone.offset_at(yesterday) != self.zone.offset_at(instant);
        let mut day = self.dates.on_or_after(today - i64::from(changed))?;
        let found = loop {
            match self.first_on(day, instant) {
                Some(slot) => break (day, slot),
                None => day = self.dates.on_or_after(day + 1)?,
            }
        };
        let pushed = self.zone.wall(found.1).day() != day;
        if pushed && self.dates.include(day + 1) {
            let rival = self.first_on(day + 1, instant).filter(|rival| *rival < found.1);
            return Some(rival.map_or(found, |rival| (day + 1, rival)));
        }
        Some(found)
    }

    /// [`first_after`](Self::first_after), if both `instant` and what is found lie where no offset changes: the wall clock is
    /// then a clock like any other.
    #[inline]
    fn first_while(&self, steady: Steady, instant: Timestamp) -> Option<(i64, Timestamp)> {
        let now = i64::try_from(instant.nanos()).ok().filter(|now| *now >= steady.from)?;
        // No span begins before 1970, and without a sign a number is quicker to divide.
        let wall = (now as u64).wrapping_add_signed(steady.offset);
        let (today, time) = ((wall / DAY as u64) as i64, (wall % DAY as u64) as i64);
        let (first, last) = (self.times.of_day.first()?, self.times.of_day.last()?);
        let day = self.dates.on_or_after(today + i64::from(last.nanos() <= time))?;
        let later = if day == today { self.times.of_day.iter().find(|later| later.nanos() > time)? } else { first };
        let slot = day.checked_mul(DAY)?.checked_add(later.nanos() - steady.offset)?;
        (slot < steady.until).then(|| (day, Timestamp::of(slot.into())))
    }

    /// The day of a slot: that before, when a gap has pushed the slot into the day that the wall clock shows; the one from
    /// which the slot comes, when a window has moved it.
    fn day_that_names(&self, slot: Timestamp) -> i64 {
        let shown = self.zone.wall(slot).day();
        let before = slot.just_before();
        let names = |day: &i64| self.first_on(*day, before) == Some(slot);
        let mut days_before = (0..=Window::DAYS_AHEAD + 1).map(|days| shown - days);
        let named = [shown, shown - 1].into_iter().find(names);
        named.or_else(|| days_before.find(|day| self.precedes(*day, slot))).unwrap_or(shown)
    }

    /// Whether `day` is one of the dates, and has a slot before this one.
    fn precedes(&self, day: i64, slot: Timestamp) -> bool {
        self.dates.include(day) && self.slots_of(day).any(|other| other < slot)
    }

    /// The first slot of `day` that comes strictly after `instant`.
    #[inline(never)]
    fn first_on(&self, day: i64, instant: Timestamp) -> Option<Timestamp> {
        self.slots_of(day).filter(|slot| *slot > instant).min()
    }

    fn slots_of(&self, day: i64) -> impl Iterator<Item = Timestamp> + '_ {
        self.times.of_day.iter().map(move |time| self.zone.resolve(Wall::new(day, *time)))
    }
}

impl Trigger for Calendar {
    #[inline]
    fn next_after(&self, instant: Timestamp) -> Option<Timestamp> {
        match self.first_while(self.steady.get(), instant) {
            // The calendar does not end while `i64` can count the nanoseconds.
            Some((_, slot)) => Some(slot),
            None => self.first_after(instant)?.1.within_calendar(),
        }
    }

    fn restart(&mut self, slot: Timestamp, length: u64) {
        let day = self.day_that_names(slot);
        self.n = length;
        self.dates = self.dates.anchored(day, self.step(length).unwrap_or(length), self.unit);
    }

    fn describe(&self, range: Option<(u64, u64)>, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.dates {
            Dates::Weeks { on: WeekdaySet::WEEKDAYS, .. } if self.n == 1 && range.is_none() => {
                f.write_str("every weekday")?
            }
            Dates::Weeks { on: WeekdaySet::WEEKEND, .. } if self.n == 1 && range.is_none() => {
                f.write_str("every weekend")?
            }
            Dates::Weeks { on, .. } if self.n == 1 && range.is_none() => write!(f, "every {on}")?,
            _ => self.unit.describe(self.n, range, f)?,
        }
        match (&self.dates, self.unit) {
            (Dates::Weeks { on, .. }, _) if self.n != 1 || range.is_some() => write!(f, " on {on}")?,
            (Dates::Months { first, day: DayOfMonth::Number(day), .. }, Unit::Year) => {
                let month = chrono::Month::try_from(first.rem_euclid(12) as u8 + 1);
                write!(f, " on {day} {}", month.map_or("", |month| month.name()))?;
            }
            (Dates::Months { day: DayOfMonth::Same(_), .. }, _) => {}
            (Dates::Months { day, .. }, _) => write!(f, " on {day}")?,
            _ => {}
        }
        if self.times.said {
            f.write_str(" at ")?;
            list(self.times.of_day.iter(), f)?;
        }
        Ok(())
    }
}

#[cfg(feature = "tz")]
#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use chrono::{NaiveTime, TimeZone, Utc, Weekday};
    use fastrand::Rng;

    use super::*;
    use crate::zone::IntoZone;

    /// From here on the dates are counted, up to here the slots are asked for.
    const YEARS: std::ops::Range<i32> = 1940..2090;

    fn second(year: i32) -> i64 {
        Utc.with_ymd_and_hms(year, 1, 1, 0, 0, 0).unwrap().timestamp()
    }

    fn rule(rng: &mut Rng, zone: Zone) -> Calendar {
        let from = NaiveDate::from_ymd_opt(YEARS.start, rng.u32(1..=12), rng.u32(1..=28)).unwrap();
        let weekday = Weekday::try_from(rng.u8(0..7)).unwrap();
        let (dates, unit) = match rng.u8(0..5) {
            0 | 1 => (Dates::daily(from), Unit::Day),
            2 => (Dates::weekly(from, [weekday, weekday.succ()].into_iter().collect()), Unit::Week),
            3 => (Dates::monthly(from, DayOfMonth::Nth(rng.u8(1..=5), weekday)), Unit::Month),
            _ => (Dates::monthly(from, DayOfMonth::Number(rng.u32(1..=31))), Unit::Month),
        };
        let time = |rng: &mut Rng| NaiveTime::from_hms_opt(rng.u32(0..24), rng.u32(0..4) * 15, 0).unwrap();
        let times: BTreeSet<TimeOfDay> = (0..rng.usize(1..=3)).map(|_| time(rng).into()).collect();
        let times = Times::said(times.into_iter().collect());
        Calendar::new(rng.u64(1..=3), unit, dates, times, zone, Start::On(from)).unwrap()
    }

    /// Both ask the same database, the one second by second, the other for the span in which nothing changes.
    #[test]
    fn what_is_found_while_no_offset_changes_is_what_the_zone_says() {
        let mut rng = Rng::with_seed(1);
        let (mut quick, mut slow) = (0, 0);
        for zone in chrono_tz::TZ_VARIANTS {
            let zone = zone.into_zone().unwrap();
            let rule = rule(&mut rng, zone);
            let mut instant = Timestamp::new(rng.i64(second(YEARS.start)..second(YEARS.end)), 0);
            for _ in 0..16 {
                let expected = rule.first_by_the_zone(instant).unwrap();
                match rule.zone.steady_around(instant).and_then(|steady| rule.first_while(steady, instant)) {
                    Some(found) => {
                        assert_eq!(found, expected, "{rule:?} after {instant:?}");
                        quick += 1;
                    }
                    None => slow += 1,
                }
                assert_eq!(rule.next_after(instant), Some(expected.1));
                // The next slot, one of the same span, one of any other.
                instant = match rng.u8(0..4) {
                    0 => Timestamp::new(rng.i64(second(YEARS.start)..second(YEARS.end)), rng.u32(0..2)),
                    1 => instant.after(i128::from(rng.u64(0..40 * 86_400)) * 1_000_000_000),
                    2 => expected.1.just_before(),
                    _ => expected.1,
                };
            }
        }
        assert!(quick > 5_000 && slow > 200, "{quick} quick, {slow} slow");
    }

    impl fmt::Debug for Calendar {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            self.describe(None, f)?;
            write!(f, " in {}", self.zone)
        }
    }
}
