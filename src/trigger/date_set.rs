//! Sets of dates, a month at a time.

use std::sync::Arc;

use chrono::{Datelike, Weekday};

use super::{
    dates::{date_of, LAST_YEAR},
    WeekdaySet,
};

/// The days of one month, bit `d` for day `d`. Bit 0 is not used.
pub(crate) type DayMask = u32;

/// Some dates. They repeat every 400 years, as the calendar does.
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
}

/// A month, with what its days depend on.
#[derive(Clone, Copy)]
struct Month {
    year: i32,
    /// 1 to 12.
    number: u32,
    /// The first day, since 1 January 1970.
    first: i64,
    /// The weekday of the first day, from Monday.
    weekday: u32,
    /// The number of days.
    length: u32,
}

const DAYS_OF_400_YEARS: i64 = 146_097;

/// The days from 1 March of the year 0 to 1 January 1970.
const FROM_MARCH_OF_YEAR_0: i64 = 719_468;

impl Month {
    /// The month of this number, 1 to 12. By arithmetic, because a search may look at all months of 400 years.
    fn new(year: i32, number: u32) -> Self {
        // A year that begins in March ends with its leap day.
        let (from_march, years) = ((number + 9) % 12, i64::from(year) - i64::from(number <= 2));
        let (era, of_era) = (years.div_euclid(400), years.rem_euclid(400));
        let day = of_era * 365 + of_era / 4 - of_era / 100 + i64::from((153 * from_march + 2) / 5);
        Month::of(year, number, era * DAYS_OF_400_YEARS + day - FROM_MARCH_OF_YEAR_0)
    }

    /// The month that contains a day, counted from 1 January 1970, and the day's number in it; `None` if chrono's
    /// calendar does not have it.
    fn around(day: i64) -> Option<(Self, u32)> {
        const FURTHEST: i64 = 90_000_000;
        if !(-FURTHEST..=FURTHEST).contains(&day) {
            return None;
        }
        let from_march = day + FROM_MARCH_OF_YEAR_0;
        let (era, of_era) = (from_march.div_euclid(DAYS_OF_400_YEARS), from_march.rem_euclid(DAYS_OF_400_YEARS) as u32);
        let years = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
        let of_year = of_era - (365 * years + years / 4 - years / 100);
        let month = (5 * of_year + 2) / 153;
        let of_month = of_year - (153 * month + 2) / 5;
        let number = if month < 10 { month + 3 } else { month - 9 };
        let year = era as i32 * 400 + years as i32 + i32::from(number <= 2);
        Some((Month::of(year, number, day - i64::from(of_month)), of_month + 1))
    }

    fn of(year: i32, number: u32, first: i64) -> Self {
        let length = match number {
            2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
            2 => 28,
            4 | 6 | 9 | 11 => 30,
            _ => 31,
        };
        // 1 January 1970 was a Thursday.
        Month { year, number, first, weekday: (first + 3).rem_euclid(7) as u32, length }
    }

    fn all(self) -> DayMask {
        ((1 << self.length) - 1) << 1
    }

    fn day(self, day: u32) -> DayMask {
        (1 << day.min(31)) & self.all()
    }

    /// A set of weekdays, repeated for as long as a month may be, and shifted to the weekday of the first.
    fn weekdays(self, on: WeekdaySet) -> DayMask {
        const WEEKS: u64 = 1 | 1 << 7 | 1 << 14 | 1 << 21 | 1 << 28 | 1 << 35;
        let shown = ((u64::from(on.bits()) * WEEKS) >> self.weekday) << 1;
        shown as DayMask & self.all()
    }

    /// The lowest day in a mask, moved to the nearest day from Monday to Friday in the month.
    fn nearest_workday(self, day: u32) -> DayMask {
        if self.day(day) == 0 {
            return 0;
        }
        let nearest = match (self.weekday + day - 1) % 7 {
            5 if day > 1 => day - 1,
            5 => day + 2,
            6 if day < self.length => day + 1,
            6 => day - 2,
            _ => day,
        };
        self.day(nearest)
    }

    /// The days in weeks of the ISO year.
    fn weeks(self, weeks: u64) -> DayMask {
        let monday = self.first - i64::from(self.weekday);
        let mondays = (monday..self.first + i64::from(self.length)).step_by(7);
        let is_one = |monday: &i64| date_of(*monday).is_some_and(|date| weeks & 1 << date.iso_week().week() != 0);
        mondays.filter(is_one).fold(0, |mask, monday| mask | self.between(monday, monday + 6))
    }

    /// The part of the month between two days since 1 January 1970.
    fn between(self, first: i64, last: i64) -> DayMask {
        let (from, to) = (first - self.first, last - self.first);
        let length = i64::from(self.length);
        if from >= length || to < 0 || to < from {
            return 0;
        }
        let upto = |days: i64| ((1u64 << days.clamp(0, length)) - 1) as DayMask;
        (upto(to + 1) & !upto(from)) << 1
    }
}

impl DateItem {
    fn in_month(&self, month: Month) -> DayMask {
        match *self {
            DateItem::Weekdays(on) => month.weekdays(on),
            DateItem::Day(day) => month.day(day.into()),
            DateItem::BeforeLast(days) => month.length.checked_sub(days.into()).map_or(0, |day| month.day(day) & !1),
            DateItem::Nth(n, weekday) => {
                let (all, n) = (month.weekdays(WeekdaySet::of(weekday)), u32::from(n));
                all & month.between(month.first + i64::from(7 * (n - 1)), month.first + i64::from(7 * n - 1))
            }
            DateItem::LastWeekday(weekday) => {
                let last = month.first + i64::from(month.length);
                month.weekdays(WeekdaySet::of(weekday)) & month.between(last - 7, last)
            }
            DateItem::Nearest(day) => month.nearest_workday(day.into()),
            DateItem::NearestBeforeLast(days) => match month.length.checked_sub(days.into()) {
                None | Some(0) => 0,
                Some(day) => month.nearest_workday(day),
            },
            DateItem::Weeks(weeks) => month.weeks(weeks),
            DateItem::LastWorkday(before) => {
                let mut workdays = month.weekdays(WeekdaySet::WEEKDAYS);
                (0..before).for_each(|_| workdays &= !highest(workdays));
                highest(workdays)
            }
        }
    }
}

fn highest(mask: DayMask) -> DayMask {
    if mask == 0 {
        0
    } else {
        1 << (31 - mask.leading_zeros())
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
}

impl DateSet {
    /// The months in 400 years, after which the calendar repeats.
    const CYCLE: u32 = 400 * 12;

    fn in_month(&self, month: Month) -> DayMask {
        let any = |items: &[DateItem]| items.iter().fold(0, |mask, item| mask | item.in_month(month));
        self.only.iter().fold(month.all(), |mask, items| mask & any(items))
    }

    /// Whether a day, counted from 1 January 1970, is one of the dates.
    pub(crate) fn contains(&self, day: i64) -> bool {
        self.on_or_after(day) == Some(day)
    }

    /// The first of the dates at or after a day, both counted from 1 January 1970; `None` if there is none.
    ///
    /// O(1) for what comes every month, and at most one look at each month of 400 years.
    pub(crate) fn on_or_after(&self, day: i64) -> Option<i64> {
        let (mut month, mut from) = Month::around(day)?;
        let mut year = month.year;
        for _ in 0..=DateSet::CYCLE {
            if year > LAST_YEAR {
                return None;
            }
            if self.months >> (month.number - 1) & 1 != 0 && self.years.as_deref().is_none_or(|years| has(years, year))
            {
                let mask = self.in_month(month) >> from << from;
                if mask != 0 {
                    return Some(month.first + i64::from(mask.trailing_zeros()) - 1);
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
