//! The time as the scheduler last read it, and whether the wall clock was set since.

use std::time::Duration;

use chrono::TimeDelta;

use crate::{
    clock::Reading,
    timestamp::{delta_of, Timestamp},
};

/// The last reading of the clocks by any thread, and how far the wall clock was ahead of the monotonic clock.
///
/// Both clocks advance at the same rate, so the distance changes only if the wall clock is set:
///
/// ```text
/// wall clock   12:00   12:10   12:20 | 11:30   11:40      set back by an hour, ten minutes later
/// monotonic      0:00    0:10    0:20 |   0:30    0:40
/// ahead        12:00   12:00   12:00 | 11:00   11:00      less: set back; more: a jump forward
/// ```
///
/// The two are read one after the other, so the distance of any two readings differs by a little. Less than
/// [`TOLERANCE`](Self::TOLERANCE) is no set-back.
///
/// Elapsed time is the monotonic clock plus the most that the wall clock has ever been ahead of it. So it never goes
/// back, a jump forward is time passed (the machine may have been asleep), and one that undoes a set-back is not:
///
/// ```text
/// ahead          12:00 | 11:00 | 11:30 | 12:15
/// most           12:00   12:00   12:00   12:15
/// elapsed time               -       -   15 min    passed in addition to the monotonic clock
/// jobs follow             -1 h  +30 min  +30 min   so that lengths keep what is left of them
/// ```
///
/// A set-back may be undone after any time: nothing tells a correction from a machine that was asleep. What the clock
/// was set back by and has not regained is therefore not counted when the machine is suspended later.
pub(crate) struct Timekeeper {
    read: Reading,
    /// In nanoseconds: the most that was seen since the clock was last set, not the last that was seen. A clock that is
    /// set back by 1.5 ms and once more by 1.5 ms is within the tolerance of its last reading each time, but not of
    /// this.
    ahead: i128,
    /// The most that was ever seen.
    most: i128,
    /// How far the jobs have followed the wall clock back, in nanoseconds. Differs from `most - ahead` by less than the
    /// tolerance.
    followed: i128,
}

impl Timekeeper {
    /// How much the distance of two clocks that are read one after the other may fall without a set-back, in
    /// nanoseconds.
    pub(super) const TOLERANCE: i64 = 2_000_000;

    pub(super) fn new(read: Reading) -> Self {
        Timekeeper { read, ahead: read.ahead(), most: read.ahead(), followed: 0 }
    }

    /// The wall time of the last reading.
    #[inline]
    pub(crate) fn now(&self) -> Timestamp {
        self.read.instant()
    }

    /// The monotonic time of the last reading.
    pub(crate) fn monotonic(&self) -> Duration {
        self.read.monotonic()
    }

    /// How far the wall clock is ahead of the monotonic clock, in nanoseconds.
    #[inline]
    pub(super) fn ahead(&self) -> i128 {
        self.ahead
    }

    /// Whether the wall clock was not set, as far as this reading shows. If so, notes the reading.
    #[inline]
    pub(super) fn agrees(&mut self, reading: &Reading) -> bool {
        // A rise of any size is no agreement: `note` has to raise `ahead`, or it would hide a later fall of the same
        // size.
        let fall = self.ahead - reading.ahead();
        let agrees = fall == 0 || (1..=Self::TOLERANCE.into()).contains(&fall);
        if agrees && !reading.is_before(&self.read) {
            self.read = *reading;
        }
        agrees
    }

    /// Whether `reading` may be older than the last one that was noted. Two readings with the same monotonic time and
    /// different wall times may have been taken in either order: a manual clock that is set has such readings.
    pub(super) fn may_predate_last(&self, reading: &Reading) -> bool {
        reading.is_before(&self.read) || (!self.read.is_before(reading) && *reading != self.read)
    }

    /// Notes a reading. Returns by how much the jobs are to follow the wall clock back; negative if a set-back was
    /// undone. A reading older than the last has no effect.
    pub(super) fn note(&mut self, reading: Reading) -> Option<TimeDelta> {
        if reading.is_before(&self.read) {
            return None;
        }
        self.read = reading;
        let back = self.ahead - reading.ahead();
        // A fall within the tolerance does not lower `ahead`, so that small set-backs add up until they are noticed.
        if !(1..=Self::TOLERANCE.into()).contains(&back) {
            self.ahead = reading.ahead();
        }
        self.most = self.most.max(self.ahead);
        let rest = self.most - self.ahead - self.followed;
        if rest.abs() <= Self::TOLERANCE.into() {
            return None;
        }
        self.followed += rest;
        Some(Self::delta(rest))
    }

    /// By how much the wall clock was set back between `reading` and the last one that was noted.
    #[inline]
    pub(super) fn set_back_since(&self, reading: &Reading) -> Option<TimeDelta> {
        let back = reading.ahead() - self.ahead;
        (back > Self::TOLERANCE.into()).then(|| Self::delta(back))
    }

    fn delta(nanos: i128) -> TimeDelta {
        delta_of(nanos).unwrap_or(if nanos < 0 { TimeDelta::MIN } else { TimeDelta::MAX })
    }
}
