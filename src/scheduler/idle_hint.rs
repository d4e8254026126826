//! What a poll looks at before it takes the lock.

use std::sync::atomic::{AtomicI64, Ordering};

use super::timekeeper::Timekeeper;
use crate::{
    clock::Reading,
    timestamp::{clamped, Timestamp},
};

/// When the next poll will have something to do, for readers that do not take the lock.
///
/// Both numbers are written before the lock is released. A reader may see one old and one new value: it then either takes
/// the lock needlessly, or is ordered before the change.
///
/// It has cache lines of its own. Otherwise threads that only ask would keep taking the registry's from those that work.
#[repr(align(128))]
pub(super) struct IdleHint {
    /// The next slot in nanoseconds since the Unix epoch, or one of the codes below.
    next: AtomicI64,
    /// How far the wall clock is ahead of the monotonic one, in nanoseconds, as far as `i64` can tell.
    ahead: AtomicI64,
}

impl IdleHint {
    /// No slot is scheduled.
    const NOTHING: i64 = i64::MAX;
    /// The next slot is later than `i64` can tell.
    const LATER: i64 = i64::MAX - 1;
    /// The next slot is earlier than `i64` can tell.
    const EARLIER: i64 = i64::MIN;

    pub(super) fn new(ahead: i128) -> Self {
        IdleHint { next: AtomicI64::new(Self::NOTHING), ahead: AtomicI64::new(clamped(ahead)) }
    }

    /// Publishes the next slot of all jobs. To be called with the lock held.
    #[inline]
    pub(super) fn publish_next(&self, next: Option<Timestamp>) {
        let next = next.map_or(Self::NOTHING, |next| next.unix_nanos().min(Self::LATER));
        // A store takes the cache line from all readers.
        if self.next.load(Ordering::Relaxed) != next {
            self.next.store(next, Ordering::Release);
        }
    }

    /// Publishes how far the wall clock is ahead of the monotonic one. To be called with the lock held.
    pub(super) fn publish_ahead(&self, ahead: i128) {
        self.ahead.store(clamped(ahead), Ordering::Release);
    }

    /// Whether nothing is due at this reading, and the wall clock was not set.
    #[inline]
    pub(super) fn is_idle(&self, reading: &Reading) -> bool {
        reading.instant().nanos() < self.next.load(Ordering::Acquire).into() && !self.was_set(reading)
    }

    /// Whether the wall clock was set since the scheduler last read it, or is so far from the monotonic one that `i64` cannot
    /// tell.
    #[inline]
    pub(super) fn was_set(&self, reading: &Reading) -> bool {
        let ahead = i128::from(self.ahead.load(Ordering::Acquire));
        (reading.ahead() - ahead).unsigned_abs() > Timekeeper::TOLERANCE.unsigned_abs().into()
    }

    /// The next slot, if there is one; `None` if the registry has to be asked.
    pub(super) fn next(&self) -> Option<Option<Timestamp>> {
        match self.next.load(Ordering::Acquire) {
            Self::NOTHING => Some(None),
            Self::EARLIER | Self::LATER => None,
            nanos => Some(Some(Timestamp::of(nanos.into()))),
        }
    }
}
