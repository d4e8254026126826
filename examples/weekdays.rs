//! Days of the week. Mirrors `schedule.every().monday.do(job)` and `schedule.every().wednesday.at("13:15").do(job)` of
//! Python's `schedule`.
#![allow(clippy::print_stdout)]

use punctual::{every, jobs, Weekday};

fn job() {}

fn main() -> punctual::Result<()> {
    // Without `at`, at the present time of day.
    every().monday().run(job)?;
    every().wednesday().at("13:15").run(job)?;

    // These need several jobs in Python, or have no counterpart.
    every().weekday().at("08:00").run(job)?;
    every().weekend().at("10:00").run(job)?;
    every().week().on([Weekday::Tue, Weekday::Thu]).at("18:30").run(job)?;
    every().weeks(2).on(Weekday::Fri).at("17:00").run(job)?;

    jobs().iter().for_each(|job| println!("{job}"));
    Ok(())
}
