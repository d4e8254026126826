//! The slots that several schedules have in common, with `and`.

use chrono::{DateTime, Datelike, TimeDelta, Utc, Weekday};
use punctual::{Every, Recurrence, Schedule, Unit};

use crate::support::{hours, minutes, next, noon, show, utc, Stage};

fn every(n: u64, unit: Unit) -> Schedule {
    Schedule::every(n, unit).unwrap()
}

fn friday() -> Schedule {
    every(1, Unit::Week).on(Weekday::Fri).unwrap().at("12:00").unwrap()
}

fn thirteenth() -> Schedule {
    every(1, Unit::Month).on_day(13).unwrap().at("12:00").unwrap()
}

#[test]
fn fridays_and_thirteenths_have_the_fridays_the_13th_in_common() {
    let stage = noon();
    let job = stage.scheduler.schedule(friday().and(thirteenth()).unwrap()).run(|| {}).unwrap();
    let fridays: Vec<_> = job.upcoming(30);
    assert!(fridays.iter().all(|slot| slot.day() == 13 && slot.weekday() == Weekday::Fri), "{fridays:?}");
    let days = (0..).map(|day| utc("2024-01-10 12:00:00") + TimeDelta::days(day));
    let expected: Vec<_> = days.filter(|day| day.day() == 13 && day.weekday() == Weekday::Fri).take(30).collect();
    assert_eq!(fridays, expected);
    assert_eq!(stage.run_slots_utc(&job, 2), ["2024-09-13 12:00:00", "2024-12-13 12:00:00"]);
}

#[test]
fn the_order_of_the_calls_does_not_matter_to_the_value() {
    let (a, b, c) = (friday(), thirteenth(), every(2, Unit::Hour));
    let flat = a.clone().and(&b).unwrap().and(&c).unwrap();
    assert_eq!(flat, a.clone().and(b.clone().and(&c).unwrap()).unwrap());
    assert_eq!(flat.parts().recurrence, Recurrence::All(vec![a.clone(), b.clone(), c]));
    let until = "2030-01-01";
    let before = a.clone().until(until).unwrap().and(&b).unwrap();
    assert_eq!(before, a.clone().and(&b).unwrap().until(until).unwrap());
    let before = a.clone().tz("+02:00").unwrap().and(&b).unwrap();
    assert_eq!(before, a.and(b).unwrap().tz("+02:00").unwrap());
}

#[test]
fn common_slots_are_those_of_each_schedule_alone() {
    // The common slots of a week, by the slots of each.
    let slots = |schedule: &Schedule| -> Vec<DateTime<Utc>> {
        let stage = noon();
        let job = stage.scheduler.schedule(schedule).until("2024-01-17 12:00").run(|| {}).unwrap();
        job.upcoming(100_000)
    };
    let pairs = [
        (every(6, Unit::Minute), every(10, Unit::Minute)),
        (every(7, Unit::Minute), every(1, Unit::Hour).at(":00").unwrap().at(":35").unwrap()),
        (every(35, Unit::Minute).between("09:00", "17:00").unwrap(), every(1, Unit::Hour).at(":30").unwrap()),
        (every(1, Unit::Day).at("09:00").unwrap().at("18:00").unwrap(), every(3, Unit::Hour)),
        (every(1, Unit::Day).at("09:00").unwrap(), friday().or(every(1, Unit::Hour).at(":00").unwrap()).unwrap()),
    ];
    for (a, b) in pairs {
        let both = a.clone().and(&b).unwrap();
        let (of_a, of_b) = (slots(&a), slots(&b));
        let expected: Vec<_> = of_a.into_iter().filter(|slot| of_b.contains(slot)).collect();
        assert!(!expected.is_empty(), "{both}");
        assert_eq!(slots(&both), expected, "{both}");
        assert_eq!(slots(&b.and(a).unwrap()), expected, "the other way round");
    }
}

#[test]
fn options_of_the_whole_apply_to_common_slots() {
    let stage = noon();
    let whole = every(6, Unit::Minute).and(every(10, Unit::Minute)).unwrap().between("14:00", "15:00").unwrap();
    let job = stage.scheduler.schedule(&whole).times(3).immediately().until("2024-01-11 15:00").run(|| {}).unwrap();
    assert_eq!(next(&job), "2024-01-10 14:00:00", "the window is closed now");
    assert_eq!(stage.scheduler.run_until_empty(), 3);
    assert_eq!(job.last_run(), Some(utc("2024-01-11 14:00:00")));

    let starting = every(6, Unit::Minute).and(every(10, Unit::Minute)).unwrap().starting("12:07").unwrap();
    let stage = noon();
    let job = stage.scheduler.schedule(starting).run(|| {}).unwrap();
    assert_eq!(stage.run_slots_utc(&job, 2), ["2024-01-10 12:07:00", "2024-01-10 12:37:00"]);
}

#[test]
fn a_late_run_of_common_slots_obeys_the_window() {
    let stage = noon();
    let whole = every(6, Unit::Minute).and(every(10, Unit::Minute)).unwrap().between("12:00", "13:00").unwrap();
    let job = stage.scheduler.schedule(whole).run(|| {}).unwrap();
    assert_eq!(stage.wait(hours(2)), 0, "skipped");
    assert_eq!(next(&job), "2024-01-11 12:00:00");
}

#[test]
fn each_schedule_has_its_zone_or_that_of_the_whole() {
    let stage = Stage::at("2024-01-10 00:00:00");
    let in_zone = |zone: &str| every(1, Unit::Day).at("12:00").unwrap().tz(zone).unwrap();
    let hourly = every(1, Unit::Day).at("12:00").unwrap().at("14:00").unwrap();
    let job = stage.scheduler.schedule(in_zone("+02:00").and(&hourly).unwrap()).run(|| {}).unwrap();
    assert_eq!(next(&job), "2024-01-10 10:00:00", "12:00 of both, in the zone of the first");
    let own = hourly.and(in_zone("+02:00")).unwrap().tz("UTC").unwrap();
    let error = stage.scheduler.schedule(own).run(|| {}).unwrap_err();
    assert!(error.is_never(), "12:00 and 14:00 UTC are not 12:00 at +02:00: {error}");
}

#[test]
fn schedules_without_a_common_slot_are_refused_at_once() {
    let cases = [
        (every(1, Unit::Day).at("08:00").unwrap(), every(1, Unit::Day).at("09:00").unwrap()),
        (every(1, Unit::Hour).at(":15").unwrap(), every(1, Unit::Hour).at(":45").unwrap()),
        (every(1, Unit::Year).on_date(2, 10).unwrap(), every(1, Unit::Month).on_day(11).unwrap()),
        (every(86_399, Unit::Second), every(86_400, Unit::Second)),
    ];
    for (a, b) in cases {
        let error = noon().scheduler.schedule(a.and(b).unwrap()).run(|| {}).unwrap_err();
        assert!(error.is_never(), "{error}");
        assert!(error.to_string().contains("has no run: its parts ha"), "{error}");
        assert!(error.to_string().contains("no slot in common"), "{error}");
    }
}

#[test]
fn a_search_that_is_given_up_is_an_error_that_says_so() {
    let often = every(1, Unit::Minute).at(":00").unwrap();
    let seldom = every(1, Unit::Minute).at(":30").unwrap().or("every year on 1 January at 12:00").unwrap();
    let error = noon().scheduler.schedule(often.and(seldom).unwrap()).run(|| {}).unwrap_err().to_string();
    assert!(error.contains("has no run: its parts had no slot in common among the next"), "{error}");
}

#[test]
fn a_search_inside_a_search_is_given_up_with_it() {
    let never = "cron[day='3rd fri,last', week='1-10/3', hour='*/3'] only in May, August and October";
    let expressions = [
        "((every hour at :00) and (every hour at :30) or every minute at :00) and (every minute at :30)".to_owned(),
        "((every hour at :00) and (every hour at :30) or every minute at :00) and (every minute)".to_owned(),
        "(every hour at :00 or every day at 9:00 only on 1 January only in August) and (every hour at :30)".to_owned(),
        "(every hour at :00 or 0 0 31 * * only in June) and (every 61.000000001s)".to_owned(),
        format!("(every hour at :00 or {never}) and (every 331.352539469s)"),
        format!(
            "((every hour at :00 or {never}) and (every minute at :00) or every minute at :00) and (every minute at :30)"
        ),
    ];
    for expression in expressions {
        let schedule: Schedule = expression.parse().unwrap();
        let now = utc("2030-02-13 09:59:34");
        let starting = schedule.clone().starting("2030-01-01").unwrap();
        let errors = [
            schedule.upcoming(now).map(drop),
            starting.upcoming(now).map(drop),
            starting.previous(now).map(drop),
            noon().scheduler.schedule(&schedule).run(|| {}).map(drop),
        ];
        for error in errors {
            let error = error.unwrap_err().to_string();
            assert!(error.contains("its parts had no slot in common among the next"), "{error}");
            // One allowance for all of them.
            let tried = error.split(' ').rev().nth(3).and_then(|tried| tried.parse::<u64>().ok());
            assert!(tried.is_some_and(|tried| tried < 110_000), "{error}");
        }
    }
}

#[test]
fn previous_says_that_a_search_was_given_up() {
    let seconds = "every minute at :00 or every minute at :30 only on 2024-01-09";
    let schedule: Schedule = format!("({seconds}) and (every minute at :30)").parse().unwrap();
    assert_eq!(schedule.previous(utc("2024-01-09 12:00:00")).unwrap(), Some(utc("2024-01-09 11:59:30")));
    let error = schedule.previous(utc("2024-01-10 00:10:00")).unwrap_err();
    assert!(error.is_never() && error.to_string().contains("that were tried"), "{error}");
}

#[test]
fn alternatives_that_are_rare_or_over_take_no_slot_from_the_others() {
    let rare = "every year on 1 March at 01:30 or every hour at :30 only on 2023-12-31 or 0 0 31 * * only in June";
    let schedule: Schedule = format!("(every hour at :00 or {rare}) and (30 1 * * * or 0 */12 * * *)").parse().unwrap();
    let slots = schedule.upcoming(utc("2024-02-28 13:00:00")).unwrap().map(show).take(6).collect::<Vec<_>>();
    let expected = ["02-29 00:00", "02-29 12:00", "03-01 00:00", "03-01 01:30", "03-01 12:00", "03-02 00:00"];
    assert_eq!(slots, expected.map(|slot| format!("2024-{slot}:00")));
}

#[test]
fn a_limited_part_whose_next_slot_is_years_away_is_waited_for() {
    // A minute later each day, it is at 04:00 after 960 steps.
    let drifting = every(1_441, Unit::Minute).between("04:00", "04:01").unwrap();
    let minutely = every(1, Unit::Minute).at(":00").unwrap();
    let both = drifting.clone().and(&minutely).unwrap();
    assert_eq!(show(both.upcoming(utc("2024-01-10 12:00:00")).unwrap().next().unwrap()), "2026-08-28 04:00:00");
    // Nor does another alternative, with a later slot, take it away.
    let or_later = drifting.or("every minute at :00 only on 2030-01-01").unwrap().and(minutely).unwrap();
    assert_eq!(show(or_later.upcoming(utc("2024-01-10 12:00:00")).unwrap().next().unwrap()), "2026-08-28 04:00:00");
}

#[test]
fn common_slots_of_lengths_keep_their_distance_when_the_clock_is_set() {
    let stage = noon();
    let lengths = every(6, Unit::Minute).and(every(10, Unit::Minute)).unwrap();
    let job = stage.scheduler.schedule(lengths).run(|| {}).unwrap();
    stage.wait(minutes(10));
    stage.set_clock("2024-01-10 11:10:00");
    assert_eq!(next(&job), "2024-01-10 11:30:00");
}

#[test]
fn common_slots_with_a_time_of_day_stay_moments_of_the_wall_clock() {
    let stage = noon();
    let both = every(1, Unit::Day).at("12:30").unwrap().at("13:00").unwrap().and(every(10, Unit::Minute)).unwrap();
    let job = stage.scheduler.schedule(both).run(|| {}).unwrap();
    assert_eq!(stage.run_slots_utc(&job, 1), ["2024-01-10 12:30:00"]);
    stage.set_clock("2024-01-10 12:20:00");
    assert_eq!(next(&job), "2024-01-10 13:00:00", "12:30 has run");
}

#[test]
fn what_cannot_be_compared_is_an_error_that_says_why() {
    let refused = |this: Schedule, other: Schedule| this.and(other).unwrap_err().to_string();
    let single = Schedule::once("2030-01-01").unwrap();
    let cases = [
        (refused(friday(), single.clone()), "there is a single run (expected a schedule that repeats)"),
        (refused(single, friday()), "there is a single run (expected a schedule that repeats)"),
        (refused(friday(), every(1, Unit::Hour).to(2).unwrap()), "its interval is random (expected one without `to`)"),
        (refused(friday(), friday().until("2030-01-01").unwrap()), "its own `until` (expected `until` on the whole)"),
        (refused(friday(), friday().starting("2030-01-01").unwrap()), "its own `starting`"),
        (refused(friday(), friday().immediately().unwrap()), "its own `immediately`"),
        (refused(friday().or(every(1, Unit::Hour).to(2).unwrap()).unwrap(), friday()), "its interval is random"),
    ];
    for (error, expected) in cases {
        assert!(error.starts_with("invalid part \"") && error.contains(expected), "{error}");
    }
    let many = (1..32).try_fold(friday(), |all, _| all.and(friday())).unwrap();
    let error = many.and(friday()).unwrap_err().to_string();
    assert!(error.contains("there would be 33 schedules (expected at most 32)"), "{error}");
}

#[test]
fn a_sentence_takes_and_wherever_it_takes_or() {
    let sentence = |every: Every| every.friday().at("12:00").and(thirteenth()).tz("UTC").schedule();
    let stage = noon();
    let schedule = sentence(stage.every()).unwrap();
    assert_eq!(schedule.to_string(), "(every Friday at 12:00) and (every month on day 13 at 12:00) in UTC");
    let job = stage.scheduler.schedule(schedule).run(|| {}).unwrap();
    assert_eq!(show(job.next_run().unwrap()), "2024-09-13 12:00:00");
}
