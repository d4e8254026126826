//! The numbers of a sentence.

use std::fmt::Display;

use crate::error::{Error, Result};

/// A number in a sentence: any integer type of up to 64 bits. Zero and negative numbers are an error that `run` reports.
///
/// This trait is sealed: it is implemented in this crate alone.
///
/// ```
/// # let scheduler = punctual::Scheduler::new();
/// let seconds: u8 = 30;
/// scheduler.every().seconds(seconds).run(|| {})?;
/// scheduler.every().seconds(30_usize).run(|| {})?;
/// let error = scheduler.every().seconds(-30).run(|| {}).unwrap_err();
/// assert_eq!(error.to_string(), "invalid count -30 for seconds: it must be 1 or more");
/// # Ok::<(), punctual::Error>(())
/// ```
pub trait Count: Copy + sealed::Sealed {
    /// The number, wide enough for each type that implements this.
    #[doc(hidden)]
    fn count(self) -> i128;
}

mod sealed {
    pub trait Sealed {}
}

macro_rules! counts {
    ($($integer:ty)*) => {$(
        impl sealed::Sealed for $integer {}

        impl Count for $integer {
            fn count(self) -> i128 {
                self as i128
            }
        }
    )*};
}
counts!(u8 u16 u32 u64 usize i8 i16 i32 i64 isize);

/// `n`, when it is at least 1.
pub(super) fn at_least_one(n: impl Count, of_what: impl Display) -> Result<u64> {
    match u64::try_from(n.count()) {
        Ok(n) if n > 0 => Ok(n),
        _ => Err(Error::count(format!("invalid count {} for {of_what}: it must be 1 or more", n.count()))),
    }
}

/// `n`, when it is in the range of a calendar field.
pub(super) fn in_range(n: impl Count, low: u8, high: u8, what: impl Display) -> Result<u8> {
    match u8::try_from(n.count()) {
        Ok(n) if (low..=high).contains(&n) => Ok(n),
        _ => Err(Error::date(format!("invalid {what}: it must be {low} to {high}"))),
    }
}
