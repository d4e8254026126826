//! How two clocks compared when both were last read, told from thread to thread without a lock.

use std::sync::atomic::{AtomicI64, Ordering};

/// What the wall clock showed when both clocks were read, and how far it was ahead of the other: in nanoseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Compared {
    pub(super) at: i64,
    pub(super) ahead: i64,
}

/// The last [`Compared`] of all threads, whose two numbers are of one reading.
///
/// Who writes claims it first. Who comes when it is claimed, or was written since it looked, writes nothing: its own reading
/// may be the older one.
pub(super) struct Comparison {
    at: AtomicI64,
    ahead: AtomicI64,
}

impl Comparison {
    /// In the place of a time of zero or later: nothing was written yet.
    const NONE: i64 = i64::MIN;

    /// And: claimed.
    const BUSY: i64 = i64::MIN + 1;

    pub(super) const fn new() -> Self {
        Comparison { at: AtomicI64::new(Self::NONE), ahead: AtomicI64::new(0) }
    }

    /// What was last written, if that [is](Self::is) still what is there. Its time is out of reach where there is none.
    #[inline]
    pub(super) fn look(&self) -> Compared {
        let at = self.at.load(Ordering::Acquire);
        Compared { at, ahead: self.ahead.load(Ordering::Acquire) }
    }

    /// Whether nobody has written, or begun to, since `seen` was looked up.
    #[inline]
    pub(super) fn is(&self, seen: &Compared) -> bool {
        self.at.load(Ordering::Acquire) == seen.at
    }

    /// Writes, unless somebody else has since `seen` was looked up, or is about to.
    pub(super) fn replace(&self, seen: &Compared, by: Compared) {
        if seen.at == Self::BUSY {
            return;
        }
        if self.at.compare_exchange(seen.at, Self::BUSY, Ordering::Acquire, Ordering::Relaxed).is_ok() {
            self.ahead.store(by.ahead, Ordering::Release);
            self.at.store(by.at, Ordering::Release);
        }
    }
}
