//! Times of day, times within an hour or a minute, and windows.

use chrono::NaiveTime;
use punctual::Weekday::{Fri, Mon, Tue};

use super::{assert_refused, Case};

#[test]
fn an_invalid_time_of_day_is_refused() {
    let cases: &[Case] = &[
        (
            |s| s.every().day().at("").run(|| {}),
            r#"invalid time "" for a daily job: the hour is missing (expected HH:MM or HH:MM:SS)"#,
        ),
        (
            |s| s.every().day().at("noon").run(|| {}),
            r#"invalid time "noon" for a daily job: the hour is not a number (expected HH:MM or HH:MM:SS)"#,
        ),
        (
            |s| s.every().day().at("25:00").run(|| {}),
            r#"invalid time "25:00" for a daily job: the hour must be 0 to 23 (expected HH:MM or HH:MM:SS)"#,
        ),
        (
            |s| s.every().day().at("24:00").run(|| {}),
            r#"invalid time "24:00" for a daily job: the hour must be 0 to 23 (expected HH:MM or HH:MM:SS)"#,
        ),
        (
            |s| s.every().day().at("10:60").run(|| {}),
            r#"invalid time "10:60" for a daily job: the minute must be 0 to 59 (expected HH:MM or HH:MM:SS)"#,
        ),
        (
            |s| s.every().day().at("10:30:60").run(|| {}),
            r#"invalid time "10:30:60" for a daily job: the second must be 0 to 59 (expected HH:MM or HH:MM:SS)"#,
        ),
        (
            |s| s.every().day().at("9:3").run(|| {}),
            r#"invalid time "9:3" for a daily job: the minute must have two digits (expected HH:MM or HH:MM:SS)"#,
        ),
        (
            |s| s.every().day().at("9").run(|| {}),
            r#"invalid time "9" for a daily job: the minute is missing (expected HH:MM or HH:MM:SS)"#,
        ),
        (
            |s| s.every().day().at("10").run(|| {}),
            r#"invalid time "10" for a daily job: the minute is missing (expected HH:MM or HH:MM:SS)"#,
        ),
        (
            |s| s.every().day().at("1030").run(|| {}),
            r#"invalid time "1030" for a daily job: the hour must have one or two digits (expected HH:MM or HH:MM:SS)"#,
        ),
        (
            |s| s.every().day().at("009:30").run(|| {}),
            r#"invalid time "009:30" for a daily job: the hour must have one or two digits (expected HH:MM or HH:MM:SS)"#,
        ),
        (
            |s| s.every().day().at(":30").run(|| {}),
            r#"invalid time ":30" for a daily job: the hour is missing (expected HH:MM or HH:MM:SS)"#,
        ),
        (
            |s| s.every().day().at("10:").run(|| {}),
            r#"invalid time "10:" for a daily job: the minute is missing (expected HH:MM or HH:MM:SS)"#,
        ),
        (
            |s| s.every().day().at("10:30:").run(|| {}),
            r#"invalid time "10:30:" for a daily job: the second is missing (expected HH:MM or HH:MM:SS)"#,
        ),
        (
            |s| s.every().day().at("10:30:15:20").run(|| {}),
            r#"invalid time "10:30:15:20" for a daily job: there is "20" too much (expected HH:MM or HH:MM:SS)"#,
        ),
        (
            |s| s.every().day().at("::").run(|| {}),
            r#"invalid time "::" for a daily job: the hour is missing (expected HH:MM or HH:MM:SS)"#,
        ),
        (
            |s| s.every().day().at(" 10:30").run(|| {}),
            r#"invalid time " 10:30" for a daily job: the hour is not a number (expected HH:MM or HH:MM:SS)"#,
        ),
        (
            |s| s.every().day().at("10:30 ").run(|| {}),
            r#"invalid time "10:30 " for a daily job: the minute is not a number (expected HH:MM or HH:MM:SS)"#,
        ),
        (
            |s| s.every().day().at("10:30\n").run(|| {}),
            r#"invalid time "10:30\n" for a daily job: the minute is not a number (expected HH:MM or HH:MM:SS)"#,
        ),
        (
            |s| s.every().day().at("10:30\0").run(|| {}),
            r#"invalid time "10:30\0" for a daily job: the minute is not a number (expected HH:MM or HH:MM:SS)"#,
        ),
        (
            |s| s.every().day().at("-1:00").run(|| {}),
            r#"invalid time "-1:00" for a daily job: the hour is not a number (expected HH:MM or HH:MM:SS)"#,
        ),
        (
            |s| s.every().day().at("+9:30").run(|| {}),
            r#"invalid time "+9:30" for a daily job: the hour is not a number (expected HH:MM or HH:MM:SS)"#,
        ),
        (
            |s| s.every().day().at("10.30").run(|| {}),
            r#"invalid time "10.30" for a daily job: the hour is not a number (expected HH:MM or HH:MM:SS)"#,
        ),
        (
            |s| s.every().day().at("10:3O").run(|| {}),
            r#"invalid time "10:3O" for a daily job: the minute is not a number (expected HH:MM or HH:MM:SS)"#,
        ),
        (
            |s| s.every().day().at("10:30 am").run(|| {}),
            r#"invalid time "10:30 am" for a daily job: the minute is not a number (expected HH:MM or HH:MM:SS)"#,
        ),
        (
            |s| s.every().day().at("10h30").run(|| {}),
            r#"invalid time "10h30" for a daily job: the hour is not a number (expected HH:MM or HH:MM:SS)"#,
        ),
        (
            |s| s.every().day().at("١٠:٣٠").run(|| {}),
            r#"invalid time "١٠:٣٠" for a daily job: the hour is not a number (expected HH:MM or HH:MM:SS)"#,
        ),
        (
            |s| s.every().day().at("10：30").run(|| {}),
            r#"invalid time "10：30" for a daily job: the hour is not a number (expected HH:MM or HH:MM:SS)"#,
        ),
        (
            |s| s.every().day().at("𝟙0:30").run(|| {}),
            r#"invalid time "𝟙0:30" for a daily job: the hour is not a number (expected HH:MM or HH:MM:SS)"#,
        ),
        (
            |s| s.every().day().at("9:5:00").run(|| {}),
            r#"invalid time "9:5:00" for a daily job: the minute must have two digits (expected HH:MM or HH:MM:SS)"#,
        ),
        (
            |s| s.every().day().at("10:30:5").run(|| {}),
            r#"invalid time "10:30:5" for a daily job: the second must have two digits (expected HH:MM or HH:MM:SS)"#,
        ),
        (
            |s| s.every().day().at("99999999999999999999:00").run(|| {}),
            r#"invalid time "99999999999999999999:00" for a daily job: the hour must have one or two digits (expected HH:MM or HH:MM:SS)"#,
        ),
        (
            |s| s.every().days(3).at("25:00").run(|| {}),
            r#"invalid time "25:00" for a daily job: the hour must be 0 to 23 (expected HH:MM or HH:MM:SS)"#,
        ),
        (
            |s| s.every().monday().at("25:00").run(|| {}),
            r#"invalid time "25:00" for a weekly job: the hour must be 0 to 23 (expected HH:MM or HH:MM:SS)"#,
        ),
        (
            |s| s.every().weekday().at("9:3").run(|| {}),
            r#"invalid time "9:3" for a weekly job: the minute must have two digits (expected HH:MM or HH:MM:SS)"#,
        ),
        (
            |s| s.every().weeks(2).on(Mon).at("").run(|| {}),
            r#"invalid time "" for a weekly job: the hour is missing (expected HH:MM or HH:MM:SS)"#,
        ),
        (
            |s| s.every().month().on_day(15).at("24:00").run(|| {}),
            r#"invalid time "24:00" for a monthly job: the hour must be 0 to 23 (expected HH:MM or HH:MM:SS)"#,
        ),
        (
            |s| s.every().months(2).on_last_day().at("10").run(|| {}),
            r#"invalid time "10" for a monthly job: the minute is missing (expected HH:MM or HH:MM:SS)"#,
        ),
        (
            |s| s.every().month().on_nth(2, Tue).at("x").run(|| {}),
            r#"invalid time "x" for a monthly job: the hour is not a number (expected HH:MM or HH:MM:SS)"#,
        ),
        (
            |s| s.every().month().on_last(Fri).at(":00").run(|| {}),
            r#"invalid time ":00" for a monthly job: the hour is missing (expected HH:MM or HH:MM:SS)"#,
        ),
        (
            |s| s.every().year().on_date(12, 25).at("10:61").run(|| {}),
            r#"invalid time "10:61" for a yearly job: the minute must be 0 to 59 (expected HH:MM or HH:MM:SS)"#,
        ),
        (
            |s| s.every().day().at("9:00").at("25:00").run(|| {}),
            r#"invalid time "25:00" for a daily job: the hour must be 0 to 23 (expected HH:MM or HH:MM:SS)"#,
        ),
        (
            |s| s.every().day().at(String::from("24:00")).run(|| {}),
            r#"invalid time "24:00" for a daily job: the hour must be 0 to 23 (expected HH:MM or HH:MM:SS)"#,
        ),
    ];
    assert_refused(cases);
}

#[test]
fn an_invalid_time_within_an_hour_is_refused() {
    let cases: &[Case] = &[
        (
            |s| s.every().hour().at("").run(|| {}),
            r#"invalid time "" for an hourly job: the minute is missing (expected :MM or MM:SS)"#,
        ),
        (
            |s| s.every().hour().at(":").run(|| {}),
            r#"invalid time ":" for an hourly job: the minute is missing (expected :MM or MM:SS)"#,
        ),
        (
            |s| s.every().hour().at(":60").run(|| {}),
            r#"invalid time ":60" for an hourly job: the minute must be 0 to 59 (expected :MM or MM:SS)"#,
        ),
        (
            |s| s.every().hour().at(":5").run(|| {}),
            r#"invalid time ":5" for an hourly job: the minute must have two digits (expected :MM or MM:SS)"#,
        ),
        (
            |s| s.every().hour().at(":005").run(|| {}),
            r#"invalid time ":005" for an hourly job: the minute must have two digits (expected :MM or MM:SS)"#,
        ),
        (
            |s| s.every().hour().at("30").run(|| {}),
            r#"invalid time "30" for an hourly job: the second is missing (expected :MM or MM:SS)"#,
        ),
        (
            |s| s.every().hour().at("60:00").run(|| {}),
            r#"invalid time "60:00" for an hourly job: the minute must be 0 to 59 (expected :MM or MM:SS)"#,
        ),
        (
            |s| s.every().hour().at("30:60").run(|| {}),
            r#"invalid time "30:60" for an hourly job: the second must be 0 to 59 (expected :MM or MM:SS)"#,
        ),
        (
            |s| s.every().hour().at("30:").run(|| {}),
            r#"invalid time "30:" for an hourly job: the second is missing (expected :MM or MM:SS)"#,
        ),
        (
            |s| s.every().hour().at("5:00").run(|| {}),
            r#"invalid time "5:00" for an hourly job: the minute must have two digits (expected :MM or MM:SS)"#,
        ),
        (
            |s| s.every().hour().at("10:30:00").run(|| {}),
            r#"invalid time "10:30:00" for an hourly job: there is "00" too much (expected :MM or MM:SS)"#,
        ),
        (
            |s| s.every().hour().at(":30:15").run(|| {}),
            r#"invalid time ":30:15" for an hourly job: the minute is not a number (expected :MM or MM:SS)"#,
        ),
        (
            |s| s.every().hour().at("::30").run(|| {}),
            r#"invalid time "::30" for an hourly job: the minute is not a number (expected :MM or MM:SS)"#,
        ),
        (
            |s| s.every().hour().at(":3o").run(|| {}),
            r#"invalid time ":3o" for an hourly job: the minute is not a number (expected :MM or MM:SS)"#,
        ),
        (
            |s| s.every().hour().at(" :30").run(|| {}),
            r#"invalid time " :30" for an hourly job: the minute is not a number (expected :MM or MM:SS)"#,
        ),
        (
            |s| s.every().hour().at(":30\n").run(|| {}),
            r#"invalid time ":30\n" for an hourly job: the minute is not a number (expected :MM or MM:SS)"#,
        ),
        (
            |s| s.every().hour().at(":-1").run(|| {}),
            r#"invalid time ":-1" for an hourly job: the minute is not a number (expected :MM or MM:SS)"#,
        ),
        (
            |s| s.every().hour().at(":٣٠").run(|| {}),
            r#"invalid time ":٣٠" for an hourly job: the minute is not a number (expected :MM or MM:SS)"#,
        ),
        (
            |s| s.every().hours(3).at(":99").run(|| {}),
            r#"invalid time ":99" for an hourly job: the minute must be 0 to 59 (expected :MM or MM:SS)"#,
        ),
    ];
    assert_refused(cases);
}

#[test]
fn an_invalid_time_within_a_minute_is_refused() {
    let cases: &[Case] = &[
        (
            |s| s.every().minute().at("").run(|| {}),
            r#"invalid time "" for a minutely job: the text is empty (expected :SS)"#,
        ),
        (
            |s| s.every().minute().at(":").run(|| {}),
            r#"invalid time ":" for a minutely job: the second is missing (expected :SS)"#,
        ),
        (
            |s| s.every().minute().at(":60").run(|| {}),
            r#"invalid time ":60" for a minutely job: the second must be 0 to 59 (expected :SS)"#,
        ),
        (
            |s| s.every().minute().at(":7").run(|| {}),
            r#"invalid time ":7" for a minutely job: the second must have two digits (expected :SS)"#,
        ),
        (
            |s| s.every().minute().at("17").run(|| {}),
            r#"invalid time "17" for a minutely job: it does not begin with a colon (expected :SS)"#,
        ),
        (
            |s| s.every().minute().at("00:17").run(|| {}),
            r#"invalid time "00:17" for a minutely job: it does not begin with a colon (expected :SS)"#,
        ),
        (
            |s| s.every().minute().at(":17:00").run(|| {}),
            r#"invalid time ":17:00" for a minutely job: the second is not a number (expected :SS)"#,
        ),
        (
            |s| s.every().minute().at(":17 ").run(|| {}),
            r#"invalid time ":17 " for a minutely job: the second is not a number (expected :SS)"#,
        ),
        (
            |s| s.every().minute().at(" :17").run(|| {}),
            r#"invalid time " :17" for a minutely job: it does not begin with a colon (expected :SS)"#,
        ),
        (
            |s| s.every().minute().at(":+7").run(|| {}),
            r#"invalid time ":+7" for a minutely job: the second is not a number (expected :SS)"#,
        ),
        (
            |s| s.every().minute().at(":１７").run(|| {}),
            r#"invalid time ":１７" for a minutely job: the second is not a number (expected :SS)"#,
        ),
        (
            |s| s.every().minutes(5).at("30").run(|| {}),
            r#"invalid time "30" for a minutely job: it does not begin with a colon (expected :SS)"#,
        ),
    ];
    assert_refused(cases);
}

#[test]
fn an_invalid_window_or_one_without_slots_is_refused() {
    let cases: &[Case] = &[
        (
            |s| s.every().hour().between("", "17:00").run(|| {}),
            r#"invalid time "" for a window: the hour is missing (expected HH:MM or HH:MM:SS)"#,
        ),
        (
            |s| s.every().hour().between("9:00", "").run(|| {}),
            r#"invalid time "" for a window: the hour is missing (expected HH:MM or HH:MM:SS)"#,
        ),
        (
            |s| s.every().hour().between("9", "17").run(|| {}),
            r#"invalid time "9" for a window: the minute is missing (expected HH:MM or HH:MM:SS)"#,
        ),
        (
            |s| s.every().hour().between("24:00", "9:00").run(|| {}),
            r#"invalid time "24:00" for a window: the hour must be 0 to 23 (expected HH:MM or HH:MM:SS)"#,
        ),
        (
            |s| s.every().hour().between("9:00", "25:30").run(|| {}),
            r#"invalid time "25:30" for a window: the hour must be 0 to 23 (expected HH:MM or HH:MM:SS)"#,
        ),
        (
            |s| s.every().hour().between("9:00\n", "17:00").run(|| {}),
            r#"invalid time "9:00\n" for a window: the minute is not a number (expected HH:MM or HH:MM:SS)"#,
        ),
        (
            |s| s.every().hour().between("9:00", "09:00:00").run(|| {}),
            r#"invalid window "09:00:00" to "09:00:00": it opens and closes at the same time (expected two different times)"#,
        ),
        (
            |s| s.every().hour().between("00:00", "00:00").run(|| {}),
            r#"invalid window "00:00:00" to "00:00:00": it opens and closes at the same time (expected two different times)"#,
        ),
        (
            |s| s.every().day().at("8:00").between("9:00", "17:00").run(|| {}),
            r#""every day at 08:00 between 09:00 and 17:00" has no run within 60 years"#,
        ),
        (
            |s| s.every().day().at("17:00").between("9:00", "17:00").run(|| {}),
            r#""every day at 17:00 between 09:00 and 17:00" has no run within 60 years"#,
        ),
        (
            |s| s.every().day().between("14:00", "15:00").run(|| {}),
            r#""every day between 14:00 and 15:00" has no run within 60 years"#,
        ),
        (
            |s| s.every().hour().at(":30").between("9:00", "9:15").run(|| {}),
            r#""every hour at :30 between 09:00 and 09:15" has no run within 60 years"#,
        ),
        (
            |s| s.every().hours(24).between("13:00", "14:00").run(|| {}),
            r#""every 24 hours between 13:00 and 14:00" has no run within 60 years"#,
        ),
        (
            |s| s.every().monday().at("3:00").at("4:00").between("22:00", "2:00").tz("+01:00").run(|| {}),
            r#""every Monday at 03:00 and 04:00 between 22:00 and 02:00 in +01:00" has no run within 60 years"#,
        ),
    ];
    assert_refused(cases);
}

#[test]
fn a_leap_second_is_refused() {
    let cases: &[Case] = &[
        (
            |s| s.every().day().at(NaiveTime::from_hms_milli_opt(23, 59, 59, 1_500).unwrap()).run(|| {}),
            r#"invalid time "23:59:60.500" for a daily job: no day is sure to have a leap second (expected HH:MM or HH:MM:SS)"#,
        ),
        (
            |s| s.every().hour().between("9:00", NaiveTime::from_hms_milli_opt(23, 59, 59, 1_000).unwrap()).run(|| {}),
            r#"invalid time "23:59:60" for a window: no day is sure to have a leap second (expected HH:MM or HH:MM:SS)"#,
        ),
    ];
    assert_refused(cases);
}
