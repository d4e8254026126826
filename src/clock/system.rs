//! The machine's clock.

use std::{
    sync::atomic::{AtomicBool, AtomicI64, Ordering},
    time::{self, Duration, SystemTime},
};

use chrono::{DateTime, Utc};
use once_cell::sync::Lazy;

use super::{Clock, Reading};
use crate::{timestamp::Timestamp, wake::Wakeup};

/// The machine's clock.
///
/// The two clocks are compared once a millisecond, and in between only the wall clock is read. So the monotonic clock
/// of a [`Reading`] is exact to a tenth of a millisecond.
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

/// What the last comparison of the two clocks showed.
///
/// A reader needs both numbers of one comparison, and must not wait. So `wall` is [`NONE`](Compared::NONE) while they
/// change, and a reader that does not find it the same before and after compares for itself.
struct Compared {
    /// The wall clock, in nanoseconds since the Unix epoch.
    wall: AtomicI64,
    /// [`Reading::ahead`].
    ahead: AtomicI64,
    /// Whether a thread is storing a comparison.
    is_busy: AtomicBool,
}

static COMPARED: Compared =
    Compared { wall: AtomicI64::new(Compared::NONE), ahead: AtomicI64::new(0), is_busy: AtomicBool::new(false) };

impl Compared {
    const NONE: i64 = i64::MIN;

    #[inline]
    fn load(&self) -> (i64, i64) {
        let wall = self.wall.load(Ordering::Acquire);
        let ahead = self.ahead.load(Ordering::Acquire);
        let is_whole = self.wall.load(Ordering::Acquire) == wall;
        (if is_whole { wall } else { Self::NONE }, ahead)
    }

    fn store(&self, wall: i64, ahead: i64) {
        // If another thread is storing, its comparison will do.
        if !self.is_busy.swap(true, Ordering::Acquire) {
            self.wall.store(Self::NONE, Ordering::Release);
            self.ahead.store(ahead, Ordering::Release);
            self.wall.store(wall, Ordering::Release);
            self.is_busy.store(false, Ordering::Release);
        }
    }
}

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

    /// How long a comparison of the two clocks is good for, in nanoseconds. Within this time the wall clock alone is
    /// read: if it was set meanwhile, and shows a time within this one, the next comparison shows it.
    ///
    /// A pass reads the clock after each body, and most bodies take less. The first reading after a pause is a
    /// comparison.
    const GOOD_FOR: i64 = 1_000_000;

    /// The attempts at a careful reading. On a machine so busy that all of them are interrupted, the last one is used.
    const TRIES: usize = 8;

    /// The longest wait without a look at the clock: while waiting, the machine may be suspended and its clock may be
    /// set.
    const LONGEST_WAIT: Duration = Duration::from_secs(60);

    /// Compares the two clocks. The wall clock showed `wall` just now, and was `ahead` before.
    #[inline(never)]
    fn compare(wall: Timestamp, ahead: i64) -> Reading {
        let moved = Reading::of(wall, ORIGIN.elapsed().as_nanos() as i128).ahead() - i128::from(ahead);
        // Almost every comparison agrees with the last. It is that one which is kept, so that small differences add up.
        let reading = if moved.unsigned_abs() < Self::APART as u128 {
            Reading::compared(wall, ahead)
        } else {
            Self::read_with_care()
        };
        // In the years that 64 bits can hold. Outside of them every reading is taken with care.
        if let (Ok(wall), Ok(ahead)) = (i64::try_from(reading.instant().nanos()), i64::try_from(reading.ahead())) {
            COMPARED.store(wall, ahead);
        }
        reading
    }

    #[cold]
    fn read_with_care() -> Reading {
        let (origin, mut tries) = (*ORIGIN, 1..Self::TRIES);
        loop {
            // The wall clock is read between two looks at the monotonic one, which show how long that took.
            let (before, wall, after) = (origin.elapsed(), SystemTime::now(), origin.elapsed());
            if after - before < Duration::from_nanos(Self::APART as u64) || tries.next().is_none() {
                return Reading::of(wall.into(), before.as_nanos() as i128);
            }
        }
    }
}

impl Clock for SystemClock {
    fn is_held_by_runs(&self) -> bool {
        false
    }

    #[inline]
    fn read(&self) -> Reading {
        let (compared, ahead) = COMPARED.load();
        let wall = Timestamp::from(SystemTime::now());
        // As unsigned: a wall clock that shows less than at the comparison was set back.
        let since = wall.unix_nanos().wrapping_sub(compared);
        if (since as u64) < Self::GOOD_FOR as u64 {
            Reading::compared(wall, ahead)
        } else {
            Self::compare(wall, ahead)
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

#[cfg(test)]
mod tests {
    use super::*;

    /// Real time, because it is about the real clock: some readings compare the two clocks, and most do not.
    #[test]
    fn the_monotonic_clock_goes_back_by_no_more_than_the_tolerance() {
        let read = || {
            let mut last = SystemClock.read();
            for _ in 0..100_000 {
                let next = SystemClock.read();
                let (earlier, later) = (last.monotonic(), next.monotonic());
                assert!(earlier <= later + Duration::from_micros(100), "{earlier:?}, then {later:?}");
                last = next;
            }
        };
        std::thread::scope(|scope| (0..2).for_each(|_| drop(scope.spawn(read))));
    }
}
