//! Sets of dates, a month at a time.

use std::sync::Arc;

use chrono::{NaiveDate, Weekday};

use super::{
    dates::{day_of, LAST_DAY, LAST_YEAR},
    month::{DayMask, Month},
    work, WeekdaySet,
};

/// Some dates. All but those that are named by their year repeat every 400 years, as the calendar does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum DateItem {
    Weekdays(WeekdaySet),
    /// That day of the month, 1 to 31, and nothing in a month that lacks it.
    Day(u8),
    /// The day this many days before the last of the month: 0 is the last day.
    BeforeLast(u8),
    /// The first to fifth of a weekday in the month.
    Nth(u8, Weekday),
    LastWeekday(Weekday),
    /// The day from Monday to Friday that is nearest to a day of the month, in the same month. Nothing in a month that
    /// lacks the day.
    Nearest(u8),
    /// The day from Monday to Friday that is nearest to the day this many days before the last of the month.
    NearestBeforeLast(u8),
    /// Counted back from the end of the month, among the days from Monday to Friday: 0 is the last of them.
    LastWorkday(u8),
    /// The weeks of the ISO year, one bit each, 1 to 53.
    Weeks(u64),
    /// A date of the year. 29 February is in leap years only.
    Date {
        month: u8,
        day: u8,
    },
    /// From one date to another, both included.
    Range(NaiveDate, NaiveDate),
    /// Days since 1 January 1970, in ascending order.
    Listed(Arc<[i64]>),
}

impl DateItem {
    fn in_month(&self, month: Month) -> DayMask {
        match *self {
            DateItem::Weekdays(on) => month.weekdays(on),
            DateItem::Day(day) => month.day(day.into()),
            DateItem::BeforeLast(days) => month.before_last(days),
            DateItem::Nth(n, weekday) => month.nth(n, weekday),
            DateItem::LastWeekday(weekday) => month.last(weekday),
            DateItem::Nearest(day) => month.nearest_workday(day.into()),
            DateItem::NearestBeforeLast(days) => match month.length.checked_sub(days.into()) {
                None | Some(0) => 0,
                Some(day) => month.nearest_workday(day),
            },
            DateItem::Weeks(weeks) => month.weeks(weeks),
            DateItem::Date { month: number, day } if u32::from(number) == month.number => month.day(day.into()),
            DateItem::Date { .. } => 0,
            DateItem::Range(from, to) => month.between(day_of(from), day_of(to)),
            DateItem::Listed(ref days) => {
                let from = days.partition_point(|day| *day < month.first);
                let of_month = days[from..].iter().take_while(|day| **day < month.first + i64::from(month.length));
                of_month.fold(0, |mask, day| mask | 1 << (day - month.first + 1))
            }
            DateItem::LastWorkday(before) => month.last_workday(before),
        }
    }

    /// The last day that is named by its year; `None` if there is none.
    fn end(&self) -> Option<i64> {
        match self {
            DateItem::Range(_, to) => Some(day_of(*to)),
            DateItem::Listed(days) => days.last().copied(),
            _ => None,
        }
    }

    /// The first day at or after `day` that is named by its year; `None` if there is none.
    fn dated_from(&self, day: i64) -> Option<i64> {
        match self {
            DateItem::Range(from, to) => Some(day_of(*from).max(day)).filter(|day| *day <= day_of(*to)),
            DateItem::Listed(days) => days.get(days.partition_point(|listed| *listed < day)).copied(),
            _ => None,
        }
    }
}

/// The dates on which a schedule may have slots.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct DateSet {
    /// Bit `m - 1` for month `m`.
    pub(crate) months: u16,
    /// The years, if only some are allowed: ascending, without duplicates.
    pub(crate) years: Option<Arc<[u16]>>,
    /// A date has to be in each of these, and is in one if it is one of its items.
    pub(crate) only: Vec<Vec<DateItem>>,
    /// And it must not be one of these.
    pub(crate) except: Vec<DateItem>,
}

impl DateSet {
    /// The months in 400 years, after which the calendar repeats.
    const CYCLE: u32 = 400 * 12;

    pub(crate) const ALL_MONTHS: u16 = (1 << 12) - 1;

    /// All dates.
    #[cfg(test)]
    pub(crate) const fn all() -> Self {
        DateSet { months: DateSet::ALL_MONTHS, years: None, only: Vec::new(), except: Vec::new() }
    }

    /// The dates that are in both sets. Only this one may be limited to some years.
    pub(crate) fn intersection(&self, other: &DateSet) -> DateSet {
        DateSet {
            months: self.months & other.months,
            years: self.years.clone(),
            only: self.only.iter().chain(&other.only).cloned().collect(),
            except: self.except.iter().chain(&other.except).cloned().collect(),
        }
    }

    #[inline]
    fn in_month(&self, month: Month) -> DayMask {
        // The usual case, which costs a fraction of what follows.
        if let ([items], []) = (self.only.as_slice(), self.except.as_slice()) {
            if let [item] = items.as_slice() {
                return item.in_month(month);
            }
        }
        self.in_month_by_all(month)
    }

    #[inline(never)]
    fn in_month_by_all(&self, month: Month) -> DayMask {
        let any = |items: &[DateItem]| items.iter().fold(0, |mask, item| mask | item.in_month(month));
        let only = self.only.iter().fold(month.all(), |mask, items| mask & any(items));
        if only == 0 || self.except.is_empty() {
            return only;
        }
        only & !any(&self.except)
    }

    /// Whether a day, counted from 1 January 1970, is one of the dates.
    pub(crate) fn contains(&self, day: i64) -> bool {
        Month::around(day).is_some_and(|(month, number)| self.allows(month) && self.in_month(month) >> number & 1 != 0)
    }

    /// Whether dates of this month may be in the set, by its number and its year.
    fn allows(&self, month: Month) -> bool {
        self.months >> (month.number - 1) & 1 != 0 && self.years.as_deref().is_none_or(|years| has(years, month.year))
    }

    /// The first of the dates at or after a day, both counted from 1 January 1970; `None` if there is none.
    ///
    /// O(1) for days of the week and for what comes every month, and at most one look at each month of 400 years. If
    /// there is none until then, there is none at all, except for dates that are named by their year: the search goes on
    /// at each of these.
    pub(crate) fn on_or_after(&self, day: i64) -> Option<i64> {
        if let Some(weekdays) = self.weekdays() {
            return weekdays.on_or_after_day(day).filter(|day| *day <= LAST_DAY);
        }
        // Most dates come every month, so that the next is in the month of the day.
        let (month, from) = Month::around(day)?;
        if month.year <= LAST_YEAR && self.allows(month) {
            if let Some(found) = month.first_in(self.in_month(month), from) {
                return Some(found);
            }
        }
        self.search(day)
    }

    /// The days of the week, if the set limits the dates to nothing else.
    fn weekdays(&self) -> Option<WeekdaySet> {
        if self.months != DateSet::ALL_MONTHS || self.years.is_some() || !self.except.is_empty() {
            return None;
        }
        match self.only.as_slice() {
            [] => Some(WeekdaySet::ALL),
            [items] => match items.as_slice() {
                [DateItem::Weekdays(on)] => Some(*on),
                _ => None,
            },
            _ => None,
        }
    }

    #[inline(never)]
    fn search(&self, day: i64) -> Option<i64> {
        const DAYS_WITHIN_CYCLE: i64 = 400 * 365;
        let mut from = day;
        while from <= LAST_DAY {
            if let Some(found) = self.within_cycle(from) {
                return Some(found);
            }
            let beyond = from + DAYS_WITHIN_CYCLE;
            // Only a date that is named by its year can be one now, or a day after those that are excluded by theirs.
            let dated = self.only.iter().flatten().filter_map(|item| item.dated_from(beyond));
            let ends = self.except.iter().filter_map(DateItem::end).filter(|end| *end >= from).map(|end| end + 1);
            from = dated.chain(ends).min()?;
        }
        None
    }

    fn within_cycle(&self, day: i64) -> Option<i64> {
        let (mut month, mut from) = Month::around(day)?;
        let mut year = month.year;
        for looked in 1..=DateSet::CYCLE + 1 {
            if year > LAST_YEAR || looked % 16 == 0 && !work::spend(8) {
                return None;
            }
            if self.allows(month) {
                if let Some(found) = month.first_in(self.in_month(month), from) {
                    return Some(found);
                }
            }
            // To the next month that is allowed, in this year or the next that is.
            let rest = u32::from(self.months) >> month.number;
            let is_same_year = rest != 0 && self.years.as_deref().is_none_or(|years| has(years, year));
            let number = if is_same_year {
                month.number + 1 + rest.trailing_zeros()
            } else {
                year = match self.years.as_deref() {
                    Some(years) => (*years.get(years.partition_point(|listed| i32::from(*listed) <= year))?).into(),
                    None => year + 1,
                };
                u32::from(self.months).trailing_zeros() + 1
            };
            (month, from) = (Month::new(year, number.min(12)), 1);
        }
        None
    }
}

/// Whether a sorted list of years contains one.
fn has(years: &[u16], year: i32) -> bool {
    u16::try_from(year).is_ok_and(|year| years.binary_search(&year).is_ok())
}

#[cfg(test)]
mod tests {
    use chrono::Datelike;

    use super::{super::dates::date_of, *};

    /// Whether an item names a date, by its definition.
    fn names(item: &DateItem, date: NaiveDate) -> bool {
        let (weekday, day) = (date.weekday(), date.day());
        let length = i64::from(date.num_days_in_month());
        let is_workday = |date: NaiveDate| !matches!(date.weekday(), Weekday::Sat | Weekday::Sun);
        let of_month = |day: i64| date.with_day(day as u32).unwrap();
        match *item {
            DateItem::Weekdays(on) => on.days().any(|on| on == weekday),
            DateItem::Day(named) => day == u32::from(named),
            DateItem::BeforeLast(before) => i64::from(day) == length - i64::from(before),
            DateItem::Nth(n, of) => weekday == of && day.div_ceil(7) == u32::from(n),
            DateItem::LastWeekday(of) => weekday == of && i64::from(day) + 7 > length,
            DateItem::Nearest(named) => {
                let named = i64::from(named);
                // The earlier of two that are as near.
                let workdays = (1..=length).filter(|day| is_workday(of_month(*day)));
                named <= length && workdays.min_by_key(|day| (day - named).abs()) == Some(day.into())
            }
            DateItem::NearestBeforeLast(before) => {
                let workdays = (1..=length).filter(|day| is_workday(of_month(*day)));
                let named = length - i64::from(before);
                named >= 1 && workdays.min_by_key(|day| (day - named).abs()) == Some(day.into())
            }
            DateItem::Weeks(weeks) => weeks >> date.iso_week().week() & 1 != 0,
            DateItem::LastWorkday(before) => {
                let mut workdays = (1..=length).rev().filter(|day| is_workday(of_month(*day)));
                workdays.nth(before.into()) == Some(day.into())
            }
            DateItem::Date { month, day: named } => (date.month(), day) == (month.into(), named.into()),
            DateItem::Range(from, to) => from <= date && date <= to,
            DateItem::Listed(ref days) => days.contains(&day_of(date)),
        }
    }

    fn items() -> Vec<DateItem> {
        let date = |year, month, day| NaiveDate::from_ymd_opt(year, month, day).unwrap();
        let weekdays = [Weekday::Mon, Weekday::Fri, Weekday::Sun];
        let mut items = vec![
            DateItem::Weekdays(WeekdaySet::WEEKDAYS),
            DateItem::Weekdays(WeekdaySet::WEEKEND),
            DateItem::Date { month: 2, day: 29 },
            DateItem::Range(date(2024, 2, 28), date(2024, 3, 1)),
            DateItem::Range(date(2023, 12, 31), date(2025, 1, 1)),
            DateItem::Listed([date(2024, 1, 1), date(2024, 1, 31), date(2025, 2, 28)].map(day_of).into()),
        ];
        items.extend(weekdays.map(|weekday| DateItem::Weekdays(WeekdaySet::of(weekday))));
        items.extend(weekdays.map(DateItem::LastWeekday));
        items.extend((1..=5).flat_map(|n| weekdays.map(|weekday| DateItem::Nth(n, weekday))));
        items.extend((1..=31).flat_map(|day| {
            [
                DateItem::Day(day),
                DateItem::Nearest(day),
                DateItem::BeforeLast(day - 1),
                DateItem::NearestBeforeLast(day - 1),
            ]
        }));
        items.extend([1, 52, 53].map(|week| DateItem::Weeks(1 << week)));
        items.extend((0..24).map(DateItem::LastWorkday));
        items
    }

    #[test]
    fn each_item_names_the_dates_of_its_definition() {
        let days: Vec<_> = (day_of(NaiveDate::from_ymd_opt(2023, 1, 1).unwrap())..).take(6 * 366).collect();
        for item in items() {
            let set = DateSet { only: vec![vec![item.clone()]], ..DateSet::all() };
            let mut next = None;
            for day in days.iter().rev() {
                if names(&item, date_of(*day).unwrap()) {
                    next = Some(*day);
                }
                assert_eq!(set.contains(*day), next == Some(*day), "{item:?} {:?}", date_of(*day));
                assert!(next.is_none() || set.on_or_after(*day) == next, "{item:?} {:?}", date_of(*day));
            }
        }
    }

    #[test]
    fn what_never_comes_is_none() {
        let never = DateSet { only: vec![vec![DateItem::Date { month: 2, day: 30 }]], ..DateSet::all() };
        assert_eq!(never.on_or_after(0), None);
        let except = vec![DateItem::Weekdays(WeekdaySet::WEEKDAYS), DateItem::Weekdays(WeekdaySet::WEEKEND)];
        assert_eq!(DateSet { except, ..DateSet::all() }.on_or_after(0), None);
        assert_eq!(DateSet { months: 0, ..DateSet::all() }.on_or_after(0), None);
    }

    #[test]
    fn a_date_after_centuries_that_are_excluded_is_found() {
        let date = |year| NaiveDate::from_ymd_opt(year, 1, 1).unwrap();
        let except = vec![DateItem::Range(date(1950), date(2900)), DateItem::Range(date(2800), date(3500))];
        let found = DateSet { except, ..DateSet::all() }.on_or_after(0);
        assert_eq!(found, Some(day_of(date(3500)) + 1));
        let except = vec![DateItem::Range(date(1950), date(9999)), DateItem::Weekdays(WeekdaySet::WEEKDAYS)];
        assert_eq!(DateSet { except, ..DateSet::all() }.on_or_after(0).and_then(date_of), date(9999).succ_opt());
    }

    #[test]
    fn a_date_far_away_is_found() {
        let date = NaiveDate::from_ymd_opt(9999, 12, 31).unwrap();
        let set = DateSet { only: vec![vec![DateItem::Range(date, date)]], ..DateSet::all() };
        assert_eq!(set.on_or_after(0), Some(day_of(date)));
        assert_eq!(DateSet { years: Some([9999].into()), ..DateSet::all() }.on_or_after(0), Some(day_of(date) - 364));
    }
}
