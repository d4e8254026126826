//! Schedules in a configuration file. A mistake is reported with its line.
#![allow(clippy::print_stdout, clippy::print_stderr)]

use std::{collections::BTreeMap, env, fs};

use punctual::{Schedule, Scheduler};
use serde::Deserialize;

/// What is read if no file is named.
const DEFAULT: &str = r#"
[jobs]
report = "every weekday at 09:30 in Europe/Berlin"
backup = "every day at 02:00 except holidays"
cleanup = "*/20 0-5 * * *"
newsletter = "every month on the 2nd Tuesday at 10:00 until 2099-12-31"

[calendars]
holidays = "1 January, 25 December and 26 December"
"#;

const WITH_A_MISTAKE: &str = r#"
[jobs]
report = "every wekday at 09:30"
"#;

#[derive(Deserialize)]
struct Config {
    jobs: BTreeMap<String, Schedule>,
    #[serde(default)]
    calendars: BTreeMap<String, String>,
}

fn read(text: &str) -> Result<Scheduler, Box<dyn std::error::Error>> {
    let config: Config = toml::from_str(text)?;
    let scheduler = Scheduler::new();
    for (name, dates) in config.calendars {
        scheduler.calendar(name, dates)?;
    }
    for (name, schedule) in config.jobs {
        let shown = name.clone();
        scheduler.schedule(schedule).key(&name).named(&name).run(move || println!("{shown}"))?;
    }
    Ok(scheduler)
}

fn show(text: &str) -> Result<(), Box<dyn std::error::Error>> {
    for job in read(text)?.jobs() {
        println!("{job}");
        println!("    {}", job.schedule().describe());
    }
    Ok(())
}

fn main() -> std::io::Result<()> {
    let text = env::args().nth(1).map_or(Ok(DEFAULT.to_owned()), fs::read_to_string)?;
    for text in [text.as_str(), WITH_A_MISTAKE] {
        if let Err(error) = show(text) {
            eprintln!("{error}");
        }
    }
    Ok(())
}
