//! Looks ahead: what the jobs of a scheduler will do in a week, as text for a terminal, and as a picture in
//! `preview.svg`.
#![allow(clippy::print_stdout, clippy::unwrap_used)]

use std::{env, fs};

use punctual::chrono::{TimeZone, Utc};
use punctual::chrono_tz::Europe::Berlin;
use punctual::{ManualClock, Result, Scheduler, Timeline, Weekday};

/// A week of some jobs. At its end, on Sunday, the clocks go forward.
pub fn timeline() -> Result<Timeline> {
    let [monday, end] =
        [(3, 25), (4, 1)].map(|(month, day)| Berlin.with_ymd_and_hms(2024, month, day, 0, 0, 0).unwrap());
    let clock = ManualClock::new(monday.with_timezone(&Utc));
    let scheduler = Scheduler::builder().clock(clock).tz(Berlin).build()?;
    scheduler.every().minutes(5).named("heartbeat").run(|| {})?;
    scheduler.every().hour().at(":30").between("08:00", "18:00").named("inbox").run(|| {})?;
    scheduler.every().day().at("02:30").named("backup").run(|| {})?;
    let saturday = scheduler.every().saturday().at("11:00").schedule()?;
    scheduler.every().weekday().at("09:00").or(saturday).named("report").run(|| {})?;
    scheduler.every().hours(3).between("22:00", "06:00").named("reindex").run(|| {})?;
    scheduler.every().week().on(Weekday::Fri).at("16:00").named("retrospective").run(|| {})?;
    scheduler.every().hours(6).times(5).named("trial").run(|| {})?;
    scheduler.every().month().on_last_day().at("23:00").named("books").run(|| {})?;
    Ok(scheduler.timeline(monday..end))
}

fn main() -> std::result::Result<(), Box<dyn std::error::Error>> {
    let timeline = timeline()?;
    println!("{timeline}");
    for entry in timeline.entries().iter().filter(|entry| *entry.name == *"trial") {
        println!("{} {}: {}", entry.at.with_timezone(&Berlin).format("%a %R"), entry.name, entry.decision);
    }
    let path = env::args().nth(1).unwrap_or_else(|| "preview.svg".to_owned());
    fs::write(&path, timeline.to_svg())?;
    println!("see {path} in a browser");
    Ok(())
}
