//! Which bodies this thread is inside of.

use std::cell::RefCell;

use super::Inner;
use crate::job::{JobId, Place};

thread_local! {
    static BODIES: RefCell<Vec<(usize, JobId)>> = const { RefCell::new(Vec::new()) };
}

/// This thread runs a body until this is dropped: no job runs inside itself, not even one of which several instances may
/// run at a time.
pub(super) struct Inside;

impl Inside {
    pub(super) fn of(inner: &Inner, job: Place) -> Self {
        BODIES.with(|bodies| bodies.borrow_mut().push(key(inner, job)));
        Inside
    }

    pub(super) fn is(inner: &Inner, job: Place) -> bool {
        BODIES.with(|bodies| bodies.borrow().contains(&key(inner, job)))
    }

    /// How many bodies of one scheduler this thread is inside of.
    pub(super) fn depth(inner: &Inner) -> u64 {
        let scheduler = inner as *const Inner as usize;
        BODIES.with(|bodies| bodies.borrow().iter().filter(|(of, _)| *of == scheduler).count() as u64)
    }
}

impl Drop for Inside {
    fn drop(&mut self) {
        BODIES.with(|bodies| bodies.borrow_mut().pop());
    }
}

/// A job of one scheduler among all: while it runs, the scheduler stays where it is.
fn key(inner: &Inner, job: Place) -> (usize, JobId) {
    (inner as *const Inner as usize, job.id)
}
