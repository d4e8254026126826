//! Where time comes from: the machine, or a test's own hand.

mod manual;
mod system;

use std::{fmt, sync::Arc, time::Duration};

use chrono::{DateTime, Utc};

pub use self::{manual::ManualClock, system::SystemClock};
use crate::{
    timestamp::{Timestamp, SECOND},
    wake::Wakeup,
};

/// Where a scheduler reads the time.
///
/// Two clocks in one: the wall clock says which moment it is and may be set by an administrator; the monotonic clock
/// says how much time has passed, and is not set with it. A scheduler compares the two to notice that the wall clock was
/// set back.
///
/// A scheduler reads its clock while it holds its own lock, so a clock must not call the scheduler.
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
    /// Both clocks, read at one moment.
    fn read(&self) -> Reading;

    /// Waits until `timeout` has passed since the clocks showed `since`, or without end where there is no timeout; returns
    /// before that time when it is woken. It may also return early for no reason: who waits looks at the clock again.
    ///
    /// This is how the loops of a scheduler wait: see [`run_forever`](crate::Scheduler::run_forever).
    fn wait(&self, since: Reading, timeout: Option<Duration>, wakeup: &Wakeup<'_>);

    /// The wall clock.
    ///
    /// ```
    /// use punctual::{Clock, SystemClock};
    /// assert!(SystemClock.now() <= SystemClock.now());
    /// ```
    fn now(&self) -> DateTime<Utc> {
        self.read().wall()
    }
}

/// What a [`Clock`] shows at one moment.
///
/// ```
/// use punctual::{Clock, SystemClock};
/// let (first, second) = (SystemClock.read(), SystemClock.read());
/// assert!(first.monotonic() <= second.monotonic());
/// ```
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Reading {
    wall: Timestamp,
    /// How far the wall clock is ahead of the monotonic one, in nanoseconds: falls when the wall clock is set back.
    ahead: i128,
}

impl Reading {
    /// What the wall clock shows, and how much time has passed since some moment that stays the same while the clock
    /// lives.
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

    /// What the wall clock shows.
    ///
    /// ```
    /// use punctual::{Clock, SystemClock};
    /// assert!(SystemClock.read().wall() > chrono::DateTime::UNIX_EPOCH);
    /// ```
    pub fn wall(&self) -> DateTime<Utc> {
        self.wall.datetime()
    }

    /// How much time has passed.
    ///
    /// ```
    /// use punctual::{Clock, SystemClock};
    /// let earlier = SystemClock.read().monotonic();
    /// assert!(SystemClock.read().monotonic() >= earlier);
    /// ```
    pub fn monotonic(&self) -> Duration {
        let passed = self.passed();
        Duration::new((passed / SECOND) as u64, (passed % SECOND) as u32)
    }

    /// What the wall clock shows, and how many nanoseconds have passed.
    fn of(wall: Timestamp, passed: i128) -> Self {
        Reading { wall, ahead: wall.nanos() - passed }
    }

    /// [`monotonic`](Self::monotonic) in nanoseconds.
    #[inline]
    fn passed(&self) -> i128 {
        self.wall.nanos() - self.ahead
    }

    /// What the clocks show when so much more time has passed; the wall clock stops at the end of chrono's calendar.
    fn advanced(self, by: Duration) -> Reading {
        let later = self.wall.after(by.as_nanos() as i128);
        let wall = later.min(DateTime::<Utc>::MAX_UTC.into());
        let longest = Duration::MAX.as_nanos() as i128;
        Reading::of(wall, (self.passed() + by.as_nanos() as i128).min(longest))
    }

    /// The wall clock, as the rules count.
    #[inline]
    pub(crate) fn instant(&self) -> Timestamp {
        self.wall
    }

    /// Whether this reading was taken before another.
    #[inline]
    pub(crate) fn is_before(&self, other: &Reading) -> bool {
        self.passed() < other.passed()
    }

    /// How far the wall clock is ahead of the monotonic one, in nanoseconds.
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
}
