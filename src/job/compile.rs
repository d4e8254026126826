//! From a schedule to its first slot: what it counts from, and when it runs first.

use std::sync::Arc;

use chrono::{Datelike, TimeDelta};
use fastrand::Rng;

use super::{
    calendars::{Allowed, Calendars},
    cursor::{Cursor, Grid},
    displaced::{Displaced, Displacement},
    draw::{one_that_fits, Draw},
    plan::{Line, Plan},
    timing::{OffGrid, Timing},
};
use crate::{
    error::{Error, Result},
    schedule::{Cadence, On, Options, OwnTrigger, Schedule, When},
    timestamp::Timestamp,
    trigger::{
        take_fault, Aligned, Alternative, Anchor, Calendar, Clock, ClockTimes, Common, DatePattern, DateSet,
        DayOfMonth, Limits, OwnRule, Pace, Rule, Start, Unit,
    },
    zone::{OffsetSpan, TimeOfDay, Zone},
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

/// Works out when a job with this schedule runs if it is registered `now`. `zone` is the one to use where the schedule
/// names none, and `seed` is by what the job is spread.
pub(crate) fn compile(
    schedule: Schedule,
    calendars: &Calendars,
    now: Timestamp,
    zone: Zone,
    seed: Option<u64>,
    draw: Draw<'_>,
) -> Result<Compiled> {
    if let Some((pace, first)) = plain(&schedule, now) {
        return Ok(Compiled { timing: Timing::Every(pace), first, off_grid: None, generation: None });
    }
    let no_options = Options::default();
    let options = schedule.options.as_deref().unwrap_or(&no_options);
    let generation = first_generation(&schedule, zone);
    // One that an earlier sentence left is not of this one.
    take_fault();
    let zone = options.zone.unwrap_or(zone);
    let until = options.until.as_ref().map(|when| when.resolve(now, zone, "until")).transpose()?;
    let mut compiled = |schedule: &Schedule| {
        let allowed = calendars.allowed(schedule)?;
        let terms = Terms { allowed, start: None, until, seed, may_be_over: !options.or.is_empty() };
        line(schedule, now, zone, terms, draw)
    };
    let main = compiled(&schedule)?;
    let others: Vec<Line> = options.or.iter().map(compiled).collect::<Result<_>>()?;
    let slot = others.iter().chain([&main]).filter_map(|line| line.cursor.next).min();
    let on_grid = slot.ok_or_else(|| never(&schedule))?;
    let is_immediate = options.immediately && is_open(options, main.allowed.dates.as_ref(), now, zone);
    let first = if is_immediate { now } else { on_grid };
    if let Some((when, until)) = options.until.as_ref().zip(until) {
        check_deadline(when, until, now, first, zone)?;
    }
    let off_grid = is_immediate.then_some(OffGrid { resumes_at: Ok(on_grid), is_asked_for: false });
    let until_is_length = options.until.as_ref().is_some_and(When::is_length);
    let times = options.times;
    let follows_machine = others.iter().chain([&main]).any(Line::follows_machine);
    let is_simple = others.is_empty() && main.displaced.is_none();
    let plan = Plan { main, others, is_simple, until, until_is_length, times, follows_machine, schedule };
    let generation = generation.filter(|_| follows_machine);
    Ok(Compiled { timing: Timing::Planned(Box::new(plan)), first, off_grid, generation })
}

/// Which rules the machine's zone has, if it is the zone of a schedule, or of one that is part of it.
fn first_generation(schedule: &Schedule, zone: Zone) -> Option<u64> {
    let options = schedule.options.as_deref();
    let zone = options.and_then(|options| options.zone).unwrap_or(zone);
    let others = options.map_or(&[][..], |options| &options.or);
    let members = match &schedule.cadence {
        Cadence::All(members) => members.as_slice(),
        _ => &[],
    };
    zone.glance().or_else(|| others.iter().chain(members).find_map(|part| first_generation(part, zone)))
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

/// What a line depends on, besides its schedule and the time.
pub(super) struct Terms {
    /// The dates that its filters allow.
    pub(super) allowed: Allowed,
    /// When its slots start, if that is known better than by the schedule.
    pub(super) start: Option<Timestamp>,
    /// A random length is drawn from those whose first slot is not after this; if there is none, it is the shortest.
    pub(super) until: Option<Timestamp>,
    /// By what the job is spread.
    pub(super) seed: Option<u64>,
    /// Whether it may have no slot at all, because it has alternatives.
    pub(super) may_be_over: bool,
}

/// One schedule, without its alternatives.
pub(super) fn line(schedule: &Schedule, now: Timestamp, zone: Zone, terms: Terms, draw: Draw<'_>) -> Result<Line> {
    let Terms { allowed, start, until, seed, may_be_over } = terms;
    let no_options = Options::default();
    let options = schedule.options.as_deref().unwrap_or(&no_options);
    let zone = options.zone.unwrap_or(zone);
    let starting = match (&options.starting, start) {
        (Some(when), None) => Some(when.resolve_slot(now, zone, "starting")?),
        (_, start) => start,
    };
    if !options.scatter.is_set() {
        let origin = Origin { now, starting, zone, allowed, displacement: None, may_be_over };
        return origin.first_line(schedule, options, until, draw);
    }
    let displacement = Displacement::of(schedule, &options.scatter, seed)?;
    let origin = Origin { now, starting, zone, allowed, displacement, may_be_over };
    let shift = displacement.map_or(0, |displacement| displacement.shift());
    let mut line = origin.first_line(schedule, options, until.map(|until| until.after(-shift)), draw)?;
    if let Some(displacement) = displacement {
        let random = Rng::with_seed(draw(0, u64::MAX));
        let place = (&line.grid, &mut line.cursor);
        let displaced = Displaced::new(displacement, seed, random, place, origin.bound(), until);
        line.displaced = Some(Box::new(displaced));
    }
    match line.cursor.next {
        None if !may_be_over => Err(never(schedule)),
        _ => Ok(line),
    }
}

/// Whether a slot may be at an instant, by the window and the filters.
fn is_open(options: &Options, dates: Option<&Arc<DateSet>>, instant: Timestamp, zone: Zone) -> bool {
    let limits = Limits::new(options.window, options.filters.hours, dates.cloned());
    limits.is_none_or(|limits| limits.is_open(zone, instant))
}

/// What a rule counts from.
struct Origin {
    now: Timestamp,
    starting: Option<Timestamp>,
    zone: Zone,
    /// The dates that the filters allow.
    allowed: Allowed,
    /// By how much the slots are put off.
    displacement: Option<Displacement>,
    may_be_over: bool,
}

impl Origin {
    /// The grid and its first slot. A random length is drawn from those whose first slot is not after `until`; if there
    /// is none, it is the shortest.
    fn first_line(
        &self,
        schedule: &Schedule,
        options: &Options,
        until: Option<Timestamp>,
        draw: Draw<'_>,
    ) -> Result<Line> {
        let Cadence::Every { low, high, .. } = schedule.cadence else { return self.line(schedule, options, 1) };
        if low == high {
            return self.line(schedule, options, low);
        }
        // The longest length must have an end, whichever is drawn.
        self.rule(schedule, options, high)?;
        let until = until.unwrap_or(Timestamp::LAST);
        let of_length = |length| self.line(schedule, options, length);
        let is_in_time = |line: &Line| line.cursor.next.is_some_and(|next| next <= until);
        match of_length(draw(low, high)) {
            Ok(line) if is_in_time(&line) => Ok(line),
            _ => {
                let mut fits = |length| of_length(length).is_ok_and(|line| is_in_time(&line));
                of_length(one_that_fits((low, high), draw, &mut fits).unwrap_or(low))
            }
        }
    }

    /// All runs are after this instant.
    fn bound(&self) -> Timestamp {
        self.starting.map_or(self.now, |start| self.now.max(start.just_before()))
    }

    /// All slots of the grid are after this instant, if they are put off to later ones than [`bound`](Self::bound).
    ///
    /// A job that is spread runs whenever it would if its schedule said so: every hour at `:00`, spread to `:45`, and
    /// registered at 12:30, runs at 12:45. A jitter does not make it run for a slot that was over when it was
    /// registered.
    fn grid_bound(&self, rule: &Rule, options: &Options) -> Timestamp {
        let bound = self.bound();
        let put_off = match self.displacement {
            None => return bound,
            Some(by @ Displacement::By { shift, .. }) => shift.min(by.reach(options.window.is_some())),
            Some(within @ Displacement::Within(_)) => return bound.after(-within.reach(false)),
        };
        match self.starting {
            Some(start) => bound.after(-put_off).max(start.just_before()),
            // It counts from its registration.
            None if matches!(rule, Rule::Interval(_)) => bound,
            None => bound.after(-put_off),
        }
    }

    /// An instant after which the first match of a calendar rule is the first whose run is after `instant`.
    fn before_first_match(&self, rule: &Calendar, instant: Timestamp) -> Option<Timestamp> {
        let within = match self.displacement {
            None => return Some(instant),
            Some(Displacement::By { .. }) if self.starting.is_some() => return Some(instant),
            Some(Displacement::By { shift, .. }) => return Some(instant.after(-shift)),
            Some(Displacement::Within(window)) => window,
        };
        let reach = Displacement::Within(within).reach(false);
        let mut before = instant.after(-reach);
        let anchor = rule.anchor(1, Start::FirstMatchAfter(before))?;
        loop {
            let slot = rule.next_after(&anchor, before, &mut OffsetSpan::NEVER.clone())?;
            if slot > instant || within.closing_after(self.zone, slot).after(-1_000_000) > instant {
                return Some(slot.just_before());
            }
            before = slot;
        }
    }

    /// The grid and its first slot, with steps of `length`.
    fn line(&self, schedule: &Schedule, options: &Options, length: u64) -> Result<Line> {
        let is_length = options.starting.as_ref().is_some_and(When::is_length);
        let (rule, anchor) = self.rule(schedule, options, length)?;
        let bound = self.grid_bound(&rule, options);
        let draw = match schedule.cadence {
            Cadence::Every { low, high, .. } if low < high => Some((low, high)),
            _ => None,
        };
        let limits = self.limits(options, &rule);
        let grid = Grid { rule, limits: limits.map(Box::new), window: options.window, zone: self.zone, draw };
        let mut cursor = Cursor::new(anchor, bound);
        let given = self.given_first(schedule, options, &anchor);
        cursor.next = given.or_else(|| cursor.next_after(&grid, bound));
        if cursor.next.is_none() && !self.may_be_over {
            return Err(never(schedule));
        }
        cursor.used_up_to = cursor.next.map_or(bound, |first| bound.min(first.just_before()));
        cursor.not_before = self.starting.filter(|_| !is_length);
        let ahead = self.starting.filter(|start| *start > self.now);
        cursor.start = cursor.next.filter(|_| ahead.is_some() && !is_length);
        let starts_after_length = self.starting.filter(|_| is_length);
        let (planned_at, is_first_given) = (self.now, given.is_some());
        let allowed = self.allowed.clone();
        Ok(Line {
            grid,
            cursor,
            displaced: None,
            is_claimed: false,
            planned_at,
            starts_after_length,
            allowed,
            is_first_given,
        })
    }

    /// The rule and its anchor, with steps of `length`.
    fn rule(&self, schedule: &Schedule, options: &Options, length: u64) -> Result<(Rule, Anchor)> {
        let too_long = || too_long(&schedule.cadence);
        match schedule.cadence {
            Cadence::Unsaid => {
                Err(Error::invalid("invalid sentence: it does not say how often (expected a unit)".to_owned()))
            }
            Cadence::After(delay) => {
                let delay = TimeDelta::from_std(delay).ok();
                let at = delay.and_then(|delay| (self.now + delay).within_calendar()).ok_or_else(too_long)?;
                Ok((Rule::Delay, Anchor::new(at, 1)))
            }
            Cadence::Once(ref when) => {
                let at = moment(when, self.now, self.zone)?;
                let rule = if when.is_length() { Rule::Delay } else { Rule::Moment };
                Ok((rule, Anchor::new(at, 1)))
            }
            Cadence::Cron(ref cron) => {
                let dates = self.allowed.dates.as_ref().map(|dates| Arc::new(cron.dates.intersection(dates)));
                let dates = dates.unwrap_or_else(|| Arc::clone(&cron.dates));
                let hours = cron.times.hours & options.filters.hours.unwrap_or(Limits::ALL_HOURS);
                if hours == 0 {
                    return Err(never(schedule));
                }
                let times = ClockTimes { hours, ..cron.times };
                let rule = Clock { times, dates, follows_clock: cron.follows_clock, zone: self.zone };
                Ok((Rule::Clock(Box::new(rule)), Anchor::new(self.starting.unwrap_or(self.now), 1)))
            }
            Cadence::All(ref members) => {
                let allowed = &self.allowed.members;
                let members = members.iter().zip(allowed).map(|(member, allowed)| self.member(member, allowed));
                let limits = Limits::new(options.window, options.filters.hours, self.allowed.dates.clone());
                let limits = limits.map(|limits| (limits, self.zone));
                let rule = Common::new(members.collect::<Result<_>>()?, limits);
                Ok((Rule::Common(Arc::new(rule)), self.unused_anchor()))
            }
            Cadence::Own(OwnTrigger(ref trigger)) => {
                Ok((Rule::Own(OwnRule::new(Arc::clone(trigger))), self.unused_anchor()))
            }
            Cadence::Every { unit, on, .. } => {
                let found = self.every(length, unit, on, options).ok_or_else(too_long)?;
                match &found.0 {
                    Rule::Calendar(rule) if rule.has_no_times() => Err(never(schedule)),
                    _ => Ok(found),
                }
            }
        }
    }

    /// The anchor of a rule that counts from none.
    fn unused_anchor(&self) -> Anchor {
        Anchor::new(self.starting.unwrap_or(self.now), 1)
    }

    /// A schedule of those whose common slots count, and its alternatives.
    fn member(&self, schedule: &Schedule, allowed: &[Allowed]) -> Result<Vec<Alternative>> {
        let options = schedule.options.as_deref();
        let zone = options.and_then(|options| options.zone).unwrap_or(self.zone);
        let others = options.map_or(&[][..], |options| &options.or);
        let all = std::iter::once(schedule).chain(others).zip(allowed);
        all.map(|(one, allowed)| self.alternative(one, allowed, zone)).collect()
    }

    fn alternative(&self, schedule: &Schedule, allowed: &Allowed, zone: Zone) -> Result<Alternative> {
        let no_options = Options::default();
        let options = schedule.options.as_deref().unwrap_or(&no_options);
        let zone = options.zone.unwrap_or(zone);
        let starting = options.starting.as_ref().map(|when| when.resolve_slot(self.now, zone, "starting"));
        let starting = starting.transpose()?.or(self.starting);
        let length = match schedule.cadence {
            Cadence::Every { low, .. } => low,
            _ => 1,
        };
        let origin =
            Origin { now: self.now, starting, zone, allowed: allowed.clone(), displacement: None, may_be_over: false };
        let (rule, anchor) = origin.rule(schedule, options, length)?;
        let limits = origin.limits(options, &rule);
        Ok(Alternative { rule, anchor, limits, zone, start: starting })
    }

    /// The limits that are not part of the rule.
    fn limits(&self, options: &Options, rule: &Rule) -> Option<Limits> {
        match rule {
            // The rule has them: a slot belongs to a date and a time, wherever a gap moves it to.
            Rule::Calendar(_) | Rule::Clock(_) | Rule::Common(_) => Limits::new(options.window, None, None),
            _ => Limits::new(options.window, options.filters.hours, self.allowed.dates.clone()),
        }
    }

    /// The first slot, where it is not simply the next one of the rule.
    fn given_first(&self, schedule: &Schedule, options: &Options, anchor: &Anchor) -> Option<Timestamp> {
        match schedule.cadence {
            Cadence::After(_) | Cadence::Once(_) => Some(anchor.at),
            Cadence::Every { on: On::Default, .. } if options.at.is_empty() => self
                .starting
                .filter(|start| *start > self.now && is_open(options, self.allowed.dates.as_ref(), *start, self.zone)),
            Cadence::Every { .. } | Cadence::Cron(_) | Cadence::Unsaid | Cadence::All(_) | Cadence::Own(_) => None,
        }
    }

    /// `None` if the rule leaves the calendar.
    fn every(&self, n: u64, unit: Unit, on: On, options: &Options) -> Option<(Rule, Anchor)> {
        // With a random moment, the grid is where the windows open.
        let opening = options.scatter.at_random.map(|window| window.open);
        let at = opening.as_ref().map_or(options.at.as_slice(), std::slice::from_ref);
        match unit {
            Unit::Minute | Unit::Hour if !at.is_empty() => self.aligned(n, unit, at),
            Unit::Day | Unit::Week | Unit::Month | Unit::Year => {
                let hours = options.filters.hours.unwrap_or(Limits::ALL_HOURS);
                self.calendar(n, unit, on, at, hours)
            }
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
        let shift = self.displacement.map_or(0, |displacement| displacement.shift());
        let anchor = match self.starting {
            Some(start) => rule.anchor_at_first_match_after(start.just_before(), n),
            None if n == 1 => rule.anchor_ahead_of(self.now.after(-shift), 1),
            None => rule.anchor_ahead_of(self.now, n),
        }?;
        Some((Rule::Aligned(Box::new(rule)), anchor))
    }

    fn calendar(&self, n: u64, unit: Unit, on: On, at: &[TimeOfDay], hours: u32) -> Option<(Rule, Anchor)> {
        let wall = self.zone.wall(self.starting.unwrap_or(self.now));
        let today = wall.date();
        let times = if at.is_empty() { vec![wall.time()] } else { at.to_vec() };
        let pattern = match (on, unit) {
            (On::Weekdays(on), _) => DatePattern::Weeks(on),
            (On::Day(day), _) => DatePattern::Months(day),
            (On::Date { month, day }, _) => {
                DatePattern::Years { month: month.checked_sub(1)?, day: DayOfMonth::Days(1 << day) }
            }
            (On::Default, Unit::Month) => DatePattern::Months(DayOfMonth::Days(1 << today.day())),
            (On::Default, Unit::Year) => {
                DatePattern::Years { month: today.month0() as u8, day: DayOfMonth::Days(1 << today.day()) }
            }
            (On::Default, _) => DatePattern::Days,
        };
        let rule = Calendar::new(pattern, unit, times, self.zone);
        let start = match self.starting {
            Some(_) if on == On::Default && at.is_empty() => Start::On(today),
            Some(start) => Start::FirstMatchAfter(self.before_first_match(&rule, start.just_before())?),
            None if on == On::Default && (n > 1 || at.is_empty()) => Start::AheadOf(today),
            None => Start::FirstMatchAfter(self.before_first_match(&rule, self.now)?),
        };
        // The filters leave steps out, but do not move the grid.
        let anchor = rule.anchor(n, start)?;
        let rule = rule.limited_to(self.allowed.dates.clone(), hours);
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

fn check_deadline(when: &When, until: Timestamp, now: Timestamp, first: Timestamp, zone: Zone) -> Result<()> {
    if until < now {
        return Err(when.in_the_past("until", now, first, zone));
    }
    if until < first {
        return Err(too_early(when, first, zone));
    }
    Ok(())
}

#[cold]
fn too_early(when: &When, first: Timestamp, zone: Zone) -> Error {
    let first = zone.show(first);
    Error::invalid(format!(
        "invalid moment \"{when}\" for until: it is before the first run (expected {first} or later)"
    ))
}

/// The error for a schedule without a slot.
#[cold]
pub(super) fn never(schedule: &Schedule) -> Error {
    let why = match (take_fault(), &schedule.cadence) {
        (Some(fault), _) => format!("its {fault}"),
        (None, Cadence::All(_)) => "its parts have no slot in common within 60 years".to_owned(),
        (None, _) => {
            let others = schedule.options.as_deref().map_or(&[][..], |options| &options.or);
            let is_searched = std::iter::once(schedule).chain(others).any(is_searched);
            let until = if is_searched { "within 60 years" } else { "before the year 10000" };
            return Error::never(format!("\"{schedule}\" has no run {until}"));
        }
    };
    Error::never(format!("\"{schedule}\" has no run: {why}"))
}

/// Whether a search for a slot within limits, which ends at its horizon, finds the slots. Calendars and cron
/// expressions have the dates and the hours in their rules.
fn is_searched(schedule: &Schedule) -> bool {
    let Some(options) = schedule.options.as_deref() else { return false };
    let has_own_dates = match schedule.cadence {
        Cadence::Every { unit, .. } => matches!(unit, Unit::Day | Unit::Week | Unit::Month | Unit::Year),
        Cadence::Cron(_) => true,
        _ => false,
    };
    options.window.is_some() || !has_own_dates && options.filters != Default::default()
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
        Cadence::Unsaid | Cadence::Cron(_) | Cadence::All(_) | Cadence::Own(_) => String::new(),
    };
    Error::never(format!("the interval of {length} is too long: expected one that ends before the year 10000"))
}

#[cfg(feature = "tz")]
#[cfg(test)]
mod tests {
    use chrono::{DateTime, NaiveTime, Utc, Weekday};
    use fastrand::Rng;

    use super::*;
    use crate::zone::{IntoZone, LOOK_UPS};

    fn time(second: u32) -> NaiveTime {
        NaiveTime::from_num_seconds_from_midnight_opt(second % 86_400, 0).unwrap()
    }

    fn every(n: u32, unit: Unit) -> Schedule {
        Schedule::every(n, unit).unwrap()
    }

    fn length(seconds: u64, nanos: u32) -> Schedule {
        Schedule::interval(std::time::Duration::new(seconds, nanos)).unwrap()
    }

    /// With as many times as may be named: seconds of the day, or of the hour, from `first` on.
    fn with_all_times(schedule: Schedule, first: u32) -> Schedule {
        let is_of_hour = matches!(schedule.cadence, Cadence::Every { unit: Unit::Hour, .. });
        (first..first + 1_440).fold(schedule, |schedule, second| {
            let text = format!("{:02}:{:02}", second / 60 % 60, second % 60);
            if is_of_hour { schedule.at(text) } else { schedule.at(time(second)) }.unwrap()
        })
    }

    /// Schedules that meet their windows late or never, each with the most work that we know of its kind.
    fn schedules() -> Vec<Schedule> {
        let mut all = Vec::new();
        for seconds in [1, 7, 599, 5 * 3_600, 43_201, 86_399, 86_400, 86_401, 400 * 86_400 + 1] {
            all.push(length(seconds, 3).between(time(9 * 3_600), time(9 * 3_600 + 1)));
            all.push(length(seconds, 0).between("02:30:00", "02:30:01"));
        }
        for millis in [1, 1_000, 86_400_000] {
            let (open, close) = ("09:00:00.000000001", "09:00:00.000000002");
            let time = |text: &str| text.parse::<NaiveTime>().unwrap();
            all.push(every(millis, Unit::Millisecond).between(time(open), time(close)));
        }
        for n in [1, 2, 5, 24, 25, 8_761] {
            all.push(with_all_times(every(n, Unit::Hour), 1_200).between("02:30:00", "02:30:10"));
            all.push(with_all_times(every(n, Unit::Hour), 0).between("02:30:00", "02:30:10"));
        }
        for n in [1, 2, 1_440, 1_441, 14_401] {
            all.push(every(n, Unit::Minute).at(":17").unwrap().between("02:30:20", "02:31:10"));
            all.push(every(n, Unit::Minute).at(":17").unwrap().between("02:30:10", "02:30:20"));
        }
        for first in [36_000, 7_200, 9_000] {
            all.push(with_all_times(every(1, Unit::Day), first).between("03:30:00", "03:30:01"));
            all.push(with_all_times(every(1, Unit::Day), first).between("01:30:00", "01:30:01"));
            let fifth = every(1, Unit::Month).on_nth(5, Weekday::Sun).unwrap();
            all.push(with_all_times(fifth, first).between("05:30:00", "05:30:01"));
            let in_march = every(12, Unit::Month).on_last(Weekday::Sun).unwrap().starting("2026-03-01").unwrap();
            all.push(with_all_times(in_march, first).between("02:00", "02:24"));
        }
        for expression in ["* * 29 2 *", "*/20 2 29 2 1", "30 2 * 3 *", "0 2 L * *", "* * * * * *", "0 0 0 1 1 * 2199"]
        {
            let cron = |open, close| Schedule::cron(expression).unwrap().between(open, close);
            all.extend([cron("03:30:00", "03:30:01"), cron("02:30:20", "02:30:21")]);
        }
        let late = every(24, Unit::Hour).between("12:00", "24:00").unwrap();
        all.push(late.only_in_hours([0, 17]));
        all.into_iter().collect::<Result<_>>().unwrap()
    }

    /// A look-up takes 100 ns in the machine's zone, and 30 ns in one with a name, so this many take 3 ms at most.
    /// Asking for each day of 60 years took half a million and more.
    const MOST_LOOK_UPS: u64 = 30_000;

    #[test]
    fn a_length_within_the_deadline_is_found_by_few_look_ups() {
        let now: Timestamp = "2026-01-10T12:00:00Z".parse::<DateTime<Utc>>().unwrap().into();
        for (unit, low, high) in [(Unit::Year, 400, 7_000), (Unit::Week, 400, 100_400), (Unit::Day, 400, 1_000_000)] {
            let random = every(low, unit).to(high).unwrap().between("02:00", "02:00:10").unwrap();
            let all = (0..4).fold(random.clone(), |all, _| all.or(&random).unwrap());
            assert!(all.clone().or(&random).is_err(), "so many and no more");
            for until in [100, 244_512_000, 1_728_000_000] {
                let schedule = all.clone().until(TimeDelta::seconds(until)).unwrap();
                let mut rng = Rng::with_seed(1);
                let before = LOOK_UPS.get();
                let _ = compile(
                    schedule,
                    &Calendars::default(),
                    now,
                    "Europe/Berlin".into_zone().unwrap(),
                    None,
                    &mut |low, high| rng.u64(low..=high),
                );
                let look_ups = LOOK_UPS.get() - before;
                assert!(look_ups <= MOST_LOOK_UPS, "{look_ups} for {low} {unit}s until {until} s");
            }
        }
    }

    #[test]
    fn hours_outside_the_window_are_not_tried_on_each_date() {
        let now: Timestamp = "2026-11-29T00:00:00Z".parse::<DateTime<Utc>>().unwrap().into();
        let late = every(376, Unit::Hour).between("12:20", "24:00").unwrap().only_in_hours([0, 10, 11, 17, 19, 20]);
        let late = late.and_then(|late| late.only_on("the 2nd Thursday")?.starting("2026-06-18")).unwrap();
        for name in ["America/New_York", "Africa/Casablanca"] {
            let zone = name.into_zone().unwrap();
            let before = LOOK_UPS.get();
            let compiled = compile(late.clone(), &Calendars::default(), now, zone, None, &mut |low, _| low);
            assert!(compiled.is_err_and(|error| error.to_string().ends_with("has no run within 60 years")));
            // Trying each of 5,000 took 50 million.
            let look_ups = LOOK_UPS.get() - before;
            assert!(look_ups <= 10 * MOST_LOOK_UPS, "{look_ups} in {name}");
        }
    }

    #[test]
    fn no_window_is_searched_for_day_by_day() {
        let now: Timestamp = "2026-01-10T12:00:00Z".parse::<DateTime<Utc>>().unwrap().into();
        let (mut found, mut refused, mut most) = (0, 0, 0);
        for name in ["UTC", "Europe/Berlin", "Africa/Casablanca", "Asia/Gaza", "Asia/Tokyo", "Australia/Lord_Howe"] {
            let zone = name.into_zone().unwrap();
            for schedule in schedules() {
                let mut check = |before: u64, what: &str| {
                    let look_ups = LOOK_UPS.get() - before;
                    assert!(
                        look_ups <= MOST_LOOK_UPS,
                        "{look_ups} for {what} of {:.80} in {name}",
                        schedule.to_string()
                    );
                    most = most.max(look_ups);
                };
                let before = LOOK_UPS.get();
                let compiled = compile(schedule.clone(), &Calendars::default(), now, zone, None, &mut |low, _| low);
                check(before, "the first slot");
                let Ok(Compiled { mut timing, first, .. }) = compiled else {
                    refused += 1;
                    continue;
                };
                found += 1;
                let mut rng = Rng::with_seed(1);
                let before = LOOK_UPS.get();
                let next = timing.advance(first, first, true, &mut rng);
                check(before, "the second slot");
                if let Ok(next) = next {
                    let (by, before) = (TimeDelta::days(3), LOOK_UPS.get());
                    let _ = timing.set_back(by, first - by, next, &mut rng);
                    check(before, "a set-back");
                    let before = LOOK_UPS.get();
                    let _ = timing.skip_to(next, next + TimeDelta::days(20_000));
                    check(before, "a slot after missed ones");
                }
            }
        }
        assert!(found > 100 && refused > 100, "{found} found, {refused} refused");
        assert!(most > 1_000, "{most}");
    }
}
