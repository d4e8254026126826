//! Cron expressions, by the recorded answers of cron engines.

use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use punctual::{Dialect, Fields, Result, Schedule};
use serde_json::Value;

use crate::support::Stage;

fn rows(text: &str) -> Vec<Value> {
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn schedule(row: &Value) -> Result<Schedule> {
    if let Some(fields) = row["fields"].as_object() {
        let value = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        let all = fields.iter().fold(Fields::new(), |all, (name, given)| match name.as_str() {
            "year" => all.year(value(given)),
            "month" => all.month(value(given)),
            "day" => all.day(value(given)),
            "week" => all.week(value(given)),
            "day_of_week" => all.day_of_week(value(given)),
            "hour" => all.hour(value(given)),
            "minute" => all.minute(value(given)),
            "second" => all.second(value(given)),
            name => panic!("an unknown field {name}"),
        });
        return Schedule::cron(all);
    }
    let dialect = match row["dialect"].as_str().unwrap_or("unix5") {
        "vixie5" => Dialect::Vixie,
        "quartz" => Dialect::Quartz,
        "celery" => Dialect::Celery,
        _ => Dialect::Unix,
    };
    Schedule::cron_in(dialect, row["expr"].as_str().unwrap())
}

fn slots(schedule: Schedule, zone: Tz, after: DateTime<Utc>, count: usize) -> Vec<String> {
    let Stage { scheduler, .. } = Stage::new(after, zone);
    match scheduler.schedule(schedule).run(|| {}) {
        Ok(job) => job.upcoming(count).iter().map(|slot| slot.format("%Y-%m-%dT%H:%M:%SZ").to_string()).collect(),
        Err(error) => vec![error.to_string()],
    }
}

fn times(row: &Value, key: &str) -> Vec<String> {
    row[key].as_array().unwrap().iter().map(|time| time.as_str().unwrap().to_owned()).collect()
}

fn check(rows: &[Value], key: &str) {
    let mut wrong = Vec::new();
    for row in rows {
        let zone: Tz = row["zone"].as_str().unwrap_or("UTC").parse().unwrap();
        let after: DateTime<Utc> = row["after"].as_str().unwrap().parse().unwrap();
        let expected = times(row, key);
        match schedule(row) {
            Err(error) => wrong.push(format!("{row}\n    {error}")),
            Ok(schedule) => {
                let found = slots(schedule, zone, after, expected.len());
                if found != expected {
                    wrong.push(format!("{row}\n    gave {found:?}"));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{} of {} rows differ:\n{}", wrong.len(), rows.len(), wrong.join("\n"));
}

#[test]
fn expressions_have_the_slots_of_other_engines_and_of_the_rule_near_changes() {
    check(&rows(include_str!("../vectors/cron/unix.jsonl")), "expect");
}

#[test]
fn the_last_date_has_the_slots_that_an_overlap_repeats() {
    // On 27 October 2030, in Berlin, 03:00 is followed by 02:00.
    let last = Schedule::cron("0 */30 2 27 10 * 2030").unwrap();
    let found = slots(last, chrono_tz::Europe::Berlin, DateTime::UNIX_EPOCH, 9);
    let hours = ["00:00", "00:30", "01:00", "01:30"];
    assert_eq!(found, hours.map(|time| format!("2030-10-27T{time}:00Z")));
}

#[test]
fn dialects_have_the_slots_of_their_engines() {
    check(&rows(include_str!("../vectors/cron/other.jsonl")), "expect");
}

#[test]
fn fields_have_the_slots_of_apscheduler() {
    check(&rows(include_str!("../vectors/cron/fields.jsonl")), "expect");
}

#[test]
fn expressions_mean_what_all_engines_read() {
    check(&rows(include_str!("../vectors/cron/meaning.jsonl")), "times");
}

#[test]
fn what_is_easily_misread_is_refused() {
    let rows = rows(include_str!("../vectors/cron/invalid.jsonl"));
    let wrong: Vec<String> = rows
        .iter()
        .filter_map(|row| {
            let read = Schedule::cron(row["expr"].as_str().unwrap());
            (read.is_ok() != (row["advice"] == "accept")).then(|| format!("{row} gave {read:?}"))
        })
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_canonical_text_is_a_fixed_point() {
    for row in rows(include_str!("../vectors/cron/unix.jsonl")) {
        let read = schedule(&row).unwrap();
        let text = read.to_string();
        let again = Schedule::cron(text.strip_prefix("cron ").unwrap()).unwrap();
        assert_eq!((again.to_string(), &again), (text, &read));
    }
}

/// A text that is refused, and its error.
fn error(text: &str) -> String {
    Schedule::cron(text).unwrap_err().to_string()
}

#[test]
fn errors_quote_the_text_and_say_what_is_right() {
    let rows = [
        ("* * * *", "5, 6 or 7 fields expected, 4 given (expected minute, hour, day of month, month, day of week)"),
        ("0/15 * * * *", "minute \"0/15\" at column 1 has a step without a range (expected 0-59/15 or */15)"),
        ("5/15 * * * *", "minute \"5/15\" at column 1 has a step without a range (expected 5-59/15)"),
        ("0 0 * * FRI-MON", "day of week \"FRI-MON\" at column 9 runs backwards (expected FRI,SAT,SUN,MON)"),
        ("0 22-2 * * *", "hour \"22-2\" at column 3 runs backwards (expected 22-23,0-2)"),
        ("0 0 * * MONDAY", "day of week \"MONDAY\" at column 9 is not a name of three letters: did you mean MON?"),
        ("100 * * * *", "minute \"100\" at column 1 is out of range (expected 0 to 59)"),
        ("0 0 * * 9", "day of week \"9\" at column 9 is out of range (expected 0 to 7, or SUN to SAT)"),
        ("0 9 * * MON-FRI Europe/Berlin", "Europe/Berlin is no field (expected the fields, and .tz(\"Europe/Berlin\"))"),
        ("@every 2h", "an interval is no cron expression (expected a sentence: every().hours(2))"),
        ("@every 1.5h", "an interval is no cron expression (expected a sentence: every().minutes(5))"),
        ("1,,2 * * * *", "minute \"1,,2\" at column 1 has an empty item (expected no comma before, after or beside one)"),
        ("0 0 l * *", "day of month \"l\" at column 5 is in lower case: did you mean L?"),
        ("0 0 L-3 * *", "day of month \"L-3\" at column 5 counts from the last day, which Dialect::Quartz has (expected L, the last day itself)"),
        ("0 0 1 * +", "day of week \"+\" at column 9 has no weekday after its \"+\" (expected +5, or * for every day)"),
        ("0 0 1 1 1 2025", "day of week \"2025\" at column 11 is a year, but the first of 6 fields is the second (expected 0 0 0 1 1 1 2025)"),
        ("@Daily", "there is no such macro: did you mean @daily?"),
        ("@dayly", "there is no such macro: did you mean @daily?"),
        ("@every 5m", "an interval is no cron expression (expected a sentence: every().minutes(5))"),
        ("CRON_TZ=Europe/Berlin 0 9 * * *", "CRON_TZ is no field (expected the fields, and .tz(\"Europe/Berlin\"))"),
        ("0 0 * * MON\u{2013}FRI", "'\u{2013}' at column 12 is no character of an expression (expected -)"),
    ];
    for (text, expected) in rows {
        assert_eq!(error(text), format!("invalid cron {text:?}: {expected}"));
    }
    assert!(error("*/90 * * * *").contains("every().minutes(90)"));
    assert!(error(&"*".repeat(257)).ends_with("it has 257 bytes (expected 256 at most)"));
    let fields = Schedule::cron(Fields::new().day("1,".repeat(200))).unwrap_err();
    assert!(fields.to_string().ends_with("it has 406 bytes (expected 256 at most)"), "{fields}");
    assert_eq!(
        error("0 0 31 4 *"),
        "cron \"0 0 31 4 *\" never comes: no date has its day, month and year (expected a day that one of its months has)"
    );
}

#[test]
fn equality_is_of_meaning() {
    let equal = [
        ("@daily", "0 0 * * *"),
        ("0 9 * * mon-fri", "0  9 * * 1,2,3,4,5"),
        ("0 0 * * 7", "0 0 * * SUN"),
        ("0 0 1-31 * 1", "0 0 * * *"),
        ("0 0 0 * * *", "0 0 * * *"),
        ("*/1 * * * *", "* * * * *"),
        ("0 0 * * 5#L", "0 0 ? * FRIL"),
        ("0 0 * * MON,MON#1", "0 0 * * 1"),
    ];
    for (one, other) in equal {
        assert_eq!(Schedule::cron(one).unwrap(), Schedule::cron(other).unwrap(), "{one} and {other}");
    }
    // One has each time once a date, the other whenever the clock shows it.
    assert_ne!(Schedule::cron("0 0-23 * * *").unwrap(), Schedule::cron("0 * * * *").unwrap());
    assert_ne!(Schedule::cron("0 0 13 * 5").unwrap(), Schedule::cron("0 0 13 * +5").unwrap());
}

/// Texts that were made from known ones by a few changes.
#[test]
fn no_text_is_a_panic_and_what_is_read_is_read_again() {
    let known: Vec<String> =
        [include_str!("../vectors/cron/unix.jsonl"), include_str!("../vectors/cron/invalid.jsonl")]
            .into_iter()
            .flat_map(rows)
            .map(|row| row["expr"].as_str().unwrap().to_owned())
            .collect();
    let dialects = [Dialect::Unix, Dialect::Vixie, Dialect::Quartz, Dialect::Celery, Dialect::Fields];
    let mut rng = fastrand::Rng::with_seed(5);
    let seconds = std::env::var("PUNCTUAL_CRON_SECONDS").ok().and_then(|seconds| seconds.parse().ok()).unwrap_or(0);
    let (begin, mut longest, mut read) = (std::time::Instant::now(), std::time::Duration::ZERO, 0);
    let mut count = 0;
    while count < 20_000 || begin.elapsed().as_secs() < seconds {
        count += 1;
        let mut text: Vec<char> = known[rng.usize(0..known.len())].chars().take(260).collect();
        for _ in 0..rng.usize(0..4) {
            let letter = *rng
                .choice(&['0', '1', '9', '*', '/', '-', ',', 'L', 'W', '#', '?', '+', ' ', 'm', '\u{e9}', '@'])
                .unwrap();
            let place = rng.usize(0..=text.len());
            if rng.bool() || place == text.len() {
                text.insert(place, letter);
            } else {
                text[place] = letter;
            }
        }
        let text: String = text.into_iter().collect();
        let dialect = dialects[rng.usize(0..dialects.len())];
        let start = std::time::Instant::now();
        let schedule = Schedule::cron_in(dialect, &text);
        let job = schedule.as_ref().ok().map(|schedule| {
            let Stage { scheduler, .. } = Stage::new(DateTime::UNIX_EPOCH, chrono_tz::America::New_York);
            scheduler.schedule(schedule).run(|| {}).map(|job| job.next_run())
        });
        longest = longest.max(start.elapsed());
        if let Ok(schedule) = schedule {
            read += 1;
            let punctual::Recurrence::Cron(dialect, canonical) = schedule.parts().recurrence else { panic!() };
            let again = Schedule::cron_in(dialect, &canonical).unwrap();
            assert_eq!((again.to_string(), &again), (schedule.to_string(), &schedule), "{text}");
            assert!(job.is_some());
        }
    }
    assert!(read > count / 20, "{read} of {count}, the longest took {longest:?}");
    show(&format!("{read} of {count} were read, the longest took {longest:?}"));
}

#[allow(clippy::print_stdout)]
fn show(line: &str) {
    println!("{line}");
}

#[test]
fn words_have_the_slots_of_their_expression() {
    let all = [
        (include_str!("../vectors/cron/unix.jsonl"), "expect"),
        (include_str!("../vectors/cron/other.jsonl"), "expect"),
        (include_str!("../vectors/cron/fields.jsonl"), "expect"),
        (include_str!("../vectors/cron/meaning.jsonl"), "times"),
    ];
    let (mut wrong, mut worded, mut count) = (Vec::new(), 0, 0);
    for row in all.iter().flat_map(|(text, _)| rows(text)) {
        let Ok(schedule) = schedule(&row) else { continue };
        let zone: Tz = row["zone"].as_str().unwrap_or("UTC").parse().unwrap();
        let after: DateTime<Utc> = row["after"].as_str().unwrap().parse().unwrap();
        let words = schedule.describe();
        let read: Schedule = words.parse().unwrap_or_else(|error| panic!("{error}"));
        count += 1;
        worded += usize::from(!words.starts_with("cron"));
        let (expected, found) = (slots(schedule, zone, after, 50), slots(read, zone, after, 50));
        if expected != found {
            let differs = expected.iter().zip(&found).find(|(a, b)| a != b);
            wrong.push(format!("{row}\n    {words}\n    {differs:?}"));
        }
    }
    assert!(wrong.is_empty(), "{} differ:\n{}", wrong.len(), wrong.join("\n"));
    assert!(worded * 10 > count * 8, "only {worded} of {count} have words");
}

#[test]
fn a_long_text_is_cut_between_characters() {
    for dialect in [Dialect::Unix, Dialect::Vixie, Dialect::Quartz, Dialect::Celery, Dialect::Fields] {
        for ahead in 0..4 {
            let text = format!("{}{}", "x".repeat(ahead), "é日".repeat(200));
            let error = Schedule::cron_in(dialect, &text).unwrap_err().to_string();
            assert!(error.contains('…') && error.len() < 1_000, "{error}");
        }
    }
}
