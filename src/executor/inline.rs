//! Runs a body in the thread that asks.

use std::panic::{catch_unwind, AssertUnwindSafe};

use crate::{
    job::{Body, Context},
    journal::note,
    outcome::Outcome,
};

/// Runs a body to its end; an error and a panic are outcomes like any other.
pub(crate) fn run(body: &mut dyn Body, context: &Context<'_>) -> Outcome {
    catch_unwind(AssertUnwindSafe(|| body.call(context))).unwrap_or_else(|payload| {
        let outcome = Outcome::from_panic(payload.as_ref());
        drop_quietly(payload);
        outcome
    })
}

/// Drops a value of the user's, whose `Drop` may panic.
pub(crate) fn drop_quietly<T>(value: T) {
    if let Err(payload) = catch_unwind(AssertUnwindSafe(|| drop(value))) {
        note!(Error, "a value panicked while it was dropped: {:?}", Outcome::from_panic(payload.as_ref()));
        std::mem::forget(payload);
    }
}
