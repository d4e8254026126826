//! How to test a schedule without sleeping. Mirrors what Python's `schedule` does in its own tests, which replace
//! `datetime.datetime`: `with mock_datetime(2010, 1, 6, 12, 15): …; with mock_datetime(2010, 1, 6, 12, 16): …`.
#![allow(clippy::print_stdout, clippy::unwrap_used)]

use std::time::Duration;

use chrono::{TimeDelta, TimeZone, Utc};
use punctual::{ManualClock, Result, Scheduler};

/// What an application would register at its start.
fn register(scheduler: &Scheduler) -> Result<()> {
    scheduler.every().minute().run(|| {})?;
    scheduler.every().hour().run(|| {})?;
    scheduler.every().day().at("10:30").named("report").run(|| {})?;
    scheduler.every().sunday().run(|| {})?;
    Ok(())
}

fn main() -> Result<()> {
    let noon = Utc.with_ymd_and_hms(2010, 1, 6, 12, 15, 0).unwrap();
    let clock = ManualClock::new(noon);
    // The zone too is the test's own, so that the test says the same on every machine.
    let scheduler = Scheduler::builder().clock(clock.clone()).tz(Utc).build()?;
    register(&scheduler)?;

    // Time passes only here.
    for (wait, what) in [(0, "at once"), (1, "a minute"), (60, "an hour"), (1440, "a day")] {
        clock.advance(Duration::from_secs(wait * 60));
        println!("{} {what:>8} later {} ran", clock.now(), scheduler.run_pending());
    }

    // An administrator sets the wall clock back: a report that was written is not written again.
    let report = &scheduler.jobs()[2];
    println!("{report}");
    clock.set(clock.now() - TimeDelta::hours(6));
    println!("{} ran, {report}", scheduler.run_pending());

    // The machine slept for a year: one run each, and on with the grid.
    clock.advance(Duration::from_secs(365 * 24 * 3600));
    println!("{} ran, then {}", scheduler.run_pending(), scheduler.run_pending());
    println!("{report}");
    Ok(())
}
