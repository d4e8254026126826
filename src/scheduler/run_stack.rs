//! Which runs this thread is inside of.

use std::cell::{Cell, RefCell};

use super::Core;
use crate::id::JobId;

/// A run whose body a thread is calling: the address of its scheduler, and the job.
type Frame = (usize, JobId);

/// No scheduler has this address.
const NOT_INSIDE: Frame = (0, JobId(0));

thread_local! {
    /// The innermost run. It is apart from the others so that a run that is inside of no other is quick to enter.
    static CURRENT: Cell<Frame> = const { Cell::new(NOT_INSIDE) };
    static OUTER: RefCell<Vec<Frame>> = const { RefCell::new(Vec::new()) };
}

/// While this exists, the thread is inside of a run.
///
/// Being inside is a property of the run: whoever calls a body enters its run, for as long as the call takes. It keeps a job
/// from running inside itself, and a loop in a body from waiting for that very body.
pub(super) struct InsideRun {
    outer: Frame,
}

impl InsideRun {
    #[inline]
    pub(super) fn enter(core: &Core, job: JobId) -> Self {
        let outer = CURRENT.replace((address(core), job));
        if outer != NOT_INSIDE {
            OUTER.with_borrow_mut(|frames| frames.push(outer));
        }
        InsideRun { outer }
    }
}

impl Drop for InsideRun {
    #[inline]
    fn drop(&mut self) {
        if self.outer != NOT_INSIDE {
            OUTER.with_borrow_mut(|frames| frames.pop());
        }
        CURRENT.set(self.outer);
    }
}

/// Whether this thread is inside of a run of the job.
pub(super) fn contains(core: &Core, job: JobId) -> bool {
    let frame = (address(core), job);
    CURRENT.get() == frame || OUTER.with_borrow(|frames| frames.contains(&frame))
}

/// How many runs of the scheduler this thread is inside of.
pub(super) fn depth(core: &Core) -> u64 {
    let is_of = |(scheduler, _): &Frame| *scheduler == address(core);
    let outer = OUTER.with_borrow(|frames| frames.iter().filter(|frame| is_of(frame)).count());
    outer as u64 + u64::from(is_of(&CURRENT.get()))
}

/// What tells one scheduler from another: while one of its bodies runs, its core stays where it is.
fn address(core: &Core) -> usize {
    core as *const Core as usize
}
