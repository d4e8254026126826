//! The days and times of a schedule.

use std::fmt::Display;

use chrono::{NaiveTime, Weekday};

use super::{
    count::{in_range, IntoCount},
    named_dates::{date_of_year, day_of_month, nth_of_month},
    time::Format,
    Cadence, Dates, IntoTime, IntoWeekdays, On, Schedule,
};
use crate::{
    error::{Error, Result},
    text::Quoted,
    trigger::{DayOfMonth, Unit, WeekdaySet},
    zone::TimeOfDay,
};

/// Days and times.
impl Schedule {
    /// The most times that a schedule may name, those of its alternatives included: as many as a day has minutes. It
    /// bounds the work of finding a slot.
    pub(super) const MOST_TIMES: usize = 1_440;

    /// Adds a time: `":SS"` for minutes, `":MM"` or `"MM:SS"` for hours, and for days, weekdays and dates `"HH:MM"`,
    /// `"HH:MM:SS"` or a `NaiveTime`.
    ///
    /// # Errors
    ///
    /// If the time does not have the form that the unit takes, or the unit takes none: seconds and shorter units;
    /// weeks, months and years before their days are named; a single run. If the schedule, with its alternatives,
    /// already names 1,440 other times.
    ///
    /// ```
    /// use punctual::{Schedule, Unit};
    /// let twice = Schedule::every(1, Unit::Hour)?.at(":45")?.at("15:30")?;
    /// assert_eq!(twice.to_string(), "every hour at 15:30 and :45");
    ///
    /// let error = Schedule::every(1, Unit::Hour)?.at(":75").unwrap_err();
    /// assert_eq!(
    ///     error.to_string(),
    ///     "invalid time \":75\" for an hourly job: the minute must be 0 to 59 (expected :MM or MM:SS)",
    /// );
    /// assert!(Schedule::every(1, Unit::Month)?.at("10:30").is_err());
    /// assert!(Schedule::every(1, Unit::Month)?.on_day(15)?.at("10:30").is_ok());
    /// # Ok::<(), punctual::Error>(())
    /// ```
    pub fn at(self, time: impl IntoTime) -> Result<Self> {
        let time = time.into_time();
        let why = |why: &str| {
            Err(Error::invalid(format!("invalid time {} for \"{self}\": {why}", Quoted(&time.to_string()))))
        };
        let format = match self.cadence {
            Cadence::Every { unit: Unit::Minute, .. } => Format::MINUTELY,
            Cadence::Every { unit: Unit::Hour, .. } => Format::HOURLY,
            Cadence::Every { unit: Unit::Day, .. } => Format::of_day("a daily job"),
            Cadence::Every { on: On::Weekdays(_), .. } => Format::of_day("a weekly job"),
            Cadence::Every { on: On::Day(_), .. } => Format::of_day("a monthly job"),
            Cadence::Every { on: On::Date { .. }, .. } => Format::of_day("a yearly job"),
            Cadence::Every { unit: Unit::Week, .. } => {
                return why("no day is named (expected `on` with weekdays first)");
            }
            Cadence::Every { unit: Unit::Month, .. } => {
                return why("no day is named (expected `on_day`, `on_last_day`, `on_nth` or `on_last` first)");
            }
            Cadence::Every { unit: Unit::Year, .. } => return why("no day is named (expected `on_date` first)"),
            Cadence::Every { .. } => {
                return why("no part of it can be named (expected minutes, hours or days)");
            }
            Cadence::Cron(_) => return why("a cron expression says its own times (expected minutes, hours or days)"),
            Cadence::All(_) => return why("its parts say their own times (expected minutes, hours or days)"),
            Cadence::Own(_) => return why("a trigger says its own times (expected minutes, hours or days)"),
            Cadence::Unsaid | Cadence::After(_) | Cadence::Once(_) => {
                return Err(self.not_repeating(format_args!("time {}", Quoted(&time.to_string()))));
            }
        };
        self.at_time(time.read(format)?)
    }

    /// The number of times that a schedule names, those of its alternatives included.
    pub(super) fn times_named(&self) -> usize {
        let of_members = match &self.cadence {
            Cadence::All(all) => all.iter().map(Schedule::times_named).sum(),
            _ => 0,
        };
        let Some(options) = self.options.as_deref() else { return of_members };
        of_members + options.at.len() + options.or.iter().map(Schedule::times_named).sum::<usize>()
    }

    fn at_time(self, named: NaiveTime) -> Result<Self> {
        if self.has_random_moment() {
            let why = "its moments are random already (expected either)";
            return Err(Error::invalid(format!("invalid time \"{named}\" for \"{self}\": {why}")));
        }
        let time = TimeOfDay::from(named);
        // Sorted and without duplicates, so that equal schedules are equal in whatever order their times were given.
        let options = self.options.as_deref();
        match options.map_or(Err(0), |options| options.at.binary_search(&time)) {
            Ok(_) => Ok(self),
            Err(_) if self.times_named() >= Schedule::MOST_TIMES => {
                let most = Schedule::MOST_TIMES;
                Err(Error::invalid(format!(
                    "too many times: \"{named}\" is the {}st of the schedule (expected at most {most})",
                    most + 1
                )))
            }
            Err(place) => Ok(self.with(|options| options.at.insert(place, time))),
        }
    }

    /// Limits weeks to some of their days, as [`Weekday`]s or text.
    ///
    /// # Errors
    ///
    /// If there is no weekday, if the days are already named, or unless the schedule counts weeks.
    ///
    /// ```
    /// use punctual::{Schedule, Unit, Weekday};
    /// let schedule = Schedule::every(2, Unit::Week)?.on([Weekday::Thu, Weekday::Mon])?;
    /// assert_eq!(schedule.to_string(), "every 2 weeks on Monday and Thursday");
    /// let error = Schedule::every(20, Unit::Minute)?.on(Weekday::Mon).unwrap_err();
    /// assert_eq!(error.to_string(), "cannot limit every 20 minutes to Monday: expected a schedule of weeks");
    /// # Ok::<(), punctual::Error>(())
    /// ```
    pub fn on(self, weekdays: impl IntoWeekdays) -> Result<Self> {
        let days: WeekdaySet = weekdays.into_weekdays()?.into_iter().collect();
        if days.is_empty() {
            return Err(Error::invalid("invalid weekdays []: expected at least one".to_owned()));
        }
        self.on_weekdays(days)
    }

    pub(crate) fn on_weekdays(self, days: WeekdaySet) -> Result<Self> {
        self.on_days_of(On::Weekdays(days), Unit::Week, days)
    }

    /// Limits months to a day, 1 to 31, clamped to the last day of shorter months.
    ///
    /// # Errors
    ///
    /// If the day is out of range, if the days are already named, or unless the schedule counts months.
    ///
    /// ```
    /// use punctual::{Schedule, Unit};
    /// assert_eq!(Schedule::every(1, Unit::Month)?.on_day(15)?.to_string(), "every month on day 15");
    /// assert!(Schedule::every(1, Unit::Month)?.on_day(32).unwrap_err().is_invalid());
    /// # Ok::<(), punctual::Error>(())
    /// ```
    pub fn on_day(self, day: impl IntoCount) -> Result<Self> {
        self.on_day_of_month(DayOfMonth::Days(1 << day_of_month(day)?))
    }

    /// Limits months to several days, each 1 to 31, and clamped to the last day of shorter months. If two are clamped
    /// to the same date, it has one slot.
    ///
    /// # Errors
    ///
    /// If there is no day or one is out of range, if the days are already named, or unless the schedule counts months.
    ///
    /// ```
    /// use punctual::{Schedule, Unit};
    /// let schedule = Schedule::every(1, Unit::Month)?.on_days([16, 1])?.at("01:30")?;
    /// assert_eq!(schedule.to_string(), "every month on day 1 and day 16 at 01:30");
    /// assert!(Schedule::every(1, Unit::Month)?.on_days([0; 0]).unwrap_err().is_invalid());
    /// # Ok::<(), punctual::Error>(())
    /// ```
    pub fn on_days<N: IntoCount>(self, days: impl IntoIterator<Item = N>) -> Result<Self> {
        let days = days.into_iter().try_fold(0, |days, day| Ok(days | 1 << day_of_month(day)?))?;
        if days == 0 {
            return Err(Error::invalid("invalid days of the month []: expected at least one".to_owned()));
        }
        self.on_day_of_month(DayOfMonth::Days(days))
    }

    /// Limits months to the day from Monday to Friday that is nearest to a day, in the same month. The day, 1 to 31, is
    /// clamped to the last of shorter months. The first working day of a month is `on_nearest_weekday(1)`, the last one
    /// [`on_last_weekday`](Schedule::on_last_weekday).
    ///
    /// # Errors
    ///
    /// If the day is out of range, if the days are already named, or unless the schedule counts months.
    ///
    /// ```
    /// use punctual::{Schedule, Unit};
    /// let schedule = Schedule::every(1, Unit::Month)?.on_nearest_weekday(15)?;
    /// assert_eq!(schedule.to_string(), "every month on the weekday nearest day 15");
    /// assert!(Schedule::every(1, Unit::Day)?.on_nearest_weekday(15).unwrap_err().is_invalid());
    /// # Ok::<(), punctual::Error>(())
    /// ```
    pub fn on_nearest_weekday(self, day: impl IntoCount) -> Result<Self> {
        self.on_day_of_month(DayOfMonth::NearestWeekday(day_of_month(day)?))
    }

    /// Limits months to the `n`-th day from their end, 1 to 31: 1 is the last day, 2 the day before it. Months with
    /// fewer days are skipped.
    ///
    /// # Errors
    ///
    /// If `n` is out of range, if the days are already named, or unless the schedule counts months.
    ///
    /// ```
    /// use punctual::{Schedule, Unit};
    /// let schedule = Schedule::every(1, Unit::Month)?.on_nth_last_day(3)?;
    /// assert_eq!(schedule.to_string(), "every month on the 3rd last day");
    /// assert!(Schedule::every(1, Unit::Month)?.on_nth_last_day(0).unwrap_err().is_invalid());
    /// # Ok::<(), punctual::Error>(())
    /// ```
    pub fn on_nth_last_day(self, n: impl IntoCount) -> Result<Self> {
        let n = in_range(n, 1, 31, format_args!("number {} of a day from the end of the month", n.into_count()))?;
        self.on_day_of_month(DayOfMonth::NthLast(n))
    }

    /// Limits months to the last of their days from Monday to Friday.
    ///
    /// # Errors
    ///
    /// If the days are already named, or unless the schedule counts months.
    ///
    /// ```
    /// use punctual::{Schedule, Unit};
    /// assert_eq!(Schedule::every(1, Unit::Month)?.on_last_weekday()?.to_string(), "every month on the last weekday");
    /// assert!(Schedule::every(1, Unit::Day)?.on_last_weekday().unwrap_err().is_invalid());
    /// # Ok::<(), punctual::Error>(())
    /// ```
    pub fn on_last_weekday(self) -> Result<Self> {
        self.on_day_of_month(DayOfMonth::LastWorkday)
    }

    /// Limits months to their last day.
    ///
    /// # Errors
    ///
    /// If the days are already named, or unless the schedule counts months.
    ///
    /// ```
    /// use punctual::{Schedule, Unit};
    /// assert_eq!(Schedule::every(1, Unit::Month)?.on_last_day()?.to_string(), "every month on the last day");
    /// let error = Schedule::every(1, Unit::Day)?.on_last_day().unwrap_err();
    /// assert_eq!(error.to_string(), "cannot limit every day to the last day: expected a schedule of months");
    /// # Ok::<(), punctual::Error>(())
    /// ```
    pub fn on_last_day(self) -> Result<Self> {
        self.on_day_of_month(DayOfMonth::NthLast(1))
    }

    /// Limits months to the first to fifth of a weekday. Months without a fifth are skipped.
    ///
    /// # Errors
    ///
    /// If `n` is not 1 to 5, if the days are already named, or unless the schedule counts months.
    ///
    /// ```
    /// use punctual::{Schedule, Unit, Weekday};
    /// let schedule = Schedule::every(1, Unit::Month)?.on_nth(2, Weekday::Tue)?;
    /// assert_eq!(schedule.to_string(), "every month on the 2nd Tuesday");
    /// assert!(schedule.on_nth(2, Weekday::Tue).is_err(), "the days are already named");
    /// # Ok::<(), punctual::Error>(())
    /// ```
    pub fn on_nth(self, n: impl IntoCount, weekday: Weekday) -> Result<Self> {
        self.on_day_of_month(DayOfMonth::Nth(nth_of_month(n)?, weekday))
    }

    /// Limits months to the last of a weekday.
    ///
    /// # Errors
    ///
    /// If the days are already named, or unless the schedule counts months.
    ///
    /// ```
    /// use punctual::{Schedule, Unit, Weekday};
    /// let schedule = Schedule::every(3, Unit::Month)?.on_last(Weekday::Fri)?;
    /// assert_eq!(schedule.to_string(), "every 3 months on the last Friday");
    /// # Ok::<(), punctual::Error>(())
    /// ```
    pub fn on_last(self, weekday: Weekday) -> Result<Self> {
        self.on_day_of_month(DayOfMonth::LastWeekday(weekday))
    }

    fn on_day_of_month(self, day: DayOfMonth) -> Result<Self> {
        self.on_days_of(On::Day(day), Unit::Month, Dates::from(day))
    }

    /// Limits years to a date: the month, 1 to 12, then the day. 29 February is clamped to the 28th in common years.
    ///
    /// # Errors
    ///
    /// If no year has the date, if the days are already named, or unless the schedule counts years.
    ///
    /// ```
    /// use punctual::{Schedule, Unit};
    /// assert_eq!(Schedule::every(1, Unit::Year)?.on_date(12, 25)?.to_string(), "every year on 25 December");
    /// let error = Schedule::every(1, Unit::Year)?.on_date(2, 30).unwrap_err();
    /// assert_eq!(error.to_string(), "invalid day of February 30: it must be 1 to 29");
    /// # Ok::<(), punctual::Error>(())
    /// ```
    pub fn on_date(self, month: impl IntoCount, day: impl IntoCount) -> Result<Self> {
        let (month, day) = date_of_year(month, day)?;
        self.on_days_of(On::Date { month, day }, Unit::Year, format_args!("{day} {}", longest(month).0))
    }

    /// Names the days, which applies only to schedules of the unit `of`, and only once. `shown` is the days in errors.
    fn on_days_of(mut self, days: On, of: Unit, shown: impl Display) -> Result<Self> {
        match &mut self.cadence {
            Cadence::Every { unit, on: on @ On::Default, .. } if *unit == of => {
                *on = days;
                Ok(self)
            }
            cadence => {
                let why = match cadence {
                    Cadence::Every { unit, .. } if *unit == of => {
                        "its days are already named (expected them once)".to_owned()
                    }
                    Cadence::Every { .. } | Cadence::Cron(_) | Cadence::All(_) | Cadence::Own(_) => {
                        format!("expected a schedule of {of}s")
                    }
                    _ => "there is a single run (expected a schedule that repeats)".to_owned(),
                };
                Err(Error::invalid(format!("cannot limit {self} to {shown}: {why}")))
            }
        }
    }
}

/// The name of a month, and the number of its days in a leap year.
pub(super) fn longest(month: u8) -> (&'static str, u8) {
    const LEAP_YEAR: i32 = 2000;
    let name = chrono::Month::try_from(month).map_or("", |month| month.name());
    let last = (28..=31).rev().find(|day| chrono::NaiveDate::from_ymd_opt(LEAP_YEAR, month.into(), *day).is_some());
    (name, last.map_or(31, |day| day as u8))
}
