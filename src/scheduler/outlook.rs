//! What an idle poll looks at instead of the registry.

use std::sync::atomic::{AtomicI64, Ordering};

use super::registry::Registry;
use crate::{clock::Reading, instant::Instant};

/// When a poll will have something to do, for who only asks: see [`Registry::next_nanos`] and [`Registry::ahead_nanos`].
///
/// Both numbers are written before the lock of the registry is let go, so who knows of a change sees at least these. One old
/// and one new number do no harm: taken for busy, a poll looks again behind the lock; taken for idle, it is one that came
/// before the change.
pub(super) struct Outlook {
    next: AtomicI64,
    ahead: AtomicI64,
}

impl Outlook {
    pub(super) fn of(registry: &Registry) -> Self {
        Outlook { next: AtomicI64::new(registry.next_nanos()), ahead: AtomicI64::new(registry.ahead_nanos()) }
    }

    #[inline]
    pub(super) fn tell(&self, registry: &Registry) {
        self.next.store(registry.next_nanos(), Ordering::Release);
        self.ahead.store(registry.ahead_nanos(), Ordering::Release);
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
    pub(super) fn next(&self) -> Option<Option<Instant>> {
        match self.next.load(Ordering::Acquire) {
            i64::MAX => Some(None),
            Registry::EARLIER | Registry::LATER => None,
            nanos => Some(Some(Instant::of(nanos.into()))),
        }
    }
}
