//! Words of cron expressions have the slots of the expressions.

use chrono_tz::Tz;
use proptest::{option, prelude::*, sample::select};
use punctual::{
    chrono::{DateTime, TimeDelta, Utc},
    Schedule,
};

use crate::support::Stage;

fn slots(schedule: &Schedule, after: DateTime<Utc>, zone: Tz) -> Vec<DateTime<Utc>> {
    let Stage { scheduler, .. } = Stage::new(after, zone);
    // A schedule that has no slot before the year 10000 is an error.
    scheduler.schedule(schedule).run(|| {}).map(|job| job.upcoming(50)).unwrap_or_default()
}

fn field(of: &[&'static str]) -> impl Strategy<Value = &'static str> {
    select(of.to_vec())
}

prop_compose! {
    fn expression()(
        second in option::weighted(0.2, field(&["0", "*", "*/20", "15,45", "30"])),
        minute in field(&["0", "*", "*/5", "*/20", "30", "0,30", "10-20", "45"]),
        hour in field(&["*", "*", "*/6", "2", "0", "9-17", "1,2,3", "23"]),
        day in field(&["*", "*", "*", "13", "1,15", "31", "L", "15W", "LW", "1-7"]),
        month in field(&["*", "*", "*", "6-8", "2", "mar,oct", "11-12"]),
        weekday in field(&["*", "*", "1-5", "MON", "6,0", "5#2", "5L", "+FRI"]),
        year in option::weighted(0.1, field(&["*", "2030", "2024-2030", "2024,2028-2030"])),
    ) -> String {
        let second = second.or(year.map(|_| "0")).map_or(String::new(), |second| format!("{second} "));
        let year = year.map_or(String::new(), |year| format!(" {year}"));
        format!("{second}{minute} {hour} {day} {month} {weekday}{year}")
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn words_have_the_slots_of_the_expression_in_each_zone(
        expression in expression(),
        days in 0..4_000_i64,
        second in 0..86_400_i64,
        rest in select(vec!["", " only on weekdays", " only in October", " only in hours 1 to 12", " starting 2025-03-01 in UTC"]),
    ) {
        let after = DateTime::UNIX_EPOCH + TimeDelta::days(19_000 + days) + TimeDelta::seconds(second);
        let Ok(schedule) = format!("{expression}{rest}").parse::<Schedule>() else { return Ok(()) };
        let words = schedule.describe();
        let read: Schedule = words.parse().map_err(|error: punctual::Error| TestCaseError::fail(error.to_string()))?;
        prop_assert_eq!(read.to_string(), words.clone());
        for zone in [chrono_tz::Europe::Berlin, chrono_tz::Australia::Lord_Howe, chrono_tz::America::New_York] {
            prop_assert_eq!(slots(&schedule, after, zone), slots(&read, after, zone), "{} in {}", words, zone);
        }
    }
}

#[test]
fn expressions_have_the_words_of_a_person() {
    for (expression, words) in [
        ("0 9 1,15 * 1", "every day at 09:00 only on day 1, day 15 and Mondays"),
        ("0 0 13 * +5", "every day at 00:00 only on day 13 only on Fridays"),
        ("0 9 * 6-8 *", "every day at 09:00 only in June to August"),
        ("*/30 9-17 * * 1-5", "every hour at :00 and :30 only in hours 9 to 17 only on weekdays"),
        ("0,30 9-17 * * 1-5", "every weekday at minutes 0 and 30 of hours 9 to 17"),
        ("30 9 * * 1-5 in UTC, 10 times", "every weekday at 09:30 in UTC, 10 times"),
        ("0 9 * * 1,4", "every Monday and Thursday at 09:00"),
        ("* * * * *", "every minute at :00"),
        ("*/15 * * * * *", "every minute at :00, :15, :30 and :45"),
        ("10 */20 * * * *", "every hour at 00:10, 20:10 and 40:10"),
        ("* 9 * * *", "every minute at :00 only in hours 9"),
        ("@monthly", "every day at 00:00 only on day 1"),
        ("0 0 0 1 1 * 2030-2032", "every day at 00:00 only on day 1 only on 2030-01-01 to 2032-12-31 only in January"),
        ("cron(quartz) 0 0 12 ? * 6L", "every day at 12:00 only on the last Friday"),
        ("cron[day='3rd fri', hour='17']", "every day at 17:00 only on the 3rd Friday"),
        (
            "0 9 * * * or every Monday at 10:00 except holidays",
            "every day at 09:00 or every Monday at 10:00 except holidays",
        ),
        ("0 9 * * * only in hours 9 to 10", "every day at 09:00 only in hours 9 and 10"),
        // Those that have none.
        ("* * * * * *", "cron * * * * * *"),
        ("cron[week='12', hour='17']", "cron[week='12', hour='17']"),
        ("cron(quartz) 0 0 12 L-3W * ?", "cron(quartz) 0 0 12 L-3W * ?"),
        ("every day at 9:00 or * * * * * *", "every day at 09:00 or cron * * * * * *"),
        ("*/5 9 * * * only in hours 10", "cron */5 9 * * * only in hours 10"),
        // What is no expression is its text.
        ("every 5min", "every 300s"),
    ] {
        assert_eq!(expression.parse::<Schedule>().unwrap().describe(), words, "{expression}");
    }
}
