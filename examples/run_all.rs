//! Running every job now, due or not. Mirrors "Run all jobs now, regardless of their scheduling" of Python's
//! `schedule`: `schedule.run_all()` and `schedule.run_all(delay_seconds=10)`.
#![allow(clippy::print_stdout)]

use std::time::{Duration, Instant};

use punctual::{every, jobs, run_all, run_all_with_delay, Context};

fn job(context: &Context) {
    println!("  {}", context.name());
}

fn main() -> punctual::Result<()> {
    every().day().at("22:30").named("the first").run_with(job)?;
    every().monday().at("12:40").named("the second").run_with(job)?;
    every().tuesday().at("16:40").named("the third").run_with(job)?;

    println!("all at once:");
    println!("{} ran", run_all());

    println!("with half a second in between:");
    let start = Instant::now();
    let ran = run_all_with_delay(Duration::from_millis(500));
    println!("{ran} ran in {:.1} s", start.elapsed().as_secs_f64());

    println!("the first alone:");
    jobs()[0].run_now();

    println!("and their next runs have not changed:");
    jobs().iter().for_each(|job| println!("  {job}"));
    Ok(())
}
