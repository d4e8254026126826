//! Moments, as `until`, `starting` and `once` take them.

use std::{
    fmt,
    time::{Duration, SystemTime},
};

use chrono::{DateTime, Datelike, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta, TimeZone, Utc};

use super::time::time_of_day;
use crate::{
    error::{Error, Result},
    timestamp::Timestamp,
    trigger::LAST_YEAR,
    zone::Zone,
};

/// A moment that has not yet been placed on the time line: that takes the job's zone, and now.
///
/// ```
/// use punctual::IntoWhen;
/// assert_eq!("2030-01-01 18:30".into_when().to_string(), "2030-01-01 18:30");
/// ```
///
/// Two are equal when they say the same in the same way.
///
/// ```
/// use punctual::{chrono::NaiveTime, IntoWhen};
/// assert_eq!("18:30".into_when(), "18:30".into_when());
/// assert_ne!("18:30".into_when(), NaiveTime::from_hms_opt(18, 30, 0).unwrap().into_when());
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct When(Kind);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Kind {
    Instant(DateTime<Utc>),
    Wall(NaiveDateTime),
    /// Today.
    Time(NaiveTime),
    /// From now.
    In(TimeDelta),
    /// Also from now, but longer than chrono can hold.
    Beyond(Duration),
    Text(String),
}

/// What `until`, `starting` and `once` take.
///
/// This trait is sealed: it is implemented in this crate alone.
///
/// | given | read as |
/// | --- | --- |
/// | `DateTime<Tz>` of any zone, `std::time::SystemTime` | that instant |
/// | `NaiveDateTime` | that wall time in the job's zone |
/// | `NaiveTime` | that time today in the job's zone |
/// | `chrono::TimeDelta`, `std::time::Duration` | so long from now |
/// | `"2030-01-01 18:30:00"`, `"2030-01-01 18:30"`, `"2030-01-01"` | that wall time, or midnight, in the job's zone |
/// | `"23:59:59"`, `"23:59"` | that time today in the job's zone |
///
/// ```
/// use std::time::Duration;
/// # use chrono::{TimeZone, Utc};
/// # use punctual::{ManualClock, Scheduler};
/// # let clock = ManualClock::new(Utc.with_ymd_and_hms(2024, 1, 10, 12, 0, 0).unwrap());
/// # let scheduler = Scheduler::with_clock(clock.clone());
/// let by_text = scheduler.every().hour().tz(Utc).until("2024-01-10 18:30").run(|| {})?;
/// let by_length = scheduler.every().hour().until(Duration::from_secs(2 * 3600)).run(|| {})?;
/// let error = scheduler.every().hour().until("soon").run(|| {}).unwrap_err();
/// assert!(error.to_string().starts_with("invalid moment \"soon\" for until: "));
/// # Ok::<(), punctual::Error>(())
/// ```
pub trait IntoWhen: sealed::Sealed {
    /// The moment that this stands for.
    ///
    /// ```
    /// use punctual::IntoWhen;
    /// assert_eq!(std::time::Duration::from_secs(5).into_when().to_string(), "in 5s");
    /// ```
    fn into_when(self) -> When;
}

mod sealed {
    use std::time::{Duration, SystemTime};

    use chrono::{DateTime, NaiveDateTime, NaiveTime, TimeDelta, TimeZone};

    pub trait Sealed {}

    impl Sealed for super::When {}
    impl<Tz: TimeZone> Sealed for DateTime<Tz> {}
    impl Sealed for SystemTime {}
    impl Sealed for NaiveDateTime {}
    impl Sealed for NaiveTime {}
    impl Sealed for TimeDelta {}
    impl Sealed for Duration {}
    impl Sealed for &str {}
    impl Sealed for &String {}
    impl Sealed for String {}
}

impl When {
    /// Places the moment on the time line. `of_what` names in an error what it was meant for.
    pub(crate) fn resolve(&self, now: Timestamp, zone: Zone, of_what: &str) -> Result<Timestamp> {
        let today = zone.wall(now).date();
        let beyond = || self.outside_calendar(of_what);
        let wall = match &self.0 {
            Kind::Instant(instant) => return Ok((*instant).into()),
            Kind::In(delta) => return Some(now + *delta).filter(Timestamp::is_of_chrono).ok_or_else(beyond),
            Kind::Beyond(_) => return Err(beyond()),
            Kind::Wall(wall) => *wall,
            Kind::Time(time) => today.and_time(*time),
            Kind::Text(text) => read(text, today).map_err(|why| unreadable(text, of_what, &why))?,
        };
        Ok(zone.resolve(wall.into()))
    }

    /// [`resolve`](When::resolve), for a moment at which something is to run.
    pub(crate) fn resolve_slot(&self, now: Timestamp, zone: Zone, of_what: &str) -> Result<Timestamp> {
        self.resolve(now, zone, of_what)?.within_calendar().ok_or_else(|| self.outside_calendar(of_what))
    }

    fn outside_calendar(&self, of_what: &str) -> Error {
        let first = NaiveDate::MIN.year();
        let expected = format!("expected one in the years {first} to {LAST_YEAR}");
        Error::moment(format!("invalid moment \"{self}\" for {of_what}: it lies outside the calendar ({expected})"))
    }

    /// Whether this can be read at all, which takes neither zone nor clock.
    pub(crate) fn check(self, of_what: &str) -> Result<Self> {
        if let Kind::Text(text) = &self.0 {
            read(text, NaiveDate::default()).map_err(|why| unreadable(text, of_what, &why))?;
        }
        Ok(self)
    }
}

fn unreadable(text: &str, of_what: &str, why: &str) -> Error {
    Error::moment(format!("invalid moment {text:?} for {of_what}: {why} (expected {EXPECTED})"))
}

const EXPECTED: &str = "YYYY-MM-DD HH:MM:SS, YYYY-MM-DD HH:MM, YYYY-MM-DD, HH:MM:SS or HH:MM";

fn read(text: &str, today: NaiveDate) -> Result<NaiveDateTime, String> {
    if text.is_empty() {
        return Err("the text is empty".to_owned());
    }
    if !text.contains('-') {
        return Ok(today.and_time(time_of_day(text)?));
    }
    let (date, time) = match text.split_once(' ') {
        Some((date, time)) => (date, time_of_day(time)?),
        None => (text, NaiveTime::MIN),
    };
    Ok(read_date(date)?.and_time(time))
}

fn read_date(text: &str) -> Result<NaiveDate, String> {
    let number = |field: Option<&str>, digits: std::ops::RangeInclusive<usize>| {
        let field = field.filter(|field| digits.contains(&field.len()) && field.bytes().all(|b| b.is_ascii_digit()));
        field.and_then(|field| field.parse::<u16>().ok()).ok_or_else(|| format!("{text:?} is not a date"))
    };
    let mut fields = text.split('-');
    let year = number(fields.next(), 4..=4)?;
    let month = number(fields.next(), 1..=2)?;
    let day = number(fields.next(), 1..=2)?;
    if fields.next().is_some() {
        return Err(format!("{text:?} is not a date"));
    }
    NaiveDate::from_ymd_opt(year.into(), month.into(), day.into())
        .ok_or_else(|| format!("no calendar has the date {text:?}"))
}

impl fmt::Display for When {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Kind::Instant(instant) => fmt::Debug::fmt(instant, f),
            Kind::Wall(wall) => wall.fmt(f),
            Kind::Time(time) => time.fmt(f),
            Kind::In(delta) => match delta.to_std() {
                Ok(duration) => write!(f, "in {duration:?}"),
                Err(_) => write!(f, "{:?} ago", delta.abs().to_std().unwrap_or(Duration::MAX)),
            },
            Kind::Beyond(duration) => write!(f, "in {duration:?}"),
            Kind::Text(text) => f.write_str(text),
        }
    }
}

impl IntoWhen for When {
    fn into_when(self) -> When {
        self
    }
}

impl<Tz: TimeZone> IntoWhen for DateTime<Tz> {
    fn into_when(self) -> When {
        When(Kind::Instant(self.to_utc()))
    }
}

/// At the far ends of chrono's calendar it is the end.
impl IntoWhen for SystemTime {
    fn into_when(self) -> When {
        When(Kind::Instant(Timestamp::from(self).datetime()))
    }
}

impl IntoWhen for NaiveDateTime {
    fn into_when(self) -> When {
        When(Kind::Wall(self))
    }
}

impl IntoWhen for NaiveTime {
    fn into_when(self) -> When {
        When(Kind::Time(self))
    }
}

impl IntoWhen for TimeDelta {
    fn into_when(self) -> When {
        When(Kind::In(self))
    }
}

impl IntoWhen for Duration {
    fn into_when(self) -> When {
        When(TimeDelta::from_std(self).map_or(Kind::Beyond(self), Kind::In))
    }
}

impl IntoWhen for &str {
    fn into_when(self) -> When {
        When(Kind::Text(self.to_owned()))
    }
}

impl IntoWhen for &String {
    fn into_when(self) -> When {
        When(Kind::Text(self.clone()))
    }
}

impl IntoWhen for String {
    fn into_when(self) -> When {
        When(Kind::Text(self))
    }
}
