//! The compiled schedule of a job, and where the job stands on it.

use chrono::TimeDelta;
use fastrand::Rng;

use super::cursor::{Cursor, Grid};
use crate::{event::Removal, schedule::Schedule, timestamp::Timestamp, trigger::Rule, zone::Zone};

/// A schedule, compiled for one job.
#[derive(Clone)]
pub(crate) struct Plan {
    pub(crate) schedule: Schedule,
    pub(super) main: Line,
    /// The alternatives of `or`.
    pub(super) others: Vec<Line>,
    /// The last instant at which a slot may be.
    pub(crate) until: Option<Timestamp>,
    /// How often the body may run.
    pub(crate) times: Option<u64>,
}

/// A grid and the cursor on it.
#[derive(Clone)]
pub(super) struct Line {
    pub(super) grid: Grid,
    pub(super) cursor: Cursor,
    /// Whether the last slot that was used, and is to have its run, is one of this grid.
    pub(super) is_claimed: bool,
}

impl Line {
    pub(super) fn new(grid: Grid, cursor: Cursor) -> Self {
        Line { grid, cursor, is_claimed: false }
    }
}

impl Plan {
    /// The next slot, if it is not too late; otherwise why there is none.
    #[inline]
    pub(super) fn next(&self) -> Result<Timestamp, Removal> {
        let main = self.main.cursor.next;
        let next = if self.others.is_empty() { main } else { self.first_of_all() };
        let next = next.ok_or(Removal::Finished)?;
        match self.until {
            Some(until) if next > until => Err(Removal::Deadline),
            _ => Ok(next),
        }
    }

    /// When a single run is, if it is given as a moment.
    pub(super) fn moment(&self) -> Option<Timestamp> {
        match self.main.grid.rule {
            Rule::Moment => Some(self.main.cursor.anchor.at),
            _ => None,
        }
    }

    fn first_of_all(&self) -> Option<Timestamp> {
        self.others.iter().chain([&self.main]).filter_map(|line| line.cursor.next).min()
    }

    /// The zone of the schedule.
    pub(super) fn zone(&self) -> Zone {
        self.main.grid.zone
    }

    fn lines(&mut self) -> impl Iterator<Item = &mut Line> {
        std::iter::once(&mut self.main).chain(&mut self.others)
    }

    /// Uses the slots that are due at `now`, and finds the next ones after it.
    #[inline]
    pub(super) fn advance(&mut self, now: Timestamp, random: &mut Rng) {
        if self.others.is_empty() {
            self.main.is_claimed = true;
            return self.main.cursor.advance(&self.main.grid, now, random);
        }
        for Line { grid, cursor, is_claimed } in self.lines() {
            *is_claimed = cursor.next.is_some_and(|next| next <= now);
            if *is_claimed {
                cursor.advance(grid, now, random);
            }
        }
    }

    /// Takes note that the run to come is not for a slot of the grid. One by `immediately` obeys the window all the same.
    pub(super) fn claim_off_grid(&mut self, is_asked_for: bool) {
        self.lines().for_each(|line| line.is_claimed = false);
        self.main.is_claimed = !is_asked_for;
    }

    /// Whether a run that begins at `now` would start outside the window of its slot.
    pub(super) fn is_outside_window(&self, now: Timestamp) -> bool {
        let mut claimed = self.others.iter().chain([&self.main]).filter(|line| line.is_claimed).peekable();
        let is_closed = |line: &Line| line.grid.window.is_some_and(|window| !window.is_open(line.grid.zone, now));
        claimed.peek().is_some() && claimed.all(is_closed)
    }

    /// Leaves out the slots that are not after `now`.
    pub(super) fn skip_to(&mut self, now: Timestamp) {
        for Line { grid, cursor, .. } in self.lines() {
            if cursor.next.is_some_and(|next| next <= now) {
                cursor.find_next(grid, now);
            }
        }
    }

    /// Follows the wall clock, which was set back to `now`.
    pub(super) fn set_back(&mut self, by: TimeDelta, now: Timestamp) {
        self.lines().for_each(|Line { grid, cursor, .. }| cursor.set_back(grid, by, now));
    }
}
