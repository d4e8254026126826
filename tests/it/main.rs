//! All integration tests, in one binary, with one module per subject.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod apscheduler;
#[cfg(feature = "tokio")]
mod async_bodies;
#[cfg(feature = "tokio")]
mod async_limits;
#[cfg(feature = "tokio")]
mod async_load;
#[cfg(feature = "tokio")]
mod async_loops;
#[cfg(feature = "tokio")]
mod async_runtimes;
#[cfg(feature = "tokio")]
mod async_support;
mod bad_input;
mod bodies;
mod broken_clock;
#[cfg(feature = "tokio")]
mod cancelled;
#[cfg(all(feature = "command", target_os = "linux"))]
mod commands;
#[cfg(feature = "tz")]
mod cron;
mod display;
mod driver;
#[cfg(feature = "tokio")]
mod event_stream;
mod events;
mod explain;
mod history;
mod hooks;
mod identity;
mod layers;
mod logs;
mod misbehaving_code;
#[cfg(feature = "tz")]
mod model;
#[cfg(feature = "tz")]
mod oracle;
mod own_trigger;
mod parallel;
mod policies;
mod policy_sequences;
mod pools;
mod preview;
#[cfg(feature = "tz")]
#[path = "../../examples/preview.rs"]
#[allow(dead_code, unreachable_pub)]
mod preview_example;
mod registry;
mod rescheduling;
mod retry;
mod rules;
mod run_now;
mod schedule;
mod shutdown;
#[cfg(all(feature = "signals", unix))]
mod signals;
mod states;
#[cfg(feature = "store")]
mod store;
mod stress;
mod subscribe;
mod support;
mod text;
mod timeout;
#[cfg(feature = "tz")]
mod vectors;
#[cfg(unix)]
mod zone_changes;
