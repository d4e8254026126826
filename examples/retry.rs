//! A fetch that fails at first: it is tried again, each time after a longer wait. The clock is a manual one, so that an
//! hour of it takes no time: `cargo run --example retry`
#![allow(clippy::print_stdout)]

use std::time::Duration;

use punctual::chrono::{TimeZone, Utc};
use punctual::{Context, EventKind, ManualClock, Permanent, Retry, Scheduler};

/// What a server answers, attempt by attempt.
const ANSWERS: [&str; 5] = ["503", "503", "timeout", "200", "404"];

/// An attempt: `Err` if it is worth another one, a [`Permanent`] error if it is not.
fn fetch(answer: &str) -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
    match answer {
        "200" => Ok(()),
        "404" => Err(Permanent::new("the server answered 404: it will not change its mind").into()),
        other => Err(format!("the server answered {other}").into()),
    }
}

fn main() -> punctual::Result<()> {
    let clock = ManualClock::new(Utc.with_ymd_and_hms(2024, 1, 10, 12, 0, 0).unwrap());
    // The waits are a little random, so that clients that failed together do not come back together. With a seed they
    // are the same in each run of this example.
    let scheduler = Scheduler::builder().clock(clock).tz(Utc).seed(7).history(10).build()?;
    scheduler.on_event(|event| {
        let Some(run) = &event.run else { return };
        let (time, attempt) = (event.at.format("%H:%M:%S%.3f"), run.attempt);
        match (event.kind, event.outcome()) {
            (EventKind::Retrying, Some(outcome)) => println!("{time}  attempt {attempt} {outcome}; there is another"),
            (_, Some(outcome)) => println!("{time}  attempt {attempt} {outcome}"),
            _ => println!("{time}  attempt {attempt} starts, for the slot at {}", run.slot.time()),
        }
    });

    // After 1 s, 2 s, 4 s and so on, up to 30 s; each up to half of it less. Five times at most, and for five minutes.
    let policy = Retry::exponential(Duration::from_secs(1), Duration::from_secs(30))
        .jitter()
        .times(5)
        .within(Duration::from_secs(300));
    let mut answers = ANSWERS.iter();
    let job =
        scheduler.every().minutes(30).times(2).named("fetch").retry(policy).run_with(move |context: &Context| {
            println!("{}  fetching", context.now().format("%H:%M:%S%.3f"));
            fetch(answers.next().copied().unwrap_or("200"))
        })?;

    scheduler.run_until_empty();
    println!("\n{job}");
    for run in job.history(10) {
        println!("  {}", job.explain(run.slot)?);
    }
    Ok(())
}
