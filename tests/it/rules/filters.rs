//! Which slots filters leave, and what becomes of the others.

use chrono::{DateTime, Datelike, NaiveDate, TimeDelta, Timelike, Utc};
use proptest::prelude::*;
use punctual::{dates, every, EventKind, Job, ManualClock, Schedule, Scheduler, Skip, Unit, Weekday};

use crate::support::{days, hours, noon, slot, utc, Log, Stage};

fn dates_of(slots: &[DateTime<Utc>]) -> Vec<String> {
    slots.iter().map(|slot| slot.date_naive().to_string()).collect()
}

fn next(job: &Job) -> String {
    job.next_run().unwrap().format("%Y-%m-%d %H:%M").to_string()
}

#[test]
fn slots_of_an_interval_on_other_dates_are_left_out_and_the_grid_stays() {
    let stage = noon();
    let job = stage.every().hours(7).only_on(dates::WEEKEND).run(|| {}).unwrap();
    let unlimited = stage.every().hours(7).run(|| {}).unwrap();
    let weekend = |slot: &DateTime<Utc>| slot.weekday().number_from_monday() > 5;
    let expected: Vec<_> = unlimited.upcoming(200).into_iter().filter(weekend).collect();
    assert_eq!(job.upcoming(expected.len()), expected);
    assert_eq!(next(&job), "2024-01-13 03:00");
}

#[test]
fn a_grid_of_days_is_not_moved_by_a_filter() {
    let stage = noon();
    let every_second = stage.every().days(2).only_on("Mondays").run(|| {}).unwrap();
    assert_eq!(dates_of(&every_second.upcoming(3)), ["2024-01-22", "2024-02-05", "2024-02-19"], "every other Monday");
    let weekly = stage.every().weeks(2).on("mon").at("09:00").except_on("2024-01-15").run(|| {}).unwrap();
    assert_eq!(dates_of(&weekly.upcoming(2)), ["2024-01-29", "2024-02-12"], "counted from the 15th");
}

#[test]
fn a_day_of_the_month_that_a_month_lacks_is_left_out() {
    let stage = noon();
    let exact = stage.every().day().at("09:00").only_on("day 31").run(|| {}).unwrap();
    assert_eq!(dates_of(&exact.upcoming(3)), ["2024-01-31", "2024-03-31", "2024-05-31"]);
    let leap = stage.every().day().at("09:00").only_on("29 february").run(|| {}).unwrap();
    assert_eq!(dates_of(&leap.upcoming(2)), ["2024-02-29", "2028-02-29"]);
    let clamped = stage.every().month().on_days([30, 31]).at("09:00").run(|| {}).unwrap();
    assert_eq!(dates_of(&clamped.upcoming(4)), ["2024-01-30", "2024-01-31", "2024-02-29", "2024-03-30"]);
    let last = stage.every().month().on_last_weekday().at("09:00").run(|| {}).unwrap();
    assert_eq!(dates_of(&last.upcoming(3)), ["2024-01-31", "2024-02-29", "2024-03-29"]);
}

#[test]
fn two_only_on_intersect_and_two_except_on_add_up() {
    let stage = noon();
    let job = stage.every().day().at("09:00").only_on("Fridays").only_on("day 13").run(|| {}).unwrap();
    assert_eq!(dates_of(&job.upcoming(2)), ["2024-09-13", "2024-12-13"]);
    let either = stage.every().day().at("09:00").only_on("Fridays and day 13").run(|| {}).unwrap();
    assert_eq!(dates_of(&either.upcoming(3)), ["2024-01-12", "2024-01-13", "2024-01-19"]);
    let neither = stage.every().day().at("09:00").except_on("weekends").except_on("2024-01-15 to 2024-01-18");
    assert_eq!(
        dates_of(&neither.run(|| {}).unwrap().upcoming(4)),
        ["2024-01-11", "2024-01-12", "2024-01-19", "2024-01-22"]
    );
}

#[test]
fn what_users_ask_for_can_be_said() {
    let stage = noon();
    let business = every().minutes(20).between("08:00", "18:00").only_on(dates::WEEKDAYS).schedule().unwrap();
    let job = stage.scheduler.schedule(business).run(|| {}).unwrap();
    stage.clock.set(utc("2024-01-12 17:50:00"));
    stage.scheduler.run_pending();
    assert_eq!(next(&job), "2024-01-15 08:00");
    let twice = stage.every().month().on_days([1, 16]).at("01:30").run(|| {}).unwrap();
    assert_eq!(next(&twice), "2024-01-16 01:30");
    let summer = stage.every().day().at("06:00").only_in("june to august").run(|| {}).unwrap();
    assert_eq!(next(&summer), "2024-06-01 06:00");
    stage.scheduler.calendar("holidays", [dates::date(1, 1), dates::date(12, 25)]).unwrap();
    let saturday = every().saturday().at("11:00").schedule().unwrap();
    let both = stage.every().weekday().at("09:00").or(saturday).except_on("holidays").run(|| {}).unwrap();
    stage.clock.set(utc("2024-12-24 12:00:00"));
    stage.scheduler.run_pending();
    assert_eq!(next(&both), "2024-12-26 09:00");
}

#[test]
fn a_late_run_obeys_the_window_but_no_filter() {
    for text in [
        "every hour at :50 only on Fridays",
        "every hour at :50 only in hours 23",
        "every 20 minutes starting 2024-01-12 23:50 only on Fridays",
        "every day at 23:50 only on Fridays",
        "50 * * * * only on Fridays",
    ] {
        let stage = Stage::at("2024-01-12 23:45:00");
        let job = stage.scheduler.schedule(text).run(|| {}).unwrap();
        stage.clock.set(utc("2024-01-13 00:05:00"));
        assert_eq!((stage.scheduler.run_pending(), job.run_count()), (1, 1), "{text}");
    }
    let stage = Stage::at("2024-01-12 23:45:00");
    let log = Log::default();
    let told = log.clone();
    stage.scheduler.on_event(move |event| {
        if event.kind == EventKind::Skipped(Skip::Window) {
            told.write(slot(event).to_rfc3339());
        }
    });
    stage.scheduler.schedule("every hour at :50 between 20:00 and 24:00 only on Fridays").run(|| {}).unwrap();
    stage.clock.set(utc("2024-01-13 00:05:00"));
    assert_eq!(stage.scheduler.run_pending(), 0);
    assert_eq!(log.take(), ["2024-01-12T23:50:00+00:00"]);
}

#[test]
fn immediately_and_starting_obey_the_dates() {
    let stage = noon();
    let job = stage.every().hour().only_on("Thursdays").immediately().run(|| {}).unwrap();
    assert_eq!(next(&job), "2024-01-11 00:00");
    let today = stage.every().hour().only_on("Wednesdays").immediately().run(|| {}).unwrap();
    assert_eq!(next(&today), "2024-01-10 12:00");
    let later = stage.every().hours(5).starting("2024-01-13 10:00").except_on("Saturdays").run(|| {}).unwrap();
    assert_eq!(next(&later), "2024-01-14 01:00");
}

#[test]
fn a_random_length_moves_to_the_next_date() {
    for _ in 0..20 {
        let stage = noon();
        let job = stage.every().hours(1).to(9).only_on("Fridays").run(|| {}).unwrap();
        assert_eq!(next(&job), "2024-01-12 00:00");
    }
}

#[test]
fn hours_limit_intervals_dates_and_cron() {
    let stage = noon();
    let times = |job: Job| job.upcoming(3).iter().map(|slot| slot.format("%d %H:%M").to_string()).collect::<Vec<_>>();
    let some = |schedule: Schedule| times(stage.scheduler.schedule(schedule).run(|| {}).unwrap());
    let interval = every().minutes(50).only_in_hours([9, 13, 14]).schedule().unwrap();
    assert_eq!(some(interval), ["10 13:40", "10 14:30", "11 09:40"]);
    let daily = every().day().at("09:30").at("12:30").at("23:59").only_in_hours([9, 23]).schedule().unwrap();
    assert_eq!(some(daily), ["10 23:59", "11 09:30", "11 23:59"]);
    let cron = punctual::cron("0 */6 * * *").only_in_hours([6, 12, 13]).schedule().unwrap();
    assert_eq!(some(cron), ["11 06:00", "11 12:00", "12 06:00"]);
}

#[test]
fn the_date_is_that_of_the_time_that_was_named() {
    // 23:00 on the 30th, a Saturday, is followed by 00:00 on the 31st.
    let stage = Stage::new(utc("2024-03-28 12:00:00"), "America/Nuuk");
    let saturdays = stage.every().day().at("23:30").only_on("Saturdays").run(|| {}).unwrap();
    assert_eq!(saturdays.next_run(), Some(utc("2024-03-31 01:30:00")), "it is 00:30 on Sunday");
    let sundays = stage.every().day().at("23:30").only_on("Sundays").run(|| {}).unwrap();
    assert_eq!(sundays.next_run(), Some(utc("2024-04-01 00:30:00")));
}

#[test]
fn a_date_that_is_shown_once_more_is_open_once_more() {
    // 00:01 on the 7th, a Sunday, is followed by 23:01 on the 6th.
    let stage = Stage::new(utc("2010-11-06 20:00:00"), "America/St_Johns");
    let job = stage.every().minutes(20).only_on("Saturdays").starting("2010-11-06 23:00").run(|| {}).unwrap();
    let slots: Vec<_> = job.upcoming(6).iter().map(|slot| slot.format("%d %H:%M").to_string()).collect();
    assert_eq!(slots[..3], ["07 01:30", "07 01:50", "07 02:10"], "23:00 to 23:40");
    assert_eq!(slots[3..], ["07 02:50", "07 03:10", "13 03:30"], "23:20 and 23:40, but 00:00 neither time");
}

#[test]
fn cron_and_filters_intersect() {
    let stage = noon();
    let job = stage.scheduler.cron("0 9 * * mon-fri").except_on("2024-01-11").only_in("jan").run(|| {}).unwrap();
    assert_eq!(dates_of(&job.upcoming(2)), ["2024-01-12", "2024-01-15"]);
    let far = stage.scheduler.cron("0 9 29 2 *").only_on("Sundays").run(|| {}).unwrap();
    assert_eq!(dates_of(&far.upcoming(2)), ["2032-02-29", "2060-02-29"]);
}

#[test]
fn a_trigger_of_ones_own_obeys_the_dates() {
    struct Noons;
    impl punctual::Trigger for Noons {
        fn next_after(&self, instant: DateTime<Utc>) -> Option<DateTime<Utc>> {
            let today = instant.date_naive().and_hms_opt(12, 0, 0)?.and_utc();
            Some(if today > instant { today } else { today + TimeDelta::days(1) })
        }
    }
    let stage = noon();
    let schedule = Schedule::from_trigger(Noons).only_on("day 1").unwrap();
    let job = stage.scheduler.schedule(schedule).run(|| {}).unwrap();
    assert_eq!(dates_of(&job.upcoming(2)), ["2024-02-01", "2024-03-01"]);
}

#[test]
fn a_calendar_is_looked_up_at_the_registration_and_at_a_reschedule() {
    let stage = noon();
    stage.scheduler.calendar("off", "2024-01-11").unwrap();
    let job = stage.every().day().at("09:00").except_on("off").run(|| {}).unwrap();
    stage.scheduler.calendar("off", "2024-01-12 to 2024-01-14").unwrap();
    assert_eq!(next(&job), "2024-01-12 09:00");
    job.reschedule(job.schedule()).unwrap();
    assert_eq!(dates_of(&job.upcoming(2)), ["2024-01-11", "2024-01-15"]);
}

#[test]
fn a_calendar_may_have_days_of_every_year_and_a_thousand_dates() {
    let stage = noon();
    let first = NaiveDate::from_ymd_opt(2024, 1, 11).unwrap();
    let odd: Vec<NaiveDate> = (0..1_000).map(|n| first + TimeDelta::days(2 * n)).collect();
    stage.scheduler.calendar("odd", &odd).unwrap();
    let only = stage.every().day().at("09:00").only_on("odd").run(|| {}).unwrap();
    let slots = only.upcoming(2_000);
    assert_eq!(slots.iter().map(DateTime::date_naive).collect::<Vec<_>>(), odd, "and it ends with the last");
    stage.scheduler.calendar("mixed", [dates::last_day(), dates::nth(2, Weekday::Tue)]).unwrap();
    let mixed = stage.every().hours(24).only_on("mixed").run(|| {}).unwrap();
    assert_eq!(dates_of(&mixed.upcoming(3)), ["2024-01-31", "2024-02-13", "2024-02-29"]);
}

#[test]
fn a_calendar_may_be_empty_and_a_key_takes_its_new_dates() {
    let stage = noon();
    let register = || stage.every().day().at("09:00").except_on("off").key("daily").run(|| {}).unwrap();
    stage.scheduler.calendar("off", Vec::<NaiveDate>::new()).unwrap();
    assert_eq!(next(&register()), "2024-01-11 09:00");
    stage.scheduler.calendar("off", "2024-01-11").unwrap();
    assert_eq!(next(&register()), "2024-01-12 09:00");
    assert_eq!(stage.scheduler.jobs().len(), 1);
}

#[test]
fn an_alternative_whose_dates_have_passed_does_not_matter() {
    let stage = noon();
    for text in [
        "every weekday at 08:00 only on 2023-01-01 to 2023-12-31 or every weekday at 09:00 only on 2024-01-01 to 2024-12-31",
        "every weekday at 09:00 only on 2024-01-01 to 2024-12-31 or every hour only on 2023-01-01 to 2023-12-31",
        "0 0 9 * * * 2023 or every day at 09:00",
    ] {
        let job = stage.scheduler.schedule(text).run(|| {}).unwrap();
        assert_eq!(dates_of(&job.upcoming(2)), ["2024-01-11", "2024-01-12"], "{text}");
        stage.clock.set(utc("2024-01-09 12:00:00"));
        stage.scheduler.run_pending();
        assert_eq!(next(&job), "2024-01-10 09:00");
        stage.clock.set(utc("2024-01-10 12:00:00"));
        assert_eq!(stage.scheduler.run_pending(), 1);
        stage.scheduler.clear();
    }
    let never = "every day at 09:00 only on 2023-01-05 or every hour only on 2023-02-05";
    let error = stage.scheduler.schedule(never).run(|| {}).unwrap_err();
    assert!(error.is_never(), "{error}");
}

#[test]
fn hours_that_an_interval_meets_late_are_found() {
    let stage = noon();
    let slow = |sentence: punctual::Every<punctual::state::Seconds>| sentence.run(|| {}).unwrap().next_run().unwrap();
    let every = || stage.every().seconds(86_410);
    let first = slow(every().between("09:00", "10:00")).min(slow(every().between("11:00", "12:00")));
    assert_eq!(slow(every().only_in_hours([9, 11])), first);
    assert!(first > utc("2040-01-01 00:00:00"), "{first}");
}

#[test]
fn a_job_whose_last_date_has_passed_leaves() {
    let stage = noon();
    let job = stage.every().hours(6).only_on("2024-01-11").run(|| {}).unwrap();
    for _ in 0..4 {
        stage.wait(hours(6));
    }
    stage.wait(hours(6));
    assert_eq!((job.run_count(), job.is_scheduled()), (4, false), "00:00, 06:00, 12:00 and 18:00");
}

#[test]
fn dates_follow_a_clock_that_is_set_back() {
    let stage = noon();
    let job = stage.every().day().at("09:00").only_on("Fridays").run(|| {}).unwrap();
    stage.clock.set(utc("2024-01-08 12:00:00"));
    stage.scheduler.run_pending();
    assert_eq!(next(&job), "2024-01-12 09:00");
    stage.clock.set(utc("2024-01-02 12:00:00"));
    stage.scheduler.run_pending();
    assert_eq!(next(&job), "2024-01-05 09:00");
}

#[test]
fn a_run_that_is_asked_for_obeys_no_filter() {
    let stage = noon();
    let job = stage.every().hour().only_on("Fridays").run(|| {}).unwrap();
    job.trigger();
    assert_eq!(stage.scheduler.run_pending(), 1);
    assert_eq!((job.run_count(), next(&job)), (1, "2024-01-12 00:00".to_owned()));
}

#[test]
fn a_jitter_is_on_top_of_the_slots_that_filters_leave() {
    for seed in 0..20 {
        let clock = ManualClock::new(utc("2024-01-12 12:00:00"));
        let scheduler = Scheduler::builder().clock(clock.clone()).tz("UTC").seed(seed).build().unwrap();
        let odd = (0..24).filter(|hour| hour % 2 == 1);
        let sentence = scheduler.every().hour().at(":05").only_in_hours(odd).only_on(dates::WEEKDAYS);
        let job = sentence.jitter(hours(24)).run(|| {}).unwrap();
        for _ in 0..3 {
            clock.advance(days(3));
            scheduler.run_pending();
            let slots = job.upcoming(50);
            assert_eq!(slots.len(), 50, "a late poll lands on the next slot");
            assert!(slots.windows(2).all(|pair| pair[0] < pair[1]), "{slots:?}");
        }
    }
}

#[test]
fn a_spread_that_is_longer_than_the_window_is_over_what_is_left_of_it() {
    let stage = noon();
    let mut late = 0;
    for n in 0..100 {
        let sentence = stage.every().day().at("09:00").between("09:00", "10:00").spread(hours(24));
        let next = sentence.named(format!("job {n}")).run(|| {}).unwrap().next_run().unwrap();
        assert_eq!(next.hour(), 9);
        late += usize::from(next.minute() >= 30);
    }
    assert!((30..70).contains(&late), "{late}");
}

#[test]
fn random_moments_are_on_the_dates_and_in_the_months() {
    let stage = noon();
    let daily = stage.every().day().at_random("09:00", "11:00").except_on("weekends").only_in("february");
    let slots = daily.run(|| {}).unwrap().upcoming(30);
    let is_one = |slot: &DateTime<Utc>| {
        slot.weekday().number_from_monday() < 6 && slot.month() == 2 && (9..11).contains(&slot.hour())
    };
    assert!(slots.iter().all(is_one), "{slots:?}");
    assert_eq!(dates_of(&slots)[20..22], ["2024-02-29", "2025-02-03"]);
}

#[test]
fn common_slots_obey_the_filters_of_each_and_of_the_whole() {
    let stage = noon();
    let noon_daily = every().day().at("12:00").only_on("Fridays").schedule().unwrap();
    let both = stage.every().hours(1).only_in("feb to april").and(noon_daily.clone()).except_on("day 1 to 7");
    assert_eq!(dates_of(&both.run(|| {}).unwrap().upcoming(3)), ["2024-02-09", "2024-02-16", "2024-02-23"]);
    stage.scheduler.calendar("off", "2024-02-16").unwrap();
    let part = noon_daily.except_on("off").unwrap();
    let both = stage.every().day().at("12:00").only_in("feb").and(part).schedule().unwrap();
    assert_eq!(
        both.to_string(),
        "(every day at 12:00 only in February) and (every day at 12:00 only on Fridays except off)"
    );
    let job = stage.scheduler.schedule(both).run(|| {}).unwrap();
    assert_eq!(dates_of(&job.upcoming(3)), ["2024-02-02", "2024-02-09", "2024-02-23"]);
}

/// Whether a filter allows a date, by its definition.
type Allows = fn(NaiveDate) -> bool;

/// Filters as text, with what they mean. `except` excludes what it allows.
const FILTERS: [(&str, Allows); 9] = [
    ("weekdays", |date| date.weekday().number_from_monday() < 6),
    ("day 1 to 7 and the last day", |date| date.day() < 8 || date.succ_opt().unwrap().day() == 1),
    ("Fridays, day 13", |date| date.weekday() == Weekday::Fri || date.day() == 13),
    ("the 2nd Sunday, the last Sunday", |date| {
        date.weekday() == Weekday::Sun && (date.day().div_ceil(7) == 2 || (date + TimeDelta::days(7)).day() < 8)
    }),
    ("2011-12-30, 2024-03-09 to 2024-03-11", |date| {
        date.to_string() == "2011-12-30" || ("2024-03-09".."2024-03-12").contains(&&*date.to_string())
    }),
    ("29 February and 31 October", |date| matches!((date.month(), date.day()), (2, 29) | (10, 31))),
    ("the weekday nearest day 15", |date| match date.weekday() {
        Weekday::Mon => (15..=16).contains(&date.day()),
        Weekday::Fri => (14..=15).contains(&date.day()),
        Weekday::Sat | Weekday::Sun => false,
        _ => date.day() == 15,
    }),
    ("the last weekday", |date| {
        let is_workday = |date: NaiveDate| date.weekday().number_from_monday() < 6;
        let later = (1..4).map(|n| date + TimeDelta::days(n)).filter(|later| later.month() == date.month());
        is_workday(date) && !later.into_iter().any(is_workday)
    }),
    ("Sundays", |date| date.weekday() == Weekday::Sun),
];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    /// What a filter leaves of a schedule are the slots of that schedule on its dates, in every zone.
    #[test]
    fn a_filter_leaves_the_slots_on_its_dates(
        zone in prop::sample::select(vec![
            "UTC", "America/New_York", "America/Nuuk", "Pacific/Apia", "Asia/Gaza", "Australia/Lord_Howe", "America/Sao_Paulo",
        ]),
        year in prop::sample::select(vec![2011, 2016, 2024]),
        day in 1_u64..360,
        which in 0..FILTERS.len(),
        is_except in any::<bool>(),
        has_hours in any::<bool>(),
        cadence in 0..6,
        n in 1_u64..9,
    ) {
        let schedule = match cadence {
            0 => Schedule::every(n * 37, Unit::Minute),
            1 => Schedule::every(n, Unit::Hour).and_then(|s| s.at(":10")),
            2 => Schedule::every(n, Unit::Day).and_then(|s| s.at("00:15")?.at("12:00")),
            3 => Schedule::every(1, Unit::Week).and_then(|s| s.on("fri to mon")?.at("20:45")),
            4 => Schedule::cron("30 */4 * * *"),
            _ => Schedule::every(n * 5, Unit::Hour).and_then(|s| s.between("22:00", "02:00")),
        }.unwrap();
        // There, the slots of a date that was skipped are shown on the next one.
        prop_assume!(zone != "Pacific/Apia" || !matches!(cadence, 2 | 3));
        let (text, allows) = FILTERS[which];
        let mut limited = if is_except { schedule.clone().except_on(text) } else { schedule.clone().only_on(text) }.unwrap();
        if has_hours {
            limited = limited.only_in_hours([0, 1, 10, 11, 12, 20, 23]).unwrap();
        }
        let start = NaiveDate::from_ymd_opt(year, 1, 1).unwrap().and_hms_opt(11, 7, 0).unwrap().and_utc();
        let clock = ManualClock::new(start + days(day));
        let scheduler = Scheduler::builder().clock(clock).tz(zone).build().unwrap();
        // An interval of 30 hours has no slot from 22:00 to 02:00, where no clock changes.
        let Ok(all) = scheduler.schedule(&schedule).run(|| {}) else { return Ok(()) };
        let zone: punctual::chrono_tz::Tz = zone.parse().unwrap();
        let expected: Vec<_> = all.upcoming(1_500).into_iter().filter(|slot| {
            let wall = slot.with_timezone(&zone);
            allows(wall.date_naive()) != is_except && (!has_hours || matches!(wall.hour(), 0 | 1 | 10..=12 | 20 | 23))
        }).take(30).collect();
        let found = scheduler.schedule(&limited).run(|| {});
        if let Ok(job) = found {
            prop_assert_eq!(job.upcoming(expected.len()), expected, "{}", limited);
        } else {
            prop_assert!(expected.is_empty(), "{} is refused", limited);
        }
    }
}
