//! A deadline. Mirrors "Run a job until a certain time" of Python's `schedule`: `.until("18:30")`,
//! `.until("2030-01-01 18:33")`, `.until(timedelta(hours=8))`, `.until(time(11, 33, 42))` and `.until(datetime(…))`.
#![allow(clippy::print_stdout, clippy::unwrap_used)]

use std::time::Duration;

use punctual::chrono::{NaiveTime, TimeDelta, TimeZone, Utc};
use punctual::{ManualClock, Scheduler};

fn job() {}

fn main() -> punctual::Result<()> {
    // "18:30" is today's, so the clock of this example shows the morning.
    let morning = Utc.with_ymd_and_hms(2029, 12, 31, 9, 0, 0).unwrap();
    let clock = ManualClock::new(morning);
    let scheduler = Scheduler::builder().clock(clock.clone()).tz(Utc).build()?;
    let hourly = || scheduler.every().hour();

    hourly().until("18:30").run(job)?;
    hourly().until("18:30:15").run(job)?;
    hourly().until("2030-01-01").run(job)?;
    hourly().until("2030-01-01 18:33").run(job)?;
    hourly().until("2030-01-01 18:33:59").run(job)?;

    hourly().until(NaiveTime::from_hms_opt(11, 33, 42).unwrap()).run(job)?;
    hourly().until(morning + TimeDelta::days(2)).run(job)?;
    hourly().until(TimeDelta::hours(8)).run(job)?;
    hourly().until(Duration::from_secs(3600)).run(job)?;

    scheduler.jobs().iter().for_each(|job| println!("{job}"));

    // A deadline before the first run is an error.
    for when in ["08:00", "2029-12-31", "09:30", "tomorrow"] {
        if let Err(error) = hourly().until(when).run(job) {
            println!("{error}");
        }
    }
    // A job with no run left is removed.
    for hour in 1..=48 {
        clock.advance(Duration::from_secs(3600));
        scheduler.run_pending();
        if hour % 8 == 0 {
            println!("jobs left after {hour} hours: {}", scheduler.jobs().len());
        }
    }
    Ok(())
}
