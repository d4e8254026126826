//! The dates of a calendar rule.

use std::fmt;

use chrono::{Datelike, NaiveDate, Weekday};

use super::{
    month::{DayMask, Month},
    words::{list, weekday_name},
    Unit,
};

/// The last year of this crate's calendar; [`Timestamp::LAST`](crate::timestamp::Timestamp::LAST) is its last instant.
pub(crate) const LAST_YEAR: i32 = 9999;

/// The last day of the calendar, as the number of days since 1 January 1970.
pub(super) const LAST_DAY: i64 = 2_932_896;

/// The number of days from 1 January 1970 to a date.
#[inline(never)]
pub(crate) fn day_of(date: NaiveDate) -> i64 {
    i64::from(date.num_days_from_ce()) - 719_163
}

/// The date `day` days after 1 January 1970; `None` if chrono cannot represent it.
#[inline(never)]
pub(crate) fn date_of(day: i64) -> Option<NaiveDate> {
    NaiveDate::from_num_days_from_ce_opt(i32::try_from(day.checked_add(719_163)?).ok()?)
}

/// The days of each period that a rule matches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum DatePattern {
    Days,
    Weeks(WeekdaySet),
    Months(DayOfMonth),
    /// `month` counts from 0.
    Years {
        month: u8,
        day: DayOfMonth,
    },
}

impl DatePattern {
    /// The grid of dates that begins in the week, month or year of `day`, with `length` units in a step. `None` if the
    /// length of a step overflows.
    #[inline(always)]
    pub(super) fn dates(self, day: i64, length: u64, unit: Unit) -> Option<Dates> {
        Some(match (self, unit) {
            (DatePattern::Days, Unit::Week) => Dates::Days { first: day, step: length.checked_mul(7)? },
            (DatePattern::Days, _) => Dates::Days { first: day, step: length },
            (DatePattern::Weeks(on), _) => Dates::Weeks { monday: monday_of(day), step: length, on },
            (DatePattern::Months(day_of_month), _) => {
                Dates::Months { first: month_of(date_of(day)?), step: length, day: day_of_month }
            }
            // Counted from the year of `day`, even if the date of that year is earlier: a `day` of 1 June 2024 and a
            // step of two years give 1 March of 2024, 2026 and 2028, of which the first is never asked for.
            (DatePattern::Years { month, day: day_of_month }, _) => {
                let first = i64::from(date_of(day)?.year()) * 12 + i64::from(month);
                Dates::Months { first, step: length.checked_mul(12)?, day: day_of_month }
            }
        })
    }
}

/// A grid of dates: every `step` days, weeks or months from an anchor. Dates are numbers of days, so that a step is an
/// addition. A week begins on Monday.
#[derive(Clone, Debug)]
pub(crate) enum Dates {
    Days {
        first: i64,
        step: u64,
    },
    /// `monday` is the Monday of the first week.
    Weeks {
        monday: i64,
        step: u64,
        on: WeekdaySet,
    },
    /// Months are numbered from January of the year 0. Years are steps of 12.
    Months {
        first: i64,
        step: u64,
        day: DayOfMonth,
    },
}

impl Dates {
    /// The first day of the grid at or after `day`; `None` if that is outside the calendar. O(1), except for a fifth
    /// weekday, which may be decades away.
    #[inline(always)]
    pub(crate) fn on_or_after(&self, day: i64) -> Option<i64> {
        let found = match *self {
            Dates::Days { first, step: 1 } => first.max(day),
            Dates::Days { first, step } => add(first, steps_to(day - first, step)?, 1)?,
            Dates::Weeks { monday, step, on } => on.on_or_after(day, monday, step)?,
            Dates::Months { first, step, day: of_month } => of_month.on_or_after(day, first, step)?,
        };
        (found <= LAST_DAY).then_some(found)
    }

    /// The day from which the grid is counted: the first day, or the beginning of the first week or month.
    #[inline(never)]
    pub(super) fn first_day(&self) -> i64 {
        match *self {
            Dates::Days { first, .. } => first,
            Dates::Weeks { monday, .. } => monday,
            // Years out of chrono's range can only come after the calendar, where no day is found.
            Dates::Months { first, .. } => {
                let year = first.div_euclid(12).clamp(i64::from(i32::MIN), i64::from(i32::MAX)) as i32;
                NaiveDate::from_ymd_opt(year, first.rem_euclid(12) as u32 + 1, 1).map_or(i64::MAX, day_of)
            }
        }
    }

    /// The first day of the same grid, continued backwards, whole steps earlier: not after `day`.
    pub(super) fn first_day_before(&self, day: i64) -> i64 {
        let back = |first: i64, day: i64, step: i64| first - step.saturating_mul((first - day).max(0) / step + 1);
        let earlier = match *self {
            Dates::Days { first, step } => Dates::Days { first: back(first, day, clamped(step)), step },
            Dates::Weeks { monday, step, on } => {
                Dates::Weeks { monday: back(monday, day, clamped(step).saturating_mul(7)), step, on }
            }
            Dates::Months { first, step, day: of_month } => {
                let month = date_of(day).map_or(first, month_of);
                Dates::Months { first: back(first, month, clamped(step)), step, day: of_month }
            }
        };
        earlier.first_day()
    }

    /// The grid itself, if its second step is in the calendar.
    pub(crate) fn with_second(self) -> Option<Self> {
        self.ahead().map(|_| self)
    }

    /// The same grid without its first step; `None` if the second step is outside the calendar.
    #[inline(never)]
    pub(crate) fn ahead(&self) -> Option<Self> {
        let mut later = self.clone();
        match &mut later {
            Dates::Days { first, step } => *first = add(*first, *step, 1).filter(|day| *day <= LAST_DAY)?,
            Dates::Weeks { monday, step, .. } => *monday = add(*monday, *step, 7).filter(|day| *day <= LAST_DAY)?,
            Dates::Months { first, step, .. } => {
                *first = add(*first, *step, 1).filter(|month| *month < (i64::from(LAST_YEAR) + 1) * 12)?;
            }
        }
        Some(later)
    }
}

/// `distance` rounded up to a multiple of `step`; zero if it is negative, because a grid has nothing before its anchor.
#[inline]
fn steps_to(distance: i64, step: u64) -> Option<u64> {
    let distance = u64::try_from(distance).unwrap_or(0);
    match step {
        0 | 1 => Some(distance),
        step => distance.div_ceil(step).checked_mul(step),
    }
}

/// A number of periods, none of which leaves the calendar.
fn clamped(step: u64) -> i64 {
    const LONGEST: u64 = 10_000 * 366;
    step.clamp(1, LONGEST) as i64
}

/// So many periods of some days or months later.
#[inline]
fn add(from: i64, periods: u64, length: u64) -> Option<i64> {
    from.checked_add_unsigned(periods.checked_mul(length)?)
}

/// The Monday of the week of a day.
fn monday_of(day: i64) -> i64 {
    const THURSDAY: i64 = 3; // was 1 January 1970
    day - (day + THURSDAY).rem_euclid(7)
}

pub(super) fn month_of(date: NaiveDate) -> i64 {
    i64::from(date.year()) * 12 + i64::from(date.month0())
}

/// Days of the month.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum DayOfMonth {
    /// The 1st to the 31st, bit `d` for day `d`, each clamped to the last day of a shorter month.
    Days(DayMask),
    /// Counted from the end: 1 is the last day.
    NthLast(u8),
    /// The first to the fifth of a weekday. A month without a fifth has no such day.
    Nth(u8, Weekday),
    LastWeekday(Weekday),
    /// The day from Monday to Friday that is nearest to a day, which is clamped to the last day of a shorter month.
    NearestWeekday(u8),
    /// The last day from Monday to Friday.
    LastWorkday,
}

impl DayOfMonth {
    /// The first such day at or after `day`, in the month `first` or a multiple of `step` months later.
    #[inline(never)]
    fn on_or_after(self, day: i64, first: i64, step: u64) -> Option<i64> {
        let (this, number) = Month::around(day)?;
        let mut index = add(first, steps_to(this.index() - first, step)?, 1)?;
        // The first month on the grid may have its day before `day`, or may have none; the next one that has the day is
        // the answer. On day 15, every 2 months from January: from 20 January the search moves on to March.
        loop {
            let month = Month::at(index)?;
            let from = if index == this.index() { number } else { 1 };
            let days = self.in_month(month) >> from << from;
            if days != 0 {
                return Some(month.first + i64::from(days.trailing_zeros()) - 1);
            }
            index = add(index, step, 1)?;
        }
    }

    fn in_month(self, month: Month) -> DayMask {
        match self {
            // Clamped for each month by itself: day 31 is 29 February, then 31 March, not 29 March.
            DayOfMonth::Days(days) if days > month.all() => days & month.all() | month.before_last(0),
            DayOfMonth::Days(days) => days,
            DayOfMonth::NthLast(n) => month.before_last(n.saturating_sub(1)),
            DayOfMonth::Nth(n, weekday) => month.nth(n, weekday),
            DayOfMonth::LastWeekday(weekday) => month.last(weekday),
            DayOfMonth::NearestWeekday(day) => month.nearest_workday(month.length.min(day.into())),
            DayOfMonth::LastWorkday => month.last_workday(0),
        }
    }
}

/// A set of weekdays, one bit each, from Monday.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct WeekdaySet(u8);

impl WeekdaySet {
    pub(crate) const NONE: WeekdaySet = WeekdaySet(0);
    pub(super) const ALL: WeekdaySet = WeekdaySet(0b111_1111);
    pub(crate) const WEEKDAYS: WeekdaySet = WeekdaySet(0b001_1111);
    pub(crate) const WEEKEND: WeekdaySet = WeekdaySet(0b110_0000);

    pub(crate) fn of(weekday: Weekday) -> Self {
        WeekdaySet(1 << weekday.num_days_from_monday())
    }

    pub(crate) fn bits(self) -> u8 {
        self.0
    }

    pub(crate) fn union(self, other: WeekdaySet) -> WeekdaySet {
        WeekdaySet(self.0 | other.0)
    }

    pub(crate) fn is_empty(self) -> bool {
        self.0 == 0
    }

    fn contains(self, weekday: Weekday) -> bool {
        self.0 & (1 << weekday.num_days_from_monday()) != 0
    }

    pub(crate) fn days(self) -> impl Iterator<Item = Weekday> {
        (0..7).filter_map(|n| Weekday::try_from(n).ok()).filter(move |weekday| self.contains(*weekday))
    }

    /// The first of these weekdays at or after `day`, in the week of `monday` or a multiple of `step` weeks later.
    #[inline(never)]
    fn on_or_after(self, day: i64, monday: i64, step: u64) -> Option<i64> {
        let this = monday_of(day);
        let step = step.checked_mul(7)?;
        let week = add(monday, steps_to(this - monday, step)?, 1)?;
        // Only in the week of `day` are earlier weekdays over; a later week is searched from its Monday. Every 2 weeks
        // on Monday and Thursday: from Friday of a week on the grid, the next is Monday in two weeks.
        let from = if week == this { day - this } else { 0 };
        match self.first_from(from) {
            Some(weekday) => Some(week + weekday),
            None => Some(add(week, step, 1)? + self.first_from(0)?),
        }
    }

    /// The first of these weekdays at or after a day, counted from 1 January 1970.
    pub(super) fn on_or_after_day(self, day: i64) -> Option<i64> {
        let this_week_and_next = u32::from(self.0) << 7 | u32::from(self.0);
        let rest = this_week_and_next >> (day - monday_of(day));
        (rest != 0).then(|| day.saturating_add(rest.trailing_zeros().into()))
    }

    /// The first of these weekdays at or after `weekday`. Both are numbers of days after Monday.
    fn first_from(self, weekday: i64) -> Option<i64> {
        let rest = self.0 >> weekday.clamp(0, 7) << weekday.clamp(0, 7);
        (rest != 0).then(|| rest.trailing_zeros().into())
    }
}

impl FromIterator<Weekday> for WeekdaySet {
    fn from_iter<I: IntoIterator<Item = Weekday>>(days: I) -> Self {
        WeekdaySet(days.into_iter().fold(0, |set, day| set | 1 << day.num_days_from_monday()))
    }
}

impl fmt::Display for WeekdaySet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        list(self.days().map(weekday_name), f)
    }
}

#[cfg(test)]
mod tests {
    use fastrand::Rng;

    use super::*;

    /// Whether a date is on a grid, by definition.
    fn is_of(dates: &Dates, date: NaiveDate) -> bool {
        let is_a_step = |passed: i64, step: u64| passed >= 0 && passed as u64 % step == 0;
        let in_days = |days: i64| date_of(day_of(date) + days).unwrap();
        let is_last = |days: i64| in_days(days).month() != date.month();
        let is_workday = |date: NaiveDate| date.weekday().num_days_from_monday() < 5;
        match *dates {
            Dates::Days { first, step } => is_a_step(day_of(date) - first, step),
            Dates::Weeks { monday, step, on } => {
                let this = day_of(date) - i64::from(date.weekday().num_days_from_monday());
                on.contains(date.weekday()) && (this - monday) % 7 == 0 && is_a_step((this - monday) / 7, step)
            }
            Dates::Months { first, step, day } => {
                let is_one = match day {
                    DayOfMonth::Days(days) => {
                        days >> date.day() & 1 == 1 || (is_last(1) && (date.day()..=31).any(|n| days >> n & 1 == 1))
                    }
                    DayOfMonth::NthLast(n) => is_last(n.into()) && !is_last(i64::from(n) - 1),
                    DayOfMonth::NearestWeekday(n) => {
                        let length = i64::from(date.num_days_in_month());
                        let n = length.min(n.into());
                        let workdays = (1..=length).filter(|day| is_workday(in_days(day - i64::from(date.day()))));
                        workdays.min_by_key(|day| (day - n).abs()) == Some(date.day().into())
                    }
                    DayOfMonth::LastWorkday => {
                        is_workday(date)
                            && (1..).take_while(|days| !is_last(*days)).all(|days| !is_workday(in_days(days)))
                    }
                    DayOfMonth::Nth(n, weekday) => date.weekday() == weekday && date.day0() / 7 + 1 == u32::from(n),
                    DayOfMonth::LastWeekday(weekday) => date.weekday() == weekday && is_last(7),
                };
                is_one && is_a_step(i64::from(date.year() * 12 + date.month0() as i32) - first, step)
            }
        }
    }

    fn date(rng: &mut Rng) -> NaiveDate {
        NaiveDate::from_ymd_opt(rng.i32(1890..2110), rng.u32(1..=12), rng.u32(1..=28)).unwrap()
    }

    fn grid(rng: &mut Rng) -> Dates {
        let weekday = |rng: &mut Rng| Weekday::try_from(rng.u8(0..7)).unwrap();
        let from = date(rng);
        let pattern = match rng.u8(0..10) {
            7 => DatePattern::Months(DayOfMonth::NthLast(rng.u8(1..=31))),
            8 => DatePattern::Months(DayOfMonth::NearestWeekday(rng.u8(1..=31))),
            9 => DatePattern::Months(DayOfMonth::LastWorkday),
            0 => DatePattern::Days,
            1 => DatePattern::Weeks((0..rng.u8(1..=3)).map(|_| weekday(rng)).collect()),
            2 => DatePattern::Years { month: rng.u8(0..12), day: DayOfMonth::Days(1 << rng.u32(1..=31)) },
            3 => DatePattern::Months(DayOfMonth::NthLast(1)),
            4 => DatePattern::Months(DayOfMonth::LastWeekday(weekday(rng))),
            5 => DatePattern::Months(DayOfMonth::Nth(rng.u8(1..=5), weekday(rng))),
            _ => DatePattern::Months(DayOfMonth::Days(1 << rng.u32(1..=31) | 1 << rng.u32(1..=31))),
        };
        pattern.dates(day_of(from), rng.u64(1..=5), Unit::Month).unwrap()
    }

    #[test]
    fn first_date_of_a_grid_agrees_with_its_definition() {
        let mut rng = Rng::with_seed(1);
        for _ in 0..2_000 {
            let dates = grid(&mut rng);
            let anchor = match dates {
                Dates::Days { first, .. } => first,
                Dates::Weeks { monday, .. } => monday,
                Dates::Months { first, .. } => (first - 1970 * 12) * 30,
            };
            let from = anchor + rng.i64(-100..1_000);
            let found = dates.on_or_after(from).unwrap();
            let by_hand = (from..from + 20_000).find(|day| is_of(&dates, date_of(*day).unwrap()));
            assert_eq!(Some(found), by_hand, "{dates:?} from {:?}", date_of(from));
        }
    }

    #[test]
    fn calendar_ends_with_the_last_year() {
        let last = NaiveDate::from_ymd_opt(LAST_YEAR, 12, 31).unwrap();
        assert_eq!(day_of(last), LAST_DAY);
        let from_last = |pattern: DatePattern, step| pattern.dates(LAST_DAY, step, Unit::Month).unwrap();
        let one_more = |pattern| {
            let dates = from_last(pattern, 1);
            (dates.on_or_after(LAST_DAY), dates.on_or_after(LAST_DAY + 1))
        };
        assert_eq!(one_more(DatePattern::Days), (Some(LAST_DAY), None));
        assert_eq!(one_more(DatePattern::Weeks(WeekdaySet::WEEKDAYS)), (Some(LAST_DAY), None), "it is a Friday");
        assert_eq!(one_more(DatePattern::Weeks(WeekdaySet::WEEKEND)), (None, None));
        assert_eq!(one_more(DatePattern::Months(DayOfMonth::NthLast(1))), (Some(LAST_DAY), None));
        let long = from_last(DatePattern::Days, u64::MAX);
        assert_eq!((long.on_or_after(0), long.on_or_after(LAST_DAY + 1)), (Some(LAST_DAY), None));
        assert!(long.ahead().is_none() && long.with_second().is_none());
        let monthly = |step| DatePattern::Months(DayOfMonth::NthLast(1)).dates(0, step, Unit::Month).unwrap();
        assert!(monthly(8_030 * 12).ahead().is_none() && monthly(8_029 * 12).ahead().is_some());
    }

    #[test]
    fn grid_ahead_begins_on_a_later_day_of_the_same_grid() {
        let mut rng = Rng::with_seed(2);
        for _ in 0..500 {
            let dates = grid(&mut rng);
            let ahead = dates.ahead().unwrap();
            assert!(ahead.first_day() > dates.first_day(), "{dates:?}");
            let from = ahead.first_day();
            assert_eq!(dates.on_or_after(from), ahead.on_or_after(from), "{dates:?}");
        }
    }
}
