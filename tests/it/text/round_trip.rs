//! What is shown is read as what was shown, for all schedules.

use std::time::Duration;

use proptest::{collection::vec, option, prelude::*, sample::select};
use punctual::{
    chrono::{DateTime, FixedOffset, NaiveDate, NaiveTime, TimeDelta, Utc},
    dates, Dates, Dialect, IntoDates, IntoWhen, Result, Schedule, Unit, Weekday, When,
};

/// Applies an option, unless the schedule cannot have it.
fn maybe(schedule: Schedule, f: impl FnOnce(Schedule) -> Result<Schedule>) -> Schedule {
    f(schedule.clone()).unwrap_or(schedule)
}

fn time() -> impl Strategy<Value = NaiveTime> {
    (0..86_400_u32, prop_oneof![4 => Just(0), 1 => 0..1_000_000_000_u32]).prop_map(|(second, nanos)| {
        let second = if nanos == 0 { second / 60 * 60 } else { second };
        NaiveTime::from_num_seconds_from_midnight_opt(second, nanos).unwrap()
    })
}

fn date() -> impl Strategy<Value = NaiveDate> {
    prop_oneof![
        4 => (1990..2100_i32, 1..366_u32),
        1 => (-262_000..262_000_i32, 1..366_u32),
    ]
    .prop_map(|(year, day)| NaiveDate::from_yo_opt(year, day).unwrap())
}

fn length() -> impl Strategy<Value = Duration> {
    prop_oneof![
        3 => (0..100_000_u64).prop_map(Duration::from_secs),
        1 => (0..u64::MAX).prop_map(Duration::from_nanos),
        1 => (any::<u64>(), 0..1_000_000_000_u32).prop_map(|(seconds, nanos)| Duration::new(seconds, nanos)),
    ]
}

fn moment() -> impl Strategy<Value = When> {
    let offset = -86_399..86_400_i32;
    prop_oneof![
        length().prop_map(Duration::into_when),
        (1..u64::from(u32::MAX)).prop_map(|millis| (-TimeDelta::milliseconds(millis as i64)).into_when()),
        (date(), time()).prop_map(|(date, time)| date.and_time(time).and_utc().into_when()),
        (date(), time()).prop_map(|(date, time)| date.and_time(time).into_when()),
        date().prop_map(NaiveDate::into_when),
        time().prop_map(NaiveTime::into_when),
        (date(), offset).prop_map(|(date, offset)| {
            let zone = FixedOffset::east_opt(offset).unwrap();
            let instant: DateTime<Utc> = date.and_time(NaiveTime::MIN).and_utc();
            instant.with_timezone(&zone).to_string().as_str().into_when()
        }),
        select(vec!["24:00", "2030-01-01 24:00", "2030-1-9T7:05", "2030-01-01T18:30:00.25Z"])
            .prop_map(IntoWhen::into_when),
    ]
}

fn weekdays() -> impl Strategy<Value = Vec<Weekday>> {
    vec((0..7_u8).prop_map(|day| Weekday::try_from(day).unwrap()), 1..5)
}

fn some_dates() -> impl Strategy<Value = Dates> {
    let weekday = || (0..7_u8).prop_map(|day| Weekday::try_from(day).unwrap());
    let one = prop_oneof![
        weekdays().prop_map(|days| IntoDates::into_dates(
            days.into_iter().map(|day| IntoDates::into_dates(day).unwrap()).collect::<Vec<_>>()
        )),
        (1..=31_u8, 0..9_u8).prop_map(|(from, more)| dates::days(from..=(from + more).min(31))),
        (1..=31_u8).prop_map(dates::nth_last_day),
        (1..=5_u8, weekday()).prop_map(|(n, weekday)| dates::nth(n, weekday)),
        weekday().prop_map(dates::last),
        Just(()).prop_map(|()| dates::last_weekday()),
        (1..=31_u8).prop_map(dates::nearest_weekday),
        (1..=12_u8, 1..=28_u8).prop_map(|(month, day)| dates::date(month, day)),
        (0..9_999_i32, 0..700_u64).prop_map(|(year, more)| {
            let from = NaiveDate::from_ymd_opt(year, 2, 1).unwrap();
            let to = (from + chrono::Days::new(more)).min(NaiveDate::from_ymd_opt(9999, 12, 31).unwrap());
            IntoDates::into_dates(from..=to)
        }),
        select(vec!["holidays", "bank-holidays", "the 2nd last weekday", "weekdays"]).prop_map(str::parse::<Dates>),
    ];
    vec(one.prop_map(Result::unwrap), 1..4).prop_map(|all| IntoDates::into_dates(all).unwrap())
}

fn unit() -> impl Strategy<Value = Unit> {
    use Unit::{Day, Hour, Millisecond, Minute, Month, Nanosecond, Second, Week, Year};
    select(vec![Nanosecond, Millisecond, Second, Minute, Hour, Day, Week, Month, Year])
}

const EXPRESSIONS: [(Dialect, &str); 12] = [
    (Dialect::Unix, "30 9 * * 1-5"),
    (Dialect::Unix, "*/15 9-17 * * mon-fri"),
    (Dialect::Unix, "0 0 13 * +5"),
    (Dialect::Unix, "5 4 * * * *"),
    (Dialect::Unix, "0 0 0 1 1 * 2030-2040"),
    (Dialect::Unix, "@daily"),
    (Dialect::Unix, "0 0 LW * 5#2,1L"),
    (Dialect::Vixie, "0 0 $ * *"),
    (Dialect::Quartz, "0 0/5 14,18 ? * MON-FRI"),
    (Dialect::Celery, "0 0 1-7 * monday"),
    (Dialect::Fields, "day='3rd fri, last', hour='17'"),
    (Dialect::Fields, ""),
];

fn cadence() -> impl Strategy<Value = Schedule> {
    let count = || prop_oneof![3 => 1..60_u64, 1 => 1..=u64::MAX];
    let every = |unit, n: u64| Schedule::every(n, unit).unwrap();
    let weekday = || (0..7_u8).prop_map(|day| Weekday::try_from(day).unwrap());
    prop_oneof![
        4 => (count(), option::of(count()), unit()).prop_map(move |(n, to, unit)| {
            to.map_or(every(unit, n), |to| maybe(every(unit, n), |schedule| schedule.to(to)))
        }),
        1 => (length(), option::of(length())).prop_filter_map("no interval", |(low, high)| {
            let schedule = Schedule::interval(low).ok()?;
            Some(high.map_or(schedule.clone(), |high| maybe(schedule, |schedule| schedule.to_duration(high))))
        }),
        2 => (1..4_u64, weekdays()).prop_map(move |(n, days)| every(Unit::Week, n).on(days).unwrap()),
        1 => (1..4_u64, vec(1..=31_u8, 1..6)).prop_map(move |(n, days)| every(Unit::Month, n).on_days(days).unwrap()),
        1 => (1..=31_u8).prop_map(move |day| every(Unit::Month, 1).on_nth_last_day(day).unwrap()),
        1 => (1..=31_u8).prop_map(move |day| every(Unit::Month, 1).on_nearest_weekday(day).unwrap()),
        1 => (1..=5_u8, weekday()).prop_map(move |(n, day)| every(Unit::Month, 1).on_nth(n, day).unwrap()),
        1 => weekday().prop_map(move |day| every(Unit::Month, 2).on_last(day).unwrap()),
        1 => Just(()).prop_map(move |()| every(Unit::Month, 2).on_last_weekday().unwrap()),
        1 => (1..=12_u8, 1..=28_u8).prop_map(move |(month, day)| every(Unit::Year, 1).on_date(month, day).unwrap()),
        2 => select(EXPRESSIONS.to_vec()).prop_map(|(dialect, text)| Schedule::cron_in(dialect, text).unwrap()),
        1 => length().prop_map(Schedule::after),
        1 => moment().prop_map(|when| Schedule::once(when).unwrap()),
    ]
}

/// Times in the form that each unit takes; the others are refused.
fn at() -> impl Strategy<Value = Vec<(NaiveTime, String)>> {
    let one = (time(), 0..60_u8, 0..60_u8, 0..3_u8).prop_map(|(time, a, b, form)| {
        let text = match form {
            0 => format!(":{a:02}"),
            1 => format!("{a:02}:{b:02}"),
            _ => format!("{}:{a:02}:{b:02}", b % 24),
        };
        (time, text)
    });
    prop_oneof![4 => Just(Vec::new()), 4 => vec(one, 1..4), 1 => (0..24_u32, 1..8_usize).prop_map(|(from, step)| {
        // The times of a product.
        let times = (from..24).flat_map(|hour| (0..60).step_by(step * 7).map(move |minute| (hour, minute)));
        times.map(|(hour, minute)| (NaiveTime::from_hms_opt(hour, minute, 0).unwrap(), String::new())).collect()
    })]
}

fn zone() -> impl Strategy<Value = String> {
    #[cfg(feature = "tz")]
    let by_name = chrono_tz::TZ_VARIANTS.iter().map(|zone| zone.name());
    #[cfg(not(feature = "tz"))]
    let by_name = [];
    let names: Vec<&str> = ["UTC", "local"].into_iter().chain(by_name).collect();
    prop_oneof![
        (-86_399..86_400_i32).prop_map(|offset| FixedOffset::east_opt(offset).unwrap().to_string()),
        select(names).prop_map(str::to_owned),
    ]
}

prop_compose! {
    fn clause()(
        cadence in cadence(),
        at in at(),
        random in option::weighted(0.2, (time(), time())),
        scatter in option::weighted(0.2, (length(), option::of(length()))),
        window in option::weighted(0.2, (time(), prop_oneof![3 => time(), 1 => Just(NaiveTime::MIN)])),
        only in vec(some_dates(), 0..2),
        months in option::weighted(0.1, vec(1..=12_u8, 1..5)),
        hours in option::weighted(0.1, vec(0..24_u8, 1..6)),
        zone in option::weighted(0.3, zone()),
        starting in option::weighted(0.2, moment()),
        except in option::weighted(0.1, some_dates()),
    ) -> Schedule {
        let mut schedule = cadence;
        for (time, text) in at {
            schedule = maybe(schedule, |schedule| schedule.at(time));
            schedule = maybe(schedule, |schedule| schedule.at(text));
        }
        if let Some((open, close)) = random {
            schedule = maybe(schedule, |schedule| schedule.at_random(open, close));
        }
        if let Some((jitter, spread)) = scatter {
            schedule = maybe(schedule, |schedule| schedule.jitter(jitter));
            schedule = spread.map_or(schedule.clone(), |spread| maybe(schedule, |schedule| schedule.spread(spread)));
        }
        if let Some((open, close)) = window {
            schedule = maybe(schedule, |schedule| match close {
                NaiveTime::MIN => schedule.between(open, "24:00"),
                close => schedule.between(open, close),
            });
        }
        for dates in only {
            schedule = maybe(schedule, |schedule| schedule.only_on(dates));
        }
        if let Some(months) = months {
            let months: Vec<_> = months.into_iter().map(|month| punctual::chrono::Month::try_from(month).unwrap()).collect();
            schedule = maybe(schedule, |schedule| schedule.only_in(months));
        }
        if let Some(hours) = hours {
            schedule = maybe(schedule, |schedule| schedule.only_in_hours(hours));
        }
        if let Some(zone) = zone {
            schedule = schedule.tz(zone).unwrap();
        }
        if let Some(starting) = starting {
            schedule = maybe(schedule, |schedule| schedule.starting(starting));
        }
        if let Some(except) = except {
            schedule = maybe(schedule, |schedule| schedule.except_on(except));
        }
        schedule
    }
}

/// Schedules joined by `and`, with options of their whole.
fn common() -> impl Strategy<Value = Schedule> {
    (
        clause().boxed(),
        vec((clause().boxed(), option::of(clause().boxed())), 1..3),
        option::of(some_dates()),
        option::of(zone()),
    )
        .prop_map(|(first, others, dates, zone)| {
            let mut all = others.into_iter().fold(first, |all, (other, or)| {
                let other = or.map_or(other.clone(), |or| maybe(other, |other| other.or(or)));
                maybe(all, |all| all.and(other))
            });
            if let Some(dates) = dates {
                all = maybe(all, |all| all.only_on(dates));
            }
            zone.map_or(all.clone(), |zone| all.tz(zone).unwrap())
        })
}

prop_compose! {
    fn schedule()(
        first in prop_oneof![4 => clause().boxed(), 1 => common().boxed()],
        others in prop_oneof![2 => Just(Vec::new()), 1 => vec(prop_oneof![4 => clause().boxed(), 1 => common().boxed()], 1..4)],
        except in option::weighted(0.2, some_dates()),
        until in option::weighted(0.3, moment()),
        times in option::weighted(0.3, prop_oneof![Just(1), 1..=u64::MAX]),
        immediately in any::<bool>(),
    ) -> Schedule {
        let mut schedule = others.into_iter().fold(first, |first, other| maybe(first, |first| first.or(other)));
        if let Some(except) = except {
            schedule = maybe(schedule, |schedule| schedule.except_on(except));
        }
        if let Some(until) = until {
            schedule = maybe(schedule, |schedule| schedule.until(until));
        }
        if let Some(times) = times {
            schedule = maybe(schedule, |schedule| schedule.times(times));
        }
        if immediately {
            schedule = maybe(schedule, Schedule::immediately);
        }
        schedule
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 4_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_is_shown_is_read_as_the_same_schedule(schedule in schedule()) {
        let text = schedule.to_string();
        match text.parse::<Schedule>() {
            Ok(read) => {
                prop_assert_eq!(&read, &schedule, "{}", text);
                prop_assert_eq!(read.to_string(), text);
            }
            Err(error) => prop_assert!(text.len() > 256, "{}", error),
        }
    }

    #[test]
    fn words_are_read_in_any_case(schedule in schedule()) {
        let text = schedule.to_string();
        // Zones and the names of fields are exact.
        if text.len() <= 200 && !text.contains(" in ") && !text.contains("cron[") {
            let read = text.to_uppercase().replace('Μ', "µ").parse::<Schedule>();
            let read = read.map_err(|error| TestCaseError::fail(error.to_string()))?;
            prop_assert_eq!(read.to_string().to_lowercase(), text.to_lowercase());
        }
    }
}
