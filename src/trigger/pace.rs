//! Steps of elapsed time.

use super::Unit;
use crate::timestamp::Timestamp;

/// A step of a fixed length: a number of units of elapsed time.
#[derive(Clone, Copy)]
pub(crate) struct Pace {
    n: u64,
    unit: Unit,
}

impl Pace {
    /// `None` if the unit has no fixed length, or `n` is zero.
    #[inline]
    pub(crate) fn new(n: u64, unit: Unit) -> Option<Self> {
        unit.nanos().filter(|_| n > 0)?;
        Some(Pace { n, unit })
    }

    /// The number and the unit.
    pub(crate) fn parts(self) -> (u64, Unit) {
        (self.n, self.unit)
    }

    /// The length, in nanoseconds.
    #[inline]
    pub(crate) fn nanos(self) -> i128 {
        i128::from(self.unit.nanos().unwrap_or(1)) * i128::from(self.n)
    }

    /// The instant one step after `instant`; `None` if it is outside the calendar.
    #[inline]
    pub(crate) fn step_from(self, instant: Timestamp) -> Option<Timestamp> {
        instant.after(self.nanos()).within_calendar()
    }

    /// The first instant after `now` that is a whole number of steps, at least one, after `from`.
    ///
    /// Steps are counted from `from`, not from `now`, so a late poll does not move the grid: every 10 seconds from :00,
    /// asked at :47, gives :50.
    #[inline]
    pub(crate) fn next_after(self, from: Timestamp, now: Timestamp) -> Option<Timestamp> {
        let (from, now, step) = (from.nanos(), now.nanos(), self.nanos());
        // In time, the next slot is one step on. Only a late run needs the division.
        let first = from + step;
        Timestamp::in_calendar(if first > now { first } else { from + step * steps_to_pass(now - from, step) })
    }
}

/// The least number of steps that together exceed a distance. Out of line, because a run in time needs no division.
#[inline(never)]
fn steps_to_pass(distance: i128, step: i128) -> i128 {
    match (u64::try_from(distance), u64::try_from(step)) {
        // 64 bits suffice up to 584 years, and divide faster than 128.
        (Ok(distance), Ok(step)) => i128::from(distance / step) + 1,
        _ => distance / step + 1,
    }
}
