//! What a program can observe of its runs beside events and the log: spans and metrics. Without the features, nothing.

mod meters;
mod place;
mod span;

#[cfg(feature = "metrics")]
pub(crate) use self::meters::Meters;
pub(crate) use self::{meters::Measured, place::PoolPlace, span::RunSpan};
