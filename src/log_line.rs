//! What goes to the log.

use std::{
    fmt,
    panic::{catch_unwind, AssertUnwindSafe},
};

use log::Level;

/// Writes a line to the log. Where nobody reads it, not even its arguments are looked at.
macro_rules! log_line {
    ($level:ident, $($line:tt)+) => {
        if $crate::log_line::is_read(::log::Level::$level) {
            $crate::log_line::write(::log::Level::$level, ::core::format_args!($($line)+));
        }
    };
}

pub(crate) use log_line;

/// Whether a line of this level goes anywhere.
#[inline]
pub(crate) fn is_read(level: Level) -> bool {
    level <= log::STATIC_MAX_LEVEL && level <= log::max_level()
}

/// Hands a line to the logger, which is code of the user's in our midst: should it panic, that ends here.
#[cold]
pub(crate) fn write(level: Level, line: fmt::Arguments<'_>) {
    let written = catch_unwind(AssertUnwindSafe(|| log::log!(target: "punctual", level, "punctual: {line}")));
    if let Err(payload) = written {
        // To drop it may panic again.
        std::mem::forget(payload);
    }
}
