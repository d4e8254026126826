//! The dates of a schedule, found by asking of every date whether it is one.

use chrono::{DateTime, Datelike, Days, Months, NaiveDate, NaiveTime, TimeDelta, Utc, Weekday};
use punctual::{NamedDays, Unit};

use super::line::Line;

#[derive(Clone, Debug)]
pub(super) struct Dates<'a> {
    line: Line<'a>,
    times: Vec<NaiveTime>,
    counted: Counted,
}

#[derive(Clone, Debug)]
enum Counted {
    /// Each day that has the name.
    All,
    /// In steps from the date of the registration, or of `starting`.
    From { date: NaiveDate, starting: Option<DateTime<Utc>> },
    /// The days that have the name, but only in each n-th week, month or year from that of this date.
    InPeriodsFrom(NaiveDate),
}

/// Longer than any schedule that we draw waits for its next date.
const YEARS_AHEAD: u32 = 40;

impl<'a> Dates<'a> {
    pub(super) fn new(line: &Line<'a>, now: DateTime<Utc>, starting: Option<DateTime<Utc>>) -> Self {
        let registered = line.zone.wall(starting.unwrap_or(now));
        let times = match &line.at[..] {
            [] => vec![registered.time()],
            at => at.to_vec(),
        };
        let mut dates = Dates { line: line.clone(), times, counted: Counted::All };
        let named = line.days != NamedDays::Unnamed;
        if !named && line.at.is_empty() {
            dates.counted = Counted::From { date: registered.date(), starting };
        } else if !named && line.n > 1 && starting.is_none() {
            dates.counted = Counted::From { date: registered.date(), starting: None };
        } else if line.n > 1 {
            let last = starting.map_or(now, |when| when - TimeDelta::nanoseconds(1));
            let (_, date) = dates.first_after(last).expect("a day has its name in some year");
            dates.counted = Counted::InPeriodsFrom(date);
        }
        dates
    }

    /// The dates counted from a slot, in steps of `n` units.
    pub(super) fn counted_from(&self, slot: DateTime<Utc>, n: u64) -> Self {
        let date = self.date_of(slot);
        let mut dates = self.clone();
        dates.line.n = n;
        dates.counted = match (&self.line.days, self.line.unit) {
            (NamedDays::Unnamed, Unit::Day) => Counted::From { date: date - Days::new(n), starting: None },
            (NamedDays::Unnamed, Unit::Week) => Counted::From { date: date - Days::new(7 * n), starting: None },
            (NamedDays::Unnamed, unit) => {
                panic!("which day of a {unit:?} was that of the registration is not known any more")
            }
            _ => Counted::InPeriodsFrom(date),
        };
        dates
    }

    /// The date of a slot: by the schedule, as in [`first_after`](Self::first_after). Where no date has that slot a
    /// window has moved it, from the last date before.
    pub(super) fn date_of(&self, slot: DateTime<Utc>) -> NaiveDate {
        let shown = self.line.zone.wall(slot).date();
        let slots_of =
            |date: NaiveDate| self.times.iter().map(move |time| self.line.zone.instant(date.and_time(*time)));
        let names = |date: &NaiveDate| slots_of(*date).any(|other| other == slot);
        let starts = |date: &NaiveDate| matches!(self.counted, Counted::From { date: first, starting: Some(_) } if first == *date);
        let precedes =
            |date: &NaiveDate| (self.is_one(*date) || starts(date)) && slots_of(*date).any(|other| other < slot);
        let named = [shown, shown - Days::new(1)].into_iter().find(names);
        let moved = || (0..6).map(|days| shown - Days::new(days)).find(precedes);
        named.or_else(moved).unwrap_or(shown)
    }

    pub(super) fn after(&self, last: DateTime<Utc>) -> Option<DateTime<Utc>> {
        match self.counted {
            Counted::From { starting: Some(when), .. } if when > last => Some(when),
            _ => Some(self.first_after(last)?.0),
        }
    }

    /// The first slot, and its date: by the schedule, which is not that of the slot where the clocks skip a day.
    fn first_after(&self, last: DateTime<Utc>) -> Option<(DateTime<Utc>, NaiveDate)> {
        let today = self.line.zone.wall(last).date();
        let end = today + Months::new(12 * YEARS_AHEAD);
        let mut first: Option<(DateTime<Utc>, NaiveDate)> = None;
        let mut date = today - Days::new(3);
        while date < end && first.is_none_or(|(_, of)| date <= of + Days::new(3)) {
            if self.is_one(date) {
                let slots = self.times.iter().map(|time| self.line.zone.instant(date.and_time(*time)));
                let slot = slots.filter(|slot| *slot > last).min();
                first = first.into_iter().chain(slot.map(|slot| (slot, date))).min();
            }
            date = date + Days::new(1);
        }
        first
    }

    fn is_one(&self, date: NaiveDate) -> bool {
        let n = i64::try_from(self.line.n).unwrap();
        match self.counted {
            Counted::All => self.has_name(date),
            Counted::From { date: first, .. } => {
                let steps = self.period(date) - self.period(first);
                date > first && steps % n == 0 && self.is_same_day_of_period(date, first)
            }
            Counted::InPeriodsFrom(first) => (self.period(date) - self.period(first)) % n == 0 && self.has_name(date),
        }
    }

    fn has_name(&self, date: NaiveDate) -> bool {
        let (day, last) = (date.day(), last_day_of_month(date));
        match self.line.days {
            NamedDays::Unnamed => true,
            NamedDays::Weekdays(ref days) => days.contains(&date.weekday()),
            NamedDays::Day(wanted) => day == u32::from(wanted).min(last),
            NamedDays::LastDay => day == last,
            NamedDays::Nth(nth, weekday) => date.weekday() == weekday && (day - 1) / 7 + 1 == u32::from(nth),
            NamedDays::Last(weekday) => date.weekday() == weekday && day + 7 > last,
            NamedDays::Date { month, day: wanted } => {
                date.month() == u32::from(month) && day == u32::from(wanted).min(last)
            }
            ref other => panic!("the oracle does not know {other:?}"),
        }
    }

    /// The number of the day, week, month or year, counted from some day long ago.
    fn period(&self, date: NaiveDate) -> i64 {
        match self.line.unit {
            Unit::Day => date.num_days_from_ce().into(),
            Unit::Week => i64::from(date.week(Weekday::Mon).first_day().num_days_from_ce()) / 7,
            Unit::Month => i64::from(date.year()) * 12 + i64::from(date.month0()),
            Unit::Year => date.year().into(),
            unit => panic!("a {unit:?} has no dates"),
        }
    }

    fn is_same_day_of_period(&self, date: NaiveDate, of: NaiveDate) -> bool {
        let same_day = date.day() == of.day().min(last_day_of_month(date));
        match self.line.unit {
            Unit::Week => date.weekday() == of.weekday(),
            Unit::Month => same_day,
            Unit::Year => date.month() == of.month() && same_day,
            _ => true,
        }
    }
}

fn last_day_of_month(date: NaiveDate) -> u32 {
    let first = date - Days::new(date.day0().into());
    (first + Months::new(1) - Days::new(1)).day()
}
