//! Cron expressions: what reading one costs, and each of its next slots, in reads of the clock.

use std::{hint::black_box, time::Instant};

use punctual::chrono_tz::America::New_York;
use punctual::{
    chrono::{TimeZone, Utc},
    ManualClock, Schedule, Scheduler,
};

const EXPRESSIONS: [&str; 5] =
    ["30 10 * * 1-5", "*/15 * * * *", "0 0 L * *", "0 0 29 2 *", "*/15 9-17 1,15 jan-jun mon"];

/// The median of the nanoseconds that one of `n` calls takes.
fn nanos(n: u32, mut work: impl FnMut()) -> f64 {
    let mut samples: Vec<f64> = (0..31)
        .map(|_| {
            let start = Instant::now();
            work();
            start.elapsed().as_nanos() as f64 / f64::from(n)
        })
        .collect();
    samples.sort_by(f64::total_cmp);
    samples[samples.len() / 2]
}

fn main() -> punctual::Result<()> {
    const READS: u32 = 10_000;
    let read = nanos(READS, || (0..READS).for_each(|_| _ = black_box(std::time::SystemTime::now())));
    println!("clock read {read:.1} ns");
    let begin = Utc.with_ymd_and_hms(2024, 1, 10, 18, 0, 0).unwrap();
    let scheduler = Scheduler::with_clock(ManualClock::new(begin));
    for text in EXPRESSIONS {
        let parse = nanos(100, || (0..100).for_each(|_| drop(black_box(Schedule::cron(black_box(text))))));
        let job = scheduler.cron(text).tz(New_York).run(|| {})?;
        let count = 16;
        let slot = nanos(count, || drop(black_box(job.upcoming(count as usize))));
        println!("{text:28} read {parse:6.0} ns   slot {slot:6.1} ns = {:.1} clock reads", slot / read);
    }
    let daily = scheduler.every().day().at("10:30").tz(New_York).run(|| {})?;
    let slot = nanos(16, || drop(black_box(daily.upcoming(16))));
    println!("{:28} {:14} slot {slot:6.1} ns = {:.1} clock reads", "day().at(\"10:30\")", "", slot / read);
    Ok(())
}
