//! An interval of random length, drawn for each run. Mirrors "Run a job at random intervals" of Python's `schedule`:
//! `schedule.every(5).to(10).seconds.do(my_job)`.
#![allow(clippy::print_stdout)]

use punctual::chrono::DateTime;
use punctual::{ManualClock, Scheduler};

fn main() -> punctual::Result<()> {
    // A `ManualClock` shows ten runs without waiting.
    let clock = ManualClock::new(DateTime::UNIX_EPOCH);
    let scheduler = Scheduler::with_clock(clock.clone());

    let job = scheduler.every().seconds(5).to(10).named("my job").run(|| {})?;
    println!("{job}");

    for _ in 0..10 {
        let Some(wait) = scheduler.idle() else { break };
        println!("{:>2} s until run {}", wait.as_secs(), job.run_count() + 1);
        clock.advance(wait);
        scheduler.run_pending();
    }
    Ok(())
}
