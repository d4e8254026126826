//! Which runs are cancelled, and who waits for that.

use std::{
    collections::BTreeSet,
    sync::atomic::{AtomicU64, AtomicUsize, Ordering},
};
#[cfg(feature = "tokio")]
use std::{
    collections::{hash_map::Entry, HashMap},
    sync::Arc,
};

use parking_lot::Mutex;

use crate::{id::RunId, run::RunRecord};

/// The runs that are cancelled. A shutdown cancels all runs up to a number: runs are numbered in the order in which
/// they are made, so one number is enough, and a run costs nothing. A time limit cancels one attempt, until its body
/// returns.
#[derive(Default)]
pub(crate) struct Cancelled {
    last: AtomicU64,
    /// The last run whose task is dropped, because its time to end is over.
    #[cfg(feature = "tokio")]
    dropped: AtomicU64,
    late: Mutex<BTreeSet<(RunId, u32)>>,
    /// Their number, which is enough to answer most calls.
    count: AtomicUsize,
    /// Notified when runs are cancelled.
    #[cfg(feature = "tokio")]
    changed: tokio::sync::Notify,
    /// The attempts that somebody waits for to be cancelled. What is noted here stays when the attempt ends.
    #[cfg(feature = "tokio")]
    awaited: Mutex<HashMap<(RunId, u32), Awaited>>,
}

/// An attempt that somebody waits for to be cancelled.
#[cfg(feature = "tokio")]
#[derive(Default)]
struct Awaited {
    waiters: usize,
    is_cancelled: bool,
}

/// A wait until an attempt is cancelled, from before it is first polled.
#[cfg(feature = "tokio")]
pub(crate) struct UntilCancelled {
    cancelled: Arc<Cancelled>,
    run: RunRecord,
}

#[cfg(feature = "tokio")]
impl UntilCancelled {
    pub(crate) async fn wait(self) {
        loop {
            // Before the look: it is notified from here on, even before it is polled.
            let change = self.cancelled.changed.notified();
            let is_noted =
                || self.cancelled.awaited.lock().get(&self.key()).is_some_and(|awaited| awaited.is_cancelled);
            if self.cancelled.is_shut_down(self.run.id) || is_noted() {
                return;
            }
            change.await;
        }
    }

    fn key(&self) -> (RunId, u32) {
        (self.run.id, self.run.attempt)
    }
}

#[cfg(feature = "tokio")]
impl Drop for UntilCancelled {
    fn drop(&mut self) {
        if let Entry::Occupied(mut entry) = self.cancelled.awaited.lock().entry(self.key()) {
            entry.get_mut().waiters -= 1;
            if entry.get().waiters == 0 {
                entry.remove();
            }
        }
    }
}

impl Cancelled {
    /// Cancels all runs up to `last`. Call this with the lock held.
    pub(super) fn set(&self, last: RunId) {
        self.last.store(last.0, Ordering::Release);
    }

    /// Notes that the tasks of all runs up to `last` are dropped, those included that are not known yet.
    #[cfg(feature = "tokio")]
    pub(super) fn drop_up_to(&self, last: RunId) {
        self.dropped.fetch_max(last.0, Ordering::AcqRel);
    }

    /// Whether the task of an attempt is to be dropped. Ask this with the lock held.
    #[cfg(feature = "tokio")]
    pub(super) fn is_dropped(&self, run: &RunRecord) -> bool {
        run.id.0 <= self.dropped.load(Ordering::Acquire) || self.is_late(run)
    }

    /// Wakes the bodies that wait to be cancelled. Call this without the lock: their wakers are foreign code.
    pub(super) fn notify(&self) {
        #[cfg(feature = "tokio")]
        self.changed.notify_waiters();
    }

    /// Begins to wait until an attempt is cancelled.
    #[cfg(feature = "tokio")]
    pub(crate) fn until(self: &Arc<Self>, run: RunRecord) -> UntilCancelled {
        let mut awaited = self.awaited.lock();
        let attempt = awaited.entry((run.id, run.attempt)).or_default();
        attempt.waiters += 1;
        // With the lock held, which `add` takes after it has cancelled the attempt.
        attempt.is_cancelled |= self.contains(&run);
        drop(awaited);
        UntilCancelled { cancelled: Arc::clone(self), run }
    }

    /// Whether a shutdown has cancelled a run.
    pub(super) fn is_shut_down(&self, run: RunId) -> bool {
        run.0 <= self.last.load(Ordering::Acquire)
    }

    pub(super) fn contains(&self, run: &RunRecord) -> bool {
        self.is_shut_down(run.id) || self.is_late(run)
    }

    fn is_late(&self, run: &RunRecord) -> bool {
        self.count.load(Ordering::Acquire) > 0 && self.late.lock().contains(&(run.id, run.attempt))
    }

    /// Cancels an attempt.
    pub(super) fn add(&self, run: &RunRecord) {
        let mut late = self.late.lock();
        late.insert((run.id, run.attempt));
        self.count.store(late.len(), Ordering::Release);
        drop(late);
        #[cfg(feature = "tokio")]
        if let Some(awaited) = self.awaited.lock().get_mut(&(run.id, run.attempt)) {
            awaited.is_cancelled = true;
        }
    }

    /// Forgets an attempt that has ended.
    pub(super) fn remove(&self, run: &RunRecord) {
        let mut late = self.late.lock();
        late.remove(&(run.id, run.attempt));
        self.count.store(late.len(), Ordering::Release);
    }
}
