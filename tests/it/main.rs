//! One binary for all integration tests: a module a subject.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

#[cfg(feature = "tz")]
mod vectors;
