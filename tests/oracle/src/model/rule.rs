//! When a job of the model is to run, by one of the alternatives of its schedule: by the oracle.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, TimeDelta, Utc};

use punctual::IntoWhen;

use crate::{
    grid::Grid,
    line::{instant, Line},
};

pub(super) enum Rule {
    /// Once. A delay counts elapsed time, a moment is one of the wall clock.
    Single { at: DateTime<Utc>, is_delay: bool },
    /// The slots of a grid. If its length is drawn at each slot there are several, until the scheduler shows which it
    /// is.
    Repeating { line: Line<'static>, possible: Vec<Grid<'static>> },
}

/// The oracle found no slot in the time that it has, or no rule says which is the next.
pub(super) struct Unknown;

impl Rule {
    pub(super) fn of(line: Line<'static>, now: DateTime<Utc>) -> Self {
        let of_length = |n| Grid::new(Line { n, ..line.clone() }, now);
        let possible = line.lengths.clone().map(of_length).collect();
        Rule::Repeating { line, possible }
    }

    /// The same rule for a job that is registered now. Its slots start at `start`, if that is known better than by the
    /// line.
    pub(super) fn planned_again(&self, start: Option<DateTime<Utc>>, now: DateTime<Utc>) -> Self {
        let Rule::Repeating { line, .. } = self else { panic!("a single run is not planned again") };
        let mut line = line.clone();
        if let Some(start) = start {
            line.starting = Some(start.into_when());
        }
        Rule::of(line, now)
    }

    /// When the slots start, for a job that is registered now.
    pub(super) fn starting(&self, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
        let Rule::Repeating { line, .. } = self else { return None };
        line.starting.as_ref().map(|when| instant(when, line.zone, now))
    }

    /// Whether the slots are dates of a calendar.
    pub(super) fn is_dated(&self) -> bool {
        matches!(self, Rule::Repeating { line, .. } if !line.is_elapsed())
    }

    pub(super) fn is_random(&self) -> bool {
        matches!(self, Rule::Repeating { line, .. } if line.is_random())
    }

    /// Whether the window is open.
    pub(super) fn is_open(&self, instant: DateTime<Utc>) -> bool {
        match self {
            Rule::Single { .. } => true,
            Rule::Repeating { line, .. } => line.is_open(instant),
        }
    }

    /// Whether a slot outside a window is left out.
    pub(super) fn is_windowed(&self) -> bool {
        matches!(self, Rule::Repeating { line, .. } if line.between.is_some() && !line.is_random())
    }

    /// The next slot, or those that it may be; none if the rule has ended.
    pub(super) fn next_after(&self, instant: DateTime<Utc>) -> Result<BTreeSet<DateTime<Utc>>, Unknown> {
        self.next_of(instant, &BTreeSet::new())
    }

    /// The next slot, or those that it may be, that is none of those that had their run.
    pub(super) fn next_of(
        &self,
        instant: DateTime<Utc>,
        ran: &BTreeSet<DateTime<Utc>>,
    ) -> Result<BTreeSet<DateTime<Utc>>, Unknown> {
        match self {
            Rule::Single { at, .. } => Ok(Some(*at).filter(|at| *at > instant).into_iter().collect()),
            Rule::Repeating { possible, .. } => {
                possible.iter().map(|grid| first_left(grid, instant, ran).ok_or(Unknown)).collect()
            }
        }
    }

    /// Only those lengths are possible whose next slot after `instant` is right.
    pub(super) fn retain(
        &mut self,
        instant: DateTime<Utc>,
        ran: &BTreeSet<DateTime<Utc>>,
        is_right: impl Fn(DateTime<Utc>) -> bool,
    ) {
        if let Rule::Repeating { possible, .. } = self {
            possible.retain(|grid| first_left(grid, instant, ran).is_some_and(&is_right));
        }
    }

    /// A slot was used: a random length is drawn for the next. Where a window has moved slots of different dates to
    /// one, nothing has shown yet of which date it is.
    pub(super) fn restart(&mut self, slot: DateTime<Utc>) {
        if let Rule::Repeating { line, possible } = self {
            if line.is_random() {
                let of_date: BTreeMap<_, _> = possible.drain(..).map(|grid| (grid.date_of(slot), grid)).collect();
                let counted = |grid: Grid<'static>| line.lengths.clone().map(move |n| grid.counted_from(slot, n));
                *possible = of_date.into_values().flat_map(counted).collect();
            }
        }
    }

    /// Whether it is unknown from which of several dates the random lengths count.
    pub(super) fn is_date_open(&self) -> bool {
        matches!(self, Rule::Repeating { line, possible } if possible.len() > line.lengths.clone().count())
    }

    /// Whether slots are marks that the clock shows, at elapsed hours or minutes.
    pub(super) fn has_marks(&self) -> bool {
        matches!(self, Rule::Repeating { line, .. } if line.is_elapsed() && !line.at.is_empty())
    }

    /// How much later than elapsed time has them the marks are.
    pub(super) fn late(&self) -> TimeDelta {
        match self {
            Rule::Single { .. } => TimeDelta::zero(),
            Rule::Repeating { possible, .. } => possible.last().map(Grid::late).unwrap_or_default(),
        }
    }

    /// Moves marks an hour, or a minute, later, past which the clock was set forward although no time has passed.
    pub(super) fn put_off(&mut self) -> TimeDelta {
        match self {
            Rule::Single { .. } => TimeDelta::zero(),
            Rule::Repeating { possible, .. } => possible.iter_mut().map(Grid::put_off).last().unwrap_or_default(),
        }
    }

    /// The next slot is computed again.
    pub(super) fn settle(&mut self) {
        if let Rule::Repeating { possible, .. } = self {
            possible.iter_mut().for_each(Grid::settle);
        }
    }

    /// Moves what counts elapsed time along with a clock that is set back, or forward if `by` is negative. Returns how
    /// much earlier the next slot is due, if it moves.
    ///
    /// No rule says whether a reading of an hour, or a minute, counts that the clock shows once more, before the first
    /// run and if there are several; nor what a slot waits for that a window has moved.
    pub(super) fn set_back(&mut self, by: TimeDelta, has_begun: bool) -> Result<Option<TimeDelta>, Unknown> {
        match self {
            Rule::Single { at, is_delay } => {
                *at -= if *is_delay { by } else { TimeDelta::zero() };
                Ok(is_delay.then_some(by))
            }
            Rule::Repeating { line, possible } => {
                let owed = possible.iter_mut().map(|grid| grid.set_back(by)).last();
                let is_clear = match line.at.len() {
                    _ if !line.is_elapsed() => true,
                    _ if line.is_random() && line.between.is_some() => false,
                    0 => true,
                    marks => has_begun && marks == 1,
                };
                is_clear.then_some(owed.filter(|_| line.is_elapsed())).ok_or(Unknown)
            }
        }
    }
}

/// The first slot after `instant` that has not had its run.
fn first_left(grid: &Grid<'_>, instant: DateTime<Utc>, ran: &BTreeSet<DateTime<Utc>>) -> Option<DateTime<Utc>> {
    let after = |slot: &DateTime<Utc>| grid.after(*slot);
    std::iter::successors(grid.after(instant), after).find(|slot| !ran.contains(slot))
}
