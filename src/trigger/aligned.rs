//! Hours at given minutes, and minutes at given seconds.

use super::{Anchor, Unit};
use crate::{
    timestamp::Timestamp,
    zone::{Readings, TimeOfDay, Wall, Zone},
};

/// Every hour at given minutes, or every minute at given seconds, as the wall clock shows them. Such a part of a wall
/// time, `:30` of an hour, is called a reading here.
///
/// Hours count elapsed time: a repeated hour has its slot twice, a skipped hour has none. If an offset changes by part
/// of an hour, the slots move with the clock. Lord Howe changes by half an hour; this is `hour().at(":45")` in 2024:
///
/// ```text
/// 7 April       00:45     01:15     01:45  |  01:45     02:15     02:45
///                 X                   X    |                        X      shown again within the hour: counts once
///
/// 6 October     00:15     00:45     01:15     01:45  |  02:45     03:15     03:45
///                           X                   X    |    X                   X
/// ```
///
/// A reading in the gap, such as `:15` at 02:15 on 6 October, is shifted forward by the length of the gap.
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

    /// A length in nanoseconds, rounded down to whole hours (or minutes).
    pub(crate) fn whole(&self, nanos: i128) -> i128 {
        nanos - nanos.rem_euclid(self.one().into())
    }

    /// The anchor for steps counted from the hour (or minute) of a slot.
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

    /// The time since the beginning of the hour (or minute) of a wall time.
    fn part_of_one(&self, wall: Wall) -> i64 {
        wall.time().nanos() % self.one()
    }

    /// The first instant strictly after `instant` at which the wall clock shows the reading `at`, in any hour.
    fn reading_after(&self, instant: Timestamp, at: TimeOfDay) -> Timestamp {
        let one = self.one();
        let mut ahead = at.nanos() - self.part_of_one(self.zone.wall(instant));
        if ahead <= 0 {
            ahead += one;
        }
        let next = instant.later(ahead);
        let offset = self.zone.offset_at(instant);
        // Looks back as well: if the reading was shown within the last hour, and an overlap shows it again, it does not
        // count.
        if [next, instant.later(-one)].map(|near| self.zone.offset_at(near)) == [offset; 2] {
            return next;
        }
        self.reading_around_change(instant, at).unwrap_or(next)
    }

    /// [`reading_after`](Self::reading_after) near a change of offset: resolves each candidate wall time by itself.
    ///
    /// The candidates are the readings from the lowest wall time that an offset nearby gives for `instant`, up to two
    /// hours (or minutes) after the highest. On Lord Howe, at 01:50 on 6 October 2024, ten minutes before 02:00 was
    /// followed by 02:30:
    ///
    /// ```text
    /// :45    candidates 01:45, 02:45, 03:45             01:45 is over: 02:45 is next
    /// :15    candidates 01:15, 02:15, 03:15, 04:15      02:15 is in the gap, and shifted to 02:45
    /// ```
    fn reading_around_change(&self, instant: Timestamp, at: TimeOfDay) -> Option<Timestamp> {
        let one = self.one();
        let [before, now, then] = [-one, 0, one].map(|away| self.zone.offset_at(instant.later(away)));
        let low = Wall::shown_at(instant, before.min(now).min(then));
        let last = Wall::shown_at(instant, before.max(now).max(then)).later(2 * one);
        let mut wall = low.later(at.nanos() - self.part_of_one(low));
        let mut first: Option<Timestamp> = None;
        while wall <= last {
            let slots = match self.zone.readings(wall) {
                // Half an hour apart on Lord Howe, which counts once; an hour apart in New York, which counts twice.
                Readings::Twice(early, late) => [Some(early), (early.later(one) <= late).then_some(late)],
                Readings::Once(slot) => [Some(slot), None],
                // A gap of more than an hour contains a reading more than once. Only the first is shifted: otherwise a
                // skipped day would add a slot for each of its hours.
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

    /// The slot for a point of the elapsed grid: the point itself, if the clock shows the reading then. If it does not,
    /// the offset has changed by part of an hour since the anchor was set, and the slot is shifted by that part.
    ///
    /// Every 2 hours at `:30` on Lord Howe, anchored at +10:30, which changes to +11:00:
    ///
    /// ```text
    /// points        22:30     00:30    |    03:00     05:00      two hours apart, now at :00
    /// slots         22:30     00:30    |  02:30     04:30        the reading, half an hour earlier
    /// ```
    fn slot_of_point(&self, point: Timestamp, at: TimeOfDay, offset: i64) -> Timestamp {
        let slot = self.reading_after(point.just_before(), at);
        if slot == point {
            return slot;
        }
        let part = (self.zone.offset_at(point) - offset) % self.one();
        self.reading_after(point.later(-part).just_before(), at)
    }

    fn next_at(&self, at: TimeOfDay, anchor: &Anchor, instant: Timestamp) -> Option<Timestamp> {
        // Steps of one follow the clock alone, whatever the offset does.
        if anchor.length == 1 {
            return Some(self.reading_after(instant.max(anchor.at.just_before()), at));
        }
        let step = self.step(anchor.length);
        let start = anchor.at.later(at.nanos());
        // A slot is less than one hour (or minute), so less than one step, away from its point. So the search begins
        // one point before the last that has passed, and four points always contain the next slot.
        let passed = ((instant.nanos() - start.nanos()) / step - 1).max(0);
        let points = (passed..passed + 4).map(|steps| start.after(steps * step));
        points.map(|point| self.slot_of_point(point, at, anchor.offset)).find(|slot| *slot > instant)
    }
}
