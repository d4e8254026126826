//! Catching panics of user code.

use std::{
    any::Any,
    panic::{catch_unwind, AssertUnwindSafe},
};

use crate::log_line::log_line;

/// Calls user code. A panic becomes an `Err` with its message.
#[inline]
pub(crate) fn catch<T>(f: impl FnOnce() -> T) -> Result<T, String> {
    catch_unwind(AssertUnwindSafe(f)).map_err(message)
}

/// The message of a panic. Drops the payload.
#[cold]
fn message(payload: Box<dyn Any + Send>) -> String {
    let text = text(payload.as_ref());
    drop_quietly(payload);
    text
}

/// Drops a value of a user's type. A panic of its `Drop` is logged.
pub(crate) fn drop_quietly<T>(value: T) {
    if let Err(payload) = catch_unwind(AssertUnwindSafe(|| drop(value))) {
        let text = text(payload.as_ref());
        log_line!(Error, "a value panicked while it was dropped: {text}");
        // Dropping the payload may panic again.
        std::mem::forget(payload);
    }
}

fn text(payload: &(dyn Any + Send)) -> String {
    let text = payload.downcast_ref::<&str>().copied();
    text.or_else(|| payload.downcast_ref::<String>().map(String::as_str)).unwrap_or("a panic without a text").to_owned()
}
