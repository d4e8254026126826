//! Sets of dates: what `only_on` and `except_on` take.

use std::{ops::RangeInclusive, sync::Arc};

use chrono::{Datelike, NaiveDate, Weekday};

use crate::{
    error::{Error, Result},
    text::for_texts,
    trigger::{day_of, DateItem, DayOfMonth, WeekdaySet, LAST_YEAR},
};

/// A set of dates, such as weekdays, the 1st and the 15th, or the dates of a calendar.
///
/// [`IntoDates`] lists the types that convert into it. Two sets are equal if they name the same dates by the same
/// rules, in any order. `Display` shows the set in English, and `FromStr` reads that text:
///
/// ```
/// use punctual::Dates;
/// let dates: Dates = "fri, the last day, 1 may and mondays".parse()?;
/// assert_eq!(dates.to_string(), "the last day, Mondays, Fridays and 1 May");
/// # Ok::<(), punctual::Error>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Dates {
    /// A date is in the set if one of these names it. In canonical order, each once.
    items: Vec<NamedDates>,
}

/// Some dates by one name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum NamedDates {
    /// Never [`DateItem::Listed`].
    Rule(DateItem),
    /// Those of a calendar that is registered with the scheduler by this name.
    Calendar(Arc<str>),
}

impl Dates {
    /// The dates in canonical order, each once.
    pub(super) fn of(items: impl IntoIterator<Item = NamedDates>) -> Self {
        let mut weekdays = WeekdaySet::NONE;
        let mut others = Vec::new();
        for item in items {
            match item {
                NamedDates::Rule(DateItem::Weekdays(on)) => weekdays = weekdays.union(on),
                item => others.push(item),
            }
        }
        if !weekdays.is_empty() {
            others.push(NamedDates::Rule(DateItem::Weekdays(weekdays)));
        }
        others.sort_by(|a, b| a.rank().cmp(&b.rank()));
        others.dedup();
        Dates { items: others }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.items.is_empty()
    }

    pub(crate) fn items(&self) -> &[NamedDates] {
        &self.items
    }

    /// The dates of both sets.
    pub(super) fn union(self, other: Dates) -> Dates {
        Dates::of(self.items.into_iter().chain(other.items))
    }
}

impl From<DateItem> for Dates {
    fn from(item: DateItem) -> Self {
        Dates { items: vec![NamedDates::Rule(item)] }
    }
}

/// The dates that a day of the month names, but for those to which it is clamped.
impl From<DayOfMonth> for Dates {
    fn from(day: DayOfMonth) -> Self {
        match day {
            DayOfMonth::Days(days) => {
                let days = (1..=31).filter(|day| days >> day & 1 == 1);
                Dates::of(days.map(|day| NamedDates::Rule(DateItem::Day(day))))
            }
            DayOfMonth::NthLast(n) => DateItem::BeforeLast(n.saturating_sub(1)).into(),
            DayOfMonth::Nth(n, weekday) => DateItem::Nth(n, weekday).into(),
            DayOfMonth::LastWeekday(weekday) => DateItem::LastWeekday(weekday).into(),
            DayOfMonth::NearestWeekday(day) => DateItem::Nearest(day).into(),
            DayOfMonth::LastWorkday => DateItem::LastWorkday(0).into(),
        }
    }
}

impl NamedDates {
    /// The place in a list.
    fn rank(&self) -> (u8, i64, i64, &str) {
        let of = |weekday: Weekday| i64::from(weekday.num_days_from_monday());
        let (kind, first, second) = match self {
            NamedDates::Calendar(name) => return (12, 0, 0, name),
            NamedDates::Rule(item) => match *item {
                DateItem::Day(day) => (0, day.into(), 0),
                DateItem::BeforeLast(days) => (1, days.into(), 0),
                DateItem::Nth(n, weekday) => (2, n.into(), of(weekday)),
                DateItem::LastWeekday(weekday) => (3, of(weekday), 0),
                DateItem::LastWorkday(before) => (4, before.into(), 0),
                DateItem::Nearest(day) => (5, day.into(), 0),
                DateItem::NearestBeforeLast(days) => (6, days.into(), 0),
                DateItem::Weekdays(on) => (7, on.bits().into(), 0),
                DateItem::Date { month, day } => (8, month.into(), day.into()),
                DateItem::Range(from, to) => (9, day_of(from), day_of(to)),
                DateItem::Weeks(weeks) => (10, weeks as i64, 0),
                DateItem::Listed(_) => (11, 0, 0),
            },
        };
        (kind, first, second, "")
    }
}

/// Dates, as [`only_on`](crate::Every::only_on) and [`except_on`](crate::Every::except_on) take them.
///
/// | type | dates |
/// | --- | --- |
/// | [`Weekday`], [`dates::WEEKDAYS`](crate::dates::WEEKDAYS), [`WEEKEND`](crate::dates::WEEKEND) | days of the week |
/// | [`NaiveDate`], `RangeInclusive<NaiveDate>` | a date, or all from one to another |
/// | [`Dates`], and what the functions in [`dates`](crate::dates) return | days of the month, dates of the year and calendars |
/// | text | all of these, as in `"weekdays"`, `"day 1, day 15 and Mondays"`, `"25 December"`, `"2024-12-24 to 2025-01-01"`, `"holidays"` |
/// | arrays, slices and `Vec` of these | the dates of all of them together |
///
/// This trait is sealed.
///
/// ```
/// use punctual::{chrono::NaiveDate, dates, IntoDates, Weekday};
/// let dates = [dates::day(1), dates::nth(2, Weekday::Tue), dates::date(12, 25)].into_dates()?;
/// assert_eq!(dates.to_string(), "day 1, the 2nd Tuesday and 25 December");
/// let date = |day| NaiveDate::from_ymd_opt(2024, 12, day).unwrap();
/// assert_eq!((date(24)..=date(31)).into_dates()?.to_string(), "2024-12-24 to 2024-12-31");
/// assert_eq!("mondays to fridays".into_dates()?, dates::WEEKDAYS.into_dates()?);
/// # Ok::<(), punctual::Error>(())
/// ```
pub trait IntoDates: sealed::Sealed {
    /// Collects the dates.
    ///
    /// # Errors
    ///
    /// If text cannot be read, if a range runs backwards, or if a date is not in the years 0 to 9999.
    ///
    /// ```
    /// use punctual::IntoDates;
    /// let error = "25 Decembre".into_dates().unwrap_err();
    /// assert_eq!(
    ///     error.to_string(),
    ///     "invalid text \"25 Decembre\": unknown word \"Decembre\" at column 4: did you mean \"December\"?",
    /// );
    /// ```
    fn into_dates(self) -> Result<Dates>;
}

mod sealed {
    pub trait Sealed {}
}

impl sealed::Sealed for Dates {}

impl IntoDates for Dates {
    fn into_dates(self) -> Result<Dates> {
        Ok(self)
    }
}

impl sealed::Sealed for &Dates {}

impl IntoDates for &Dates {
    fn into_dates(self) -> Result<Dates> {
        Ok(self.clone())
    }
}

impl<D: IntoDates> sealed::Sealed for Result<D> {}

impl<D: IntoDates> IntoDates for Result<D> {
    fn into_dates(self) -> Result<Dates> {
        self?.into_dates()
    }
}

impl sealed::Sealed for Weekday {}

impl IntoDates for Weekday {
    fn into_dates(self) -> Result<Dates> {
        Ok(DateItem::Weekdays(WeekdaySet::of(self)).into())
    }
}

impl sealed::Sealed for NaiveDate {}

impl IntoDates for NaiveDate {
    fn into_dates(self) -> Result<Dates> {
        Ok(range(self, self)?.into())
    }
}

impl sealed::Sealed for RangeInclusive<NaiveDate> {}

impl IntoDates for RangeInclusive<NaiveDate> {
    fn into_dates(self) -> Result<Dates> {
        let (from, to) = self.into_inner();
        Ok(range(from, to)?.into())
    }
}

impl<D: IntoDates, const N: usize> sealed::Sealed for [D; N] {}

impl<D: IntoDates, const N: usize> IntoDates for [D; N] {
    fn into_dates(self) -> Result<Dates> {
        all(self)
    }
}

impl<D: IntoDates + Clone, const N: usize> sealed::Sealed for &[D; N] {}

impl<D: IntoDates + Clone, const N: usize> IntoDates for &[D; N] {
    fn into_dates(self) -> Result<Dates> {
        self.as_slice().into_dates()
    }
}

impl<D: IntoDates + Clone> sealed::Sealed for &[D] {}

impl<D: IntoDates + Clone> IntoDates for &[D] {
    fn into_dates(self) -> Result<Dates> {
        all(self.iter().cloned())
    }
}

impl<D: IntoDates> sealed::Sealed for Vec<D> {}

impl<D: IntoDates> IntoDates for Vec<D> {
    fn into_dates(self) -> Result<Dates> {
        all(self)
    }
}

impl<D: IntoDates + Clone> sealed::Sealed for &Vec<D> {}

impl<D: IntoDates + Clone> IntoDates for &Vec<D> {
    fn into_dates(self) -> Result<Dates> {
        self.as_slice().into_dates()
    }
}

impl sealed::Sealed for &str {}

impl IntoDates for &str {
    fn into_dates(self) -> Result<Dates> {
        self.parse()
    }
}

for_texts!(IntoDates, into_dates -> Result<Dates>);

fn all(several: impl IntoIterator<Item = impl IntoDates>) -> Result<Dates> {
    let mut items = Vec::new();
    for dates in several {
        items.extend(dates.into_dates()?.items);
    }
    Ok(Dates::of(items))
}

pub(super) fn range(from: NaiveDate, to: NaiveDate) -> Result<DateItem> {
    if let Some(date) = [from, to].into_iter().find(|date| !(0..=LAST_YEAR).contains(&date.year())) {
        return Err(Error::invalid(format!("invalid date {date}: expected a year from 0 to {LAST_YEAR}")));
    }
    if to < from {
        return Err(Error::invalid(format!(
            "invalid dates {from} to {to}: they run backwards (expected {to} to {from})"
        )));
    }
    Ok(DateItem::Range(from, to))
}
