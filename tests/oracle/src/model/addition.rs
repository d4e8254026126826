//! A sentence with all that it says, and the job that it makes.

use std::fmt;

use chrono::{DateTime, TimeDelta, Utc};
use punctual::{
    state::{Complete, InTurn},
    Context, Every, IntoOutcome, Scheduler,
};

use super::{
    choices::Choices,
    job::Job,
    operation::{Situation, TAGS},
    rule::{Next, Rule, Unknown},
    zones,
};
use crate::{Draw, End, Moment, On, Sentence, Slots, Unit, Zone};

#[derive(Clone)]
pub(super) struct Addition {
    cadence: Cadence,
    zone: &'static Zone,
    tags: Vec<&'static str>,
    name: Option<&'static str>,
    priority: i32,
}

#[derive(Clone)]
enum Cadence {
    Every(Sentence),
    After(TimeDelta, Option<Moment>),
    Once(Moment, Option<Moment>),
}

impl Addition {
    pub(super) fn draw(choices: &mut Choices, situation: &Situation) -> Self {
        let mut draw = Draw::from(situation.zone, &mut *choices);
        let (tags, is_named) = (TAGS.map(|tag| draw.one_in(4).then_some(tag)), draw.one_in(6));
        let priority = draw.one_of(&[0, 0, 0, -1, 1]);
        let repeated = situation.last.filter(|_| draw.one_in(3));
        let (cadence, zone) = match repeated {
            Some(last) => (last.cadence.clone(), last.zone),
            None => {
                let zone = if draw.one_in(4) { &zones()[draw.within(0..=zones().len() - 1)] } else { situation.zone };
                (Cadence::draw(choices, situation, zone), zone)
            }
        };
        let tags = tags.into_iter().flatten().collect();
        Addition { cadence, zone, tags, name: is_named.then_some("named"), priority }
    }

    /// The job that it is to make; nothing when it is to be refused.
    pub(super) fn job(&self, now: DateTime<Utc>) -> Result<Option<Job>, Unknown> {
        let instant = |moment: &Moment| moment.instant(self.zone, now);
        let (rule, until) = match &self.cadence {
            Cadence::Every(sentence) => (Rule::of(self.zone, sentence, now), &sentence.until),
            Cadence::After(delay, until) => (Rule::Single { at: now + *delay, is_delay: true }, until),
            Cadence::Once(moment, until) => (Rule::Single { at: instant(moment), is_delay: false }, until),
        };
        let mut job = Job::new(rule, now);
        job.name = self.name;
        job.tags = self.tags.clone();
        job.priority = self.priority;
        job.until = until.as_ref().map(instant);
        match &self.cadence {
            Cadence::Every(sentence) => {
                let is_second_showing = |start: DateTime<Utc>| self.zone.instant(self.zone.wall(start)) != start;
                if sentence.starting.as_ref().map(instant).is_some_and(is_second_showing) {
                    // Once such a start is given up it is not found again.
                    return Err(Unknown);
                }
                job.times = sentence.times;
                let first = job.rule.next_after(now)?;
                if sentence.starting.as_ref().is_some_and(|start| instant(start) > now) {
                    let Next::One(first) = first else { return Err(Unknown) };
                    job.start = Some(first);
                }
                job.is_extra = sentence.immediately && job.rule.is_open(now);
                if job.is_extra {
                    job.due = Some(now);
                } else {
                    job.find_next(now)?;
                }
            }
            Cadence::After(..) | Cadence::Once(..) => {
                job.due = job.rule.single().filter(|at| *at >= now);
            }
        }
        if job.due == Some(now) {
            job.used = now - TimeDelta::nanoseconds(1);
        }
        let is_late = job.until.is_some_and(|until| until < now || job.due.is_some_and(|due| due > until));
        let comes = job.due.is_some() || job.drawn_after.is_some();
        Ok(Some(job).filter(|_| comes && !is_late))
    }

    pub(super) fn say<F, R>(&self, scheduler: &Scheduler, body: F) -> punctual::Result<punctual::Job>
    where
        F: FnMut(&Context) -> R + Send + 'static,
        R: IntoOutcome,
    {
        let end = Rest { addition: self, body };
        let until = |every: Every<_>, until: &Option<Moment>| match until {
            Some(moment) => moment.until(every),
            None => every,
        };
        match &self.cadence {
            Cadence::Every(sentence) => sentence.say_and(scheduler, self.zone.tz, end),
            Cadence::After(delay, when) => {
                let every = scheduler.after(delay.to_std().unwrap()).tz(self.zone.tz);
                end.end(until(every, when))
            }
            Cadence::Once(moment, when) => end.end(until(moment.once(scheduler).tz(self.zone.tz), when)),
        }
    }
}

impl Cadence {
    fn draw(choices: &mut Choices, situation: &Situation, zone: &'static Zone) -> Self {
        let mut draw = Draw::from(zone, choices);
        let now = situation.now;
        let kind = draw.within(0..=9);
        let until = |draw: &mut Draw<_>| draw.one_in(6).then(|| draw.moment(now));
        match kind {
            8 => Cadence::After(draw.distance().abs(), until(&mut draw)),
            9 => Cadence::Once(draw.moment(now), until(&mut draw)),
            _ => {
                let mut sentence = draw.sentence(now);
                sentence.says_zone |= zone.tz != situation.zone.tz;
                // Which day a shorter month hides is known from the first length alone.
                let of_month = matches!(sentence.unit, Unit::Month | Unit::Year) && sentence.on == On::Unsaid;
                if !of_month && draw.one_in(6) {
                    sentence.to = Some(sentence.n + draw.within(1..=3));
                }
                if draw.one_in(8) {
                    let slots = Slots::new(zone, &sentence, now);
                    let after = |slot: &DateTime<Utc>| slots.after(*slot);
                    let last = std::iter::successors(slots.after(now), after).nth(draw.within(0..=3));
                    sentence.until = last.map(Moment::Instant);
                }
                Cadence::Every(sentence)
            }
        }
    }
}

/// The rest of a sentence, behind what tells when.
struct Rest<'a, F> {
    addition: &'a Addition,
    body: F,
}

impl<F, R> End for Rest<'_, F>
where
    F: FnMut(&Context) -> R + Send + 'static,
    R: IntoOutcome,
{
    fn end<S: Complete>(self, every: Every<S, InTurn>) -> punctual::Result<punctual::Job> {
        let Addition { tags, name, priority, .. } = self.addition;
        let every = every.tags(tags).priority(*priority);
        let every = name.iter().fold(every, |every, name| every.named(name));
        every.run_with(self.body)
    }
}

impl fmt::Display for Addition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.cadence {
            Cadence::Every(sentence) => sentence.fmt(f)?,
            Cadence::After(delay, until) => write!(f, "after({delay}) until {until:?};")?,
            Cadence::Once(moment, until) => write!(f, "once({moment:?}) until {until:?};")?,
        }
        write!(f, " in {}, tags {:?}, priority {}", self.zone.tz, self.tags, self.priority)
    }
}
