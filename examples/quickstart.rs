//! The sentence at work on the real clock, for eight seconds. Mirrors the first snippet of Python's `schedule`:
//! `schedule.every().day.at("10:30").do(job)` and so on, then `while True: schedule.run_pending(); time.sleep(1)`.
#![allow(clippy::print_stdout)]

use std::thread::sleep;
use std::time::{Duration, Instant};

use chrono::{Local, TimeDelta};
use punctual::{clear, default_scheduler, every, idle, jobs, run_pending};
use punctual::{CancelJob, Context, EventKind, Removal};

fn say(what: &str) {
    println!("{}  {what}", Local::now().format("%H:%M:%S%.3f"));
}

fn job(context: &Context) {
    say(&format!("{}, run {}", context.name(), context.run_count()));
}

fn main() -> punctual::Result<()> {
    default_scheduler().on_event(|event| match (event.kind, event.outcome()) {
        (EventKind::Failed, Some(outcome)) => say(&format!("{} {outcome}", event.name)),
        (EventKind::Removed(why), _) if why != Removal::Cleared => say(&format!("{} is gone: {why}", event.name)),
        _ => {}
    });
    let soon = (Local::now() + TimeDelta::seconds(4)).format(":%S").to_string();

    every().second().named("tick").run_with(job)?;
    every().seconds(2).named("tock").run_with(job)?;
    every().seconds(1).to(3).named("now and then").run_with(job)?;
    every().minute().at(soon).named("on the dot").run_with(job)?;
    every().day().at("10:30").named("tea").run_with(job)?;
    every().monday().at("13:15").tz("Europe/Amsterdam").tag("weekly").named("pay").run_with(job)?;
    every().second().until(Duration::from_secs(3)).named("warm-up").run_with(job)?;
    every().seconds(2).named("just once").run(|| CancelJob)?;
    every().seconds(3).named("backup").run(|| Err::<(), _>("the disk is full"))?;

    let (jobs, start, mut ran) = (jobs(), Instant::now(), 0);
    jobs.iter().for_each(|job| println!("{job}"));
    let left = |wait: &Duration| start.elapsed() + *wait < Duration::from_millis(8500);
    while let Some(wait) = idle().filter(left) {
        sleep(wait);
        ran += run_pending();
    }
    let counts = jobs.iter().map(|job| format!("{} {}", job.name(), job.run_count()));
    println!("{ran} runs: {}", counts.collect::<Vec<_>>().join(", "));
    println!("{} jobs cleared", clear());
    Ok(())
}
