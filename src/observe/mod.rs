//! What a program can observe of its runs besides events and the log: spans and metrics. Empty without the features.

mod meters;
mod place;
mod span;

#[cfg(feature = "metrics")]
pub(crate) use self::meters::Meters;
pub(crate) use self::{meters::Measured, place::PoolPlace, span::RunSpan};
