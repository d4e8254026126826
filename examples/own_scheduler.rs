//! Schedulers of your own, next to the default one. Mirrors "Multiple schedulers" of Python's `schedule`:
//! `scheduler1 = schedule.Scheduler()` and `scheduler1.every().hour.do(job)`.
#![allow(clippy::print_stdout)]

use std::{thread::sleep, time::Duration};

use punctual::Scheduler;

fn foo() {
    println!("Foo");
}

fn bar() {
    println!("Bar");
}

fn main() -> punctual::Result<()> {
    let first = Scheduler::new();
    first.every().hour().run(foo)?;
    first.every().hour().run(bar)?;

    // The wall times of this one are in UTC.
    let second = Scheduler::builder().tz(punctual::chrono::Utc).build()?;
    second.every().second().run(foo)?;
    second.every().second().run(bar)?;
    second.every().day().at("12:00").run(bar)?;

    first.jobs().iter().for_each(|job| println!("first:  {job}"));
    second.jobs().iter().for_each(|job| println!("second: {job}"));

    // Each must be polled.
    for _ in 0..3 {
        sleep(Duration::from_secs(1));
        println!("{} and {} ran", first.run_pending(), second.run_pending());
    }
    Ok(())
}
