//! Every so much elapsed time.

use std::fmt;

use chrono::{DateTime, TimeDelta, Utc};

use super::{delta, nanos, within_calendar, Trigger, Unit};

/// A grid of instants that are the same length apart: its anchor is the first.
#[derive(Clone)]
pub(crate) struct Interval {
    anchor: DateTime<Utc>,
    step: TimeDelta,
    unit: Unit,
}

impl Interval {
    /// `None` when the length does not fit the calendar, or is no length at all.
    pub(crate) fn new(anchor: DateTime<Utc>, n: u64, unit: Unit) -> Option<Self> {
        let step = unit.elapsed(n).filter(|step| *step > TimeDelta::zero())?;
        within_calendar(anchor.checked_add_signed(step)?)?;
        Some(Interval { anchor, step, unit })
    }

    /// The same grid without its first slot.
    pub(crate) fn without_first(mut self) -> Option<Self> {
        self.anchor = self.anchor.checked_add_signed(self.step).and_then(within_calendar)?;
        Some(self)
    }

    pub(crate) fn served(&mut self, slot: DateTime<Utc>) {
        self.anchor = self.anchor.max(slot);
    }

    pub(crate) fn set_back(&mut self, by: TimeDelta) {
        self.anchor = self.anchor.checked_sub_signed(by).unwrap_or(self.anchor);
    }
}

impl Trigger for Interval {
    fn next_after(&self, instant: DateTime<Utc>) -> Option<DateTime<Utc>> {
        if instant < self.anchor {
            return Some(self.anchor);
        }
        let next = self.anchor.checked_add_signed(self.step)?;
        if next > instant {
            return within_calendar(next);
        }
        let step = nanos(self.step);
        let missed = nanos(instant - self.anchor) / step;
        let ahead = delta((missed + 1).checked_mul(step)?)?;
        within_calendar(self.anchor.checked_add_signed(ahead)?)
    }

    fn restart(&mut self, slot: DateTime<Utc>, length: u64) {
        self.anchor = slot;
        self.step = self.unit.elapsed(length).unwrap_or(self.step);
    }

    fn describe(&self, range: Option<(u64, u64)>, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let one = self.unit.elapsed(1).map_or(1, nanos);
        let n = u64::try_from(nanos(self.step) / one).unwrap_or(u64::MAX);
        self.unit.describe(n, range, f)
    }
}
