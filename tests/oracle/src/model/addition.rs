//! A schedule with the labels of its job, and the plan that follows from it.

use std::fmt;

use chrono::{DateTime, TimeDelta, Utc};
use punctual::{Context, IntoOutcome, Moment, OnConflict, Recurrence, Schedule, Scheduler};

use super::{
    choices::Choices,
    job::{Labels, Plan},
    operation::{Situation, KEYS, TAGS},
    rule::{Rule, Unknown},
    track::Track,
    ZONES,
};
use crate::{
    deadline, describe,
    line::{instant, zone_of, Line},
    Draw, Slots, Zone,
};

#[derive(Clone)]
pub(super) struct Addition {
    pub(super) schedule: Schedule,
    pub(super) labels: Labels,
    pub(super) on_conflict: OnConflict,
}

impl Addition {
    pub(super) fn draw(choices: &mut Choices, situation: &Situation) -> Self {
        let mut draw = Draw::from(situation.zone, &mut *choices);
        let (tags, is_named) = (TAGS.map(|tag| draw.one_in(4).then_some(tag)), draw.one_in(6));
        let priority = draw.one_of(&[0, 0, 0, -1, 1]);
        let key = draw.one_in(4).then(|| draw.one_of(&KEYS));
        let on_conflict = draw.one_of(&[OnConflict::Update, OnConflict::Update, OnConflict::Keep, OnConflict::Fail]);
        let repeated = situation.last.filter(|_| draw.one_in(3));
        let schedule = match repeated {
            Some(last) => last.clone(),
            None => draw_schedule(choices, situation),
        };
        let tags = tags.into_iter().flatten().collect();
        let labels = Labels { name: is_named.then_some("named"), key, tags, priority };
        Addition { schedule, labels, on_conflict }
    }

    pub(super) fn register<F, R>(&self, scheduler: &Scheduler, body: F) -> punctual::Result<punctual::Job>
    where
        F: FnMut(&Context) -> R + Send + 'static,
        R: IntoOutcome,
    {
        let Labels { tags, name, key, priority } = &self.labels;
        let mut job = scheduler.schedule(&self.schedule);
        // A job without options is another thing inside than one whose options are the usual ones.
        if !tags.is_empty() {
            job = job.tags(tags);
        }
        if *priority != 0 {
            job = job.priority(*priority);
        }
        if let Some(name) = name {
            job = job.named(name);
        }
        if let Some(key) = key {
            job = job.key(key).on_conflict(self.on_conflict);
        }
        job.run_with(body)
    }
}

/// A schedule of any kind.
pub(super) fn draw_schedule(choices: &mut Choices, situation: &Situation) -> Schedule {
    let mut draw = Draw::from(situation.zone, &mut *choices);
    let is_elsewhere = draw.one_in(4);
    let zone = if is_elsewhere { Zone::of(draw.one_of(&ZONES)) } else { situation.zone };
    let mut draw = Draw::from(zone, choices);
    let now = situation.now;
    let mut schedule = match draw.within(0..=9) {
        8 => Schedule::after(draw.distance().abs().to_std().unwrap()),
        9 => Schedule::once(draw.moment(now)).unwrap(),
        _ => draw.schedule_or_random(now),
    };
    let parts = schedule.parts();
    if is_elsewhere {
        schedule = schedule.tz(zone.tz).unwrap();
    }
    match parts.recurrence {
        Recurrence::Every { .. } if draw.one_in(8) => {
            let slots = Slots::new(zone, &schedule, now);
            let after = |slot: &DateTime<Utc>| slots.after(*slot);
            let last = std::iter::successors(slots.after(now), after).nth(draw.within(0..=3));
            last.into_iter().fold(schedule, |schedule, last| schedule.until(last).unwrap())
        }
        Recurrence::Every { .. } => schedule,
        _ if draw.one_in(6) => schedule.until(draw.moment(now)).unwrap(),
        _ => schedule,
    }
}

/// What a job with this schedule is to do; nothing if the schedule is to be refused. `zone` is the scheduler's.
pub(super) fn plan(schedule: &Schedule, zone: &'static Zone, now: DateTime<Utc>) -> Result<Option<Plan>, Unknown> {
    let parts = schedule.parts();
    let own_zone = zone_of(&parts, zone);
    let until = deadline(schedule, zone, now);
    let tracks = match &parts.recurrence {
        Recurrence::Every { .. } => {
            Line::all(zone, schedule).into_iter().map(|line| repeating(line, now, until)).collect::<Result<_, _>>()?
        }
        Recurrence::After(delay) => vec![single(now + TimeDelta::from_std(*delay).unwrap(), true, now)],
        Recurrence::Once(when) => {
            let is_length = matches!(when.moment(), Ok(punctual::Moment::FromNow(_)));
            vec![single(instant(when, own_zone, now), is_length, now)]
        }
        other => panic!("the model does not know {other:?}"),
    };
    let tracks: Vec<Track> = tracks;
    let is_immediate = parts.immediately && tracks[0].rule.is_open(now);
    let until_is_length = parts.until.as_ref().is_some_and(|when| matches!(when.moment(), Ok(Moment::FromNow(_))));
    let plan = Plan {
        until,
        until_is_length,
        times: parts.times.map(|times| usize::try_from(times).unwrap()),
        extra: is_immediate.then_some(now),
        is_asked_for: false,
        schedule: schedule.clone(),
        tracks,
    };
    let slots = plan.tracks.iter().flat_map(|track| track.next.iter().copied());
    let is_in_time = |first| until.is_none_or(|until| until >= now && first <= until);
    let first = plan.extra.or(slots.min());
    Ok(Some(plan).filter(|_| first.is_some_and(is_in_time)))
}

fn repeating(line: Line<'static>, now: DateTime<Utc>, until: Option<DateTime<Utc>>) -> Result<Track, Unknown> {
    let zone = line.zone;
    let starting = line.starting.as_ref().map(|when| instant(when, zone, now));
    let is_length = line.starting.as_ref().is_some_and(|when| matches!(when.moment(), Ok(Moment::FromNow(_))));
    let is_second_showing = |start: DateTime<Utc>| zone.instant(zone.wall(start)) != start;
    if starting.is_some_and(is_second_showing) {
        // Once such a start is given up it is not found again.
        return Err(Unknown);
    }
    let mut track = Track::new(Rule::of(line, now), now);
    track.find_next(now)?;
    track.draw_within(until)?;
    let start = starting.filter(|start| *start > now);
    if is_length {
        track.start_after_length(starting, now);
    } else if start.is_some() {
        track.start = Some(track.certain().ok_or(Unknown)?);
    }
    Ok(track)
}

fn single(at: DateTime<Utc>, is_delay: bool, now: DateTime<Utc>) -> Track {
    let mut track = Track::new(Rule::Single { at, is_delay }, now);
    track.next = Some(at).filter(|at| *at >= now).into_iter().collect();
    if at == now {
        track.used = now - TimeDelta::nanoseconds(1);
    }
    track
}

impl fmt::Display for Addition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Labels { tags, key, priority, .. } = &self.labels;
        write!(f, "{}; tags {tags:?}, priority {priority}", describe(&self.schedule))?;
        match key {
            Some(key) => write!(f, ", key {key}, {:?}", self.on_conflict),
            None => Ok(()),
        }
    }
}
