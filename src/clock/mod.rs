//! Clocks: the machine's, and one for tests.

mod manual;
mod system;
#[cfg(feature = "tokio")]
mod tokio_clock;

use std::{fmt, sync::Arc, time::Duration};

use chrono::{DateTime, Utc};

#[cfg(feature = "tokio")]
pub use self::tokio_clock::TokioClock;
pub use self::{manual::ManualClock, system::SystemClock};
use crate::{
    timestamp::{Timestamp, SECOND},
    wake::Wakeup,
};

/// A source of time for a scheduler.
///
/// A clock is a pair: the wall clock shows the date and time, and may be set by an administrator; the monotonic clock
/// measures elapsed time, and cannot be set. A scheduler compares the two to detect that the wall clock was set back.
///
/// A scheduler reads its clock with its lock held, so a clock must not call the scheduler.
///
/// ```
/// use punctual::{Clock, ManualClock};
/// # use chrono::{TimeZone, Utc};
/// # use std::time::Duration;
/// let clock = ManualClock::new(Utc.with_ymd_and_hms(2024, 1, 10, 12, 0, 0).unwrap());
/// let before = clock.read();
/// clock.advance(Duration::from_secs(5));
/// let after = clock.read();
/// assert_eq!((after.wall() - before.wall()).num_seconds(), 5);
/// assert_eq!(after.monotonic() - before.monotonic(), Duration::from_secs(5));
/// ```
pub trait Clock: Send + Sync + 'static {
    /// Reads both clocks at the same moment.
    fn read(&self) -> Reading;

    /// Waits until `timeout` has passed since the reading `since`, or forever if there is no timeout. Returns early
    /// when woken, and may return early for no reason: the caller reads the clock again.
    ///
    /// The loops of a scheduler, such as [`run_forever`](crate::Scheduler::run_forever), wait with this method.
    fn wait(&self, since: Reading, timeout: Option<Duration>, wakeup: &Wakeup<'_>);

    /// [`wait`](Clock::wait) for a loop in a task, which must not block: returns how long the loop should sleep by
    /// tokio's timer, or `None` if it should sleep until it is woken. The loop then reads the clock again, and may
    /// sleep less.
    ///
    /// The default implementation returns `timeout`. A clock that is not the machine's may move instead and return
    /// zero, as [`ManualClock`] does.
    ///
    /// Only the loops of the feature `tokio` call this.
    fn sleep_for(&self, since: Reading, timeout: Option<Duration>, wakeup: &Wakeup<'_>) -> Option<Duration> {
        let _ = (since, wakeup);
        timeout
    }

    /// Whether [`wait`](Clock::wait) depends on [`Wakeup::is_busy`]: then each end of a run wakes it.
    #[doc(hidden)]
    fn is_held_by_runs(&self) -> bool {
        true
    }

    /// Reads the wall clock.
    ///
    /// ```
    /// use punctual::{Clock, SystemClock};
    /// assert!(SystemClock.now() <= SystemClock.now());
    /// ```
    fn now(&self) -> DateTime<Utc> {
        self.read().wall()
    }
}

/// A reading of both clocks of a [`Clock`], taken at the same moment.
///
/// ```
/// use punctual::{Clock, SystemClock};
/// let (first, second) = (SystemClock.read(), SystemClock.read());
/// assert!(first.monotonic() <= second.monotonic() + std::time::Duration::from_millis(1));
/// ```
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Reading {
    wall: Timestamp,
    /// The wall clock minus the monotonic one, in nanoseconds. Constant while time passes; falls when the wall clock is
    /// set back:
    ///
    /// ```text
    /// wall 12:00:00    monotonic  5 s    ahead 11:59:55
    /// wall 11:00:10    monotonic 15 s    ahead 10:59:55    10 s later, set back by an hour
    /// ```
    ahead: i128,
}

impl Reading {
    /// Creates a reading from the wall clock, and from the time that elapsed since an origin of the clock's choice. The
    /// origin must stay the same for the clock's lifetime.
    ///
    /// ```
    /// use std::time::Duration;
    /// let reading = punctual::Reading::new(chrono::DateTime::UNIX_EPOCH, Duration::from_secs(7));
    /// assert_eq!(reading.wall(), chrono::DateTime::UNIX_EPOCH);
    /// assert_eq!(reading.monotonic(), Duration::from_secs(7));
    /// ```
    pub fn new(wall: DateTime<Utc>, monotonic: Duration) -> Self {
        Reading::of(wall.into(), monotonic.as_nanos() as i128)
    }

    /// The wall clock.
    ///
    /// ```
    /// use punctual::{Clock, SystemClock};
    /// assert!(SystemClock.read().wall() > chrono::DateTime::UNIX_EPOCH);
    /// ```
    pub fn wall(&self) -> DateTime<Utc> {
        self.wall.datetime()
    }

    /// The monotonic clock: the time that elapsed since the clock's origin.
    ///
    /// ```
    /// use punctual::{Clock, SystemClock};
    /// let earlier = SystemClock.read().monotonic();
    /// assert!(SystemClock.read().monotonic() + std::time::Duration::from_millis(1) >= earlier);
    /// ```
    pub fn monotonic(&self) -> Duration {
        let passed = self.passed();
        Duration::new((passed / SECOND) as u64, (passed % SECOND) as u32)
    }

    /// [`new`](Self::new) from a timestamp and elapsed nanoseconds.
    fn of(wall: Timestamp, passed: i128) -> Self {
        Reading { wall, ahead: wall.nanos() - passed }
    }

    /// The reading at which the wall clock shows `wall` and is `ahead` nanoseconds ahead of the monotonic one.
    #[inline]
    fn compared(wall: Timestamp, ahead: i64) -> Self {
        Reading { wall, ahead: ahead.into() }
    }

    /// [`monotonic`](Self::monotonic) in nanoseconds.
    #[inline]
    fn passed(&self) -> i128 {
        self.wall.nanos() - self.ahead
    }

    /// The reading after another `by` has elapsed. The wall clock stops at the end of chrono's calendar.
    fn advanced(self, by: Duration) -> Reading {
        let later = self.wall.after(by.as_nanos() as i128);
        let wall = later.min(DateTime::<Utc>::MAX_UTC.into());
        let longest = Duration::MAX.as_nanos() as i128;
        Reading::of(wall, (self.passed() + by.as_nanos() as i128).min(longest))
    }

    /// The wall clock, in the form in which rules compute.
    #[inline]
    pub(crate) fn instant(&self) -> Timestamp {
        self.wall
    }

    /// Whether this reading was taken before `other`, by the monotonic clock.
    #[inline]
    pub(crate) fn is_before(&self, other: &Reading) -> bool {
        self.passed() < other.passed()
    }

    /// The wall clock minus the monotonic one, in nanoseconds.
    #[inline]
    pub(crate) fn ahead(&self) -> i128 {
        self.ahead
    }
}

impl fmt::Debug for Reading {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Reading").field("wall", &self.wall()).field("monotonic", &self.monotonic()).finish()
    }
}

impl<C: Clock + ?Sized> Clock for Arc<C> {
    fn read(&self) -> Reading {
        (**self).read()
    }

    fn wait(&self, since: Reading, timeout: Option<Duration>, wakeup: &Wakeup<'_>) {
        (**self).wait(since, timeout, wakeup);
    }

    fn sleep_for(&self, since: Reading, timeout: Option<Duration>, wakeup: &Wakeup<'_>) -> Option<Duration> {
        (**self).sleep_for(since, timeout, wakeup)
    }
}
