//! Moments out of text.

use crate::text::Quoted;
use chrono::{NaiveDate, NaiveTime, TimeDelta};

use super::{
    time::{is_end_of_day, time_of_day},
    Moment,
};

pub(super) fn read(text: &str) -> Result<Moment, String> {
    read_with_offset(text).map(|(moment, _)| moment)
}

/// Reads a date and a time, a date alone, or a time alone. A space or `T` is between the two; an offset may follow
/// them, as in RFC 3339 or as `chrono` prints instants. It is returned with the moment.
pub(super) fn read_with_offset(text: &str) -> Result<(Moment, TimeDelta), String> {
    let none = TimeDelta::zero();
    if text.is_empty() {
        return Err("the text is empty".to_owned());
    }
    // Only a date has a hyphen. Each form then gets the error of the form that was meant.
    let first = text.split([' ', 'T', 't']).next().unwrap_or(text);
    if !first.contains('-') || first.contains(':') {
        let hour = text.split(':').next().unwrap_or(text);
        if !hour.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err("it is neither a date nor a time of day".to_owned());
        }
        let time = time_until_midnight(text)?;
        return Ok((time.map_or(Moment::EndOfToday, Moment::Today), none));
    }
    let Some((date, time)) = text.split_once([' ', 'T', 't']) else {
        return Ok((Moment::Wall(read_date(text)?.and_time(NaiveTime::MIN)), none));
    };
    let (time, offset) = split_offset(time);
    let offset = offset.map(read_offset).transpose()?;
    let date = read_date(date)?;
    let (time, fraction) = match time.split_once('.') {
        Some((time, fraction)) if time.matches(':').count() == 2 && !time.starts_with("24") => {
            (time, read_fraction(fraction)?)
        }
        Some(_) => return Err("only a second has a fraction".to_owned()),
        None => (time, TimeDelta::zero()),
    };
    let wall = match time_until_midnight(time)? {
        Some(time) => date.and_time(time),
        None => {
            date.succ_opt().ok_or_else(|| format!("no calendar has the day after {date}"))?.and_time(NaiveTime::MIN)
        }
    };
    let wall = wall + fraction;
    let Some(offset) = offset else { return Ok((Moment::Wall(wall), none)) };
    let instant = wall.checked_sub_signed(offset).ok_or("no calendar has it in UTC")?;
    Ok((Moment::At(instant.and_utc()), offset))
}

/// Reads a time of day; `None` is 24:00, the midnight at its end.
fn time_until_midnight(text: &str) -> Result<Option<NaiveTime>, String> {
    if is_end_of_day(text) {
        return Ok(None);
    }
    time_of_day(text).map(Some)
}

/// Splits `10:30 +02:00`, `10:30+02:00` and `10:30Z` before the offset.
fn split_offset(time: &str) -> (&str, Option<&str>) {
    match time.find(['+', '-', 'Z', 'z', 'U']) {
        Some(place) => (time[..place].trim_end_matches(' '), Some(&time[place..])),
        None => (time, None),
    }
}

/// Reads `Z`, `UTC`, `+HH:MM` or `-HH:MM`.
fn read_offset(text: &str) -> Result<TimeDelta, String> {
    if text.eq_ignore_ascii_case("z") || text == "UTC" {
        return Ok(TimeDelta::zero());
    }
    let offset =
        crate::zone::offset(text).ok_or_else(|| format!("{} is no offset from UTC such as +02:00", Quoted(text)))?;
    Ok(TimeDelta::seconds(offset.local_minus_utc().into()))
}

/// Reads the digits after the point of a second, to the nanosecond.
fn read_fraction(text: &str) -> Result<TimeDelta, String> {
    const DIGITS: usize = 9;
    let nanos =
        Some(text).filter(|text| (1..=DIGITS).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit()));
    let nanos = nanos.and_then(|text| format!("{text:0<DIGITS$}").parse().ok());
    nanos.map(TimeDelta::nanoseconds).ok_or_else(|| format!("the fraction of a second must have 1 to {DIGITS} digits"))
}

/// Reads `2030-01-01`. A year after 9999 or before 0 has a sign, as `chrono` prints it.
fn read_date(text: &str) -> Result<NaiveDate, String> {
    let (sign, digits, unsigned) = match text.as_bytes().first() {
        Some(b'+') => (1, 5..=6, &text[1..]),
        Some(b'-') => (-1, 4..=6, &text[1..]),
        _ => (1, 4..=4, text),
    };
    let number = |field: Option<&str>, digits: std::ops::RangeInclusive<usize>| {
        let field = field.filter(|field| digits.contains(&field.len()) && field.bytes().all(|b| b.is_ascii_digit()));
        field.and_then(|field| field.parse::<u32>().ok()).ok_or_else(|| format!("{} is not a date", Quoted(text)))
    };
    let mut fields = unsigned.split('-');
    let year = sign * number(fields.next(), digits)? as i32;
    let month = number(fields.next(), 1..=2)?;
    let day = number(fields.next(), 1..=2)?;
    if fields.next().is_some() {
        return Err(format!("{} is not a date", Quoted(text)));
    }
    NaiveDate::from_ymd_opt(year, month, day).ok_or_else(|| format!("no calendar has the date {}", Quoted(text)))
}
