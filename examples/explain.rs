//! Why did it run, and why not? A day of a few jobs, on a manual clock, and the questions that come up afterwards:
//! `cargo run --example explain`
#![allow(clippy::print_stdout)]

use std::time::Duration;

use punctual::chrono::{TimeZone, Utc};
use punctual::{ManualClock, Retry, Scheduler};

fn main() -> punctual::Result<()> {
    let clock = ManualClock::new(Utc.with_ymd_and_hms(2024, 1, 10, 8, 0, 0).unwrap());
    // The past is known as far as it is kept: the last 100 runs and skips of each job.
    let scheduler = Scheduler::builder().clock(clock.clone()).tz(Utc).history(100).build()?;

    let sync = scheduler.every().hour().key("sync").named("sync").run(|| println!("synchronizing"))?;
    let strict = scheduler.every().hour().misfire_grace(Duration::from_secs(60)).key("strict").named("strict");
    strict.run(|| println!("this must not run late"))?;
    let backup = scheduler.every().day().at("12:30").key("backup").named("backup");
    backup.retry(Retry::fixed(Duration::from_secs(600)).times(1)).run(|| Err::<(), _>("disk full"))?;
    let office = scheduler.every().minutes(30).between("09:00", "17:30").until("2024-01-11").key("office");
    office.named("office").run(|| ())?;

    // In time until 10, then the machine is asleep until half past twelve, then `sync` is paused.
    scheduler.run_until("10:00")?;
    clock.advance(Duration::from_secs(2 * 3_600 + 1_805));
    scheduler.run_pending();
    sync.pause();
    scheduler.run_until("15:00")?;

    let questions = [
        ("sync", vec!["07:00", "09:00", "09:30", "11:00", "12:00", "14:00", "18:00"]),
        ("strict", vec!["10:00", "12:00", "18:00"]),
        ("backup", vec!["12:30", "2024-01-11 12:30"]),
        ("office", vec!["08:30", "12:00", "17:00", "18:00", "2024-01-12 12:00"]),
    ];
    for (key, instants) in questions {
        println!("\n{}", scheduler.find(key).map(|job| job.to_string()).unwrap_or_default());
        for instant in instants {
            println!("  {instant}? {}", scheduler.explain(key, instant)?);
        }
    }
    Ok(())
}
