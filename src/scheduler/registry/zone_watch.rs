//! When to look whether the machine's zone still has the same rules.

use crate::timestamp::Timestamp;

/// Which rules of the machine's zone the slots in the queue were found by, and when to look for others.
///
/// A pass that has something due looks before it claims a slot. Otherwise a poll looks every half a minute, so that a
/// change is noticed within a minute even if the next slot is months away.
#[derive(Clone)]
pub(crate) struct ZoneWatch {
    /// The number of registered jobs whose slots depend on the rules.
    jobs: usize,
    /// The generation of the rules by which all their slots were found, or [`MIXED`](Self::MIXED).
    generation: u64,
    /// When to look next, in nanoseconds since the Unix epoch; `i64::MAX` without jobs.
    look_at: i64,
    /// Whether that has changed and is not published.
    is_moved: bool,
    looked_at: Timestamp,
}

impl ZoneWatch {
    /// A generation that never was: the next look finds that the rules are others.
    const MIXED: u64 = u64::MAX;

    /// The time between two looks, in nanoseconds.
    const EVERY: i128 = 30_000_000_000;

    pub(super) const fn new() -> Self {
        ZoneWatch { jobs: 0, generation: 0, look_at: i64::MAX, is_moved: false, looked_at: Timestamp::UNIX_EPOCH }
    }

    /// Counts a job whose slot was found by the rules of this generation.
    pub(super) fn begin(&mut self, generation: u64) {
        self.jobs += 1;
        if self.jobs == 1 {
            self.generation = generation;
        } else if self.generation == generation {
            return;
        } else {
            self.generation = Self::MIXED;
        }
        self.look_soon();
    }

    /// Counts a job less.
    pub(super) fn end(&mut self) {
        self.jobs -= 1;
        if self.jobs == 0 {
            (self.look_at, self.is_moved) = (i64::MAX, true);
        }
    }

    /// Makes the next poll look. After the wall clock was set back, what was half a minute ahead may be an hour ahead.
    pub(super) fn look_soon(&mut self) {
        if self.jobs > 0 {
            (self.look_at, self.is_moved) = (i64::MIN, true);
        }
    }

    /// Whether there is a job whose slots depend on the rules.
    #[inline]
    pub(crate) fn is_wanted(&self) -> bool {
        self.jobs > 0
    }

    /// Whether there is such a job, and the last look was not about now.
    pub(crate) fn is_wanted_again(&self, now: Timestamp) -> bool {
        self.is_wanted() && (now.nanos() - self.looked_at.nanos()).unsigned_abs() > 1_000_000_000
    }

    /// When to look next, in nanoseconds since the Unix epoch.
    #[inline]
    pub(crate) fn look_at(&self) -> i64 {
        self.look_at
    }

    /// Whether [`look_at`](Self::look_at) has changed since it was last published.
    #[inline]
    pub(crate) fn is_moved(&self) -> bool {
        self.is_moved
    }

    /// Takes note that [`look_at`](Self::look_at) is published; returns it.
    pub(crate) fn settle(&mut self) -> i64 {
        self.is_moved = false;
        self.look_at
    }

    /// Takes note that the rules are of this generation now. Returns whether they are others.
    pub(crate) fn is_changed_to(&mut self, generation: u64, now: Timestamp) -> bool {
        (self.looked_at, self.is_moved) = (now, true);
        self.look_at = now.after(Self::EVERY).unix_nanos().min(i64::MAX - 1);
        std::mem::replace(&mut self.generation, generation) != generation
    }
}
