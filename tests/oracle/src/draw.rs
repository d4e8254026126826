//! Sentences and moments drawn at random, near the places where the clocks are set.

use std::ops::RangeInclusive;

use chrono::{DateTime, Datelike, Days, NaiveDate, NaiveTime, TimeDelta, Utc, Weekday};
use fastrand::Rng;

use super::{
    sentence::{Moment, On, Sentence, Unit},
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

/// Draws sentences and instants at random.
#[derive(Debug)]
pub struct Draw<'a, C = Rng> {
    choices: C,
    zone: &'a Zone,
}

/// In which the moments lie.
const YEARS: RangeInclusive<i32> = 1970..=2036;

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
        Draw { choices, zone }
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
        let changes: Vec<_> = changes.filter(|at| YEARS.contains(&at.year())).collect();
        let around = if changes.is_empty() || self.one_in(6) {
            let (year, month) = (self.within(YEARS), self.one_of(&[1, 2, 3, 3, 3, 5, 12]));
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

    fn on(&mut self, unit: Unit) -> On {
        match unit {
            Unit::Week => match self.within(0..=5) {
                0 => On::Unsaid,
                1 => On::Weekdays(WEEKDAYS[..5].to_vec()),
                2 => On::Weekdays(WEEKDAYS[5..].to_vec()),
                3 => {
                    let bits = self.within(1..=127);
                    let chosen = (0..7).filter(|day| bits >> day & 1 == 1);
                    On::Weekdays(chosen.map(|day| WEEKDAYS[day]).collect())
                }
                _ => On::Weekdays(vec![self.weekday()]),
            },
            Unit::Month => match self.within(0..=4) {
                0 => On::Unsaid,
                1 => On::Day(self.one_of(&[1, 2, 15, 28, 29, 30, 31])),
                2 => On::LastDay,
                3 => On::Nth(self.within(1..=5), self.weekday()),
                _ => On::Last(self.weekday()),
            },
            Unit::Year if self.one_in(2) => {
                let dates = [(2, 29), (12, 31), (12, 30), (1, 1), (2, 28), (3, 31), (10, 26)];
                let (month, day) = self.one_of(&dates);
                On::Date(month, day)
            }
            _ => On::Unsaid,
        }
    }

    /// A sentence to register at `now`.
    pub fn sentence(&mut self, now: DateTime<Utc>) -> Sentence {
        use Unit::{Day, Hour, Millisecond, Minute, Month, Second, Week, Year};
        let unit = match self.within(0..=19) {
            0 => Millisecond,
            1 => Second,
            2..=3 => Minute,
            4..=8 => Hour,
            9..=13 => Day,
            14..=16 => Week,
            17..=18 => Month,
            _ => Year,
        };
        let n = match unit {
            _ if self.one_in(2) && unit != Millisecond && unit != Second => 1,
            Millisecond => self.one_of(&[250, 60_001, 86_400_000]),
            Second => self.one_of(&[90, 301, 1799, 3600, 5401, 86_400]),
            Minute => self.one_of(&[2, 7, 15, 20, 45, 60, 90]),
            Hour => self.one_of(&[2, 3, 5, 12, 24, 25]),
            Day => self.one_of(&[2, 3, 7, 10]),
            Week => self.one_of(&[2, 3, 4]),
            Month => self.one_of(&[2, 3, 6, 7, 12]),
            Year => self.one_of(&[2, 3, 4]),
        };
        let mut sentence = Sentence::every(n, unit).on(self.on(unit));
        sentence.says_zone = !self.one_in(4);
        let named = sentence.on != On::Unsaid;
        let takes_at = matches!(unit, Minute | Hour | Day) || named;
        if takes_at && !self.one_in(4) {
            for _ in 0..self.one_of(&[1, 1, 1, 2, 3]) {
                let at = self.mark(unit, now);
                sentence = sentence.at(at);
            }
        }
        if self.one_in(4) {
            sentence.starting = Some(self.moment(now));
        }
        if self.one_in(12) {
            sentence.between = self.window(now, &sentence);
        }
        if self.one_in(12) {
            sentence.times = Some(self.within(1..=4));
        }
        if self.one_in(12) {
            sentence.until = Some(self.moment(now));
        }
        sentence.immediately = sentence.starting.is_none() && sentence.until.is_none() && self.one_in(20);
        sentence
    }

    fn mark(&mut self, unit: Unit, now: DateTime<Utc>) -> NaiveTime {
        let hms = |minute, second| NaiveTime::from_hms_opt(0, minute, second).unwrap();
        match unit {
            Unit::Minute => hms(0, self.one_of(&[0, 1, 15, 30, 45, 59])),
            Unit::Hour => {
                let minute = self.one_of(&[0, 1, 14, 15, 29, 30, 31, 44, 45, 59]);
                hms(minute, self.one_of(&[0, 0, 0, 15, 59]))
            }
            _ => self.time_of_day(now),
        }
    }

    /// A moment to give to `starting` or `until`, mostly near `now`.
    pub fn moment(&mut self, now: DateTime<Utc>) -> Moment {
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
            0 => Moment::FromNow(instant - now),
            1 => Moment::Wall(wall),
            2 => Moment::Wall(self.zone.wall(instant)),
            3 => Moment::Text(wall),
            _ => Moment::Instant(instant),
        }
    }

    /// Mostly one that the sentence meets on most days.
    fn window(&mut self, now: DateTime<Utc>, of: &Sentence) -> Option<(NaiveTime, NaiveTime)> {
        let mut open = self.time_of_day(now);
        if !of.unit.is_elapsed() && !self.one_in(4) {
            let at = of.at.first().copied().unwrap_or(self.zone.wall(now).time());
            let at = truncated(now.date_naive().and_time(at), TimeDelta::minutes(1));
            open = at.time() - TimeDelta::minutes(self.one_of(&[0, 0, 15, 45]));
        }
        let close = match self.within(0..=2) {
            0 => self.time_of_day(now),
            1 if !of.unit.is_elapsed() => open + TimeDelta::minutes(15),
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
