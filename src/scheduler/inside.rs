//! Which bodies this thread is inside of.

use std::cell::RefCell;

use super::Inner;
use crate::job::JobId;

/// A scheduler whose bodies a thread runs one after the other, and which it is at.
type Around = (usize, Option<JobId>);

thread_local! {
    static AROUND: RefCell<Vec<Around>> = const { RefCell::new(Vec::new()) };
}

/// This thread runs bodies of a scheduler until this is dropped: no job runs inside itself, not even one of which several
/// instances may run at a time.
pub(super) struct Inside;

impl Inside {
    pub(super) fn of(inner: &Inner) -> Self {
        AROUND.with(|around| around.borrow_mut().push((key(inner), None)));
        Inside
    }

    /// From now on the thread is at this body; or behind it, but not yet at the next.
    #[inline]
    pub(super) fn at(&self, job: Option<JobId>) {
        AROUND.with(|around| {
            if let Some((_, at)) = around.borrow_mut().last_mut() {
                *at = job;
            }
        });
    }

    pub(super) fn is(inner: &Inner, job: JobId) -> bool {
        AROUND.with(|around| around.borrow().contains(&(key(inner), Some(job))))
    }

    /// How many bodies of one scheduler this thread is inside of.
    pub(super) fn depth(inner: &Inner) -> u64 {
        let is_of = |(scheduler, at): &&Around| *scheduler == key(inner) && at.is_some();
        AROUND.with(|around| around.borrow().iter().filter(is_of).count() as u64)
    }
}

impl Drop for Inside {
    fn drop(&mut self) {
        AROUND.with(|around| around.borrow_mut().pop());
    }
}

/// A scheduler among all: while it runs a body, it stays where it is.
fn key(inner: &Inner) -> usize {
    inner as *const Inner as usize
}
