//! A second reading of the texts of a sentence, by their shape and by chrono's own parser.

use punctual::{
    chrono::{NaiveDate, NaiveDateTime, NaiveTime, Timelike},
    chrono_tz::TZ_VARIANTS,
};

/// The text with a 0 for each digit.
fn shape(text: &str) -> String {
    text.chars().map(|c| if c.is_ascii_digit() { '0' } else { c }).collect()
}

/// `time` as chrono reads it, which takes leap seconds too.
fn read(time: &str) -> Option<NaiveTime> {
    let time = NaiveTime::parse_from_str(time, "%H:%M:%S").ok()?;
    (time.nanosecond() < 1_000_000_000).then_some(time)
}

/// What `at` takes on days and dates, and `between`.
pub fn time_of_day(text: &str) -> Option<NaiveTime> {
    match &shape(text)[..] {
        "0:00" | "00:00" => read(&format!("{text}:00")),
        "0:00:00" | "00:00:00" => read(text),
        _ => None,
    }
}

/// What `at` takes on hours.
pub fn time_of_hour(text: &str) -> Option<NaiveTime> {
    match &shape(text)[..] {
        ":00" => read(&format!("0{text}:00")),
        "00:00" => read(&format!("0:{text}")),
        _ => None,
    }
}

/// What `at` takes on minutes.
pub fn time_of_minute(text: &str) -> Option<NaiveTime> {
    match &shape(text)[..] {
        ":00" => read(&format!("0:0{text}")),
        _ => None,
    }
}

/// What `until`, `starting` and `once` take.
pub fn moment(text: &str, today: NaiveDate) -> Option<NaiveDateTime> {
    let (date, time) = match text.split_once(' ') {
        Some((date, time)) => (date, time_of_day(time)?),
        None => match time_of_day(text) {
            Some(time) => return Some(today.and_time(time)),
            None => (text, NaiveTime::MIN),
        },
    };
    match &shape(date)[..] {
        "0000-00-00" | "0000-0-00" | "0000-00-0" | "0000-0-0" => {
            Some(NaiveDate::parse_from_str(date, "%Y-%m-%d").ok()?.and_time(time))
        }
        _ => None,
    }
}

/// What `tz` calls the zone that it takes a text for.
pub fn zone(text: &str) -> Option<String> {
    match &shape(text)[..] {
        "local" | "UTC" => return Some(text.to_owned()),
        "+00:00" | "-00:00" => {
            let time = read(&format!("{}:00", &text[1..]))?;
            let none = time == NaiveTime::MIN;
            return Some(if none { "UTC".to_owned() } else { text.to_owned() });
        }
        _ => {}
    }
    let known = TZ_VARIANTS.iter().find(|zone| zone.name() == text)?;
    Some(known.name().to_owned())
}
