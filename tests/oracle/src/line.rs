//! A schedule without its alternatives, as the oracle reads it.

use std::ops::RangeInclusive;

use chrono::{DateTime, NaiveTime, TimeDelta, Utc};
use chrono_tz::Tz;
use punctual::{Moment, NamedDays, Parts, Recurrence, Schedule, Unit, When};

use super::zone::Zone;

/// One of the alternatives of a schedule that repeats, or a schedule that has none.
#[derive(Clone, Debug)]
pub(crate) struct Line<'a> {
    /// Its zone, or that of the schedule which it is an alternative of.
    pub(crate) zone: &'a Zone,
    /// The number of units of one step.
    pub(crate) n: u64,
    /// The numbers from which `n` is drawn.
    pub(crate) lengths: RangeInclusive<u64>,
    pub(crate) unit: Unit,
    pub(crate) days: NamedDays,
    pub(crate) at: Vec<NaiveTime>,
    pub(crate) starting: Option<When>,
    pub(crate) between: Option<(NaiveTime, NaiveTime)>,
}

impl<'a> Line<'a> {
    /// The schedule itself, then its alternatives. `zone` is the scheduler's. Panics for a single run.
    pub(crate) fn all(zone: &'a Zone, schedule: &Schedule) -> Vec<Self> {
        let parts = schedule.parts();
        let zone = zone_of(&parts, zone);
        let mut lines = vec![Line::of(zone, schedule, &parts)];
        for alternative in &parts.or {
            let parts = alternative.parts();
            lines.push(Line::of(zone_of(&parts, zone), alternative, &parts));
        }
        lines
    }

    fn of(zone: &'a Zone, schedule: &Schedule, parts: &Parts) -> Self {
        let Recurrence::Every { low, high, unit } = parts.recurrence else { panic!("{schedule} does not repeat") };
        let Parts { days, at, starting, between, .. } = parts.clone();
        Line { zone, n: low, lengths: low..=high, unit, days, at, starting, between }
    }

    pub(crate) fn is_random(&self) -> bool {
        self.lengths.start() < self.lengths.end()
    }

    /// Whether the line counts elapsed time: hours and shorter units.
    pub(crate) fn is_elapsed(&self) -> bool {
        length(self.unit).is_some()
    }

    /// The length of its unit. Panics for days and longer units.
    pub(crate) fn unit_length(&self) -> TimeDelta {
        length(self.unit).expect("the unit counts elapsed time")
    }

    /// Whether the window is open at `instant`; always, if there is none.
    pub(crate) fn is_open(&self, instant: DateTime<Utc>) -> bool {
        let time = self.zone.wall(instant).time();
        match self.between {
            None => true,
            Some((open, close)) if open < close => open <= time && time < close,
            Some((open, close)) => open <= time || time < close,
        }
    }
}

/// The zone that a schedule names, or else `zone`.
pub(crate) fn zone_of<'a>(parts: &Parts, zone: &'a Zone) -> &'a Zone {
    match &parts.zone {
        None => zone,
        Some(named) => {
            let tz: Tz = named.to_string().parse().expect("the oracle knows zones by name");
            if tz == zone.tz {
                zone
            } else {
                Zone::of(tz)
            }
        }
    }
}

/// The length of a unit of elapsed time; `None` for days and longer units.
pub fn length(unit: Unit) -> Option<TimeDelta> {
    match unit {
        Unit::Nanosecond => Some(TimeDelta::nanoseconds(1)),
        Unit::Millisecond => Some(TimeDelta::milliseconds(1)),
        Unit::Second => Some(TimeDelta::seconds(1)),
        Unit::Minute => Some(TimeDelta::minutes(1)),
        Unit::Hour => Some(TimeDelta::hours(1)),
        Unit::Day | Unit::Week | Unit::Month | Unit::Year => None,
    }
}

/// `n` times a length.
pub(crate) fn times(length: TimeDelta, n: u64) -> TimeDelta {
    let nanos = length.num_nanoseconds().expect("units are short");
    TimeDelta::nanoseconds(nanos * i64::try_from(n).expect("steps are short"))
}

/// The instant of a moment that is given at `now`.
pub(crate) fn instant(when: &When, zone: &Zone, now: DateTime<Utc>) -> DateTime<Utc> {
    match when.moment().expect("the moment can be read") {
        Moment::At(instant) => instant,
        Moment::Wall(wall) => zone.instant(wall),
        Moment::Today(time) => zone.instant(zone.wall(now).date().and_time(time)),
        Moment::FromNow(delta) => now + delta,
        other => panic!("the oracle does not know {other:?}"),
    }
}

/// The deadline of a schedule, which is read in the zone of the whole.
pub fn deadline(schedule: &Schedule, zone: &Zone, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
    let parts = schedule.parts();
    parts.until.as_ref().map(|when| instant(when, zone_of(&parts, zone), now))
}

/// The words of a schedule, with the options that its own words leave out.
pub fn describe(schedule: &Schedule) -> String {
    let parts = schedule.parts();
    let mut words = schedule.to_string();
    for (n, line) in std::iter::once(schedule).chain(&parts.or).enumerate() {
        if let Some(when) = line.parts().starting {
            words += &format!(", alternative {n} starting {when}");
        }
    }
    if let Some(when) = &parts.until {
        words += &format!(", until {when}");
    }
    if let Some(times) = parts.times {
        words += &format!(", {times} times");
    }
    if parts.immediately {
        words += ", immediately";
    }
    words
}
