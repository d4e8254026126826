//! A loop that sleeps until a job is due and ends when no job is left. Mirrors "Time until the next execution" of
//! Python's `schedule`: `n = schedule.idle_seconds()`, `if n is None: break`, `elif n > 0: time.sleep(n)`.
#![allow(clippy::print_stdout)]

use std::thread::sleep;

use punctual::{every, idle, run_pending};

fn main() -> punctual::Result<()> {
    every().second().times(3).run(|| println!("Hello"))?;

    while let Some(wait) = idle() {
        println!("sleeping {wait:.1?}");
        sleep(wait);
        run_pending();
    }
    println!("nothing left to do");
    Ok(())
}
