//! What an idle poll looks at instead of the registry.

use std::sync::atomic::{AtomicI64, Ordering};

use super::registry::Registry;
use crate::{clock::Reading, timestamp::Timestamp};

/// When a poll will have something to do, for who only asks: see [`Registry::next_nanos`] and [`Registry::ahead_nanos`].
///
/// Both numbers are written before the lock of the registry is let go, so who knows of a change sees at least these. One old
/// and one new number do no harm: taken for busy, a poll looks again behind the lock; taken for idle, it is one that came
/// before the change.
///
/// It has cache lines of its own, or who only asks would take those of the registry from who works with it.
#[repr(align(128))]
pub(super) struct Outlook {
    next: AtomicI64,
    ahead: AtomicI64,
}

impl Outlook {
    pub(super) fn of(registry: &Registry) -> Self {
        Outlook { next: AtomicI64::new(registry.next_nanos()), ahead: AtomicI64::new(registry.ahead_nanos()) }
    }

    /// To be called by who holds the lock.
    #[inline]
    pub(super) fn tell(&self, registry: &Registry) {
        tell(&self.next, registry.next_nanos());
        tell(&self.ahead, registry.ahead_nanos());
    }

    /// Whether nothing is due when the clocks show this, and the wall clock was not set.
    pub(super) fn is_idle(&self, reading: &Reading) -> bool {
        reading.instant().nanos() < self.next.load(Ordering::Acquire).into() && !self.was_set(reading)
    }

    /// Whether the wall clock was set since the registry last read it, or is so far from the monotonic one that `i64` cannot
    /// tell.
    pub(super) fn was_set(&self, reading: &Reading) -> bool {
        let ahead = i128::from(self.ahead.load(Ordering::Acquire));
        (reading.ahead() - ahead).unsigned_abs() > Registry::TOLERANCE.unsigned_abs().into()
    }

    /// The first slot of all jobs, if there is one; `None` where the registry has to be asked.
    pub(super) fn next(&self) -> Option<Option<Timestamp>> {
        match self.next.load(Ordering::Acquire) {
            i64::MAX => Some(None),
            Registry::EARLIER | Registry::LATER => None,
            nanos => Some(Some(Timestamp::of(nanos.into()))),
        }
    }
}

/// Writes a number, if it is new: a write takes the memory from the caches of all who read.
#[inline]
fn tell(number: &AtomicI64, value: i64) {
    if number.load(Ordering::Relaxed) != value {
        number.store(value, Ordering::Release);
    }
}
