use std::sync::{
    atomic::{AtomicU32, AtomicUsize, Ordering},
    Arc,
};

/// Records which jobs ran, in which order.
pub(super) struct Roll {
    called: AtomicUsize,
    jobs: Box<[AtomicU32]>,
}

impl Roll {
    pub(super) fn new(jobs: usize) -> Arc<Self> {
        let jobs = (0..jobs).map(|_| AtomicU32::new(0)).collect();
        Arc::new(Roll { called: AtomicUsize::new(0), jobs })
    }

    /// A body that records its job. Only one thread polls, so plain loads and stores are enough.
    pub(super) fn body(self: &Arc<Self>, job: usize) -> impl FnMut() + Send + 'static {
        let roll = Arc::clone(self);
        let job = job as u32;
        move || {
            let called = roll.called.load(Ordering::Relaxed);
            roll.jobs[called].store(job, Ordering::Relaxed);
            roll.called.store(called + 1, Ordering::Relaxed);
        }
    }

    /// Checks that the expected jobs ran, and clears the record.
    pub(super) fn close(&self, expected: impl ExactSizeIterator<Item = u32>) {
        let called = self.called.swap(0, Ordering::Relaxed);
        assert_eq!(called, expected.len(), "the number of runs");
        let ran = self.jobs[..called].iter().map(|job| job.load(Ordering::Relaxed));
        assert!(ran.eq(expected), "the jobs ran out of order");
    }
}
