//! Hours at given minutes, and minutes at given seconds.

use super::{cycle::steps_into, Anchor, Unit, Window};
use crate::{
    timestamp::Timestamp,
    zone::{TimeOfDay, Zone, DAY},
};

/// Every hour at given minutes, or every minute at given seconds, as the wall clock shows them. Such a part of a wall
/// time, `:30` of an hour, is called a reading here.
///
/// In steps of one, the slots are the instants at which the clock shows a reading: both of an overlap, and none of a
/// gap. Lord Howe changes by half an hour; this is `hour().at(":15").at(":45")` in 2024:
///
/// ```text
/// 7 April       01:15     01:45   |  01:30     01:45     02:00     02:15       01:45 is shown twice
///                 X         X     |              X                   X
///
/// 6 October     01:15     01:45   |  02:30     02:45     03:00     03:15       02:15 is not shown
///                 X         X     |              X                   X
/// ```
///
/// Longer steps count elapsed hours (or minutes) from the anchor. That gives a grid of points, at which the clock shows
/// the reading unless the offset has changed by part of an hour since the anchor was set. The slot of a point is the
/// first instant at which the clock shows the reading, at or after the point minus that part.
///
/// `hours(2).at(":15")` on Lord Howe, anchored at +10:30, which changes to +11:00 at 02:00. The part is then half an
/// hour:
///
/// ```text
/// points     22:15     00:15   |  02:45     04:45     06:45      two hours apart
/// slots      22:15     00:15   |  03:15     04:15     06:15      half an hour earlier; but 02:15 is not shown
/// ```
#[derive(Clone, Debug)]
pub(crate) struct Aligned {
    /// The readings: times since the beginning of the hour (or minute), in ascending order, without duplicates.
    at: Vec<TimeOfDay>,
    unit: Unit,
    zone: Zone,
}

const MINUTE: i64 = 60_000_000_000;
const HOUR: i64 = 60 * MINUTE;

impl Aligned {
    /// `at` must be in ascending order, without duplicates.
    pub(crate) fn new(at: Vec<TimeOfDay>, unit: Unit, zone: Zone) -> Self {
        Aligned { at, unit, zone }
    }

    /// The anchor for steps of `length` hours (or minutes), counted from the hour of `now`. `None` if the first step is
    /// outside the calendar.
    ///
    /// If `length` is more than one, the first slot is one step ahead, even if the reading is still to come in this
    /// hour, as in Python's `schedule`: every 2 hours at `:30`, registered at 10:10, begins at 12:30.
    pub(crate) fn anchor_ahead_of(&self, now: Timestamp, length: u64) -> Option<Anchor> {
        let anchor = self.counted_from(now, length);
        let ahead = self.one_step_on(&anchor).within_calendar()?;
        Some(if length > 1 { Anchor { at: ahead, ..anchor } } else { anchor })
    }

    /// The anchor for steps of `length`, counted from the first match strictly after `instant`.
    pub(crate) fn anchor_at_first_match_after(&self, instant: Timestamp, length: u64) -> Option<Anchor> {
        let first = self.next_after(&self.anchor_ahead_of(instant, 1)?, instant)?;
        let anchor = self.counted_from(first, length);
        self.one_step_on(&anchor).within_calendar().map(|_| anchor)
    }

    /// [`counted_from`](Self::counted_from) for a slot that a window may have moved.
    ///
    /// If the slot is at none of the readings, the steps are counted from the next reading, which itself is no slot: it
    /// would be less than a step away. A slot at `:30` that was delayed to an opening at 09:00 is followed by one at
    /// 09:30 plus a step.
    pub(super) fn counted_from_opening(&self, slot: Timestamp, length: u64) -> Anchor {
        let reading = self.reading_after(slot.just_before());
        let anchor = self.counted_from(reading, length);
        if reading == slot {
            anchor
        } else {
            Anchor { at: self.one_step_on(&anchor), ..anchor }
        }
    }

    /// The first slot strictly after `instant`.
    pub(super) fn next_after(&self, anchor: &Anchor, instant: Timestamp) -> Option<Timestamp> {
        let next = if anchor.length == 1 {
            self.reading_after(instant.max(anchor.at.just_before()))
        } else {
            self.next_in_steps(anchor, instant)
        };
        next.within_calendar()
    }

    /// A length in nanoseconds, rounded down to whole hours (or minutes).
    pub(crate) fn whole(&self, nanos: i128) -> i128 {
        nanos - nanos.rem_euclid(self.one().into())
    }

    /// The anchor for steps counted from the hour (or minute) of a slot.
    pub(super) fn counted_from(&self, slot: Timestamp, length: u64) -> Anchor {
        Anchor { offset: self.zone.offset_at(slot), ..Anchor::new(self.beginning(slot), length) }
    }

    /// How far from a change of offset, in nanoseconds, the slots of long steps may be irregular.
    pub(super) fn reach(&self) -> i64 {
        3 * self.one()
    }

    /// The hours (or minutes) of the day with a reading inside a window: when the first begins, and how many there are.
    /// `None` if there is none.
    ///
    /// They follow one another. With readings at `:05` and `:50`, and a window from 09:30 to 12:10, they are those from
    /// 09:00 to 12:00: at 09:50, 10:05 … 11:50 and 12:05.
    pub(super) fn beginnings_inside(&self, window: Window) -> Option<(i64, i64)> {
        let (one, length) = (self.one(), window.length());
        let past = window.open.nanos() % one;
        let inside = self.at.iter().filter_map(|at| {
            let first = (at.nanos() - past).rem_euclid(one);
            let begins = i64::from(at.nanos() < past);
            (first < length).then(|| (begins, begins + (length - first - 1) / one + 1))
        });
        let (low, high) = inside.reduce(|(low, high), (begins, ends)| (low.min(begins), high.max(ends)))?;
        Some((window.open.nanos() - past + low * one, high - low))
    }

    /// The first beginning of a step whose hour (or minute) is not over at `from`, and is one of those inside a window,
    /// while this offset applies; `None` if there is none.
    pub(super) fn next_beginning_inside(
        &self,
        anchor: &Anchor,
        offset: i64,
        from: Timestamp,
        (first, count): (i64, i64),
    ) -> Option<Timestamp> {
        let (one, step) = (self.one(), self.step(anchor.length));
        let origin = anchor.at.later(-((offset - anchor.offset) % one));
        let over = (from.nanos() - i128::from(one) - origin.nanos()).div_euclid(step) + 1;
        let next = origin.after(over.max(0) * step);
        let in_day = DAY / one;
        let start = (next.nanos() + i128::from(offset - first)).rem_euclid(DAY.into()) as i64 / one;
        let phase = (anchor.length % in_day.unsigned_abs()) as i64;
        Some(next.after(steps_into(start, phase, in_day, count)? * step))
    }

    /// An hour (or minute) in nanoseconds.
    pub(crate) fn one(&self) -> i64 {
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
        instant.later(-self.part_of_one(instant, self.zone.offset_at(instant)))
    }

    /// The time since the beginning of the hour (or minute) that a clock with this offset shows.
    fn part_of_one(&self, instant: Timestamp, offset: i64) -> i64 {
        let wall = instant.nanos() + i128::from(offset);
        match i64::try_from(wall) {
            // Faster than a division of 128 bits.
            Ok(wall) => wall.rem_euclid(self.one()),
            Err(_) => wall.rem_euclid(self.one().into()) as i64,
        }
    }

    /// The first instant strictly after `instant` at which the wall clock shows a reading.
    fn reading_after(&self, instant: Timestamp) -> Timestamp {
        let offset = self.zone.offset_at(instant);
        let next = self.shown_after(instant, offset);
        let changed = self.zone.offset_at(next);
        if changed == offset {
            return next;
        }
        // With the old offset no reading is shown before the change.
        match self.zone.change_between(instant, next) {
            Some(change) => self.shown_after(change.just_before(), changed),
            None => next,
        }
    }

    /// The first instant strictly after `instant` at which a clock with this offset shows a reading.
    fn shown_after(&self, instant: Timestamp, offset: i64) -> Timestamp {
        let part = self.part_of_one(instant, offset);
        let later = self.at.get(self.at.partition_point(|at| at.nanos() <= part));
        let next = later.map(|at| at.nanos()).or_else(|| Some(self.at.first()?.nanos() + self.one()));
        instant.later(next.unwrap_or(part) - part)
    }

    /// [`next_after`](Self::next_after) in steps of more than one. O(log n) in the number of readings, O(n) near a
    /// change of offset.
    ///
    /// A slot is less than one hour (or minute) before its point, and less than two after it. So the slots of one step
    /// are in a range that overlaps only with those of its neighbours:
    ///
    /// ```text
    /// hours from the beginning of a step    -1      0      1      2      3
    /// points                                        |------)
    /// slots                                  (-------------------------)
    /// ```
    fn next_in_steps(&self, anchor: &Anchor, instant: Timestamp) -> Timestamp {
        let (step, one) = (self.step(anchor.length), i128::from(self.one()));
        let passed = ((instant.nanos() - anchor.at.nanos()) / step - 1).max(0);
        let mut first = Timestamp::NEVER;
        for beginning in (passed..passed + 4).map(|steps| anchor.at.after(steps * step)) {
            if first <= beginning.after(-one) {
                break;
            }
            if instant < beginning.after(3 * one) {
                first = first.min(self.next_of_step(beginning, anchor.offset, instant));
            }
        }
        first
    }

    /// The first slot strictly after `instant` of the step that has this beginning; `NEVER` if there is none.
    fn next_of_step(&self, beginning: Timestamp, offset: i64, instant: Timestamp) -> Timestamp {
        let one = self.one();
        let offsets = self.zone.offsets(beginning.later(-one), beginning.later(3 * one));
        let Some(change) = offsets.change else {
            let shifted = beginning.later(-((offsets.before - offset) % one));
            let next = self.at.partition_point(|at| shifted.later(at.nanos()) <= instant);
            return self.at.get(next).map_or(Timestamp::NEVER, |at| shifted.later(at.nanos()));
        };
        let slots = self.at.iter().map(|at| {
            let point = beginning.later(at.nanos());
            let from = point.later(-((offsets.at(point) - offset) % one));
            // The first instant, at or after `from`, at which a clock with this offset shows the reading.
            let shown =
                |from: Timestamp, offset| from.later((at.nanos() - self.part_of_one(from, offset)).rem_euclid(one));
            let old = shown(from, offsets.before);
            if old < change {
                old
            } else {
                shown(from.max(change), offsets.after)
            }
        });
        slots.filter(|slot| *slot > instant).min().unwrap_or(Timestamp::NEVER)
    }
}
