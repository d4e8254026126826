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

static ORIGIN: Lazy<time::Instant> = Lazy::new(time::Instant::now);

/// How far the wall clock was ahead of the monotonic one at the last careful reading. Only a hint: a reading that differs is
/// taken again with care.
static AHEAD: AtomicI64 = AtomicI64::new(0);

impl SystemClock {
    /// The two clocks are read one after the other. If the thread was suspended in between, the clocks seem to have moved apart:
    /// a reading that differs by more than this from the last, in nanoseconds, is taken again until the clocks were read that
    /// close together, so that the pause does not look like a clock that was set.
    const APART: i64 = 100_000;
    const TRIES: usize = 8;

    /// No wait is longer: the machine may have been suspended, and its clock may have been set.
    const LONGEST_WAIT: Duration = Duration::from_secs(60);

    #[cold]
    fn read_with_care() -> Reading {
        let (origin, mut tries) = (*ORIGIN, 1..Self::TRIES);
        loop {
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
