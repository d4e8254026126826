//! What a poll reads before it takes the lock.

use std::sync::atomic::{AtomicI64, Ordering};

use super::timekeeper::Timekeeper;
use crate::{
    clock::Reading,
    timestamp::{clamped, Timestamp},
};

/// When the next poll has something to do, for readers that do not take the lock.
///
/// The numbers are stored before the lock is released. A reader may load one old and one new value. It then finds
/// itself either busy, and looks again under the lock, or idle, which is the answer of a poll just before the change.
///
/// It has cache lines of its own. Otherwise each poll of one thread would take the line of the registry's lock from the
/// thread that holds it.
#[repr(align(128))]
pub(super) struct IdleHint {
    /// When the next poll has something to do: at the next slot, or earlier, to look at the machine's zone.
    busy_at: AtomicI64,
    /// The next slot in nanoseconds since the Unix epoch, or one of the codes below.
    next: AtomicI64,
    /// How far the wall clock is ahead of the monotonic one, in nanoseconds, clamped to an `i64`.
    ahead: AtomicI64,
}

impl IdleHint {
    /// No slot is scheduled.
    const NOTHING: i64 = i64::MAX;
    /// The next slot is later than an `i64` can say.
    const LATER: i64 = i64::MAX - 1;
    /// The next slot is earlier than an `i64` can say.
    const EARLIER: i64 = i64::MIN;

    pub(super) fn new(ahead: i128) -> Self {
        let nothing = || AtomicI64::new(Self::NOTHING);
        IdleHint { busy_at: nothing(), next: nothing(), ahead: AtomicI64::new(clamped(ahead)) }
    }

    /// Publishes the next slot of all jobs, and when to look at the machine's zone, in nanoseconds since the Unix
    /// epoch. Call this with the lock held.
    #[inline]
    pub(super) fn publish_next(&self, next: Option<Timestamp>, look_at: i64) {
        let next = next.map_or(Self::NOTHING, |next| next.unix_nanos().min(Self::LATER));
        // A store takes the cache line from all readers, and most releases of the lock change no slot. A plain load is
        // enough, because only the thread that holds the lock stores.
        if self.next.load(Ordering::Relaxed) != next {
            self.next.store(next, Ordering::Release);
            self.busy_at.store(next.min(look_at), Ordering::Release);
        }
    }

    /// [`publish_next`](Self::publish_next) if it changed when to look at the machine's zone. The next slot may be the
    /// same.
    #[cold]
    pub(super) fn publish_look(&self, look_at: i64) {
        self.busy_at.store(self.next.load(Ordering::Relaxed).min(look_at), Ordering::Release);
    }

    /// Publishes how far the wall clock is ahead of the monotonic one. Call this with the lock held.
    pub(super) fn publish_ahead(&self, ahead: i128) {
        self.ahead.store(clamped(ahead), Ordering::Release);
    }

    /// Whether nothing is due at this reading, and the wall clock was not set. Errs on the side of `false`.
    #[inline]
    pub(super) fn is_idle(&self, reading: &Reading) -> bool {
        // A slot beyond `i64` is published as a code at the end of its range, which compares as it should.
        reading.instant().nanos() < self.busy_at.load(Ordering::Acquire).into() && !self.was_set(reading)
    }

    /// Whether the wall clock was set since the scheduler last looked, or the distance of the clocks is beyond an
    /// `i64`.
    #[inline]
    pub(super) fn was_set(&self, reading: &Reading) -> bool {
        let ahead = i128::from(self.ahead.load(Ordering::Acquire));
        (reading.ahead() - ahead).unsigned_abs() > Timekeeper::TOLERANCE.unsigned_abs().into()
    }

    /// The next slot of all jobs, if any; `None` if only the registry knows.
    pub(super) fn next(&self) -> Option<Option<Timestamp>> {
        match self.next.load(Ordering::Acquire) {
            Self::NOTHING => Some(None),
            Self::EARLIER | Self::LATER => None,
            nanos => Some(Some(Timestamp::of(nanos.into()))),
        }
    }
}
