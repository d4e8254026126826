//! How long a step is.

use super::Unit;
use crate::timestamp::Timestamp;

/// A step of a fixed length: a number of units of elapsed time.
#[derive(Clone, Copy)]
pub(crate) struct Pace {
    n: u64,
    unit: Unit,
}

impl Pace {
    /// `None` when the length is not fixed, or none at all.
    #[inline]
    pub(crate) fn new(n: u64, unit: Unit) -> Option<Self> {
        unit.nanos().filter(|_| n > 0)?;
        Some(Pace { n, unit })
    }

    /// How many of which unit.
    pub(crate) fn parts(self) -> (u64, Unit) {
        (self.n, self.unit)
    }

    /// The length, in nanoseconds.
    #[inline]
    pub(crate) fn nanos(self) -> i128 {
        i128::from(self.unit.nanos().unwrap_or(1)) * i128::from(self.n)
    }

    /// One step on from `instant`, unless that leaves the calendar.
    #[inline]
    pub(crate) fn step_from(self, instant: Timestamp) -> Option<Timestamp> {
        instant.after(self.nanos()).within_calendar()
    }

    /// The first instant after `now` that is whole steps after `from`.
    #[inline]
    pub(crate) fn next_after(self, from: Timestamp, now: Timestamp) -> Option<Timestamp> {
        let (from, now, step) = (from.nanos(), now.nanos(), self.nanos());
        let first = from + step;
        Timestamp::in_calendar(if first > now { first } else { from + step * steps_to_pass(now - from, step) })
    }
}

/// How many steps exceed a distance. Out of line, because a slot that is in time needs no division.
#[inline(never)]
fn steps_to_pass(distance: i128, step: i128) -> i128 {
    match (u64::try_from(distance), u64::try_from(step)) {
        // Spares a division of 128 bits.
        (Ok(distance), Ok(step)) => i128::from(distance / step) + 1,
        _ => distance / step + 1,
    }
}
