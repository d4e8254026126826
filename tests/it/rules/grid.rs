//! The slots after the first: the grid, late polls, random lengths, short months.

use std::collections::BTreeSet;

use chrono::{DateTime, Datelike, TimeDelta, Utc};
use punctual::{Context, Job, Weekday};

use crate::support::{days, hours, minutes, next, noon, seconds, show, utc, Log, Sentence, Stage};

#[test]
fn a_late_poll_runs_a_job_once_and_returns_to_the_grid() {
    let cases: &[(Sentence, &str, &str)] = &[
        (|e| e.millis(250).run(|| {}), "2024-01-10 12:00:01.300", "2024-01-10 12:00:01.500"),
        (|e| e.seconds(10).run(|| {}), "2024-01-10 12:00:35", "2024-01-10 12:00:40"),
        (|e| e.minutes(5).run(|| {}), "2024-01-10 17:01:00", "2024-01-10 17:05:00"),
        (|e| e.minutes(5).at(":17").run(|| {}), "2024-01-10 12:21:00", "2024-01-10 12:25:17"),
        (|e| e.hours(4).at(":30").run(|| {}), "2024-01-11 01:00:00", "2024-01-11 04:30:00"),
        (|e| e.day().at("10:30").run(|| {}), "2024-01-14 11:00:00", "2024-01-15 10:30:00"),
        (|e| e.days(3).at("10:30").run(|| {}), "2024-01-21 11:00:00", "2024-01-22 10:30:00"),
        (|e| e.weeks(2).run(|| {}), "2024-02-08 00:00:00", "2024-02-21 12:00:00"),
        (|e| e.monday().at("9:00").run(|| {}), "2024-01-30 00:00:00", "2024-02-05 09:00:00"),
        (
            |e| e.weeks(2).on([Weekday::Mon, Weekday::Fri]).at("9:00").run(|| {}),
            "2024-02-01 00:00:00",
            "2024-02-05 09:00:00",
        ),
        (|e| e.month().on_day(31).at("9:00").run(|| {}), "2024-06-30 09:00:01", "2024-07-31 09:00:00"),
        (|e| e.months(5).run(|| {}), "2025-01-01 00:00:00", "2025-04-10 12:00:00"),
        (|e| e.year().on_date(12, 25).at("8:00").run(|| {}), "2030-12-25 08:00:01", "2031-12-25 08:00:00"),
    ];
    for (sentence, late, after) in cases {
        let stage = noon();
        let job = sentence(stage.every()).unwrap();
        assert_eq!(stage.wait_until(utc(late)), 1, "{job}");
        assert_eq!(next(&job), *after, "{job}");
        assert_eq!((stage.scheduler.run_pending(), job.run_count()), (0, 1), "{job}");
    }
}

#[test]
fn a_late_poll_exactly_at_a_slot_also_covers_that_slot() {
    let stage = noon();
    let job = stage.every().seconds(10).run(|| {}).unwrap();
    assert_eq!(stage.wait(seconds(30)), 1);
    assert_eq!(next(&job), "2024-01-10 12:00:40");
}

#[test]
fn a_poll_thousands_of_years_late_computes_the_next_slot_without_iterating() {
    let stage = noon();
    let sentences: &[Sentence] = &[
        |e| e.millis(1).run(|| {}),
        |e| e.second().run(|| {}),
        |e| e.seconds(7).between("09:00", "17:00").run(|| {}),
        |e| e.seconds(1).to(3).run(|| {}),
        |e| e.seconds(1).to(3).between("09:00", "17:00").run(|| {}),
        |e| e.minute().at(":30").run(|| {}),
        |e| e.minutes(7).at(":30").between("22:00", "02:00").run(|| {}),
        |e| e.hours(5).at(":30").run(|| {}),
        |e| e.day().at("10:30").run(|| {}),
        |e| e.weeks(3).on(Weekday::Tue).run(|| {}),
        |e| e.month().on_day(31).run(|| {}),
        |e| e.month().on_nth(5, Weekday::Fri).run(|| {}),
        |e| e.year().on_date(2, 29).run(|| {}),
    ];
    let jobs: Vec<Job> = sentences.iter().map(|sentence| sentence(stage.every()).unwrap()).collect();
    let late = utc("9024-01-10 12:00:00");
    // Except for the one whose window is closed then.
    assert_eq!(stage.wait_until(late), jobs.len() - 1);
    for job in jobs {
        let next = job.next_run().unwrap();
        assert!(next > late && next < late + TimeDelta::days(370), "{job}");
    }
}

#[test]
fn late_polls_do_not_shift_the_grid() {
    let stage = noon();
    let log = Log::default();
    let writer = log.clone();
    let body = move |context: &Context| writer.write(show(context.slot()));
    let job = stage.every().minutes(10).run_with(body).unwrap();
    for late in [13, 8, 12, 61] {
        assert_eq!(stage.wait(minutes(late)), 1);
    }
    let slots = ["2024-01-10 12:10:00", "2024-01-10 12:20:00", "2024-01-10 12:30:00"];
    assert_eq!(log.take()[..3], slots);
    assert_eq!(next(&job), "2024-01-10 13:40:00");
}

#[test]
fn a_slow_body_does_not_shift_the_grid() {
    let stage = noon();
    let clock = stage.clock.clone();
    let job = stage.every().minutes(10).run(move || clock.advance(minutes(3))).unwrap();
    let slots = stage.run_slots_utc(&job, 3);
    assert_eq!(slots, ["2024-01-10 12:10:00", "2024-01-10 12:20:00", "2024-01-10 12:30:00"]);
}

#[test]
fn a_body_that_crosses_midnight_does_not_lose_a_day() {
    let stage = noon();
    let clock = stage.clock.clone();
    let job = stage.every().day().at("23:00").run(move || clock.advance(hours(2))).unwrap();
    let slots = stage.run_slots_utc(&job, 3);
    assert_eq!(slots, ["2024-01-10 23:00:00", "2024-01-11 23:00:00", "2024-01-12 23:00:00"]);
}

#[test]
fn a_body_slower_than_its_interval_runs_once_per_poll() {
    let stage = noon();
    let (clock, log) = (stage.clock.clone(), Log::default());
    let writer = log.clone();
    let body = move |context: &Context| {
        writer.write(show(context.slot()));
        clock.advance(seconds(25));
    };
    let job = stage.every().seconds(10).run_with(body).unwrap();
    assert_eq!(stage.wait(seconds(10)), 1);
    assert_eq!(stage.scheduler.run_pending(), 1, "the slot of 12:00:20 is overdue at 12:00:35");
    assert_eq!(log.take(), ["2024-01-10 12:00:10", "2024-01-10 12:00:20"]);
    assert_eq!(next(&job), "2024-01-10 12:00:40");
}

#[test]
fn a_random_length_is_drawn_for_each_run_and_the_range_is_inclusive() {
    let stage = noon();
    let job = stage.every().seconds(1).to(3).run(|| {}).unwrap();
    let mut slots = vec![stage.clock.now()];
    slots.extend(stage.run_slots(&job, 300));
    let lengths: BTreeSet<TimeDelta> = slots.windows(2).map(|pair| pair[1] - pair[0]).collect();
    let all = [1, 2, 3].map(TimeDelta::seconds);
    assert_eq!(lengths.into_iter().collect::<Vec<_>>(), all);
}

#[test]
fn a_random_length_of_days_keeps_the_time_of_day() {
    let stage = noon();
    let job = stage.every().days(1).to(3).at("10:30").run(|| {}).unwrap();
    let mut before = stage.clock.now().num_days_from_ce();
    for slot in stage.run_slots(&job, 100) {
        assert_eq!(slot.time().to_string(), "10:30:00");
        assert!((1..=3).contains(&(slot.num_days_from_ce() - before)), "{slot}");
        before = slot.num_days_from_ce();
    }
}

/// The number of the calendar unit that contains a slot.
type Units = fn(&DateTime<Utc>) -> i32;

#[test]
fn a_random_number_of_calendar_units_is_drawn_for_each_run() {
    let cases: &[(Sentence, Units)] = &[
        (|e| e.days(2).to(4).at("10:30").run(|| {}), |slot| slot.num_days_from_ce()),
        (|e| e.weeks(2).to(4).run(|| {}), |slot| slot.num_days_from_ce() / 7),
        (|e| e.weeks(2).to(4).on(Weekday::Mon).run(|| {}), |slot| slot.num_days_from_ce() / 7),
        (|e| e.months(2).to(4).run(|| {}), |slot| slot.year() * 12 + slot.month0() as i32),
        (|e| e.years(2).to(4).run(|| {}), |slot| slot.year()),
    ];
    for (sentence, units) in cases {
        let stage = noon();
        let job = sentence(stage.every()).unwrap();
        let slots = stage.run_slots(&job, 200);
        let lengths: BTreeSet<i32> = slots.windows(2).map(|pair| units(&pair[1]) - units(&pair[0])).collect();
        assert_eq!(lengths.into_iter().collect::<Vec<_>>(), [2, 3, 4], "{job}");
    }
}

#[test]
fn random_months_clamp_day_31_and_return_to_it() {
    let stage = Stage::at("2024-01-31 12:00:00");
    let job = stage.every().months(1).to(2).run(|| {}).unwrap();
    for slot in stage.run_slots(&job, 100) {
        assert_eq!((slot + TimeDelta::days(1)).day(), 1, "{slot} is not the last day of its month");
    }
}

#[test]
fn after_a_late_poll_the_next_run_of_a_random_job_is_at_most_its_longest_length_ahead() {
    let stage = noon();
    let job = stage.every().minutes(5).to(10).run(|| {}).unwrap();
    for _ in 0..100 {
        assert_eq!(stage.wait(hours(7)), 1);
        let ahead = job.next_run().unwrap() - stage.clock.now();
        assert!(ahead > TimeDelta::zero() && ahead <= TimeDelta::minutes(10), "{ahead}");
    }
}

#[test]
fn a_day_is_clamped_in_a_shorter_month_and_restored_in_a_longer_one() {
    let cases: &[(&str, Sentence, [&str; 4])] = &[
        (
            "2023-12-31 12:00:00",
            |e| e.month().run(|| {}),
            ["2024-01-31 12:00", "2024-02-29 12:00", "2024-03-31 12:00", "2024-04-30 12:00"],
        ),
        (
            "2024-02-10 12:00:00",
            |e| e.month().on_day(31).at("09:00").run(|| {}),
            ["2024-02-29 09:00", "2024-03-31 09:00", "2024-04-30 09:00", "2024-05-31 09:00"],
        ),
        (
            "2023-01-30 12:00:00",
            |e| e.month().run(|| {}),
            ["2023-02-28 12:00", "2023-03-30 12:00", "2023-04-30 12:00", "2023-05-30 12:00"],
        ),
        (
            "2024-01-31 12:00:00",
            |e| e.months(3).run(|| {}),
            ["2024-04-30 12:00", "2024-07-31 12:00", "2024-10-31 12:00", "2025-01-31 12:00"],
        ),
        (
            "2024-02-10 12:00:00",
            |e| e.month().on_last_day().at("09:00").run(|| {}),
            ["2024-02-29 09:00", "2024-03-31 09:00", "2024-04-30 09:00", "2024-05-31 09:00"],
        ),
        (
            "2024-02-10 12:00:00",
            |e| e.month().on_last(Weekday::Thu).at("09:00").run(|| {}),
            ["2024-02-29 09:00", "2024-03-28 09:00", "2024-04-25 09:00", "2024-05-30 09:00"],
        ),
        (
            "2024-02-29 12:00:00",
            |e| e.year().run(|| {}),
            ["2025-02-28 12:00", "2026-02-28 12:00", "2027-02-28 12:00", "2028-02-29 12:00"],
        ),
        (
            "2024-03-01 12:00:00",
            |e| e.year().on_date(2, 29).at("09:00").run(|| {}),
            ["2025-02-28 09:00", "2026-02-28 09:00", "2027-02-28 09:00", "2028-02-29 09:00"],
        ),
        (
            "2096-03-01 12:00:00",
            |e| e.years(4).on_date(2, 29).at("09:00").run(|| {}),
            ["2097-02-28 09:00", "2101-02-28 09:00", "2105-02-28 09:00", "2109-02-28 09:00"],
        ),
        (
            "2024-02-29 12:00:00",
            |e| e.years(4).run(|| {}),
            ["2028-02-29 12:00", "2032-02-29 12:00", "2036-02-29 12:00", "2040-02-29 12:00"],
        ),
    ];
    for (now, sentence, slots) in cases {
        let stage = Stage::at(now);
        let job = sentence(stage.every()).unwrap();
        let slots = slots.map(|slot| format!("{slot}:00"));
        assert_eq!(stage.run_slots_utc(&job, 4), slots, "{job} at {now}");
    }
}

#[test]
fn months_without_a_fifth_weekday_are_skipped() {
    let cases: &[(Sentence, [&str; 4])] = &[
        (
            |e| e.month().on_nth(5, Weekday::Thu).at("09:00").run(|| {}),
            ["2024-02-29", "2024-05-30", "2024-08-29", "2024-10-31"],
        ),
        (
            |e| e.months(2).on_nth(5, Weekday::Wed).at("09:00").run(|| {}),
            ["2024-01-31", "2024-05-29", "2024-07-31", "2025-01-29"],
        ),
        (
            |e| e.month().on_nth(4, Weekday::Wed).at("09:00").run(|| {}),
            ["2024-01-24", "2024-02-28", "2024-03-27", "2024-04-24"],
        ),
        (
            |e| e.month().on_nth(1, Weekday::Wed).at("09:00").run(|| {}),
            ["2024-02-07", "2024-03-06", "2024-04-03", "2024-05-01"],
        ),
    ];
    for (sentence, slots) in cases {
        let stage = noon();
        let job = sentence(stage.every()).unwrap();
        let slots = slots.map(|slot| format!("{slot} 09:00:00"));
        assert_eq!(stage.run_slots_utc(&job, 4), slots, "{job}");
    }
}

#[test]
fn several_weekdays_share_their_weeks_and_a_week_starts_on_monday() {
    let stage = noon();
    let days = [Weekday::Mon, Weekday::Wed, Weekday::Sun];
    let job = stage.every().weeks(2).on(days).at("09:00").run(|| {}).unwrap();
    let slots = ["2024-01-14", "2024-01-22", "2024-01-24", "2024-01-28", "2024-02-05"];
    assert_eq!(stage.run_slots_utc(&job, 5), slots.map(|slot| format!("{slot} 09:00:00")));
}

#[test]
fn weekday_is_monday_to_friday_and_weekend_is_the_rest() {
    let stage = noon();
    let weekday = stage.every().weekday().at("09:00").run(|| {}).unwrap();
    let slots = ["2024-01-11", "2024-01-12", "2024-01-15", "2024-01-16"];
    assert_eq!(stage.run_slots_utc(&weekday, 4), slots.map(|slot| format!("{slot} 09:00:00")));
    weekday.cancel();

    let weekend = stage.every().weekend().at("09:00").run(|| {}).unwrap();
    let slots = ["2024-01-20", "2024-01-21", "2024-01-27", "2024-01-28"];
    assert_eq!(stage.run_slots_utc(&weekend, 4), slots.map(|slot| format!("{slot} 09:00:00")));
}

#[test]
fn each_weekday_method_runs_on_its_weekday_once_a_week() {
    let sentences: [Sentence; 7] = [
        |e| e.monday().run(|| {}),
        |e| e.tuesday().run(|| {}),
        |e| e.wednesday().run(|| {}),
        |e| e.thursday().run(|| {}),
        |e| e.friday().run(|| {}),
        |e| e.saturday().run(|| {}),
        |e| e.sunday().run(|| {}),
    ];
    for (n, sentence) in sentences.iter().enumerate() {
        let stage = noon();
        let job = sentence(stage.every()).unwrap();
        for slot in stage.run_slots(&job, 3) {
            assert_eq!(slot.weekday(), Weekday::try_from(n as u8).unwrap());
        }
        let ahead = job.next_run().unwrap() - stage.clock.now();
        assert_eq!(ahead.to_std().unwrap(), days(7));
    }
}

#[test]
fn a_job_is_removed_at_the_end_of_the_year_9999() {
    let stage = Stage::at("9999-12-29 12:00:00");
    let job = stage.every().day().at("10:30").run(|| {}).unwrap();
    assert_eq!(stage.run_slots_utc(&job, 2), ["9999-12-30 10:30:00", "9999-12-31 10:30:00"]);
    assert!(!job.is_scheduled());
    assert_eq!(job.next_run(), None);
}
