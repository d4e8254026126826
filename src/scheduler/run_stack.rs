//! The runs that this thread is inside of.

use std::cell::{Cell, RefCell};

use super::Core;
use crate::id::JobId;

/// A run whose body a thread is calling: the address of its scheduler, and the job.
type Frame = (usize, JobId);

/// No scheduler has this address.
const NOT_INSIDE: Frame = (0, JobId(0));

thread_local! {
    /// The innermost run. Apart from the others, so that entering a run that is inside of no other, which is usual,
    /// does not touch a vector.
    static CURRENT: Cell<Frame> = const { Cell::new(NOT_INSIDE) };
    /// The runs around that one. There are some only if a body polls, or runs another job by hand.
    static OUTER: RefCell<Vec<Frame>> = const { RefCell::new(Vec::new()) };
}

#[cfg(feature = "tokio")]
thread_local! {
    /// The async run whose body is being polled.
    static TASK: Cell<Frame> = const { Cell::new(NOT_INSIDE) };
}

/// A run whose body this thread is calling, for as long as this exists.
///
/// A thread can be inside of several runs at a time, also of different schedulers, because a body may poll. It matters
/// twice:
///
/// - `run_now` in a body must not run the body's own job: [`contains`].
/// - A loop in a body, such as `run_until_empty`, waits until no run is in progress, except those it is inside of: they
///   cannot end before the loop does. [`depth`].
pub(super) struct InsideRun {
    outer: Frame,
}

impl InsideRun {
    #[inline]
    pub(super) fn enter(core: &Core, job: JobId) -> Self {
        let outer = CURRENT.replace((address(core), job));
        // Nested runs end in the reverse order, so a stack is enough.
        if outer != NOT_INSIDE {
            OUTER.with_borrow_mut(|frames| frames.push(outer));
        }
        InsideRun { outer }
    }
}

/// An async run whose body this thread is polling, for as long as this exists. Apart from the runs that it calls: what a
/// body awaits does not keep the thread.
#[cfg(feature = "tokio")]
pub(super) struct InsideTask {
    outer: Frame,
}

#[cfg(feature = "tokio")]
impl InsideTask {
    #[inline]
    pub(super) fn enter(core: &Core, job: JobId) -> Self {
        InsideTask { outer: TASK.replace((address(core), job)) }
    }
}

#[cfg(feature = "tokio")]
impl Drop for InsideTask {
    #[inline]
    fn drop(&mut self) {
        TASK.set(self.outer);
    }
}

/// The number of runs of this scheduler that what this thread polls is inside of; of one job, if it is given.
#[cfg(feature = "tokio")]
pub(super) fn depth_in_task(core: &Core, of: Option<JobId>) -> u64 {
    let (scheduler, job) = TASK.get();
    let is_of = scheduler == address(core) && of.is_none_or(|of| of == job);
    u64::from(is_of) + of.map_or_else(|| depth(core), |of| count(core, of))
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

/// Whether this thread is inside of a run of this job.
pub(super) fn contains(core: &Core, job: JobId) -> bool {
    let frame = (address(core), job);
    CURRENT.get() == frame || OUTER.with_borrow(|frames| frames.contains(&frame))
}

/// The number of runs of this job that the thread is inside of.
pub(super) fn count(core: &Core, job: JobId) -> u64 {
    let frame = (address(core), job);
    let outer = OUTER.with_borrow(|frames| frames.iter().filter(|other| **other == frame).count());
    outer as u64 + u64::from(CURRENT.get() == frame)
}

/// The number of runs of this scheduler that the thread is inside of.
pub(super) fn depth(core: &Core) -> u64 {
    let is_of = |(scheduler, _): &Frame| *scheduler == address(core);
    let outer = OUTER.with_borrow(|frames| frames.iter().filter(|frame| is_of(frame)).count());
    outer as u64 + u64::from(is_of(&CURRENT.get()))
}

/// The identity of a scheduler. An address will do: the caller of a body holds an `Arc` of the core meanwhile.
fn address(core: &Core) -> usize {
    core as *const Core as usize
}
