//! What time a scheduler takes it to be, and whether the wall clock was set.

use chrono::TimeDelta;

use crate::{
    clock::Reading,
    timestamp::{delta_of, Timestamp},
};

/// The last reading of the clocks, by any thread, and how far the wall clock was ahead of the monotonic one then. When it
/// is less far ahead later, the wall clock was set back.
pub(crate) struct Timekeeper {
    read: Reading,
    /// In nanoseconds. The readings may seem to be ahead by a little less.
    ahead: i128,
}

impl Timekeeper {
    /// How far two clocks, read one after the other, may seem to drift apart, in nanoseconds.
    pub(super) const TOLERANCE: i64 = 2_000_000;

    pub(super) fn new(read: Reading) -> Self {
        Timekeeper { read, ahead: read.ahead() }
    }

    /// What the wall clock showed when it was last read.
    #[inline]
    pub(crate) fn now(&self) -> Timestamp {
        self.read.instant()
    }

    /// How far ahead of the monotonic clock the wall clock is taken to be, in nanoseconds.
    #[inline]
    pub(super) fn ahead(&self) -> i128 {
        self.ahead
    }

    /// Whether the wall clock is where it is taken to be, or within the tolerance; if so, notes the reading.
    #[inline]
    pub(super) fn agrees(&mut self, reading: &Reading) -> bool {
        let agrees = (0..=Self::TOLERANCE.into()).contains(&(self.ahead - reading.ahead()));
        if agrees && !reading.is_before(&self.read) {
            self.read = *reading;
        }
        agrees
    }

    /// Whether `reading` may be older than the last one that was noted. Two readings with the same monotonic time and
    /// different wall times could have been taken in either order.
    pub(super) fn may_predate_last(&self, reading: &Reading) -> bool {
        reading.is_before(&self.read) || (!self.read.is_before(reading) && *reading != self.read)
    }

    /// Notes a reading; returns by how much the wall clock was set back. An older reading than the last changes nothing.
    pub(super) fn note(&mut self, reading: Reading) -> Option<TimeDelta> {
        if reading.is_before(&self.read) {
            return None;
        }
        self.read = reading;
        let back = self.ahead - reading.ahead();
        if !(1..=Self::TOLERANCE.into()).contains(&back) {
            self.ahead = reading.ahead();
        }
        Self::beyond_tolerance(back)
    }

    /// By how much the wall clock was set back since `reading`.
    #[inline]
    pub(super) fn set_back_since(&self, reading: &Reading) -> Option<TimeDelta> {
        Self::beyond_tolerance(reading.ahead() - self.ahead)
    }

    #[inline]
    fn beyond_tolerance(back: i128) -> Option<TimeDelta> {
        (back > Self::TOLERANCE.into()).then(|| delta_of(back).unwrap_or(TimeDelta::MAX))
    }
}
