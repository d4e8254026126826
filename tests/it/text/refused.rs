//! What is no schedule is refused, with the column, what stands there, and what to write.

use punctual::Schedule;

fn refusal(text: &str) -> String {
    match text.parse::<Schedule>() {
        Ok(schedule) => panic!("{text:?} was read as {schedule}"),
        Err(error) => error.to_string(),
    }
}

#[test]
fn what_cannot_be_read_is_refused_with_its_column_and_what_to_write() {
    // Of most messages, without `invalid text "…": ` at their beginning.
    for (text, message) in [
        (
            "every 2nd day",
            r#""2nd" at column 7: write every 2 days"#,
        ),
        (
            "every other day",
            r#""other" at column 7: write every 2 days"#,
        ),
        (
            "every second Monday",
            r#""second" at column 7: write every 2 weeks on Monday, or every month on the 2nd Monday"#,
        ),
        (
            "biweekly",
            r#""biweekly" at column 1: write every 2 weeks"#,
        ),
        (
            "every day at 9am",
            r#""9am" at column 14: write 09:00"#,
        ),
        (
            "every day at midnight",
            r#""midnight" at column 14: write 00:00"#,
        ),
        (
            "every Friday at 12:00 and every month on day 13",
            r#""and" at column 23: schedules that are joined by `and` are in brackets (expected (…) and (…))"#,
        ),
        (
            "(every Friday at 12:00) and every month on day 13",
            r#"unexpected "every" at column 29 (expected a schedule in brackets, as in (every Friday) and (every month on day 13))"#,
        ),
        (
            "(every Friday, once) and (every month on day 13)",
            r#""(" at column 1: a part has its own `times` (expected `times` last)"#,
        ),
        (
            "(every Friday) and (every month on day 13 until 2030-01-01)",
            r#""(" at column 20: a part has its own `until` (expected `until` last)"#,
        ),
        (
            "every 90 minutes on weekdays",
            r#""weekdays" at column 21: write only on weekdays"#,
        ),
        (
            "every day at 9:00 only in 2024 to 2020",
            r#""2024" at column 27: the years 2024 to 2020 run backwards (expected 2020 to 2024)"#,
        ),
        (
            "every day only on day 7 to 1",
            r#""day" at column 19: the days 7 to 1 run backwards (expected 1 to 7)"#,
        ),
        (
            "every day only on day +5",
            r#"unexpected "+5" at column 23 (expected a day, 1 to 31)"#,
        ),
        (
            "every day at a random moment",
            r#"unexpected "moment" at column 23 (expected at a random time between two times, as in between 9:00 and 11:00)"#,
        ),
        (
            "every day with 30s",
            r#"unexpected "30s" at column 16 (expected jitter, as in with jitter 30s)"#,
        ),
        (
            "every day with jitter 0s",
            r#"at column 23: invalid jitter 0ns: it must be at least 1ms"#,
        ),
        (
            "every hour spread 1h",
            r#"unexpected "1h" at column 19 (expected over, as in spread over 1h)"#,
        ),
        (
            "every hour at a random time between 9:00 and 10:00",
            r#"at column 15: invalid random moment "09:00:00" to "10:00:00" for "every hour": it has no days (expected days, or named days)"#,
        ),
        (
            "",
            r#"the text ends at column 1 (expected every, once, cron or "(", as in "every weekday at 09:30")"#,
        ),
        (
            "every",
            "the text ends at column 6 (expected a unit, a number, a length or weekdays, as in every 5 minutes or every weekday)",
        ),
        (
            "every wekday",
            r#"unknown word "wekday" at column 7: did you mean "weekday"?"#,
        ),
        (
            "every wendesday at 9:00",
            r#"unknown word "wendesday" at column 7: did you mean "Wednesday"?"#,
        ),
        (
            "every day at",
            "the text ends at column 13 (expected a time, such as 09:30, or :30 of an hour)",
        ),
        (
            "every day at 25:00",
            r#"at column 14: invalid time "25:00" for a daily job: the hour must be 0 to 23 (expected HH:MM or HH:MM:SS)"#,
        ),
        (
            "every day at 9",
            r#""9" at column 14: write 09:00"#,
        ),
        (
            "every day at 9:30 pm",
            r#""9:30" at column 14: write 21:30"#,
        ),
        (
            "every day ta 9:00",
            r#"unexpected "ta" at column 11 (expected at, on, between, only, except, in, with, spread, starting, until, for, immediately, once, times, or, or the end)"#,
        ),
        (
            "every month at 9:00",
            r#"at column 16: invalid time "9:00" for "every month": no day is named (expected `on_day`, `on_last_day`, `on_nth` or `on_last` first)"#,
        ),
        (
            "every day,",
            r#"unexpected "," at column 10 (expected an option after it, or nothing)"#,
        ),
        (
            "every day, 10 tmies",
            r#"unknown word "tmies" at column 15: did you mean "times"?"#,
        ),
        (
            "5 minutes",
            r#""5" at column 1: write `every` before it, as in every 5 minutes"#,
        ),
        (
            "90s",
            r#""90s" at column 1: write `every` before it, as in every 90s"#,
        ),
        (
            "every 5m",
            r#""5m" at column 7: write 5min"#,
        ),
        (
            "every 2 Mondays",
            r#""Mondays" at column 9: write weeks on the weekday, as in every 2 weeks on Monday"#,
        ),
        (
            "every 0 days",
            "at column 7: invalid count 0 for days: it must be 1 or more",
        ),
        (
            "every 10 to 5 minutes",
            "at column 10: invalid range 10 to 5: the end must not be below 10",
        ),
        (
            "every day between 9:00",
            "the text ends at column 23 (expected and, and the end of the window)",
        ),
        (
            "every day between 9:00 and 9:00",
            r#"at column 19: invalid window "09:00:00" to "09:00:00": it opens and closes at the same time (expected two different times)"#,
        ),
        (
            "every day in June",
            r#""June" at column 14: write only in June"#,
        ),
        (
            "every day in 5min",
            r#""5min" at column 14: write starting in 5min, or once in 5min"#,
        ),
        (
            "every day only Mondays",
            r#"unexpected "Mondays" at column 16 (expected on, in, or in hours, as in only on weekdays or only in June to August)"#,
        ),
        (
            "every day until",
            "the text ends at column 16 (expected a moment, such as 2030-12-31 18:30, 18:30 or in 90s)",
        ),
        (
            "every day until soon",
            r#"unexpected "soon" at column 17 (expected a moment, such as 2030-12-31 18:30, 18:30 or in 90s)"#,
        ),
        (
            "every day until tomorrow",
            r#""tomorrow" at column 17: write the date, or a length, such as in 24h"#,
        ),
        (
            "every hour for a day",
            r#"unexpected "a" at column 16 (expected a length, such as 90s, 5min or 8h)"#,
        ),
        (
            "once at noon",
            r#""noon" at column 9: write 12:00"#,
        ),
        (
            "once a day",
            r#"unexpected "a" at column 6 (expected after, at or in, as in once after 90s or once at 2030-12-31 18:30)"#,
        ),
        (
            "once after 90s, 10 times",
            r#"at column 17: invalid count 10 for times for "once after 90s": there is a single run (expected a schedule that repeats)"#,
        ),
        (
            "0/15 * * * *",
            r#"invalid cron "0/15 * * * *": minute "0/15" at column 1 has a step without a range (expected 0-59/15 or */15)"#,
        ),
        (
            "0/15 * * * * in UTC",
            r#"at column 1: invalid cron "0/15 * * * *": minute "0/15" at column 1 has a step without a range (expected 0-59/15 or */15)"#,
        ),
        (
            "0 0 31 4 * in UTC",
            r#"at column 1: cron "0 0 31 4 *" never comes: no date has its day, month and year (expected a day that one of its months has)"#,
        ),
        (
            "* * * *",
            r#"invalid cron "* * * *": 5, 6 or 7 fields expected, 4 given (expected minute, hour, day of month, month, day of week)"#,
        ),
        (
            "cron(jenkins) H * * * *",
            r#"at column 6: unknown cron dialect "jenkins" (expected unix, vixie, quartz, celery or fields)"#,
        ),
        (
            "cron[day='1'",
            r#"the text ends at column 13 (expected "]" after the fields)"#,
        ),
        (
            "cron[hour='25']",
            r#"at column 1: invalid cron[hour='25']: hour "25" at column 7 is out of range (expected 0 to 23)"#,
        ),
        (
            "@dayly",
            r#"invalid cron "@dayly": there is no such macro: did you mean @daily?"#,
        ),
        (
            "every day until 2030-01-01 or once after 5s",
            r#"at column 31: invalid alternative "once after 5s": there is a single run (expected a schedule that repeats)"#,
        ),
        (
            "(every day, once) or every hour",
            r#""(" at column 1: an alternative has its own `times` (expected `times` last)"#,
        ),
        (
            "every hour or (every day, once)",
            r#"at column 15: invalid alternative "every day, once": it has its own `times` (expected `times` on the whole)"#,
        ),
        (
            "every day except holidays or every hour",
            r#""or" at column 27: `except` holds for all before it (expected the alternative in brackets, or `except` last)"#,
        ),
        (
            "((((((((((every day))))))))))",
            r#""(" at column 9: there are too many brackets (expected at most 8)"#,
        ),
        (
            "(every day",
            r#"the text ends at column 11 (expected ")")"#,
        ),
        (
            "every day)",
            r#"unexpected ")" at column 10 (expected at, on, between, only, except, in, with, spread, starting, until, for, immediately, once, times, or, or the end)"#,
        ),
        (
            "every day in UTC in UTC",
            r#""in" at column 18: it is said twice (expected it once)"#,
        ),
        (
            "every day starting 2030-01-01 starting 2030-01-02",
            r#""starting" at column 31: it is said twice (expected it once)"#,
        ),
        (
            "every month on day 15 and Mondays",
            "at column 16: cannot limit every month to day 15 and Mondays: they cannot be one schedule (expected `only on day 15 and Mondays`, or days of one kind)",
        ),
        (
            "every month on holidays",
            r#"unexpected "holidays" at column 16 (expected days, such as Monday, day 15 or the last day)"#,
        ),
        (
            "every day on Monday",
            r#""Monday" at column 14: write only on Mondays"#,
        ),
        (
            "every weekday on Friday",
            "at column 18: cannot limit every weekday to Friday: its days are already named (expected them once)",
        ),
        (
            "every day at 09:00 10:00",
            r#"unexpected "10:00" at column 20 (expected at, on, between, only, except, in, with, spread, starting, until, for, immediately, once, times, or, or the end)"#,
        ),
        (
            "every 99999999999999999999 days",
            r#"unexpected "99999999999999999999" at column 7 (expected a number, up to 18446744073709551615)"#,
        ),
        (
            "every day \u{7f}",
            "unexpected \"\\u{7f}\" at column 11 (expected at, on, between, only, except, in, with, spread, starting, until, for, immediately, once, times, or, or the end)",
        ),
        (
            "every day at ٣:00",
            r#"unexpected "٣:00" at column 14 (expected a time, such as 09:30, or :30 of an hour)"#,
        ),
        (
            "every -5 minutes",
            r#"unexpected "-5" at column 7 (expected a unit, a number, a length or weekdays, as in every 5 minutes or every weekday)"#,
        ),
        (
            "daily at 9:00",
            r#""daily" at column 1: write every day"#,
        ),
        (
            "hello",
            r#"unexpected "hello" at column 1 (expected every, once, cron or "(", as in "every weekday at 09:30")"#,
        ),
        (
            "every the last day",
            r#""the" at column 7: write every month on the last day"#,
        ),
        (
            "every first Monday",
            r#""first" at column 7: write every Monday, or every month on the 1st Monday"#,
        ),
    ] {
        let refused = refusal(text);
        let head = format!("invalid text {text:?}: ");
        assert_eq!(refused.strip_prefix(&head).unwrap_or(&refused), message, "{text}");
    }
}

#[test]
#[cfg(feature = "tz")]
fn an_unknown_zone_is_refused_with_its_column_and_the_nearest_name() {
    assert_eq!(
        refusal("every day in Europe/Berlim"),
        "invalid text \"every day in Europe/Berlim\": at column 14: unknown time zone \"Europe/Berlim\": did you mean \
         \"Europe/Berlin\"?",
    );
}

#[test]
fn other_words_get_the_right_one() {
    for (text, hint) in [
        ("every 20 minutes from 8 to 18", "\"from\" at column 18: write between 08:00 and 18:00, or starting"),
        ("every 20 minutes Monday to Friday", "\"Monday\" at column 18: write `only on` before it"),
        ("on weekdays at 9:00", "\"on\" at column 1: write `every` before it"),
        ("monday at 9:00", "\"monday\" at column 1: write `every` before it"),
        ("at 9:00 every day", "\"at\" at column 1: write `every day`, or `once`, before it"),
        (
            "every 25 December",
            "\"December\" at column 10: write every year on the date, as in every year on 25 December",
        ),
        ("every January", "\"January\" at column 7: write every year on a date, as in every year on 25 December"),
        ("every last Friday", "\"last\" at column 7: write every month on the last Friday"),
        ("every quarter", "\"quarter\" at column 7: write every 3 months, or every 15 minutes"),
        ("every day at 9:00 UTC", "\"UTC\" at column 19: write in UTC"),
        ("every day at 9:00 every hour", "\"every\" at column 19: write `or` before it, for another schedule"),
        ("every day before 2030-01-01", "\"before\" at column 11: write until"),
        ("every day without holidays", "\"without\" at column 11: write except"),
        (
            "CRON_TZ=Europe/Berlin 0 9 * * *",
            "\"CRON_TZ=Europe/Berlin\" at column 1: write in Europe/Berlin after the expression",
        ),
        ("cron(vixie) TZ=UTC 0 9 * * *", "\"TZ=UTC\" at column 13: write in UTC after the expression"),
        ("0 9 * * MON-FRI Europe/Berlin", "\"Europe/Berlin\" at column 17: write in Europe/Berlin"),
        ("cron(quartz) 0 0 9 ? * MON-FRI UTC, 10 times", "\"UTC\" at column 32: write in UTC"),
        ("0 9 * * MON-FRI, Europe/Berlin", "\"Europe/Berlin\" at column 18: write in Europe/Berlin"),
        ("every day at 9:00 +02:00", "\"+02:00\" at column 19: write in +02:00"),
        ("@every 2h", "\"@every\" at column 1: write every 2 hours"),
        ("@every 1h30m in UTC", "\"@every\" at column 1: write every 90 minutes"),
        ("@every", "\"@every\" at column 1: write every and a length, as in every 5 minutes"),
        ("every hour on the hour", "\"the\" at column 15: write at :00"),
        ("every 5 minutes on the minute", "\"the\" at column 20: write at :00"),
        ("every 5 mins", "unknown word \"mins\" at column 9: did you mean \"minutes\"?"),
        ("every 30 secs", "unknown word \"secs\" at column 10: did you mean \"seconds\"?"),
        ("every 2 Hrs", "unknown word \"Hrs\" at column 9: did you mean \"hours\"?"),
        ("every min", "unknown word \"min\" at column 7: did you mean \"minute\"?"),
        ("every hour starting now", "\"now\" at column 21: leave the option out, or write immediately in its place"),
    ] {
        assert_eq!(refusal(text), format!("invalid text {text:?}: {hint}"));
    }
}

#[test]
fn a_text_that_is_too_long_is_refused() {
    let long = format!("every day{}", " ".repeat(248));
    let begin = format!("every day{}", " ".repeat(51));
    assert_eq!(refusal(&long), format!("invalid text \"{begin}\"…: it has 257 bytes (expected 256 at most)"));
    assert!(long.trim().parse::<Schedule>().is_ok());
}

#[test]
fn the_kind_of_an_error_of_a_method_is_kept() {
    assert!("0 0 31 4 * in UTC".parse::<Schedule>().unwrap_err().is_never());
    assert!("every 9999999999999h".parse::<Schedule>().unwrap_err().is_never());
    assert!("every 0 days".parse::<Schedule>().unwrap_err().is_invalid());
}

#[test]
fn a_schedule_of_a_trigger_has_a_text_that_is_not_read() {
    assert!(refusal("by a trigger").contains("unexpected \"by\" at column 1"));
}

#[test]
fn nothing_panics_where_a_text_is_cut_or_has_a_token_more() {
    let texts = [
        "every weekday at 9:30 and 18:00 between 9:00 and 17:00 only on the 2nd Tuesday and day 1 to 7 in UTC, once",
        "(every 5 to 10 minutes starting in 90s except 2024-12-24 to 2025-01-01) or cron(quartz) 0 0 12 ? * FRI",
        "every month on the 3rd last day at minutes 0 and 30 of hours 9 to 17 until 2030-01-01T10:00:00.5 +02:00",
        "once at +12345-01-01 24:00 in µs cron[day='3rd fri'] @daily",
    ];
    for text in texts {
        for (at, _) in text.char_indices() {
            let (before, after) = text.split_at(at);
            let _ = before.parse::<Schedule>();
            let _ = after.parse::<Schedule>();
            for more in [",", "(", ")", " and ", " or ", " to ", ":", ".", "-", "9", "µ", "'", "]", "\u{0}", "cron["] {
                let _ = format!("{before}{more}{after}").parse::<Schedule>();
            }
        }
    }
}
