//! A sentence as plain data: it can be drawn at random, registered with a scheduler, and printed in a failure.

use std::fmt::{self, Write};

use chrono::{DateTime, NaiveDateTime, NaiveTime, TimeDelta, Timelike, Utc};
use chrono_tz::Tz;
use punctual::{
    state::{Complete, Dates, Repeating, Single},
    Every, Job, Result, Scheduler, Weekday,
};

use super::zone::Zone;

/// The unit of an interval.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Unit {
    /// `millis`
    Millisecond,
    /// `seconds`
    Second,
    /// `minutes`
    Minute,
    /// `hours`
    Hour,
    /// `days`
    Day,
    /// `weeks`
    Week,
    /// `months`
    Month,
    /// `years`
    Year,
}

impl Unit {
    /// The length of a unit of elapsed time. Panics for days and longer units.
    pub fn length(self) -> TimeDelta {
        match self {
            Unit::Millisecond => TimeDelta::milliseconds(1),
            Unit::Second => TimeDelta::seconds(1),
            Unit::Minute => TimeDelta::minutes(1),
            Unit::Hour => TimeDelta::hours(1),
            _ => panic!("a {self:?} has no length of its own"),
        }
    }

    /// Whether the unit counts elapsed time: hours and shorter units.
    pub fn is_elapsed(self) -> bool {
        matches!(self, Unit::Millisecond | Unit::Second | Unit::Minute | Unit::Hour)
    }
}

/// The days of a sentence of days or longer units.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum On {
    /// The day of the registration.
    Unsaid,
    /// `on`, and the named weekdays.
    Weekdays(Vec<Weekday>),
    /// `on_day`
    Day(u32),
    /// `on_last_day`
    LastDay,
    /// `on_nth`
    Nth(u32, Weekday),
    /// `on_last`
    Last(Weekday),
    /// `on_date`: month and day.
    Date(u32, u32),
}

/// An argument of `starting`, `until` or `once`.
#[derive(Clone, Copy, Debug)]
pub enum Moment {
    /// An instant.
    Instant(DateTime<Utc>),
    /// A wall time.
    Wall(NaiveDateTime),
    /// A wall time as text, to the second.
    Text(NaiveDateTime),
    /// A distance from the time of the registration.
    FromNow(TimeDelta),
}

impl Moment {
    /// The instant that the moment resolves to, in `zone`, if it is registered at `now`.
    pub fn instant(self, zone: &Zone, now: DateTime<Utc>) -> DateTime<Utc> {
        match self {
            Moment::Instant(instant) => instant,
            Moment::Wall(wall) | Moment::Text(wall) => zone.instant(wall),
            Moment::FromNow(delta) => now + delta,
        }
    }

    /// Calls `until` with the moment.
    pub fn until<S: Complete>(self, every: Every<S>) -> Every<S> {
        match self {
            Moment::Instant(instant) => every.until(instant),
            Moment::Wall(wall) => every.until(wall),
            Moment::Text(wall) => every.until(wall.format(TEXT).to_string()),
            Moment::FromNow(delta) => every.until(delta),
        }
    }

    /// Calls `once` with the moment.
    pub fn once(self, scheduler: &Scheduler) -> Every<Single> {
        match self {
            Moment::Instant(instant) => scheduler.once(instant),
            Moment::Wall(wall) => scheduler.once(wall),
            Moment::Text(wall) => scheduler.once(wall.format(TEXT).to_string()),
            Moment::FromNow(delta) => scheduler.once(delta),
        }
    }
}

/// Completes a sentence: adds options that do not affect its slots, and a body.
pub trait End {
    /// Registers the job.
    fn end<S: Complete>(self, every: Every<S>) -> Result<Job>;
}

/// No more options, and a body that does nothing.
struct Plain;

impl End for Plain {
    fn end<S: Complete>(self, every: Every<S>) -> Result<Job> {
        every.run(|| {})
    }
}

/// A repeating sentence.
#[derive(Clone, Debug)]
pub struct Sentence {
    /// The number of units of one step.
    pub n: u32,
    /// The longest step, if its length is random; `n` is then the shortest.
    pub to: Option<u32>,
    /// The unit of `n`.
    pub unit: Unit,
    /// The days on which it runs.
    pub on: On,
    /// The times of `at`. For hours and minutes, only the part that is less than one of them counts.
    pub at: Vec<NaiveTime>,
    /// `starting`
    pub starting: Option<Moment>,
    /// `until`
    pub until: Option<Moment>,
    /// `between`
    pub between: Option<(NaiveTime, NaiveTime)>,
    /// `times`
    pub times: Option<usize>,
    /// `immediately`
    pub immediately: bool,
    /// Whether the sentence names its zone, or leaves it to the scheduler.
    pub says_zone: bool,
}

impl Sentence {
    /// A sentence of `n` units without options.
    pub fn every(n: u32, unit: Unit) -> Self {
        Sentence {
            n,
            to: None,
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

    /// Makes the length random, with `longest` as the upper bound.
    pub fn to(self, longest: u32) -> Self {
        Sentence { to: Some(longest), ..self }
    }

    /// Sets the days.
    pub fn on(self, on: On) -> Self {
        Sentence { on, ..self }
    }

    /// Adds a time.
    pub fn at(mut self, time: NaiveTime) -> Self {
        self.at.push(time);
        self
    }

    /// The possible lengths of a step, in units.
    pub fn lengths(&self) -> std::ops::RangeInclusive<u32> {
        self.n..=self.to.unwrap_or(self.n)
    }

    /// The length of `n` units of elapsed time.
    pub fn length(&self) -> TimeDelta {
        self.unit.length() * i32::try_from(self.n).unwrap()
    }

    /// Registers the sentence, with a body that does nothing.
    pub fn say(&self, scheduler: &Scheduler, zone: Tz) -> Result<Job> {
        self.say_and(scheduler, zone, Plain)
    }

    /// Registers the sentence, completed by `end`.
    pub fn say_and(&self, scheduler: &Scheduler, zone: Tz, end: impl End) -> Result<Job> {
        /// `to`, if it is said.
        macro_rules! ranged {
            ($every:expr) => {
                match self.to {
                    Some(longest) => $every.to(longest),
                    None => $every,
                }
            };
        }
        let (every, n) = (scheduler.every(), self.n);
        match (self.unit, &self.on) {
            (Unit::Millisecond, _) => self.end(ranged!(every.millis(n)), zone, end),
            (Unit::Second, _) if n == 1 => self.end(ranged!(every.second()), zone, end),
            // As a duration too, which is the same, unless it is random: to the nanosecond then.
            (Unit::Second, _) if n % 2 == 0 && self.to.is_none() => {
                self.end(every.duration(std::time::Duration::from_secs(n.into())), zone, end)
            }
            (Unit::Second, _) => self.end(ranged!(every.seconds(n)), zone, end),
            (Unit::Minute, _) => {
                let every = ranged!(if n == 1 { every.minute() } else { every.minutes(n) });
                let said = self.at.iter().fold(every, |every, at| every.at(second_of(*at)));
                self.end(said, zone, end)
            }
            (Unit::Hour, _) => {
                let every = ranged!(if n == 1 { every.hour() } else { every.hours(n) });
                let said = self.at.iter().fold(every, |every, at| every.at(minute_of(*at)));
                self.end(said, zone, end)
            }
            (Unit::Day, _) => {
                let every = ranged!(if n == 1 { every.day() } else { every.days(n) });
                let said = self.at.iter().fold(every, |every, at| every.at(*at));
                self.end(said, zone, end)
            }
            (Unit::Week, On::Weekdays(days)) if self.to.is_none() => self.dates(on_weekdays(every, n, days), zone, end),
            (Unit::Week, On::Weekdays(days)) => self.dates(ranged!(every.weeks(n)).on(&days[..]), zone, end),
            (Unit::Week, _) => self.end(ranged!(every.weeks(n)), zone, end),
            (Unit::Month, on) => {
                let every = ranged!(every.months(n));
                match *on {
                    On::Day(day) => self.dates(every.on_day(day), zone, end),
                    On::LastDay => self.dates(every.on_last_day(), zone, end),
                    On::Nth(nth, weekday) => self.dates(every.on_nth(nth, weekday), zone, end),
                    On::Last(weekday) => self.dates(every.on_last(weekday), zone, end),
                    _ => self.end(every, zone, end),
                }
            }
            (Unit::Year, On::Date(month, day)) => self.dates(ranged!(every.years(n)).on_date(*month, *day), zone, end),
            (Unit::Year, _) => self.end(ranged!(every.years(n)), zone, end),
        }
    }

    fn dates(&self, every: Every<Dates>, zone: Tz, end: impl End) -> Result<Job> {
        let said = self.at.iter().fold(every, |every, at| match at.second() {
            0 => every.at(at.format("%-H:%M").to_string()),
            _ => every.at(at.format("%H:%M:%S").to_string()),
        });
        self.end(said, zone, end)
    }

    fn end<S: Repeating>(&self, mut every: Every<S>, zone: Tz, end: impl End) -> Result<Job> {
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
        if let Some(moment) = self.until {
            every = moment.until(every);
        }
        if let Some(times) = self.times {
            every = every.times(times);
        }
        if self.immediately {
            every = every.immediately();
        }
        end.end(every)
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
        if let Some(longest) = self.to {
            write!(f, ".to({longest})")?;
        }
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
