//! What can be given as a schedule.

use super::Schedule;
use crate::{error::Result, text::for_texts};

/// A schedule: a [`Schedule`] or a reference to one, text, or a `Result` of these, whose error is kept until the
/// sentence ends.
///
/// Text is read as [`FromStr`](Schedule#impl-FromStr-for-Schedule) says. This trait is sealed.
///
/// ```
/// # use punctual::{ManualClock, Scheduler};
/// # let scheduler = Scheduler::with_clock(ManualClock::new(chrono::DateTime::UNIX_EPOCH));
/// use punctual::every;
/// let weekend = every().saturday().at("11:00").schedule();
/// let job = scheduler.schedule("every weekday at 09:30 in UTC").or(weekend).run(|| {})?;
/// assert!(job.to_string().starts_with("every weekday at 09:30 in UTC or every Saturday at 11:00 run "));
///
/// let error = scheduler.schedule("every weekday at 9am").run(|| {}).unwrap_err();
/// assert_eq!(error.to_string(), "invalid text \"every weekday at 9am\": \"9am\" at column 18: write 09:00");
/// # Ok::<(), punctual::Error>(())
/// ```
pub trait IntoSchedule: sealed::Sealed {
    /// Converts into a schedule.
    ///
    /// # Errors
    ///
    /// If text cannot be read.
    ///
    /// ```
    /// use punctual::{IntoSchedule, Schedule, Unit};
    /// assert_eq!("every 5 minutes".into_schedule()?, Schedule::every(5, Unit::Minute)?);
    /// # Ok::<(), punctual::Error>(())
    /// ```
    fn into_schedule(self) -> Result<Schedule>;
}

mod sealed {
    pub trait Sealed {}
}

impl sealed::Sealed for Schedule {}

impl IntoSchedule for Schedule {
    fn into_schedule(self) -> Result<Schedule> {
        Ok(self)
    }
}

impl sealed::Sealed for &Schedule {}

impl IntoSchedule for &Schedule {
    fn into_schedule(self) -> Result<Schedule> {
        Ok(self.clone())
    }
}

impl<S: IntoSchedule> sealed::Sealed for Result<S> {}

impl<S: IntoSchedule> IntoSchedule for Result<S> {
    fn into_schedule(self) -> Result<Schedule> {
        self?.into_schedule()
    }
}

impl sealed::Sealed for &str {}

impl IntoSchedule for &str {
    fn into_schedule(self) -> Result<Schedule> {
        self.parse()
    }
}

for_texts!(IntoSchedule, into_schedule -> Result<Schedule>);
