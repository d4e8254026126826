//! When jobs run, with one module per group of rules.

mod bounds;
mod clock_set;
mod clock_set_during_pass;
mod common_slots;
mod failing_body;
#[cfg(feature = "tz")]
mod filters;
mod first_run;
mod grid;
mod late_run;
mod manual_run;
mod pass;
mod random_deadline;
mod scatter;
mod threads;
mod wobbling_clock;
mod wrong_clock;
#[cfg(feature = "tz")]
mod zones;
