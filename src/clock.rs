//! Where time comes from: the machine, or a test's own hand.

use std::{
    fmt,
    sync::{
        atomic::{AtomicI64, Ordering},
        Arc,
    },
    time::{self, Duration, SystemTime},
};

use chrono::{DateTime, Utc};
use once_cell::sync::Lazy;
use parking_lot::Mutex;

use crate::{
    instant::{clamped, Instant, SECOND},
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

    /// Lets `duration` pass before it returns.
    ///
    /// [`SystemClock`] blocks the thread; [`ManualClock`] advances itself and returns at once.
    fn sleep(&self, duration: Duration);

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
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reading {
    wall: Instant,
    /// In nanoseconds.
    monotonic: i128,
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
        Reading { wall: wall.into(), monotonic: monotonic.as_nanos() as i128 }
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
        let (seconds, nanos) = (self.monotonic / SECOND, self.monotonic % SECOND);
        Duration::new(seconds as u64, nanos as u32)
    }

    /// What the clocks show when so much more time has passed; the wall clock stops at the end of chrono's calendar.
    fn advanced(self, by: Duration) -> Reading {
        let later = self.wall.after(by.as_nanos() as i128);
        let wall = later.min(DateTime::<Utc>::MAX_UTC.into());
        let longest = Duration::MAX.as_nanos() as i128;
        Reading { wall, monotonic: (self.monotonic + by.as_nanos() as i128).min(longest) }
    }

    /// The wall clock, as the rules count.
    #[inline]
    pub(crate) fn instant(&self) -> Instant {
        self.wall
    }

    /// Whether this reading was taken before another.
    #[inline]
    pub(crate) fn is_before(&self, other: &Reading) -> bool {
        self.monotonic < other.monotonic
    }

    /// How far the wall clock is ahead of the monotonic one: falls when the wall clock is set back.
    #[inline]
    fn ahead(&self) -> i128 {
        self.wall.nanos() - self.monotonic
    }

    /// [`ahead`](Self::ahead), as far as `i64` can tell.
    #[inline]
    pub(crate) fn ahead_nanos(&self) -> i64 {
        clamped(self.ahead())
    }

    /// By how much the wall clock was set back between `earlier` and this reading, in nanoseconds; not above zero when it
    /// was not.
    pub(crate) fn set_back_since(&self, earlier: &Reading) -> i128 {
        earlier.ahead() - self.ahead()
    }
}

impl<C: Clock + ?Sized> Clock for Arc<C> {
    fn read(&self) -> Reading {
        (**self).read()
    }

    fn sleep(&self, duration: Duration) {
        (**self).sleep(duration);
    }

    fn wait(&self, since: Reading, timeout: Option<Duration>, wakeup: &Wakeup<'_>) {
        (**self).wait(since, timeout, wakeup);
    }
}

/// The machine's clock.
///
/// In a tight loop it reads one clock and not two: for a millisecond after both were read, the wall clock alone is, and
/// tells what the monotonic clock shows. A wall clock that is set in that time is noticed up to 1 ms later; until then the
/// [monotonic](Reading::monotonic) part of a reading moves with it, and may step back by up to 1 ms.
///
/// ```
/// use punctual::{Scheduler, SystemClock};
/// let scheduler = Scheduler::with_clock(SystemClock);
/// assert_eq!(scheduler.run_pending(), 0);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SystemClock;

static ORIGIN: Lazy<time::Instant> = Lazy::new(time::Instant::now);

/// The last time that both of the machine's clocks were read: how far the wall clock was ahead, and when it showed what.
static AHEAD: AtomicI64 = AtomicI64::new(0);
static READ_AT: AtomicI64 = AtomicI64::new(i64::MIN);

impl SystemClock {
    /// For so long, in nanoseconds, the wall clock tells what the monotonic clock shows: a poll in a tight loop reads one
    /// clock, not two. A wall clock that is set in that time is noticed so much later.
    const TRUSTED: i64 = 1_000_000;

    /// The two clocks are read one after the other; a thread that was suspended in between reads again, so that the pause
    /// does not look like a clock that was set.
    const APART: Duration = Duration::from_micros(100);
    const TRIES: usize = 8;

    /// No wait is longer: a machine may have been asleep, and its clock may have been set.
    const LONGEST_WAIT: Duration = Duration::from_secs(60);

    fn wall() -> Instant {
        match SystemTime::now().duration_since(SystemTime::UNIX_EPOCH) {
            Ok(since) => Instant::new(i64::try_from(since.as_secs()).unwrap_or(i64::MAX), since.subsec_nanos()),
            Err(before) => {
                let nanos = i128::try_from(before.duration().as_nanos()).unwrap_or(i128::MAX);
                Instant::UNIX_EPOCH.after(-nanos)
            }
        }
    }

    fn read_both() -> Reading {
        let mut monotonic = ORIGIN.elapsed();
        let mut wall = Self::wall();
        for _ in 1..Self::TRIES {
            let again = ORIGIN.elapsed();
            if again.saturating_sub(monotonic) < Self::APART {
                break;
            }
            monotonic = again;
            wall = Self::wall();
        }
        let reading = Reading { wall, monotonic: monotonic.as_nanos() as i128 };
        READ_AT.store(i64::MIN, Ordering::Release);
        AHEAD.store(reading.ahead_nanos(), Ordering::Release);
        READ_AT.store(reading.wall.unix_nanos(), Ordering::Release);
        reading
    }
}

impl Clock for SystemClock {
    fn read(&self) -> Reading {
        let read_at = READ_AT.load(Ordering::Acquire);
        let ahead = AHEAD.load(Ordering::Acquire);
        let wall = Self::wall();
        let nanos = wall.unix_nanos();
        let passed = nanos.wrapping_sub(read_at);
        if nanos < i64::MAX && (0..Self::TRUSTED).contains(&passed) && READ_AT.load(Ordering::Acquire) == read_at {
            return Reading { wall, monotonic: nanos.wrapping_sub(ahead).max(0).into() };
        }
        Self::read_both()
    }

    fn sleep(&self, duration: Duration) {
        std::thread::sleep(duration);
    }

    fn wait(&self, _: Reading, timeout: Option<Duration>, wakeup: &Wakeup<'_>) {
        let timeout = timeout.map_or(Self::LONGEST_WAIT, |timeout| timeout.min(Self::LONGEST_WAIT));
        wakeup.wait(Some(timeout));
    }

    fn now(&self) -> DateTime<Utc> {
        Self::wall().datetime()
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
    /// The wall clock, and how much time has passed.
    shows: Arc<Mutex<Reading>>,
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
        ManualClock { shows: Arc::new(Mutex::new(Reading::new(now, Duration::ZERO))) }
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
        self.shows.lock().wall()
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
        let mut shows = self.shows.lock();
        *shows = shows.advanced(duration);
    }

    /// Sets the wall clock alone, forward or back, as an administrator would: no time passes.
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
        self.shows.lock().wall = now.into();
    }
}

impl Clock for ManualClock {
    fn read(&self) -> Reading {
        *self.shows.lock()
    }

    fn sleep(&self, duration: Duration) {
        self.advance(duration);
    }

    /// Advances at once to the end of the wait, unless another loop has done so or something has happened already.
    ///
    /// Time stands still while bodies run on the workers or in another loop: this really waits for them. It does so too
    /// when nothing is scheduled, for then time has nowhere to go.
    fn wait(&self, since: Reading, timeout: Option<Duration>, wakeup: &Wakeup<'_>) {
        let Some(timeout) = timeout.filter(|_| !wakeup.is_busy()) else { return wakeup.wait(None) };
        if !wakeup.is_woken() {
            let end = since.monotonic().saturating_add(timeout);
            let mut shows = self.shows.lock();
            let rest = end.saturating_sub(shows.monotonic());
            *shows = shows.advanced(rest);
        }
    }
}

impl fmt::Debug for ManualClock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ManualClock").field("now", &self.now()).finish()
    }
}
