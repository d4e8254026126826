//! Hooks around the runs of all jobs: one leaves runs out during maintenance, one reports failures. The clock is a
//! manual one, so that three hours take no time: `cargo run --example hooks`
#![allow(clippy::print_stdout)]

use std::time::Duration;

use punctual::chrono::{TimeZone, Timelike, Utc};
use punctual::{EventKind, ManualClock, Retry, Scheduler, Skip};

fn main() -> punctual::Result<()> {
    let clock = ManualClock::new(Utc.with_ymd_and_hms(2024, 1, 10, 1, 0, 0).unwrap());
    let scheduler = Scheduler::builder().clock(clock).tz(Utc).build()?;

    // Called when a run would begin, also one that is late or has waited for a worker. An error is a veto: the slot has
    // no run, which is no failure.
    scheduler.before_run(|run| {
        let is_essential = run.tags().any(|tag| tag == "essential");
        if run.now().hour() == 2 && !is_essential {
            return Err("maintenance until 03:00".into());
        }
        Ok(())
    });
    // Called at the end of each attempt. It was added later, so it is inside the other hook, and not called for a veto.
    scheduler.after_run(|run, outcome| {
        if !outcome.is_success() {
            println!("{}  {}: attempt {} {outcome}", run.now().format("%H:%M:%S"), run.name(), run.attempt());
        }
    });
    // A veto is reported as a skip, to listeners and in the log.
    scheduler.on_event(|event| match (event.kind, event.outcome()) {
        (EventKind::Executed, _) => println!("{}  {}: done", event.at.format("%H:%M:%S"), event.name),
        (EventKind::Skipped(Skip::Vetoed), Some(outcome)) => {
            println!("{}  {}: {outcome}", event.at.format("%H:%M:%S"), event.name);
        }
        _ => {}
    });

    scheduler.every().minutes(30).named("import").run(|| {})?;
    scheduler.every().hour().named("heartbeat").tag("essential").run(|| {})?;
    let mut answers = [Err("no connection"), Ok(())].into_iter();
    let upload = scheduler.every().minutes(50).named("upload").retry(Retry::fixed(Duration::from_secs(10)).times(3));
    upload.run(move || answers.next().unwrap_or(Ok(())))?;

    scheduler.run_until(Duration::from_secs(2 * 3_600 + 60))?;
    Ok(())
}
