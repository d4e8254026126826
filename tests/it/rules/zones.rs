//! Elapsed time, wall time and zones: what jobs do at gaps and overlaps.

use chrono::{DateTime, Local, NaiveDateTime, TimeDelta, TimeZone, Utc};
use chrono_tz::{
    Africa::Monrovia,
    America::{New_York, Nuuk},
    Asia::Kathmandu,
    Australia::Lord_Howe,
    Europe::Berlin,
    Pacific::Apia,
    Tz,
};
use punctual::{Job, Weekday};

use crate::support::{days, hours, minutes, next, noon, utc, Sentence, Stage};

/// Starts at a wall time of a zone, with a scheduler in that zone.
fn stage_in(zone: Tz, wall: &str) -> Stage {
    let wall = NaiveDateTime::parse_from_str(wall, "%Y-%m-%d %H:%M:%S").unwrap();
    Stage::new(zone.from_local_datetime(&wall).earliest().unwrap().to_utc(), zone)
}

/// Formats an instant as the wall time of a zone, with the offset.
fn show_in(zone: &Tz, instant: DateTime<Utc>) -> String {
    instant.with_timezone(zone).format("%Y-%m-%d %H:%M:%S %:z").to_string()
}

/// Polls at each of the job's next `n` slots, and returns them as wall times of the zone.
fn run_slots_in(zone: Tz, stage: &Stage, job: &Job, n: usize) -> Vec<String> {
    stage.run_slots(job, n).into_iter().map(|slot| show_in(&zone, slot)).collect()
}

#[test]
fn hours_and_shorter_units_count_elapsed_time_and_longer_ones_count_dates() {
    let cases: &[(Tz, &str, Sentence, &str)] = &[
        (Berlin, "2024-03-30 12:00:00", |e| e.hours(24).run(|| {}), "2024-03-31 13:00:00 +02:00"),
        (Berlin, "2024-03-30 12:00:00", |e| e.day().run(|| {}), "2024-03-31 12:00:00 +02:00"),
        (Berlin, "2024-03-31 01:30:00", |e| e.minutes(60).run(|| {}), "2024-03-31 03:30:00 +02:00"),
        (Berlin, "2024-10-26 12:00:00", |e| e.seconds(86_400).run(|| {}), "2024-10-27 11:00:00 +01:00"),
        (Berlin, "2024-10-26 12:00:00", |e| e.day().run(|| {}), "2024-10-27 12:00:00 +01:00"),
        (Berlin, "2024-10-25 12:00:00", |e| e.week().run(|| {}), "2024-11-01 12:00:00 +01:00"),
        (New_York, "2024-03-01 12:00:00", |e| e.month().run(|| {}), "2024-04-01 12:00:00 -04:00"),
        (Lord_Howe, "2024-10-05 12:00:00", |e| e.hours(24).run(|| {}), "2024-10-06 12:30:00 +11:00"),
        (Lord_Howe, "2024-10-05 12:00:00", |e| e.day().run(|| {}), "2024-10-06 12:00:00 +11:00"),
        (Apia, "2011-12-29 12:00:00", |e| e.days(2).run(|| {}), "2011-12-31 12:00:00 +14:00"),
        (Apia, "2011-12-29 12:00:00", |e| e.hours(24).run(|| {}), "2011-12-31 12:00:00 +14:00"),
    ];
    for (zone, now, sentence, first) in cases {
        let stage = stage_in(*zone, now);
        let job = sentence(stage.every()).unwrap();
        assert_eq!(show_in(zone, job.next_run().unwrap()), *first, "{job}");
    }
}

#[test]
fn a_wall_time_in_a_gap_is_shifted_forward_by_the_gap_on_that_day_only() {
    let cases: &[(Tz, &str, Sentence, [&str; 3])] = &[
        (
            Berlin,
            "2024-03-30 12:00:00",
            |e| e.day().at("02:30").run(|| {}),
            ["2024-03-31 03:30:00 +02:00", "2024-04-01 02:30:00 +02:00", "2024-04-02 02:30:00 +02:00"],
        ),
        (
            Berlin,
            "2024-03-31 01:59:59",
            |e| e.day().at("02:00").run(|| {}),
            ["2024-03-31 03:00:00 +02:00", "2024-04-01 02:00:00 +02:00", "2024-04-02 02:00:00 +02:00"],
        ),
        (
            Berlin,
            "2024-03-31 01:59:59",
            |e| e.days(2).at("02:30").run(|| {}),
            ["2024-04-02 02:30:00 +02:00", "2024-04-04 02:30:00 +02:00", "2024-04-06 02:30:00 +02:00"],
        ),
        (
            Berlin,
            "2024-03-30 12:00:00",
            |e| e.sunday().at("02:30").run(|| {}),
            ["2024-03-31 03:30:00 +02:00", "2024-04-07 02:30:00 +02:00", "2024-04-14 02:30:00 +02:00"],
        ),
        (
            Berlin,
            "2024-03-24 02:30:00",
            |e| e.week().run(|| {}),
            ["2024-03-31 03:30:00 +02:00", "2024-04-07 02:30:00 +02:00", "2024-04-14 02:30:00 +02:00"],
        ),
        (
            Berlin,
            "2024-03-01 12:00:00",
            |e| e.month().on_last_day().at("02:30").run(|| {}),
            ["2024-03-31 03:30:00 +02:00", "2024-04-30 02:30:00 +02:00", "2024-05-31 02:30:00 +02:00"],
        ),
        (
            New_York,
            "2024-03-09 12:00:00",
            |e| e.day().at("02:30").run(|| {}),
            ["2024-03-10 03:30:00 -04:00", "2024-03-11 02:30:00 -04:00", "2024-03-12 02:30:00 -04:00"],
        ),
        (
            Lord_Howe,
            "2024-10-05 12:00:00",
            |e| e.day().at("02:15").run(|| {}),
            ["2024-10-06 02:45:00 +11:00", "2024-10-07 02:15:00 +11:00", "2024-10-08 02:15:00 +11:00"],
        ),
        (
            Nuuk,
            "2024-03-30 12:00:00",
            |e| e.day().at("23:30").run(|| {}),
            ["2024-03-31 00:30:00 -01:00", "2024-03-31 23:30:00 -01:00", "2024-04-01 23:30:00 -01:00"],
        ),
    ];
    for (zone, now, sentence, slots) in cases {
        let stage = stage_in(*zone, now);
        let job = sentence(stage.every()).unwrap();
        assert_eq!(run_slots_in(*zone, &stage, &job, 3), slots, "{job}");
    }
}

#[test]
fn a_time_shifted_by_a_gap_onto_another_time_is_one_run() {
    let stage = stage_in(Berlin, "2024-03-30 12:00:00");
    let job = stage.every().day().at("02:30").at("03:30").run(|| {}).unwrap();
    let slots = ["2024-03-31 03:30:00 +02:00", "2024-04-01 02:30:00 +02:00", "2024-04-01 03:30:00 +02:00"];
    assert_eq!(run_slots_in(Berlin, &stage, &job, 3), slots);
}

#[test]
fn a_time_shifted_by_a_gap_may_follow_a_time_that_is_later_on_other_days() {
    let stage = stage_in(Berlin, "2024-03-31 01:00:00");
    let job = stage.every().day().at("02:30").at("03:15").run(|| {}).unwrap();
    let slots = ["2024-03-31 03:15:00 +02:00", "2024-03-31 03:30:00 +02:00", "2024-04-01 02:30:00 +02:00"];
    assert_eq!(run_slots_in(Berlin, &stage, &job, 3), slots);
}

#[test]
fn a_time_shifted_by_a_gap_into_a_day_that_is_not_named_still_runs() {
    let stage = stage_in(Nuuk, "2024-03-30 12:00:00");
    let job = stage.every().saturday().at("00:15").at("23:30").run(|| {}).unwrap();
    let slots = ["2024-03-31 00:30:00 -01:00", "2024-04-06 00:15:00 -01:00", "2024-04-06 23:30:00 -01:00"];
    assert_eq!(run_slots_in(Nuuk, &stage, &job, 3), slots);
}

#[test]
fn a_date_that_a_zone_skips_has_no_run() {
    let stage = stage_in(Apia, "2011-12-29 00:00:00");
    let job = stage.every().day().at("10:30").run(|| {}).unwrap();
    let slots = ["2011-12-29 10:30:00 -10:00", "2011-12-31 10:30:00 +14:00", "2012-01-01 10:30:00 +14:00"];
    assert_eq!(run_slots_in(Apia, &stage, &job, 3), slots);
}

#[test]
fn a_wall_time_in_an_overlap_runs_once_at_its_first_occurrence() {
    let cases: &[(Tz, &str, Sentence, [&str; 2])] = &[
        (
            Berlin,
            "2024-10-26 12:00:00",
            |e| e.day().at("02:30").run(|| {}),
            ["2024-10-27 02:30:00 +02:00", "2024-10-28 02:30:00 +01:00"],
        ),
        (
            Berlin,
            "2024-10-27 02:15:00",
            |e| e.day().at("02:30").run(|| {}),
            ["2024-10-27 02:30:00 +02:00", "2024-10-28 02:30:00 +01:00"],
        ),
        (
            Berlin,
            "2024-10-27 02:45:00",
            |e| e.day().at("02:30").run(|| {}),
            ["2024-10-28 02:30:00 +01:00", "2024-10-29 02:30:00 +01:00"],
        ),
        (
            Berlin,
            "2024-10-27 01:00:00",
            |e| e.sunday().at("02:00").at("03:00").run(|| {}),
            ["2024-10-27 02:00:00 +02:00", "2024-10-27 03:00:00 +01:00"],
        ),
        (
            New_York,
            "2024-11-02 12:00:00",
            |e| e.day().at("01:30").run(|| {}),
            ["2024-11-03 01:30:00 -04:00", "2024-11-04 01:30:00 -05:00"],
        ),
        (
            Lord_Howe,
            "2024-04-06 12:00:00",
            |e| e.day().at("01:45").run(|| {}),
            ["2024-04-07 01:45:00 +11:00", "2024-04-08 01:45:00 +10:30"],
        ),
    ];
    for (zone, now, sentence, slots) in cases {
        let stage = stage_in(*zone, now);
        let job = sentence(stage.every()).unwrap();
        assert_eq!(run_slots_in(*zone, &stage, &job, 2), slots, "{job}");
    }
}

#[test]
fn a_job_registered_after_the_first_occurrence_waits_for_the_next_day() {
    let before_second_occurrence = utc("2024-10-27 01:15:00");
    let stage = Stage::new(before_second_occurrence, Berlin);
    let job = stage.every().day().at("02:30").run(|| {}).unwrap();
    assert_eq!(show_in(&Berlin, job.next_run().unwrap()), "2024-10-28 02:30:00 +01:00");
}

#[test]
fn hours_with_at_run_whenever_the_clock_shows_the_minute() {
    let cases: &[(Tz, &str, Sentence, [&str; 3])] = &[
        (
            Berlin,
            "2024-10-27 02:00:00",
            |e| e.hour().at(":30").run(|| {}),
            ["2024-10-27 02:30:00 +02:00", "2024-10-27 02:30:00 +01:00", "2024-10-27 03:30:00 +01:00"],
        ),
        (
            Berlin,
            "2024-03-31 01:00:00",
            |e| e.hour().at(":30").run(|| {}),
            ["2024-03-31 01:30:00 +01:00", "2024-03-31 03:30:00 +02:00", "2024-03-31 04:30:00 +02:00"],
        ),
        (
            New_York,
            "2024-11-03 00:00:00",
            |e| e.hours(2).at(":15").run(|| {}),
            ["2024-11-03 01:15:00 -05:00", "2024-11-03 03:15:00 -05:00", "2024-11-03 05:15:00 -05:00"],
        ),
        (
            Kathmandu,
            "2024-01-10 12:00:00",
            |e| e.hour().at(":00").run(|| {}),
            ["2024-01-10 13:00:00 +05:45", "2024-01-10 14:00:00 +05:45", "2024-01-10 15:00:00 +05:45"],
        ),
        (
            Lord_Howe,
            "2024-04-07 01:00:00",
            |e| e.hour().at(":45").run(|| {}),
            ["2024-04-07 01:45:00 +11:00", "2024-04-07 01:45:00 +10:30", "2024-04-07 02:45:00 +10:30"],
        ),
        (
            Lord_Howe,
            "2024-10-06 01:00:00",
            |e| e.hour().at(":15").run(|| {}),
            ["2024-10-06 01:15:00 +10:30", "2024-10-06 03:15:00 +11:00", "2024-10-06 04:15:00 +11:00"],
        ),
        (
            Apia,
            "2011-12-29 23:00:00",
            |e| e.hour().at(":15").run(|| {}),
            ["2011-12-29 23:15:00 -10:00", "2011-12-31 00:15:00 +14:00", "2011-12-31 01:15:00 +14:00"],
        ),
    ];
    for (zone, now, sentence, slots) in cases {
        let stage = stage_in(*zone, now);
        let job = sentence(stage.every()).unwrap();
        assert_eq!(run_slots_in(*zone, &stage, &job, 3), slots, "{job}");
    }
}

#[test]
fn longer_steps_of_hours_with_at_count_elapsed_hours_and_run_when_the_clock_shows_the_minute() {
    let cases: &[(Tz, &str, Sentence, [&str; 4])] = &[
        // The minute is not shown where two hours have elapsed.
        (
            Lord_Howe,
            "2024-10-05 22:00:00",
            |e| e.hours(2).at(":15").run(|| {}),
            [
                "2024-10-06 00:15:00 +10:30",
                "2024-10-06 03:15:00 +11:00",
                "2024-10-06 04:15:00 +11:00",
                "2024-10-06 06:15:00 +11:00",
            ],
        ),
        (
            Lord_Howe,
            "2024-10-05 22:00:00",
            |e| e.hours(2).at(":45").run(|| {}),
            [
                "2024-10-06 00:45:00 +10:30",
                "2024-10-06 02:45:00 +11:00",
                "2024-10-06 04:45:00 +11:00",
                "2024-10-06 06:45:00 +11:00",
            ],
        ),
        // Shown twice, it runs once.
        (
            Lord_Howe,
            "2024-04-06 21:00:00",
            |e| e.hours(2).at(":45").run(|| {}),
            [
                "2024-04-06 23:45:00 +11:00",
                "2024-04-07 01:45:00 +11:00",
                "2024-04-07 03:45:00 +10:30",
                "2024-04-07 05:45:00 +10:30",
            ],
        ),
        (
            Lord_Howe,
            "2024-04-06 21:50:00",
            |e| e.hours(2).at(":15").at(":45").run(|| {}),
            [
                "2024-04-06 23:15:00 +11:00",
                "2024-04-06 23:45:00 +11:00",
                "2024-04-07 01:15:00 +11:00",
                "2024-04-07 01:45:00 +11:00",
            ],
        ),
        // Changes by whole hours move the hour, and not the minute.
        (
            Berlin,
            "2024-03-30 22:00:00",
            |e| e.hours(2).at(":15").run(|| {}),
            [
                "2024-03-31 00:15:00 +01:00",
                "2024-03-31 03:15:00 +02:00",
                "2024-03-31 05:15:00 +02:00",
                "2024-03-31 07:15:00 +02:00",
            ],
        ),
    ];
    for (zone, now, sentence, slots) in cases {
        let stage = stage_in(*zone, now);
        let job = sentence(stage.every()).unwrap();
        assert_eq!(run_slots_in(*zone, &stage, &job, 4), slots, "{job}");
    }
}

#[test]
fn a_second_in_a_gap_has_no_slot() {
    // The wall clock went from 00:00:00 to 00:44:30, and the offset from -00:44:30 to zero. 00:44:15 was not shown.
    let stage = stage_in(Monrovia, "1972-01-06 23:59:00");
    let job = stage.every().minute().at(":15").run(|| {}).unwrap();
    let slots = ["1972-01-07 00:43:45", "1972-01-07 00:45:15", "1972-01-07 00:46:15", "1972-01-07 00:47:15"];
    assert_eq!(stage.run_slots_utc(&job, 4), slots);
}

#[test]
fn a_window_that_opens_in_a_gap_opens_at_the_end_of_the_gap() {
    let stage = stage_in(Berlin, "2024-03-31 01:10:00");
    let grid = stage.every().minutes(20).between("02:30", "04:00").run(|| {}).unwrap();
    let slots = ["2024-03-31 03:10:00 +02:00", "2024-03-31 03:30:00 +02:00", "2024-03-31 03:50:00 +02:00"];
    assert_eq!(run_slots_in(Berlin, &stage, &grid, 3), slots);

    let stage = stage_in(Berlin, "2024-03-31 01:10:00");
    let random = stage.every().minutes(5).to(9).between("02:30", "04:00").run(|| {}).unwrap();
    assert_eq!(show_in(&Berlin, random.next_run().unwrap()), "2024-03-31 03:00:00 +02:00");
}

#[test]
fn a_job_that_only_a_gap_shifts_into_its_window_may_wait_for_years() {
    let stage = stage_in(Berlin, "2024-01-10 12:00:00");
    let job = stage.every().month().on_nth(5, Weekday::Sun).at("02:30").between("03:00", "04:00").run(|| {}).unwrap();
    let slots = [
        "2024-03-31 03:30:00 +02:00",
        "2025-03-30 03:30:00 +02:00",
        "2026-03-29 03:30:00 +02:00",
        "2030-03-31 03:30:00 +02:00",
    ];
    assert_eq!(run_slots_in(Berlin, &stage, &job, 4), slots);
}

#[test]
fn a_window_in_an_overlap_is_open_twice() {
    let stage = stage_in(Berlin, "2024-10-27 02:00:00");
    let job = stage.every().minutes(30).between("02:15", "02:45").run(|| {}).unwrap();
    let slots = ["2024-10-27 02:30:00 +02:00", "2024-10-27 02:30:00 +01:00", "2024-10-28 02:30:00 +01:00"];
    assert_eq!(run_slots_in(Berlin, &stage, &job, 3), slots);
}

#[test]
fn the_zone_of_a_job_overrides_the_zone_of_its_scheduler() {
    let stage = stage_in(New_York, "2024-01-10 07:00:00");
    let cases: &[(Sentence, &str)] = &[
        (|e| e.day().at("10:30").run(|| {}), "2024-01-10 15:30:00"),
        (|e| e.day().at("10:30").tz("Europe/Berlin").run(|| {}), "2024-01-11 09:30:00"),
        (|e| e.day().tz(Berlin).at("13:30").run(|| {}), "2024-01-10 12:30:00"),
        (|e| e.day().at("10:30").tz(Utc).run(|| {}), "2024-01-11 10:30:00"),
        (|e| e.day().at("10:30").tz("-08:00").run(|| {}), "2024-01-10 18:30:00"),
        (|e| e.day().at("10:30").tz("Asia/Kathmandu").tz("UTC").run(|| {}), "2024-01-11 10:30:00"),
        (|e| e.hour().at(":00").tz(Kathmandu).run(|| {}), "2024-01-10 12:15:00"),
    ];
    for (sentence, first) in cases {
        let job = sentence(stage.every()).unwrap();
        assert_eq!(next(&job), *first, "{job}");
    }
}

#[test]
fn dates_are_those_of_the_zone_not_of_utc() {
    let stage = stage_in(Kathmandu, "2024-01-31 02:00:00");
    let job = stage.every().month().run(|| {}).unwrap();
    let slots = ["2024-02-29 02:00:00 +05:45", "2024-03-31 02:00:00 +05:45"];
    assert_eq!(run_slots_in(Kathmandu, &stage, &job, 2), slots);

    let stage = Stage::at("2024-01-10 23:00:00");
    let job = stage.every().weekday().at("06:00").tz("+10:00").run(|| {}).unwrap();
    assert_eq!(next(&job), "2024-01-11 20:00:00", "it is already Thursday there, after six");
}

#[test]
fn a_start_and_a_deadline_in_a_gap_or_an_overlap_resolve_like_at() {
    let cases: &[(&str, Sentence, &str)] = &[
        ("2024-03-30 12:00:00", |e| e.hour().starting("2024-03-31 02:30").run(|| {}), "2024-03-31 03:30:00 +02:00"),
        ("2024-10-26 12:00:00", |e| e.hour().starting("2024-10-27 02:30").run(|| {}), "2024-10-27 02:30:00 +02:00"),
    ];
    for (now, sentence, first) in cases {
        let stage = stage_in(Berlin, now);
        let job = sentence(stage.every()).unwrap();
        assert_eq!(show_in(&Berlin, job.next_run().unwrap()), *first, "{job}");
    }
    let stage = stage_in(Berlin, "2024-10-27 01:30:00");
    let job = stage.every().hour().until("02:30").run(|| {}).unwrap();
    assert_eq!(stage.wait(hours(1)), 1);
    assert!(!job.is_scheduled(), "the second 02:30 is after the deadline");
}

#[test]
fn a_random_number_of_days_counts_from_the_date_to_which_a_gap_shifted_the_slot() {
    for _ in 0..20 {
        let stage = stage_in(Nuuk, "2024-03-29 23:30:00");
        let job = stage.every().days(3).to(4).at("23:30").starting("2024-03-30").run(|| {}).unwrap();
        assert_eq!(run_slots_in(Nuuk, &stage, &job, 1), ["2024-03-31 00:30:00 -01:00"]);
        let next = show_in(&Nuuk, job.next_run().unwrap());
        let allowed = ["2024-04-02 23:30:00 -01:00", "2024-04-03 23:30:00 -01:00"];
        assert!(allowed.contains(&next.as_str()), "{next}");
    }
}

#[test]
fn the_default_zone_is_the_machines() {
    let clock = punctual::ManualClock::new(utc("2024-06-15 12:00:00"));
    let scheduler = punctual::Scheduler::with_clock(clock.clone());
    let jobs = [
        scheduler.every().day().at("10:30").run(|| {}).unwrap(),
        scheduler.every().day().at("10:30").tz("local").run(|| {}).unwrap(),
        scheduler.every().day().at("10:30").tz(Local).run(|| {}).unwrap(),
    ];
    for job in jobs {
        let wall = job.next_run().unwrap().with_timezone(&Local).naive_local();
        assert_eq!(wall.time().to_string(), "10:30:00");
        let ahead = job.next_run().unwrap() - clock.now();
        assert!(ahead > TimeDelta::zero() && ahead <= TimeDelta::days(1));
    }
}

#[test]
fn a_computed_next_run_is_after_now_around_every_kind_of_offset_change() {
    let sentences: &[Sentence] = &[
        |e| e.millis(1500).run(|| {}),
        |e| e.minutes(7).run(|| {}),
        |e| e.minute().at(":30").run(|| {}),
        |e| e.minutes(20).at(":30").run(|| {}),
        |e| e.hour().at(":15").run(|| {}),
        |e| e.hour().at("45:30").at(":00").run(|| {}),
        |e| e.hours(5).at(":15").run(|| {}),
        |e| e.day().run(|| {}),
        |e| e.day().at("02:30").run(|| {}),
        |e| e.day().at("00:00").at("23:45").run(|| {}),
        |e| e.days(2).at("01:45").run(|| {}),
        |e| e.sunday().at("02:00").run(|| {}),
        |e| e.weeks(2).on([Weekday::Sat, Weekday::Sun]).at("02:15").run(|| {}),
        |e| e.month().on_last_day().at("02:30").run(|| {}),
        |e| e.month().on_nth(5, Weekday::Sun).run(|| {}),
        |e| e.year().on_date(2, 29).run(|| {}),
        |e| e.minutes(25).between("01:10", "02:40").run(|| {}),
        |e| e.minutes(5).to(50).between("23:30", "02:15").run(|| {}),
    ];
    let changes: &[(Tz, &str)] = &[
        (Berlin, "2024-03-31 01:00:00"),
        (Berlin, "2024-10-27 01:00:00"),
        (New_York, "2024-03-10 07:00:00"),
        (New_York, "2024-11-03 06:00:00"),
        (Lord_Howe, "2024-04-06 15:00:00"),
        (Lord_Howe, "2024-10-05 15:30:00"),
        (Nuuk, "2024-03-31 01:00:00"),
        (Apia, "2011-12-30 10:00:00"),
    ];
    for (zone, change) in changes {
        for quarter in -100..=100 {
            let now = utc(change) + TimeDelta::minutes(15 * quarter) + TimeDelta::seconds(7);
            let stage = Stage::new(now, *zone);
            let jobs: Vec<Job> = sentences.iter().map(|s| s(stage.every()).unwrap()).collect();
            let after = |now: DateTime<Utc>| {
                for job in &jobs {
                    assert!(job.next_run().unwrap() > now, "{job} at {now}");
                }
            };
            after(now);
            for step in [minutes(1), hours(3), days(2)] {
                stage.wait(step);
                after(stage.clock.now());
            }
        }
    }
}

#[test]
fn a_calendar_slot_in_an_overlap_runs_once_when_polled_every_minute() {
    let stage = stage_in(Berlin, "2024-10-27 00:00:00");
    let daily = stage.every().day().at("02:30").run(|| {}).unwrap();
    let hourly = stage.every().hour().at(":30").run(|| {}).unwrap();
    for _ in 0..5 * 60 {
        stage.wait(minutes(1));
    }
    assert_eq!((daily.run_count(), hourly.run_count()), (1, 5));
}

#[test]
fn in_utc_a_daily_job_runs_at_the_same_time_all_year() {
    let stage = noon();
    let job = stage.every().day().at("02:30").run(|| {}).unwrap();
    for slot in stage.run_slots(&job, 400) {
        assert_eq!(slot.time().to_string(), "02:30:00");
    }
}

#[test]
fn zones_by_name_follow_their_last_known_rule_up_to_the_year_9999() {
    let stage = noon();
    let at = |when: &str, zone: &str| next(&stage.scheduler.once(when).tz(zone).run(|| {}).unwrap());
    assert_eq!(at("2100-07-01 12:00", "Europe/Berlin"), "2100-07-01 10:00:00");
    assert_eq!(at("2100-01-15 12:00", "Europe/Berlin"), "2100-01-15 11:00:00");
    assert_eq!(at("2104-02-29 12:00", "America/New_York"), "2104-02-29 17:00:00");
    assert_eq!(at("2262-07-01 12:00", "America/New_York"), "2262-07-01 16:00:00");
    assert_eq!(at("9999-12-31 12:00", "Australia/Sydney"), "9999-12-31 01:00:00");
    assert_eq!(at("9999-07-01 12:00", "Australia/Sydney"), "9999-07-01 02:00:00");
    // Where there is no summer time, there is none.
    assert_eq!(at("9999-07-01 12:00", "Asia/Tokyo"), "9999-07-01 03:00:00");

    let stage = stage_in(Berlin, "2101-03-25 12:00:00");
    let job = stage.every().day().at("02:30").run(|| {}).unwrap();
    let slots = stage.run_slots_utc(&job, 4);
    // The clocks go forward on the 27th, the last Sunday in March.
    assert_eq!(
        slots,
        ["2101-03-26 01:30:00", "2101-03-27 01:30:00", "2101-03-28 00:30:00", "2101-03-29 00:30:00"],
        "{job}"
    );
}
