//! A schedule is a value: it is the same however it was built, and says what it was told.

use std::time::Duration;

use chrono::{Month, NaiveTime, TimeDelta};
use punctual::{
    dates, Context, Error, Event, Every, IntoTime, IntoWhen, IntoZone, Job, Moment, NamedDays, OnConflict, Outcome,
    Parts, Recurrence, Result, Schedule, Scheduler, Unit, Weekday,
};

use crate::support::{noon, seconds};

type Said = fn(&Scheduler) -> Result<Schedule>;
type Built = fn() -> Result<Schedule>;

/// A sentence, the same schedule built without it, and its words.
const SAME: &[(Said, Built, &str)] = &[
    (|s| s.every().second().schedule(), || Schedule::every(1, Unit::Second), "every second"),
    (
        |s| s.every().millis(20).to(30).schedule(),
        || Schedule::every(20, Unit::Millisecond)?.to(30),
        "every 20 to 30 milliseconds",
    ),
    (|s| s.every().duration(seconds(90)).schedule(), || Schedule::interval(seconds(90)), "every 90s"),
    (
        |s| s.every().duration(seconds(1)).to(seconds(120)).schedule(),
        || Schedule::interval(seconds(1))?.to_duration(seconds(120)),
        "every 1s to 120s",
    ),
    (
        |s| s.every().minute().at(":17").schedule(),
        || Schedule::every(1, Unit::Minute)?.at(":17"),
        "every minute at :17",
    ),
    (
        |s| s.every().hours(2).at("30:15").at(":05").at(":05").schedule(),
        || Schedule::every(2, Unit::Hour)?.at(":05")?.at("30:15"),
        "every 2 hours at :05 and 30:15",
    ),
    (
        |s| s.every().day().at("18:00").at(String::from("9:00")).schedule(),
        || Schedule::every(1, Unit::Day)?.at(NaiveTime::from_hms_opt(9, 0, 0).unwrap())?.at("18:00"),
        "every day at 09:00 and 18:00",
    ),
    (|s| s.every().seconds(2).schedule(), || Schedule::every(2, Unit::Second), "every 2 seconds"),
    (
        |s| s.every().days(3).at("9:00").schedule(),
        || Schedule::every(3, Unit::Day)?.at("9:00"),
        "every 3 days at 09:00",
    ),
    (|s| s.every().days(3).to(5).schedule(), || Schedule::every(3, Unit::Day)?.to(5), "every 3 to 5 days"),
    (|s| s.every().week().schedule(), || Schedule::every(1, Unit::Week), "every week"),
    (|s| s.every().year().schedule(), || Schedule::every(1, Unit::Year), "every year"),
    (|s| s.every().months(2).to(3).schedule(), || Schedule::every(2, Unit::Month)?.to(3), "every 2 to 3 months"),
    (
        |s| s.every().years(1).to(2).on_date(1, 1).schedule(),
        || Schedule::every(1, Unit::Year)?.to(2)?.on_date(1, 1),
        "every 1 to 2 years on 1 January",
    ),
    (|s| s.every().monday().schedule(), || Schedule::every(1, Unit::Week)?.on(Weekday::Mon), "every Monday"),
    (|s| s.every().tuesday().schedule(), || Schedule::every(1, Unit::Week)?.on(Weekday::Tue), "every Tuesday"),
    (|s| s.every().wednesday().schedule(), || Schedule::every(1, Unit::Week)?.on(Weekday::Wed), "every Wednesday"),
    (|s| s.every().thursday().schedule(), || Schedule::every(1, Unit::Week)?.on(Weekday::Thu), "every Thursday"),
    (|s| s.every().friday().schedule(), || Schedule::every(1, Unit::Week)?.on(Weekday::Fri), "every Friday"),
    (|s| s.every().saturday().schedule(), || Schedule::every(1, Unit::Week)?.on(Weekday::Sat), "every Saturday"),
    (
        |s| s.every().sunday().at("9:00").schedule(),
        || Schedule::every(1, Unit::Week)?.on(Weekday::Sun)?.at("9:00"),
        "every Sunday at 09:00",
    ),
    (
        |s| s.every().weekday().at("09:30:15").schedule(),
        || {
            use Weekday::{Fri, Mon, Thu, Tue, Wed};
            Schedule::every(1, Unit::Week)?.on([Mon, Tue, Wed, Thu, Fri])?.at("09:30:15")
        },
        "every weekday at 09:30:15",
    ),
    (
        |s| s.every().weekend().schedule(),
        || Schedule::every(1, Unit::Week)?.on([Weekday::Sun, Weekday::Sat]),
        "every weekend",
    ),
    (
        |s| s.every().weeks(1).to(2).on([Weekday::Thu, Weekday::Mon]).at("9:00").schedule(),
        || Schedule::every(1, Unit::Week)?.to(2)?.on([Weekday::Mon, Weekday::Thu])?.at("9:00"),
        "every 1 to 2 weeks on Monday and Thursday at 09:00",
    ),
    (|s| s.every().month().schedule(), || Schedule::every(1, Unit::Month), "every month"),
    (
        |s| s.every().month().on_day(15).at("09:00").schedule(),
        || Schedule::every(1, Unit::Month)?.on_day(15)?.at("09:00"),
        "every month on day 15 at 09:00",
    ),
    (
        |s| s.every().months(3).on_last_day().schedule(),
        || Schedule::every(3, Unit::Month)?.on_last_day(),
        "every 3 months on the last day",
    ),
    (
        |s| s.every().month().on_nth(2, Weekday::Tue).schedule(),
        || Schedule::every(1, Unit::Month)?.on_nth(2, Weekday::Tue),
        "every month on the 2nd Tuesday",
    ),
    (
        |s| s.every().month().on_last(Weekday::Fri).schedule(),
        || Schedule::every(1, Unit::Month)?.on_last(Weekday::Fri),
        "every month on the last Friday",
    ),
    (
        |s| s.every().month().on_days([16, 1]).at("01:30").schedule(),
        || Schedule::every(1, Unit::Month)?.on_days(vec![1_u8, 16, 16])?.at("1:30"),
        "every month on day 1 and day 16 at 01:30",
    ),
    (
        |s| s.every().month().on_nearest_weekday(15).schedule(),
        || Schedule::every(1, Unit::Month)?.on_nearest_weekday(15_u8),
        "every month on the weekday nearest day 15",
    ),
    (
        |s| s.every().month().on_nth_last_day(3).schedule(),
        || Schedule::every(1, Unit::Month)?.on_nth_last_day(3),
        "every month on the 3rd last day",
    ),
    (
        |s| s.every().month().on_last_weekday().schedule(),
        || Schedule::every(1, Unit::Month)?.on_last_weekday(),
        "every month on the last weekday",
    ),
    (
        |s| s.every().hour().at(":30").only_in_hours(9..=17).only_on(dates::WEEKDAYS).only_in("june to aug").schedule(),
        || {
            let months = [Month::August, Month::June, Month::July];
            Schedule::every(1, Unit::Hour)?.only_in(months)?.only_on("mon to fri")?.only_in_hours(9_u8..18)?.at(":30")
        },
        "every hour at :30 only in hours 9 to 17 only on weekdays only in June to August",
    ),
    (
        |s| {
            s.every().day().tz("UTC").except_on("holidays").except_on([dates::date(5, 1), dates::last_day()]).schedule()
        },
        || Schedule::every(1, Unit::Day)?.except_on(["1 may", "the last day", "holidays"])?.tz("UTC"),
        "every day in UTC except on the last day, 1 May and holidays",
    ),
    (
        |s| {
            let saturday = s.every().saturday().except_on("2024-12-28").schedule()?;
            s.every().weekday().or(saturday).schedule()
        },
        || {
            let other = Schedule::every(1, Unit::Week)?.on(Weekday::Sat)?.except_on("2024-12-28")?;
            Schedule::every(1, Unit::Week)?.on(dates::WEEKDAYS)?.or(other)
        },
        "every weekday or (every Saturday except on 2024-12-28)",
    ),
    (
        |s| s.every().years(4).on_date(2, 29).at("09:00").schedule(),
        || Schedule::every(4, Unit::Year)?.on_date(2, 29)?.at("09:00"),
        "every 4 years on 29 February at 09:00",
    ),
    (
        |s| s.every().minutes(20).between("9:00", "17:30").tz("+02:00").schedule(),
        || Schedule::every(20, Unit::Minute)?.tz(String::from("+02:00"))?.between(String::from("09:00"), "17:30"),
        "every 20 minutes between 09:00 and 17:30 in +02:00",
    ),
    (
        |s| s.every().hours(1).to(3).between("22:00", "5:00").schedule(),
        || Schedule::every(1, Unit::Hour)?.to(3)?.between("22:00", "5:00"),
        "every 1 to 3 hours between 22:00 and 05:00",
    ),
    (
        |s| s.every().hour().starting("13:00").until("18:00").times(5).immediately().schedule(),
        || Schedule::every(1, Unit::Hour)?.immediately()?.times(5)?.until(String::from("18:00"))?.starting("13:00"),
        "every hour starting 13:00 until 18:00 immediately, 5 times",
    ),
    (|s| s.every().hour().once().schedule(), || Schedule::every(1, Unit::Hour)?.times(1), "every hour, once"),
    (
        |s| s.every().day().at("7:30").or(s.every().weekend().at("11:00").schedule()?).tz("UTC").schedule(),
        || {
            let weekend = Schedule::every(1, Unit::Week)?.on([Weekday::Sat, Weekday::Sun])?.at("11:00")?;
            Schedule::every(1, Unit::Day)?.tz("UTC")?.at("7:30")?.or(weekend)
        },
        "every day at 07:30 in UTC or every weekend at 11:00",
    ),
    (
        |s| s.every().day().at_random("9:00", "24:00").tz("UTC").schedule(),
        || Schedule::every(1, Unit::Day)?.tz("UTC")?.at_random("09:00", String::from("24:00")),
        "every day at a random time between 09:00 and 24:00 in UTC",
    ),
    (
        |s| s.every().hour().at(":30").jitter(seconds(90)).schedule(),
        || Schedule::every(1, Unit::Hour)?.jitter(seconds(90))?.at(":30"),
        "every hour at :30 with jitter 90s",
    ),
    (
        |s| s.every().hour().spread(seconds(90)).schedule(),
        || Schedule::every(1, Unit::Hour)?.spread(seconds(90)),
        "every hour spread over 90s",
    ),
    (
        |s| s.every().friday().at("12:00").and(s.every().hours(2).schedule()?).tz("UTC").schedule(),
        || {
            let friday = Schedule::every(1, Unit::Week)?.on(Weekday::Fri)?.at("12:00")?;
            friday.tz("UTC")?.and(Schedule::every(2, Unit::Hour)?)
        },
        "(every Friday at 12:00) and (every 2 hours) in UTC",
    ),
    (
        |s| s.schedule(s.every().hour().schedule()?).between("9:00", "17:00").schedule(),
        || Schedule::every(1, Unit::Hour)?.between("9:00", "17:00"),
        "every hour between 09:00 and 17:00",
    ),
    (|s| s.once("2030-01-01").schedule(), || Schedule::once("2030-01-01"), "once at 2030-01-01"),
    (
        |s| s.after(seconds(90)).until("23:00").tz("UTC").schedule(),
        || Schedule::after(seconds(90)).tz("UTC")?.until("23:00"),
        "once after 90s in UTC until 23:00",
    ),
    (|s| s.after(seconds(90)).schedule(), || Ok(Schedule::after(seconds(90))), "once after 90s"),
];

/// The words of a sentence that are no part of its schedule.
const OF_THE_JOB: [&str; 9] =
    ["tag", "tags", "named", "key", "on_conflict", "priority", "parallel", "max_instances", "pool"];

#[test]
fn the_table_has_every_word_of_a_sentence_that_is_part_of_its_schedule() {
    let words = [
        include_str!("../../src/every/units.rs"),
        include_str!("../../src/every/detail.rs"),
        include_str!("../../src/every/options.rs"),
    ];
    let declared = |line: &'static str| line.trim_start().strip_prefix("pub fn ")?.split(['(', '<']).next();
    let words = words.iter().flat_map(|source| source.lines()).filter_map(declared);
    let table = include_str!("schedule.rs").split("#[test]").next().unwrap();
    let is_missing = |word: &&str| !OF_THE_JOB.contains(word) && !table.contains(&format!(".{word}("));
    let missing: Vec<&str> = words.filter(is_missing).collect();
    assert!(missing.is_empty(), "{missing:?}");
}

#[test]
fn a_sentence_and_the_constructors_give_the_same_schedule_and_words() {
    let stage = noon();
    for (said, built, words) in SAME {
        let (said, built) = (said(&stage.scheduler).unwrap(), built().unwrap());
        assert_eq!(said, built, "{words}");
        assert_eq!(said.to_string(), *words);
        assert_eq!(said.clone(), said);
    }
    assert!(stage.scheduler.jobs().is_empty(), "a schedule registers nothing");
}

#[test]
fn a_job_of_a_given_schedule_has_the_slots_and_the_words_of_its_sentence() {
    let is_stable = |words: &str| ![" to ", " random ", " jitter ", " spread "].iter().any(|word| words.contains(word));
    for (said, _, words) in SAME.iter().filter(|(.., words)| is_stable(words)) {
        let stage = noon();
        stage.scheduler.calendar("holidays", "25 December").unwrap();
        let schedule = said(&stage.scheduler).unwrap();
        let first = stage.scheduler.schedule(&schedule).run(|| {}).unwrap();
        let second = stage.scheduler.schedule(schedule).run(|| {}).unwrap();
        // The job shows `until` as the instant that it means.
        assert!(first.to_string().starts_with(words.split(" until ").next().unwrap()), "{first}");
        for _ in 0..2 {
            let next = first.next_run();
            assert!(next.is_some() && next == second.next_run(), "{words}");
            assert_eq!(stage.wait_until(next.unwrap()), 2, "{words}");
            if !first.is_scheduled() {
                break;
            }
        }
    }
}

#[test]
fn labels_and_policies_are_no_part_of_a_schedule_and_options_refine_a_given_one() {
    let stage = noon();
    let plain = stage.every().day().at("18:00").schedule().unwrap();
    let sentence = stage.every().day().tag("a").named("b").priority(3).at("18:00").key("c");
    assert_eq!(sentence.on_conflict(OnConflict::Fail).max_instances(2).schedule().unwrap(), plain);

    let refined = stage.scheduler.schedule(&plain).tag("a").tz("-06:00").times(2).until("2030-01-01");
    let job = refined.named("job").parallel().max_instances(2).parallel().run(|| {}).unwrap();
    assert!(job.to_string().starts_with("every day at 18:00 in -06:00 until "), "{job}");
    assert_eq!(job.tags(), ["a"]);
    assert_eq!(plain.parts().zone, None, "the schedule that was given is untouched");
}

#[test]
fn the_parts_of_a_schedule_say_all_of_it() {
    let time = |hour, minute| NaiveTime::from_hms_opt(hour, minute, 0).unwrap();
    let stage = noon();
    let daily = stage.every().days(2).to(3).at("18:00").at("9:30").between("9:00", "19:00").starting("2030-01-01");
    let Parts { recurrence, days, at, zone, between, starting, until, times, immediately, or, .. } =
        daily.until(seconds(5)).times(7).tz("UTC").immediately().schedule().unwrap().parts();
    assert_eq!(recurrence, Recurrence::Every { low: 2, high: 3, unit: Unit::Day });
    assert_eq!((days, at), (NamedDays::Unnamed, vec![time(9, 30), time(18, 0)]));
    assert_eq!((zone.unwrap().to_string().as_str(), between), ("UTC", Some((time(9, 0), time(19, 0)))));
    let midnight = chrono::NaiveDate::from_ymd_opt(2030, 1, 1).unwrap().and_time(NaiveTime::MIN);
    assert_eq!(starting.unwrap().moment().unwrap(), Moment::Wall(midnight));
    assert_eq!(until.unwrap().moment().unwrap(), Moment::FromNow(TimeDelta::seconds(5)));
    assert_eq!((times, immediately, or), (Some(7), true, vec![]));

    let named: &[(Schedule, NamedDays)] = &[
        (stage.every().weekend().schedule().unwrap(), NamedDays::Weekdays(vec![Weekday::Sat, Weekday::Sun])),
        (stage.every().month().on_day(31).schedule().unwrap(), NamedDays::Day(31)),
        (stage.every().month().on_last_day().schedule().unwrap(), NamedDays::LastDay),
        (stage.every().month().on_nth(5, Weekday::Fri).schedule().unwrap(), NamedDays::Nth(5, Weekday::Fri)),
        (stage.every().month().on_last(Weekday::Fri).schedule().unwrap(), NamedDays::Last(Weekday::Fri)),
        (stage.every().year().on_date(12, 25).schedule().unwrap(), NamedDays::Date { month: 12, day: 25 }),
    ];
    named.iter().for_each(|(schedule, days)| assert_eq!(schedule.parts().days, *days));

    let hourly = stage.every().hour().at("15:10").schedule().unwrap();
    assert_eq!(hourly.parts().at, [NaiveTime::from_hms_opt(0, 15, 10).unwrap()]);
    assert_eq!(Schedule::once("18:30").unwrap().parts().recurrence, Recurrence::Once("18:30".into_when()));
    assert_eq!("18:30".into_when().moment().unwrap(), Moment::Today(time(18, 30)));
    assert_eq!(Duration::MAX.into_when().moment().unwrap(), Moment::FromNow(TimeDelta::MAX));
}

#[test]
fn alternatives_of_an_alternative_are_those_of_the_whole_and_keep_their_zone() {
    let [a, b, c] = [Unit::Day, Unit::Hour, Unit::Minute].map(|unit| Schedule::every(1, unit).unwrap());
    let or = |first: &Schedule, second: &Schedule| first.clone().or(second).unwrap();
    assert_eq!(or(&a, &or(&b, &c)), or(&or(&a, &b), &c));
    assert_eq!(or(&a, &or(&b, &c)).parts().or, [b.clone(), c.clone()]);

    let zoned = or(&b.clone().tz("UTC").unwrap(), &c);
    let expected = [b.tz("UTC").unwrap(), c.tz("UTC").unwrap()];
    assert_eq!(or(&a, &zoned).parts().or, expected);
    let bounded = or(&a, &zoned).until("2030-01-01").unwrap().times(3).unwrap().immediately().unwrap();
    assert_eq!(
        bounded.to_string(),
        "every day or every hour in UTC or every minute in UTC until 2030-01-01 immediately, 3 times"
    );
}

#[test]
#[allow(clippy::needless_borrows_for_generic_args)] // They are what is tested.
fn text_is_taken_in_every_form_wherever_a_word_takes_text() {
    fn all(
        time: impl IntoTime + Copy,
        zone: impl IntoZone,
        when: impl IntoWhen + Copy,
    ) -> Result<(Schedule, Schedule, Schedule)> {
        let daily = Schedule::every(1, Unit::Day)?.at(time)?.between(time, "23:00")?.tz(zone)?;
        let from = Schedule::every(1, Unit::Hour)?.starting(when)?.until(when)?;
        Ok((daily, from, Schedule::once(when)?))
    }
    let [time, zone, when] = ["10:30", "UTC", "2030-01-01"];
    let [owned_time, owned_zone, owned_when] = [time, zone, when].map(String::from);
    let expected = all(time, zone, when).unwrap();
    assert_eq!(all(&time, &zone, &when).unwrap(), expected);
    assert_eq!(all(&owned_time, &owned_zone, &owned_when).unwrap(), expected);
    assert_eq!(all(&owned_time, owned_zone.clone(), &owned_when).unwrap(), expected);
    let daily = Schedule::every(1, Unit::Day).unwrap();
    assert_eq!(daily.clone().at(owned_time).unwrap(), daily.at(time).unwrap());
    assert_eq!(Schedule::once(owned_when).unwrap(), expected.2);
}

#[test]
fn what_users_share_between_threads_is_send_and_sync() {
    fn shared<T: Send + Sync>() {}
    shared::<Scheduler>();
    shared::<Job>();
    shared::<Error>();
    shared::<Schedule>();
    shared::<Parts>();
    shared::<Every>();
    shared::<Event>();
    shared::<Outcome>();
    shared::<Context>();
}
