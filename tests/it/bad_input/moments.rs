//! Moments: `starting`, `until` and `once`.

use std::time::{Duration, SystemTime};

use chrono::{DateTime, NaiveDateTime, NaiveTime, TimeDelta, Utc};

use super::{assert_refused, assert_refused_with, Case};
use crate::support::seconds;

const EXPECTED_MOMENT: &str =
    " (expected YYYY-MM-DD HH:MM:SS, YYYY-MM-DD HH:MM, both with an offset or Z if needed, YYYY-MM-DD, HH:MM:SS or HH:MM)";

#[test]
fn a_moment_that_cannot_be_parsed_is_refused() {
    let cases: &[Case] = &[
        (|s| s.every().minute().until("").run(|| {}), r#"invalid moment "" for until: the text is empty"#),
        (
            |s| s.every().minute().until("soon").run(|| {}),
            r#"invalid moment "soon" for until: it is neither a date nor a time of day"#,
        ),
        (
            |s| s.every().minute().until("25:00").run(|| {}),
            r#"invalid moment "25:00" for until: the hour must be 0 to 23"#,
        ),
        (
            |s| s.every().minute().until("24:01").run(|| {}),
            r#"invalid moment "24:01" for until: the hour must be 0 to 23"#,
        ),
        (|s| s.every().minute().until("18").run(|| {}), r#"invalid moment "18" for until: the minute is missing"#),
        (
            |s| s.every().minute().until("18:3").run(|| {}),
            r#"invalid moment "18:3" for until: the minute must have two digits"#,
        ),
        (
            |s| s.every().minute().until("18:30\n").run(|| {}),
            r#"invalid moment "18:30\n" for until: the minute is not a number"#,
        ),
        (
            |s| s.every().minute().until("tomorrow").run(|| {}),
            r#"invalid moment "tomorrow" for until: it is neither a date nor a time of day"#,
        ),
        (
            |s| s.every().minute().until("2024-01-10T18:3").run(|| {}),
            r#"invalid moment "2024-01-10T18:3" for until: the minute must have two digits"#,
        ),
        (
            |s| s.every().minute().until("2024-01-10 18:30:00+2").run(|| {}),
            r#"invalid moment "2024-01-10 18:30:00+2" for until: "+2" is no offset from UTC such as +02:00"#,
        ),
        (
            |s| s.every().minute().until("2024-01-10 18:30:00.Z").run(|| {}),
            r#"invalid moment "2024-01-10 18:30:00.Z" for until: the fraction of a second must have 1 to 9 digits"#,
        ),
        (
            |s| s.every().minute().until("2024-01-10 18:30.5").run(|| {}),
            r#"invalid moment "2024-01-10 18:30.5" for until: only a second has a fraction"#,
        ),
        (
            |s| s.every().minute().until("2024-01-10T24:00:00.5Z").run(|| {}),
            r#"invalid moment "2024-01-10T24:00:00.5Z" for until: only a second has a fraction"#,
        ),
        (
            |s| s.every().minute().until("18:30+02:00").run(|| {}),
            r#"invalid moment "18:30+02:00" for until: the minute is not a number"#,
        ),
        (
            |s| s.every().minute().until("2024-01-10 ").run(|| {}),
            r#"invalid moment "2024-01-10 " for until: the hour is missing"#,
        ),
        (
            |s| s.every().minute().until(" 2024-01-10").run(|| {}),
            r#"invalid moment " 2024-01-10" for until: it is neither a date nor a time of day"#,
        ),
        (
            |s| s.every().minute().until("2024-01-10  18:30").run(|| {}),
            r#"invalid moment "2024-01-10  18:30" for until: the hour is not a number"#,
        ),
        (
            |s| s.every().minute().until("2024-13-01").run(|| {}),
            r#"invalid moment "2024-13-01" for until: no calendar has the date "2024-13-01""#,
        ),
        (
            |s| s.every().minute().until("2024-02-30").run(|| {}),
            r#"invalid moment "2024-02-30" for until: no calendar has the date "2024-02-30""#,
        ),
        (
            |s| s.every().minute().until("2023-02-29").run(|| {}),
            r#"invalid moment "2023-02-29" for until: no calendar has the date "2023-02-29""#,
        ),
        (
            |s| s.every().minute().until("2024-00-10").run(|| {}),
            r#"invalid moment "2024-00-10" for until: no calendar has the date "2024-00-10""#,
        ),
        (
            |s| s.every().minute().until("2024-01-00").run(|| {}),
            r#"invalid moment "2024-01-00" for until: no calendar has the date "2024-01-00""#,
        ),
        (
            |s| s.every().minute().until("24-01-10").run(|| {}),
            r#"invalid moment "24-01-10" for until: "24-01-10" is not a date"#,
        ),
        (
            |s| s.every().minute().until("10000-01-01").run(|| {}),
            r#"invalid moment "10000-01-01" for until: "10000-01-01" is not a date"#,
        ),
        (
            |s| s.every().minute().until("2024-01").run(|| {}),
            r#"invalid moment "2024-01" for until: "2024-01" is not a date"#,
        ),
        (
            |s| s.every().minute().until("2024-01-10-11").run(|| {}),
            r#"invalid moment "2024-01-10-11" for until: "2024-01-10-11" is not a date"#,
        ),
        (
            |s| s.every().minute().until("2024-01-10 25:00").run(|| {}),
            r#"invalid moment "2024-01-10 25:00" for until: the hour must be 0 to 23"#,
        ),
        (
            |s| s.every().minute().until("2024/01/10").run(|| {}),
            r#"invalid moment "2024/01/10" for until: it is neither a date nor a time of day"#,
        ),
        (
            |s| s.every().minute().until("10.01.2024").run(|| {}),
            r#"invalid moment "10.01.2024" for until: it is neither a date nor a time of day"#,
        ),
        (
            |s| s.every().minute().until("-1:00").run(|| {}),
            r#"invalid moment "-1:00" for until: it is neither a date nor a time of day"#,
        ),
        (
            |s| s.every().minute().until("２０２４-01-10").run(|| {}),
            r#"invalid moment "２０２４-01-10" for until: "２０２４-01-10" is not a date"#,
        ),
        (
            |s| s.every().minute().until("2024-01-10 ١٨:٣٠").run(|| {}),
            r#"invalid moment "2024-01-10 ١٨:٣٠" for until: the hour is not a number"#,
        ),
        (
            |s| s.every().minute().until("+2024-01-10").run(|| {}),
            r#"invalid moment "+2024-01-10" for until: "+2024-01-10" is not a date"#,
        ),
        (|s| s.every().day().starting("").run(|| {}), r#"invalid moment "" for starting: the text is empty"#),
        (
            |s| s.every().day().starting("soon").run(|| {}),
            r#"invalid moment "soon" for starting: it is neither a date nor a time of day"#,
        ),
        (
            |s| s.every().day().starting("2024-02-30").run(|| {}),
            r#"invalid moment "2024-02-30" for starting: no calendar has the date "2024-02-30""#,
        ),
        (|s| s.once("").run(|| {}), r#"invalid moment "" for once: the text is empty"#),
        (|s| s.once("soon").run(|| {}), r#"invalid moment "soon" for once: it is neither a date nor a time of day"#),
        (
            |s| s.once("2024-02-30 10:00").run(|| {}),
            r#"invalid moment "2024-02-30 10:00" for once: no calendar has the date "2024-02-30""#,
        ),
    ];
    assert_refused_with(cases, EXPECTED_MOMENT);
}

#[test]
fn a_deadline_in_the_past_or_before_the_first_run_is_refused() {
    let cases: &[Case] = &[
        (
            |s| s.every().minute().until("2001-01-01").run(|| {}),
            r#"invalid moment "2001-01-01" for until: it is in the past (expected 2024-01-10 12:01:00 +00:00 or later)"#,
        ),
        (
            |s| s.every().minute().until("2024-01-10").run(|| {}),
            r#"invalid moment "2024-01-10" for until: it is in the past (expected 2024-01-10 12:01:00 +00:00 or later)"#,
        ),
        (
            |s| s.every().minute().until("11:59:59").run(|| {}),
            r#"invalid moment "11:59:59" for until: it is in the past (expected 2024-01-10 12:01:00 +00:00 or later, such as "2024-01-11 11:59:59")"#,
        ),
        (
            |s| s.every().minute().until(NaiveTime::MIN).run(|| {}),
            r#"invalid moment "00:00:00" for until: it is in the past (expected 2024-01-10 12:01:00 +00:00 or later, such as "2024-01-11 00:00:00")"#,
        ),
        (
            |s| s.every().minute().until(TimeDelta::seconds(-5)).run(|| {}),
            r#"invalid moment "5s ago" for until: it is in the past (expected 2024-01-10 12:01:00 +00:00 or later)"#,
        ),
        (
            |s| s.every().minute().until(DateTime::UNIX_EPOCH).run(|| {}),
            r#"invalid moment "1970-01-01T00:00:00Z" for until: it is in the past (expected 2024-01-10 12:01:00 +00:00 or later)"#,
        ),
        (
            |s| s.every().minute().until(SystemTime::UNIX_EPOCH - Duration::from_millis(1500)).run(|| {}),
            r#"invalid moment "1969-12-31T23:59:58.500Z" for until: it is in the past (expected 2024-01-10 12:01:00 +00:00 or later)"#,
        ),
        (
            |s| s.every().minute().until(DateTime::<Utc>::MIN_UTC).run(|| {}),
            r#"invalid moment "-262143-01-01T00:00:00Z" for until: it is in the past (expected 2024-01-10 12:01:00 +00:00 or later)"#,
        ),
        (
            |s| s.every().minute().until(NaiveDateTime::MIN).run(|| {}),
            r#"invalid moment "-262143-01-01 00:00:00" for until: it is in the past (expected 2024-01-10 12:01:00 +00:00 or later)"#,
        ),
        (
            |s| s.every().minute().until(DateTime::UNIX_EPOCH.naive_utc()).run(|| {}),
            r#"invalid moment "1970-01-01 00:00:00" for until: it is in the past (expected 2024-01-10 12:01:00 +00:00 or later)"#,
        ),
        (
            |s| s.every().minute().until("12:00").run(|| {}),
            r#"invalid moment "12:00" for until: it is before the first run (expected 2024-01-10 12:01:00 +00:00 or later)"#,
        ),
        (
            |s| s.every().minute().until("12:00:59").run(|| {}),
            r#"invalid moment "12:00:59" for until: it is before the first run (expected 2024-01-10 12:01:00 +00:00 or later)"#,
        ),
        (
            |s| s.every().minute().until(Duration::ZERO).run(|| {}),
            r#"invalid moment "in 0ns" for until: it is before the first run (expected 2024-01-10 12:01:00 +00:00 or later)"#,
        ),
        (
            |s| s.every().minute().until(seconds(59)).run(|| {}),
            r#"invalid moment "in 59s" for until: it is before the first run (expected 2024-01-10 12:01:00 +00:00 or later)"#,
        ),
        (
            |s| s.every().day().until("23:59").run(|| {}),
            r#"invalid moment "23:59" for until: it is before the first run (expected 2024-01-11 12:00:00 +00:00 or later)"#,
        ),
        (
            |s| s.every().monday().at("9:00").until("2024-01-15 08:59:59").run(|| {}),
            r#"invalid moment "2024-01-15 08:59:59" for until: it is before the first run (expected 2024-01-15 09:00:00 +00:00 or later)"#,
        ),
        (
            |s| s.every().hour().starting("2024-02-01").until("2024-01-31").run(|| {}),
            r#"invalid moment "2024-01-31" for until: it is before the first run (expected 2024-02-01 00:00:00 +00:00 or later)"#,
        ),
        (
            |s| s.every().minute().until("13:30").tz("+02:00").run(|| {}),
            r#"invalid moment "13:30" for until: it is in the past (expected 2024-01-10 14:01:00 +02:00 or later, such as "2024-01-11 13:30:00")"#,
        ),
        (
            |s| s.every().day().tz("+02:00").until("15:00").run(|| {}),
            r#"invalid moment "15:00" for until: it is before the first run (expected 2024-01-11 14:00:00 +02:00 or later)"#,
        ),
        (
            |s| s.after(seconds(60)).until("12:00:59").run(|| {}),
            r#"invalid moment "12:00:59" for until: it is before the first run (expected 2024-01-10 12:01:00 +00:00 or later)"#,
        ),
        (
            |s| s.once("18:00").until("17:59").run(|| {}),
            r#"invalid moment "17:59" for until: it is before the first run (expected 2024-01-10 18:00:00 +00:00 or later)"#,
        ),
        (
            |s| s.every().day().immediately().until("11:00").run(|| {}),
            r#"invalid moment "11:00" for until: it is in the past (expected 2024-01-10 12:00:00 +00:00 or later, such as "2024-01-11 11:00:00")"#,
        ),
    ];
    assert_refused(cases);
}

#[test]
fn a_single_run_in_the_past_is_refused() {
    let cases: &[Case] = &[
        (
            |s| s.once("2001-01-01").run(|| {}),
            r#"invalid moment "2001-01-01" for once: it is in the past (expected 2024-01-10 12:00:00 +00:00 or later)"#,
        ),
        (
            |s| s.once("2001-01-01 10:30").run(|| {}),
            r#"invalid moment "2001-01-01 10:30" for once: it is in the past (expected 2024-01-10 12:00:00 +00:00 or later)"#,
        ),
        (
            |s| s.once("11:59").run(|| {}),
            r#"invalid moment "11:59" for once: it is in the past (expected 2024-01-10 12:00:00 +00:00 or later, such as "2024-01-11 11:59:00")"#,
        ),
        (
            |s| s.once("11:59:59").run(|| {}),
            r#"invalid moment "11:59:59" for once: it is in the past (expected 2024-01-10 12:00:00 +00:00 or later, such as "2024-01-11 11:59:59")"#,
        ),
        (
            |s| s.once(NaiveTime::MIN).run(|| {}),
            r#"invalid moment "00:00:00" for once: it is in the past (expected 2024-01-10 12:00:00 +00:00 or later, such as "2024-01-11 00:00:00")"#,
        ),
        (
            |s| s.once(DateTime::UNIX_EPOCH).run(|| {}),
            r#"invalid moment "1970-01-01T00:00:00Z" for once: it is in the past (expected 2024-01-10 12:00:00 +00:00 or later)"#,
        ),
        (
            |s| s.once(DateTime::UNIX_EPOCH.naive_utc()).run(|| {}),
            r#"invalid moment "1970-01-01 00:00:00" for once: it is in the past (expected 2024-01-10 12:00:00 +00:00 or later)"#,
        ),
        (
            |s| s.once(TimeDelta::seconds(-1)).run(|| {}),
            r#"invalid moment "1s ago" for once: it is in the past (expected 2024-01-10 12:00:00 +00:00 or later)"#,
        ),
        (
            |s| s.once(TimeDelta::milliseconds(-1)).run(|| {}),
            r#"invalid moment "1ms ago" for once: it is in the past (expected 2024-01-10 12:00:00 +00:00 or later)"#,
        ),
        (
            |s| s.once("13:00").tz("+02:00").run(|| {}),
            r#"invalid moment "13:00" for once: it is in the past (expected 2024-01-10 14:00:00 +02:00 or later, such as "2024-01-11 13:00:00")"#,
        ),
    ];
    assert_refused(cases);
}

#[test]
fn a_moment_outside_the_calendar_is_refused() {
    let cases: &[Case] = &[
        (
            |s| s.every().day().starting(Duration::MAX).run(|| {}),
            r#"invalid moment "in 18446744073709551615.999999999s" for starting: it lies outside the calendar"#,
        ),
        (
            |s| s.every().day().starting(TimeDelta::MAX).run(|| {}),
            r#"invalid moment "in 9223372036854775.807s" for starting: it lies outside the calendar"#,
        ),
        (
            |s| s.every().day().starting(TimeDelta::MIN).run(|| {}),
            r#"invalid moment "9223372036854775.807s ago" for starting: it lies outside the calendar"#,
        ),
        (
            |s| s.every().day().starting(DateTime::<Utc>::MAX_UTC).run(|| {}),
            r#"invalid moment "+262142-12-31T23:59:59.999999999Z" for starting: it lies outside the calendar"#,
        ),
        (
            |s| s.every().day().starting(SystemTime::UNIX_EPOCH + Duration::from_secs(300_000_000_000)).run(|| {}),
            r#"invalid moment "+11476-08-15T05:20:00Z" for starting: it lies outside the calendar"#,
        ),
        (
            |s| s.every().hour().at(":30").starting(NaiveDateTime::MAX).run(|| {}),
            r#"invalid moment "+262142-12-31 23:59:59.999999999" for starting: it lies outside the calendar"#,
        ),
        (
            |s| s.every().day().until(Duration::MAX).run(|| {}),
            r#"invalid moment "in 18446744073709551615.999999999s" for until: it lies outside the calendar"#,
        ),
        (
            |s| s.every().day().until(TimeDelta::MIN).run(|| {}),
            r#"invalid moment "9223372036854775.807s ago" for until: it lies outside the calendar"#,
        ),
        (
            |s| s.once(TimeDelta::MIN).run(|| {}),
            r#"invalid moment "9223372036854775.807s ago" for once: it lies outside the calendar"#,
        ),
        (
            |s| s.once(Duration::MAX).run(|| {}),
            r#"invalid moment "in 18446744073709551615.999999999s" for once: it lies outside the calendar"#,
        ),
        (
            |s| s.once(DateTime::<Utc>::MAX_UTC).run(|| {}),
            r#"invalid moment "+262142-12-31T23:59:59.999999999Z" for once: it lies outside the calendar"#,
        ),
    ];
    assert_refused_with(cases, " (expected one in the years -262143 to 9999)");
}
