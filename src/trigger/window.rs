//! A part of the day outside which nothing runs.

use crate::{
    timestamp::Timestamp,
    zone::{Readings, TimeOfDay, Wall, Zone, DAY},
};

/// Part of a day, from `open` up to but not including `close`; it may cross midnight.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Window {
    pub(crate) open: TimeOfDay,
    pub(crate) close: TimeOfDay,
}

impl Window {
    /// Any window opens within this many days, even if a zone skips a day, or a gap skips the window.
    pub(super) const DAYS_AHEAD: i64 = 4;

    fn contains(self, time: TimeOfDay) -> bool {
        if self.open < self.close {
            (self.open..self.close).contains(&time)
        } else {
            time >= self.open || time < self.close
        }
    }

    /// A rule that finds no slot inside its window for this long has none: no month lacks a fifth weekday for more than 40
    /// years.
    pub(crate) const HORIZON: i64 = 60 * 366 * DAY;

    /// The horizon where the answer is needed at once. In two years every offset of a zone has been tried.
    pub(crate) const SOON: i64 = 2 * 366 * DAY;

    /// Whether the wall clock shows a time inside the window.
    pub(crate) fn is_open(self, zone: Zone, instant: Timestamp) -> bool {
        self.contains(zone.wall(instant).time())
    }

    /// `slot` itself if the window is open then; otherwise the first of the later slots at which it is, which `next_after`
    /// finds. `None` if there is none within `horizon` nanoseconds.
    pub(crate) fn admit(
        self,
        zone: Zone,
        mut slot: Timestamp,
        horizon: i64,
        mut next_after: impl FnMut(Timestamp) -> Option<Timestamp>,
    ) -> Option<Timestamp> {
        let horizon = slot.later(horizon);
        while slot <= horizon {
            if self.is_open(zone, slot) {
                return Some(slot);
            }
            slot = next_after(self.opening_after(zone, slot)?.just_before())?;
        }
        None
    }

    /// The first instant after one at which the window is closed at which it is open.
    fn opening_after(self, zone: Zone, instant: Timestamp) -> Option<Timestamp> {
        let today = zone.wall(instant).day();
        let mut reading = None;
        for day in today - 1..=today + Window::DAYS_AHEAD {
            let (first, second) = match zone.readings(Wall::new(day, self.open)) {
                Readings::Once(one) => (one, one),
                Readings::Twice(first, second) => (first, second),
                Readings::Skipped { .. } => continue,
            };
            let opening = if first < instant { second } else { first };
            if opening >= instant {
                reading = Some(reading.map_or(opening, |other: Timestamp| other.min(opening)));
            }
        }
        let reading = reading.unwrap_or_else(|| instant.later(Window::DAYS_AHEAD * DAY));
        let jump = zone.change_between(instant, reading).filter(|change| self.is_open(zone, *change));
        Some(jump.unwrap_or(reading)).filter(|opening| *opening > instant)
    }
}
