//! Slots at random moments, and slots put off by random or by stable lengths.

use std::time::Duration;

use super::{options::part_of_day, Cadence, IntoTime, On, Schedule};
use crate::{
    error::{Error, Result},
    trigger::{Unit, Window},
};

/// By how much the slots of a schedule are put off.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Scatter {
    /// The part of the day from which the moment is drawn.
    pub(crate) at_random: Option<Window>,
    pub(crate) jitter: Option<Duration>,
    pub(crate) spread: Option<Duration>,
}

impl Scatter {
    pub(crate) fn is_set(&self) -> bool {
        self.at_random.is_some() || self.jitter.is_some() || self.spread.is_some()
    }
}

/// Random moments, and slots that are put off.
impl Schedule {
    /// One slot on each day, at a random moment: from `open` up to, but not including, `close`, to the millisecond,
    /// drawn for each day. It may cross midnight, and then belongs to the day on which it opens. A `close` of `"24:00"`
    /// is the end of the day.
    ///
    /// If a gap skips all of that time on a day, the slot of that day is later by the length of the gap.
    ///
    /// # Errors
    ///
    /// If a time cannot be read, or both are the same. Unless the schedule counts days, or its days are named. If it
    /// has [`at`](Schedule::at), [`between`](Schedule::between), [`jitter`](Schedule::jitter),
    /// [`spread`](Schedule::spread) or another random moment.
    ///
    /// ```
    /// use punctual::{chrono::NaiveTime, Schedule, Unit};
    /// let daily = Schedule::every(1, Unit::Day)?.at_random("9:00", "11:00")?;
    /// let time = |hour| NaiveTime::from_hms_opt(hour, 0, 0).unwrap();
    /// assert_eq!(daily.parts().at_random, Some((time(9), time(11))));
    ///
    /// let error = Schedule::every(1, Unit::Hour)?.at_random("9:00", "11:00").unwrap_err();
    /// assert_eq!(
    ///     error.to_string(),
    ///     "invalid random moment \"09:00:00\" to \"11:00:00\" for \"every hour\": it has no days (expected days, or \
    ///      named days)",
    /// );
    /// assert!(daily.at("10:30").is_err(), "there is a time already");
    /// # Ok::<(), punctual::Error>(())
    /// ```
    pub fn at_random(self, open: impl IntoTime, close: impl IntoTime) -> Result<Self> {
        let (open, close, window) = part_of_day(open, close, "a random moment")?;
        let refused = |why: &str| {
            Err(Error::invalid(format!("invalid random moment \"{open}\" to \"{close}\" for \"{self}\": {why}")))
        };
        match self.cadence {
            Cadence::Every { unit: Unit::Day, .. } | Cadence::Every { on: On::Weekdays(_), .. } => {}
            Cadence::Every { on: On::Day(_) | On::Date { .. }, .. } => {}
            Cadence::Every { unit: Unit::Week | Unit::Month | Unit::Year, .. } => {
                return refused("no day is named (expected the days first)");
            }
            Cadence::Unsaid | Cadence::After(_) | Cadence::Once(_) => {
                return Err(self.not_repeating(format_args!("random moment \"{open}\" to \"{close}\"")));
            }
            _ => return refused("it has no days (expected days, or named days)"),
        }
        let Some(window) = window else {
            return refused("both are the same (expected two different times)");
        };
        if let Some(options) = self.options.as_deref() {
            let scatter = options.scatter;
            if scatter.at_random.is_some_and(|other| other != window) {
                return refused("there is another (expected `or` with a schedule that has the second)");
            }
            if !options.at.is_empty() {
                return refused("there is a time already (expected either)");
            }
            if options.window.is_some() || options.filters.hours.is_some() {
                return refused("there is a window already (expected either)");
            }
            if scatter.jitter.is_some() || scatter.spread.is_some() {
                return refused("it has `jitter` or `spread` already (expected either)");
            }
        }
        Ok(self.with(|options| options.scatter.at_random = Some(window)))
    }

    /// Delays each slot by a random length of up to `most`, to the millisecond, drawn for each slot. The grid stays
    /// where it is, so the slots do not drift. Each slot of the grid has its run, in order, even if `most` is longer
    /// than the interval.
    ///
    /// With [`between`](Schedule::between), the slot of the grid must be inside the window, and is not delayed past its
    /// close. With [`until`](Schedule::until), it is not delayed past the deadline. A slot with no moment left before
    /// that is left out.
    ///
    /// # Errors
    ///
    /// If `most` is shorter than a millisecond, or longer than 584 years. For a single run, or with
    /// [`at_random`](Schedule::at_random).
    ///
    /// ```
    /// use std::time::Duration;
    /// use punctual::{Schedule, Unit};
    /// let schedule = Schedule::every(1, Unit::Hour)?.jitter(Duration::from_secs(30))?;
    /// assert_eq!(schedule.parts().jitter, Some(Duration::from_secs(30)));
    /// let error = schedule.jitter(Duration::ZERO).unwrap_err();
    /// assert_eq!(error.to_string(), "invalid jitter 0ns: it must be at least 1ms");
    /// # Ok::<(), punctual::Error>(())
    /// ```
    pub fn jitter(self, most: Duration) -> Result<Self> {
        self.check_length("jitter", most)?;
        Ok(self.with(|options| options.scatter.jitter = Some(most)))
    }

    /// Delays all slots of a job by the same length, less than `most`, which depends only on the job's
    /// [key](crate::Every::key), or its [name](crate::Every::named) if it has no key. So jobs with the same schedule
    /// are spread, and each keeps its place when the program is restarted or updated. A job with neither is refused
    /// when it is registered.
    ///
    /// With [`between`](Schedule::between), the slot of the grid must be inside the window; if `most` is longer than
    /// the rest of the window, jobs are spread over that rest.
    ///
    /// # Errors
    ///
    /// If `most` is shorter than a millisecond, or longer than 584 years. For a single run, or with
    /// [`at_random`](Schedule::at_random).
    ///
    /// ```
    /// use std::time::Duration;
    /// use punctual::{Schedule, Scheduler, Unit};
    /// let hourly = Schedule::every(1, Unit::Hour)?.at(":00")?.spread(Duration::from_secs(3_600))?;
    /// let scheduler = Scheduler::new();
    /// let report = scheduler.schedule(&hourly).named("report").run(|| {})?;
    /// let backup = scheduler.schedule(&hourly).named("backup").run(|| {})?;
    /// assert_ne!(report.next_run(), backup.next_run());
    /// assert!(scheduler.schedule(&hourly).run(|| {}).unwrap_err().to_string().contains("expected `named` or `key`"));
    /// # Ok::<(), punctual::Error>(())
    /// ```
    pub fn spread(self, most: Duration) -> Result<Self> {
        self.check_length("spread", most)?;
        Ok(self.with(|options| options.scatter.spread = Some(most)))
    }

    fn check_length(&self, word: &str, most: Duration) -> Result<()> {
        if most < Duration::from_millis(1) {
            return Err(Error::invalid(format!("invalid {word} {most:?}: it must be at least 1ms")));
        }
        if u64::try_from(most.as_nanos()).is_err() {
            return Err(Error::invalid(format!("invalid {word} {most:?}: it must be at most 584 years")));
        }
        if !self.is_repeating() {
            return Err(self.not_repeating(format_args!("{word} {most:?}")));
        }
        if self.has_random_moment() {
            return Err(Error::invalid(format!(
                "invalid {word} {most:?} for \"{self}\": its moments are random already (expected either)"
            )));
        }
        Ok(())
    }

    /// Whether the moments are drawn by [`at_random`](Self::at_random).
    pub(super) fn has_random_moment(&self) -> bool {
        self.options.as_deref().is_some_and(|options| options.scatter.at_random.is_some())
    }

    /// Whether slots depend on the key or name of the job.
    pub(crate) fn is_spread(&self) -> bool {
        let Some(options) = self.options.as_deref() else { return false };
        options.scatter.spread.is_some() || options.or.iter().any(Schedule::is_spread)
    }
}
