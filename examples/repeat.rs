//! Jobs declared at their functions. Mirrors "Use a decorator to schedule a job" and "Pass arguments to a job" of
//! Python's `schedule`: `@repeat(every().second())` and `@repeat(every().day, "World")` above a `def`.
//!
//! Needs the feature: `cargo run --example repeat --features macros`.
#![allow(clippy::print_stdout)]

use std::thread::sleep;
use std::time::{Duration, Instant};

use punctual::{idle, jobs, repeat, run_all, run_pending};

#[repeat(every().second())]
fn work() {
    println!("I am a scheduled job");
}

// Two attributes are two jobs.
#[repeat(every().seconds(2), "World")]
#[repeat(every().day().at("10:30"), "Mars")]
fn hello(planet: &str) {
    println!("Hello {planet}");
}

fn main() {
    println!("Registered by their attributes:");
    jobs().iter().for_each(|job| println!("  {job}"));

    println!("All of them, now:");
    run_all();

    println!("And when they are due, for three seconds:");
    let start = Instant::now();
    let left = |wait: &Duration| start.elapsed() + *wait < Duration::from_millis(3500);
    while let Some(wait) = idle().filter(left) {
        sleep(wait);
        run_pending();
    }

    hello("Venus, because I call you myself");
}
