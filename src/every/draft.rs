//! A sentence as far as it has been said.

use std::{num::NonZeroU64, sync::Arc, time::Duration};

use chrono::NaiveTime;

use super::when::When;
use crate::{
    error::{Error, Result},
    job::Labels,
    trigger::{DayOfMonth, Unit, WeekdaySet, Window},
    zone::{TimeOfDay, Zone},
};

/// What has been said, none of it checked against the clock yet. Small, because it is handed on at every word.
#[derive(Debug)]
pub(super) struct Draft {
    pub(super) cadence: Cadence,
    /// What few sentences say.
    pub(super) options: Option<Box<Options>>,
}

/// How often.
#[derive(Debug)]
pub(super) enum Cadence {
    /// Every `low` to `high` units, on some of their days.
    Every { low: u64, high: u64, unit: Unit, on: On },
    /// Once, so long after the registration.
    After(Duration),
    /// Once, at a moment.
    Once(Box<When>),
}

/// What a sentence says beside how often.
#[derive(Debug, Default)]
pub(super) struct Options {
    /// Each once, in order.
    pub(super) at: Vec<TimeOfDay>,
    pub(super) zone: Option<Zone>,
    pub(super) window: Option<Window>,
    pub(super) starting: Option<When>,
    pub(super) until: Option<When>,
    pub(super) times: Option<u64>,
    pub(super) immediately: bool,
    pub(super) priority: i32,
    pub(super) workers: Option<NonZeroU64>,
    pub(super) labels: Labels,
}

/// Which days of a week, a month or a year.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum On {
    /// The sentence does not say.
    Unsaid,
    Weekdays(WeekdaySet),
    Day(DayOfMonth),
    Date {
        month: u8,
        day: u8,
    },
}

impl Draft {
    pub(super) fn new(cadence: Cadence) -> Self {
        Draft { cadence, options: None }
    }

    pub(super) fn every(n: u64, unit: Unit) -> Self {
        Draft::new(Cadence::Every { low: n, high: n, unit, on: On::Unsaid })
    }

    /// The same sentence with one thing more.
    pub(super) fn with(mut self, say: impl FnOnce(&mut Options)) -> Result<Self> {
        say(self.options.get_or_insert_with(Box::default));
        Ok(self)
    }

    pub(super) fn at(self, time: NaiveTime) -> Result<Self> {
        let time = TimeOfDay::from(time);
        self.with(|options| {
            if let Err(place) = options.at.binary_search(&time) {
                options.at.insert(place, time);
            }
        })
    }

    /// Makes the length random: `longest` is in the same unit.
    pub(super) fn to(mut self, longest: i128) -> Result<Self> {
        if let Cadence::Every { low, high, unit, .. } = &mut self.cadence {
            *high = u64::try_from(longest.max(0)).unwrap_or(u64::MAX);
            if longest < i128::from(*low) {
                let shown = |n: i128| match unit {
                    Unit::Nanosecond => format!("{:?}", Duration::from_nanos(u64::try_from(n).unwrap_or(0))),
                    _ => n.to_string(),
                };
                let (low, longest) = (shown((*low).into()), shown(longest));
                return Err(Error::count(format!("invalid range {low} to {longest}: the end must not be below {low}")));
            }
        }
        Ok(self)
    }

    pub(super) fn on(mut self, days: On) -> Result<Self> {
        if let Cadence::Every { on, .. } = &mut self.cadence {
            *on = days;
        }
        Ok(self)
    }

    /// What an error calls the job of a sentence that names its days.
    pub(super) fn kind_of_job(&self) -> &'static str {
        match self.cadence {
            Cadence::Every { on: On::Day(_), .. } => "a monthly job",
            Cadence::Every { on: On::Date { .. }, .. } => "a yearly job",
            _ => "a weekly job",
        }
    }

    /// A tag that is said twice is kept twice: the registry, which has an index of tags, sees which are new.
    pub(super) fn tag(self, tag: &str) -> Result<Self> {
        let tag = labelled(tag, "tag")?;
        self.with(|options| options.labels.tags.push(Arc::from(tag)))
    }

    pub(super) fn named(self, name: &str) -> Result<Self> {
        let name = labelled(name, "name")?;
        self.with(|options| options.labels.name = Some(Arc::from(name)))
    }
}

/// The text, when there is one.
fn labelled<'a>(text: &'a str, what: &str) -> Result<&'a str> {
    if text.is_empty() {
        return Err(Error::label(format!("invalid {what} \"\": the text is empty (expected at least one character)")));
    }
    Ok(text)
}
