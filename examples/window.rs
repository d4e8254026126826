//! Runs in a part of the day only. Python's `schedule` has no such option: there one writes
//! `schedule.every(10).minutes.do(job)` and starts the job with `if not 9 <= datetime.now().hour < 17: return`.
#![allow(clippy::print_stdout, clippy::unwrap_used)]

use punctual::chrono::{TimeZone, Utc};
use punctual::{Job, ManualClock, Scheduler};

fn main() -> punctual::Result<()> {
    let morning = Utc.with_ymd_and_hms(2024, 1, 10, 7, 55, 0).unwrap();
    let clock = ManualClock::new(morning);
    let scheduler = Scheduler::builder().clock(clock.clone()).tz(Utc).build()?;
    let every = || scheduler.every();

    // Including the opening, excluding the closing; across midnight; a random interval; with `at`.
    every().minutes(100).between("09:00", "17:30").named("office").run(|| {})?;
    every().hours(2).between("22:00", "06:00").named("night").run(|| {})?;
    every().hours(2).to(4).between("09:00", "17:30").named("coffee").run(|| {})?;
    every().hour().at(":30").between("12:00", "14:00").named("lunch").run(|| {})?;

    let jobs = scheduler.jobs();
    for job in &jobs {
        println!("{job}");
    }
    // Two days without waiting.
    let mut runs: Vec<(Job, String)> = Vec::new();
    while let Some(next) = scheduler.next_run().filter(|next| (*next - morning).num_days() < 2) {
        clock.set(next);
        let due = jobs.iter().filter(|job| job.next_run() == Some(next));
        runs.extend(due.map(|job| (job.clone(), next.format("%H:%M").to_string())));
        scheduler.run_pending();
    }
    for job in &jobs {
        let times = runs.iter().filter(|(of, _)| of == job).map(|(_, time)| time.as_str());
        println!("{:>7}: {}", job.name(), times.collect::<Vec<_>>().join(" "));
    }
    Ok(())
}
