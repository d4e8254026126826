//! In place of `while True: work(); time.sleep(1)`: a loop that does not drift and can be stopped.

#![allow(clippy::print_stdout)]

use std::time::Duration;

use punctual::chrono::{Local, SecondsFormat};
use punctual::{every, run_until};

fn work() {
    println!("{}  working", Local::now().to_rfc3339_opts(SecondsFormat::Millis, false));
    // Half a second of work, by which the loop in Python would drift at every turn.
    std::thread::sleep(Duration::from_millis(500));
}

fn main() -> punctual::Result<()> {
    every().second().immediately().run(work)?;
    let ran = run_until(Duration::from_millis(4_500))?;
    println!("{ran} runs, one second apart");
    Ok(())
}
