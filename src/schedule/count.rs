//! Counts, and the integers that can be one.

use std::fmt::Display;

use crate::error::{Error, Result};

/// A count: any integer of up to 64 bits. Zero and negative numbers are an error when the sentence ends.
///
/// This trait is sealed.
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
pub trait IntoCount: Copy + sealed::Sealed {
    /// Widens the number to a type that holds every count.
    ///
    /// ```
    /// use punctual::IntoCount;
    /// assert_eq!(u64::MAX.into_count(), 18_446_744_073_709_551_615);
    /// assert_eq!((-1_i8).into_count(), -1);
    /// ```
    fn into_count(self) -> i128;
}

mod sealed {
    pub trait Sealed {}
}

macro_rules! counts {
    ($($integer:ty)*) => {$(
        impl sealed::Sealed for $integer {}

        impl IntoCount for $integer {
            fn into_count(self) -> i128 {
                // Lossless: every integer of up to 64 bits fits. `From` is missing for `usize` and `isize`.
                self as i128
            }
        }
    )*};
}
counts!(u8 u16 u32 u64 usize i8 i16 i32 i64 isize);

/// Checks that a count is at least 1.
pub(crate) fn at_least_one(n: impl IntoCount, of_what: impl Display) -> Result<u64> {
    match u64::try_from(n.into_count()) {
        Ok(n) if n > 0 => Ok(n),
        _ => Err(Error::invalid(format!("invalid count {} for {of_what}: it must be 1 or more", n.into_count()))),
    }
}

/// Checks that a number is in the range of a calendar field.
pub(super) fn in_range(n: impl IntoCount, low: u8, high: u8, what: impl Display) -> Result<u8> {
    match u8::try_from(n.into_count()) {
        Ok(n) if (low..=high).contains(&n) => Ok(n),
        _ => Err(Error::invalid(format!("invalid {what}: it must be {low} to {high}"))),
    }
}
