//! Moments.

use std::{
    fmt,
    time::{Duration, SystemTime},
};

use chrono::{
    DateTime, Datelike, FixedOffset, NaiveDate, NaiveDateTime, NaiveTime, Offset, TimeDelta, TimeZone, Timelike, Utc,
};

use super::moment_text::{read, read_with_offset};
use crate::{
    error::{Error, Result},
    text::{for_texts, Quoted},
    timestamp::Timestamp,
    trigger::LAST_YEAR,
    zone::{TimeOfDay, Zone},
};

/// A moment still to be resolved against the job's zone and the current time.
///
/// ```
/// use punctual::IntoWhen;
/// assert_eq!("2030-01-01 18:30".into_when().to_string(), "2030-01-01 18:30");
/// ```
///
/// Two are equal if they mean the same, however they are written.
///
/// ```
/// use punctual::{chrono::NaiveTime, IntoWhen};
/// assert_eq!("18:30".into_when(), NaiveTime::from_hms_opt(18, 30, 0).unwrap().into_when());
/// assert_eq!("2030-01-01 18:30 +02:00".into_when(), "2030-01-01T16:30:00Z".into_when());
/// assert_ne!("2030-01-01 18:30".into_when(), "2030-01-01 18:30 +00:00".into_when());
/// ```
#[derive(Clone, Debug)]
pub struct When(Kind);

impl PartialEq for When {
    fn eq(&self, other: &Self) -> bool {
        let (a, b) = match (&self.0, &other.0) {
            (Kind::Beyond(a), Kind::Beyond(b)) => return a == b,
            (Kind::Beyond(_), _) | (_, Kind::Beyond(_)) => return false,
            (Kind::Text(a), Kind::Text(b)) if a == b => return true,
            _ => (self.moment(), other.moment()),
        };
        matches!((a, b), (Ok(a), Ok(b)) if a == b)
    }
}

impl Eq for When {}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Kind {
    Instant(DateTime<Utc>),
    Wall(NaiveDateTime),
    Time(NaiveTime),
    In(TimeDelta),
    /// A length from now that exceeds a `TimeDelta`.
    Beyond(Duration),
    Text(String),
}

/// The parsed form of a [`When`].
///
/// ```
/// use punctual::{chrono::NaiveTime, IntoWhen, Moment};
/// assert_eq!("18:30".into_when().moment()?, Moment::Today(NaiveTime::from_hms_opt(18, 30, 0).unwrap()));
/// # Ok::<(), punctual::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Moment {
    /// That instant.
    At(DateTime<Utc>),
    /// The instant at which the job's zone shows that date and time.
    Wall(NaiveDateTime),
    /// That time on the current date of the job's zone.
    Today(NaiveTime),
    /// The midnight at the end of the current date of the job's zone: `"24:00"`.
    EndOfToday,
    /// That length from now; negative for one in the past.
    FromNow(TimeDelta),
}

/// A moment: what `until`, `starting`, `once` and `run_until` take.
///
/// | given | read as |
/// | --- | --- |
/// | `DateTime<Tz>` of any zone, `std::time::SystemTime` | that instant |
/// | `NaiveDateTime` | that wall time in the job's zone |
/// | `NaiveDate` | the midnight at the beginning of that date in the job's zone |
/// | `NaiveTime` | that time today in the job's zone |
/// | `chrono::TimeDelta`, `std::time::Duration` | that length from now |
/// | `"2030-01-01 18:30:00"`, `"2030-01-01 18:30"` | that wall time in the job's zone |
/// | `"2030-01-01"` | the midnight at the beginning of that date in the job's zone |
/// | `"2030-01-01T18:30:00Z"`, `"2030-01-01 18:30 +02:00"` | that instant: RFC 3339, or as `chrono` prints instants |
/// | `"23:59:59"`, `"23:59"`, `"24:00"` | that time today in the job's zone |
///
/// This trait is sealed.
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
    /// Converts into a [`When`]. Text is not parsed yet.
    ///
    /// ```
    /// use punctual::IntoWhen;
    /// assert_eq!(std::time::Duration::from_secs(5).into_when().to_string(), "in 5s");
    /// ```
    fn into_when(self) -> When;
}

mod sealed {
    use std::time::{Duration, SystemTime};

    use chrono::{DateTime, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta, TimeZone};

    pub trait Sealed {}

    impl Sealed for super::When {}
    impl<Tz: TimeZone> Sealed for DateTime<Tz> {}
    impl Sealed for SystemTime {}
    impl Sealed for NaiveDate {}
    impl Sealed for NaiveDateTime {}
    impl Sealed for NaiveTime {}
    impl Sealed for TimeDelta {}
    impl Sealed for Duration {}
    impl Sealed for &str {}
}

impl When {
    /// Parses the text, if it is text, and returns the moment.
    ///
    /// # Errors
    ///
    /// If it is text in none of the forms of [`IntoWhen`].
    ///
    /// ```
    /// use punctual::{chrono::TimeDelta, IntoWhen, Moment};
    /// let five = std::time::Duration::from_secs(5).into_when();
    /// assert_eq!(five.moment()?, Moment::FromNow(TimeDelta::seconds(5)));
    /// assert!("soon".into_when().moment().is_err());
    /// # Ok::<(), punctual::Error>(())
    /// ```
    pub fn moment(&self) -> Result<Moment> {
        Ok(match &self.0 {
            Kind::Instant(instant) => Moment::At(*instant),
            Kind::Wall(wall) => Moment::Wall(*wall),
            Kind::Time(time) => Moment::Today(*time),
            Kind::In(delta) => Moment::FromNow(*delta),
            Kind::Beyond(_) => Moment::FromNow(TimeDelta::MAX),
            Kind::Text(text) => read(text).map_err(|why| unreadable(text, "a moment", &why))?,
        })
    }

    /// Resolves the moment to an instant. `of_what` is the name of the option in errors.
    pub(crate) fn resolve(&self, now: Timestamp, zone: Zone, of_what: &str) -> Result<Timestamp> {
        // The date in the job's zone: at 23:30 UTC on the 10th it is the 11th in Tokyo.
        let today = zone.wall(now).date();
        let beyond = || self.outside_calendar(of_what);
        let wall = match &self.0 {
            Kind::Instant(instant) => return Ok((*instant).into()),
            Kind::In(delta) => return Some(now + *delta).filter(Timestamp::is_of_chrono).ok_or_else(beyond),
            Kind::Beyond(_) => return Err(beyond()),
            Kind::Wall(wall) => *wall,
            Kind::Time(time) => today.and_time(*time),
            Kind::Text(text) => match read(text).map_err(|why| unreadable(text, of_what, &why))? {
                Moment::Today(time) => today.and_time(time),
                Moment::EndOfToday => today.succ_opt().ok_or_else(beyond)?.and_time(NaiveTime::MIN),
                Moment::Wall(wall) => wall,
                Moment::At(instant) => return Ok(instant.into()),
                Moment::FromNow(_) => return Err(beyond()),
            },
        };
        Ok(zone.resolve(wall.into()))
    }

    /// Resolves the moment to an instant, which must be inside this crate's calendar.
    pub(crate) fn resolve_slot(&self, now: Timestamp, zone: Zone, of_what: &str) -> Result<Timestamp> {
        self.resolve(now, zone, of_what)?.within_calendar().ok_or_else(|| self.outside_calendar(of_what))
    }

    /// Whether this is a length of elapsed time, and not a moment of the wall clock.
    pub(crate) fn is_length(&self) -> bool {
        matches!(self.0, Kind::In(_) | Kind::Beyond(_))
    }

    /// Whether this is a length of elapsed time that is not negative.
    pub(super) fn is_length_ahead(&self) -> bool {
        match &self.0 {
            Kind::In(delta) => *delta >= TimeDelta::zero(),
            kind => matches!(kind, Kind::Beyond(_)),
        }
    }

    /// Shows the moment in its canonical form, a length after `before`.
    pub(super) fn canonical(&self, before: &'static str) -> impl fmt::Display + '_ {
        Canonical { when: self, before }
    }

    /// The error for a moment in the past, where `earliest` would be right. A time of day was perhaps meant for
    /// tomorrow.
    #[cold]
    pub(crate) fn in_the_past(&self, of_what: &str, now: Timestamp, earliest: Timestamp, zone: Zone) -> Error {
        let time = match &self.0 {
            Kind::Time(time) => Some(*time),
            Kind::Text(text) => read(text).ok().and_then(|moment| match moment {
                Moment::Today(time) => Some(time),
                _ => None,
            }),
            _ => None,
        };
        let tomorrow = time.and_then(|time| Some(zone.wall(now).date().succ_opt()?.and_time(time)));
        let tomorrow = tomorrow.map(|wall| format!(", such as \"{}\"", wall.format("%Y-%m-%d %H:%M:%S")));
        let (earliest, tomorrow) = (zone.show(earliest), tomorrow.unwrap_or_default());
        Error::invalid(format!(
            "invalid moment \"{self}\" for {of_what}: it is in the past (expected {earliest} or later{tomorrow})"
        ))
    }

    fn outside_calendar(&self, of_what: &str) -> Error {
        let first = NaiveDate::MIN.year();
        let expected = format!("expected one in the years {first} to {LAST_YEAR}");
        Error::invalid(format!("invalid moment \"{self}\" for {of_what}: it lies outside the calendar ({expected})"))
    }

    /// Rejects text that cannot be parsed. Needs neither a zone nor a clock, so a mistake is found early.
    pub(crate) fn check(self, of_what: &str) -> Result<Self> {
        if let Kind::Text(text) = &self.0 {
            read(text).map_err(|why| unreadable(text, of_what, &why))?;
        }
        Ok(self)
    }
}

fn unreadable(text: &str, of_what: &str, why: &str) -> Error {
    Error::invalid(format!("invalid moment {} for {of_what}: {why} (expected {EXPECTED})", Quoted(text)))
}

const EXPECTED: &str =
    "YYYY-MM-DD HH:MM:SS, YYYY-MM-DD HH:MM, both with an offset or Z if needed, YYYY-MM-DD, HH:MM:SS or HH:MM";

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

/// The next second in place of a leap second.
fn without_leap(wall: NaiveDateTime) -> NaiveDateTime {
    let beyond = wall.nanosecond().checked_sub(1_000_000_000);
    let next = beyond.and_then(|nanos| wall.with_nanosecond(nanos)?.checked_add_signed(TimeDelta::seconds(1)));
    next.unwrap_or(wall)
}

struct Canonical<'a> {
    when: &'a When,
    before: &'static str,
}

impl fmt::Display for Canonical<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let at = |instant: DateTime<Utc>, offset: TimeDelta, f: &mut fmt::Formatter<'_>| {
            let fixed = FixedOffset::east_opt(offset.num_seconds() as i32).unwrap_or(Utc.fix());
            let wall = instant.naive_utc().checked_add_signed(offset).unwrap_or(instant.naive_utc());
            write!(f, "{wall} {fixed}")
        };
        let (moment, offset) = match &self.when.0 {
            Kind::In(delta) => {
                return match delta.to_std() {
                    Ok(length) => write!(f, "{} {length:?}", self.before),
                    Err(_) => self.when.fmt(f),
                }
            }
            Kind::Beyond(length) => return write!(f, "{} {length:?}", self.before),
            Kind::Instant(instant) => return at(*instant, TimeDelta::zero(), f),
            Kind::Text(text) => match read_with_offset(text) {
                Ok(read) => read,
                // Refused when it was given.
                Err(_) => return f.write_str(text),
            },
            Kind::Wall(wall) => (Moment::Wall(*wall), TimeDelta::zero()),
            Kind::Time(time) => (Moment::Today(*time), TimeDelta::zero()),
        };
        match moment {
            Moment::At(instant) => at(instant, offset, f),
            Moment::Wall(wall) if wall.time() == NaiveTime::MIN => wall.date().fmt(f),
            Moment::Wall(wall) => write!(f, "{} {}", wall.date(), TimeOfDay::from(wall.time())),
            Moment::Today(time) => TimeOfDay::from(time).fmt(f),
            Moment::EndOfToday => f.write_str("24:00"),
            Moment::FromNow(_) => self.when.fmt(f),
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
        When(Kind::Instant(without_leap(self.naive_utc()).and_utc()))
    }
}

/// Clamped to chrono's calendar.
impl IntoWhen for SystemTime {
    fn into_when(self) -> When {
        When(Kind::Instant(Timestamp::from(self).datetime()))
    }
}

impl IntoWhen for NaiveDate {
    fn into_when(self) -> When {
        self.and_time(NaiveTime::MIN).into_when()
    }
}

impl IntoWhen for NaiveDateTime {
    fn into_when(self) -> When {
        When(Kind::Wall(without_leap(self)))
    }
}

impl IntoWhen for NaiveTime {
    fn into_when(self) -> When {
        let day = NaiveDate::default();
        let wall = without_leap(day.and_time(self));
        // After the last second of the day, it is its end.
        When(if wall.date() == day { Kind::Time(wall.time()) } else { Kind::Text("24:00".to_owned()) })
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

for_texts!(IntoWhen, into_when -> When);
