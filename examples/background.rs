//! A thread that polls, beside the main one. Mirrors `run_continuously` of "Run in the background" and the threads of
//! "Parallel execution" of Python's `schedule`.
#![allow(clippy::print_stdout)]

use std::sync::atomic::{AtomicBool, Ordering};
use std::{sync::Arc, thread, time::Duration};

use punctual::{every, run_pending};

/// Polls in a thread of its own, until the flag is set.
fn run_continuously(interval: Duration) -> (Arc<AtomicBool>, thread::JoinHandle<()>) {
    let stop = Arc::new(AtomicBool::new(false));
    let stopped = Arc::clone(&stop);
    let thread = thread::spawn(move || {
        while !stopped.load(Ordering::Relaxed) {
            run_pending();
            thread::sleep(interval);
        }
    });
    (stop, thread)
}

fn main() -> punctual::Result<()> {
    every().second().run(|| println!("Hello from the background thread"))?;

    // A job that takes long holds up the others, unless it works in a thread of its own.
    every().second().times(1).run(|| {
        thread::spawn(|| {
            println!("The long job begins");
            thread::sleep(Duration::from_millis(1500));
            println!("The long job ends");
        });
    })?;

    let (stop, thread) = run_continuously(Duration::from_millis(50));
    for second in 1..=3 {
        thread::sleep(Duration::from_secs(1));
        println!("The main thread has done {second} s of its own work");
    }
    stop.store(true, Ordering::Relaxed);
    let _ = thread.join();
    Ok(())
}
