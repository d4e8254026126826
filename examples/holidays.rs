//! Business days: a calendar of holidays, and what can be said with it and with other filters.
//!
//! It advances a manual clock through two weeks and prints what runs.
#![allow(clippy::print_stdout, clippy::unwrap_used)]

use std::time::Duration;

use punctual::{
    chrono::{TimeDelta, TimeZone, Utc},
    dates, every, EventKind, ManualClock, Scheduler,
};

fn main() -> punctual::Result<()> {
    let start = Utc.with_ymd_and_hms(2026, 12, 21, 0, 0, 0).unwrap();
    let clock = ManualClock::new(start);
    let scheduler = Scheduler::builder().clock(clock.clone()).tz("UTC").build()?;

    // Dates of every year, single dates and ranges. A schedule refers to them by the name of the calendar.
    scheduler.calendar("holidays", ["1 January", "25 December", "26 December"])?;
    scheduler.calendar("vacation", "2026-12-28 to 2026-12-30")?;

    let saturday = every().saturday().at("11:00").schedule()?;
    let open = every().weekday().at("09:00").or(saturday).except_on(["holidays", "vacation"]);
    scheduler.schedule(open.schedule()?).named("open the shop").run(|| {})?;

    let payday = every().month().on_last_weekday().at("12:00").schedule()?;
    scheduler.schedule(payday).named("pay wages").run(|| {})?;

    // An interval stays on its grid; slots on other dates and outside the window are left out.
    let check = scheduler.every().hours(4).between("08:00", "18:00").only_on(dates::WEEKDAYS).only_in("december");
    check.named("check the stock").run(|| {})?;

    scheduler.on_event(|event| {
        if let (Some(run), EventKind::Started) = (&event.run, &event.kind) {
            println!("{}  {}", run.slot.format("%a %d %b %H:%M"), event.name);
        }
    });
    while scheduler.idle().is_some() && clock.now() < start + TimeDelta::days(14) {
        clock.advance(scheduler.idle().unwrap_or(Duration::ZERO));
        scheduler.run_pending();
    }
    Ok(())
}
