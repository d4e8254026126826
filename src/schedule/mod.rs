//! When a job runs, as a plain value: no clock, no scheduler, no body.

mod alternatives;
mod cadence;
mod count;
mod days;
mod options;
mod parts;
mod text;
mod time;
mod weekdays;
mod when;

pub(crate) use self::{
    cadence::{Cadence, On, OwnTrigger},
    count::at_least_one,
    options::Options,
};
pub use self::{
    count::IntoCount,
    parts::{NamedDays, Parts, Recurrence},
    time::{IntoTime, Time},
    weekdays::IntoWeekdays,
    when::{IntoWhen, Moment, When},
};

/// What a sentence says about *when*: "every weekday at 09:30 in Europe/Berlin".
///
/// A schedule is plain data: it can be cloned, compared, printed, and put on any number of jobs of any scheduler. It comes
/// from a sentence that ends with [`schedule`](crate::Every::schedule) instead of `run`, or from the constructors below,
/// which take their units at run time. [`parts`](Schedule::parts) reads it.
///
/// ```
/// use punctual::{every, schedule, Schedule, Unit};
/// let said = every().weeks(2).on(punctual::Weekday::Mon).at("9:30").schedule()?;
/// let built = Schedule::every(2, Unit::Week)?.on(punctual::Weekday::Mon)?.at("09:30")?;
/// assert_eq!(said, built);
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
/// Each method checks what it is given, and whether it applies to the schedule so far. A sentence rejects most of the latter
/// at compile time; here they are errors:
///
/// ```
/// use punctual::{Schedule, Unit};
/// let error = Schedule::every(5, Unit::Second)?.at(":30").unwrap_err();
/// assert_eq!(
///     error.to_string(),
///     "invalid time \":30\" for every 5 seconds: no part of it can be named (expected minutes, hours or days)",
/// );
/// # Ok::<(), punctual::Error>(())
/// ```
///
/// Whether a schedule has a slot at all depends on the time of registration and the zone, so that `run` checks.
#[derive(Clone, Debug, PartialEq)]
pub struct Schedule {
    pub(crate) cadence: Cadence,
    /// What few schedules say; boxed because a sentence moves the schedule at every word.
    pub(crate) options: Option<Box<Options>>,
}

impl Schedule {
    /// A schedule that does not say how often: what is left of a job whose record is gone.
    pub(crate) const UNSAID: Schedule = Schedule::new(Cadence::Unsaid);

    pub(crate) const fn new(cadence: Cadence) -> Self {
        Schedule { cadence, options: None }
    }

    /// The same schedule with one option more.
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
