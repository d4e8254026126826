//! Every so much elapsed time.

use std::fmt;

use chrono::TimeDelta;

use super::{Trigger, Unit};
use crate::instant::Instant;

/// A grid of instants that are the same length apart. It begins one step after `from`, the last slot that was used or the
/// moment from which the rule counts.
#[derive(Clone)]
pub(crate) struct Interval {
    n: u64,
    from: Instant,
    unit: Unit,
}

impl Interval {
    /// `None` when the first slot lies outside the calendar, or the length is none at all.
    pub(crate) fn new(from: Instant, n: u64, unit: Unit) -> Option<Self> {
        unit.nanos().filter(|_| n > 0)?;
        let rule = Interval { n, from, unit };
        rule.first().within_calendar()?;
        Some(rule)
    }

    /// The same grid with one slot more, before all others.
    pub(crate) fn with_start(mut self) -> Self {
        self.from = self.from.after(-self.step());
        self
    }

    /// The moment before the first slot: no slot is at or before it.
    pub(crate) fn from(&self) -> Instant {
        self.from
    }

    /// Uses up `slot` and finds the next one after `now`, which is not before it.
    #[inline]
    pub(crate) fn use_up(&mut self, slot: Instant, now: Instant) -> Option<Instant> {
        self.served(slot);
        self.next_after(now)
    }

    /// Takes note that a slot was used: the grid, left where it is, counts from it.
    #[inline]
    pub(crate) fn served(&mut self, slot: Instant) {
        self.from = self.from.max(slot);
    }

    pub(crate) fn set_back(&mut self, by: TimeDelta) {
        self.from = self.from - by;
    }

    /// The first slot, which lies in the calendar.
    #[inline]
    pub(crate) fn first(&self) -> Instant {
        self.from.after(self.step())
    }

    /// In nanoseconds.
    #[inline]
    fn step(&self) -> i128 {
        i128::from(self.unit.nanos().unwrap_or(1)) * i128::from(self.n)
    }
}

impl Trigger for Interval {
    #[inline]
    fn next_after(&self, instant: Instant) -> Option<Instant> {
        let (from, now, step) = (self.from.nanos(), instant.nanos(), self.step());
        let first = from + step;
        Instant::in_calendar(if first > now { first } else { from + ((now - from) / step + 1) * step })
    }

    fn restart(&mut self, slot: Instant, length: u64) {
        self.from = slot;
        self.n = length;
    }

    fn describe(&self, range: Option<(u64, u64)>, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.unit.describe(self.n, range, f)
    }
}
