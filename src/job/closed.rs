//! When a job can have no slot: its window is closed, or its filters exclude the date or the hour.

use super::{
    plan::{Line, Plan},
    timing::Timing,
};
use crate::{
    timestamp::Timestamp,
    trigger::Limits,
    zone::{Readings, TimeOfDay, Wall, Zone, DAY},
};

/// The longest span that is looked at, in days.
const MOST_DAYS: i64 = 400;

impl Timing {
    /// The parts of a span in which no grid of the job may have a slot, in order, each up to but not including its end.
    /// Empty for a span of more than [`MOST_DAYS`].
    pub(crate) fn closed(&self, from: Timestamp, to: Timestamp) -> Vec<(Timestamp, Timestamp)> {
        let Timing::Planned(plan) = self else { return Vec::new() };
        let is_long = to.nanos() - from.nanos() > i128::from(MOST_DAYS) * i128::from(DAY);
        // A job is closed if all its lines are. One that never closes is enough.
        let Some(openings) = plan.openings().filter(|_| from < to && !is_long) else { return Vec::new() };
        let mut changes = vec![from];
        openings.iter().for_each(|opening| opening.changes(from, to, &mut changes));
        changes.sort_unstable();
        changes.dedup();
        changes.push(to);
        let mut closed: Vec<(Timestamp, Timestamp)> = Vec::new();
        for part in changes.windows(2) {
            if openings.iter().any(|opening| opening.is_open(part[0])) {
                continue;
            }
            match closed.last_mut() {
                Some((_, end)) if *end == part[0] => *end = part[1],
                _ => closed.push((part[0], part[1])),
            }
        }
        closed
    }
}

impl Plan {
    /// When each of the lines is open; `None` if one always is.
    fn openings(&self) -> Option<Vec<Opening>> {
        std::iter::once(&self.main).chain(&self.others).map(Opening::of).collect()
    }
}

/// When the slots of a grid may be, for a grid that has limits. Those that its rule obeys by itself are among them.
struct Opening {
    zone: Zone,
    limits: Limits,
}

impl Opening {
    /// `None` if the grid may have a slot at any time.
    fn of(line: &Line) -> Option<Self> {
        let limits = line.grid.limits.as_deref();
        let (window, hours) = limits.map_or((None, None), |limits| (limits.window, limits.hours));
        let limits = Limits::new(window, hours, line.allowed.dates.clone())?;
        Some(Opening { zone: line.grid.zone, limits })
    }

    fn is_open(&self, at: Timestamp) -> bool {
        self.limits.is_open(self.zone, at)
    }

    /// The times at which clocks show that it opens or closes on a day. It may also do so when the offset changes.
    fn times(&self) -> impl Iterator<Item = TimeOfDay> + '_ {
        let window = self.limits.window.iter().flat_map(|window| [window.open, window.close]);
        let hours = if self.limits.hours.is_some() { 24 } else { i64::from(self.limits.dates.is_some()) };
        window.chain((0..hours).map(|hour| TimeOfDay::new(hour * 3_600, 0)))
    }

    /// Collects the instants strictly within a span at which it may open or close.
    fn changes(&self, from: Timestamp, to: Timestamp, all: &mut Vec<Timestamp>) {
        let mut at = from;
        while at < to {
            at = self.zone.offset_period(at, to).until;
            all.extend(Some(at).filter(|at| *at < to));
        }
        for day in self.zone.wall(from).day() - 1..=self.zone.wall(to).day() + 1 {
            let readings = self.times().map(|time| self.zone.readings(Wall::new(day, time)));
            let instants = readings.flat_map(|readings| match readings {
                Readings::Skipped { .. } => [None, None],
                Readings::Once(at) => [Some(at), None],
                Readings::Twice(first, second) => [Some(first), Some(second)],
            });
            all.extend(instants.flatten().filter(|at| from < *at && *at < to));
        }
    }
}
