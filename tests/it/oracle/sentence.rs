//! A sentence as plain data: what can be drawn at random, said to a scheduler, and printed when it is judged wrong.

use std::fmt::{self, Write};

use chrono::{DateTime, NaiveDateTime, NaiveTime, TimeDelta, Timelike, Utc};
use chrono_tz::Tz;
use punctual::{
    state::{Dates, Repeating},
    Every, Job, Result, Scheduler, Weekday,
};

use super::zone::Zone;

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Unit {
    Millisecond,
    Second,
    Minute,
    Hour,
    Day,
    Week,
    Month,
    Year,
}

impl Unit {
    /// How long a unit of elapsed time is.
    pub(super) fn length(self) -> TimeDelta {
        match self {
            Unit::Millisecond => TimeDelta::milliseconds(1),
            Unit::Second => TimeDelta::seconds(1),
            Unit::Minute => TimeDelta::minutes(1),
            Unit::Hour => TimeDelta::hours(1),
            _ => panic!("a {self:?} has no length of its own"),
        }
    }

    pub(super) fn is_elapsed(self) -> bool {
        matches!(self, Unit::Millisecond | Unit::Second | Unit::Minute | Unit::Hour)
    }
}

#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum On {
    /// The days of the registration.
    Unsaid,
    Weekdays(Vec<Weekday>),
    Day(u32),
    LastDay,
    Nth(u32, Weekday),
    Last(Weekday),
    Date(u32, u32),
}

/// What `starting` and `until` are given.
#[derive(Clone, Copy, Debug)]
pub(super) enum Moment {
    Instant(DateTime<Utc>),
    Wall(NaiveDateTime),
    /// To the second, as text.
    Text(NaiveDateTime),
    FromNow(TimeDelta),
}

impl Moment {
    pub(super) fn instant(self, zone: &Zone, now: DateTime<Utc>) -> DateTime<Utc> {
        match self {
            Moment::Instant(instant) => instant,
            Moment::Wall(wall) | Moment::Text(wall) => zone.instant(wall),
            Moment::FromNow(delta) => now + delta,
        }
    }
}

#[derive(Clone, Debug)]
pub(super) struct Sentence {
    pub(super) n: u32,
    pub(super) unit: Unit,
    pub(super) on: On,
    /// Of hours and minutes, only what is less than one.
    pub(super) at: Vec<NaiveTime>,
    pub(super) starting: Option<Moment>,
    pub(super) until: Option<Moment>,
    pub(super) between: Option<(NaiveTime, NaiveTime)>,
    pub(super) times: Option<usize>,
    pub(super) immediately: bool,
    /// Whether the zone is said in the sentence, or left to the scheduler.
    pub(super) says_zone: bool,
}

impl Sentence {
    pub(super) fn every(n: u32, unit: Unit) -> Self {
        Sentence {
            n,
            unit,
            on: On::Unsaid,
            at: Vec::new(),
            starting: None,
            until: None,
            between: None,
            times: None,
            immediately: false,
            says_zone: true,
        }
    }

    pub(super) fn on(self, on: On) -> Self {
        Sentence { on, ..self }
    }

    pub(super) fn at(mut self, time: NaiveTime) -> Self {
        self.at.push(time);
        self
    }

    pub(super) fn say(&self, scheduler: &Scheduler, zone: Tz) -> Result<Job> {
        let (every, n) = (scheduler.every(), self.n);
        match (self.unit, &self.on) {
            (Unit::Millisecond, _) => self.end(every.millis(n), zone),
            (Unit::Second, _) if n == 1 => self.end(every.second(), zone),
            // As a duration too, which is the same.
            (Unit::Second, _) if n % 2 == 0 => self.end(every.duration(std::time::Duration::from_secs(n.into())), zone),
            (Unit::Second, _) => self.end(every.seconds(n), zone),
            (Unit::Minute, _) => {
                let every = if n == 1 { every.minute() } else { every.minutes(n) };
                let said = self.at.iter().fold(every, |every, at| every.at(second_of(*at)));
                self.end(said, zone)
            }
            (Unit::Hour, _) => {
                let every = if n == 1 { every.hour() } else { every.hours(n) };
                let said = self.at.iter().fold(every, |every, at| every.at(minute_of(*at)));
                self.end(said, zone)
            }
            (Unit::Day, _) => {
                let every = if n == 1 { every.day() } else { every.days(n) };
                let said = self.at.iter().fold(every, |every, at| every.at(*at));
                self.end(said, zone)
            }
            (Unit::Week, On::Weekdays(days)) => self.dates(on_weekdays(every, n, days), zone),
            (Unit::Week, _) => self.end(every.weeks(n), zone),
            (Unit::Month, on) => {
                let every = every.months(n);
                match *on {
                    On::Day(day) => self.dates(every.on_day(day), zone),
                    On::LastDay => self.dates(every.on_last_day(), zone),
                    On::Nth(nth, weekday) => self.dates(every.on_nth(nth, weekday), zone),
                    On::Last(weekday) => self.dates(every.on_last(weekday), zone),
                    _ => self.end(every, zone),
                }
            }
            (Unit::Year, On::Date(month, day)) => self.dates(every.years(n).on_date(*month, *day), zone),
            (Unit::Year, _) => self.end(every.years(n), zone),
        }
    }

    fn dates(&self, every: Every<Dates>, zone: Tz) -> Result<Job> {
        let said = self.at.iter().fold(every, |every, at| match at.second() {
            0 => every.at(at.format("%-H:%M").to_string()),
            _ => every.at(at.format("%H:%M:%S").to_string()),
        });
        self.end(said, zone)
    }

    fn end<S: Repeating>(&self, mut every: Every<S>, zone: Tz) -> Result<Job> {
        if self.says_zone {
            every = every.tz(zone);
        }
        if let Some((open, close)) = self.between {
            every = every.between(open, close);
        }
        every = match self.starting {
            None => every,
            Some(Moment::Instant(instant)) => every.starting(instant),
            Some(Moment::Wall(wall)) => every.starting(wall),
            Some(Moment::Text(wall)) => every.starting(wall.format(TEXT).to_string()),
            Some(Moment::FromNow(delta)) => every.starting(delta),
        };
        every = match self.until {
            None => every,
            Some(Moment::Instant(instant)) => every.until(instant),
            Some(Moment::Wall(wall)) => every.until(wall),
            Some(Moment::Text(wall)) => every.until(wall.format(TEXT).to_string()),
            Some(Moment::FromNow(delta)) => every.until(delta),
        };
        if let Some(times) = self.times {
            every = every.times(times);
        }
        if self.immediately {
            every = every.immediately();
        }
        every.run(|| {})
    }
}

const TEXT: &str = "%Y-%m-%d %H:%M:%S";

fn second_of(at: NaiveTime) -> String {
    at.format(":%S").to_string()
}

fn minute_of(at: NaiveTime) -> String {
    at.format(if at.second() == 0 { ":%M" } else { "%M:%S" }).to_string()
}

fn on_weekdays(every: Every, n: u32, days: &[Weekday]) -> Every<Dates> {
    use Weekday::{Fri, Mon, Sat, Sun, Thu, Tue, Wed};
    match days {
        [Mon] if n == 1 => every.monday(),
        [Tue] if n == 1 => every.tuesday(),
        [Wed] if n == 1 => every.wednesday(),
        [Thu] if n == 1 => every.thursday(),
        [Fri] if n == 1 => every.friday(),
        [Sat] if n == 1 => every.saturday(),
        [Sun] if n == 1 => every.sunday(),
        [Mon, Tue, Wed, Thu, Fri] if n == 1 => every.weekday(),
        [Sat, Sun] if n == 1 => every.weekend(),
        _ => every.weeks(n).on(days),
    }
}

impl fmt::Display for Sentence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let unit = format!("{:?}", self.unit).to_lowercase();
        write!(f, "every().{unit}s({})", self.n)?;
        match &self.on {
            On::Unsaid => {}
            On::Weekdays(days) => write!(f, ".on({days:?})")?,
            On::Day(day) => write!(f, ".on_day({day})")?,
            On::LastDay => f.write_str(".on_last_day()")?,
            On::Nth(nth, weekday) => write!(f, ".on_nth({nth}, {weekday})")?,
            On::Last(weekday) => write!(f, ".on_last({weekday})")?,
            On::Date(month, day) => write!(f, ".on_date({month}, {day})")?,
        }
        for at in &self.at {
            match self.unit {
                Unit::Minute => write!(f, ".at({:?})", second_of(*at))?,
                Unit::Hour => write!(f, ".at({:?})", minute_of(*at))?,
                _ => write!(f, ".at({:?})", at.to_string())?,
            }
        }
        if let Some((open, close)) = self.between {
            write!(f, ".between({open}, {close})")?;
        }
        if let Some(moment) = self.starting {
            write!(f, ".starting({moment:?})")?;
        }
        if let Some(moment) = self.until {
            write!(f, ".until({moment:?})")?;
        }
        if let Some(times) = self.times {
            write!(f, ".times({times})")?;
        }
        if self.immediately {
            f.write_str(".immediately()")?;
        }
        f.write_char(';')
    }
}
