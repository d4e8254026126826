//! Where time comes from: the machine, or a test's own hand.

use std::{
    fmt,
    sync::Arc,
    time::{Duration, Instant},
};

use chrono::{DateTime, TimeDelta, Utc};
use once_cell::sync::Lazy;
use parking_lot::Mutex;

/// Where a scheduler reads the time.
///
/// Two clocks in one: the wall clock says which moment it is and may be set by an administrator; the monotonic clock
/// says how much time has passed and never goes back. A scheduler compares the two to notice that the wall clock was
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
/// assert_eq!((after.wall - before.wall).num_seconds(), 5);
/// assert_eq!(after.monotonic - before.monotonic, Duration::from_secs(5));
/// ```
pub trait Clock: Send + Sync + 'static {
    /// Both clocks, read at one moment.
    fn read(&self) -> Reading;

    /// Lets `duration` pass before it returns.
    ///
    /// [`SystemClock`] blocks the thread; [`ManualClock`] advances itself and returns at once.
    fn sleep(&self, duration: Duration);

    /// The wall clock.
    ///
    /// ```
    /// use punctual::{Clock, SystemClock};
    /// assert!(SystemClock.now() <= SystemClock.now());
    /// ```
    fn now(&self) -> DateTime<Utc> {
        self.read().wall
    }
}

/// What a [`Clock`] shows at one moment.
///
/// ```
/// use punctual::{Clock, SystemClock};
/// let (first, second) = (SystemClock.read(), SystemClock.read());
/// assert!(first.monotonic <= second.monotonic);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reading {
    /// What the wall clock shows.
    pub wall: DateTime<Utc>,
    /// How much time has passed since some moment that stays the same while the clock lives.
    pub monotonic: Duration,
}

impl Reading {
    /// By how much the wall clock was set back between `earlier` and this reading; zero when it was not.
    pub(crate) fn set_back_since(&self, earlier: &Reading) -> TimeDelta {
        let Some(passed) = self.monotonic.checked_sub(earlier.monotonic) else {
            return TimeDelta::zero();
        };
        let passed = TimeDelta::from_std(passed).unwrap_or(TimeDelta::zero());
        (passed - (self.wall - earlier.wall)).max(TimeDelta::zero())
    }
}

impl<C: Clock + ?Sized> Clock for Arc<C> {
    fn read(&self) -> Reading {
        (**self).read()
    }

    fn sleep(&self, duration: Duration) {
        (**self).sleep(duration);
    }
}

/// The machine's clock.
///
/// ```
/// use punctual::{Scheduler, SystemClock};
/// let scheduler = Scheduler::with_clock(SystemClock);
/// assert_eq!(scheduler.run_pending(), 0);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SystemClock;

static ORIGIN: Lazy<Instant> = Lazy::new(Instant::now);

impl SystemClock {
    /// The two clocks are read one after the other; a thread that was suspended in between reads again, so that
    /// the pause does not look like a clock that was set.
    const APART: Duration = Duration::from_millis(1);
    const TRIES: usize = 8;
}

impl Clock for SystemClock {
    fn read(&self) -> Reading {
        let mut monotonic = ORIGIN.elapsed();
        let mut wall = Utc::now();
        for _ in 1..Self::TRIES {
            let again = ORIGIN.elapsed();
            if again.saturating_sub(monotonic) < Self::APART {
                break;
            }
            monotonic = again;
            wall = Utc::now();
        }
        Reading { wall, monotonic }
    }

    fn sleep(&self, duration: Duration) {
        std::thread::sleep(duration);
    }

    fn now(&self) -> DateTime<Utc> {
        Utc::now()
    }
}

/// A clock that moves only when it is told to, so that no test ever sleeps.
///
/// Its clones show the same time.
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
    reading: Arc<Mutex<Reading>>,
}

impl ManualClock {
    /// A clock that shows `now` until it is moved.
    ///
    /// ```
    /// # use chrono::{TimeZone, Utc};
    /// let noon = Utc.with_ymd_and_hms(2024, 1, 10, 12, 0, 0).unwrap();
    /// assert_eq!(punctual::ManualClock::new(noon).now(), noon);
    /// ```
    pub fn new(now: DateTime<Utc>) -> Self {
        let reading = Reading { wall: now, monotonic: Duration::ZERO };
        ManualClock { reading: Arc::new(Mutex::new(reading)) }
    }

    /// What the wall clock shows.
    ///
    /// ```
    /// # use chrono::{TimeZone, Utc};
    /// # let noon = Utc.with_ymd_and_hms(2024, 1, 10, 12, 0, 0).unwrap();
    /// let clock = punctual::ManualClock::new(noon);
    /// assert_eq!(clock.now(), noon);
    /// ```
    pub fn now(&self) -> DateTime<Utc> {
        self.reading.lock().wall
    }

    /// Lets time pass: both clocks move. At the end of chrono's calendar (the year 262142) the wall clock stops.
    ///
    /// ```
    /// # use chrono::{TimeZone, Utc};
    /// # let noon = Utc.with_ymd_and_hms(2024, 1, 10, 12, 0, 0).unwrap();
    /// let clock = punctual::ManualClock::new(noon);
    /// clock.advance(std::time::Duration::from_secs(3600));
    /// assert_eq!(clock.now(), Utc.with_ymd_and_hms(2024, 1, 10, 13, 0, 0).unwrap());
    /// ```
    pub fn advance(&self, duration: Duration) {
        let mut reading = self.reading.lock();
        let later = TimeDelta::from_std(duration).ok().and_then(|delta| reading.wall.checked_add_signed(delta));
        reading.wall = later.unwrap_or(DateTime::<Utc>::MAX_UTC);
        reading.monotonic = reading.monotonic.saturating_add(duration);
    }

    /// Sets the wall clock alone, forward or back, as an administrator would: no time passes.
    ///
    /// ```
    /// # use chrono::{TimeZone, Utc};
    /// use punctual::Clock;
    /// # let noon = Utc.with_ymd_and_hms(2024, 1, 10, 12, 0, 0).unwrap();
    /// let clock = punctual::ManualClock::new(noon);
    /// let before = clock.read().monotonic;
    /// clock.set(Utc.with_ymd_and_hms(2024, 1, 10, 11, 0, 0).unwrap());
    /// assert_eq!(clock.read().monotonic, before);
    /// ```
    pub fn set(&self, now: DateTime<Utc>) {
        self.reading.lock().wall = now;
    }
}

impl Clock for ManualClock {
    fn read(&self) -> Reading {
        *self.reading.lock()
    }

    fn sleep(&self, duration: Duration) {
        self.advance(duration);
    }
}

impl fmt::Debug for ManualClock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ManualClock").field("now", &self.now()).finish()
    }
}
