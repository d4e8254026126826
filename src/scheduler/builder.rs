//! A scheduler of one's own, with a clock and a zone of one's own.

use std::sync::Arc;

use super::Scheduler;
use crate::{
    clock::{Clock, SystemClock},
    error::Result,
    zone::{IntoZone, Zone},
};

/// Makes a [`Scheduler`] with another clock or another zone than the machine's.
///
/// ```
/// use punctual::{ManualClock, Scheduler};
/// # let clock = ManualClock::new(chrono::DateTime::UNIX_EPOCH);
/// let scheduler = Scheduler::builder().clock(clock.clone()).tz("UTC").build()?;
/// let job = scheduler.every().day().at("10:30").run(|| {})?;
/// assert_eq!(job.next_run().unwrap().to_rfc3339(), "1970-01-01T10:30:00+00:00");
/// # Ok::<(), punctual::Error>(())
/// ```
#[must_use = "a builder does nothing until `build`"]
pub struct Builder {
    clock: Arc<dyn Clock>,
    zone: Result<Zone>,
}

impl Builder {
    pub(super) fn new() -> Self {
        Builder { clock: Arc::new(SystemClock), zone: Ok(Zone::MACHINE) }
    }

    /// The clock that the scheduler reads; [`SystemClock`] where none is given.
    ///
    /// ```
    /// use punctual::{ManualClock, Scheduler};
    /// let clock = ManualClock::new(chrono::DateTime::UNIX_EPOCH);
    /// let scheduler = Scheduler::builder().clock(clock).build()?;
    /// assert_eq!(scheduler.run_pending(), 0);
    /// # Ok::<(), punctual::Error>(())
    /// ```
    pub fn clock(mut self, clock: impl Clock) -> Self {
        self.clock = Arc::new(clock);
        self
    }

    /// The zone of every sentence that names none; the machine's where none is given.
    ///
    /// ```
    /// use punctual::Scheduler;
    /// assert!(Scheduler::builder().tz(chrono::Utc).build().is_ok());
    /// assert!(Scheduler::builder().tz("nowhere").build().is_err());
    /// ```
    pub fn tz(mut self, zone: impl IntoZone) -> Self {
        self.zone = self.zone.and_then(|_| zone.into_zone());
        self
    }

    /// Makes the scheduler.
    ///
    /// # Errors
    ///
    /// When [`tz`](Builder::tz) was given a name that no zone has.
    ///
    /// ```
    /// let scheduler = punctual::Scheduler::builder().build()?;
    /// assert!(scheduler.jobs().is_empty());
    /// # Ok::<(), punctual::Error>(())
    /// ```
    pub fn build(self) -> Result<Scheduler> {
        Ok(Scheduler::assemble(self.clock, self.zone?))
    }
}
