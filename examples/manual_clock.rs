//! Testing a schedule without sleeping. Mirrors the tests of Python's `schedule`, which replace
//! `datetime.datetime`: `with mock_datetime(2010, 1, 6, 12, 15): …; with mock_datetime(2010, 1, 6, 12, 16): …`.
#![allow(clippy::print_stdout, clippy::unwrap_used)]

use std::time::Duration;

use punctual::chrono::{TimeDelta, TimeZone, Utc};
use punctual::{ManualClock, Result, Scheduler};

/// What an application registers when it starts.
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
    // With a zone of its own, the test has the same result on every machine.
    let scheduler = Scheduler::builder().clock(clock.clone()).tz(Utc).build()?;
    register(&scheduler)?;

    // Time passes only here: `advance` moves the clock.
    for (wait, what) in [(0, "at once"), (1, "a minute"), (60, "an hour"), (1440, "a day")] {
        clock.advance(Duration::from_secs(wait * 60));
        println!("{} {what:>8} later {} ran", clock.now(), scheduler.run_pending());
    }

    // The wall clock is set back: a daily slot that has run does not run again.
    let report = &scheduler.jobs()[2];
    println!("{report}");
    clock.set(clock.now() - TimeDelta::hours(6));
    println!("{} ran, {report}", scheduler.run_pending());

    // The machine was suspended for a year: each job runs once and continues with its next slot.
    clock.advance(Duration::from_secs(365 * 24 * 3600));
    println!("{} ran, then {}", scheduler.run_pending(), scheduler.run_pending());
    println!("{report}");
    Ok(())
}
