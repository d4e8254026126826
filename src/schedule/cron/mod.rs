//! Cron expressions, and APScheduler's fields.

mod days;
mod dialect;
mod expression;
mod field;
mod fields;
mod interval;
mod source;

use std::{fmt, sync::Arc};

pub(crate) use self::interval::Interval;
use self::source::Source;
pub use self::{dialect::Dialect, fields::Fields};
use super::{Cadence, Schedule};
use crate::{
    error::{Error, Result},
    text::for_texts,
    trigger::{ClockTimes, DateSet},
};

/// A cron expression that was read.
#[derive(Clone, Debug)]
pub(crate) struct Cron {
    pub(crate) dialect: Dialect,
    /// The expression in its canonical form: one blank between fields, names and letters in upper case; or of fields,
    /// what is between the brackets.
    pub(crate) text: Box<str>,
    pub(crate) times: ClockTimes,
    pub(crate) dates: Arc<DateSet>,
    /// Whether slots are all instants at which the clock shows a match. Otherwise the times belong to dates, as those
    /// of `at` do.
    pub(crate) follows_clock: bool,
}

impl PartialEq for Cron {
    /// Whether both mean the same slots, however they are written.
    fn eq(&self, other: &Self) -> bool {
        (self.times, self.follows_clock, &self.dates) == (other.times, other.follows_clock, &other.dates)
    }
}

/// As in `cron 30 9 * * 1-5`, `cron(quartz) 0 0 12 ? * FRI` and `cron[day='3rd fri', hour='17']`.
impl fmt::Display for Cron {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.dialect {
            Dialect::Unix => write!(f, "cron {}", self.text),
            Dialect::Fields => write!(f, "cron[{}]", self.text),
            dialect => write!(f, "cron({dialect}) {}", self.text),
        }
    }
}

impl Cron {
    /// Reads an expression, or what is between the brackets of fields.
    pub(crate) fn read(dialect: Dialect, text: &str) -> Result<Self> {
        match dialect {
            Dialect::Fields => Fields::read(text)?.compile(),
            dialect => Cron::read_expression(dialect, text),
        }
    }

    /// An expression with a date, at least one in 400 years.
    fn new(source: Source<'_>, text: String, times: ClockTimes, dates: DateSet, follows_clock: bool) -> Result<Self> {
        if dates.on_or_after(0).is_none() {
            let why = "no date has its day, month and year (expected a day that one of its months has)";
            return Err(Error::never(format!("{source} never comes: {why}")));
        }
        Ok(Cron { dialect: source.dialect, text: text.into(), times, dates: Arc::new(dates), follows_clock })
    }
}

/// What [`cron`](crate::cron) takes: the text of an expression, or [`Fields`].
///
/// This trait is sealed.
///
/// ```
/// use punctual::{Fields, Schedule};
/// let text = Schedule::cron("0 17 * * 5#3")?;
/// let fields = Schedule::cron(Fields::new().day("3rd fri").hour(17))?;
/// assert_eq!(text, fields);
/// # Ok::<(), punctual::Error>(())
/// ```
pub trait IntoCron: sealed::Sealed {
    /// Converts into a schedule.
    ///
    /// # Errors
    ///
    /// If the expression cannot be read, or never comes.
    ///
    /// ```
    /// use punctual::IntoCron;
    /// assert_eq!("30  9 * * mon-fri".into_cron()?.to_string(), "cron 30 9 * * MON-FRI");
    /// # Ok::<(), punctual::Error>(())
    /// ```
    fn into_cron(self) -> Result<Schedule>;
}

mod sealed {
    pub trait Sealed {}

    impl Sealed for &str {}
    impl Sealed for super::Fields {}
    impl Sealed for &super::Fields {}
}

impl IntoCron for &str {
    fn into_cron(self) -> Result<Schedule> {
        Schedule::cron_in(Dialect::Unix, self)
    }
}

for_texts!(IntoCron, into_cron -> Result<Schedule>);

impl IntoCron for Fields {
    fn into_cron(self) -> Result<Schedule> {
        (&self).into_cron()
    }
}

impl IntoCron for &Fields {
    fn into_cron(self) -> Result<Schedule> {
        Ok(Schedule::new(Cadence::Cron(Arc::new(self.compile()?))))
    }
}

/// Cron.
impl Schedule {
    /// The slots of a cron expression, or of APScheduler's [`Fields`].
    ///
    /// The expression is one of the Open Cron Pattern Specification, 1.0 to 1.4: 5 fields, 6 with seconds first, or 7
    /// with years last. Sunday is 0 and 7. If day of month and day of week are both limited, a date has to match one of
    /// them; after a `+`, as in `0 0 13 * +5`, both. Day 31 is the 31st and no other day.
    ///
    /// | | |
    /// | --- | --- |
    /// | `*/15`, `1-5`, `8-18/2`, `MON,WED` | steps, ranges and lists, of numbers or of names of three letters |
    /// | `L`, `15W`, `LW` | the last day, the weekday nearest day 15, the last weekday of the month |
    /// | `5#2`, `5L` | the second and the last Friday of the month |
    /// | `@yearly`, `@monthly`, `@weekly`, `@daily`, `@hourly` | macros, also `@annually` and `@midnight` |
    ///
    /// What is easily misread is refused: `5/15`, `*/90`, `FRI-MON`, `1,,2`.
    ///
    /// **When clocks change.** If second, minute or hour begins with `*`, the slots are all instants at which the clock
    /// shows a match: none in a gap, both in an overlap. Otherwise each time comes once a date, as with
    /// [`at`](Schedule::at): later in a gap, at the first of two in an overlap.
    ///
    /// # Errors
    ///
    /// If the expression cannot be read, has more than 256 bytes, or never comes.
    ///
    /// ```
    /// use punctual::Schedule;
    /// assert_eq!(Schedule::cron("*/15 9-17 * * mon-fri")?.to_string(), "cron */15 9-17 * * MON-FRI");
    /// let error = Schedule::cron("0/15 * * * *").unwrap_err();
    /// assert_eq!(
    ///     error.to_string(),
    ///     "invalid cron \"0/15 * * * *\": minute \"0/15\" at column 1 has a step without a range \
    ///      (expected 0-59/15 or */15)",
    /// );
    /// assert!(Schedule::cron("0 0 31 4 *").unwrap_err().is_never());
    /// # Ok::<(), punctual::Error>(())
    /// ```
    pub fn cron(expression: impl IntoCron) -> Result<Self> {
        expression.into_cron()
    }

    /// The slots of a cron expression in a [`Dialect`].
    ///
    /// # Errors
    ///
    /// As [`cron`](Schedule::cron).
    ///
    /// ```
    /// use punctual::{Dialect, Schedule};
    /// let quartz = Schedule::cron_in(Dialect::Quartz, "0 0 12 ? * FRI")?;
    /// assert_eq!(quartz, Schedule::cron("0 12 * * FRI")?);
    /// assert!(Schedule::cron_in(Dialect::Vixie, "0 12 L * *").is_err());
    /// # Ok::<(), punctual::Error>(())
    /// ```
    pub fn cron_in(dialect: Dialect, expression: impl AsRef<str>) -> Result<Self> {
        Ok(Schedule::new(Cadence::Cron(Arc::new(Cron::read(dialect, expression.as_ref())?))))
    }
}
