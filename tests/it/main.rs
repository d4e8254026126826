//! One binary for all integration tests: a module a subject.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod bad_input;
mod bodies;
mod clock_faults;
mod dependencies;
mod driver;
mod events;
mod faults;
mod layers;
mod logs;
#[cfg(feature = "tz")]
mod model;
#[cfg(feature = "tz")]
mod oracle;
mod parallel;
mod registry;
mod rules_bounds;
mod rules_clock;
mod rules_clock_midway;
mod rules_failure;
mod rules_first;
mod rules_grid;
mod rules_hand;
mod rules_pass;
mod rules_threads;
#[cfg(feature = "tz")]
mod rules_zones;
mod sayings;
mod schedule;
mod stress;
mod support;
#[cfg(feature = "tz")]
mod vectors;
#[cfg(unix)]
mod zone_changes;
