//! A schedule is a string of a data format.

use punctual::{
    chrono::{DateTime, Utc},
    Schedule, Trigger, Unit,
};
use serde::{Deserialize, Serialize};

#[derive(Debug, PartialEq, Deserialize, Serialize)]
struct Config {
    nightly: Schedule,
    others: Vec<Schedule>,
}

struct Never;

impl Trigger for Never {
    fn next_after(&self, _: DateTime<Utc>) -> Option<DateTime<Utc>> {
        None
    }
}

#[test]
fn a_schedule_is_written_and_read_as_its_text() {
    let config = Config {
        nightly: Schedule::every(1, Unit::Day).unwrap().at("2:00").unwrap().times(10).unwrap(),
        others: vec![Schedule::cron("*/5 * * * *").unwrap(), Schedule::once("2030-01-01 18:30").unwrap()],
    };
    let json = r#"{"nightly":"every day at 02:00, 10 times","others":["cron */5 * * * *","once at 2030-01-01 18:30"]}"#;
    assert_eq!(serde_json::to_string(&config).unwrap(), json);
    assert_eq!(serde_json::from_str::<Config>(json).unwrap(), config);
    assert_eq!(serde_json::from_reader::<_, Config>(json.as_bytes()).unwrap(), config);
    assert_eq!(
        toml::from_str::<Config>("nightly = 'every day at 2:00, 10 times'\nothers = []").unwrap().nightly,
        config.nightly
    );
}

#[test]
fn what_has_no_text_that_can_be_read_is_not_written() {
    let trigger = Schedule::from_trigger(Never);
    let alternative = Schedule::every(1, Unit::Day).unwrap().or(&trigger).unwrap();
    for schedule in [trigger, alternative] {
        let error = serde_json::to_string(&schedule).unwrap_err().to_string();
        assert_eq!(error, "a schedule by a trigger has no text (expected one that is said in words)");
    }
    let long = (0..60).fold(Schedule::every(1, Unit::Day).unwrap(), |schedule, second| {
        schedule.at(format!("9:00:{second:02}")).unwrap()
    });
    let error = serde_json::to_string(&long).unwrap_err().to_string();
    let why =
        error.strip_prefix("invalid text \"every day at 09:00, 09:00:01, 09:00:02, 09:00:03, 09:00:04, \"…: it has ");
    assert!(why.is_some(), "{error}");
}

#[test]
fn what_is_no_text_of_a_schedule_is_refused_with_its_place() {
    let error = |json| serde_json::from_str::<Schedule>(json).unwrap_err().to_string();
    assert!(
        error("5").starts_with("invalid type: integer `5`, expected the text of a schedule, such as"),
        "{}",
        error("5")
    );
    let error = toml::from_str::<Config>("others = []\nnightly = 'every dey'").unwrap_err().to_string();
    assert!(error.contains("line 2, column 11") && error.contains("did you mean \"day\"?"), "{error}");
}
