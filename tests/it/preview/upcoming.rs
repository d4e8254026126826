//! The slots of a schedule, forwards and backwards.

use chrono::{DateTime, TimeDelta, TimeZone, Utc};
use punctual::{ManualClock, Result, Schedule, Scheduler, Unit, Weekday};

use crate::support::{show, utc};

fn previous(schedule: Result<Schedule>, before: &str) -> Option<String> {
    schedule.unwrap().previous(utc(before)).unwrap().map(show)
}

#[test]
fn upcoming_slots_are_those_of_a_job_that_is_registered_then() {
    let now = utc("2024-01-10 12:00:00");
    let schedules = [
        Schedule::every(7, Unit::Minute).unwrap(),
        Schedule::every(1, Unit::Day).unwrap(),
        Schedule::every(2, Unit::Week).unwrap().on(Weekday::Mon).unwrap().at("09:00").unwrap(),
        Schedule::every(1, Unit::Month).unwrap().on_day(31).unwrap(),
        Schedule::every(1, Unit::Hour).unwrap().between("09:00", "14:00").unwrap(),
        Schedule::every(1, Unit::Hour).unwrap().until("2024-01-10 18:00").unwrap(),
        Schedule::every(1, Unit::Hour).unwrap().times(3).unwrap(),
        Schedule::after(std::time::Duration::from_secs(60)),
        "every 20 minutes between 08:00 and 18:00 only on weekdays except on 2024-01-11".parse().unwrap(),
        "every day at 09:00 only on day 31 or every month on the last weekday at 17:00".parse().unwrap(),
        "(every Friday at 12:00) and (every month on day 13 at 12:00)".parse().unwrap(),
        "cron 0 9 29 2 * only on Sundays".parse().unwrap(),
    ];
    for schedule in schedules {
        let scheduler = Scheduler::builder().clock(ManualClock::new(now)).tz(Utc).build().unwrap();
        let job = scheduler.schedule(&schedule).run(|| {}).unwrap();
        let upcoming: Vec<_> = schedule.upcoming(now).unwrap().take(20).collect();
        assert_eq!(upcoming, job.upcoming(20), "{schedule}");
        assert!(!upcoming.is_empty() && upcoming.iter().all(|slot| *slot > now), "{schedule}");
    }
}

#[test]
fn upcoming_begins_strictly_after_the_instant_even_with_immediately() {
    let now = utc("2024-01-10 12:00:00");
    let schedule = Schedule::every(1, Unit::Hour).unwrap().immediately().unwrap().times(3).unwrap();
    let slots: Vec<_> = schedule.upcoming(now).unwrap().map(show).collect();
    assert_eq!(slots, ["2024-01-10 13:00:00", "2024-01-10 14:00:00"], "the first of three is at noon");
}

#[test]
fn upcoming_ends_with_the_calendar() {
    let now = utc("9999-12-30 12:00:00");
    let schedule = Schedule::every(1, Unit::Day).unwrap().at("12:00").unwrap();
    assert_eq!(schedule.upcoming(now).unwrap().count(), 1);
    assert!(Schedule::every(1, Unit::Year).unwrap().upcoming(now).unwrap_err().is_never());
}

#[test]
fn random_lengths_are_the_same_whenever_they_are_asked_for() {
    let now = utc("2024-01-10 12:00:00");
    let schedule = Schedule::every(5, Unit::Minute).unwrap().to(10).unwrap();
    let slots = || schedule.upcoming(now).unwrap().take(50).collect::<Vec<_>>();
    assert_eq!(slots(), slots());
    let first = slots();
    let lengths: Vec<_> = first.windows(2).map(|pair| (pair[1] - pair[0]).num_minutes()).collect();
    assert!(lengths.iter().all(|length| (5..=10).contains(length)) && lengths.iter().min() != lengths.iter().max());
}

#[test]
fn previous_is_the_last_slot_strictly_before() {
    let daily = || Schedule::every(1, Unit::Day)?.at("09:00");
    for (before, expected) in [
        ("2024-01-10 12:00:00", "2024-01-10 09:00:00"),
        ("2024-01-10 09:00:00.000000001", "2024-01-10 09:00:00"),
        ("2024-01-10 09:00:00", "2024-01-09 09:00:00"),
    ] {
        assert_eq!(previous(daily(), before).as_deref(), Some(expected));
    }
    let rare = Schedule::every(1, Unit::Year).and_then(|year| year.on_date(2, 29)?.at("10:00"));
    assert_eq!(previous(rare, "2024-02-29 09:00:00").as_deref(), Some("2023-02-28 10:00:00"));
    let fifth = Schedule::every(1, Unit::Month).and_then(|month| month.on_nth(5, Weekday::Fri)?.at("10:00"));
    assert_eq!(previous(fifth, "2024-02-15 00:00:00").as_deref(), Some("2023-12-29 10:00:00"));
    let minute = Schedule::every(1, Unit::Minute).and_then(|minute| minute.at(":17")?.at(":48"));
    assert_eq!(previous(minute, "2024-01-10 12:00:30").as_deref(), Some("2024-01-10 12:00:17"));
    let or = daily().and_then(|daily| daily.or(Schedule::every(1, Unit::Hour)?.at(":30")?));
    assert_eq!(previous(or, "2024-01-10 09:10:00").as_deref(), Some("2024-01-10 09:00:00"));
    assert_eq!(
        previous(Schedule::once("2024-01-10 08:00"), "2024-01-10 09:10:00").as_deref(),
        Some("2024-01-10 08:00:00")
    );
    assert_eq!(previous(Schedule::once("2024-01-10 08:00"), "2024-01-10 08:00:00"), None);
    let minutely = Schedule::cron("* * * * *").unwrap();
    let first = DateTime::<Utc>::MIN_UTC;
    assert_eq!(minutely.previous(first).unwrap(), None, "chrono has no instant before");
    assert_eq!(minutely.previous(first + TimeDelta::seconds(1)).unwrap(), Some(first));
}

#[test]
fn previous_obeys_filters_and_finds_common_slots() {
    let before = |text: &str| previous(text.parse(), "2024-01-10 12:00:00");
    assert_eq!(before("every day at 09:00 only on Fridays"), Some("2024-01-05 09:00:00".to_owned()));
    assert_eq!(before("every hour at :30 only in hours 9 to 10"), Some("2024-01-10 10:30:00".to_owned()));
    assert_eq!(before("every day at 09:00 only on 29 February"), Some("2020-02-29 09:00:00".to_owned()));
    assert_eq!(before("cron 0 9 29 2 * only on Sundays"), Some("2004-02-29 09:00:00".to_owned()));
    let unlucky = "(every Friday at 12:00) and (every month on day 13 at 12:00)";
    assert_eq!(before(unlucky), Some("2023-10-13 12:00:00".to_owned()));
    assert_eq!(before("(every Friday at 12:00) and (every 2 days at 12:00)"), None, "it counts from its registration");
    assert_eq!(before("every day at a random time between 09:00 and 11:00"), None);
    let error = "every day at 09:00 except holidays".parse::<Schedule>().unwrap().previous(utc("2024-01-10 12:00:00"));
    assert!(error.unwrap_err().to_string().starts_with("unknown calendar \"holidays\""));
}

#[test]
fn previous_counts_from_starting_and_stops_at_until() {
    let hourly = || Schedule::every(5, Unit::Hour)?.starting("2024-01-01 00:00");
    assert_eq!(previous(hourly(), "2024-01-10 12:00:00").as_deref(), Some("2024-01-10 09:00:00"));
    assert_eq!(previous(hourly(), "2024-01-01 00:00:00"), None);
    assert_eq!(previous(hourly(), "2024-01-01 00:00:01").as_deref(), Some("2024-01-01 00:00:00"));
    let ended = hourly().and_then(|hourly| hourly.until("2024-01-02 01:00"));
    assert_eq!(previous(ended, "2024-01-10 12:00:00").as_deref(), Some("2024-01-02 01:00:00"));
    let fortnightly =
        Schedule::every(2, Unit::Week).and_then(|weeks| weeks.on(Weekday::Mon)?.at("09:00")?.starting("2024-01-01"));
    assert_eq!(previous(fortnightly, "2024-01-15 08:00:00").as_deref(), Some("2024-01-01 09:00:00"));
}

#[test]
fn what_counts_from_its_registration_has_no_previous_slot() {
    let all = [
        Schedule::every(20, Unit::Minute),
        Schedule::every(1, Unit::Day),
        Schedule::every(1, Unit::Week).and_then(|week| week.on(Weekday::Mon)),
        Schedule::every(2, Unit::Day).and_then(|days| days.at("09:00")),
        Schedule::every(5, Unit::Minute).and_then(|minutes| minutes.to(10)),
        Schedule::every(20, Unit::Minute).and_then(|minutes| minutes.starting(TimeDelta::hours(-3))),
        Ok(Schedule::after(std::time::Duration::from_secs(1))),
        Schedule::once(TimeDelta::hours(-1)),
    ];
    for schedule in all {
        assert_eq!(previous(schedule, "2024-01-10 12:00:00"), None);
    }
}

#[cfg(feature = "tz")]
#[test]
fn previous_and_upcoming_agree_wherever_clocks_change() {
    use punctual_oracle::{Draw, Zone, ZONES};

    let mut judged = 0;
    for (seed, tz) in (1..).zip(ZONES) {
        let zone = Zone::between(tz, 1965..2100);
        let mut draw = Draw::new(&zone, seed);
        for _ in 0..60 {
            let from = draw.now().with_timezone(&tz);
            let schedule = draw.schedule(from.with_timezone(&Utc));
            let parts = schedule.parts();
            if parts.until.is_some() || parts.times.is_some() || parts.immediately {
                continue;
            }
            let Ok(upcoming) = schedule.upcoming(from) else { continue };
            let slots: Vec<chrono::DateTime<_>> = upcoming.take(12).collect();
            let clock = ManualClock::new(from.with_timezone(&Utc));
            let scheduler = Scheduler::builder().clock(clock).tz(tz).build().unwrap();
            let job = scheduler.schedule(&schedule).run(|| {}).unwrap();
            assert_eq!(slots, job.upcoming(12), "{schedule} in {tz} from {from}");
            for pair in slots.windows(2) {
                // If it does not depend on the registration.
                let Some(previous) = schedule.previous(pair[1]).unwrap() else { break };
                assert_eq!(previous, pair[0], "{schedule} in {tz} before {}", pair[1]);
                judged += 1;
            }
        }
    }
    assert!(judged > 1_000, "{judged}");
}

#[test]
fn slots_come_in_the_zone_of_the_question() {
    let tokyo = chrono::FixedOffset::east_opt(9 * 3_600).unwrap();
    let noon = tokyo.with_ymd_and_hms(2024, 1, 10, 12, 0, 0).unwrap();
    let daily = Schedule::every(1, Unit::Day).unwrap().at("09:00").unwrap();
    assert_eq!(daily.upcoming(noon).unwrap().next().unwrap().to_rfc3339(), "2024-01-11T09:00:00+09:00");
    assert_eq!(daily.previous(noon).unwrap().unwrap().to_rfc3339(), "2024-01-10T09:00:00+09:00");
    let utc = daily.tz(Utc).unwrap();
    assert_eq!(utc.upcoming(noon).unwrap().next().unwrap().to_rfc3339(), "2024-01-10T18:00:00+09:00");
}
