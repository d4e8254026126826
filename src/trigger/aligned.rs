//! Hours and minutes that are aligned to a reading of the wall clock.

use std::fmt;

use chrono::TimeDelta;

use super::{words::list, Trigger, Unit};
use crate::{
    timestamp::{delta_of, nanos_of, Timestamp},
    zone::{Readings, TimeOfDay, Wall, Zone},
};

/// Every `n` hours at a minute, or every `n` minutes at a second.
///
/// The hours count elapsed time, so the hour that an autumn night repeats has its run too, and the hour that a spring
/// night lacks has none. The reading is the wall clock's: where an offset changes by part of an hour (Lord Howe moves
/// by 30 minutes) the slots move with it, a reading that is skipped comes later by the gap, and one that is shown again
/// before an hour has passed counts once.
pub(crate) struct Aligned {
    /// The beginning of an hour (or minute) of the wall clock, from which steps are counted.
    base: Timestamp,
    /// The offset that gave that beginning, in nanoseconds as all lengths here.
    offset: i64,
    /// By how much less than an hour (or minute) the slots are later than elapsed time has them, because the wall clock
    /// was set back.
    late: i64,
    /// How far into the hour (or minute): each once, in order.
    at: Vec<TimeOfDay>,
    n: u64,
    unit: Unit,
    zone: Zone,
}

const MINUTE: i64 = 60_000_000_000;
const HOUR: i64 = 60 * MINUTE;

impl Aligned {
    /// Counts from the hour (or minute) of `now`; with more than one of them a step, the first slot is one step ahead,
    /// whether or not the reading is still to come in this hour, as in Python's `schedule`. `None` when a step leaves
    /// the calendar.
    pub(crate) fn ahead_of(now: Timestamp, (n, unit): (u64, Unit), at: Vec<TimeOfDay>, zone: Zone) -> Option<Self> {
        let mut rule = Aligned { base: now, offset: zone.offset_at(now), late: 0, at, n, unit, zone };
        rule.base = rule.beginning(now);
        let ahead = rule.one_step_on().within_calendar()?;
        if n > 1 {
            rule.base = ahead;
        }
        Some(rule)
    }

    /// Counts from the first match strictly after `instant`.
    pub(crate) fn from_first_match_after(
        instant: Timestamp,
        (n, unit): (u64, Unit),
        at: Vec<TimeOfDay>,
        zone: Zone,
    ) -> Option<Self> {
        let mut rule = Aligned::ahead_of(instant, (1, unit), at, zone)?;
        let first = rule.next_after(instant)?;
        rule.restart(first, n);
        rule.one_step_on().within_calendar()?;
        Some(rule)
    }

    /// Moves the steps, by whole hours (or minutes), because the wall clock was set back. Returns how far they would have
    /// moved from where they are if any reading would do: what is left of it is not forgotten, lest many a set-back make
    /// them later and later.
    pub(crate) fn set_back(&mut self, by: TimeDelta) -> TimeDelta {
        let owed = nanos_of(by) + i128::from(self.late);
        let part = owed.rem_euclid(self.one().into());
        self.base = self.base.after(part - owed);
        self.late = part as i64;
        delta_of(owed).unwrap_or(TimeDelta::MAX)
    }

    /// [`restart`](Trigger::restart), for a slot that a window may have moved. Where it shows none of the readings, the one
    /// that comes next is no step away.
    pub(super) fn restart_at_opening(&mut self, slot: Timestamp, length: u64) {
        let before = slot.just_before();
        let reading = self.at.iter().map(|at| self.reading_after(before, *at)).min().unwrap_or(slot);
        self.restart(reading, length);
        if reading != slot {
            self.base = self.one_step_on();
        }
    }

    /// From now on the slots count as those that elapsed time gives.
    pub(crate) fn settle(&mut self) {
        self.late = 0;
    }

    fn one(&self) -> i64 {
        if self.unit == Unit::Hour {
            HOUR
        } else {
            MINUTE
        }
    }

    fn step(&self) -> i128 {
        i128::from(self.one()) * i128::from(self.n)
    }

    fn one_step_on(&self) -> Timestamp {
        self.base.after(self.step())
    }

    /// The beginning of the hour (or minute) that the wall clock shows at `instant`.
    fn beginning(&self, instant: Timestamp) -> Timestamp {
        instant.later(-self.part_of_one(self.zone.wall(instant)))
    }

    /// How far a wall time is into its hour (or minute).
    fn part_of_one(&self, wall: Wall) -> i64 {
        wall.time().nanos() % self.one()
    }

    /// The first instant strictly after `instant` at which the wall clock shows `at`, whatever the hour.
    fn reading_after(&self, instant: Timestamp, at: TimeOfDay) -> Timestamp {
        let one = self.one();
        let mut ahead = at.nanos() - self.part_of_one(self.zone.wall(instant));
        if ahead <= 0 {
            ahead += one;
        }
        let next = instant.later(ahead);
        let offset = self.zone.offset_at(instant);
        if [next, instant.later(-one)].map(|near| self.zone.offset_at(near)) == [offset; 2] {
            return next;
        }
        self.reading_around_change(instant, at).unwrap_or(next)
    }

    /// [`reading_after`](Self::reading_after) where an offset changes nearby: looks at each reading between the wall
    /// times that the old and the new offset give.
    fn reading_around_change(&self, instant: Timestamp, at: TimeOfDay) -> Option<Timestamp> {
        let one = self.one();
        let [before, now, then] = [-one, 0, one].map(|away| self.zone.offset_at(instant.later(away)));
        let low = Wall::shown_at(instant, before.min(now).min(then));
        let last = Wall::shown_at(instant, before.max(now).max(then)).later(2 * one);
        let mut wall = low.later(at.nanos() - self.part_of_one(low));
        let mut first: Option<Timestamp> = None;
        while wall <= last {
            let slots = match self.zone.readings(wall) {
                Readings::Twice(early, late) => [Some(early), (early.later(one) <= late).then_some(late)],
                Readings::Once(slot) => [Some(slot), None],
                // Of several that one gap skips, the clock soon shows the others' like.
                Readings::Skipped { shifted } => match self.zone.readings(wall.later(-one)) {
                    Readings::Skipped { .. } => [None, None],
                    _ => [Some(shifted), None],
                },
            };
            let later = slots.into_iter().flatten().filter(|slot| *slot > instant);
            first = later.chain(first).min();
            wall = wall.later(one);
        }
        first
    }

    /// The slot that stands for a point of the elapsed grid: the point itself where the clock shows the reading then.
    /// Where it does not, the offset has changed by part of an hour since the base, and the slot has moved by that part.
    fn standing_for(&self, point: Timestamp, at: TimeOfDay) -> Timestamp {
        let slot = self.reading_after(point.just_before(), at);
        if slot == point {
            return slot;
        }
        let part = (self.zone.offset_at(point) - self.offset) % self.one();
        self.reading_after(point.later(-part).just_before(), at)
    }

    fn next_at(&self, at: TimeOfDay, instant: Timestamp) -> Option<Timestamp> {
        if self.n == 1 {
            return Some(self.reading_after(instant.max(self.base.just_before()), at));
        }
        let step = self.step();
        let start = self.base.later(at.nanos());
        let passed = ((instant.nanos() - start.nanos()) / step - 1).max(0);
        let points = (passed..passed + 4).map(|steps| start.after(steps * step));
        points.map(|point| self.standing_for(point, at)).find(|slot| *slot > instant)
    }
}

impl Trigger for Aligned {
    fn next_after(&self, instant: Timestamp) -> Option<Timestamp> {
        self.at.iter().filter_map(|at| self.next_at(*at, instant)).min().and_then(Timestamp::within_calendar)
    }

    fn restart(&mut self, slot: Timestamp, length: u64) {
        self.base = self.beginning(slot);
        self.offset = self.zone.offset_at(slot);
        self.late = 0;
        self.n = length;
    }

    fn describe(&self, range: Option<(u64, u64)>, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.unit.describe(self.n, range, f)?;
        f.write_str(" at ")?;
        list(self.at.iter().map(|at| Mark(*at, self.unit)), f)
    }
}

/// A reading, as `at` takes it.
struct Mark(TimeOfDay, Unit);

impl fmt::Display for Mark {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (minute, second) = (self.0.nanos() / MINUTE, self.0.nanos() % MINUTE / (MINUTE / 60));
        match (self.1, second) {
            (Unit::Hour, 0) => write!(f, ":{minute:02}"),
            (Unit::Hour, _) => write!(f, "{minute:02}:{second:02}"),
            _ => write!(f, ":{second:02}"),
        }
    }
}
