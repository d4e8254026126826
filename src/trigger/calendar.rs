//! Dates and wall times in a zone.

use std::{cell::Cell, fmt};

use chrono::{Datelike, NaiveDate, NaiveTime, TimeDelta, Timelike};

use super::{
    dates::{date_of, day_of},
    words::{list, Clock},
    Dates, DayOfMonth, Trigger, Unit, WeekdaySet, Window,
};
use crate::{
    instant::Instant,
    zone::{Steady, Zone},
};

/// The slots are the times of day on the dates of a grid, each resolved once in the zone: a time that a day lacks comes
/// later by the gap, a time that a day has twice comes at the first.
#[derive(Clone)]
pub(crate) struct Calendar {
    dates: Dates,
    times: Times,
    zone: Zone,
    unit: Unit,
    n: u64,
    /// The offset that held when it was last asked for, and how long it holds: the rule itself does not change by it.
    steady: Cell<Steady>,
}

/// Seconds of a day.
const DAY: i64 = 86_400;

/// The times of day of a calendar rule.
#[derive(Clone)]
pub(crate) struct Times {
    of_day: Vec<NaiveTime>,
    said: bool,
}

impl Times {
    /// What the sentence says with `at`.
    pub(crate) fn said(mut of_day: Vec<NaiveTime>) -> Self {
        of_day.sort_unstable();
        of_day.dedup();
        Times { of_day, said: true }
    }

    /// The time of day of the registration, where the sentence says none.
    pub(crate) fn of_registration(time: NaiveTime) -> Self {
        Times { of_day: vec![time], said: false }
    }
}

/// From where the dates of a calendar rule are counted.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Start {
    /// From the first match strictly after this instant.
    FirstMatchAfter(Instant),
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
            Start::AheadOf(date) => rule.dates.anchored(day_of(date), step).ahead()?,
            Start::On(date) => rule.dates.anchored(day_of(date), step).with_second()?,
            Start::FirstMatchAfter(instant) => {
                let single = rule.every_single_one_around(instant)?;
                let (day, _) = single.first_after(instant)?;
                if n == 1 {
                    single.dates
                } else {
                    rule.dates.anchored(day, step).with_second()?
                }
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

    /// The same rule with a step of one, from well before `instant` on.
    fn every_single_one_around(&self, instant: Instant) -> Option<Calendar> {
        let mut single = self.clone();
        let date = self.zone.wall(instant).date();
        let before = date.checked_sub_signed(TimeDelta::days(40))?;
        single.dates = self.dates.anchored(self.period_of(day_of(before)), self.step(1)?);
        Some(single)
    }

    /// A day of the period in which `day` lies: of a year the month that the rule is about.
    fn period_of(&self, day: i64) -> i64 {
        match (&self.dates, self.unit) {
            (Dates::Months { first, .. }, Unit::Year) => {
                let month = |date: NaiveDate| NaiveDate::from_ymd_opt(date.year(), first.rem_euclid(12) as u32 + 1, 1);
                date_of(day).and_then(month).map_or(day, day_of)
            }
            _ => day,
        }
    }

    /// The first slot strictly after `instant`, and the day that names it.
    fn first_after(&self, instant: Instant) -> Option<(i64, Instant)> {
        self.first_while_steady(instant).or_else(|| self.first_by_the_zone(instant))
    }

    /// [`first_after`](Self::first_after) wherever offsets may change.
    ///
    /// A gap can push a slot into the next day. So where an offset has just changed the day before counts too, and a slot
    /// that was pushed competes with those of the day after.
    fn first_by_the_zone(&self, instant: Instant) -> Option<(i64, Instant)> {
        let today = day_of(self.zone.wall(instant).date());
        let yesterday = instant - TimeDelta::days(2);
        let changed = self.zone.offset_at(yesterday) != self.zone.offset_at(instant);
        let mut day = self.dates.on_or_after(today - i64::from(changed))?;
        let found = loop {
            match self.first_on(day, instant) {
                Some(slot) => break (day, slot),
                None => day = self.dates.on_or_after(day + 1)?,
            }
        };
        let pushed = day_of(self.zone.wall(found.1).date()) != day;
        let rival = Some(day + 1).filter(|next| pushed && self.dates.on_or_after(*next) == Some(*next));
        let rival = rival.and_then(|day| Some((day, self.first_on(day, instant)?)));
        Some(rival.filter(|rival| rival.1 < found.1).unwrap_or(found))
    }

    /// [`first_after`](Self::first_after) where no offset changes within two days around `instant` and what is found: the
    /// wall clock is then a clock like any other.
    fn first_while_steady(&self, instant: Instant) -> Option<(i64, Instant)> {
        let (seconds, nanos) = instant.parts();
        let steady = self.steady_for(seconds)?;
        let wall = seconds + steady.offset;
        let (today, second) = (wall.div_euclid(DAY), wall.rem_euclid(DAY));
        let now = NaiveTime::from_num_seconds_from_midnight_opt(second as u32, nanos)?;
        let (first, last) = (self.times.of_day.first()?, self.times.of_day.last()?);
        let day = self.dates.on_or_after(today + i64::from(*last <= now))?;
        let later = if day == today { self.times.of_day.iter().find(|time| **time > now)? } else { first };
        let slot = day * DAY + i64::from(later.num_seconds_from_midnight()) - steady.offset;
        (slot + 2 * DAY < steady.until).then(|| (day, Instant::new(slot, later.nanosecond())))
    }

    /// The offset that has held for two days.
    fn steady_for(&self, second: i64) -> Option<Steady> {
        let holds = |steady: &Steady| steady.from <= second - 2 * DAY && second < steady.until;
        let kept = self.steady.get();
        if holds(&kept) {
            return Some(kept);
        }
        let steady = self.zone.steady_around(second)?;
        self.steady.set(steady);
        Some(steady).filter(holds)
    }

    /// The day of a slot: that before, when a gap has pushed the slot into the day that the wall clock shows; the one from
    /// which the slot comes, when a window has moved it.
    fn day_that_names(&self, slot: Instant) -> i64 {
        let shown = day_of(self.zone.wall(slot).date());
        let names = |day: &i64| self.slots_of(*day).any(|other| other == slot);
        let precedes =
            |day: &i64| self.dates.on_or_after(*day) == Some(*day) && self.slots_of(*day).any(|other| other < slot);
        let mut days_before = (0..=Window::DAYS_AHEAD + 1).map(|before| shown - before);
        let named = Some(shown).filter(names).or(Some(shown - 1).filter(names));
        named.or_else(|| days_before.find(precedes)).unwrap_or(shown)
    }

    /// The first slot of `day` that comes strictly after `instant`.
    fn first_on(&self, day: i64, instant: Instant) -> Option<Instant> {
        self.slots_of(day).filter(|slot| *slot > instant).min()
    }

    fn slots_of(&self, day: i64) -> impl Iterator<Item = Instant> + '_ {
        let date = date_of(day);
        self.times.of_day.iter().filter_map(move |time| Some(self.zone.resolve(date?.and_time(*time))))
    }
}

impl Trigger for Calendar {
    fn next_after(&self, instant: Instant) -> Option<Instant> {
        self.first_after(instant)?.1.within_calendar()
    }

    fn restart(&mut self, slot: Instant, length: u64) {
        let day = self.day_that_names(slot);
        self.n = length;
        self.dates = self.dates.anchored(self.period_of(day), self.step(length).unwrap_or(length));
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
            list(self.times.of_day.iter().map(|time| Clock(*time)), f)?;
        }
        Ok(())
    }
}

#[cfg(feature = "tz")]
#[cfg(test)]
mod tests {
    use chrono::{TimeZone, Utc, Weekday};
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
        let times = Times::said((0..rng.usize(1..=3)).map(|_| time(rng)).collect());
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
            let mut instant = Instant::new(rng.i64(second(YEARS.start)..second(YEARS.end)), 0);
            for _ in 0..16 {
                let expected = rule.first_by_the_zone(instant).unwrap();
                match rule.first_while_steady(instant) {
                    Some(found) => {
                        assert_eq!(found, expected, "{rule:?} after {instant:?}");
                        quick += 1;
                    }
                    None => slow += 1,
                }
                assert_eq!(rule.first_after(instant), Some(expected));
                // The next slot, one of the same span, one of any other.
                instant = match rng.u8(0..4) {
                    0 => Instant::new(rng.i64(second(YEARS.start)..second(YEARS.end)), rng.u32(0..2)),
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
