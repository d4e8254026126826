//! Times of day.

use std::fmt;

use chrono::{NaiveTime, Timelike};

use crate::{
    error::{Error, Result},
    text::{for_texts, Quoted},
};

/// An argument of [`at`](crate::Every::at): a [`NaiveTime`], or text that is parsed once the unit is known.
///
/// ```
/// use punctual::IntoTime;
/// assert_eq!("9:30".into_time().to_string(), "9:30");
/// assert_eq!("9:30".into_time(), String::from("9:30").into_time());
/// ```
///
/// Equality is by form: a text and a `NaiveTime` differ.
///
/// ```
/// use punctual::{chrono::NaiveTime, IntoTime};
/// assert_ne!("09:30:00".into_time(), NaiveTime::from_hms_opt(9, 30, 0).unwrap().into_time());
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Time(Kind);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Kind {
    Time(NaiveTime),
    Text(Box<str>),
}

/// A time of day: a [`NaiveTime`], or text such as `"10:30"`.
///
/// | unit | text | means |
/// | --- | --- | --- |
/// | days, weekdays, dates, windows | `"HH:MM"`, `"H:MM"`, `"HH:MM:SS"` | that time of day |
/// | the end of a window | the same, and `"24:00"` | the midnight at the end of the day |
/// | hours | `":MM"`, `"MM:SS"` | that minute of the hour |
/// | minutes | `":SS"` | that second of the minute |
///
/// A `NaiveTime` is a time of day, which hours and minutes do not take. This trait is sealed.
///
/// ```
/// use punctual::chrono::NaiveTime;
/// # let scheduler = punctual::Scheduler::new();
/// scheduler.every().day().at("9:30").run(|| {})?;
/// scheduler.every().day().at("09:30:15").run(|| {})?;
/// scheduler.every().day().at(NaiveTime::from_hms_opt(9, 30, 0).unwrap()).run(|| {})?;
/// # assert_eq!(scheduler.jobs().len(), 3);
/// # Ok::<(), punctual::Error>(())
/// ```
pub trait IntoTime: sealed::Sealed {
    /// Converts into a [`Time`]. Text is not parsed yet.
    ///
    /// ```
    /// use punctual::IntoTime;
    /// assert_eq!(":30".into_time().to_string(), ":30");
    /// ```
    fn into_time(self) -> Time;
}

mod sealed {
    pub trait Sealed {}
}

impl sealed::Sealed for Time {}

impl IntoTime for Time {
    fn into_time(self) -> Time {
        self
    }
}

impl sealed::Sealed for NaiveTime {}

impl IntoTime for NaiveTime {
    fn into_time(self) -> Time {
        Time(Kind::Time(self))
    }
}

impl sealed::Sealed for &str {}

impl IntoTime for &str {
    fn into_time(self) -> Time {
        Time(Kind::Text(self.into()))
    }
}

for_texts!(IntoTime, into_time -> Time);

impl fmt::Display for Time {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Kind::Time(time) => time.fmt(f),
            Kind::Text(text) => f.write_str(text),
        }
    }
}

/// The form that text must have, and the wording of the error if it does not.
#[derive(Clone, Copy)]
pub(super) struct Format {
    /// The purpose of the time, in errors: `a daily job`.
    pub(super) for_what: &'static str,
    expected: &'static str,
    read: fn(&str) -> Result<NaiveTime, String>,
}

impl Format {
    pub(super) const MINUTELY: Format = Format { for_what: "a minutely job", expected: ":SS", read: time_of_minute };
    pub(super) const HOURLY: Format =
        Format { for_what: "an hourly job", expected: ":MM or MM:SS", read: time_of_hour };

    pub(super) const fn of_day(for_what: &'static str) -> Self {
        Format { for_what, expected: "HH:MM or HH:MM:SS", read: time_of_day }
    }

    fn takes_time_of_day(self) -> bool {
        self.expected.starts_with('H')
    }
}

impl Time {
    /// Whether this is the midnight at the end of a day.
    pub(super) fn is_end_of_day(&self) -> bool {
        matches!(&self.0, Kind::Text(text) if is_end_of_day(text))
    }

    pub(super) fn read(&self, format: Format) -> Result<NaiveTime> {
        let invalid = |shown: String, why: &str| {
            let Format { for_what, expected, .. } = format;
            Err(Error::invalid(format!("invalid time {shown} for {for_what}: {why} (expected {expected})")))
        };
        match &self.0 {
            Kind::Text(text) => (format.read)(text).or_else(|why| invalid(Quoted(text).to_string(), &why)),
            Kind::Time(time) if !format.takes_time_of_day() => invalid(format!("\"{time}\""), "it is a time of day"),
            // chrono represents a leap second as 10⁹ or more nanoseconds within a second.
            Kind::Time(time) if time.nanosecond() >= 1_000_000_000 => {
                invalid(format!("\"{time}\""), "no day is sure to have a leap second")
            }
            Kind::Time(time) => Ok(*time),
        }
    }
}

/// Whether a text is 24:00, the midnight at the end of a day, which no `NaiveTime` can be.
pub(super) fn is_end_of_day(text: &str) -> bool {
    matches!(text, "24:00" | "24:00:00")
}

/// Parses `H:MM` or `HH:MM`, optionally with `:SS`.
pub(super) fn time_of_day(text: &str) -> Result<NaiveTime, String> {
    let mut fields = text.split(':');
    let hour = field(fields.next(), "hour", 1, 23)?;
    let minute = field(fields.next(), "minute", 2, 59)?;
    let second = fields.next().map_or(Ok(0), |second| field(Some(second), "second", 2, 59))?;
    build(hour, minute, second, fields.next())
}

/// Parses `:MM` or `MM:SS`, a minute and second of the hour.
fn time_of_hour(text: &str) -> Result<NaiveTime, String> {
    let (minute, second, rest) = match text.strip_prefix(':') {
        Some(minute) => (field(Some(minute), "minute", 2, 59)?, 0, None),
        None => {
            let mut fields = text.split(':');
            let minute = field(fields.next(), "minute", 2, 59)?;
            (minute, field(fields.next(), "second", 2, 59)?, fields.next())
        }
    };
    build(0, minute, second, rest)
}

/// Parses `:SS`, a second of the minute.
fn time_of_minute(text: &str) -> Result<NaiveTime, String> {
    match text.strip_prefix(':') {
        Some(second) => build(0, 0, field(Some(second), "second", 2, 59)?, None),
        None if text.is_empty() => Err("the text is empty".to_owned()),
        None => Err("it does not begin with a colon".to_owned()),
    }
}

fn build(hour: u32, minute: u32, second: u32, rest: Option<&str>) -> Result<NaiveTime, String> {
    match rest {
        Some(rest) => Err(format!("there is {} too much", Quoted(rest))),
        None => NaiveTime::from_hms_opt(hour, minute, second).ok_or_else(|| "no clock shows it".to_owned()),
    }
}

/// Parses a number from 0 to `highest`, of at least `digits` and at most two digits.
fn field(text: Option<&str>, name: &str, digits: usize, highest: u32) -> Result<u32, String> {
    let Some(text) = text else { return Err(format!("the {name} is missing")) };
    if text.is_empty() {
        return Err(format!("the {name} is missing"));
    }
    if !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(format!("the {name} is not a number"));
    }
    if !(digits..=2).contains(&text.len()) {
        let wanted = if digits == 1 { "one or two digits" } else { "two digits" };
        return Err(format!("the {name} must have {wanted}"));
    }
    text.parse().ok().filter(|n| *n <= highest).ok_or_else(|| format!("the {name} must be 0 to {highest}"))
}
