//! Programs as jobs: their output, their failures, and an orderly end. What a crontab does, in a program of yours:
//! `cargo run --features command --example commands`
#![allow(clippy::print_stdout)]

use std::time::Duration;

use punctual::{Command, EventKind, Scheduler};

fn main() -> punctual::Result<()> {
    let scheduler = Scheduler::new();
    let log = std::env::temp_dir().join(format!("punctual-commands-{}.log", std::process::id()));

    // Text is split without a shell. `parallel`: a worker waits for the program, and not the loop.
    scheduler.every().millis(400).parallel().run_command("sleep 0.1")?;

    // A shell for pipes and variables; what it prints is appended to a file.
    let slots = Command::shell(r#"echo "slot $PUNCTUAL_SLOT" | tr a-z A-Z"#).output_to(&log);
    scheduler.every().millis(500).named("slots").parallel().run_command(slots)?;

    // The outcome of a failure has the exit status and the end of stderr.
    let full = Command::shell("echo no space left on /backup >&2; exit 3");
    scheduler.every().second().named("backup").times(1).parallel().run_command(full)?;

    // Cannot end in time: the shutdown sends TERM, and KILL after its grace.
    let stubborn = Command::shell("trap '' TERM; sleep 60").grace(Duration::from_millis(200));
    scheduler.every().second().named("stubborn").parallel().run_command(stubborn)?;

    scheduler.on_event(|event| {
        if let (EventKind::Failed, Some(outcome)) = (event.kind, event.outcome()) {
            println!("{} {outcome}", event.name);
        }
    });
    scheduler.run_until(Duration::from_millis(1_500))?;
    let unfinished = scheduler.shutdown(Duration::from_secs(5));
    println!("{} jobs still run", unfinished.len());
    println!("{}", std::fs::read_to_string(&log).unwrap_or_default().trim_end());
    let _ = std::fs::remove_file(log);
    Ok(())
}
