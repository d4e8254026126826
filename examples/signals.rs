//! Background polling, work in `main`, and a clean end on Ctrl-C or SIGTERM: the body that is running ends first, and
//! so does the work in `main`. To end by itself, this example sends itself that signal after three seconds.
//!
//! Needs the feature: `cargo run --example signals --features signals`.
#![allow(clippy::print_stdout, clippy::unwrap_used)]

use std::{
    process::Command,
    thread::{sleep, spawn},
    time::Duration,
};

use punctual::{after, every, run_until_signal, shutdown};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    every().second().run(|| println!("tick"))?;
    every().second().parallel().run(|| {
        sleep(Duration::from_millis(1500));
        println!("a slow body is done");
    })?;

    let this_process = std::process::id().to_string();
    after(Duration::from_secs(3)).run(move || {
        println!("now as if you had pressed Ctrl-C");
        Command::new("kill").args(["-INT", &this_process]).status().map(|_| ())
    })?;

    // The loop may run in any thread. Once it has returned the next signal ends the process at once, so `main` checks
    // between its steps.
    let polling = spawn(run_until_signal);
    while !polling.is_finished() {
        println!("main is working");
        sleep(Duration::from_millis(700));
    }
    println!("{} runs", polling.join().unwrap()?);

    // Waits for the bodies on workers.
    shutdown(true);
    println!("all is done");
    Ok(())
}
