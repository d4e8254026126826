//! Cadences: how often a schedule has slots.

use std::{fmt, sync::Arc, time::Duration};

use super::{
    count::{at_least_one, IntoCount},
    cron::Cron,
    IntoWhen, Schedule, When,
};
use crate::{
    error::{Error, Result},
    trigger::{DayOfMonth, Trigger, Unit, WeekdaySet},
};

/// How often a schedule has slots.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Cadence {
    /// Not given yet: `every()` before its unit.
    Unsaid,
    /// Every `low` to `high` units, on some of their days.
    Every { low: u64, high: u64, unit: Unit, on: On },
    /// Once, this long after the registration.
    After(Duration),
    /// Once, at a moment.
    Once(Box<When>),
    /// At the slots of a cron expression.
    Cron(Arc<Cron>),
    /// At the slots that all of these have.
    All(Vec<Schedule>),
    /// At the slots of a user's trigger.
    Own(OwnTrigger),
}

/// The days of a week, a month or a year on which a schedule has slots.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum On {
    /// Not named: counted from the day of the registration, or from `starting`.
    Default,
    Weekdays(WeekdaySet),
    Day(DayOfMonth),
    Date {
        month: u8,
        day: u8,
    },
}

/// A user's trigger. Equality is identity.
#[derive(Clone)]
pub(crate) struct OwnTrigger(pub(crate) Arc<dyn Trigger>);

impl fmt::Debug for OwnTrigger {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("OwnTrigger")
    }
}

impl PartialEq for OwnTrigger {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

/// Constructors, and random intervals.
impl Schedule {
    /// Every `n` of a unit.
    ///
    /// # Errors
    ///
    /// If `n` is less than 1.
    ///
    /// ```
    /// use punctual::{Schedule, Unit};
    /// assert_eq!(Schedule::every(1, Unit::Day)?.to_string(), "every day");
    /// let error = Schedule::every(0, Unit::Day).unwrap_err();
    /// assert_eq!(error.to_string(), "invalid count 0 for days: it must be 1 or more");
    /// # Ok::<(), punctual::Error>(())
    /// ```
    pub fn every(n: impl IntoCount, unit: Unit) -> Result<Self> {
        let n = at_least_one(n, format_args!("{}s", unit.name()))?;
        Ok(Schedule::new(Cadence::Every { low: n, high: n, unit, on: On::Default }))
    }

    /// Every `length` of elapsed time, to the nanosecond.
    ///
    /// # Errors
    ///
    /// If `length` is zero, or longer than 584 years.
    ///
    /// ```
    /// use std::time::Duration;
    /// use punctual::Schedule;
    /// assert_eq!(Schedule::interval(Duration::from_millis(1500))?.to_string(), "every 1.5s");
    /// assert!(Schedule::interval(Duration::ZERO).unwrap_err().is_invalid());
    /// # Ok::<(), punctual::Error>(())
    /// ```
    pub fn interval(length: Duration) -> Result<Self> {
        let n = nanos(length)?;
        Ok(Schedule::new(Cadence::Every { low: n, high: n, unit: Unit::Nanosecond, on: On::Default }))
    }

    /// Once, `delay` after the registration.
    ///
    /// ```
    /// use std::time::Duration;
    /// use punctual::Schedule;
    /// assert_eq!(Schedule::after(Duration::from_secs(90)).to_string(), "once after 90s");
    /// ```
    pub fn after(delay: Duration) -> Self {
        Schedule::new(Cadence::After(delay))
    }

    /// Once, at a moment.
    ///
    /// # Errors
    ///
    /// If `when` is text that cannot be read. A moment in the past is an error when the job is registered.
    ///
    /// ```
    /// use punctual::Schedule;
    /// assert_eq!(Schedule::once("2030-01-01 18:30")?.to_string(), "once at 2030-01-01 18:30");
    /// assert!(Schedule::once("soon").unwrap_err().is_invalid());
    /// # Ok::<(), punctual::Error>(())
    /// ```
    pub fn once(when: impl IntoWhen) -> Result<Self> {
        Ok(Schedule::new(Cadence::Once(Box::new(when.into_when().check("once")?))))
    }

    /// Makes the interval random: from the count given to [`every`](Schedule::every) up to `longest`, inclusive, drawn
    /// for every run, and so that the run is not after [`until`](Schedule::until).
    ///
    /// # Errors
    ///
    /// If `longest` is less than that count, if the days are already named, or for a single run.
    ///
    /// ```
    /// use punctual::{Schedule, Unit};
    /// assert_eq!(Schedule::every(5, Unit::Minute)?.to(10)?.to_string(), "every 5 to 10 minutes");
    /// let error = Schedule::every(5, Unit::Minute)?.to(3).unwrap_err();
    /// assert_eq!(error.to_string(), "invalid range 5 to 3: the end must not be below 5");
    /// # Ok::<(), punctual::Error>(())
    /// ```
    pub fn to(self, longest: impl IntoCount) -> Result<Self> {
        self.range_to(longest.into_count())
    }

    /// Makes the length of an [`interval`](Schedule::interval) random: up to `longest`, inclusive, drawn for every run.
    ///
    /// # Errors
    ///
    /// If `longest` is shorter than the interval, or the schedule counts a unit.
    ///
    /// ```
    /// use std::time::Duration;
    /// use punctual::{Schedule, Unit};
    /// let schedule = Schedule::interval(Duration::from_secs(1))?.to_duration(Duration::from_secs(5))?;
    /// assert_eq!(schedule.to_string(), "every 1s to 5s");
    /// assert!(Schedule::every(5, Unit::Minute)?.to_duration(Duration::from_secs(600)).is_err());
    /// # Ok::<(), punctual::Error>(())
    /// ```
    pub fn to_duration(self, longest: Duration) -> Result<Self> {
        match self.cadence {
            Cadence::Every { low, unit, .. } if unit != Unit::Nanosecond => Err(Error::invalid(format!(
                "invalid range {low} to {longest:?}: the interval counts {unit}s (expected a number of {unit}s)"
            ))),
            // Zero is below every interval, which is the better error than that of `nanos`.
            _ if longest.is_zero() => self.range_to(0),
            _ => {
                let longest = nanos(longest)?;
                self.range_to(longest.into())
            }
        }
    }

    /// At the slots of a [`Trigger`] of your own.
    ///
    /// The trigger is called with the lock of the scheduler held, so it must not call the scheduler: that panics. If it
    /// panics, or returns an instant that is not after the one it was given, this is logged as an error and the trigger
    /// is not asked again: the job is removed, unless an alternative has slots, with
    /// [`Removal::TriggerFailed`](crate::Removal::TriggerFailed) as the reason. If that happens at the registration,
    /// `run` returns an error that says what the trigger did.
    ///
    /// Two such schedules are equal if they share the trigger, as clones do.
    ///
    /// ```
    /// use punctual::{chrono::{DateTime, TimeDelta, Utc}, ManualClock, Schedule, Scheduler, Trigger};
    ///
    /// /// Twice as long to wait each time: 1, 2, 4, … seconds after the Unix epoch.
    /// struct Doubling;
    ///
    /// impl Trigger for Doubling {
    ///     fn next_after(&self, instant: DateTime<Utc>) -> Option<DateTime<Utc>> {
    ///         let slots = (0..40).map(|n| DateTime::UNIX_EPOCH + TimeDelta::seconds(1 << n));
    ///         slots.into_iter().find(|slot| *slot > instant)
    ///     }
    /// }
    ///
    /// let scheduler = Scheduler::with_clock(ManualClock::new(DateTime::UNIX_EPOCH));
    /// let job = scheduler.schedule(Schedule::from_trigger(Doubling)).run(|| println!("doubled"))?;
    /// let seconds: Vec<i64> = job.upcoming(5).iter().map(DateTime::timestamp).collect();
    /// assert_eq!(seconds, [1, 2, 4, 8, 16]);
    /// # Ok::<(), punctual::Error>(())
    /// ```
    pub fn from_trigger(trigger: impl Trigger + 'static) -> Self {
        Schedule::new(Cadence::Own(OwnTrigger(Arc::new(trigger))))
    }

    fn range_to(mut self, longest: i128) -> Result<Self> {
        match &mut self.cadence {
            Cadence::Every { low, unit, .. } if longest < i128::from(*low) => {
                let (low, longest) = (shown(*unit, (*low).into()), shown(*unit, longest));
                Err(Error::invalid(format!("invalid range {low} to {longest}: the end must not be below {low}")))
            }
            Cadence::Every { high, on: On::Default, .. } => {
                *high = u64::try_from(longest).unwrap_or(u64::MAX);
                Ok(self)
            }
            Cadence::Every { low, unit, .. } => {
                let (low, longest) = (shown(*unit, (*low).into()), shown(*unit, longest));
                Err(Error::invalid(format!(
                    "invalid range {low} to {longest} for \"{self}\": the days are already named (expected the \
                     range before them)"
                )))
            }
            Cadence::Cron(_) | Cadence::All(_) | Cadence::Own(_) => Err(Error::invalid(format!(
                "invalid range to {longest} for \"{self}\": it has no length (expected a schedule that counts units)"
            ))),
            Cadence::Unsaid | Cadence::After(_) | Cadence::Once(_) => {
                Err(self.not_repeating(format_args!("range to {longest}")))
            }
        }
    }

    /// The error for an option that does not apply to a single run.
    #[cold]
    pub(super) fn not_repeating(&self, what: impl std::fmt::Display) -> Error {
        let why = "there is a single run";
        Error::invalid(format!("invalid {what} for \"{self}\": {why} (expected a schedule that repeats)"))
    }

    /// Whether the schedule may have more than one slot.
    pub(super) fn is_repeating(&self) -> bool {
        matches!(self.cadence, Cadence::Every { .. } | Cadence::Cron(_) | Cadence::All(_) | Cadence::Own(_))
    }
}

/// A length in nanoseconds, or an error if it is zero or longer than 584 years.
fn nanos(length: Duration) -> Result<u64> {
    match u64::try_from(length.as_nanos()) {
        Ok(0) => Err(Error::invalid("invalid duration 0ns: it must be longer than zero".to_owned())),
        Ok(nanos) => Ok(nanos),
        Err(_) => Err(Error::never(format!("the interval of {length:?} is too long: expected at most 584 years"))),
    }
}

/// A count as it appears in errors: nanoseconds are formatted as a `Duration`.
fn shown(unit: Unit, n: i128) -> String {
    match unit {
        Unit::Nanosecond => format!("{:?}", Duration::from_nanos(u64::try_from(n).unwrap_or(0))),
        _ => n.to_string(),
    }
}
