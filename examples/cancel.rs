//! Four ways to remove a job. Mirrors "Cancel a job", "Run a job once" and "Cancel all jobs" of Python's `schedule`:
//! `schedule.cancel_job(job)`, `return schedule.CancelJob`, `schedule.clear('tag')` and `schedule.clear()`.
#![allow(clippy::print_stdout)]

use punctual::{cancel_job, clear, clear_tagged, every, jobs, run_all, CancelJob};

fn main() -> punctual::Result<()> {
    // By its handle.
    let job = every().day().at("22:30").named("some task").run(|| {})?;
    println!("cancelled: {}", job.cancel());
    println!("cancelled again: {}", job.cancel());
    println!("{job}");

    // The same as a free function, as in Python.
    let job = every().day().named("other task").run(|| {})?;
    println!("cancelled: {}", cancel_job(&job));

    // From the body: it returns `CancelJob` always, or `Some(CancelJob)` when it is done.
    every().day().named("just once").run(|| CancelJob)?;
    let mut left = 3;
    every().day().named("three times").run(move || {
        left -= 1;
        (left == 0).then_some(CancelJob)
    })?;
    for pass in 1..=4 {
        println!("pass {pass}: {} ran", run_all());
    }

    // All jobs with a tag; all jobs.
    every().day().tag("daily").run(|| {})?;
    every().hour().tag("hourly").run(|| {})?;
    every().minute().run(|| {})?;
    println!("{} tagged daily cleared, {} jobs left", clear_tagged("daily"), jobs().len());
    println!("{} cleared, {} jobs left", clear(), jobs().len());
    Ok(())
}
