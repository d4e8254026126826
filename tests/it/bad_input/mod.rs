//! Bad input is refused: the error quotes it and says what is expected, and no job is registered.

#[cfg(feature = "command")]
mod commands;
mod counts;
mod extremes;
mod filters;
mod labels;
mod moments;
mod policies;
mod scatter;
mod scheduler;
mod schedules;
mod times;
mod zones;

use std::{
    collections::BTreeSet,
    fs,
    panic::{catch_unwind, AssertUnwindSafe},
    path::Path,
};

use punctual::{Error, Scheduler, Weekday};

use crate::support::{minutes, noon, seconds, SchedulerSentence};

/// A sentence with a mistake, and the error message expected at noon UTC on 10 January 2024.
type Case = (SchedulerSentence, &'static str);

/// Checks that every sentence fails with its message, registers no job and does not panic.
fn assert_refused(cases: &[Case]) {
    assert_refused_with(cases, "");
}

/// [`assert_refused`], with messages that all end in `ending`.
fn assert_refused_with(cases: &[Case], ending: &str) {
    let mut wrong = Vec::new();
    for (sentence, message) in cases {
        let stage = noon();
        let got = match catch_unwind(AssertUnwindSafe(|| sentence(&stage.scheduler))) {
            Ok(Ok(job)) => format!("accepted: {job}"),
            Ok(Err(error)) => error.to_string(),
            Err(_) => "panicked".to_owned(),
        };
        let message = format!("{message}{ending}");
        if got != message {
            wrong.push(format!("expected {message}\n     got {got}"));
        }
        if got.chars().any(char::is_control) {
            wrong.push(format!("a control character is not escaped: {got:?}"));
        }
        if got == message && !stage.scheduler.jobs().is_empty() {
            wrong.push(format!("a job was registered in spite of: {message}"));
        }
    }
    assert!(wrong.is_empty(), "{} of {} cases fail:\n{}", wrong.len(), cases.len(), wrong.join("\n"));
}

/// The source of all files in a folder, except the one named `without`.
fn source(folder: &str, without: Option<&str>) -> String {
    let files = fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join(folder)).unwrap();
    let files = files
        .map(|file| file.unwrap().path())
        .filter(|file| file.is_file() && !without.is_some_and(|name| file.ends_with(name)));
    files.map(|file| fs::read_to_string(file).unwrap()).collect()
}

#[test]
fn the_tables_cover_every_method_of_a_sentence_that_can_refuse_its_argument() {
    // Every value of these arguments' types is valid: a priority, a conflict policy, a weekday, a body, a hook.
    const NEVER_REFUSED: [&str; 10] = [
        "priority",
        "on_conflict",
        "on_last",
        "run",
        "run_with",
        "run_async",
        "run_async_with",
        "around",
        "before_run",
        "after_run",
    ];
    let tables = source("tests/it/bad_input", Some("extremes.rs"));
    let cases = tables.matches("|s| s.").count();
    assert!(cases > 250, "only {cases} mistakes");
    let sentence = source("src/every", None);
    let methods = sentence.lines().filter_map(|line| line.strip_prefix("    pub fn "));
    let with_argument = methods.filter(|method| method.contains("self, "));
    let words: BTreeSet<&str> = with_argument.map(|method| method.split(['(', '<']).next().unwrap()).collect();
    assert!(words.len() > 20, "only {words:?}");
    let missing = words.iter().filter(|word| !NEVER_REFUSED.contains(word) && !tables.contains(&format!(".{word}(")));
    assert_eq!(missing.collect::<Vec<_>>(), Vec::<&&str>::new());
}

#[test]
fn a_sentence_with_several_mistakes_reports_the_first() {
    let cases: &[Case] = &[
        (|s| s.every().seconds(0).until("soon").run(|| {}), "invalid count 0 for seconds: it must be 1 or more"),
        (|s| s.every().weeks(0).on([]).at("x").run(|| {}), "invalid count 0 for weeks: it must be 1 or more"),
        (|s| s.every().week().on([]).at("25:00").run(|| {}), "invalid weekdays []: expected at least one"),
        (
            |s| s.every().month().on_day(0).at("25:00").times(0).run(|| {}),
            "invalid day of the month 0: it must be 1 to 31",
        ),
        (|s| s.every().minutes(5).to(3).at("x").run(|| {}), "invalid range 5 to 3: the end must not be below 5"),
        (
            |s| s.every().day().at("25:00").at("10:30").tz("+1").run(|| {}),
            r#"invalid time "25:00" for a daily job: the hour must be 0 to 23 (expected HH:MM or HH:MM:SS)"#,
        ),
        (|s| s.every().day().tz("+1").at("25:00").run(|| {}), r#"invalid offset "+1" (expected +HH:MM or -HH:MM)"#),
        (
            |s| s.every().hour().between("x", "y").times(0).run(|| {}),
            r#"invalid time "x" for a window: the hour is not a number (expected HH:MM or HH:MM:SS)"#,
        ),
        (|s| s.every().hour().times(0).times(3).run(|| {}), "invalid count 0 for times: it must be 1 or more"),
        (|s| s.once("11:00").tz("+1").run(|| {}), r#"invalid offset "+1" (expected +HH:MM or -HH:MM)"#),
    ];
    assert_refused(cases);
}

#[test]
fn later_options_are_accepted_after_a_mistake_but_do_not_correct_it() {
    let stage = noon();
    let sentence = stage.every().day().at("25:00").at("10:30").tz("UTC").between("9:00", "17:00").tag("a");
    let sentence = sentence.starting("13:00").until("2030-01-01").times(2).immediately().priority(1).named("b");
    assert!(sentence.run(|| {}).unwrap_err().is_invalid());
    assert!(stage.scheduler.jobs().is_empty() && stage.scheduler.jobs_tagged("a").is_empty());
}

#[test]
fn a_refused_sentence_does_not_change_the_scheduler() {
    let stage = noon();
    let before = stage.every().minute().run(|| {}).unwrap();
    stage.every().seconds(0).tag("a").run(|| {}).unwrap_err();
    stage.every().second().tag("a").until("11:00").run(|| {}).unwrap_err();
    assert_eq!(stage.scheduler.jobs(), [before]);
    assert_eq!(stage.scheduler.idle(), Some(seconds(60)));
    assert_eq!(stage.scheduler.next_run_tagged("a"), None);
    assert_eq!(stage.wait(minutes(1)), 1);
}

#[test]
fn exactly_one_predicate_holds_for_each_error() {
    type Predicate = fn(&Error) -> bool;
    let predicates: [Predicate; 4] = [Error::is_invalid, Error::is_never, Error::is_conflict, Error::is_scheduler_gone];
    let cases: &[(SchedulerSentence, Predicate)] = &[
        (|s| s.every().day().at("25:00").run(|| {}), Error::is_invalid),
        (|s| s.every().hour().between("9:00", "9:00").run(|| {}), Error::is_invalid),
        (|s| s.every().days(0).run(|| {}), Error::is_invalid),
        (|s| s.every().days(3).to(2).run(|| {}), Error::is_invalid),
        (|s| s.every().day().times(0).run(|| {}), Error::is_invalid),
        (|s| s.every().year().on_date(4, 31).run(|| {}), Error::is_invalid),
        (|s| s.every().month().on_nth(6, Weekday::Mon).run(|| {}), Error::is_invalid),
        (|s| s.every().week().on([]).run(|| {}), Error::is_invalid),
        (|s| s.every().day().tz("nowhere").run(|| {}), Error::is_invalid),
        (|s| s.every().day().tz("+1").run(|| {}), Error::is_invalid),
        (|s| s.every().day().until("soon").run(|| {}), Error::is_invalid),
        (|s| s.every().day().until("11:00").run(|| {}), Error::is_invalid),
        (|s| s.once("11:00").run(|| {}), Error::is_invalid),
        (|s| s.every().day().tag("").run(|| {}), Error::is_invalid),
        (|s| s.every().years(300_000).run(|| {}), Error::is_never),
        (|s| s.every().day().at("8:00").between("9:00", "17:00").run(|| {}), Error::is_never),
        (
            |_| {
                let sentence = Scheduler::new().every().day();
                sentence.run(|| {})
            },
            Error::is_scheduler_gone,
        ),
    ];
    for (sentence, kind) in cases {
        let error = sentence(&noon().scheduler).unwrap_err();
        assert!(kind(&error), "{error}");
        assert_eq!(predicates.iter().filter(|predicate| predicate(&error)).count(), 1, "{error}");
        assert_eq!(format!("{error:?}"), error.to_string(), "`main` prints an error by its Debug");
        assert!(std::error::Error::source(&error).is_none());
    }
}
