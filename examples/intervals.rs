//! All units, singular and plural. Mirrors "Run a job every x minute" of Python's `schedule`:
//! `schedule.every(3).seconds.do(job)`, `schedule.every().hour.do(job)` and so on.
//!
//! Milliseconds, months, years, any `Duration`, and a first run other than one interval from now have no counterpart
//! there.
#![allow(clippy::print_stdout)]

use std::time::Duration;

use punctual::{every, jobs};

fn job() {}

fn main() -> punctual::Result<()> {
    every().second().run(job)?;
    every().minute().run(job)?;
    every().hour().run(job)?;
    every().day().run(job)?;
    every().week().run(job)?;
    every().month().run(job)?;
    every().year().run(job)?;

    every().millis(250).run(job)?;
    every().seconds(3).run(job)?;
    every().minutes(3).run(job)?;
    every().hours(3).run(job)?;
    every().days(3).run(job)?;
    every().weeks(3).run(job)?;
    every().months(3).run(job)?;
    every().years(3).run(job)?;
    every().duration(Duration::from_millis(1500)).run(job)?;

    every().days(3).immediately().run(job)?;
    every().hours(3).starting("2030-01-01 08:00").run(job)?;

    jobs().iter().for_each(|job| println!("{job}"));
    Ok(())
}
