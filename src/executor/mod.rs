//! Where a body runs: in the thread that polls, or in a pool of workers.

mod line;
mod pool;
mod pools;

pub(crate) use self::{line::Turn, pool::Pool, pools::Pools};
use crate::{
    job::{Body, Call},
    observe::RunSpan,
    outcome::Outcome,
    unwind,
};

/// Calls a body in this thread, inside of a span. An error and a panic are outcomes like any other.
#[inline]
pub(crate) fn call(body: &mut dyn Body, call: &Call<'_>, span: &RunSpan) -> Outcome {
    match unwind::catch(|| span.in_scope(|| body.call(call))) {
        Ok(outcome) => outcome,
        Err(message) => Outcome::Panicked(message),
    }
}
