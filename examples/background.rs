//! Polling in a background thread while `main` does other work. Mirrors `run_continuously` of "Run in the background"
//! of Python's `schedule`: here it is one call. See `signals.rs` for a program that also ends cleanly on Ctrl-C.
#![allow(clippy::print_stdout)]

use std::{thread, time::Duration};

use punctual::{every, start};

fn main() -> punctual::Result<()> {
    let background = start();
    every().second().run(|| println!("Hello from the background thread"))?;
    for second in 1..=3 {
        thread::sleep(Duration::from_secs(1));
        println!("The main thread has done {second} s of its own work");
    }
    background.stop();
    Ok(())
}
