//! The machine's clock.

use std::{
    sync::atomic::{AtomicI64, Ordering},
    time::{self, Duration, SystemTime},
};

use chrono::{DateTime, Utc};
use once_cell::sync::Lazy;

use super::{Clock, Reading};
use crate::{
    timestamp::{clamped, Timestamp},
    wake::Wakeup,
};

/// The machine's clock.
///
/// ```
/// use punctual::{Scheduler, SystemClock};
/// let scheduler = Scheduler::with_clock(SystemClock);
/// assert_eq!(scheduler.run_pending(), 0);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SystemClock;

/// The origin of the monotonic clock: its first use in this process.
static ORIGIN: Lazy<time::Instant> = Lazy::new(time::Instant::now);

/// [`Reading::ahead`] at the last careful reading. Only a hint, hence `Relaxed`: a reading that differs is taken again,
/// with care.
static AHEAD: AtomicI64 = AtomicI64::new(0);

impl SystemClock {
    /// The tolerance between two clocks that are read one after the other, in nanoseconds.
    ///
    /// If the thread is suspended between the two, the wall clock seems to have been set:
    ///
    /// ```text
    /// monotonic read    -- suspended for 40 ms --    wall read       looks like a jump forward by 40 ms,
    /// monotonic read    wall read                                    and this one like a set-back by 40 ms
    /// ```
    ///
    /// So a reading that differs from the last by more than the tolerance is taken again, until the two clocks were
    /// read within the tolerance. What differs then is a clock that really was set.
    const APART: i64 = 100_000;

    /// The attempts at a careful reading. On a machine so busy that all of them are interrupted, the last one is used.
    const TRIES: usize = 8;

    /// The longest wait without a look at the clock: while waiting, the machine may be suspended and its clock may be
    /// set.
    const LONGEST_WAIT: Duration = Duration::from_secs(60);

    #[cold]
    fn read_with_care() -> Reading {
        let (origin, mut tries) = (*ORIGIN, 1..Self::TRIES);
        loop {
            // The wall clock is read between two looks at the monotonic one, which show how long that took.
            let (before, wall, after) = (origin.elapsed(), SystemTime::now(), origin.elapsed());
            if after - before < Duration::from_nanos(Self::APART as u64) || tries.next().is_none() {
                let reading = Reading::of(wall.into(), before.as_nanos() as i128);
                AHEAD.store(clamped(reading.ahead()), Ordering::Relaxed);
                return reading;
            }
        }
    }
}

impl Clock for SystemClock {
    #[inline]
    fn read(&self) -> Reading {
        let monotonic = ORIGIN.elapsed();
        let reading = Reading::of(SystemTime::now().into(), monotonic.as_nanos() as i128);
        // Read without care first: almost every reading agrees with the last, and then two look-ups are enough.
        let moved = clamped(reading.ahead()).wrapping_sub(AHEAD.load(Ordering::Relaxed));
        if moved.unsigned_abs() < Self::APART as u64 {
            reading
        } else {
            Self::read_with_care()
        }
    }

    fn wait(&self, _: Reading, timeout: Option<Duration>, wakeup: &Wakeup<'_>) {
        let timeout = timeout.map_or(Self::LONGEST_WAIT, |timeout| timeout.min(Self::LONGEST_WAIT));
        wakeup.wait(Some(timeout));
    }

    fn now(&self) -> DateTime<Utc> {
        Timestamp::from(SystemTime::now()).datetime()
    }
}
