//! A schedule as a value: made without a job, read, shared by two jobs, and replaced. Mirrors `reschedule_job` of
//! APScheduler.
#![allow(clippy::print_stdout)]

use punctual::{every, schedule};

fn main() -> punctual::Result<()> {
    // `schedule()` ends a sentence without registering anything.
    let office_hours = every().weekday().at("09:00").at("17:00").schedule()?;
    println!("{office_hours}");

    // One schedule, two jobs.
    let open = schedule(office_hours.clone()).key("lights").run(|| println!("lights"))?;
    schedule(office_hours.clone()).key("heating").run(|| println!("heating"))?;
    for slot in open.upcoming(4) {
        println!("  {slot}");
    }

    // The job keeps its key, its counts and its body; its next run follows the new schedule.
    open.reschedule(office_hours.or(every().saturday().at("10:00").schedule()?)?)?;
    println!("{open}");
    Ok(())
}
