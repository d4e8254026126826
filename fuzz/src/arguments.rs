//! The arguments of a schedule, out of bytes: nonsense, and what comes close to sense.

use std::{fmt, time::Duration};

use arbitrary::Arbitrary;
use punctual::{
    chrono::{DateTime, NaiveDate, NaiveTime, TimeDelta, Utc, Weekday},
    chrono_tz::{Tz, TZ_VARIANTS},
    IntoWhen, IntoZone, Result, When, Zone,
};

use crate::texts;

/// A text, for `at`, `between`, `tz` and moments.
#[derive(Arbitrary, Clone, Debug)]
pub enum Text<'a> {
    Any(&'a str),
    Time(u8, u8),
    Seconds(u8, u8, u8),
    /// `:MM` or `:SS`.
    Mark(u8),
    /// `MM:SS`.
    Marks(u8, u8),
    Date(u16, u8, u8),
    Moment(u16, u8, u8, u8, u8),
    /// The text before.
    Again,
}

impl fmt::Display for Text<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Half of the numbers are round, so that times meet; some of the others are out of range.
        let hour = |n: u8| if n < 128 { n % 32 } else { 12 };
        let sixty = |n: u8| if n < 128 { n % 80 } else { n % 2 * 30 };
        let date =
            |year: u16, month: u8, day: u8| format!("{:04}-{:02}-{:02}", 1950 + year % 200, month % 16, day % 40);
        match *self {
            Text::Any(text) => f.write_str(text),
            Text::Again => f.write_str("again"),
            Text::Time(h, m) => write!(f, "{:02}:{:02}", hour(h), sixty(m)),
            Text::Seconds(h, m, s) => write!(f, "{:02}:{:02}:{:02}", hour(h), sixty(m), sixty(s)),
            Text::Mark(m) => write!(f, ":{:02}", sixty(m)),
            Text::Marks(m, s) => write!(f, "{:02}:{:02}", sixty(m), sixty(s)),
            Text::Date(y, m, d) => f.write_str(&date(y, m, d)),
            Text::Moment(y, mo, d, h, mi) => write!(f, "{} {:02}:{:02}", date(y, mo, d), hour(h), sixty(mi)),
        }
    }
}

/// A number, small or not.
#[derive(Arbitrary, Clone, Copy, Debug)]
pub enum Number {
    Small(u8),
    Any(i64),
}

impl Number {
    pub fn get(self) -> i64 {
        match self {
            Number::Small(n) => n.into(),
            Number::Any(n) => n,
        }
    }
}

#[derive(Arbitrary, Clone, Copy, Debug)]
pub enum Length {
    Seconds(u16),
    Millis(u32),
    Any(u64, u32),
}

impl Length {
    pub fn get(self) -> Duration {
        match self {
            Length::Seconds(n) => Duration::from_secs(n.into()),
            Length::Millis(n) => Duration::from_millis(n.into()),
            // Whole seconds that the nanoseconds make could be too many.
            Length::Any(seconds, nanos) => Duration::new(seconds, nanos % 1_000_000_000),
        }
    }
}

/// What `starting`, `until` and `once` take.
#[derive(Arbitrary, Clone, Debug)]
pub enum Moment<'a> {
    Text(Text<'a>),
    Instant(i64, u32),
    Wall(i64, u32),
    Time(u32, u32),
    FromNow(i64),
    Seconds(i32),
    In(Length),
}

fn instant(seconds: i64, nanos: u32) -> DateTime<Utc> {
    let (first, last) = (DateTime::<Utc>::MIN_UTC.timestamp(), DateTime::<Utc>::MAX_UTC.timestamp());
    DateTime::from_timestamp(seconds.clamp(first, last), nanos % 1_000_000_000).unwrap()
}

impl Moment<'_> {
    /// The argument.
    pub fn when(&self) -> When {
        match self {
            Moment::Text(text) => text.to_string().into_when(),
            Moment::Instant(seconds, nanos) => instant(*seconds, *nanos).into_when(),
            Moment::Wall(seconds, nanos) => instant(*seconds, *nanos).naive_utc().into_when(),
            Moment::Time(seconds, nanos) => {
                // A clock that skips leap seconds never shows one, so none is asked for.
                let time = NaiveTime::from_num_seconds_from_midnight_opt(seconds % 86_400, nanos % 1_000_000_000);
                time.unwrap_or(NaiveTime::MIN).into_when()
            }
            Moment::FromNow(millis) => TimeDelta::milliseconds((*millis).max(-i64::MAX)).into_when(),
            Moment::Seconds(seconds) => TimeDelta::seconds((*seconds).into()).into_when(),
            Moment::In(length) => length.get().into_when(),
        }
    }

    /// Whether it can be read.
    pub fn is_right(&self) -> bool {
        match self {
            Moment::Text(text) => texts::moment(&text.to_string(), NaiveDate::MIN).is_some(),
            _ => true,
        }
    }
}

/// What `tz` takes.
#[derive(Arbitrary, Clone, Debug)]
pub enum Place<'a> {
    Text(Text<'a>),
    Named(u16),
    Offset(i16),
}

impl Place<'_> {
    fn named(n: u16) -> Tz {
        TZ_VARIANTS[usize::from(n) % TZ_VARIANTS.len()]
    }

    fn offset(minutes: i16) -> String {
        let sign = if minutes < 0 { '-' } else { '+' };
        let minutes = minutes.unsigned_abs() % (24 * 60);
        format!("{sign}{:02}:{:02}", minutes / 60, minutes % 60)
    }

    /// The argument, if it names a zone.
    pub fn zone(&self) -> Result<Zone> {
        match self {
            Place::Text(text) => text.to_string().into_zone(),
            Place::Named(n) => Self::named(*n).into_zone(),
            Place::Offset(minutes) => Self::offset(*minutes).into_zone(),
        }
    }

    pub fn is_right(&self) -> bool {
        match self {
            Place::Text(text) => texts::zone(&text.to_string()).is_some(),
            _ => true,
        }
    }
}

#[derive(Arbitrary, Clone, Copy, Debug)]
pub struct Day(u8);

impl Day {
    pub fn get(self) -> Weekday {
        Weekday::try_from(self.0 % 7).unwrap()
    }
}

/// When the job is registered.
#[derive(Arbitrary, Clone, Copy, Debug)]
pub enum Now {
    Today(u32),
    Any(i64, u32),
}

impl Now {
    pub fn get(self) -> DateTime<Utc> {
        match self {
            Now::Today(seconds) => instant(seconds.into(), 0),
            Now::Any(seconds, nanos) => instant(seconds, nanos),
        }
    }
}
