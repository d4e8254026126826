//! The first run: after now, from a start, or immediately.

use std::{collections::BTreeSet, time::SystemTime};

use chrono::{FixedOffset, NaiveDate, NaiveDateTime, TimeDelta, TimeZone, Utc};
use punctual::{Every, Job, Result, Weekday};

use crate::support::{hours, minutes, next, noon, seconds, Sentence, Stage};

/// Not on a whole minute or hour, so that a slot shows whether it counts from now or is aligned. A Wednesday.
const NOW: &str = "2024-01-10 12:20:30";

#[test]
fn the_first_run_is_one_interval_from_now_or_at_the_first_match() {
    let cases: &[(Sentence, &str)] = &[
        (|e| e.millis(1500).run(|| {}), "2024-01-10 12:20:31.500"),
        (|e| e.duration(seconds(45)).run(|| {}), "2024-01-10 12:21:15"),
        (|e| e.second().run(|| {}), "2024-01-10 12:20:31"),
        (|e| e.seconds(90).run(|| {}), "2024-01-10 12:22:00"),
        (|e| e.minute().run(|| {}), "2024-01-10 12:21:30"),
        (|e| e.minute().at(":40").run(|| {}), "2024-01-10 12:20:40"),
        (|e| e.minute().at(":10").run(|| {}), "2024-01-10 12:21:10"),
        (|e| e.minutes(5).run(|| {}), "2024-01-10 12:25:30"),
        (|e| e.hour().run(|| {}), "2024-01-10 13:20:30"),
        (|e| e.hour().at(":30").run(|| {}), "2024-01-10 12:30:00"),
        (|e| e.hour().at(":20").run(|| {}), "2024-01-10 13:20:00"),
        (|e| e.hour().at("20:31").run(|| {}), "2024-01-10 12:20:31"),
        (|e| e.hours(2).run(|| {}), "2024-01-10 14:20:30"),
        (|e| e.day().run(|| {}), "2024-01-11 12:20:30"),
        (|e| e.day().at("12:21").run(|| {}), "2024-01-10 12:21:00"),
        (|e| e.day().at("9:00").run(|| {}), "2024-01-11 09:00:00"),
        (|e| e.days(3).run(|| {}), "2024-01-13 12:20:30"),
        (|e| e.week().run(|| {}), "2024-01-17 12:20:30"),
        (|e| e.weeks(2).run(|| {}), "2024-01-24 12:20:30"),
        (|e| e.monday().run(|| {}), "2024-01-15 12:20:30"),
        (|e| e.thursday().run(|| {}), "2024-01-11 12:20:30"),
        (|e| e.wednesday().at("13:00").run(|| {}), "2024-01-10 13:00:00"),
        (|e| e.wednesday().at("12:00").run(|| {}), "2024-01-17 12:00:00"),
        (|e| e.weekday().at("12:00").run(|| {}), "2024-01-11 12:00:00"),
        (|e| e.weekend().at("12:00").run(|| {}), "2024-01-13 12:00:00"),
        (|e| e.month().run(|| {}), "2024-02-10 12:20:30"),
        (|e| e.months(3).run(|| {}), "2024-04-10 12:20:30"),
        (|e| e.month().on_day(15).run(|| {}), "2024-01-15 12:20:30"),
        (|e| e.month().on_day(10).at("18:00").run(|| {}), "2024-01-10 18:00:00"),
        (|e| e.month().on_day(10).at("09:00").run(|| {}), "2024-02-10 09:00:00"),
        (|e| e.month().on_last_day().at("23:59").run(|| {}), "2024-01-31 23:59:00"),
        (|e| e.month().on_nth(2, Weekday::Tue).at("09:00").run(|| {}), "2024-02-13 09:00:00"),
        (|e| e.month().on_last(Weekday::Fri).at("09:00").run(|| {}), "2024-01-26 09:00:00"),
        (|e| e.year().run(|| {}), "2025-01-10 12:20:30"),
        (|e| e.years(4).run(|| {}), "2028-01-10 12:20:30"),
        (|e| e.year().on_date(12, 25).at("08:00").run(|| {}), "2024-12-25 08:00:00"),
        (|e| e.year().on_date(1, 10).at("12:20:30").run(|| {}), "2025-01-10 12:20:30"),
    ];
    for (sentence, first) in cases {
        let stage = Stage::at(NOW);
        let job = sentence(stage.every()).unwrap();
        assert_eq!(next(&job), *first, "{job}");
    }
}

#[test]
fn with_a_count_and_at_only_minutes_hours_and_days_start_that_many_units_from_now() {
    let cases: &[(Sentence, &str)] = &[
        (|e| e.minutes(5).at(":40").run(|| {}), "2024-01-10 12:25:40"),
        (|e| e.minutes(5).at(":10").run(|| {}), "2024-01-10 12:25:10"),
        (|e| e.hours(2).at(":30").run(|| {}), "2024-01-10 14:30:00"),
        (|e| e.hours(2).at(":10").run(|| {}), "2024-01-10 14:10:00"),
        (|e| e.hours(5).at("20:30").run(|| {}), "2024-01-10 17:20:30"),
        (|e| e.days(2).at("18:00").run(|| {}), "2024-01-12 18:00:00"),
        (|e| e.days(2).at("09:00").run(|| {}), "2024-01-12 09:00:00"),
        (|e| e.weeks(2).on(Weekday::Wed).at("13:00").run(|| {}), "2024-01-10 13:00:00"),
        (|e| e.weeks(2).on(Weekday::Mon).at("09:00").run(|| {}), "2024-01-15 09:00:00"),
        (|e| e.months(2).on_day(5).at("09:00").run(|| {}), "2024-02-05 09:00:00"),
        (|e| e.years(2).on_date(1, 1).at("09:00").run(|| {}), "2025-01-01 09:00:00"),
    ];
    for (sentence, first) in cases {
        let stage = Stage::at(NOW);
        let job = sentence(stage.every()).unwrap();
        assert_eq!(next(&job), *first, "{job}");
    }
}

#[test]
fn a_match_at_exactly_now_is_not_the_first_run() {
    let cases: &[(&str, Sentence, &str)] = &[
        (NOW, |e| e.minute().at(":30").run(|| {}), "2024-01-10 12:21:30"),
        (NOW, |e| e.hour().at("20:30").run(|| {}), "2024-01-10 13:20:30"),
        (NOW, |e| e.day().at("12:20:30").run(|| {}), "2024-01-11 12:20:30"),
        (NOW, |e| e.wednesday().run(|| {}), "2024-01-17 12:20:30"),
        (NOW, |e| e.weekday().at("12:20:30").run(|| {}), "2024-01-11 12:20:30"),
        (NOW, |e| e.month().on_day(10).run(|| {}), "2024-02-10 12:20:30"),
        (NOW, |e| e.year().on_date(1, 10).run(|| {}), "2025-01-10 12:20:30"),
        ("2024-01-10 00:00:00", |e| e.day().at("00:00").run(|| {}), "2024-01-11 00:00:00"),
        ("2024-01-10 23:59:59", |e| e.day().at("00:00").run(|| {}), "2024-01-11 00:00:00"),
        ("2024-01-10 00:00:00.5", |e| e.minute().at(":00").run(|| {}), "2024-01-10 00:01:00"),
    ];
    for (now, sentence, first) in cases {
        let stage = Stage::at(now);
        let job = sentence(stage.every()).unwrap();
        assert_eq!(next(&job), *first, "{job} at {now}");
    }
}

#[test]
fn a_fraction_of_a_second_is_kept_without_at_and_dropped_with_it() {
    let cases: &[(Sentence, &str)] = &[
        (|e| e.second().run(|| {}), "2024-01-10 12:20:31.250"),
        (|e| e.day().run(|| {}), "2024-01-11 12:20:30.250"),
        (|e| e.friday().run(|| {}), "2024-01-12 12:20:30.250"),
        (|e| e.minute().at(":40").run(|| {}), "2024-01-10 12:20:40"),
        (|e| e.hours(3).at(":00").run(|| {}), "2024-01-10 15:00:00"),
        (|e| e.day().at("12:21").run(|| {}), "2024-01-10 12:21:00"),
    ];
    for (sentence, first) in cases {
        let stage = Stage::at("2024-01-10 12:20:30.250");
        let job = sentence(stage.every()).unwrap();
        assert_eq!(next(&job), *first, "{job}");
    }
}

#[test]
fn a_second_at_adds_a_second_time() {
    let cases: &[(Sentence, [&str; 3])] = &[
        (
            |e| e.minute().at(":45").at(":15").run(|| {}),
            ["2024-01-10 12:20:45", "2024-01-10 12:21:15", "2024-01-10 12:21:45"],
        ),
        (
            |e| e.hours(2).at(":40").at(":10").run(|| {}),
            ["2024-01-10 14:10:00", "2024-01-10 14:40:00", "2024-01-10 16:10:00"],
        ),
        (
            |e| e.day().at("18:00").at("9:00").run(|| {}),
            ["2024-01-10 18:00:00", "2024-01-11 09:00:00", "2024-01-11 18:00:00"],
        ),
        (
            |e| e.days(2).at("18:00").at("09:00").run(|| {}),
            ["2024-01-12 09:00:00", "2024-01-12 18:00:00", "2024-01-14 09:00:00"],
        ),
        (
            |e| e.weekend().at("09:00").at("21:00").at("09:00").run(|| {}),
            ["2024-01-13 09:00:00", "2024-01-13 21:00:00", "2024-01-14 09:00:00"],
        ),
    ];
    for (sentence, slots) in cases {
        let stage = Stage::at(NOW);
        let job = sentence(stage.every()).unwrap();
        assert_eq!(stage.run_slots_utc(&job, 3), slots, "{job}");
    }
}

#[test]
fn after_counts_from_now_and_once_runs_at_the_given_moment() {
    let stage = noon();
    let after = stage.scheduler.after(seconds(5)).run(|| {}).unwrap();
    assert_eq!(next(&after), "2024-01-10 12:00:05");
    let at_once = stage.scheduler.after(seconds(0)).run(|| {}).unwrap();
    assert_eq!(next(&at_once), "2024-01-10 12:00:00");
    let once = stage.scheduler.once("2024-01-10 12:00:05").run(|| {}).unwrap();
    assert_eq!(next(&once), "2024-01-10 12:00:05");
    let now = stage.scheduler.once("12:00").run(|| {}).unwrap();
    assert_eq!(next(&now), "2024-01-10 12:00:00");

    assert_eq!(stage.scheduler.run_pending(), 2);
    assert_eq!(stage.wait(seconds(5)), 2);
    assert!(stage.scheduler.jobs().is_empty(), "a job with a single run is removed after it");
}

#[test]
fn a_sentence_counts_from_the_call_of_run() {
    let stage = noon();
    let begun = stage.every().hour().until(hours(2));
    stage.clock.advance(minutes(30));
    let job = begun.run(|| {}).unwrap();
    assert_eq!(stage.run_slots_utc(&job, 2), ["2024-01-10 13:30:00", "2024-01-10 14:30:00"]);
    assert!(!job.is_scheduled());
}

#[test]
fn an_interval_runs_first_at_its_start() {
    let cases: &[(Sentence, [&str; 3])] = &[
        (
            |e| e.seconds(10).starting("12:30").run(|| {}),
            ["2024-01-10 12:30:00", "2024-01-10 12:30:10", "2024-01-10 12:30:20"],
        ),
        (
            |e| e.hours(6).starting("2024-01-11 03:00").run(|| {}),
            ["2024-01-11 03:00:00", "2024-01-11 09:00:00", "2024-01-11 15:00:00"],
        ),
        (
            |e| e.day().starting("2024-01-12 08:00").run(|| {}),
            ["2024-01-12 08:00:00", "2024-01-13 08:00:00", "2024-01-14 08:00:00"],
        ),
        (
            |e| e.days(3).starting("2024-01-12 08:00").run(|| {}),
            ["2024-01-12 08:00:00", "2024-01-15 08:00:00", "2024-01-18 08:00:00"],
        ),
        (
            |e| e.weeks(2).starting("2024-01-12 08:00").run(|| {}),
            ["2024-01-12 08:00:00", "2024-01-26 08:00:00", "2024-02-09 08:00:00"],
        ),
        (
            |e| e.month().starting("2024-01-31 08:00").run(|| {}),
            ["2024-01-31 08:00:00", "2024-02-29 08:00:00", "2024-03-31 08:00:00"],
        ),
        (
            |e| e.years(2).starting("2024-02-29").run(|| {}),
            ["2024-02-29 00:00:00", "2026-02-28 00:00:00", "2028-02-29 00:00:00"],
        ),
    ];
    for (sentence, slots) in cases {
        let stage = Stage::at(NOW);
        let job = sentence(stage.every()).unwrap();
        assert_eq!(stage.run_slots_utc(&job, 3), slots, "{job}");
    }
}

#[test]
fn with_at_or_named_days_the_first_run_is_the_first_match_at_or_after_the_start() {
    let cases: &[(Sentence, [&str; 3])] = &[
        (
            |e| e.minutes(2).at(":30").starting("13:00:30").run(|| {}),
            ["2024-01-10 13:00:30", "2024-01-10 13:02:30", "2024-01-10 13:04:30"],
        ),
        (
            |e| e.hours(4).at(":30").starting("2024-01-11").run(|| {}),
            ["2024-01-11 00:30:00", "2024-01-11 04:30:00", "2024-01-11 08:30:00"],
        ),
        (
            |e| e.day().at("10:30").starting("2024-01-12 10:30").run(|| {}),
            ["2024-01-12 10:30:00", "2024-01-13 10:30:00", "2024-01-14 10:30:00"],
        ),
        (
            |e| e.day().at("10:30").starting("2024-01-12 10:30:01").run(|| {}),
            ["2024-01-13 10:30:00", "2024-01-14 10:30:00", "2024-01-15 10:30:00"],
        ),
        (
            |e| e.days(3).at("10:30").starting("2024-01-12").run(|| {}),
            ["2024-01-12 10:30:00", "2024-01-15 10:30:00", "2024-01-18 10:30:00"],
        ),
        (
            |e| e.weeks(2).on(Weekday::Mon).at("09:00").starting("2024-01-16").run(|| {}),
            ["2024-01-22 09:00:00", "2024-02-05 09:00:00", "2024-02-19 09:00:00"],
        ),
        (
            |e| e.months(2).on_day(31).at("09:00").starting("2024-02-01").run(|| {}),
            ["2024-02-29 09:00:00", "2024-04-30 09:00:00", "2024-06-30 09:00:00"],
        ),
        (
            |e| e.year().on_date(1, 1).at("00:00").starting("2025-01-01").run(|| {}),
            ["2025-01-01 00:00:00", "2026-01-01 00:00:00", "2027-01-01 00:00:00"],
        ),
    ];
    for (sentence, slots) in cases {
        let stage = Stage::at(NOW);
        let job = sentence(stage.every()).unwrap();
        assert_eq!(stage.run_slots_utc(&job, 3), slots, "{job}");
    }
}

#[test]
fn a_start_in_the_past_sets_the_grid() {
    let cases: &[(Sentence, &str)] = &[
        (|e| e.hours(6).starting("2024-01-10 03:00").run(|| {}), "2024-01-10 15:00:00"),
        (|e| e.seconds(7).starting("2024-01-10").run(|| {}), "2024-01-10 12:20:36"),
        (|e| e.days(3).starting("2024-01-09 08:00").run(|| {}), "2024-01-12 08:00:00"),
        (|e| e.days(3).at("18:00").starting("2024-01-08").run(|| {}), "2024-01-11 18:00:00"),
        (|e| e.weeks(2).on(Weekday::Mon).at("09:00").starting("2024-01-01").run(|| {}), "2024-01-15 09:00:00"),
        (|e| e.weeks(2).on(Weekday::Mon).at("09:00").starting("2024-01-08").run(|| {}), "2024-01-22 09:00:00"),
        (|e| e.hour().starting(Utc.timestamp_nanos(0)).run(|| {}), "2024-01-10 13:00:00"),
    ];
    for (sentence, first) in cases {
        let stage = Stage::at(NOW);
        let job = sentence(stage.every()).unwrap();
        assert_eq!(next(&job), *first, "{job}");
    }
}

#[test]
fn a_start_at_exactly_now_is_not_a_slot_but_sets_the_grid() {
    let stage = noon();
    let job = stage.every().hours(6).starting("12:00").run(|| {}).unwrap();
    assert_eq!(next(&job), "2024-01-10 18:00:00");
}

#[test]
fn a_start_accepts_every_form_of_a_moment() {
    let naive = NaiveDate::from_ymd_opt(2024, 1, 10).unwrap().and_hms_opt(18, 30, 0).unwrap();
    let east = FixedOffset::east_opt(7200).unwrap();
    type SentenceFrom = fn(Every, NaiveDateTime, FixedOffset) -> Result<Job>;
    let cases: &[SentenceFrom] = &[
        |e, _, _| e.hour().starting("2024-01-10 18:30:00").run(|| {}),
        |e, _, _| e.hour().starting("2024-01-10 18:30").run(|| {}),
        |e, _, _| e.hour().starting(String::from("18:30")).run(|| {}),
        |e, _, _| e.hour().starting("18:30:00").run(|| {}),
        |e, naive, _| e.hour().starting(naive).run(|| {}),
        |e, naive, _| e.hour().starting(naive.time()).run(|| {}),
        |e, naive, _| e.hour().starting(naive.and_utc()).run(|| {}),
        |e, naive, east| e.hour().starting(naive.and_utc().with_timezone(&east)).run(|| {}),
        |e, naive, _| e.hour().starting(SystemTime::from(naive.and_utc())).run(|| {}),
        |e, _, _| e.hour().starting(TimeDelta::minutes(390)).run(|| {}),
        |e, _, _| e.hour().starting(minutes(390)).run(|| {}),
    ];
    for (n, sentence) in cases.iter().enumerate() {
        let stage = noon();
        let job = sentence(stage.every(), naive, east).unwrap();
        assert_eq!(next(&job), "2024-01-10 18:30:00", "form {n}");
    }
}

#[test]
fn a_start_may_be_a_system_time_before_the_unix_epoch() {
    let stage = noon();
    let job = stage.every().hour().starting(SystemTime::UNIX_EPOCH - seconds(90)).run(|| {}).unwrap();
    assert_eq!(next(&job), "2024-01-10 12:58:30");
}

#[test]
fn an_immediate_job_is_due_now_and_its_grid_counts_from_now() {
    let cases: &[(Sentence, [&str; 3])] = &[
        (
            |e| e.minutes(5).immediately().run(|| {}),
            ["2024-01-10 12:20:30", "2024-01-10 12:25:30", "2024-01-10 12:30:30"],
        ),
        (
            |e| e.day().at("10:30").immediately().run(|| {}),
            ["2024-01-10 12:20:30", "2024-01-11 10:30:00", "2024-01-12 10:30:00"],
        ),
        (
            |e| e.days(2).at("18:00").immediately().run(|| {}),
            ["2024-01-10 12:20:30", "2024-01-12 18:00:00", "2024-01-14 18:00:00"],
        ),
        (|e| e.month().immediately().run(|| {}), ["2024-01-10 12:20:30", "2024-02-10 12:20:30", "2024-03-10 12:20:30"]),
    ];
    for (sentence, slots) in cases {
        let stage = Stage::at(NOW);
        let job = sentence(stage.every()).unwrap();
        assert_eq!(stage.run_slots_utc(&job, 3), slots, "{job}");
    }
}

#[test]
fn an_immediate_job_that_is_polled_late_still_counts_from_its_registration() {
    let stage = noon();
    let job = stage.every().minutes(5).immediately().run(|| {}).unwrap();
    assert_eq!(stage.wait(seconds(90)), 1);
    assert_eq!(next(&job), "2024-01-10 12:05:00");
    let late = stage.every().minutes(5).immediately().run(|| {}).unwrap();
    assert_eq!(stage.wait(minutes(12)), 2);
    assert_eq!(next(&late), "2024-01-10 12:16:30");
}

#[test]
fn the_second_run_of_an_immediate_random_job_is_a_random_length_later() {
    for _ in 0..50 {
        let stage = noon();
        let job = stage.every().minutes(5).to(7).immediately().run(|| {}).unwrap();
        assert_eq!(stage.scheduler.run_pending(), 1);
        let ahead = job.next_run().unwrap() - stage.clock.now();
        assert!((TimeDelta::minutes(5)..=TimeDelta::minutes(7)).contains(&ahead), "{ahead}");
    }
}

#[test]
fn an_immediate_job_waits_for_its_window() {
    let stage = noon();
    let open = stage.every().hour().between("09:00", "17:00").immediately().run(|| {}).unwrap();
    assert_eq!(next(&open), "2024-01-10 12:00:00");
    let shut = stage.every().hour().between("13:30", "17:00").immediately().run(|| {}).unwrap();
    assert_eq!(next(&shut), "2024-01-10 14:00:00");
}

#[test]
fn the_first_run_of_a_random_job_is_within_its_range() {
    let range = TimeDelta::hours(1)..=TimeDelta::hours(3);
    for _ in 0..100 {
        let stage = noon();
        let job = stage.every().hours(1).to(3).run(|| {}).unwrap();
        assert!(range.contains(&(job.next_run().unwrap() - stage.clock.now())), "{job}");
        let exact = stage.every().hours(2).to(2).run(|| {}).unwrap();
        assert_eq!(exact.next_run().unwrap(), stage.clock.now() + hours(2));
    }
}

#[test]
fn the_first_run_of_a_random_job_is_random_too() {
    let stage = noon();
    let first = || stage.every().hours(1).to(3).run(|| {}).unwrap().next_run().unwrap() - stage.clock.now();
    let lengths: BTreeSet<TimeDelta> = (0..200).map(|_| first()).collect();
    assert_eq!(lengths.into_iter().collect::<Vec<_>>(), [1, 2, 3].map(TimeDelta::hours));
}

#[test]
fn at_and_on_accept_every_form_of_times_and_weekdays() {
    let time = String::from("10:30");
    let two = &[Weekday::Mon, Weekday::Fri];
    let days = two.to_vec();
    let stage = noon();
    let daily = [stage.every().day().at(&time).run(|| {}), stage.every().day().at(time).run(|| {})];
    for job in daily {
        assert_eq!(next(&job.unwrap()), "2024-01-11 10:30:00");
    }
    let week = || stage.every().week();
    let weekly = [
        week().on(two).run(|| {}),
        week().on(*two).run(|| {}),
        week().on(days.as_slice()).run(|| {}),
        week().on(&days).run(|| {}),
        week().on(days).run(|| {}),
    ];
    for job in weekly {
        assert_eq!(next(&job.unwrap()), "2024-01-12 12:00:00");
    }
}
