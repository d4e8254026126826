//! Counts, durations, ranges and dates.

use std::time::Duration;

use punctual::{
    Context, Scheduler,
    Weekday::{Fri, Mon, Tue},
};

use super::{assert_refused, Case};
use crate::support::{next, noon, seconds, Sentence, Stage};

#[test]
fn a_count_of_zero_or_less_is_refused() {
    let cases: &[Case] = &[
        (|s| s.every().millis(0).run(|| {}), "invalid count 0 for milliseconds: it must be 1 or more"),
        (|s| s.every().seconds(0).run(|| {}), "invalid count 0 for seconds: it must be 1 or more"),
        (|s| s.every().seconds(-1).run(|| {}), "invalid count -1 for seconds: it must be 1 or more"),
        (
            |s| s.every().seconds(i64::MIN).run(|| {}),
            "invalid count -9223372036854775808 for seconds: it must be 1 or more",
        ),
        (|s| s.every().minutes(0).run(|| {}), "invalid count 0 for minutes: it must be 1 or more"),
        (|s| s.every().minutes(-5_i8).run(|| {}), "invalid count -5 for minutes: it must be 1 or more"),
        (|s| s.every().hours(0_u8).run(|| {}), "invalid count 0 for hours: it must be 1 or more"),
        (|s| s.every().hours(i32::MIN).run(|| {}), "invalid count -2147483648 for hours: it must be 1 or more"),
        (|s| s.every().days(0).run(|| {}), "invalid count 0 for days: it must be 1 or more"),
        (|s| s.every().days(-1_isize).run(|| {}), "invalid count -1 for days: it must be 1 or more"),
        (|s| s.every().weeks(0_usize).run(|| {}), "invalid count 0 for weeks: it must be 1 or more"),
        (|s| s.every().weeks(-2).run(|| {}), "invalid count -2 for weeks: it must be 1 or more"),
        (|s| s.every().months(0).run(|| {}), "invalid count 0 for months: it must be 1 or more"),
        (
            |s| s.every().months(i64::MIN).run(|| {}),
            "invalid count -9223372036854775808 for months: it must be 1 or more",
        ),
        (|s| s.every().years(0).run(|| {}), "invalid count 0 for years: it must be 1 or more"),
        (|s| s.every().years(-1).run(|| {}), "invalid count -1 for years: it must be 1 or more"),
        (|s| s.every().weeks(0).on(Mon).at("9:00").run(|| {}), "invalid count 0 for weeks: it must be 1 or more"),
        (|s| s.every().months(0).on_day(1).run(|| {}), "invalid count 0 for months: it must be 1 or more"),
        (|s| s.every().years(0).on_date(1, 1).run(|| {}), "invalid count 0 for years: it must be 1 or more"),
        (|s| s.every().day().times(0).run(|| {}), "invalid count 0 for times: it must be 1 or more"),
        (|s| s.every().day().times(-3).run(|| {}), "invalid count -3 for times: it must be 1 or more"),
        (
            |s| s.every().day().times(i64::MIN).run(|| {}),
            "invalid count -9223372036854775808 for times: it must be 1 or more",
        ),
    ];
    assert_refused(cases);
}

#[test]
fn a_job_without_instances_is_refused() {
    let cases: &[Case] = &[
        (|s| s.every().day().max_instances(0).run(|| {}), "invalid count 0 for max_instances: it must be 1 or more"),
        (
            |s| s.every().day().parallel().max_instances(0_u8).run(|| {}),
            "invalid count 0 for max_instances: it must be 1 or more",
        ),
        (
            |s| s.every().second().max_instances(-1).run(|| {}),
            "invalid count -1 for max_instances: it must be 1 or more",
        ),
        (
            |s| s.after(seconds(1)).max_instances(i64::MIN).run_with(|_: &Context| {}),
            "invalid count -9223372036854775808 for max_instances: it must be 1 or more",
        ),
    ];
    assert_refused(cases);
}

#[test]
fn building_a_scheduler_without_workers_is_refused() {
    let error = Scheduler::builder().workers(0).build().unwrap_err();
    assert_eq!(error.to_string(), "invalid count 0 for workers: it must be 1 or more");
    assert!(error.is_invalid());
}

#[test]
fn an_interval_beyond_the_calendar_is_refused() {
    let cases: &[Case] = &[
        (|s| s.every().millis(u64::MAX).run(|| {}), "the interval of 18446744073709551615 milliseconds is too long: expected one that ends before the year 10000"),
        (|s| s.every().seconds(u64::MAX).run(|| {}), "the interval of 18446744073709551615 seconds is too long: expected one that ends before the year 10000"),
        (|s| s.every().minutes(u64::MAX).run(|| {}), "the interval of 18446744073709551615 minutes is too long: expected one that ends before the year 10000"),
        (|s| s.every().hours(u64::MAX).run(|| {}), "the interval of 18446744073709551615 hours is too long: expected one that ends before the year 10000"),
        (|s| s.every().days(u64::MAX).run(|| {}), "the interval of 18446744073709551615 days is too long: expected one that ends before the year 10000"),
        (|s| s.every().weeks(u64::MAX).run(|| {}), "the interval of 18446744073709551615 weeks is too long: expected one that ends before the year 10000"),
        (|s| s.every().months(u64::MAX).run(|| {}), "the interval of 18446744073709551615 months is too long: expected one that ends before the year 10000"),
        (|s| s.every().years(u64::MAX).run(|| {}), "the interval of 18446744073709551615 years is too long: expected one that ends before the year 10000"),
        (|s| s.every().years(300_000).run(|| {}), "the interval of 300000 years is too long: expected one that ends before the year 10000"),
        (|s| s.every().seconds(i64::MAX).run(|| {}), "the interval of 9223372036854775807 seconds is too long: expected one that ends before the year 10000"),
        (|s| s.every().minutes(u64::MAX).at(":30").run(|| {}), "the interval of 18446744073709551615 minutes is too long: expected one that ends before the year 10000"),
        (|s| s.every().hours(u64::MAX).at(":30").run(|| {}), "the interval of 18446744073709551615 hours is too long: expected one that ends before the year 10000"),
        (|s| s.every().days(u64::MAX).at("9:00").run(|| {}), "the interval of 18446744073709551615 days is too long: expected one that ends before the year 10000"),
        (|s| s.every().weeks(u64::MAX).on(Mon).run(|| {}), "the interval of 18446744073709551615 weeks is too long: expected one that ends before the year 10000"),
        (|s| s.every().weeks(1_000_000).on([Mon, Fri]).at("9:00").run(|| {}), "the interval of 1000000 weeks is too long: expected one that ends before the year 10000"),
        (|s| s.every().months(u64::MAX).on_day(31).run(|| {}), "the interval of 18446744073709551615 months is too long: expected one that ends before the year 10000"),
        (|s| s.every().months(u64::MAX).on_last(Fri).run(|| {}), "the interval of 18446744073709551615 months is too long: expected one that ends before the year 10000"),
        (|s| s.every().years(u64::MAX).on_date(2, 29).run(|| {}), "the interval of 18446744073709551615 years is too long: expected one that ends before the year 10000"),
        (|s| s.every().years(300_000).on_date(12, 25).run(|| {}), "the interval of 300000 years is too long: expected one that ends before the year 10000"),
        (|s| s.every().duration(Duration::MAX).run(|| {}), "the interval of 18446744073709551615.999999999s is too long: expected at most 584 years"),
        (|s| s.every().duration(seconds(u64::MAX)).run(|| {}), "the interval of 18446744073709551615s is too long: expected at most 584 years"),
        (|s| s.every().seconds(u64::MAX).immediately().run(|| {}), "the interval of 18446744073709551615 seconds is too long: expected one that ends before the year 10000"),
        (|s| s.every().years(300_000).between("9:00", "17:00").run(|| {}), "the interval of 300000 years is too long: expected one that ends before the year 10000"),
        (|s| s.every().days(u64::MAX).starting("2024-02-01").run(|| {}), "the interval of 18446744073709551615 days is too long: expected one that ends before the year 10000"),
        (|s| s.every().hours(70_000_000).at(":30").starting("2024-02-01").run(|| {}), "the interval of 70000000 hours is too long: expected one that ends before the year 10000"),
        (|s| s.after(Duration::MAX).run(|| {}), "the interval of 18446744073709551615.999999999s is too long: expected one that ends before the year 10000"),
        (|s| s.after(seconds(u64::from(u32::MAX) * 60)).run(|| {}), "the interval of 257698037700s is too long: expected one that ends before the year 10000"),
    ];
    assert_refused(cases);
}

#[test]
fn a_duration_of_zero_is_refused() {
    let cases: &[Case] = &[
        (|s| s.every().duration(Duration::ZERO).run(|| {}), "invalid duration 0ns: it must be longer than zero"),
        (
            |s| s.every().duration(Duration::ZERO).to(seconds(1)).run(|| {}),
            "invalid duration 0ns: it must be longer than zero",
        ),
    ];
    assert_refused(cases);
}

#[test]
fn a_range_that_ends_below_its_start_is_refused() {
    let cases: &[Case] = &[
        (|s| s.every().seconds(5).to(4).run(|| {}), "invalid range 5 to 4: the end must not be below 5"),
        (|s| s.every().millis(500).to(499).run(|| {}), "invalid range 500 to 499: the end must not be below 500"),
        (|s| s.every().minutes(5).to(3).run(|| {}), "invalid range 5 to 3: the end must not be below 5"),
        (|s| s.every().hours(24).to(1).run(|| {}), "invalid range 24 to 1: the end must not be below 24"),
        (|s| s.every().days(2).to(1).run(|| {}), "invalid range 2 to 1: the end must not be below 2"),
        (|s| s.every().weeks(3).to(2).run(|| {}), "invalid range 3 to 2: the end must not be below 3"),
        (|s| s.every().months(12).to(6).run(|| {}), "invalid range 12 to 6: the end must not be below 12"),
        (|s| s.every().years(2).to(1).run(|| {}), "invalid range 2 to 1: the end must not be below 2"),
        (
            |s| s.every().seconds(u64::MAX).to(5).run(|| {}),
            "invalid range 18446744073709551615 to 5: the end must not be below 18446744073709551615",
        ),
        (|s| s.every().days(2).at("9:00").to(1).run(|| {}), "invalid range 2 to 1: the end must not be below 2"),
        (
            |s| s.every().duration(Duration::from_millis(1500)).to(seconds(1)).run(|| {}),
            "invalid range 1.5s to 1s: the end must not be below 1.5s",
        ),
        (
            |s| s.every().duration(seconds(1)).to(Duration::MAX).run(|| {}),
            "the interval of 18446744073709551615.999999999s is too long: expected at most 584 years",
        ),
    ];
    assert_refused(cases);
}

#[test]
fn an_invalid_day_or_month_is_refused() {
    let cases: &[Case] = &[
        (|s| s.every().month().on_day(0).run(|| {}), "invalid day of the month 0: it must be 1 to 31"),
        (|s| s.every().month().on_day(32).run(|| {}), "invalid day of the month 32: it must be 1 to 31"),
        (|s| s.every().month().on_day(-1).run(|| {}), "invalid day of the month -1: it must be 1 to 31"),
        (
            |s| s.every().month().on_day(i64::MIN).run(|| {}),
            "invalid day of the month -9223372036854775808: it must be 1 to 31",
        ),
        (
            |s| s.every().month().on_day(u64::MAX).run(|| {}),
            "invalid day of the month 18446744073709551615: it must be 1 to 31",
        ),
        (|s| s.every().months(3).on_day(99).at("25:00").run(|| {}), "invalid day of the month 99: it must be 1 to 31"),
        (|s| s.every().year().on_date(0, 1).run(|| {}), "invalid month 0: it must be 1 to 12"),
        (|s| s.every().year().on_date(13, 1).run(|| {}), "invalid month 13: it must be 1 to 12"),
        (|s| s.every().year().on_date(1, 0).run(|| {}), "invalid day of January 0: it must be 1 to 31"),
        (|s| s.every().year().on_date(1, 32).run(|| {}), "invalid day of January 32: it must be 1 to 31"),
        (|s| s.every().year().on_date(-1, -1).run(|| {}), "invalid month -1: it must be 1 to 12"),
        (|s| s.every().year().on_date(25, 12).run(|| {}), "invalid month 25: it must be 1 to 12"),
    ];
    assert_refused(cases);
}

#[test]
fn a_weekday_list_without_a_weekday_is_refused() {
    let cases: &[Case] = &[
        (|s| s.every().week().on([]).run(|| {}), "invalid weekdays []: expected at least one"),
        (|s| s.every().weeks(2).on(Vec::new()).at("9:00").run(|| {}), "invalid weekdays []: expected at least one"),
        (|s| s.every().week().on(&[][..]).run(|| {}), "invalid weekdays []: expected at least one"),
    ];
    assert_refused(cases);
}

#[test]
fn the_error_for_a_range_that_ends_at_zero_or_below_names_its_start() {
    let cases: &[Case] = &[
        (|s| s.every().minutes(5).to(0).run(|| {}), "invalid range 5 to 0: the end must not be below 5"),
        (|s| s.every().minutes(5).to(-10).run(|| {}), "invalid range 5 to -10: the end must not be below 5"),
        (
            |s| s.every().duration(seconds(1)).to(Duration::ZERO).run(|| {}),
            "invalid range 1s to 0ns: the end must not be below 1s",
        ),
    ];
    assert_refused(cases);
}

#[test]
fn the_error_for_a_date_that_no_year_has_names_the_length_of_its_month() {
    let cases: &[Case] = &[
        (|s| s.every().year().on_date(2, 30).run(|| {}), "invalid day of February 30: it must be 1 to 29"),
        (|s| s.every().year().on_date(2, 31).at("9:00").run(|| {}), "invalid day of February 31: it must be 1 to 29"),
        (|s| s.every().years(4).on_date(4, 31).run(|| {}), "invalid day of April 31: it must be 1 to 30"),
        (|s| s.every().year().on_date(6, 31).run(|| {}), "invalid day of June 31: it must be 1 to 30"),
        (|s| s.every().year().on_date(9, 31).run(|| {}), "invalid day of September 31: it must be 1 to 30"),
        (|s| s.every().year().on_date(11, 31).run(|| {}), "invalid day of November 31: it must be 1 to 30"),
    ];
    assert_refused(cases);
}

#[test]
fn an_nth_weekday_that_no_month_has_is_refused() {
    let cases: &[Case] = &[
        (
            |s| s.every().month().on_nth(0, Tue).run(|| {}),
            "invalid number 0 of a weekday in the month: it must be 1 to 5",
        ),
        (
            |s| s.every().month().on_nth(6, Tue).run(|| {}),
            "invalid number 6 of a weekday in the month: it must be 1 to 5",
        ),
        (
            |s| s.every().months(2).on_nth(-1, Fri).at("9:00").run(|| {}),
            "invalid number -1 of a weekday in the month: it must be 1 to 5",
        ),
        (
            |s| s.every().month().on_nth(u64::MAX, Mon).run(|| {}),
            "invalid number 18446744073709551615 of a weekday in the month: it must be 1 to 5",
        ),
    ];
    assert_refused(cases);
}

#[test]
fn a_random_interval_that_may_go_beyond_the_calendar_is_always_refused() {
    for _ in 0..50 {
        let cases: &[Case] = &[
            (
                |s| s.every().seconds(1).to(1_000_000_000_000_u64).run(|| {}),
                "the interval of 1000000000000 seconds is too long: expected one that ends before the year 10000",
            ),
            (
                |s| s.every().years(1).to(10_000).run(|| {}),
                "the interval of 10000 years is too long: expected one that ends before the year 10000",
            ),
            (
                |s| s.every().days(1).to(i64::MAX).at("9:00").run(|| {}),
                "the interval of 9223372036854775807 days is too long: expected one that ends before the year 10000",
            ),
        ];
        assert_refused(cases);
    }
}

#[test]
fn an_interval_that_ends_before_the_year_10000_is_accepted_in_every_unit() {
    let cases: &[(Sentence, &str)] = &[
        (|e| e.millis(251_683_200_000_000_u64).run(|| {}), "9999-07-20 12:00:00"),
        (|e| e.seconds(251_683_200_000_u64).run(|| {}), "9999-07-20 12:00:00"),
        (|e| e.minutes(4_194_720_000_u64).run(|| {}), "9999-07-20 12:00:00"),
        (|e| e.hours(69_912_000).run(|| {}), "9999-07-20 12:00:00"),
        (|e| e.days(2_913_000).run(|| {}), "9999-07-20 12:00:00"),
        (|e| e.weeks(416_100).run(|| {}), "9998-09-23 12:00:00"),
        (|e| e.months(95_700).run(|| {}), "9999-01-10 12:00:00"),
        (|e| e.years(7975).run(|| {}), "9999-01-10 12:00:00"),
        (|e| e.days(2_913_000).at("9:00").run(|| {}), "9999-07-20 09:00:00"),
        (|e| e.years(7974).on_date(1, 1).run(|| {}), "2025-01-01 12:00:00"),
    ];
    for (sentence, first) in cases {
        let stage = noon();
        match sentence(stage.every()) {
            Ok(job) => assert_eq!(next(&job), *first),
            Err(error) => panic!("{error}, but its first run is at {first}"),
        }
    }
}

#[test]
fn the_error_for_an_interval_of_one_unit_uses_the_singular() {
    let cases: &[(Sentence, &str)] = &[
        (|e| e.second().run(|| {}), "1 second"),
        (|e| e.minute().run(|| {}), "1 minute"),
        (|e| e.hour().at(":30").run(|| {}), "1 hour"),
        (|e| e.day().run(|| {}), "1 day"),
        (|e| e.week().run(|| {}), "1 week"),
        (|e| e.month().run(|| {}), "1 month"),
        (|e| e.year().run(|| {}), "1 year"),
        (|e| e.minutes(2).run(|| {}), "2 minutes"),
    ];
    for (sentence, length) in cases {
        let error = sentence(Stage::at("9999-12-31 23:59:59").every()).unwrap_err();
        let message = format!("the interval of {length} is too long: expected one that ends before the year 10000");
        assert_eq!(error.to_string(), message);
    }
}
