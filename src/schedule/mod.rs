//! Schedules: when a job runs, as a plain value without a clock, scheduler or body.

mod alternatives;
mod cadence;
mod combined;
mod count;
mod cron;
mod date_names;
mod date_text;
mod dates;
mod days;
mod filters;
mod grammar;
mod into_schedule;
mod moment_text;
mod months;
pub mod named_dates;
mod names;
mod options;
mod parts;
mod scatter;
#[cfg(feature = "serde")]
mod serde;
mod text;
mod time;
mod tokens;
mod weekdays;
mod when;
mod words;

pub(crate) use self::{
    cadence::{Cadence, On, OwnTrigger},
    count::at_least_one,
    cron::Cron,
    dates::NamedDates,
    filters::Filters,
    named_dates::check_calendar_name,
    options::Options,
    scatter::Scatter,
};
pub use self::{
    count::IntoCount,
    cron::{Dialect, Fields, IntoCron},
    dates::{Dates, IntoDates},
    into_schedule::IntoSchedule,
    months::{IntoMonths, Months},
    parts::{NamedDays, Parts, Recurrence},
    time::{IntoTime, Time},
    weekdays::IntoWeekdays,
    when::{IntoWhen, Moment, When},
};

/// When a job runs, such as "every weekday at 09:30 in Europe/Berlin".
///
/// A schedule is plain data: it can be cloned, compared, printed, and used for any number of jobs of any scheduler.
/// Create one with a sentence that ends with [`schedule`](crate::Every::schedule) instead of `run`, or with the
/// constructors below, which take the unit at run time. [`parts`](Schedule::parts) returns its contents.
///
/// `Display` shows the schedule in English, and `FromStr` [reads it](Schedule#impl-FromStr-for-Schedule): each is the
/// inverse of the other.
///
/// ```
/// use punctual::{every, schedule, Schedule, Unit};
/// let sentence = every().weeks(2).on(punctual::Weekday::Mon).at("9:30").schedule()?;
/// let built = Schedule::every(2, Unit::Week)?.on(punctual::Weekday::Mon)?.at("09:30")?;
/// assert_eq!(sentence, built);
/// assert_eq!(built.to_string(), "every 2 weeks on Monday at 09:30");
///
/// let job = schedule(&built).named("report").run(|| {})?;
/// assert!(job.to_string().starts_with("every 2 weeks on Monday at 09:30 run report"));
/// # job.cancel();
/// # Ok::<(), punctual::Error>(())
/// ```
///
/// # Errors
///
/// Each method checks its arguments, and whether it applies to the schedule so far. In a sentence, most methods that do
/// not apply fail to compile; here they return an error:
///
/// ```
/// use punctual::{Schedule, Unit};
/// let error = Schedule::every(5, Unit::Second)?.at(":30").unwrap_err();
/// assert_eq!(
///     error.to_string(),
///     "invalid time \":30\" for \"every 5 seconds\": no part of it can be named \
///      (expected minutes, hours or days)",
/// );
/// # Ok::<(), punctual::Error>(())
/// ```
///
/// Whether a schedule has a slot at all depends on the time of registration and the zone, so `run` checks that.
#[derive(Clone, Debug, PartialEq)]
pub struct Schedule {
    pub(crate) cadence: Cadence,
    /// `None` for most schedules. Boxed because a sentence moves the schedule at every method call.
    pub(crate) options: Option<Box<Options>>,
}

impl Schedule {
    /// A schedule without a cadence, returned for a job that is no longer registered.
    pub(crate) const UNSAID: Schedule = Schedule::new(Cadence::Unsaid);

    pub(crate) const fn new(cadence: Cadence) -> Self {
        Schedule { cadence, options: None }
    }

    /// The schedule with an option set.
    fn with(mut self, set: impl FnOnce(&mut Options)) -> Self {
        set(self.options.get_or_insert_with(Box::default));
        self
    }
}

impl From<&Schedule> for Schedule {
    fn from(schedule: &Schedule) -> Self {
        schedule.clone()
    }
}
