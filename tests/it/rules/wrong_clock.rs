//! A clock that was wrong when a job was registered, or when it ran: only a slot that has run does not run again.

use std::sync::{Arc, Mutex};

use chrono::{NaiveDate, TimeDelta, Utc};
use punctual::{Every, Job, Result, Scheduler};

use crate::support::{days, minutes, noon, seconds, show, utc, Stage};

type Sentence = fn(Every) -> Result<Job>;

fn next_after_set_to(stage: &Stage, job: &Job, now: &str) -> String {
    stage.clock.set(utc(now));
    stage.scheduler.run_pending();
    job.next_run().map_or("none".to_owned(), show)
}

#[test]
fn a_calendar_that_has_not_run_counts_from_the_time_to_which_the_clock_is_corrected() {
    let cases: &[(Sentence, &str)] = &[
        (|e| e.day().at("10:30").run(|| {}), "2024-01-09 10:30:00"),
        (|e| e.day().run(|| {}), "2024-01-10 10:00:00"),
        (|e| e.days(3).at("10:30").run(|| {}), "2024-01-12 10:30:00"),
        (|e| e.friday().at("10:30").run(|| {}), "2024-01-12 10:30:00"),
        (|e| e.month().on_last_day().at("00:00").run(|| {}), "2024-01-31 00:00:00"),
        (|e| e.year().on_date(2, 29).run(|| {}), "2024-02-29 10:00:00"),
    ];
    for (sentence, expected) in cases {
        let stage = Stage::at("2034-01-09 10:00:00");
        let job = sentence(stage.every()).unwrap();
        assert_eq!(next_after_set_to(&stage, &job, "2024-01-09 10:00:00"), *expected, "{job}");
    }
    for (expression, expected) in [("30 10 * * *", "2024-01-09 10:30:00"), ("*/20 * * * *", "2024-01-09 10:20:00")] {
        let stage = Stage::at("2034-01-09 10:00:00");
        let job = stage.scheduler.cron(expression).run(|| {}).unwrap();
        assert_eq!(next_after_set_to(&stage, &job, "2024-01-09 10:00:00"), expected, "{job}");
    }
}

/// The clock is ten years fast for months in which polls were late now and then, and then it is right.
#[test]
fn polls_that_were_late_before_the_clock_was_corrected_leave_no_later_slot_out() {
    let stage = Stage::at("2034-01-02 09:00:00");
    let job = stage.every().day().at("10:30").run(|| {}).unwrap();
    let week = || {
        (0..5).for_each(|_| _ = stage.wait(days(1)));
        stage.wait(days(2));
    };
    (0..40).for_each(|_| week());
    stage.clock.set(utc("2024-01-01 09:00:00"));
    stage.scheduler.run_pending();
    (0..40).for_each(|_| {
        week();
        let wait = job.next_run().unwrap() - stage.clock.now();
        assert!(wait < TimeDelta::days(1), "{wait} from {}", stage.clock.now());
    });
}

#[test]
fn a_job_that_was_registered_with_a_clock_years_ahead_runs_each_day_once_it_is_right() {
    let stage = Stage::at("2034-01-09 10:00:00");
    stage.every().day().at("10:30").run(|| {}).unwrap();
    stage.clock.set(utc("2024-01-09 10:00:00"));
    assert_eq!(stage.scheduler.run_until("2024-02-09").unwrap(), 31);
}

#[test]
fn a_clock_ten_minutes_fast_at_the_registration_costs_no_month() {
    let stage = Stage::at("2024-02-01 00:05:00");
    let job = stage.every().month().on_day(1).at("00:00").run(|| {}).unwrap();
    assert_eq!(next_after_set_to(&stage, &job, "2024-01-31 23:55:00"), "2024-02-01 00:00:00");
}

#[test]
fn slots_that_ran_in_a_future_set_by_mistake_do_not_silence_the_present() {
    let stage = Stage::at("2024-01-09 10:00:00");
    let job = stage.every().day().at("10:30").run(|| {}).unwrap();
    stage.clock.set(utc("2034-01-09 10:45:00"));
    assert_eq!(stage.scheduler.run_pending(), 1);
    assert_eq!(next_after_set_to(&stage, &job, "2024-01-12 10:00:00"), "2024-01-12 10:30:00");
    assert_eq!(stage.scheduler.run_until("2024-01-20").unwrap(), 8);
}

#[test]
fn a_date_that_ran_does_not_run_again_however_often_the_clock_comes_back() {
    let stage = Stage::at("2024-01-09 10:00:00");
    let job = stage.every().day().at("10:30").run(|| {}).unwrap();
    assert_eq!(stage.scheduler.run_until("2024-01-11 12:00").unwrap(), 3);
    for now in ["2024-01-10 09:00:00", "2024-01-09 09:00:00", "2024-01-11 10:29:59"] {
        assert_eq!(next_after_set_to(&stage, &job, now), "2024-01-12 10:30:00", "set to {now}");
    }
    assert_eq!(next_after_set_to(&stage, &job, "2024-01-08 09:00:00"), "2024-01-08 10:30:00", "a day that never ran");
}

#[test]
fn a_date_that_ran_does_not_run_again_however_many_polls_were_late() {
    let stage = Stage::at("2024-01-09 10:00:00");
    let ran = Arc::<Mutex<Vec<_>>>::default();
    let record = Arc::clone(&ran);
    stage.every().day().at("10:30").run_with(move |context| record.lock().unwrap().push(context.slot())).unwrap();
    for _ in 0..40 {
        assert_eq!(stage.wait(days(3)), 1);
    }
    stage.clock.set(utc("2024-01-09 10:00:00"));
    stage.scheduler.run_until("2024-06-01").unwrap();
    let mut ran = ran.lock().unwrap();
    let all = ran.len();
    ran.sort();
    ran.dedup();
    assert_eq!(ran.len(), all, "no slot ran twice");
    assert!(all > 80, "the dates that were left out last come again: {all}");
}

#[test]
fn a_start_given_as_a_length_is_a_length_of_elapsed_time() {
    let stage = noon();
    let minutely = stage.every().minute().starting(seconds(90)).run(|| {}).unwrap();
    let daily = stage.every().day().starting(minutes(90)).run(|| {}).unwrap();
    stage.clock.set(utc("2024-01-10 11:00:00"));
    assert_eq!(stage.scheduler.run_pending(), 0);
    assert_eq!(show(minutely.next_run().unwrap()), "2024-01-10 11:01:30");
    assert_eq!(show(daily.next_run().unwrap()), "2024-01-10 12:30:00");
}

#[test]
fn a_start_given_as_a_moment_of_the_wall_clock_stays_and_nothing_runs_before_it() {
    let stage = noon();
    let job = stage.every().day().at("10:30").starting("2024-01-15 09:00").run(|| {}).unwrap();
    assert_eq!(stage.scheduler.run_until("2024-01-16 12:00").unwrap(), 2);
    assert_eq!(next_after_set_to(&stage, &job, "2024-01-12 09:00:00"), "2024-01-17 10:30:00");
}

#[test]
fn a_deadline_given_as_a_length_is_a_length_of_elapsed_time() {
    let stage = noon();
    let job = stage.every().minute().until(TimeDelta::minutes(10)).run(|| {}).unwrap();
    stage.clock.set(utc("2024-01-10 11:00:00"));
    assert_eq!(stage.scheduler.run_until_empty(), 10);
    assert_eq!(job.run_count(), 10);
    assert_eq!(show(stage.clock.now()), "2024-01-10 11:10:00");
}

#[test]
fn a_moment_in_rfc_3339_is_that_instant_and_one_without_an_offset_is_in_the_zone_of_the_job() {
    let cases = [
        ("2024-02-01T11:00:00Z", "2024-02-01 11:00:00"),
        ("2024-02-01T11:00:00+02:00", "2024-02-01 09:00:00"),
        ("2024-02-01t11:00:00z", "2024-02-01 11:00:00"),
        ("2024-02-01 11:00:00 UTC", "2024-02-01 11:00:00"),
        ("2024-02-01 11:00 -05:00", "2024-02-01 16:00:00"),
        ("2024-02-01T11:00:00", "2024-02-01 10:00:00"),
        ("2024-02-01T24:00", "2024-02-01 23:00:00"),
    ];
    for (text, expected) in cases {
        let stage = Stage::new(utc("2024-01-10 12:00:00"), "+01:00");
        assert_eq!(show(stage.scheduler.once(text).run(|| {}).unwrap().next_run().unwrap()), expected, "{text}");
        let job = stage.every().hours(100_000).starting(text).run(|| {}).unwrap();
        assert_eq!(show(job.next_run().unwrap()), expected, "{text}");
        let job = stage.every().second().until(text).run(|| {}).unwrap();
        stage.clock.set(utc(expected));
        assert!(job.is_scheduled());
        stage.scheduler.run_pending();
        assert!(!job.is_scheduled(), "{text}: no slot is left after it");
    }
}

#[test]
fn a_fraction_of_a_second_is_read_to_the_nanosecond() {
    let scheduler = Scheduler::builder().clock(noon().clock).tz(Utc).build().unwrap();
    let job = scheduler.once("2024-02-01T11:00:00.123456789Z").run(|| {}).unwrap();
    assert_eq!(job.next_run().unwrap(), utc("2024-02-01 11:00:00.123456789"));
}

#[test]
fn a_date_alone_is_the_midnight_at_its_beginning() {
    let stage = Stage::new(utc("2024-01-10 12:00:00"), "+01:00");
    let date = NaiveDate::from_ymd_opt(2024, 1, 15).unwrap();
    for job in [stage.scheduler.once(date).run(|| {}).unwrap(), stage.scheduler.once("2024-01-15").run(|| {}).unwrap()]
    {
        assert_eq!(show(job.next_run().unwrap()), "2024-01-14 23:00:00");
    }
}
