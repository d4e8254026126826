//! From a sentence to a rule: when does it run first, and what does it count from?

use std::sync::Arc;

use chrono::TimeDelta;

use super::Draft;
use crate::{
    error::{Error, Result},
    job::{JobOptions, Labels, Spec, Special, Terms},
    schedule::{Cadence, On, Options, Schedule, When},
    timestamp::Timestamp,
    trigger::{
        Aligned, Calendar, Dates, DayOfMonth, Interval, Once, Pace, Random, Rule, Start, Times, Trigger, Unit, Windowed,
    },
    zone::{TimeOfDay, Zone},
};

/// Works out, from now, what a sentence asks for. `zone` is the one that holds where it names none.
pub(super) fn plan(draft: Draft, now: Timestamp, zone: Zone) -> Result<Spec> {
    let Draft { schedule: Schedule { cadence, options }, job } = draft;
    if let (None, None) = (&options, &job) {
        if let Some(spec) = plain(&cadence, now) {
            return Ok(spec);
        }
    }
    special(&cadence, &options.unwrap_or_default(), *job.unwrap_or_default(), now, zone)
}

/// The plan of a sentence that says how much elapsed time, and nothing else.
fn plain(cadence: &Cadence, now: Timestamp) -> Option<Spec> {
    match *cadence {
        Cadence::Every { low, high, unit, on: On::Default } if low == high => {
            let pace = Pace::new(low, unit)?;
            Some(Spec { first: pace.step_from(now)?, terms: Terms::Plain(pace) })
        }
        _ => None,
    }
}

/// The plan of any sentence.
fn special(cadence: &Cadence, options: &Options, job: JobOptions, now: Timestamp, zone: Zone) -> Result<Spec> {
    if !options.or.is_empty() {
        return Err(Error::never("alternatives cannot be registered yet".to_owned()));
    }
    let said = options.zone;
    let zone = said.unwrap_or(zone);
    let starting = options.starting.as_ref().map(|when| when.resolve_slot(now, zone, "starting")).transpose()?;
    let bound = starting.map_or(now, |start| now.max(start.just_before()));
    let (rule, first) = rule(cadence, options, Origin { now, starting, zone })?;
    let first = match first {
        Some(first) => first,
        None => rule.next_after(bound).ok_or_else(|| never(&rule, said))?,
    };
    let start = starting.filter(|start| *start > now).map(|_| first);
    let first = if options.immediately && is_open(options, now, zone) { now } else { first };
    let until = options.until.as_ref().map(|when| deadline(when, now, first, zone)).transpose()?;
    let terms = Special {
        start,
        first_is_off_grid: options.immediately && first == now,
        until,
        times: options.times,
        priority: job.priority,
        workers: job.workers,
        zone: said,
        labels: some_labels(job.labels),
        ..Special::new(rule, bound.min(first.just_before()))
    };
    Ok(Spec { first, terms: Terms::Special(Box::new(terms)) })
}

/// The rule of a sentence, and the first slot where that is not simply the next one of the rule.
fn rule(cadence: &Cadence, options: &Options, origin: Origin) -> Result<(Rule, Option<Timestamp>)> {
    let Origin { now, starting, zone } = origin;
    match *cadence {
        Cadence::Unsaid => {
            Err(Error::invalid("invalid sentence: it does not say how often (expected a unit)".to_owned()))
        }
        Cadence::After(delay) => {
            let delay = TimeDelta::from_std(delay).ok();
            let once = delay.and_then(|delay| Once::after(now, delay)).ok_or_else(|| too_long(cadence))?;
            let first = once.slot();
            Ok((Rule::Once(once), Some(first)))
        }
        Cadence::Once(ref when) => {
            let first = moment(when, now, zone)?;
            Ok((Rule::Once(Once::at(first, zone)), Some(first)))
        }
        Cadence::Every { low, high, unit, on } => {
            let every = |n| origin.rule(n, unit, on, &options.at).ok_or_else(|| too_long(cadence));
            let mut rule = if low < high {
                every(high)?;
                Rule::Random(Box::new(Random::new(every(fastrand::u64(low..=high))?, low, high)))
            } else {
                every(low)?
            };
            if let Some(window) = options.window {
                rule = Rule::Windowed(Box::new(Windowed::new(rule, window, zone)));
            }
            let plain = on == On::Default && options.at.is_empty();
            Ok((rule, starting.filter(|start| plain && *start > now && is_open(options, *start, zone))))
        }
    }
}

/// Whether the sentence has no window, or one that is open.
fn is_open(options: &Options, instant: Timestamp, zone: Zone) -> bool {
    options.window.map_or(true, |window| window.is_open(zone, instant))
}

fn some_labels(labels: Labels) -> Option<Arc<Labels>> {
    (labels.name.is_some() || !labels.tags.is_empty()).then(|| Arc::new(labels))
}

fn moment(when: &When, now: Timestamp, zone: Zone) -> Result<Timestamp> {
    let at = when.resolve_slot(now, zone, "once")?;
    if at < now {
        return Err(past(when, "once", now, zone));
    }
    Ok(at)
}

fn deadline(when: &When, now: Timestamp, first: Timestamp, zone: Zone) -> Result<Timestamp> {
    let until = when.resolve(now, zone, "until")?;
    if until < now {
        return Err(past(when, "until", first, zone));
    }
    if until < first {
        return Err(too_early(when, first, zone));
    }
    Ok(until)
}

#[cold]
fn past(when: &When, of_what: &str, earliest: Timestamp, zone: Zone) -> Error {
    let earliest = zone.show(earliest);
    Error::invalid(format!("invalid moment \"{when}\" for {of_what}: it is in the past (expected {earliest} or later)"))
}

#[cold]
fn too_early(when: &When, first: Timestamp, zone: Zone) -> Error {
    let first = zone.show(first);
    Error::invalid(format!(
        "invalid moment \"{when}\" for until: it is before the first run (expected {first} or later)"
    ))
}

#[cold]
fn never(rule: &Rule, zone: Option<Zone>) -> Error {
    let zone = zone.map(|zone| format!(" in {zone}")).unwrap_or_default();
    Error::never(format!("{rule}{zone} never comes: expected a sentence with at least one run before the year 10000"))
}

#[cold]
fn too_long(cadence: &Cadence) -> Error {
    let length = match cadence {
        Cadence::Every { high, unit: Unit::Nanosecond, .. } => {
            format!("{:?}", std::time::Duration::from_nanos(*high))
        }
        Cadence::Every { high: 1, unit, .. } => format!("1 {}", unit.name()),
        Cadence::Every { high, unit, .. } => format!("{high} {}s", unit.name()),
        Cadence::After(delay) => format!("{delay:?}"),
        Cadence::Once(when) => when.to_string(),
        Cadence::Unsaid => String::new(),
    };
    Error::never(format!("the interval of {length} is too long: expected one that ends before the year 10000"))
}

/// What a rule counts from.
struct Origin {
    now: Timestamp,
    starting: Option<Timestamp>,
    zone: Zone,
}

impl Origin {
    /// `None` when the rule leaves the calendar.
    fn rule(&self, n: u64, unit: Unit, on: On, at: &[TimeOfDay]) -> Option<Rule> {
        match unit {
            Unit::Minute | Unit::Hour if !at.is_empty() => self.aligned(n, unit, at),
            Unit::Day | Unit::Week | Unit::Month | Unit::Year => self.calendar(n, unit, on, at),
            _ => self.interval(n, unit),
        }
    }

    fn interval(&self, n: u64, unit: Unit) -> Option<Rule> {
        let rule = Interval::new(self.starting.unwrap_or(self.now), n, unit)?;
        Some(Rule::Interval(if self.starting.is_some() { rule.with_start() } else { rule }))
    }

    fn aligned(&self, n: u64, unit: Unit, at: &[TimeOfDay]) -> Option<Rule> {
        let at = at.to_vec();
        let rule = match self.starting {
            Some(start) => Aligned::from_first_match_after(start.just_before(), (n, unit), at, self.zone),
            None => Aligned::ahead_of(self.now, (n, unit), at, self.zone),
        };
        Some(Rule::Aligned(Box::new(rule?)))
    }

    fn calendar(&self, n: u64, unit: Unit, on: On, at: &[TimeOfDay]) -> Option<Rule> {
        let wall = self.zone.wall(self.starting.unwrap_or(self.now));
        let today = wall.date();
        let times = if at.is_empty() { Times::of_registration(wall.time()) } else { Times::said(at.to_vec()) };
        let start = match self.starting {
            Some(_) if on == On::Default && at.is_empty() => Start::On(today),
            Some(start) => Start::FirstMatchAfter(start.just_before()),
            None if on == On::Default && (n > 1 || at.is_empty()) => Start::AheadOf(today),
            None => Start::FirstMatchAfter(self.now),
        };
        let dates = match (on, unit) {
            (On::Weekdays(on), _) => Dates::weekly(today, on),
            (On::Day(day), _) => Dates::monthly(today, day),
            (On::Date { month, day }, _) => Dates::yearly(today, month.into(), day.into())?,
            (On::Default, Unit::Month | Unit::Year) => Dates::monthly(today, DayOfMonth::same_as(today)),
            (On::Default, _) => Dates::daily(today),
        };
        Some(Rule::Calendar(Box::new(Calendar::new(n, unit, dates, times, self.zone, start)?)))
    }
}
