//! Schedules and moments drawn at random, near the places where the clocks are set.

use std::ops::RangeInclusive;

use chrono::{DateTime, Datelike, Days, NaiveDate, NaiveTime, TimeDelta, Timelike, Utc, Weekday};
use chrono_tz::{America::New_York, Australia::Lord_Howe, Europe::Berlin, Tz};
use fastrand::Rng;
use punctual::{IntoWhen, Result, Schedule, Unit, When};

use super::{
    line::length,
    zone::{truncated, Zone},
};

/// The source of the choices of a [`Draw`].
pub trait Choose {
    /// A number from 0 to `last`, inclusive; 0 is the simplest choice.
    fn choose(&mut self, last: u64) -> u64;
}

impl<C: Choose> Choose for &mut C {
    fn choose(&mut self, last: u64) -> u64 {
        (**self).choose(last)
    }
}

impl Choose for Rng {
    fn choose(&mut self, last: u64) -> u64 {
        self.u64(0..=last)
    }
}

/// Draws schedules and instants at random.
#[derive(Debug)]
pub struct Draw<'a, C = Rng> {
    choices: C,
    zone: &'a Zone,
    /// In which the moments lie.
    years: RangeInclusive<i32>,
}

const YEARS: RangeInclusive<i32> = 1970..=2036;

/// The zones of alternatives that name one.
const ELSEWHERE: [Tz; 4] = [chrono_tz::UTC, Berlin, Lord_Howe, New_York];

const WEEKDAYS: [Weekday; 7] =
    [Weekday::Mon, Weekday::Tue, Weekday::Wed, Weekday::Thu, Weekday::Fri, Weekday::Sat, Weekday::Sun];

impl<'a> Draw<'a> {
    /// Draws for `zone` from a generator with this seed.
    pub fn new(zone: &'a Zone, seed: u64) -> Self {
        Draw::from(zone, Rng::with_seed(seed))
    }
}

impl<'a, C: Choose> Draw<'a, C> {
    /// Draws for `zone` from the given choices.
    pub fn from(zone: &'a Zone, choices: C) -> Self {
        Draw { choices, zone, years: YEARS }
    }

    /// Draws moments of other years than those of today's programs.
    pub fn in_years(self, years: RangeInclusive<i32>) -> Self {
        Draw { years, ..self }
    }

    /// A number within `range`; its start is the simplest choice.
    pub fn within<T: TryInto<i64> + TryFrom<i64>>(&mut self, range: RangeInclusive<T>) -> T {
        let (low, high) = range.into_inner();
        let (low, high) = (low.try_into().ok().unwrap(), high.try_into().ok().unwrap());
        let chosen = self.choices.choose(u64::try_from(high - low).unwrap());
        T::try_from(low + i64::try_from(chosen).unwrap()).ok().unwrap()
    }

    /// True once in `n` times.
    pub fn one_in(&mut self, n: u32) -> bool {
        self.within(1..=n) == n
    }

    /// One of the given values.
    pub fn one_of<T: Copy>(&mut self, choices: &[T]) -> T {
        choices[self.within(0..=choices.len() - 1)]
    }

    /// An instant, mostly near a change of the clocks, else near the end of a month.
    pub fn now(&mut self) -> DateTime<Utc> {
        let changes = self.zone.changes.iter().map(|change| change.at);
        let changes: Vec<_> = changes.filter(|at| self.years.contains(&at.year())).collect();
        let around = if changes.is_empty() || self.one_in(6) {
            let (year, month) = (self.within(self.years.clone()), self.one_of(&[1, 2, 3, 3, 3, 5, 12]));
            let first = NaiveDate::from_ymd_opt(year, month, 1).unwrap() - Days::new(1);
            first.and_time(NaiveTime::MIN).and_utc()
        } else {
            self.one_of(&changes)
        };
        around + self.distance()
    }

    /// A length of time, of either sign, from nothing to forty days.
    pub fn distance(&mut self) -> TimeDelta {
        let sign = self.one_of(&[-1, 1]);
        let distance = match self.within(0..=8) {
            0 => TimeDelta::zero(),
            1 => TimeDelta::nanoseconds(1),
            2 => TimeDelta::seconds(1),
            3 | 4 => TimeDelta::minutes(15 * self.within(0..=12)),
            5 => TimeDelta::minutes(self.within(0..=200)),
            6 => TimeDelta::seconds(self.within(0..=2 * 86_400)),
            7 => TimeDelta::milliseconds(self.within(0..=2 * 86_400_000)),
            _ => TimeDelta::minutes(self.within(0..=40 * 24 * 60)),
        };
        distance * sign
    }

    /// Mostly one that is skipped or repeated near `now`, or nearly so.
    fn time_of_day(&mut self, now: DateTime<Utc>) -> NaiveTime {
        let near = self.zone.changes.iter().min_by_key(|change| (change.at - now).abs()).copied();
        match (near, self.within(0..=7)) {
            (_, 0) => NaiveTime::MIN,
            (_, 1) => NaiveTime::from_hms_opt(23, 59, 59).unwrap(),
            (Some(change), 2..=6) => {
                let wall = change.wall_before().min(change.wall_after());
                let between = change.forward().num_minutes().abs().min(180);
                let wall = wall + TimeDelta::minutes(self.within(-30..=between + 30));
                let seconds = self.one_of(&[0, 0, 0, 15]);
                let minutes = self.one_of(&[1, 5, 15]);
                let time = truncated(wall, TimeDelta::minutes(minutes)).time();
                time + TimeDelta::seconds(seconds)
            }
            _ => {
                let minutes = self.within(0..=24 * 60 - 1);
                NaiveTime::MIN + TimeDelta::minutes(minutes)
            }
        }
    }

    fn weekday(&mut self) -> Weekday {
        self.one_of(&WEEKDAYS)
    }

    /// A schedule that repeats, of fixed lengths, to register at `now`.
    pub fn schedule(&mut self, now: DateTime<Utc>) -> Schedule {
        self.repeating(now, false).expect("what is drawn makes sense")
    }

    /// A schedule that repeats, the lengths of which may be random.
    pub fn schedule_or_random(&mut self, now: DateTime<Utc>) -> Schedule {
        self.repeating(now, true).expect("what is drawn makes sense")
    }

    fn repeating(&mut self, now: DateTime<Utc>, may_be_random: bool) -> Result<Schedule> {
        let mut schedule = self.line(now, may_be_random)?;
        if !self.one_in(4) {
            schedule = schedule.tz(self.zone.tz)?;
        }
        if self.one_in(8) {
            for _ in 0..self.one_of(&[1, 1, 2]) {
                schedule = schedule.or(self.alternative(now, may_be_random)?)?;
            }
        }
        if self.one_in(12) {
            schedule = schedule.times(self.within(1..=4))?;
        }
        let parts = schedule.parts();
        if self.one_in(12) {
            schedule = schedule.until(self.moment(now))?;
        } else if parts.starting.is_none() && self.one_in(20) {
            schedule = schedule.immediately()?;
        }
        Ok(schedule)
    }

    fn alternative(&mut self, now: DateTime<Utc>, may_be_random: bool) -> Result<Schedule> {
        if self.one_in(4) {
            let zone = Zone::of(self.one_of(&ELSEWHERE));
            return Draw::from(zone, &mut self.choices).line(now, may_be_random)?.tz(zone.tz);
        }
        self.line(now, may_be_random)
    }

    /// A schedule with all that an alternative may have, but for its zone.
    fn line(&mut self, now: DateTime<Utc>, may_be_random: bool) -> Result<Schedule> {
        let unit = self.unit();
        let n = self.count(unit);
        let are_days_named = matches!(unit, Unit::Week | Unit::Month | Unit::Year) && !self.one_in(4);
        // Which day a shorter month hides is known from the first length alone.
        let is_hidden = matches!(unit, Unit::Month | Unit::Year) && !are_days_named;
        let is_random = may_be_random && !is_hidden && self.one_in(6);
        let mut schedule = match unit {
            // As a duration too, which is the same, unless it is random: to the nanosecond then.
            Unit::Second if n % 2 == 0 && !is_random => Schedule::interval(std::time::Duration::from_secs(n))?,
            _ => Schedule::every(n, unit)?,
        };
        if is_random {
            schedule = schedule.to(n + self.within(1..=3_u64))?;
        }
        if are_days_named {
            schedule = self.with_days(schedule, unit)?;
        }
        if (are_days_named || matches!(unit, Unit::Minute | Unit::Hour | Unit::Day)) && !self.one_in(4) {
            for _ in 0..self.one_of(&[1, 1, 1, 2, 3]) {
                schedule = self.with_time(schedule, unit, now)?;
            }
        }
        if self.one_in(4) {
            schedule = schedule.starting(self.moment(now))?;
        }
        if self.one_in(12) {
            if let Some((open, close)) = self.window(now, &schedule, unit) {
                schedule = schedule.between(open, close)?;
            }
        }
        Ok(schedule)
    }

    fn unit(&mut self) -> Unit {
        match self.within(0..=19) {
            0 => Unit::Millisecond,
            1 => Unit::Second,
            2..=3 => Unit::Minute,
            4..=8 => Unit::Hour,
            9..=13 => Unit::Day,
            14..=16 => Unit::Week,
            17..=18 => Unit::Month,
            _ => Unit::Year,
        }
    }

    fn count(&mut self, unit: Unit) -> u64 {
        match unit {
            Unit::Nanosecond | Unit::Millisecond => self.one_of(&[250, 60_001, 86_400_000]),
            Unit::Second => self.one_of(&[90, 301, 1799, 3600, 5401, 86_400]),
            _ if self.one_in(2) => 1,
            Unit::Minute => self.one_of(&[2, 7, 15, 20, 45, 60, 90]),
            Unit::Hour => self.one_of(&[2, 3, 5, 12, 24, 25]),
            Unit::Day => self.one_of(&[2, 3, 7, 10]),
            Unit::Week => self.one_of(&[2, 3, 4]),
            Unit::Month => self.one_of(&[2, 3, 6, 7, 12]),
            Unit::Year => self.one_of(&[2, 3, 4]),
        }
    }

    fn with_days(&mut self, schedule: Schedule, unit: Unit) -> Result<Schedule> {
        match (unit, self.within(0..=4)) {
            (Unit::Week, 0) => schedule.on(&WEEKDAYS[..5]),
            (Unit::Week, 1) => schedule.on(&WEEKDAYS[5..]),
            (Unit::Week, 2) => {
                let bits = self.within(1..=127);
                let chosen = (0..7).filter(|day| bits >> day & 1 == 1);
                schedule.on(chosen.map(|day| WEEKDAYS[day]).collect::<Vec<_>>())
            }
            (Unit::Week, _) => schedule.on(self.weekday()),
            (Unit::Month, 0 | 1) => schedule.on_day(self.one_of(&[1, 2, 15, 28, 29, 30, 31])),
            (Unit::Month, 2) => schedule.on_last_day(),
            (Unit::Month, 3) => {
                let nth: u8 = self.within(1..=5);
                schedule.on_nth(nth, self.weekday())
            }
            (Unit::Month, _) => schedule.on_last(self.weekday()),
            _ => {
                let dates = [(2, 29), (12, 31), (12, 30), (1, 1), (2, 28), (3, 31), (10, 26)];
                let (month, day) = self.one_of(&dates);
                schedule.on_date(month, day)
            }
        }
    }

    /// The schedule with another time, of the form that the unit takes.
    fn with_time(&mut self, schedule: Schedule, unit: Unit, now: DateTime<Utc>) -> Result<Schedule> {
        match unit {
            Unit::Minute => schedule.at(format!(":{:02}", self.one_of(&[0, 1, 15, 30, 45, 59]))),
            Unit::Hour => {
                let minute = self.one_of(&[0, 1, 14, 15, 29, 30, 31, 44, 45, 59]);
                match self.one_of(&[0, 0, 0, 15, 59]) {
                    0 => schedule.at(format!(":{minute:02}")),
                    second => schedule.at(format!("{minute:02}:{second:02}")),
                }
            }
            _ => {
                let time = self.time_of_day(now);
                match (self.within(0..=2), time.second()) {
                    (0, _) => schedule.at(time),
                    (1, 0) => schedule.at(time.format("%-H:%M").to_string()),
                    _ => schedule.at(time.format("%H:%M:%S").to_string()),
                }
            }
        }
    }

    /// A moment to give to `starting`, `until` or `once`, mostly near `now`.
    pub fn moment(&mut self, now: DateTime<Utc>) -> When {
        let instant = match self.within(0..=5) {
            0 => now,
            1 => now - self.distance().abs(),
            2 => self.now(),
            _ => now + self.distance().abs(),
        };
        let whole = DateTime::from_timestamp(instant.timestamp(), 0).unwrap();
        let mut wall = self.zone.wall(whole);
        if self.one_in(3) {
            wall = wall.date().and_time(self.time_of_day(instant));
        }
        match self.within(0..=4) {
            0 => (instant - now).into_when(),
            1 => wall.into_when(),
            2 => self.zone.wall(instant).into_when(),
            3 => wall.format("%Y-%m-%d %H:%M:%S").to_string().into_when(),
            _ => instant.into_when(),
        }
    }

    /// Mostly one in which the schedule has slots on most days.
    fn window(&mut self, now: DateTime<Utc>, of: &Schedule, unit: Unit) -> Option<(NaiveTime, NaiveTime)> {
        let is_elapsed = length(unit).is_some();
        let mut open = self.time_of_day(now);
        if !is_elapsed && !self.one_in(4) {
            let at = of.parts().at.first().copied().unwrap_or(self.zone.wall(now).time());
            let at = truncated(now.date_naive().and_time(at), TimeDelta::minutes(1));
            open = at.time() - TimeDelta::minutes(self.one_of(&[0, 0, 15, 45]));
        }
        let close = match self.within(0..=2) {
            0 => self.time_of_day(now),
            1 if !is_elapsed => open + TimeDelta::minutes(15),
            _ => open + TimeDelta::hours(8),
        };
        let whole = |time| truncated(now.date_naive().and_time(time), TimeDelta::seconds(15)).time();
        let (open, close) = (whole(open), whole(close));
        let is_long = (close - open).num_minutes() > 0 || close < open && close > NaiveTime::MIN;
        is_long.then_some((open, close))
    }

    /// How long after its slot a run is polled, if `after` is the next slot.
    pub fn lateness(&mut self, slot: DateTime<Utc>, after: DateTime<Utc>) -> TimeDelta {
        match self.within(0..=11) {
            0 => TimeDelta::nanoseconds(1),
            1 => TimeDelta::seconds(self.within(1..=59)),
            2 => TimeDelta::minutes(self.within(1..=180)),
            3 => TimeDelta::seconds(self.within(1..=3 * 86_400)),
            4 => (after - slot).max(TimeDelta::zero()),
            5 => (after - slot - TimeDelta::nanoseconds(1)).max(TimeDelta::zero()),
            6 if self.one_in(4) => TimeDelta::days(self.within(1..=400)),
            _ => TimeDelta::zero(),
        }
    }
}
