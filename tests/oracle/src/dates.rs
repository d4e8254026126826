//! The days of a sentence, found by asking of every date whether it is one.

use chrono::{DateTime, Datelike, Days, Months, NaiveDate, NaiveTime, TimeDelta, Utc, Weekday};

use super::{
    sentence::{On, Sentence, Unit},
    zone::Zone,
};

#[derive(Clone, Debug)]
pub(super) struct Dates<'a> {
    zone: &'a Zone,
    sentence: Sentence,
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

/// Longer than any sentence that we draw waits for its next date.
const YEARS_AHEAD: u32 = 40;

impl<'a> Dates<'a> {
    pub(super) fn new(
        zone: &'a Zone,
        sentence: &Sentence,
        now: DateTime<Utc>,
        starting: Option<DateTime<Utc>>,
    ) -> Self {
        let registered = zone.wall(starting.unwrap_or(now));
        let times = match &sentence.at[..] {
            [] => vec![registered.time()],
            at => at.to_vec(),
        };
        let mut dates = Dates { zone, sentence: sentence.clone(), times, counted: Counted::All };
        let named = sentence.on != On::Unsaid;
        if !named && sentence.at.is_empty() {
            dates.counted = Counted::From { date: registered.date(), starting };
        } else if !named && sentence.n > 1 && starting.is_none() {
            dates.counted = Counted::From { date: registered.date(), starting: None };
        } else if sentence.n > 1 {
            let last = starting.map_or(now, |when| when - TimeDelta::nanoseconds(1));
            let (_, date) = dates.first_after(last).expect("a day has its name in some year");
            dates.counted = Counted::InPeriodsFrom(date);
        }
        dates
    }

    /// Counted anew from a slot, in steps of so many units.
    pub(super) fn counted_from(&self, slot: DateTime<Utc>, n: u32) -> Self {
        let date = self.date_of(slot);
        let mut dates = self.clone();
        dates.sentence.n = n;
        dates.counted = match (&self.sentence.on, self.sentence.unit) {
            (On::Unsaid, Unit::Day) => Counted::From { date: date - Days::new(n.into()), starting: None },
            (On::Unsaid, Unit::Week) => Counted::From { date: date - Days::new(7 * u64::from(n)), starting: None },
            (On::Unsaid, unit) => panic!("which day of a {unit:?} was that of the registration is not known any more"),
            _ => Counted::InPeriodsFrom(date),
        };
        dates
    }

    /// The date of a slot: by the sentence, as in [`first_after`](Self::first_after). Where no date has that slot a window
    /// has moved it, from the last date before.
    fn date_of(&self, slot: DateTime<Utc>) -> NaiveDate {
        let shown = self.zone.wall(slot).date();
        let slots_of = |date: NaiveDate| self.times.iter().map(move |time| self.zone.instant(date.and_time(*time)));
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

    /// The first slot, and its date: by the sentence, which is not that of the slot where the clocks skip a day.
    fn first_after(&self, last: DateTime<Utc>) -> Option<(DateTime<Utc>, NaiveDate)> {
        let today = self.zone.wall(last).date();
        let end = today + Months::new(12 * YEARS_AHEAD);
        let mut first: Option<(DateTime<Utc>, NaiveDate)> = None;
        let mut date = today - Days::new(3);
        while date < end && first.is_none_or(|(_, of)| date <= of + Days::new(3)) {
            if self.is_one(date) {
                let slots = self.times.iter().map(|time| self.zone.instant(date.and_time(*time)));
                let slot = slots.filter(|slot| *slot > last).min();
                first = first.into_iter().chain(slot.map(|slot| (slot, date))).min();
            }
            date = date + Days::new(1);
        }
        first
    }

    fn is_one(&self, date: NaiveDate) -> bool {
        let n = i64::from(self.sentence.n);
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
        match self.sentence.on {
            On::Unsaid => true,
            On::Weekdays(ref days) => days.contains(&date.weekday()),
            On::Day(wanted) => day == wanted.min(last),
            On::LastDay => day == last,
            On::Nth(nth, weekday) => date.weekday() == weekday && (day - 1) / 7 + 1 == nth,
            On::Last(weekday) => date.weekday() == weekday && day + 7 > last,
            On::Date(month, wanted) => date.month() == month && day == wanted.min(last),
        }
    }

    /// The number of the day, week, month or year, counted from some day long ago.
    fn period(&self, date: NaiveDate) -> i64 {
        match self.sentence.unit {
            Unit::Day => date.num_days_from_ce().into(),
            Unit::Week => i64::from(date.week(Weekday::Mon).first_day().num_days_from_ce()) / 7,
            Unit::Month => i64::from(date.year()) * 12 + i64::from(date.month0()),
            Unit::Year => date.year().into(),
            unit => panic!("a {unit:?} has no dates"),
        }
    }

    fn is_same_day_of_period(&self, date: NaiveDate, of: NaiveDate) -> bool {
        let same_day = date.day() == of.day().min(last_day_of_month(date));
        match self.sentence.unit {
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
