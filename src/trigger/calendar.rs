//! Dates and wall times in a zone.

use std::fmt;

use chrono::{DateTime, Datelike, NaiveDate, NaiveTime, TimeDelta, Utc};

use super::{
    within_calendar,
    words::{list, Clock},
    Dates, DayOfMonth, Trigger, Unit, WeekdaySet,
};
use crate::zone::Zone;

/// The slots are the times of day on the dates of a grid, each resolved once in the zone: a time that a day lacks comes
/// later by the gap, a time that a day has twice comes at the first.
#[derive(Clone)]
pub(crate) struct Calendar {
    dates: Dates,
    times: Times,
    zone: Zone,
    unit: Unit,
    n: u64,
}

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
    FirstMatchAfter(DateTime<Utc>),
    /// From this date; it is the first.
    On(NaiveDate),
    /// From this date; the first is one step ahead.
    AheadOf(NaiveDate),
}

impl Calendar {
    /// A rule of `n` `unit`s. `dates` says which days are meant, `start` from where they are counted. `None` when the
    /// second step lies outside the calendar, or nothing ever matches.
    pub(crate) fn new(n: u64, unit: Unit, dates: Dates, times: Times, zone: Zone, start: Start) -> Option<Self> {
        let mut rule = Calendar { dates, times, zone, unit, n };
        let step = rule.step(n)?;
        rule.dates = match start {
            Start::AheadOf(date) => rule.dates.anchored(date, step).ahead()?,
            Start::On(date) => rule.dates.anchored(date, step).with_second()?,
            Start::FirstMatchAfter(instant) => {
                let single = rule.every_single_one_around(instant)?;
                let (date, _) = single.first_after(instant)?;
                if n == 1 {
                    single.dates
                } else {
                    rule.dates.anchored(date, step).with_second()?
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
    fn every_single_one_around(&self, instant: DateTime<Utc>) -> Option<Calendar> {
        let mut single = self.clone();
        let date = self.zone.wall(instant).date();
        let before = match (&self.dates, self.unit) {
            (Dates::Months { first, .. }, Unit::Year) => {
                NaiveDate::from_ymd_opt(date.year() - 1, first.rem_euclid(12) as u32 + 1, 1)?
            }
            _ => date.checked_sub_signed(TimeDelta::days(40))?,
        };
        single.dates = self.dates.anchored(before, self.step(1)?);
        Some(single)
    }

    /// The first slot strictly after `instant`, and the date that names it.
    ///
    /// A gap can push a slot into the next day. So where an offset has just changed the day before counts too, and a slot
    /// that was pushed competes with those of the day after.
    fn first_after(&self, instant: DateTime<Utc>) -> Option<(NaiveDate, DateTime<Utc>)> {
        let today = self.zone.wall(instant).date();
        let yesterday = instant.checked_sub_signed(TimeDelta::days(2))?;
        let changed = self.zone.offset_at(yesterday) != self.zone.offset_at(instant);
        let mut date = self.dates.on_or_after(if changed { today.pred_opt()? } else { today })?;
        let found = loop {
            match self.first_on(date, instant) {
                Some(slot) => break (date, slot),
                None => date = self.dates.on_or_after(date.succ_opt()?)?,
            }
        };
        let pushed = self.zone.wall(found.1).date() != date;
        let rival = date.succ_opt().filter(|next| pushed && self.dates.on_or_after(*next) == Some(*next));
        let rival = rival.and_then(|date| Some((date, self.first_on(date, instant)?)));
        Some(rival.filter(|rival| rival.1 < found.1).unwrap_or(found))
    }

    /// The date of a slot: that before, when a gap has pushed the slot into the day that the wall clock shows.
    fn date_that_names(&self, slot: DateTime<Utc>) -> NaiveDate {
        let date = self.zone.wall(slot).date();
        let names =
            |date: &NaiveDate| self.times.of_day.iter().any(|time| self.zone.resolve(date.and_time(*time)) == slot);
        Some(date).filter(names).or(date.pred_opt().filter(names)).unwrap_or(date)
    }

    /// The first slot of `date` that comes strictly after `instant`.
    fn first_on(&self, date: NaiveDate, instant: DateTime<Utc>) -> Option<DateTime<Utc>> {
        let slots = self.times.of_day.iter().map(|time| self.zone.resolve(date.and_time(*time)));
        slots.filter(|slot| *slot > instant).min()
    }
}

impl Trigger for Calendar {
    fn next_after(&self, instant: DateTime<Utc>) -> Option<DateTime<Utc>> {
        within_calendar(self.first_after(instant)?.1)
    }

    fn restart(&mut self, slot: DateTime<Utc>, length: u64) {
        let date = self.date_that_names(slot);
        self.n = length;
        self.dates = self.dates.anchored(date, self.step(length).unwrap_or(length));
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
