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
            return self.main.cursor.advance(&self.main.grid, now, random);
        }
        for Line { grid, cursor } in self.lines() {
            if cursor.next.is_some_and(|next| next <= now) {
                cursor.advance(grid, now, random);
            }
        }
    }

    /// Leaves out the slots that are not after `now`.
    pub(super) fn skip_to(&mut self, now: Timestamp) {
        for Line { grid, cursor } in self.lines() {
            if cursor.next.is_some_and(|next| next <= now) {
                cursor.find_next(grid, now);
            }
        }
    }

    /// Follows the wall clock, which was set back to `now`.
    pub(super) fn set_back(&mut self, by: TimeDelta, now: Timestamp) {
        self.lines().for_each(|Line { grid, cursor }| cursor.set_back(grid, by, now));
    }
}
