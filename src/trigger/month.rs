//! One month, and its days as a mask.

use chrono::{Datelike, Weekday};

use super::dates::{date_of, WeekdaySet, LAST_YEAR};

/// The days of one month, bit `d` for day `d`. Bit 0 is not used.
pub(super) type DayMask = u32;

/// A month, with what its days depend on.
#[derive(Clone, Copy)]
pub(super) struct Month {
    pub(super) year: i32,
    /// 1 to 12.
    pub(super) number: u32,
    /// The first day, since 1 January 1970.
    pub(super) first: i64,
    /// The weekday of the first day, from Monday.
    weekday: u32,
    /// The number of days.
    pub(super) length: u32,
}

const DAYS_OF_400_YEARS: i64 = 146_097;

/// The days from 1 March of the year 0 to 1 January 1970.
const FROM_MARCH_OF_YEAR_0: i64 = 719_468;

impl Month {
    /// The month of this number, 1 to 12. By arithmetic, because a search may look at all months of 400 years.
    pub(super) fn new(year: i32, number: u32) -> Self {
        // A year that begins in March ends with its leap day.
        let (from_march, years) = ((number + 9) % 12, i64::from(year) - i64::from(number <= 2));
        let (era, of_era) = (years.div_euclid(400), years.rem_euclid(400));
        let day = of_era * 365 + of_era / 4 - of_era / 100 + i64::from((153 * from_march + 2) / 5);
        Month::of(year, number, era * DAYS_OF_400_YEARS + day - FROM_MARCH_OF_YEAR_0)
    }

    /// The month that contains a day, counted from 1 January 1970, and the day's number in it; `None` if that is far
    /// outside chrono's calendar.
    ///
    /// A division costs more than all else, so these are by constants and of 32 bits, and a remainder of a division by
    /// 2³² is a quotient, too: Neri and Schneider, "Euclidean affine functions and their application to calendar
    /// algorithms", 2022.
    pub(super) fn around(day: i64) -> Option<(Self, u32)> {
        const FURTHEST: i64 = 100_000_000;
        /// Makes days positive: more cycles of 400 years than the furthest day is away.
        const CYCLES: i64 = FURTHEST / DAYS_OF_400_YEARS + 1;
        if !(-FURTHEST..=FURTHEST).contains(&day) {
            return None;
        }
        let quarters = (day + FROM_MARCH_OF_YEAR_0 + CYCLES * DAYS_OF_400_YEARS) as u32 * 4 + 3;
        let (century, of_century) = (quarters / DAYS_OF_400_YEARS as u32, (quarters % DAYS_OF_400_YEARS as u32) | 3);
        let scaled = 2_939_745 * u64::from(of_century);
        let (year, of_year) = ((scaled >> 32) as u32, scaled as u32 / 2_939_745 / 4);
        let scaled = 2_141 * of_year + 197_913;
        let (month, of_month) = (scaled >> 16, (scaled & 0xffff) / 2_141);
        // A year that begins in March contains the next January and February.
        let is_next_year = of_year >= 306;
        let number = if is_next_year { month - 12 } else { month };
        let year = (century * 100 + year) as i32 - CYCLES as i32 * 400 + i32::from(is_next_year);
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

    /// The first day of a mask from a day of the month on, counted from 1 January 1970.
    #[inline]
    pub(super) fn first_in(self, mask: DayMask, from: u32) -> Option<i64> {
        let rest = mask >> from << from;
        (rest != 0).then(|| self.first + i64::from(rest.trailing_zeros()) - 1)
    }

    pub(super) fn all(self) -> DayMask {
        ((1 << self.length) - 1) << 1
    }

    pub(super) fn day(self, day: u32) -> DayMask {
        (1 << day.min(31)) & self.all()
    }

    /// A set of weekdays, repeated for as long as a month may be, and shifted to the weekday of the first.
    pub(super) fn weekdays(self, on: WeekdaySet) -> DayMask {
        const WEEKS: u64 = 1 | 1 << 7 | 1 << 14 | 1 << 21 | 1 << 28 | 1 << 35;
        let shown = ((u64::from(on.bits()) * WEEKS) >> self.weekday) << 1;
        shown as DayMask & self.all()
    }

    /// The lowest day in a mask, moved to the nearest day from Monday to Friday in the month.
    pub(super) fn nearest_workday(self, day: u32) -> DayMask {
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
    pub(super) fn weeks(self, weeks: u64) -> DayMask {
        let monday = self.first - i64::from(self.weekday);
        let mondays = (monday..self.first + i64::from(self.length)).step_by(7);
        let is_one = |monday: &i64| date_of(*monday).is_some_and(|date| weeks & 1 << date.iso_week().week() != 0);
        mondays.filter(is_one).fold(0, |mask, monday| mask | self.between(monday, monday + 6))
    }

    /// The part of the month between two days since 1 January 1970.
    pub(super) fn between(self, first: i64, last: i64) -> DayMask {
        let (from, to) = (first - self.first, last - self.first);
        let length = i64::from(self.length);
        if from >= length || to < 0 || to < from {
            return 0;
        }
        let upto = |days: i64| ((1u64 << days.clamp(0, length)) - 1) as DayMask;
        (upto(to + 1) & !upto(from)) << 1
    }

    /// The number of the month, counted from January of the year 0.
    pub(super) fn index(self) -> i64 {
        i64::from(self.year) * 12 + i64::from(self.number) - 1
    }

    /// The month with a number that is counted from January of the year 0; `None` if that is after the calendar.
    pub(super) fn at(index: i64) -> Option<Self> {
        let year = i32::try_from(index.div_euclid(12)).ok().filter(|year| *year <= LAST_YEAR)?;
        Some(Month::new(year, index.rem_euclid(12) as u32 + 1))
    }

    /// The day that is this number of days before the last.
    pub(super) fn before_last(self, days: u8) -> DayMask {
        self.length.checked_sub(days.into()).map_or(0, |day| self.day(day))
    }

    /// The first to fifth of a weekday.
    pub(super) fn nth(self, n: u8, weekday: Weekday) -> DayMask {
        let from = 7 * i64::from(n.saturating_sub(1));
        self.weekdays(WeekdaySet::of(weekday)) & self.between(self.first + from, self.first + from + 6)
    }

    pub(super) fn last(self, weekday: Weekday) -> DayMask {
        highest(self.weekdays(WeekdaySet::of(weekday)))
    }

    /// The last day from Monday to Friday, or the one that is this number of such days before it.
    pub(super) fn last_workday(self, before: u8) -> DayMask {
        let workdays = self.weekdays(WeekdaySet::WEEKDAYS);
        highest((0..before).fold(workdays, |rest, _| rest & !highest(rest)))
    }
}

fn highest(mask: DayMask) -> DayMask {
    if mask == 0 {
        0
    } else {
        1 << (31 - mask.leading_zeros())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn month_around_a_day_is_that_of_its_date() {
        let (first, last) = (date_day(0), date_day(LAST_YEAR));
        for day in (first..last).step_by(11).chain(first..first + 147_000) {
            let (month, of_month) = Month::around(day).unwrap();
            let date = date_of(day).unwrap();
            assert_eq!((month.year, month.number, of_month), (date.year(), date.month(), date.day()), "{day}");
            assert_eq!(month.first, day - i64::from(date.day0()));
            assert_eq!(month.weekday, (date - chrono::Days::new(date.day0().into())).weekday().num_days_from_monday());
            assert_eq!(month.length, u32::from(date.num_days_in_month()));
            let same = Month::new(month.year, month.number);
            assert_eq!((same.first, same.weekday, same.length), (month.first, month.weekday, month.length));
        }
        assert!([100_000_000, -100_000_000].into_iter().all(|day| Month::around(day).is_some()));
        assert!([100_000_001, -100_000_001, i64::MAX, i64::MIN].into_iter().all(|day| Month::around(day).is_none()));
    }

    /// 1 January of a year.
    fn date_day(year: i32) -> i64 {
        Month::new(year, 1).first
    }
}
