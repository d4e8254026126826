//! From a sentence to a rule: when does it run first, and what does it count from?

use chrono::{DateTime, NaiveTime, TimeDelta, Timelike, Utc};

use super::{
    draft::{Cadence, Draft, On},
    when::When,
};
use crate::{
    error::{Error, Result},
    job::Spec,
    trigger::{
        just_before, Aligned, Calendar, Dates, DayOfMonth, Interval, Once, Random, Rule, Start, Times, Trigger, Unit,
        Windowed,
    },
    zone::Zone,
};

/// Works out, from now, what a sentence asks for. `zone` is the one that holds where it names none.
pub(super) fn plan(draft: Draft, now: DateTime<Utc>, zone: Zone) -> Result<Spec> {
    let zone_said = draft.zone.is_some();
    let zone = draft.zone.unwrap_or(zone);
    let starting = draft.starting.as_ref().map(|when| when.resolve_slot(now, zone, "starting")).transpose()?;
    let (rule, first) = match &draft.cadence {
        Cadence::After(delay) => {
            let delay = TimeDelta::from_std(*delay).ok();
            let rule = delay.and_then(|delay| Once::after(now, delay)).ok_or_else(|| too_long(&draft))?;
            (Rule::Once(rule.clone()), Some(rule.slot()))
        }
        Cadence::Once(when) => (Rule::Once(Once::at(moment(when, now, zone)?, zone)), None),
        Cadence::Every { low, high, unit, on } => {
            let n = if low < high { fastrand::u64(*low..=*high) } else { *low };
            let from = From { now, starting, zone };
            let mut rule = from.rule(n, *unit, *on, &draft.at).ok_or_else(|| too_long(&draft))?;
            if low < high {
                from.rule(*high, *unit, *on, &draft.at).ok_or_else(|| too_long(&draft))?;
                rule = Rule::Random(Box::new(Random::new(rule, *low, *high)));
            }
            if let Some(window) = draft.window {
                rule = Rule::Windowed(Box::new(Windowed::new(rule, window, zone)));
            }
            let plain = *on == On::Unsaid && draft.at.is_empty();
            let start = starting.filter(|start| plain && *start > now);
            let open = |instant: &DateTime<Utc>| draft.window.map_or(true, |window| window.is_open(zone, *instant));
            let first = draft.immediately.then_some(now).filter(open).or(start.filter(open));
            (rule, first)
        }
    };
    let bound = starting.map_or(now, |start| now.max(just_before(start)));
    let first = match (first, &draft.cadence) {
        (Some(first), _) => first,
        (None, Cadence::Once(_)) => rule.next_after(just_before(now)).unwrap_or(now),
        (None, _) => rule.next_after(bound).ok_or_else(|| never(&rule, zone, zone_said))?,
    };
    let until = draft.until.as_ref().map(|when| deadline(when, now, first, zone)).transpose()?;
    Ok(Spec {
        rule,
        first,
        after: bound.min(just_before(first)),
        first_is_wall_time: starting.is_some_and(|start| start > now),
        first_is_off_grid: draft.immediately && first == now,
        until,
        times: draft.times,
        priority: draft.priority,
        workers: draft.workers,
        zone,
        zone_said,
    })
}

fn moment(when: &When, now: DateTime<Utc>, zone: Zone) -> Result<DateTime<Utc>> {
    let at = when.resolve_slot(now, zone, "once")?;
    if at < now {
        return Err(past(when, "once", now, zone));
    }
    Ok(at)
}

fn deadline(when: &When, now: DateTime<Utc>, first: DateTime<Utc>, zone: Zone) -> Result<DateTime<Utc>> {
    let until = when.resolve(now, zone, "until")?;
    if until < now {
        return Err(past(when, "until", first, zone));
    }
    if until < first {
        let first = zone.show(first);
        return Err(Error::moment(format!(
            "invalid moment \"{when}\" for until: it is before the first run (expected {first} or later)"
        )));
    }
    Ok(until)
}

fn past(when: &When, of_what: &str, earliest: DateTime<Utc>, zone: Zone) -> Error {
    let earliest = zone.show(earliest);
    Error::moment(format!("invalid moment \"{when}\" for {of_what}: it is in the past (expected {earliest} or later)"))
}

fn never(rule: &Rule, zone: Zone, zone_said: bool) -> Error {
    let zone = if zone_said { format!(" in {zone}") } else { String::new() };
    Error::never(format!("{rule}{zone} never comes: expected a sentence with at least one run before the year 10000"))
}

fn too_long(draft: &Draft) -> Error {
    let length = match &draft.cadence {
        Cadence::Every { high, unit: Unit::Nanosecond, .. } => {
            format!("{:?}", std::time::Duration::from_nanos(*high))
        }
        Cadence::Every { high: 1, unit, .. } => format!("1 {}", unit.name()),
        Cadence::Every { high, unit, .. } => format!("{high} {}s", unit.name()),
        Cadence::After(delay) => format!("{delay:?}"),
        Cadence::Once(when) => when.to_string(),
    };
    Error::never(format!("the interval of {length} is too long: expected one that ends before the year 10000"))
}

/// What a rule counts from.
struct From {
    now: DateTime<Utc>,
    starting: Option<DateTime<Utc>>,
    zone: Zone,
}

impl From {
    /// `None` when the rule leaves the calendar.
    fn rule(&self, n: u64, unit: Unit, on: On, at: &[NaiveTime]) -> Option<Rule> {
        match unit {
            Unit::Minute | Unit::Hour if !at.is_empty() => self.aligned(n, unit, at),
            Unit::Day | Unit::Week | Unit::Month | Unit::Year => self.calendar(n, unit, on, at),
            _ => self.interval(n, unit),
        }
    }

    fn interval(&self, n: u64, unit: Unit) -> Option<Rule> {
        let rule = Interval::new(self.starting.unwrap_or(self.now), n, unit)?;
        Some(Rule::Interval(if self.starting.is_some() { rule } else { rule.without_first()? }))
    }

    fn aligned(&self, n: u64, unit: Unit, at: &[NaiveTime]) -> Option<Rule> {
        let at = at.iter().map(|time| TimeDelta::seconds(time.num_seconds_from_midnight().into())).collect();
        let rule = match self.starting {
            Some(start) => Aligned::from_first_match_after(just_before(start), (n, unit), at, self.zone),
            None => Aligned::ahead_of(self.now, (n, unit), at, self.zone),
        };
        Some(Rule::Aligned(Box::new(rule?)))
    }

    fn calendar(&self, n: u64, unit: Unit, on: On, at: &[NaiveTime]) -> Option<Rule> {
        let wall = self.zone.wall(self.starting.unwrap_or(self.now));
        let today = wall.date();
        let times = if at.is_empty() { Times::of_registration(wall.time()) } else { Times::said(at.to_vec()) };
        let start = match self.starting {
            Some(_) if on == On::Unsaid && at.is_empty() => Start::On(today),
            Some(start) => Start::FirstMatchAfter(just_before(start)),
            None if on == On::Unsaid && (n > 1 || at.is_empty()) => Start::AheadOf(today),
            None => Start::FirstMatchAfter(self.now),
        };
        let dates = match (on, unit) {
            (On::Weekdays(on), _) => Dates::weekly(today, on),
            (On::Day(day), _) => Dates::monthly(today, day),
            (On::Date { month, day }, _) => Dates::yearly(today, month.into(), day.into())?,
            (On::Unsaid, Unit::Month | Unit::Year) => Dates::monthly(today, DayOfMonth::same_as(today)),
            (On::Unsaid, _) => Dates::daily(today),
        };
        Some(Rule::Calendar(Box::new(Calendar::new(n, unit, dates, times, self.zone, start)?)))
    }
}
