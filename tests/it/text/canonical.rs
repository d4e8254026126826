//! Each kind of schedule has one canonical text, and may be written in other forms.

use punctual::Schedule;

fn read(text: &str) -> Schedule {
    text.parse().unwrap_or_else(|error| panic!("{text}: {error}"))
}

const CANONICAL: &[&str] = &[
    "every second",
    "every 250 milliseconds",
    "every 90s",
    "every 1s to 120s",
    "every 5 to 10 minutes",
    "every minute at :17",
    "every 2 hours at :05, 30:15 and :45",
    "every day at 09:00 and 18:00",
    "every 3 days at 10:30:15",
    "(every Friday at 12:00) and (every month on day 13 at 12:00)",
    "(every day at 12:00 only in February) and (every Friday at 12:00 or every Monday at 12:00) and (every 2 hours) only on \
     day 13 in +02:00 starting 2030-01-01 until 2040-01-01, 3 times",
    "((every Friday) and (every month on day 13) except holidays) or every Monday",
    "(every Friday) and (every month on day 13) or (every Monday) and (every month on day 1) except holidays",
    "every day at a random time between 09:00 and 11:00 only on weekdays",
    "every 2 weeks on Monday at a random time between 22:00 and 24:00 in +02:00",
    "every hour at :00 with jitter 30s",
    "every hour between 09:00 and 17:00 with jitter 30s spread over 3600s in +02:00",
    "every weekday at 09:30 in +02:00",
    "every Monday and Thursday at 09:00",
    "every 2 weeks on Monday and Friday at 09:00",
    "every 1 to 3 weeks on Monday",
    "every month on day 15 at 09:00",
    "every 3 months on the last day",
    "every month on the 2nd Tuesday at 09:00",
    "every month on the last Friday at 09:00",
    "every 4 years on 29 February at 09:00",
    "every 20 minutes between 22:00 and 06:00",
    "every hour starting 2024-01-10 12:00 for 28800s",
    "every hour until 2024-01-10 18:00:00 +00:00",
    "every minute starting in 300s, 10 times",
    "every day at 18:00, once",
    "every hour immediately",
    "once after 90s",
    "once at 2030-01-01 18:30:00 +02:00",
    "cron 30 9 * * 1-5 in UTC",
    "cron(quartz) 0 0 12 ? * FRI",
    "cron[day='3rd fri', hour='17']",
    "every day at 09:00 only on day 1, day 15 and Mondays",
    "every day at 00:00 only on day 13 only on Fridays",
    "every day at 09:00 only in June to August",
    "every hour at :00 and :30 only in hours 9 to 17 only on weekdays",
    "every weekday at minutes 0 and 30 of hours 9 to 17",
    "every weekday at 09:00 or every Saturday at 11:00",
    "every weekday at 09:00 except on 25 December and 26 December",
    "(every weekday at 09:00 except 2024-12-24 to 2025-01-01) or every Saturday at 11:00",
    "every weekday at 09:00 except holidays",
    // Beyond the reference.
    "every weekend",
    "every week",
    "every day at 09:30:00.500",
    "every 18446744073709551615 years",
    "every 18446744073.709551615s",
    "every 1.5µs",
    "every month on day 1, day 15 and day 20 to 22",
    "every month on the 3rd last day",
    "every month on the last weekday at 18:00",
    "every month on the weekday nearest day 15",
    "every hour between 00:00 and 24:00",
    "every hour until 24:00",
    "every hour until 18:30:00.250",
    "every hour until 2030-01-01",
    "every hour until 2030-01-01 00:00:00.500",
    "every hour until 5s ago",
    "every hour for 18446744073709551615.999999999s",
    "every hour starting +12345-01-01 10:00 until -0001-12-31",
    "once in 5s",
    "once 5s ago",
    "once at 2030-01-01 in UTC until 2031-01-01",
    "cron[]",
    "cron 0 0 13 * +5, 10 times",
    "every day in -09:30:15",
    "every hour only in hours 12 and 22 to 2",
    "every hour only in February",
    "every day at 09:00 in UTC starting 2030-01-01 or cron 0 9 * * 1 starting 10:00 except holidays and office until \
     2031-01-01 immediately, 3 times",
    "(every day except holidays) or (every Monday at 09:00 except on weekends) or every hour for 60s, once",
    "every day at minutes 0, 15 and 30 to 32 of hours 0, 22 and 23",
    "every day at minute 30 of hours 9 to 15",
    "every day at minutes 0 to 59 of hour 23",
];

#[test]
fn canonical_text_is_a_fixed_point() {
    for text in CANONICAL {
        assert_eq!(read(text).to_string(), *text);
    }
}

#[test]
#[cfg(feature = "tz")]
fn zones_by_name_are_canonical() {
    for text in ["every weekday at 09:30 in Europe/Berlin", "cron 30 9 * * 1-5 in America/Port-au-Prince"] {
        assert_eq!(read(text).to_string(), text);
    }
    assert_eq!(read("every day in Etc/GMT+5").to_string(), "every day in Etc/GMT+5");
}

#[test]
fn other_forms_are_read_as_the_canonical_one() {
    for (text, canonical) in [
        ("EVERY Weekday AT 9:30 in UTC", "every weekday at 09:30 in UTC"),
        ("every Mon, THU at 9:00", "every Monday and Thursday at 09:00"),
        (
            "(every Monday at 9:00 or every Tuesday at 10:30) in UTC only in june, 3 times",
            "every Monday at 09:00 only in June in UTC or every Tuesday at 10:30 only in June in UTC, 3 times",
        ),
        (
            "(every Monday or every Tuesday except holidays) at 9:00 or every hour",
            "(every Monday at 09:00 except holidays) or (every Tuesday at 09:00 except holidays) or every hour",
        ),
        ("every mondays,tuesday and friday", "every Monday, Tuesday and Friday"),
        ("every mon to fri at 9:00", "every weekday at 09:00"),
        ("every 1 day", "every day"),
        ("every 2 day", "every 2 days"),
        ("every seconds", "every second"),
        ("every 5min", "every 300s"),
        ("every 1.5 hours", "every 5400s"),
        ("every 1h to 2 hours", "every 3600s to 7200s"),
        ("every week on Monday", "every Monday"),
        ("every 2 weeks on weekdays", "every 2 weeks on Monday, Tuesday, Wednesday, Thursday and Friday"),
        ("every month at 9:00 on day 15", "every month on day 15 at 09:00"),
        ("every day at 18:00 and 9:00, 9:00", "every day at 09:00 and 18:00"),
        ("every day at 09:00 at 18:00", "every day at 09:00 and 18:00"),
        ("every hour starting 2024-01-10T12:00 for 8h", "every hour starting 2024-01-10 12:00 for 28800s"),
        ("every hour until 2024-01-10T18:00Z", "every hour until 2024-01-10 18:00:00 +00:00"),
        ("every hour until 2024-1-9  9:00 +01:00", "every hour until 2024-01-09 09:00:00 +01:00"),
        ("every hour until in 5 minutes", "every hour for 300s"),
        ("every minute starting in 5min 10 times", "every minute starting in 300s, 10 times"),
        ("every minute, 1 time", "every minute, once"),
        ("every minute, once, in UTC", "every minute in UTC, once"),
        ("every hour, except on Mondays, 10 times", "every hour except on Mondays, 10 times"),
        ("every hour except on Mondays except day 1", "every hour except on day 1 and Mondays"),
        ("once at in 5s", "once in 5s"),
        ("once after 8 hours", "once after 28800s"),
        ("30 9 * * 1-5", "cron 30 9 * * 1-5"),
        ("  */5 * * * *  ", "cron */5 * * * *"),
        ("0 9 * * mon,fri, 10 times", "cron 0 9 * * MON,FRI, 10 times"),
        ("0 9 1,15 * 1 in UTC", "cron 0 9 1,15 * 1 in UTC"),
        ("@daily", "cron 0 0 * * *"),
        ("@hourly only on weekdays", "cron 0 * * * * only on weekdays"),
        ("CRON(Quartz) 0 0 12 ? * fri", "cron(quartz) 0 0 12 ? * FRI"),
        ("cron(unix) 0 9 * * *", "cron 0 9 * * *"),
        ("cron[ hour = '17', day = '3rd FRI' ] in UTC", "cron[day='3rd fri', hour='17'] in UTC"),
        ("every day only in 2026", "every day only on 2026-01-01 to 2026-12-31"),
        (
            "every day only in 2026 to 2027 and 2030",
            "every day only on 2026-01-01 to 2027-12-31 and 2030-01-01 to 2030-12-31",
        ),
        ("every weekday at minutes 30, 0 of hours 9 to 10", "every weekday at 09:00, 09:30, 10:00 and 10:30"),
        ("every day until 24:00 or every hour", "every day or every hour until 24:00"),
        ("((every day))", "every day"),
        ("(every day or every hour) or every week", "every day or every hour or every week"),
        (
            "(every day or every hour except holidays) or every week except on Mondays",
            "(every day except on Mondays and holidays) or (every hour except on Mondays and holidays) or (every week \
             except on Mondays)",
        ),
        ("(every day), 10 times", "every day, 10 times"),
        ("every month on the 1st and the 16th at 1:30", "every month on day 1 and day 16 at 01:30"),
        (
            "every month on day 1, 15 and 20 at 9:00, 10 times",
            "every month on day 1, day 15 and day 20 at 09:00, 10 times",
        ),
        ("every day only on day 1 and 25 December", "every day only on day 1 and 25 December"),
        ("every year on December 25", "every year on 25 December"),
        ("every day only on Monday to Friday", "every day only on weekdays"),
        ("every day in +00:00", "every day in UTC"),
    ] {
        assert_eq!(read(text).to_string(), canonical, "{text}");
        assert_eq!(read(text), read(canonical), "{text}");
    }
}
