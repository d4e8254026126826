//! At which second, minute or time of day. Mirrors the `at` lines of "Run a job every x minute" of Python's `schedule`:
//! `schedule.every().minute.at(":23").do(job)`, `schedule.every().day.at("10:30:42").do(job)` and so on.
#![allow(clippy::print_stdout)]

use punctual::chrono::NaiveTime;
use punctual::{every, jobs};

fn job() {}

fn main() -> punctual::Result<()> {
    // At the 23rd second of a minute; at the 42nd minute of an hour.
    every().minute().at(":23").run(job)?;
    every().hour().at(":42").run(job)?;
    // Every fifth hour, 20 minutes and 30 seconds past it; the first is five hours ahead.
    every().hours(5).at("20:30").run(job)?;

    every().day().at("10:30").run(job)?;
    every().day().at("10:30:42").run(job)?;
    every().days(2).at("9:30").run(job)?;
    every().day().at(NaiveTime::MIN).run(job)?;

    // Another `at` adds a time, where Python needs another job.
    every().day().at("08:00").at("12:30").at("18:00").run(job)?;
    every().hour().at(":00").at(":30").run(job)?;

    jobs().iter().for_each(|job| println!("{job}"));

    // `run` returns the error of an invalid time, and nothing is registered.
    println!();
    for time in ["25:00", "10:60", "9:3", "noon"] {
        if let Err(error) = every().day().at(time).run(job) {
            println!("{error}");
        }
    }
    Ok(())
}
