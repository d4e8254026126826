//! Schedules as text, both ways.

mod canonical;
mod given;
mod refused;
mod round_trip;
#[cfg(feature = "serde")]
mod serialized;
#[cfg(feature = "tz")]
mod words;
