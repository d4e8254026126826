//! Compares the public API with recorded results of Python's `schedule` 1.2.2, row by row.

use chrono::{DateTime, NaiveDateTime, TimeZone, Utc};
use chrono_tz::Tz;
use punctual::{Job, Result, Scheduler};
use serde_json::Value;

use crate::support::Stage;

fn rows(text: &str) -> impl Iterator<Item = Value> + '_ {
    text.lines().map(|line| serde_json::from_str(line).unwrap())
}

fn text<'a>(row: &'a Value, key: &str) -> Option<&'a str> {
    row.get(key).and_then(Value::as_str)
}

/// Builds the sentence of a row; `None` if its mistake would not compile.
fn sentence(scheduler: &Scheduler, row: &Value) -> Option<Result<Job>> {
    let every = scheduler.every();
    let n = row["interval"].as_u64().unwrap();
    let unit = text(row, "unit").unwrap();
    let at = text(row, "at");
    macro_rules! end {
        ($sentence:expr) => {{
            let sentence = $sentence;
            match text(row, "tz") {
                Some(tz) => Some(sentence.tz(tz).run(|| {})),
                None => Some(sentence.run(|| {})),
            }
        }};
    }
    macro_rules! with_at {
        ($sentence:expr) => {{
            let sentence = $sentence;
            match at {
                Some(at) => end!(sentence.at(at)),
                None => end!(sentence),
            }
        }};
    }
    match (unit, n) {
        ("second" | "seconds" | "week" | "weeks", _) if at.is_some() => None,
        ("second", 1) => end!(every.second()),
        ("seconds", n) => end!(every.seconds(n)),
        ("minute", 1) => with_at!(every.minute()),
        ("minutes", n) => with_at!(every.minutes(n)),
        ("hour", 1) => with_at!(every.hour()),
        ("hours", n) => with_at!(every.hours(n)),
        ("day", 1) => with_at!(every.day()),
        ("days", n) => with_at!(every.days(n)),
        ("week", 1) => end!(every.week()),
        ("weeks", n) => end!(every.weeks(n)),
        ("monday", 1) => with_at!(every.monday()),
        ("tuesday", 1) => with_at!(every.tuesday()),
        ("wednesday", 1) => with_at!(every.wednesday()),
        ("thursday", 1) => with_at!(every.thursday()),
        ("friday", 1) => with_at!(every.friday()),
        ("saturday", 1) => with_at!(every.saturday()),
        ("sunday", 1) => with_at!(every.sunday()),
        _ => None,
    }
}

fn local(zone: Tz, wall: &str) -> DateTime<Utc> {
    let wall: NaiveDateTime = wall.parse().unwrap();
    zone.from_local_datetime(&wall).earliest().unwrap().to_utc()
}

#[test]
fn every_next_run_is_the_same_as_in_schedule() {
    let mut wrong = Vec::new();
    for row in rows(include_str!("../vectors/schedule_next_run.jsonl")) {
        let zone: Tz = text(&row, "local").unwrap().parse().unwrap();
        let Stage { scheduler, .. } = Stage::new(local(zone, text(&row, "now").unwrap()), zone);
        let job = sentence(&scheduler, &row).unwrap().unwrap();
        let next = job.next_run().unwrap().with_timezone(&zone).naive_local();
        if next.to_string() != text(&row, "next_run").unwrap().replace('T', " ") {
            wrong.push(format!("{row} gave {next}"));
        }
    }
    assert!(wrong.is_empty(), "{} rows differ:\n{}", wrong.len(), wrong.join("\n"));
}

/// Deliberate differences: the unit, the argument of `at`, and the reason.
const DIFFERENCES: &[(&str, &str, &str)] = &[
    ("day", "9:00", "an hour of one digit is unambiguous"),
    ("monday", "9:00", "an hour of one digit is unambiguous"),
    ("day", "10:30\n", "a line break is refused like any other character that is not part of a time"),
    ("hour", "10:30\n", "a line break is refused like any other character that is not part of a time"),
];

#[test]
fn every_mistake_is_refused_as_in_schedule() {
    let zone: Tz = "Europe/Berlin".parse().unwrap();
    let (mut wrong, mut different) = (Vec::new(), Vec::new());
    for row in rows(include_str!("../vectors/schedule_errors.jsonl")) {
        let Stage { scheduler, .. } = Stage::new(local(zone, "2024-01-10T12:20:30"), zone);
        // A sentence that does not compile counts as refused.
        let job = sentence(&scheduler, &row).and_then(Result::ok);
        let wall = |job: &Job| job.next_run().unwrap().with_timezone(&zone).naive_local();
        let ours = job.as_ref().map(|job| wall(job).to_string());
        let theirs = text(&row, "next_run").map(|next| next.replace('T', " "));
        let known = DIFFERENCES
            .iter()
            .position(|(unit, at, _)| text(&row, "unit") == Some(unit) && text(&row, "at") == Some(at));
        match (ours == theirs, known) {
            (true, None) => assert_eq!(scheduler.jobs().len(), usize::from(job.is_some()), "{row}"),
            (false, Some(known)) => different.push(known),
            _ => wrong.push(format!("{row} gave {ours:?}")),
        }
    }
    assert!(wrong.is_empty(), "{} rows differ:\n{}", wrong.len(), wrong.join("\n"));
    different.sort_unstable();
    assert_eq!(different, (0..DIFFERENCES.len()).collect::<Vec<_>>(), "a listed difference does not occur in any row");
}

#[test]
fn an_hour_of_one_digit_is_the_same_as_one_with_a_leading_zero() {
    let zone: Tz = "Europe/Berlin".parse().unwrap();
    let Stage { scheduler, .. } = Stage::new(local(zone, "2024-01-10T12:20:30"), zone);
    let (short, long) = (scheduler.every().day().at("9:00"), scheduler.every().day().at("09:00"));
    assert_eq!(short.run(|| {}).unwrap().next_run(), long.run(|| {}).unwrap().next_run());
}
