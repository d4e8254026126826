//! One binary for all integration tests: a module a subject.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod driver;
mod layers;
mod parallel;
#[cfg(feature = "tz")]
mod vectors;
