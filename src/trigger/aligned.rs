//! Hours at a minute, and minutes at a second.

use super::{Anchor, Unit};
use crate::{
    timestamp::Timestamp,
    zone::{Readings, TimeOfDay, Wall, Zone},
};

/// Every hour at some minutes, or every minute at some seconds, as the wall clock shows them.
///
/// The hours count elapsed time: an hour that is repeated in autumn has its run twice, and one that is skipped in spring
/// has none. Where an offset changes by part of an hour (Lord Howe moves by 30 minutes) the slots move with the clock. A
/// reading skipped by such a gap is shifted forward by its length, and one that comes again before an hour has passed
/// counts once.
#[derive(Clone, Debug)]
pub(crate) struct Aligned {
    /// How far into the hour (or minute): each once, in order.
    at: Vec<TimeOfDay>,
    unit: Unit,
    zone: Zone,
}

const MINUTE: i64 = 60_000_000_000;
const HOUR: i64 = 60 * MINUTE;

impl Aligned {
    /// `at` holds each time once, in order.
    pub(crate) fn new(at: Vec<TimeOfDay>, unit: Unit, zone: Zone) -> Self {
        Aligned { at, unit, zone }
    }

    /// The anchor of steps of `length` hours (or minutes) that are counted from the one of `now`. If a step is longer than
    /// one, the first slot is one step ahead, whether or not the reading is still to come in this hour, as in Python's
    /// `schedule`. `None` if a step leaves the calendar.
    pub(crate) fn anchor_ahead_of(&self, now: Timestamp, length: u64) -> Option<Anchor> {
        let anchor = self.counted_from(now, length);
        let ahead = self.one_step_on(&anchor).within_calendar()?;
        Some(if length > 1 { Anchor { at: ahead, ..anchor } } else { anchor })
    }

    /// The anchor of steps of `length` that are counted from the first match strictly after `instant`.
    pub(crate) fn anchor_at_first_match_after(&self, instant: Timestamp, length: u64) -> Option<Anchor> {
        let first = self.next_after(&self.anchor_ahead_of(instant, 1)?, instant)?;
        let anchor = self.counted_from(first, length);
        self.one_step_on(&anchor).within_calendar().map(|_| anchor)
    }

    /// [`counted_from`](Self::counted_from) a slot that a window may have moved. If it shows none of the readings, the reading
    /// that comes next is not a step away, and does not count.
    pub(super) fn counted_from_opening(&self, slot: Timestamp, length: u64) -> Anchor {
        let before = slot.just_before();
        let reading = self.at.iter().map(|at| self.reading_after(before, *at)).min().unwrap_or(slot);
        let anchor = self.counted_from(reading, length);
        if reading == slot {
            anchor
        } else {
            Anchor { at: self.one_step_on(&anchor), ..anchor }
        }
    }

    /// The first slot strictly after `instant`.
    pub(super) fn next_after(&self, anchor: &Anchor, instant: Timestamp) -> Option<Timestamp> {
        self.at.iter().filter_map(|at| self.next_at(*at, anchor, instant)).min().and_then(Timestamp::within_calendar)
    }

    /// Whole hours (or minutes), rounded down, in a length in nanoseconds.
    pub(crate) fn whole(&self, nanos: i128) -> i128 {
        nanos - nanos.rem_euclid(self.one().into())
    }

    /// The anchor of steps that are counted from the hour (or minute) of a slot.
    pub(super) fn counted_from(&self, slot: Timestamp, length: u64) -> Anchor {
        Anchor { offset: self.zone.offset_at(slot), ..Anchor::new(self.beginning(slot), length) }
    }

    fn one(&self) -> i64 {
        if self.unit == Unit::Hour {
            HOUR
        } else {
            MINUTE
        }
    }

    fn step(&self, length: u64) -> i128 {
        i128::from(self.one()) * i128::from(length)
    }

    fn one_step_on(&self, anchor: &Anchor) -> Timestamp {
        anchor.at.after(self.step(anchor.length))
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
                // A gap of more than an hour skips a reading more than once: only the first counts, for the clock soon shows the next.
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

    /// The slot of a point of the elapsed grid: the point itself where the clock shows the reading then. Where it does not,
    /// the offset has changed by part of an hour since the anchor was set, and the slot has moved by that part.
    ///
    /// Lord Howe, every 2 hours at `:30`, anchored at +10:30. After the change to +11:00 the points of the elapsed grid show
    /// `:00`: the slot of such a point is the reading `:30`, half an hour away.
    fn slot_of_point(&self, point: Timestamp, at: TimeOfDay, offset: i64) -> Timestamp {
        let slot = self.reading_after(point.just_before(), at);
        if slot == point {
            return slot;
        }
        let part = (self.zone.offset_at(point) - offset) % self.one();
        self.reading_after(point.later(-part).just_before(), at)
    }

    fn next_at(&self, at: TimeOfDay, anchor: &Anchor, instant: Timestamp) -> Option<Timestamp> {
        if anchor.length == 1 {
            return Some(self.reading_after(instant.max(anchor.at.just_before()), at));
        }
        let step = self.step(anchor.length);
        let start = anchor.at.later(at.nanos());
        let passed = ((instant.nanos() - start.nanos()) / step - 1).max(0);
        let points = (passed..passed + 4).map(|steps| start.after(steps * step));
        points.map(|point| self.slot_of_point(point, at, anchor.offset)).find(|slot| *slot > instant)
    }
}
