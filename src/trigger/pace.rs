//! How long a step is.

use std::fmt;

use super::Unit;
use crate::instant::Instant;

/// A step of a fixed length: so many of a unit of elapsed time.
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

    /// The same unit, another number.
    pub(super) fn restarted(self, n: u64) -> Self {
        Pace { n, ..self }
    }

    /// The length, in nanoseconds.
    #[inline]
    pub(crate) fn nanos(self) -> i128 {
        i128::from(self.unit.nanos().unwrap_or(1)) * i128::from(self.n)
    }

    /// One step on from `instant`, unless that leaves the calendar.
    #[inline]
    pub(crate) fn step_from(self, instant: Instant) -> Option<Instant> {
        instant.after(self.nanos()).within_calendar()
    }

    /// The first instant after `now` that lies whole steps behind `from`.
    #[inline]
    pub(crate) fn next_after(self, from: Instant, now: Instant) -> Option<Instant> {
        let first = from.nanos() + self.nanos();
        if first > now.nanos() {
            return Instant::in_calendar(first);
        }
        self.next_after_late(from, now)
    }

    /// [`next_after`](Self::next_after), where a step or more has passed.
    #[inline(never)]
    fn next_after_late(self, from: Instant, now: Instant) -> Option<Instant> {
        let (from, now, step) = (from.nanos(), now.nanos(), self.nanos());
        Instant::in_calendar(from + ((now - from) / step + 1) * step)
    }

    /// Writes `every 3 hours`; see [`Unit::describe`].
    pub(crate) fn describe(self, range: Option<(u64, u64)>, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.unit.describe(self.n, range, f)
    }
}
