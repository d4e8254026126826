//! Logging, with a panic of the logger caught.

use std::{
    fmt,
    panic::{catch_unwind, AssertUnwindSafe},
};

use log::Level;

/// Logs a line. Its arguments are evaluated only if the level is enabled.
macro_rules! log_line {
    ($level:ident, $($line:tt)+) => {
        if $crate::log_line::is_read(::log::Level::$level) {
            $crate::log_line::write(::log::Level::$level, ::core::format_args!($($line)+));
        }
    };
}

pub(crate) use log_line;

/// Whether the level is enabled.
#[inline]
pub(crate) fn is_read(level: Level) -> bool {
    level <= log::STATIC_MAX_LEVEL && level <= log::max_level()
}

/// Logs a line. The logger is user code, possibly called with a lock held: a panic in it is swallowed.
#[cold]
pub(crate) fn write(level: Level, line: fmt::Arguments<'_>) {
    let written = catch_unwind(AssertUnwindSafe(|| log::log!(target: "punctual", level, "punctual: {line}")));
    if let Err(payload) = written {
        // Dropping the payload may panic again.
        std::mem::forget(payload);
    }
}
