//! Tests of the store on files.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod broken;
mod contract;
mod dir;
mod fixture;
mod opening;
mod processes;
mod recovery;
mod rerun;
