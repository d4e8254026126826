//! Cron expressions: what reading one costs, and each of its next slots in New York, beside `croner` and `cron`, and
//! beside APScheduler if a Python that has it is named by the variable `PYTHON`.

use std::{
    env,
    hint::black_box,
    process::{Command, ExitCode},
    str::FromStr,
    time::{Instant, SystemTime},
};

use chrono::{DateTime, TimeZone};
use chrono_tz::{America::New_York, Tz};
use punctual::{ManualClock, Schedule, Scheduler};

/// An expression; the same for `cron`, if that has a form for it, which wants seconds and has no `L`; and the number of
/// its next slots to find. No engine but `punctual` knows the zone after 2100.
const EXPRESSIONS: [(&str, Option<&str>, usize); 4] = [
    ("30 10 * * 1-5", Some("0 30 10 * * Mon-Fri"), 100),
    ("*/15 * * * *", Some("0 */15 * * * *"), 100),
    ("0 0 L * *", None, 100),
    ("0 0 29 2 *", Some("0 0 0 29 2 *"), 16),
];

/// The median of the nanoseconds that one of `n` operations takes.
fn nanos(n: usize, mut work: impl FnMut()) -> f64 {
    let mut samples: Vec<f64> = (0..31)
        .map(|_| {
            let start = Instant::now();
            work();
            start.elapsed().as_nanos() as f64 / n as f64
        })
        .collect();
    samples.sort_by(f64::total_cmp);
    samples[samples.len() / 2]
}

/// The time that reading takes, and the time for one slot.
struct Figures {
    read: f64,
    slot: f64,
}

fn of_punctual(text: &str, begin: DateTime<Tz>, slots: usize) -> punctual::Result<Figures> {
    let scheduler = Scheduler::with_clock(ManualClock::new(begin.to_utc()));
    let job = scheduler.cron(text).tz(New_York).run(|| {})?;
    Ok(Figures {
        read: nanos(100, || (0..100).for_each(|_| drop(black_box(Schedule::cron(black_box(text)))))),
        slot: nanos(slots, || drop(black_box(job.upcoming(slots)))),
    })
}

fn of_croner(text: &str, begin: DateTime<Tz>, slots: usize) -> Result<Figures, croner::errors::CronError> {
    let cron = croner::Cron::from_str(text)?;
    Ok(Figures {
        read: nanos(100, || (0..100).for_each(|_| drop(black_box(croner::Cron::from_str(black_box(text)))))),
        slot: nanos(slots, || drop(black_box(cron.iter_after(begin).take(slots).collect::<Vec<_>>()))),
    })
}

fn of_cron(text: &str, begin: DateTime<Tz>, slots: usize) -> Result<Figures, cron::error::Error> {
    let cron = cron::Schedule::from_str(text)?;
    Ok(Figures {
        read: nanos(100, || (0..100).for_each(|_| drop(black_box(cron::Schedule::from_str(black_box(text)))))),
        slot: nanos(slots, || drop(black_box(cron.after(&begin).take(slots).collect::<Vec<_>>()))),
    })
}

/// Asks APScheduler, in a process of its own, which prints both times in nanoseconds.
fn of_apscheduler(text: &str, slots: usize) -> Option<Figures> {
    let output = Command::new(env::var_os("PYTHON")?)
        .args(["-c", include_str!("cron_trial.py"), text, &slots.to_string()])
        .output()
        .ok()?;
    let printed = String::from_utf8(output.stdout).ok()?;
    let mut numbers = printed.split_whitespace().map(str::parse);
    Some(Figures { read: numbers.next()?.ok()?, slot: numbers.next()?.ok()? })
}

fn row(name: &str, figures: Option<Figures>, clock: f64) {
    match figures {
        Some(Figures { read, slot }) => {
            println!(
                "  {name:12} reads it in {read:8.0} ns, a slot in {slot:8.1} ns = {:6.1} clock reads",
                slot / clock
            );
        }
        None => println!("  {name:12} -"),
    }
}

fn main() -> ExitCode {
    const READS: usize = 10_000;
    let Some(begin) = New_York.with_ymd_and_hms(2024, 1, 10, 13, 0, 0).single() else { return ExitCode::FAILURE };
    for (text, for_cron, slots) in EXPRESSIONS {
        // Beside each expression: a processor changes its speed within seconds.
        let clock = nanos(READS, || (0..READS).for_each(|_| _ = black_box(SystemTime::now())));
        println!("{text} (a clock read takes {clock:.1} ns)");
        row("punctual", of_punctual(text, begin, slots).ok(), clock);
        row("croner", of_croner(text, begin, slots).ok(), clock);
        row("cron", for_cron.and_then(|text| of_cron(text, begin, slots).ok()), clock);
        row("APScheduler", of_apscheduler(text, slots), clock);
    }
    ExitCode::SUCCESS
}
