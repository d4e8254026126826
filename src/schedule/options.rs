//! The options of a schedule: zone, window, start, deadline and number of runs.

use chrono::NaiveTime;

use super::{
    count::{at_least_one, IntoCount},
    filters::Filters,
    scatter::Scatter,
    time::Format,
    IntoTime, IntoWhen, Schedule, When,
};
use crate::{
    error::{Error, Result},
    trigger::Window,
    zone::{IntoZone, TimeOfDay, Zone},
};

/// The options of a schedule.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Options {
    /// In ascending order, without duplicates.
    pub(crate) at: Vec<TimeOfDay>,
    pub(crate) zone: Option<Zone>,
    pub(crate) window: Option<Window>,
    pub(crate) filters: Filters,
    pub(crate) scatter: Scatter,
    pub(crate) starting: Option<When>,
    pub(crate) until: Option<When>,
    pub(crate) times: Option<u64>,
    pub(crate) immediately: bool,
    /// Schedules whose slots are slots of this one too. They have no alternatives of their own.
    pub(crate) or: Vec<Schedule>,
}

impl Options {
    /// An option that applies to a schedule with all its alternatives, if one is set: its name.
    pub(super) fn of_whole(&self) -> Option<&'static str> {
        let set = [("until", self.until.is_some()), ("times", self.times.is_some()), ("immediately", self.immediately)];
        set.into_iter().find(|(_, is_set)| *is_set).map(|(word, _)| word)
    }
}

/// Reads the opening and the close of a part of the day; there is no window if both are the same. A close of `24:00` is
/// the midnight at the end of the day, which is the one at the beginning of the next.
pub(super) fn part_of_day(
    open: impl IntoTime,
    close: impl IntoTime,
    of_what: &'static str,
) -> Result<(NaiveTime, NaiveTime, Option<Window>)> {
    let read = |time: super::Time| time.read(Format::of_day(of_what));
    let (open, close) = (read(open.into_time())?, close.into_time());
    let is_until_midnight = close.is_end_of_day();
    let close = if is_until_midnight { NaiveTime::MIN } else { read(close)? };
    let is_some = open != close || is_until_midnight;
    Ok((open, close, is_some.then(|| Window { open: open.into(), close: close.into() })))
}

/// Options.
impl Schedule {
    /// Sets the zone in which wall times are read and days begin. The default is the scheduler's.
    ///
    /// # Errors
    ///
    /// If `zone` is text that is neither the name of a zone nor an offset.
    ///
    /// ```
    /// use punctual::{Schedule, Unit};
    /// let schedule = Schedule::every(1, Unit::Day)?.at("10:30")?.tz("+02:00")?;
    /// assert_eq!(schedule.to_string(), "every day at 10:30 in +02:00");
    /// assert!(Schedule::every(1, Unit::Day)?.tz("nowhere").unwrap_err().is_invalid());
    /// # Ok::<(), punctual::Error>(())
    /// ```
    pub fn tz(self, zone: impl IntoZone) -> Result<Self> {
        let zone = zone.into_zone()?;
        Ok(self.with(|options| options.zone = Some(zone)))
    }

    /// Limits the slots to a part of the day: from `open` up to, but not including, `close`. It may cross midnight. A
    /// `close` of `"24:00"` is the end of the day: after an `open` of `"00:00"`, the window is always open.
    ///
    /// # Errors
    ///
    /// If a time cannot be read, if both are the same, or for a single run. A window without a slot for 60 years is an
    /// error when the job is registered.
    ///
    /// ```
    /// use punctual::{Schedule, Unit};
    /// let schedule = Schedule::every(20, Unit::Minute)?.between("9:00", "17:30")?;
    /// assert_eq!(schedule.to_string(), "every 20 minutes between 09:00 and 17:30");
    /// assert!(Schedule::every(20, Unit::Minute)?.between("9:00", "9:00").unwrap_err().is_invalid());
    /// # Ok::<(), punctual::Error>(())
    /// ```
    pub fn between(self, open: impl IntoTime, close: impl IntoTime) -> Result<Self> {
        let (open, close, window) = part_of_day(open, close, "a window")?;
        let Some(window) = window else {
            let why = "it opens and closes at the same time (expected two different times)";
            return Err(Error::invalid(format!("invalid window \"{open}\" to \"{close}\": {why}")));
        };
        if !self.is_repeating() {
            return Err(self.not_repeating(format_args!("window \"{open}\" to \"{close}\"")));
        }
        if self.has_random_moment() {
            let why = "its moments are random already (expected either)";
            return Err(Error::invalid(format!("invalid window \"{open}\" to \"{close}\" for \"{self}\": {why}")));
        }
        Ok(self.with(|options| options.window = Some(window)))
    }

    /// Sets when the schedule starts, which is also where its grid is anchored: an interval has its first slot at
    /// `when`; with times or days named, the first match at or after `when` is the first slot.
    ///
    /// # Errors
    ///
    /// If `when` is text that cannot be read, or for a single run.
    ///
    /// ```
    /// use punctual::{IntoWhen, Schedule, Unit};
    /// let schedule = Schedule::every(6, Unit::Hour)?.starting("2030-01-01 03:00")?;
    /// assert_eq!(schedule.parts().starting, Some("2030-01-01 03:00".into_when()));
    /// assert!(Schedule::once("2030-01-01")?.starting("2029-01-01").unwrap_err().is_invalid());
    /// # Ok::<(), punctual::Error>(())
    /// ```
    pub fn starting(self, when: impl IntoWhen) -> Result<Self> {
        let when = when.into_when().check("starting")?;
        if !self.is_repeating() {
            return Err(self.not_repeating(format_args!("start \"{when}\"")));
        }
        Ok(self.with(|options| options.starting = Some(when)))
    }

    /// Sets the deadline, inclusive: no slot is later.
    ///
    /// # Errors
    ///
    /// If `when` is text that cannot be read. A deadline in the past, or before the first slot, is an error when the
    /// job is registered.
    ///
    /// ```
    /// use punctual::{IntoWhen, Schedule, Unit};
    /// let schedule = Schedule::every(1, Unit::Day)?.until("2030-01-01")?;
    /// assert_eq!(schedule.parts().until, Some("2030-01-01".into_when()));
    /// assert!(Schedule::every(1, Unit::Day)?.until("soon").unwrap_err().is_invalid());
    /// # Ok::<(), punctual::Error>(())
    /// ```
    pub fn until(self, when: impl IntoWhen) -> Result<Self> {
        let when = when.into_when().check("until")?;
        Ok(self.with(|options| options.until = Some(when)))
    }

    /// Limits the number of runs, including failed ones. The runs that a job had before it was
    /// [rescheduled](crate::Job::reschedule) to this schedule count, too.
    ///
    /// # Errors
    ///
    /// If `n` is less than 1, or for a single run.
    ///
    /// ```
    /// use punctual::{Schedule, Unit};
    /// assert_eq!(Schedule::every(1, Unit::Day)?.times(3)?.parts().times, Some(3));
    /// assert!(Schedule::every(1, Unit::Day)?.times(0).unwrap_err().is_invalid());
    /// # Ok::<(), punctual::Error>(())
    /// ```
    pub fn times(self, n: impl IntoCount) -> Result<Self> {
        let times = at_least_one(n, "times")?;
        if !self.is_repeating() {
            return Err(self.not_repeating(format_args!("count {times} for times")));
        }
        Ok(self.with(|options| options.times = Some(times)))
    }

    /// Makes the first run due at the registration, even before [`starting`](Schedule::starting). Later slots are
    /// unaffected. Applies only if the window of [`between`](Schedule::between) is open, and the filters allow the
    /// date and the hour.
    ///
    /// # Errors
    ///
    /// For a single run.
    ///
    /// ```
    /// use std::time::Duration;
    /// use punctual::{Schedule, Unit};
    /// assert!(Schedule::every(1, Unit::Day)?.immediately()?.parts().immediately);
    /// let error = Schedule::after(Duration::from_secs(5)).immediately().unwrap_err();
    /// assert_eq!(
    ///     error.to_string(),
    ///     "invalid `immediately` for \"once after 5s\": there is a single run (expected a schedule that repeats)",
    /// );
    /// # Ok::<(), punctual::Error>(())
    /// ```
    pub fn immediately(self) -> Result<Self> {
        if !self.is_repeating() {
            return Err(self.not_repeating("`immediately`"));
        }
        Ok(self.with(|options| options.immediately = true))
    }
}
