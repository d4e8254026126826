//! From a schedule to its first slot: what it counts from, and when it runs first.

use std::sync::Arc;

use chrono::{Datelike, TimeDelta};

use super::{
    cursor::{Cursor, Grid},
    plan::{Line, Plan},
    timing::{OffGrid, Timing},
};
use crate::{
    error::{Error, Result},
    schedule::{Cadence, On, Options, OwnTrigger, Schedule, When},
    timestamp::Timestamp,
    trigger::{Aligned, Anchor, Calendar, DatePattern, DayOfMonth, Pace, Rule, Start, Unit},
    zone::{TimeOfDay, Zone},
};

/// When a job runs, as of its registration.
pub(crate) struct Compiled {
    pub(crate) timing: Timing,
    /// When the job is due first.
    pub(crate) first: Timestamp,
    /// Set if that is not a slot of the grid.
    pub(crate) off_grid: Option<OffGrid>,
    /// Which rules of the machine's zone that was found by, if the slots depend on them.
    pub(crate) generation: Option<u64>,
}

/// Draws a number from a range, both ends included.
pub(crate) type Draw<'a> = &'a mut dyn FnMut(u64, u64) -> u64;

/// Works out when a job with this schedule runs if it is registered `now`. `zone` is the one to use where the schedule
/// names none.
pub(crate) fn compile(schedule: Schedule, now: Timestamp, zone: Zone, draw: Draw<'_>) -> Result<Compiled> {
    if let Some((pace, first)) = plain(&schedule, now) {
        return Ok(Compiled { timing: Timing::Every(pace), first, off_grid: None, generation: None });
    }
    let no_options = Options::default();
    let options = schedule.options.as_deref().unwrap_or(&no_options);
    let generation = zones(&schedule, zone).find_map(Zone::glance);
    let main = line(&schedule, now, zone, None, draw)?;
    let others: Vec<Line> = options
        .or
        .iter()
        .map(|other| line(other, now, options.zone.unwrap_or(zone), None, draw))
        .collect::<Result<_>>()?;
    let zone = main.grid.zone;
    let slot = others.iter().chain([&main]).filter_map(|line| line.cursor.next).min();
    let on_grid = slot.ok_or_else(|| never(&schedule))?;
    let is_immediate = options.immediately && is_open(options, now, zone);
    let first = if is_immediate { now } else { on_grid };
    let until = options.until.as_ref().map(|when| deadline(when, now, first, zone)).transpose()?;
    let off_grid = is_immediate.then_some(OffGrid { resumes_at: Ok(on_grid), is_asked_for: false });
    let until_is_length = options.until.as_ref().is_some_and(When::is_length);
    let times = options.times;
    let follows_machine = others.iter().chain([&main]).any(Line::follows_machine);
    let plan = Plan { main, others, until, until_is_length, times, follows_machine, schedule };
    let generation = generation.filter(|_| follows_machine);
    Ok(Compiled { timing: Timing::Planned(Box::new(plan)), first, off_grid, generation })
}

/// The zones of a schedule and its alternatives.
fn zones(schedule: &Schedule, zone: Zone) -> impl Iterator<Item = Zone> + '_ {
    let options = schedule.options.as_deref();
    let zone = options.and_then(|options| options.zone).unwrap_or(zone);
    let others = options.map_or(&[][..], |options| &options.or);
    let others = others.iter().filter_map(|other| other.options.as_ref()?.zone);
    std::iter::once(zone).chain(others)
}

/// A schedule that says a length of elapsed time and nothing else.
fn plain(schedule: &Schedule, now: Timestamp) -> Option<(Pace, Timestamp)> {
    match *schedule {
        Schedule { cadence: Cadence::Every { low, high, unit, on: On::Default }, options: None } if low == high => {
            let pace = Pace::new(low, unit)?;
            Some((pace, pace.step_from(now)?))
        }
        _ => None,
    }
}

/// One schedule, without its alternatives. `start` is when its slots start, if that is known better than by the
/// schedule.
pub(super) fn line(
    schedule: &Schedule,
    now: Timestamp,
    zone: Zone,
    start: Option<Timestamp>,
    draw: Draw<'_>,
) -> Result<Line> {
    let no_options = Options::default();
    let options = schedule.options.as_deref().unwrap_or(&no_options);
    let zone = options.zone.unwrap_or(zone);
    let starting = match (&options.starting, start) {
        (Some(when), None) => Some(when.resolve_slot(now, zone, "starting")?),
        (_, start) => start,
    };
    let is_length = options.starting.as_ref().is_some_and(When::is_length);
    let bound = starting.map_or(now, |start| now.max(start.just_before()));
    let origin = Origin { now, starting, zone };
    let (rule, anchor, random) = origin.rule(schedule, options, draw)?;
    let grid = Grid { rule, window: options.window, zone, draw: random };
    let mut cursor = Cursor::new(anchor, bound);
    let given = origin.given_first(schedule, options, &anchor);
    let first = match given {
        Some(first) => first,
        None => cursor.next_after(&grid, bound).ok_or_else(|| never(schedule))?,
    };
    cursor.next = Some(first);
    cursor.used_up_to = bound.min(first.just_before());
    let ahead = starting.filter(|start| *start > now);
    cursor.start = ahead.filter(|_| !is_length).map(|_| first);
    let starts_after_length = starting.filter(|_| is_length);
    Ok(Line { grid, cursor, is_claimed: false, planned_at: now, starts_after_length, is_first_given: given.is_some() })
}

/// Whether the schedule has no window, or one that is open.
fn is_open(options: &Options, instant: Timestamp, zone: Zone) -> bool {
    options.window.is_none_or(|window| window.is_open(zone, instant))
}

/// A rule, its anchor, and the range from which its lengths are drawn.
type Counted = (Rule, Anchor, Option<(u64, u64)>);

/// What a rule counts from.
struct Origin {
    now: Timestamp,
    starting: Option<Timestamp>,
    zone: Zone,
}

impl Origin {
    /// The rule, its anchor, and the range from which its lengths are drawn.
    fn rule(&self, schedule: &Schedule, options: &Options, draw: Draw<'_>) -> Result<Counted> {
        let too_long = || too_long(&schedule.cadence);
        match schedule.cadence {
            Cadence::Unsaid => {
                Err(Error::invalid("invalid sentence: it does not say how often (expected a unit)".to_owned()))
            }
            Cadence::After(delay) => {
                let delay = TimeDelta::from_std(delay).ok();
                let at = delay.and_then(|delay| (self.now + delay).within_calendar()).ok_or_else(too_long)?;
                Ok((Rule::Delay, Anchor::new(at, 1), None))
            }
            Cadence::Once(ref when) => {
                let at = moment(when, self.now, self.zone)?;
                Ok((Rule::Moment, Anchor::new(at, 1), None))
            }
            Cadence::Own(OwnTrigger(ref trigger)) => {
                Ok((Rule::Own(Arc::clone(trigger)), Anchor::new(self.starting.unwrap_or(self.now), 1), None))
            }
            Cadence::Every { low, high, unit, on } => {
                let every = |n| self.every(n, unit, on, &options.at).ok_or_else(too_long);
                if low < high {
                    // The longest length must fit, whichever is drawn.
                    every(high)?;
                    let (rule, anchor) = every(draw(low, high))?;
                    return Ok((rule, anchor, Some((low, high))));
                }
                let (rule, anchor) = every(low)?;
                Ok((rule, anchor, None))
            }
        }
    }

    /// The first slot, where it is not simply the next one of the rule.
    fn given_first(&self, schedule: &Schedule, options: &Options, anchor: &Anchor) -> Option<Timestamp> {
        match schedule.cadence {
            Cadence::After(_) | Cadence::Once(_) => Some(anchor.at),
            Cadence::Every { on: On::Default, .. } if options.at.is_empty() => {
                self.starting.filter(|start| *start > self.now && is_open(options, *start, self.zone))
            }
            Cadence::Every { .. } | Cadence::Unsaid | Cadence::Own(_) => None,
        }
    }

    /// `None` if the rule leaves the calendar.
    fn every(&self, n: u64, unit: Unit, on: On, at: &[TimeOfDay]) -> Option<(Rule, Anchor)> {
        match unit {
            Unit::Minute | Unit::Hour if !at.is_empty() => self.aligned(n, unit, at),
            Unit::Day | Unit::Week | Unit::Month | Unit::Year => self.calendar(n, unit, on, at),
            Unit::Nanosecond | Unit::Millisecond | Unit::Second | Unit::Minute | Unit::Hour => self.interval(n, unit),
        }
    }

    fn interval(&self, n: u64, unit: Unit) -> Option<(Rule, Anchor)> {
        let pace = Pace::new(n, unit)?;
        let from = self.starting.unwrap_or(self.now);
        pace.step_from(from)?;
        // With `starting`, that moment is a slot itself.
        let at = if self.starting.is_some() { from.after(-pace.nanos()) } else { from };
        Some((Rule::Interval(unit), Anchor::new(at, n)))
    }

    fn aligned(&self, n: u64, unit: Unit, at: &[TimeOfDay]) -> Option<(Rule, Anchor)> {
        let rule = Aligned::new(at.to_vec(), unit, self.zone);
        let anchor = match self.starting {
            Some(start) => rule.anchor_at_first_match_after(start.just_before(), n),
            None => rule.anchor_ahead_of(self.now, n),
        }?;
        Some((Rule::Aligned(Box::new(rule)), anchor))
    }

    fn calendar(&self, n: u64, unit: Unit, on: On, at: &[TimeOfDay]) -> Option<(Rule, Anchor)> {
        let wall = self.zone.wall(self.starting.unwrap_or(self.now));
        let today = wall.date();
        let times = if at.is_empty() { vec![wall.time()] } else { at.to_vec() };
        let start = match self.starting {
            Some(_) if on == On::Default && at.is_empty() => Start::On(today),
            Some(start) => Start::FirstMatchAfter(start.just_before()),
            None if on == On::Default && (n > 1 || at.is_empty()) => Start::AheadOf(today),
            None => Start::FirstMatchAfter(self.now),
        };
        let pattern = match (on, unit) {
            (On::Weekdays(on), _) => DatePattern::Weeks(on),
            (On::Day(day), _) => DatePattern::Months(day),
            (On::Date { month, day }, _) => {
                DatePattern::Years { month: month.checked_sub(1)?, day: DayOfMonth::Number(day.into()) }
            }
            (On::Default, Unit::Month) => DatePattern::Months(DayOfMonth::Number(today.day())),
            (On::Default, Unit::Year) => {
                DatePattern::Years { month: today.month0() as u8, day: DayOfMonth::Number(today.day()) }
            }
            (On::Default, _) => DatePattern::Days,
        };
        let rule = Calendar::new(pattern, unit, times, self.zone);
        let anchor = rule.anchor(n, start)?;
        Some((Rule::Calendar(Box::new(rule)), anchor))
    }
}

fn moment(when: &When, now: Timestamp, zone: Zone) -> Result<Timestamp> {
    let at = when.resolve_slot(now, zone, "once")?;
    if at < now {
        return Err(when.in_the_past("once", now, now, zone));
    }
    Ok(at)
}

fn deadline(when: &When, now: Timestamp, first: Timestamp, zone: Zone) -> Result<Timestamp> {
    let until = when.resolve(now, zone, "until")?;
    if until < now {
        return Err(when.in_the_past("until", now, first, zone));
    }
    if until < first {
        return Err(too_early(when, first, zone));
    }
    Ok(until)
}

#[cold]
fn too_early(when: &When, first: Timestamp, zone: Zone) -> Error {
    let first = zone.show(first);
    Error::invalid(format!(
        "invalid moment \"{when}\" for until: it is before the first run (expected {first} or later)"
    ))
}

#[cold]
fn never(schedule: &Schedule) -> Error {
    Error::never(format!("\"{schedule}\" has no run before the year 10000"))
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
        Cadence::Unsaid | Cadence::Own(_) => String::new(),
    };
    Error::never(format!("the interval of {length} is too long: expected one that ends before the year 10000"))
}
