//! Hours and minutes that are aligned to a reading of the wall clock.

use std::fmt;

use chrono::{DateTime, NaiveDateTime, TimeDelta};

use super::{words::list, Trigger, Unit};
use crate::{
    instant::{delta_of, nanos_of, Instant},
    zone::{Readings, Zone},
};

/// Every `n` hours at a minute, or every `n` minutes at a second.
///
/// The hours count elapsed time, so the hour that an autumn night repeats has its run too, and the hour that a spring
/// night lacks has none. The reading is the wall clock's: where an offset changes by part of an hour (Lord Howe moves
/// by 30 minutes) the slots move with it, a reading that is skipped comes later by the gap, and one that is shown again
/// before an hour has passed counts once.
#[derive(Clone)]
pub(crate) struct Aligned {
    /// The beginning of an hour (or minute) of the wall clock, from which steps are counted.
    base: Instant,
    /// The offset that gave that beginning.
    offset: TimeDelta,
    /// By how much less than an hour (or minute) the slots are later than elapsed time has them, because the wall clock
    /// was set back.
    late: TimeDelta,
    /// How far into the hour (or minute).
    at: Vec<TimeDelta>,
    n: u64,
    unit: Unit,
    zone: Zone,
}

impl Aligned {
    /// Counts from the hour (or minute) of `now`; with more than one of them a step, the first slot is one step ahead,
    /// whether or not the reading is still to come in this hour, as in Python's `schedule`. `None` when a step leaves
    /// the calendar.
    pub(crate) fn ahead_of(now: Instant, (n, unit): (u64, Unit), at: Vec<TimeDelta>, zone: Zone) -> Option<Self> {
        let (offset, late) = (zone.offset_at(now), TimeDelta::zero());
        let mut rule = Aligned { base: now, offset, late, at, n, unit, zone };
        rule.at.sort_unstable();
        rule.at.dedup();
        rule.base = rule.beginning(now);
        let ahead = (rule.base + rule.step()?).within_calendar()?;
        if n > 1 {
            rule.base = ahead;
        }
        Some(rule)
    }

    /// Counts from the first match strictly after `instant`.
    pub(crate) fn from_first_match_after(
        instant: Instant,
        (n, unit): (u64, Unit),
        at: Vec<TimeDelta>,
        zone: Zone,
    ) -> Option<Self> {
        let mut rule = Aligned::ahead_of(instant, (1, unit), at, zone)?;
        let first = rule.next_after(instant)?;
        rule.restart(first, n);
        (rule.base + rule.step()?).within_calendar()?;
        Some(rule)
    }

    /// Moves the steps, by whole hours (or minutes), because the wall clock was set back. Returns how far they would have
    /// moved from where they are if any reading would do: what is left of it is not forgotten, lest many a set-back make
    /// them later and later.
    pub(crate) fn set_back(&mut self, by: TimeDelta) -> TimeDelta {
        let owed = nanos_of(by) + nanos_of(self.late);
        let part = owed.rem_euclid(nanos_of(self.one()));
        self.base = self.base.after(part - owed);
        self.late = delta_of(part).unwrap_or(TimeDelta::zero());
        delta_of(owed).unwrap_or(TimeDelta::MAX)
    }

    /// [`restart`](Trigger::restart), for a slot that a window may have moved. Where it shows none of the readings, the one
    /// that comes next is no step away.
    pub(super) fn restart_at_opening(&mut self, slot: Instant, length: u64) {
        let readings = self.at.iter().filter_map(|at| self.reading_after(slot.just_before(), *at));
        let reading = readings.min().unwrap_or(slot);
        self.restart(reading, length);
        if let Some(step) = self.step().filter(|_| reading != slot) {
            self.base = self.base + step;
        }
    }

    /// From now on the slots count as those that elapsed time gives.
    pub(crate) fn settle(&mut self) {
        self.late = TimeDelta::zero();
    }

    fn one(&self) -> TimeDelta {
        if self.unit == Unit::Hour {
            TimeDelta::hours(1)
        } else {
            TimeDelta::minutes(1)
        }
    }

    fn step(&self) -> Option<TimeDelta> {
        self.unit.elapsed(self.n)
    }

    /// The beginning of the hour (or minute) that the wall clock shows at `instant`.
    fn beginning(&self, instant: Instant) -> Instant {
        let into = since_beginning(self.zone.wall(instant), self.one());
        instant - into
    }

    /// The first instant strictly after `instant` at which the wall clock shows `at`, whatever the hour.
    fn reading_after(&self, instant: Instant, at: TimeDelta) -> Option<Instant> {
        let one = self.one();
        let offset = self.zone.offset_at(instant);
        let wall = instant.naive_utc().checked_add_signed(offset)?;
        let mut ahead = at - since_beginning(wall, one);
        if ahead <= TimeDelta::zero() {
            ahead += one;
        }
        let next = instant + ahead;
        let steady = |other: Instant| self.zone.offset_at(other) == offset;
        if steady(next) && steady(instant - one) {
            return Some(next);
        }
        self.reading_around_change(instant, at)
    }

    /// [`reading_after`](Self::reading_after) where an offset changes nearby: looks at each reading between the wall
    /// times that the old and the new offset give.
    fn reading_around_change(&self, instant: Instant, at: TimeDelta) -> Option<Instant> {
        let one = self.one();
        let walls = [instant - one, instant, instant + one]
            .map(|near| instant.naive_utc().checked_add_signed(self.zone.offset_at(near)));
        let (low, high) = walls.iter().flatten().fold((None, None), |(low, high), wall| {
            (Some(low.map_or(*wall, |low: NaiveDateTime| low.min(*wall))), high.max(Some(*wall)))
        });
        let (low, high): (NaiveDateTime, NaiveDateTime) = (low?, high?);
        let last = high.checked_add_signed(one + one)?;
        let mut wall = low.checked_sub_signed(since_beginning(low, one))?.checked_add_signed(at)?;
        let mut first: Option<Instant> = None;
        while wall <= last {
            let slots = match self.zone.readings(wall) {
                Readings::Twice(early, late) => [Some(early), (late - early >= one).then_some(late)],
                Readings::Once(slot) => [Some(slot), None],
                // Of several that one gap skips, the clock soon shows the others' like.
                Readings::Skipped { shifted } => match self.zone.readings(wall.checked_sub_signed(one)?) {
                    Readings::Skipped { .. } => [None, None],
                    _ => [Some(shifted), None],
                },
            };
            let later = slots.into_iter().flatten().filter(|slot| *slot > instant);
            first = later.chain(first).min();
            wall = wall.checked_add_signed(one)?;
        }
        first
    }

    /// The slot that stands for a point of the elapsed grid: the point itself where the clock shows the reading then.
    /// Where it does not, the offset has changed by part of an hour since the base, and the slot has moved by that part.
    fn standing_for(&self, point: Instant, at: TimeDelta) -> Option<Instant> {
        let from = |start: Instant| self.reading_after(start.just_before(), at);
        let changed = self.zone.offset_at(point) - self.offset;
        let part = TimeDelta::seconds(changed.num_seconds() % self.one().num_seconds());
        from(point).filter(|slot| *slot == point).or_else(|| from(point - part))
    }

    fn next_at(&self, at: TimeDelta, instant: Instant) -> Option<Instant> {
        if self.n == 1 {
            return self.reading_after(instant.max(self.base.just_before()), at);
        }
        let step = nanos_of(self.step()?);
        let start = self.base + at;
        let passed = (nanos_of(instant - start) / step - 1).max(0);
        (passed..passed + 4).find_map(|steps| {
            let point = start.after(steps.checked_mul(step)?);
            self.standing_for(point, at).filter(|slot| *slot > instant)
        })
    }
}

/// How far a wall time is into its hour (or minute).
fn since_beginning(wall: NaiveDateTime, one: TimeDelta) -> TimeDelta {
    let since_epoch = wall - DateTime::UNIX_EPOCH.naive_utc();
    delta_of(nanos_of(since_epoch).rem_euclid(nanos_of(one))).unwrap_or(TimeDelta::zero())
}

impl Trigger for Aligned {
    fn next_after(&self, instant: Instant) -> Option<Instant> {
        self.at.iter().filter_map(|at| self.next_at(*at, instant)).min().and_then(Instant::within_calendar)
    }

    fn restart(&mut self, slot: Instant, length: u64) {
        self.base = self.beginning(slot);
        self.offset = self.zone.offset_at(slot);
        self.late = TimeDelta::zero();
        self.n = length;
    }

    fn describe(&self, range: Option<(u64, u64)>, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.unit.describe(self.n, range, f)?;
        f.write_str(" at ")?;
        list(self.at.iter().map(|at| Mark(*at, self.unit)), f)
    }
}

/// A reading, as `at` takes it.
struct Mark(TimeDelta, Unit);

impl fmt::Display for Mark {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (minute, second) = (self.0.num_minutes(), self.0.num_seconds() % 60);
        match (self.1, second) {
            (Unit::Hour, 0) => write!(f, ":{minute:02}"),
            (Unit::Hour, _) => write!(f, "{minute:02}:{second:02}"),
            _ => write!(f, ":{second:02}"),
        }
    }
}
