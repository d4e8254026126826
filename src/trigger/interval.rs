//! Every so much elapsed time.

use std::fmt;

use chrono::TimeDelta;

use super::{Pace, Trigger, Unit};
use crate::timestamp::Timestamp;

/// A grid of instants that are the same length apart. It begins one step after `from`, the last slot that was used or the
/// moment from which the rule counts.
pub(crate) struct Interval {
    pace: Pace,
    from: Timestamp,
}

impl Interval {
    /// `None` when the first slot lies outside the calendar, or the length is none at all.
    pub(crate) fn new(from: Timestamp, n: u64, unit: Unit) -> Option<Self> {
        let pace = Pace::new(n, unit)?;
        pace.step_from(from)?;
        Some(Interval { pace, from })
    }

    /// The grid whose first slot is `first`.
    pub(crate) fn up_to(first: Timestamp, pace: Pace) -> Self {
        Interval { pace, from: first.after(-pace.nanos()) }
    }

    /// The same grid with one slot more, before all others.
    pub(crate) fn with_start(self) -> Self {
        Interval::up_to(self.from, self.pace)
    }

    /// The moment before the first slot: no slot is at or before it.
    pub(crate) fn from(&self) -> Timestamp {
        self.from
    }

    /// Takes note that a slot was used: the grid, left where it is, counts from it.
    pub(crate) fn served(&mut self, slot: Timestamp) {
        self.from = self.from.max(slot);
    }

    pub(crate) fn set_back(&mut self, by: TimeDelta) {
        self.from = self.from - by;
    }
}

impl Trigger for Interval {
    fn next_after(&self, instant: Timestamp) -> Option<Timestamp> {
        self.pace.next_after(self.from, instant)
    }

    fn restart(&mut self, slot: Timestamp, length: u64) {
        self.from = slot;
        self.pace = self.pace.restarted(length);
    }

    fn describe(&self, range: Option<(u64, u64)>, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.pace.describe(range, f)
    }
}
