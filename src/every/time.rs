//! Times of day, as `at` and `between` take them.

use chrono::{NaiveTime, Timelike};

use crate::error::{Error, Result};

/// The form of a whole time of day.
const TIME_OF_DAY: &str = "HH:MM or HH:MM:SS";

/// What `at` and `between` take where a whole time of day is meant: a text, or a [`NaiveTime`].
///
/// This trait is sealed: it is implemented in this crate alone.
///
/// ```
/// use punctual::chrono::NaiveTime;
/// # let scheduler = punctual::Scheduler::new();
/// scheduler.every().day().at("9:30").run(|| {})?;
/// scheduler.every().day().at("09:30:15").run(|| {})?;
/// scheduler.every().day().at(NaiveTime::from_hms_opt(9, 30, 0).unwrap()).run(|| {})?;
/// # Ok::<(), punctual::Error>(())
/// ```
pub trait IntoTime: sealed::Sealed {
    /// The time of day. `for_what` names in an error what it was meant for: `a daily job`.
    #[doc(hidden)]
    fn into_time(self, for_what: &str) -> Result<NaiveTime>;
}

mod sealed {
    pub trait Sealed {}

    impl Sealed for chrono::NaiveTime {}
    impl Sealed for &str {}
    impl Sealed for &String {}
    impl Sealed for String {}
}

impl IntoTime for NaiveTime {
    fn into_time(self, for_what: &str) -> Result<NaiveTime> {
        if self.nanosecond() >= 1_000_000_000 {
            return Err(Error::time(format!(
                "invalid time \"{self}\" for {for_what}: no day is sure to have a leap second (expected {TIME_OF_DAY})"
            )));
        }
        Ok(self)
    }
}

impl IntoTime for &str {
    fn into_time(self, for_what: &str) -> Result<NaiveTime> {
        time_of_day(self).map_err(|why| invalid(self, for_what, &why, TIME_OF_DAY))
    }
}

impl IntoTime for &String {
    fn into_time(self, for_what: &str) -> Result<NaiveTime> {
        self.as_str().into_time(for_what)
    }
}

impl IntoTime for String {
    fn into_time(self, for_what: &str) -> Result<NaiveTime> {
        self.as_str().into_time(for_what)
    }
}

fn invalid(text: &str, for_what: &str, why: &str, expected: &str) -> Error {
    Error::time(format!("invalid time {text:?} for {for_what}: {why} (expected {expected})"))
}

/// Reads `H:MM`, `HH:MM` or either with `:SS`.
pub(super) fn time_of_day(text: &str) -> Result<NaiveTime, String> {
    let mut fields = text.split(':');
    let hour = field(fields.next(), "hour", 1, 23)?;
    let minute = field(fields.next(), "minute", 2, 59)?;
    let second = fields.next().map_or(Ok(0), |second| field(Some(second), "second", 2, 59))?;
    build(hour, minute, second, fields.next())
}

/// Reads `:MM` or `MM:SS`: where in the hour.
pub(super) fn time_of_hour(text: &str) -> Result<NaiveTime> {
    let read = || {
        let (minute, second, rest) = match text.strip_prefix(':') {
            Some(minute) => (field(Some(minute), "minute", 2, 59)?, 0, None),
            None => {
                let mut fields = text.split(':');
                let minute = field(fields.next(), "minute", 2, 59)?;
                (minute, field(fields.next(), "second", 2, 59)?, fields.next())
            }
        };
        build(0, minute, second, rest)
    };
    read().map_err(|why: String| invalid(text, "an hourly job", &why, ":MM or MM:SS"))
}

/// Reads `:SS`: where in the minute.
pub(super) fn time_of_minute(text: &str) -> Result<NaiveTime> {
    let read = || match text.strip_prefix(':') {
        Some(second) => build(0, 0, field(Some(second), "second", 2, 59)?, None),
        None if text.is_empty() => Err("the text is empty".to_owned()),
        None => Err("it does not begin with a colon".to_owned()),
    };
    read().map_err(|why| invalid(text, "a minutely job", &why, ":SS"))
}

fn build(hour: u32, minute: u32, second: u32, rest: Option<&str>) -> Result<NaiveTime, String> {
    match rest {
        Some(rest) => Err(format!("there is {rest:?} too much")),
        None => NaiveTime::from_hms_opt(hour, minute, second).ok_or_else(|| "no clock shows it".to_owned()),
    }
}

/// A number of `digits` to two decimal digits, from 0 to `highest`.
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
