//! Dates, months, hours and calendars.

use chrono::{Month, NaiveDate};
use punctual::{dates, Scheduler, Weekday};

use super::{assert_refused, Case};
use crate::support::{noon, seconds};

fn date(year: i32, month: u32, day: u32) -> NaiveDate {
    NaiveDate::from_ymd_opt(year, month, day).unwrap()
}

#[test]
fn dates_that_are_none_are_refused() {
    let cases: &[Case] = &[
        (|s| s.every().day().only_on([Weekday::Mon; 0]).run(|| {}), "invalid dates []: expected at least one"),
        (|s| s.every().day().except_on(Vec::<NaiveDate>::new()).run(|| {}), "invalid dates []: expected at least one"),
        (|s| s.every().day().except_on(punctual::Dates::default()).run(|| {}), "invalid dates []: expected at least one"),
        (
            |s| s.every().day().only_on(date(2024, 5, 1)..=date(2024, 4, 1)).run(|| {}),
            "invalid dates 2024-05-01 to 2024-04-01: they run backwards (expected 2024-04-01 to 2024-05-01)",
        ),
        (
            |s| s.every().day().only_on("2024-05-01 to 2024-04-01").run(|| {}),
            "invalid text \"2024-05-01 to 2024-04-01\": at column 1: invalid dates 2024-05-01 to 2024-04-01: they run \
             backwards (expected 2024-04-01 to 2024-05-01)",
        ),
        (
            |s| s.every().day().except_on(date(10_000, 1, 1)).run(|| {}),
            "invalid date +10000-01-01: expected a year from 0 to 9999",
        ),
        (|s| s.every().day().only_on(dates::day(0)).run(|| {}), "invalid day of the month 0: it must be 1 to 31"),
        (
            |s| s.every().day().only_on(dates::days(1..=32)).run(|| {}),
            "invalid day of the month 32: it must be 1 to 31",
        ),
        (
            |s| s.every().day().only_on([dates::day(1), dates::nth(6, Weekday::Mon)]).run(|| {}),
            "invalid number 6 of a weekday in the month: it must be 1 to 5",
        ),
        (
            |s| s.every().day().only_on(dates::nth_last_day(32)).run(|| {}),
            "invalid number 32 of a day from the end of the month: it must be 1 to 31",
        ),
        (
            |s| s.every().day().except_on(dates::date(2, 30)).run(|| {}),
            "invalid day of February 30: it must be 1 to 29",
        ),
        (|s| s.every().day().except_on(dates::date(13, 1)).run(|| {}), "invalid month 13: it must be 1 to 12"),
        (
            |s| s.every().day().except_on(dates::nearest_weekday(32)).run(|| {}),
            "invalid day of the month 32: it must be 1 to 31",
        ),
        (
            |s| s.every().day().only_on("mondays, wendsdays").run(|| {}),
            "unknown calendar \"wendsdays\": the scheduler has none (register it with `calendar` first)",
        ),
        (
            |s| s.every().day().only_on("mondays, tusdays").run(|| {}),
            "invalid text \"mondays, tusdays\": unknown word \"tusdays\" at column 10: did you mean \"Tuesday\"?",
        ),
        (
            |s| s.every().day().except_on("").run(|| {}),
            "invalid text \"\": the text ends at column 1 (expected dates, such as weekdays, Mondays, day 15, the last \
             day, the 2nd Tuesday, 25 December, 2024-12-24 or the name of a calendar)",
        ),
        (
            |s| s.every().week().on("everyday").run(|| {}),
            "invalid text \"everyday\": unexpected \"everyday\" at column 1 (expected a weekday, such as Monday or Mon)",
        ),
        (
            |s| s.every().week().on("monday or friday").run(|| {}),
            "invalid text \"monday or friday\": unexpected \"or\" at column 8 (expected a comma or the end)",
        ),
        (
            |s| s.every().month().on_days([1, 32]).run(|| {}),
            "invalid day of the month 32: it must be 1 to 31",
        ),
        (
            |s| s.every().month().on_days(Vec::<u8>::new()).run(|| {}),
            "invalid days of the month []: expected at least one",
        ),
        (|s| s.every().month().on_nearest_weekday(0).run(|| {}), "invalid day of the month 0: it must be 1 to 31"),
        (
            |s| s.every().month().on_nth_last_day(0).run(|| {}),
            "invalid number 0 of a day from the end of the month: it must be 1 to 31",
        ),
    ];
    assert_refused(cases);
}

#[test]
fn months_and_hours_that_are_none_are_refused() {
    let cases: &[Case] = &[
        (|s| s.every().day().only_in([Month::May; 0]).run(|| {}), "invalid months []: expected at least one"),
        (
            |s| s.every().day().only_in("june to augst").run(|| {}),
            "invalid text \"june to augst\": unknown word \"augst\" at column 9: did you mean \"August\"?",
        ),
        (
            |s| s.every().day().only_in("june").only_in("july").run(|| {}),
            "cannot limit every day only in June to July: no month is left (expected one of them)",
        ),
        (|s| s.every().hour().only_in_hours(9..=24).run(|| {}), "invalid hour 24: it must be 0 to 23"),
        (|s| s.every().hour().only_in_hours([-1]).run(|| {}), "invalid hour -1: it must be 0 to 23"),
        (
            |s| s.every().day().at_random("9:00", "10:00").only_in_hours([9]).run(|| {}),
            "cannot limit the hours of every day at a random time between 09:00 and 10:00: its moments are random \
             already (expected either)",
        ),
        (
            |s| s.every().day().only_in_hours([9]).at_random("9:00", "10:00").run(|| {}),
            "invalid random moment \"09:00:00\" to \"10:00:00\" for \"every day only in hours 9\": there is a window \
             already (expected either)",
        ),
        (
            |s| s.every().hour().only_in_hours([9]).only_in_hours([10]).run(|| {}),
            "cannot limit the hours of every hour only in hours 9: none is left (expected at least one)",
        ),
    ];
    assert_refused(cases);
}

#[test]
fn a_single_run_has_no_filters() {
    let once = || punctual::Schedule::after(seconds(5));
    let errors =
        [once().only_on("mondays"), once().only_in("may"), once().only_in_hours([9]), once().except_on("mondays")];
    let filters = [
        "filter \"only on Mondays\"",
        "filter \"only in May\"",
        "filter \"only in hours\"",
        "filter \"except on Mondays\"",
    ];
    for (error, filter) in errors.into_iter().zip(filters) {
        let why = "there is a single run (expected a schedule that repeats)";
        assert_eq!(error.unwrap_err().to_string(), format!("invalid {filter} for \"once after 5s\": {why}"));
    }
}

#[test]
fn a_schedule_whose_filters_leave_nothing_is_refused() {
    let cases: &[Case] = &[
        (
            |s| s.every().day().at("09:00").only_on("30 February").run(|| {}),
            "invalid text \"30 February\": unexpected \"30\" at column 1 (expected a day, 1 to 29)",
        ),
        (
            |s| s.every().day().at("09:00").except_on("weekdays and weekends").run(|| {}),
            "\"every day at 09:00 except on Mondays to Sundays\" has no run before the year 10000",
        ),
        (
            |s| s.every().hour().except_on("weekdays and weekends").run(|| {}),
            "\"every hour except on Mondays to Sundays\" has no run within 60 years",
        ),
        (
            |s| s.every().hour().only_on("2023-12-31").run(|| {}),
            "\"every hour only on 2023-12-31\" has no run within 60 years",
        ),
        (
            |s| s.every().month().on_day(15).only_on("day 16").run(|| {}),
            "\"every month on day 15 only on day 16\" has no run before the year 10000",
        ),
        (
            |s| s.every().day().at("09:00").only_in_hours([10]).run(|| {}),
            "\"every day at 09:00 only in hours 10\" has no run before the year 10000",
        ),
        (
            |s| s.cron("0 9 * * *").only_in_hours([10]).run(|| {}),
            "\"cron 0 9 * * * only in hours 10\" has no run before the year 10000",
        ),
        (
            |s| s.cron("0 9 31 * *").only_in("june").run(|| {}),
            "\"cron 0 9 31 * * only in June\" has no run before the year 10000",
        ),
        (
            |s| s.every().hour().between("09:00", "10:00").only_in_hours([10]).run(|| {}),
            "\"every hour between 09:00 and 10:00 only in hours 10\" has no run within 60 years",
        ),
        (
            // It has one in 2250.
            |s| s.every().seconds(86_401).only_in_hours([11]).run(|| {}),
            "\"every 86401 seconds only in hours 11\" has no run within 60 years",
        ),
    ];
    assert_refused(cases);
}

#[test]
fn a_calendar_that_cannot_be_is_refused() {
    let refused = |register: fn(&Scheduler) -> punctual::Result<()>| {
        let error = register(&noon().scheduler).unwrap_err();
        assert!(error.is_invalid());
        error.to_string()
    };
    let not_a_word = "it is not one word (expected letters, digits, - and _)";
    for name in ["", "two words", "1st", "tag!", "ferien:bayern", "ü"] {
        let error = noon().scheduler.calendar(name, Weekday::Mon).unwrap_err();
        assert_eq!(error.to_string(), format!("invalid name {name:?} of a calendar: {not_a_word}"));
    }
    for name in ["weekdays", "Monday", "mon", "june", "and", "every", "Last"] {
        let error = noon().scheduler.calendar(name, Weekday::Mon).unwrap_err().to_string();
        assert!(error.contains("the text of a schedule has that word already"), "{error}");
    }
    let nested = refused(|s| s.calendar("mine", "2024-01-01 and theirs"));
    assert_eq!(nested, "invalid calendar \"mine\": it contains the calendar \"theirs\" (expected dates)");
    assert_eq!(refused(|s| s.calendar("mine", "2024-02-30")).split(':').next(), Some("invalid text \"2024-02-30\""));
    for (name, near) in [("marsh", "March"), ("sunday2", "Sunday"), ("wekdays", "weekdays")] {
        let error = noon().scheduler.calendar(name, Weekday::Mon).unwrap_err().to_string();
        assert!(error.contains(&format!("it would be taken for a misspelled \"{near}\"")), "{error}");
    }
}

#[test]
fn a_calendar_that_is_not_registered_is_refused_with_those_that_are() {
    let stage = noon();
    let refused = |name: &str| stage.every().day().except_on(name).run(|| {}).unwrap_err().to_string();
    assert_eq!(refused("nix"), "unknown calendar \"nix\": the scheduler has none (register it with `calendar` first)");
    stage.scheduler.calendar("holidays", Weekday::Mon).unwrap();
    stage.scheduler.calendar("vacation", Weekday::Tue).unwrap();
    assert_eq!(refused("nix"), "unknown calendar \"nix\": the scheduler has \"holidays\", \"vacation\"");
    assert_eq!(refused("vacations"), "unknown calendar \"vacations\": did you mean \"vacation\"?");
    assert!(stage.scheduler.jobs().is_empty());
}
