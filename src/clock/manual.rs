//! A clock for tests.

use std::{fmt, sync::Arc, time::Duration};

use chrono::{DateTime, Utc};
use parking_lot::Mutex;

use super::{Clock, Reading};
use crate::wake::Wakeup;

/// A clock that moves only when it is set or advanced, so that tests need not sleep.
///
/// Clones share the same time.
///
/// ```
/// use punctual::{ManualClock, Scheduler};
/// # use chrono::{TimeZone, Utc};
/// # use std::time::Duration;
/// let clock = ManualClock::new(Utc.with_ymd_and_hms(2024, 1, 10, 12, 0, 0).unwrap());
/// let scheduler = Scheduler::with_clock(clock.clone());
/// scheduler.every().minutes(5).run(|| {})?;
///
/// clock.advance(Duration::from_secs(299));
/// assert_eq!(scheduler.run_pending(), 0);
/// clock.advance(Duration::from_secs(1));
/// assert_eq!(scheduler.run_pending(), 1);
/// # Ok::<(), punctual::Error>(())
/// ```
#[derive(Clone)]
pub struct ManualClock {
    /// The current time of both clocks.
    shows: Arc<Mutex<Reading>>,
}

impl ManualClock {
    /// Creates a clock that shows `now`.
    ///
    /// ```
    /// # use chrono::{TimeZone, Utc};
    /// let noon = Utc.with_ymd_and_hms(2024, 1, 10, 12, 0, 0).unwrap();
    /// assert_eq!(punctual::ManualClock::new(noon).now(), noon);
    /// ```
    pub fn new(now: DateTime<Utc>) -> Self {
        ManualClock { shows: Arc::new(Mutex::new(Reading::new(now, Duration::ZERO))) }
    }

    /// The time that the wall clock shows.
    ///
    /// ```
    /// # use chrono::{TimeZone, Utc};
    /// # let noon = Utc.with_ymd_and_hms(2024, 1, 10, 12, 0, 0).unwrap();
    /// let clock = punctual::ManualClock::new(noon);
    /// assert_eq!(clock.now(), noon);
    /// ```
    pub fn now(&self) -> DateTime<Utc> {
        self.shows.lock().wall()
    }

    /// Advances both clocks. The wall clock stops at the end of chrono's calendar, in the year 262142.
    ///
    /// ```
    /// # use chrono::{TimeZone, Utc};
    /// # let noon = Utc.with_ymd_and_hms(2024, 1, 10, 12, 0, 0).unwrap();
    /// let clock = punctual::ManualClock::new(noon);
    /// clock.advance(std::time::Duration::from_secs(3600));
    /// assert_eq!(clock.now(), Utc.with_ymd_and_hms(2024, 1, 10, 13, 0, 0).unwrap());
    /// ```
    pub fn advance(&self, duration: Duration) {
        let mut shows = self.shows.lock();
        *shows = shows.advanced(duration);
    }

    /// Sets the wall clock, forward or back, as an administrator would. No time elapses: the monotonic clock is
    /// unaffected.
    ///
    /// ```
    /// # use chrono::{TimeZone, Utc};
    /// use punctual::Clock;
    /// # let noon = Utc.with_ymd_and_hms(2024, 1, 10, 12, 0, 0).unwrap();
    /// let clock = punctual::ManualClock::new(noon);
    /// let before = clock.read().monotonic();
    /// clock.set(Utc.with_ymd_and_hms(2024, 1, 10, 11, 0, 0).unwrap());
    /// assert_eq!(clock.read().monotonic(), before);
    /// ```
    pub fn set(&self, now: DateTime<Utc>) {
        let mut shows = self.shows.lock();
        *shows = Reading::of(now.into(), shows.passed());
    }
}

impl Clock for ManualClock {
    fn read(&self) -> Reading {
        *self.shows.lock()
    }

    /// Advances to the end of the wait instead of sleeping, unless another loop has done so or the wait was already
    /// woken.
    ///
    /// While bodies run on workers or in another loop, time stands still and this blocks until they are done. It also
    /// blocks if there is no timeout, because there is no next slot to advance to.
    fn wait(&self, since: Reading, timeout: Option<Duration>, wakeup: &Wakeup<'_>) {
        if self.sleep_for(since, timeout, wakeup).is_none() {
            wakeup.wait(None);
        }
    }

    /// Advances as [`wait`](Clock::wait) does, and returns zero. `None` where that blocks.
    fn sleep_for(&self, since: Reading, timeout: Option<Duration>, wakeup: &Wakeup<'_>) -> Option<Duration> {
        // A running body may still register a job that is due before the end of this wait, so time must not pass it.
        let timeout = timeout.filter(|_| !wakeup.is_busy())?;
        if !wakeup.is_woken() {
            // Counted from `since`: of two loops that wait for the same slot, the second finds the clock already there
            // and adds nothing.
            let end = since.monotonic().saturating_add(timeout);
            let mut shows = self.shows.lock();
            let rest = end.saturating_sub(shows.monotonic());
            *shows = shows.advanced(rest);
        }
        Some(Duration::ZERO)
    }
}

impl fmt::Debug for ManualClock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ManualClock").field("now", &self.now()).finish()
    }
}
