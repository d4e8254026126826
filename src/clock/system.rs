//! The machine's clock.

use std::time::{self, Duration, SystemTime};

use chrono::{DateTime, Utc};
use once_cell::sync::Lazy;

use super::{
    comparison::{Compared, Comparison},
    Clock, Reading,
};
use crate::{
    timestamp::{nanos_since_epoch, Timestamp},
    wake::Wakeup,
};

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

/// The last time that both of the machine's clocks were read, by any thread.
static COMPARISON: Comparison = Comparison::new();

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

    /// Reads the two clocks, and tells the other threads unless one of them has read both since `seen`.
    #[cold]
    fn read_both(seen: &Compared) -> Reading {
        let (origin, mut tries) = (*ORIGIN, 1..Self::TRIES);
        let (monotonic, wall) = loop {
            let (before, wall, after) = (origin.elapsed(), SystemTime::now(), origin.elapsed());
            if after.saturating_sub(before) < Self::APART || tries.next().is_none() {
                break (before, wall);
            }
        };
        let reading = Reading::of(wall.into(), monotonic.as_nanos() as i128);
        if let Some(at) = nanos_since_epoch(wall) {
            COMPARISON.replace(seen, Compared { at, ahead: reading.ahead_nanos() });
        }
        reading
    }
}

impl Clock for SystemClock {
    fn read(&self) -> Reading {
        let seen = COMPARISON.look();
        match nanos_since_epoch(SystemTime::now()) {
            Some(at) if (0..Self::TRUSTED).contains(&at.wrapping_sub(seen.at)) && COMPARISON.is(&seen) => {
                Reading { wall: Timestamp::of(at.into()), ahead: seen.ahead.into() }
            }
            _ => Self::read_both(&seen),
        }
    }

    fn sleep(&self, duration: Duration) {
        std::thread::sleep(duration);
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

    #[test]
    fn who_was_overtaken_in_comparing_the_clocks_tells_nothing() {
        let comparison = Comparison::new();
        let (early, late) = (Compared { at: 10, ahead: 1 }, Compared { at: 20, ahead: 2 });
        let seen = comparison.look();
        comparison.replace(&seen, late);
        comparison.replace(&seen, early);
        assert_eq!(comparison.look(), late);
        assert!(comparison.is(&late) && !comparison.is(&seen));
    }
}
