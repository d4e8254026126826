//! When a schedule has its slots.

use chrono::{DateTime, Utc};
use punctual::Schedule;

use super::{grid::Grid, line::Line, zone::Zone};

/// The slots of a schedule: those of all its alternatives, each of which keeps a grid of its own.
#[derive(Clone, Debug)]
pub struct Slots<'a> {
    grids: Vec<Grid<'a>>,
}

impl<'a> Slots<'a> {
    /// The slots of a schedule that is registered at `now` with a scheduler of this zone.
    pub fn new(zone: &'a Zone, schedule: &Schedule, now: DateTime<Utc>) -> Self {
        let lines = Line::all(zone, schedule);
        Slots { grids: lines.into_iter().map(|line| Grid::new(line, now)).collect() }
    }

    /// The first slot after `instant`, or `None` if an alternative has none within the time that is searched.
    pub fn after(&self, instant: DateTime<Utc>) -> Option<DateTime<Utc>> {
        let slots: Option<Vec<_>> = self.grids.iter().map(|grid| grid.after(instant)).collect();
        slots?.into_iter().min()
    }

    /// Whether a run at `now` is allowed by the window of an alternative that has a slot since `last`.
    pub fn may_run(&self, last: DateTime<Utc>, now: DateTime<Utc>) -> bool {
        let is_due = |grid: &&Grid<'_>| grid.after(last).is_some_and(|slot| slot <= now);
        self.grids.iter().filter(is_due).any(|grid| grid.is_open(now))
    }

    /// Whether the window is open at `instant`: that of the schedule itself, not of its alternatives.
    pub fn is_open(&self, instant: DateTime<Utc>) -> bool {
        self.grids[0].is_open(instant)
    }
}
