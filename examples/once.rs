//! Jobs that run once, or `n` times. Mirrors "Run a job once" of Python's `schedule`, where the job must return
//! `schedule.CancelJob`; and `threading.Timer(1.5, job).start()`.
#![allow(clippy::print_stdout)]

use std::{thread::sleep, time::Duration};

use chrono::{Local, TimeDelta};
use punctual::{after, every, idle, jobs, once, run_pending, CancelJob, Context};

fn job(context: &Context) {
    println!("{}  {}", Local::now().format("%H:%M:%S%.3f"), context.name());
}

fn main() -> punctual::Result<()> {
    // After a delay; at a given time; at the next match; until the body says so; three times.
    after(Duration::from_millis(1500)).named("after a delay").run_with(job)?;
    once(Local::now() + TimeDelta::seconds(2)).named("at a moment").run_with(job)?;
    every().minute().at(":00").once().named("on the minute").run_with(job)?;
    every().second().named("on its own decision").run_with(|context: &Context| {
        job(context);
        CancelJob
    })?;
    every().millis(800).times(3).named("thrice").run_with(job)?;
    once("2099-12-31 23:59").named("at the end of the century").run_with(job)?;

    jobs().iter().for_each(|job| println!("{job}"));
    for _ in 0..40 {
        sleep(idle().unwrap_or_default().min(Duration::from_millis(100)));
        run_pending();
    }
    println!("{} jobs left", jobs().len());
    if let Err(error) = once("2001-01-01 12:00").run(|| {}) {
        println!("{error}");
    }
    Ok(())
}
