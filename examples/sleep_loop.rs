//! What `while True: work(); time.sleep(1)` becomes: no drift, and a way to stop.

#![allow(clippy::print_stdout)]

use std::time::Duration;

use chrono::{Local, SecondsFormat};
use punctual::{every, run_until};

fn work() {
    println!("{}  working", Local::now().to_rfc3339_opts(SecondsFormat::Millis, false));
    // Half a second of work: the loop of old would drift by it at every turn.
    std::thread::sleep(Duration::from_millis(500));
}

fn main() -> punctual::Result<()> {
    every().second().immediately().run(work)?;
    let ran = run_until(Duration::from_millis(4_500))?;
    println!("{ran} runs, one second apart");
    Ok(())
}
