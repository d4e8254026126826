//! Mistakes in a `Schedule`, whose methods are not limited by the types of a sentence, and in sentences that use one.

use std::time::Duration;

use chrono::NaiveTime;
use punctual::{every, Dialect, Schedule, Unit, Weekday};

use super::{assert_refused, Case};
use crate::support::noon;

const DELAY: Duration = Duration::from_secs(5);

/// A daily schedule at the first `n` seconds of the day.
fn at_seconds(n: u32) -> punctual::Result<Schedule> {
    let second = |second| NaiveTime::from_num_seconds_from_midnight_opt(second, 0).unwrap();
    (0..n).try_fold(Schedule::every(1, Unit::Day)?, |schedule, n| schedule.at(second(n)))
}

/// `n` alternatives to one schedule.
fn alternatives(n: u32) -> punctual::Result<Schedule> {
    (1..=n).try_fold(Schedule::every(1, Unit::Hour)?, |schedule, n| schedule.or(Schedule::every(n, Unit::Day)?))
}

#[test]
fn more_times_or_alternatives_than_a_search_can_take_are_refused() {
    let cases: &[Case] = &[
        (
            |s| s.schedule(at_seconds(1_441)?).run(|| {}),
            "too many times: \"00:24:00\" is the 1441st of the schedule (expected at most 1440)",
        ),
        (
            |s| s.schedule(at_seconds(1_440)?.at("10:30")?).run(|| {}),
            "too many times: \"10:30:00\" is the 1441st of the schedule (expected at most 1440)",
        ),
        (
            |s| s.schedule(Schedule::every(1, Unit::Day)?.at("10:30")?.or(at_seconds(1_439)?)?.at("11:30")?).run(|| {}),
            "too many times: \"11:30:00\" is the 1441st of the schedule (expected at most 1440)",
        ),
        (
            |s| s.schedule(at_seconds(1_440)?.or(Schedule::every(1, Unit::Hour)?.at(":30")?)?).run(|| {}),
            "invalid alternative \"every hour at :30\": the whole would name 1441 times (expected at most 1440)",
        ),
        (
            |s| s.schedule(alternatives(33)?).run(|| {}),
            "invalid alternative \"every 33 days\": there would be 33 of them (expected at most 32)",
        ),
    ];
    assert_refused(cases);
    let nested = alternatives(2).unwrap().or(alternatives(30).unwrap()).unwrap_err().to_string();
    assert!(nested.ends_with(": there would be 33 of them (expected at most 32)"), "{nested}");
    let most = at_seconds(1_440).unwrap().at("00:00").unwrap().or(alternatives(31).unwrap()).unwrap();
    assert!(noon().scheduler.schedule(most).run(|| {}).is_ok(), "the same time twice is one");
}

#[test]
fn a_schedule_refuses_at_run_time_what_a_sentence_refuses_at_compile_time() {
    let cases: &[Case] = &[
        (
            |s| s.schedule(Schedule::every(5, Unit::Second)?.at(":30")?).run(|| {}),
            "invalid time \":30\" for \"every 5 seconds\": no part of it can be named (expected minutes, hours or days)",
        ),
        (
            |s| s.schedule(Schedule::interval(DELAY)?.at(":30")?).run(|| {}),
            "invalid time \":30\" for \"every 5s\": no part of it can be named (expected minutes, hours or days)",
        ),
        (
            |s| s.schedule(Schedule::every(1, Unit::Week)?.at("10:30\n")?).run(|| {}),
            "invalid time \"10:30\\n\" for \"every week\": no day is named (expected `on` with weekdays first)",
        ),
        (
            |s| s.schedule(Schedule::every(2, Unit::Month)?.at("10:30")?).run(|| {}),
            "invalid time \"10:30\" for \"every 2 months\": no day is named \
             (expected `on_day`, `on_last_day`, `on_nth` or `on_last` first)",
        ),
        (
            |s| s.schedule(Schedule::every(1, Unit::Year)?.at("10:30")?).run(|| {}),
            "invalid time \"10:30\" for \"every year\": no day is named (expected `on_date` first)",
        ),
        (
            |s| s.schedule(Schedule::every(1, Unit::Hour)?.at(chrono::NaiveTime::MIN)?).run(|| {}),
            "invalid time \"00:00:00\" for an hourly job: it is a time of day (expected :MM or MM:SS)",
        ),
        (
            |s| s.schedule(Schedule::after(DELAY).at("10:30")?).run(|| {}),
            "invalid time \"10:30\" for \"once after 5s\": there is a single run (expected a schedule that repeats)",
        ),
        (
            |s| s.schedule(Schedule::every(1, Unit::Week)?.on(Weekday::Mon)?.to(3)?).run(|| {}),
            "invalid range 1 to 3 for \"every Monday\": the days are already named (expected the range before them)",
        ),
        (
            |s| s.schedule(Schedule::once("2030-01-01")?.to(3)?).run(|| {}),
            "invalid range to 3 for \"once at 2030-01-01\": there is a single run (expected a schedule that repeats)",
        ),
        (
            |s| s.schedule(Schedule::every(5, Unit::Minute)?.to_duration(DELAY)?).run(|| {}),
            "invalid range 5 to 5s: the interval counts minutes (expected a number of minutes)",
        ),
        (
            |s| s.schedule(Schedule::after(DELAY).to_duration(DELAY)?).run(|| {}),
            "invalid range to 5000000000 for \"once after 5s\": there is a single run (expected a schedule that repeats)",
        ),
        (
            |s| s.schedule(Schedule::every(20, Unit::Minute)?.on(Weekday::Mon)?).run(|| {}),
            "cannot limit every 20 minutes to Monday: expected a schedule of weeks",
        ),
        (
            |s| s.schedule(Schedule::every(1, Unit::Week)?.on(Weekday::Mon)?.on(Weekday::Tue)?).run(|| {}),
            "cannot limit every Monday to Tuesday: its days are already named (expected them once)",
        ),
        (
            |s| s.schedule(Schedule::every(1, Unit::Day)?.on_day(15)?).run(|| {}),
            "cannot limit every day to day 15: expected a schedule of months",
        ),
        (
            |s| s.schedule(Schedule::every(1, Unit::Month)?.on_last_day()?.on_nth(2, Weekday::Tue)?).run(|| {}),
            "cannot limit every month on the last day to the 2nd Tuesday: its days are already named (expected them once)",
        ),
        (
            |s| s.schedule(Schedule::every(1, Unit::Week)?.on_last(Weekday::Fri)?).run(|| {}),
            "cannot limit every week to the last Friday: expected a schedule of months",
        ),
        (
            |s| s.schedule(Schedule::every(1, Unit::Month)?.on_date(12, 25)?).run(|| {}),
            "cannot limit every month to 25 December: expected a schedule of years",
        ),
        (
            |s| s.schedule(Schedule::after(DELAY).on_date(12, 25)?).run(|| {}),
            "cannot limit once after 5s to 25 December: there is a single run (expected a schedule that repeats)",
        ),
        (|s| s.schedule(Schedule::every(0, Unit::Hour)?).run(|| {}), "invalid count 0 for hours: it must be 1 or more"),
    ];
    assert_refused(cases);
}

#[test]
fn an_option_that_does_not_apply_to_a_given_schedule_is_refused() {
    let cases: &[Case] = &[
        (
            |s| s.schedule(Schedule::after(DELAY)).times(3).run(|| {}),
            "invalid count 3 for times for \"once after 5s\": there is a single run (expected a schedule that repeats)",
        ),
        (
            |s| s.schedule(Schedule::after(DELAY)).between("9:00", "10:00").run(|| {}),
            "invalid window \"09:00:00\" to \"10:00:00\" for \"once after 5s\": there is a single run \
             (expected a schedule that repeats)",
        ),
        (
            |s| s.schedule(Schedule::after(DELAY)).starting("13:00").run(|| {}),
            "invalid start \"13:00\" for \"once after 5s\": there is a single run (expected a schedule that repeats)",
        ),
        (
            |s| s.schedule(Schedule::after(DELAY)).immediately().run(|| {}),
            "invalid `immediately` for \"once after 5s\": there is a single run (expected a schedule that repeats)",
        ),
        (
            |s| s.schedule(Schedule::once("11:00")?).run(|| {}),
            "invalid moment \"11:00\" for once: it is in the past (expected 2024-01-10 12:00:00 +00:00 or later, such as \"2024-01-11 11:00:00\")",
        ),
    ];
    assert_refused(cases);
}

#[test]
fn an_alternative_without_repetition_or_with_its_own_bounds_is_refused() {
    let cases: &[Case] = &[
        (
            |s| s.every().day().or(Schedule::after(DELAY)).run(|| {}),
            "invalid alternative \"once after 5s\": there is a single run (expected a schedule that repeats)",
        ),
        (
            |s| s.schedule(Schedule::after(DELAY)).or(every().day().schedule()?).run(|| {}),
            "invalid alternative \"every day\" to \"once after 5s\": there is a single run \
             (expected a schedule that repeats)",
        ),
        (
            |s| s.every().day().or(every().hour().until("2030-01-01").schedule()?).run(|| {}),
            "invalid alternative \"every hour until 2030-01-01\": it has its own `until` (expected `until` on the whole)",
        ),
        (
            |s| s.every().day().or(every().hour().once().schedule()?).run(|| {}),
            "invalid alternative \"every hour, once\": it has its own `times` (expected `times` on the whole)",
        ),
        (
            |s| s.every().day().or(every().hour().immediately().schedule()?).run(|| {}),
            "invalid alternative \"every hour immediately\": it has its own `immediately` (expected `immediately` on the whole)",
        ),
        (
            |s| {
                let random = every().minutes(5).to(10).schedule()?;
                (0..5).fold(s.every().day(), |all, _| all.or(&random)).run(|| {})
            },
            "invalid alternative \"every 5 to 10 minutes\": 5 of them would have a random length (expected at most 4)",
        ),
    ];
    assert_refused(cases);
}

#[test]
fn an_expression_of_cron_that_is_easily_misread_is_refused() {
    let cases: &[Case] = &[
        (
            |s| s.cron("* * * *").run(|| {}),
            "invalid cron \"* * * *\": 5, 6 or 7 fields expected, 4 given (expected minute, hour, day of month, month, day of week)",
        ),
        (
            |s| s.cron("5/15 * * * *").tz("+1").run(|| {}),
            "invalid cron \"5/15 * * * *\": minute \"5/15\" at column 1 has a step without a range (expected 5-59/15)",
        ),
        (
            |s| s.cron_in(Dialect::Unix, "0 22-2 * * *").run(|| {}),
            "invalid cron \"0 22-2 * * *\": hour \"22-2\" at column 3 runs backwards (expected 22-23,0-2)",
        ),
        (
            |s| s.cron("0 0 31 4 *").run(|| {}),
            "cron \"0 0 31 4 *\" never comes: no date has its day, month and year (expected a day that one of its months has)",
        ),
        (
            |s| s.schedule(Schedule::cron("0 9 * * *")?.to(3)?).run(|| {}),
            "invalid range to 3 for \"cron 0 9 * * *\": it has no length (expected a schedule that counts units)",
        ),
    ];
    assert_refused(cases);
}
