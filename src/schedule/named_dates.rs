//! Dates by name, for [`only_on`](crate::Every::only_on) and [`except_on`](crate::Every::except_on).
//!
//! All functions return the same type, so that several can stand in one array. A mistake is reported by the sentence
//! that takes the dates.
//!
//! ```
//! use punctual::{dates, every};
//! let schedule = every().weekday().at("09:00").except_on([dates::date(12, 25), dates::date(1, 1)]).schedule()?;
//! assert_eq!(schedule.to_string(), "every weekday at 09:00 except on 1 January and 25 December");
//! # Ok::<(), punctual::Error>(())
//! ```

use std::ops::RangeInclusive;

use chrono::Weekday;

use super::{
    count::{in_range, IntoCount},
    date_names::{is_calendar_name, known_words},
    dates::NamedDates,
    days::longest,
    names::meant,
    Dates,
};
use crate::{
    error::{Error, Result},
    text::Quoted,
    trigger::DateItem,
};

/// Monday to Friday.
///
/// ```
/// use punctual::{dates, every};
/// let schedule = every().minutes(20).between("08:00", "18:00").only_on(dates::WEEKDAYS).schedule()?;
/// assert_eq!(schedule.to_string(), "every 20 minutes between 08:00 and 18:00 only on weekdays");
/// # Ok::<(), punctual::Error>(())
/// ```
pub const WEEKDAYS: [Weekday; 5] = [Weekday::Mon, Weekday::Tue, Weekday::Wed, Weekday::Thu, Weekday::Fri];

/// Saturday and Sunday.
///
/// ```
/// use punctual::{dates, every};
/// let schedule = every().hour().except_on(dates::WEEKEND).schedule()?;
/// assert_eq!(schedule.to_string(), "every hour except on weekends");
/// # Ok::<(), punctual::Error>(())
/// ```
pub const WEEKEND: [Weekday; 2] = [Weekday::Sat, Weekday::Sun];

/// A day of the month, 1 to 31. A month that is shorter does not have it.
///
/// ```
/// use punctual::dates;
/// assert_eq!(dates::day(31)?.to_string(), "day 31");
/// assert_eq!(dates::day(32).unwrap_err().to_string(), "invalid day of the month 32: it must be 1 to 31");
/// # Ok::<(), punctual::Error>(())
/// ```
pub fn day(day: impl IntoCount) -> Result<Dates> {
    Ok(DateItem::Day(day_of_month(day)?).into())
}

/// The days of the month from one to another, both included.
///
/// ```
/// use punctual::dates;
/// assert_eq!(dates::days(1..=7)?.to_string(), "day 1 to 7");
/// # #[allow(clippy::reversed_empty_ranges)]
/// let error = dates::days(7..=1).unwrap_err();
/// assert_eq!(error.to_string(), "invalid days of the month 7 to 1: they run backwards (expected 1 to 7)");
/// # Ok::<(), punctual::Error>(())
/// ```
pub fn days(days: RangeInclusive<impl IntoCount>) -> Result<Dates> {
    let (from, to) = (day_of_month(*days.start())?, day_of_month(*days.end())?);
    if to < from {
        let why = format!("they run backwards (expected {to} to {from})");
        return Err(Error::invalid(format!("invalid days of the month {from} to {to}: {why}")));
    }
    Ok(Dates::of((from..=to).map(|day| NamedDates::Rule(DateItem::Day(day)))))
}

/// The last day of the month.
///
/// ```
/// use punctual::{dates, every};
/// let schedule = every().hour().only_on(dates::last_day()).schedule()?;
/// assert_eq!(schedule.to_string(), "every hour only on the last day");
/// # Ok::<(), punctual::Error>(())
/// ```
pub fn last_day() -> Result<Dates> {
    nth_last_day(1)
}

/// The `n`-th day of the month from its end, 1 to 31: 1 is the last day, 2 the day before it.
///
/// ```
/// use punctual::dates;
/// assert_eq!(dates::nth_last_day(3)?.to_string(), "the 3rd last day");
/// assert!(dates::nth_last_day(0).unwrap_err().is_invalid());
/// # Ok::<(), punctual::Error>(())
/// ```
pub fn nth_last_day(n: impl IntoCount) -> Result<Dates> {
    let n = in_range(n, 1, 31, format_args!("number {} of a day from the end of the month", n.into_count()))?;
    Ok(DateItem::BeforeLast(n - 1).into())
}

/// The first to fifth of a weekday in the month. A month may lack a fifth.
///
/// ```
/// use punctual::{dates, Weekday};
/// assert_eq!(dates::nth(2, Weekday::Tue)?.to_string(), "the 2nd Tuesday");
/// assert!(dates::nth(6, Weekday::Tue).unwrap_err().is_invalid());
/// # Ok::<(), punctual::Error>(())
/// ```
pub fn nth(n: impl IntoCount, weekday: Weekday) -> Result<Dates> {
    Ok(DateItem::Nth(nth_of_month(n)?, weekday).into())
}

/// The last of a weekday in the month.
///
/// ```
/// use punctual::{dates, Weekday};
/// assert_eq!(dates::last(Weekday::Fri)?.to_string(), "the last Friday");
/// # Ok::<(), punctual::Error>(())
/// ```
pub fn last(weekday: Weekday) -> Result<Dates> {
    Ok(DateItem::LastWeekday(weekday).into())
}

/// The last day of the month that is one from Monday to Friday.
///
/// ```
/// use punctual::dates;
/// assert_eq!(dates::last_weekday()?.to_string(), "the last weekday");
/// # Ok::<(), punctual::Error>(())
/// ```
pub fn last_weekday() -> Result<Dates> {
    Ok(DateItem::LastWorkday(0).into())
}

/// The day from Monday to Friday that is nearest to a day of the month, in the same month, as `15W` of cron is. A month
/// without that day has none.
///
/// ```
/// use punctual::dates;
/// assert_eq!(dates::nearest_weekday(15)?.to_string(), "the weekday nearest day 15");
/// # Ok::<(), punctual::Error>(())
/// ```
pub fn nearest_weekday(day: impl IntoCount) -> Result<Dates> {
    Ok(DateItem::Nearest(day_of_month(day)?).into())
}

/// A date of every year: the month, 1 to 12, then the day. 29 February is in leap years only.
///
/// ```
/// use punctual::dates;
/// assert_eq!(dates::date(12, 25)?.to_string(), "25 December");
/// assert_eq!(dates::date(2, 30).unwrap_err().to_string(), "invalid day of February 30: it must be 1 to 29");
/// # Ok::<(), punctual::Error>(())
/// ```
pub fn date(month: impl IntoCount, day: impl IntoCount) -> Result<Dates> {
    let (month, day) = date_of_year(month, day)?;
    Ok(DateItem::Date { month, day }.into())
}

/// The dates of a calendar, by the name with which it is [registered](crate::Scheduler::calendar) with the scheduler.
///
/// ```
/// use punctual::dates;
/// assert_eq!(dates::calendar("holidays")?.to_string(), "holidays");
/// assert_eq!(
///     dates::calendar("bank holidays").unwrap_err().to_string(),
///     "invalid name \"bank holidays\" of a calendar: it is not one word (expected letters, digits, - and _)",
/// );
/// # Ok::<(), punctual::Error>(())
/// ```
pub fn calendar(name: impl AsRef<str>) -> Result<Dates> {
    let name = name.as_ref();
    check_calendar_name(name)?;
    Ok(Dates::of([NamedDates::Calendar(name.into())]))
}

/// # Errors
///
/// If no calendar can have that name, because it would not be read as one in text.
pub(crate) fn check_calendar_name(name: &str) -> Result<()> {
    let is_word = name.starts_with(|first: char| first.is_ascii_alphabetic())
        && name.chars().all(|letter| letter.is_ascii_alphanumeric() || matches!(letter, '-' | '_'));
    let why = if !is_word {
        "it is not one word (expected letters, digits, - and _)"
    } else if !is_calendar_name(name) {
        "the text of a schedule has that word already (expected another, such as \"holidays\")"
    } else if let Some(near) = meant(name, known_words()) {
        return Err(Error::invalid(format!(
            "invalid name {name:?} of a calendar: it would be taken for a misspelled {near:?} (expected another, such as \
             \"holidays\")"
        )));
    } else {
        return Ok(());
    };
    Err(Error::invalid(format!("invalid name {} of a calendar: {why}", Quoted(name))))
}

pub(super) fn day_of_month(day: impl IntoCount) -> Result<u8> {
    in_range(day, 1, 31, format_args!("day of the month {}", day.into_count()))
}

pub(super) fn nth_of_month(n: impl IntoCount) -> Result<u8> {
    in_range(n, 1, 5, format_args!("number {} of a weekday in the month", n.into_count()))
}

pub(super) fn date_of_year(month: impl IntoCount, day: impl IntoCount) -> Result<(u8, u8)> {
    let month = in_range(month, 1, 12, format_args!("month {}", month.into_count()))?;
    let (name, last) = longest(month);
    let day = in_range(day, 1, last, format_args!("day of {name} {}", day.into_count()))?;
    Ok((month, day))
}
