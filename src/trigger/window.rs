//! The part of the day in which a job may run.

use crate::{
    timestamp::Timestamp,
    zone::{Readings, TimeOfDay, Wall, Zone, DAY},
};

/// A part of the day, from `open` up to but not including `close`. It crosses midnight if it closes before it opens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Window {
    pub(crate) open: TimeOfDay,
    pub(crate) close: TimeOfDay,
}

impl Window {
    /// The number of days within which every window opens, even if a zone skips a day or a gap contains the window.
    pub(super) const DAYS_AHEAD: i64 = 4;

    /// How long it is open, in nanoseconds of wall time.
    pub(super) fn length(self) -> i64 {
        (self.close.nanos() - self.open.nanos()).rem_euclid(DAY)
    }

    /// The wall time since it opened, in nanoseconds, up to a day, at an instant with this offset. It is open if that
    /// is less than its length.
    pub(super) fn since_opening(self, instant: Timestamp, offset: i64) -> i64 {
        let wall = instant.nanos() + i128::from(offset);
        (wall - i128::from(self.open.nanos())).rem_euclid(DAY.into()) as i64
    }

    pub(super) fn contains(self, time: TimeOfDay) -> bool {
        if self.open < self.close {
            (self.open..self.close).contains(&time)
        } else {
            time >= self.open || time < self.close
        }
    }

    /// A rule without a slot inside its window for this long, in nanoseconds, has none.
    ///
    /// The rarest dates are fifth weekdays: "every 12 months, on the fifth Monday" from a February waits up to 40
    /// years, because only a leap year gives February five of a weekday.
    pub(crate) const HORIZON: i64 = 60 * 366 * DAY;

    /// A shorter horizon, for when the answer is needed at once. Two years contain every offset that a zone has in a
    /// year.
    pub(crate) const SOON: i64 = 2 * 366 * DAY;

    /// Whether the wall clock shows a time inside the window.
    pub(crate) fn is_open(self, zone: Zone, instant: Timestamp) -> bool {
        self.contains(zone.wall(instant).time())
    }

    /// The instant at which the window closes, which is open at `instant`. It does not open again before: in an overlap
    /// that shows a part of it twice, it closes when the clock is set back to before its opening.
    ///
    /// If it is not open, a gap has skipped it: it is as late as it would be open without the gap.
    pub(crate) fn closing_after(self, zone: Zone, instant: Timestamp) -> Timestamp {
        let wall = zone.wall(instant);
        if !self.contains(wall.time()) {
            return instant.later(self.length());
        }
        let day = wall.day() + i64::from(self.close <= wall.time());
        let reading = match zone.readings(Wall::new(day, self.close)) {
            Readings::Twice(first, second) if first <= instant => second,
            readings => readings.first(),
        };
        let change = zone.change_between(instant, reading);
        change.filter(|change| *change > instant && !self.is_open(zone, *change)).unwrap_or(reading)
    }

    /// The first instant after `instant` at which the window is open. It must be closed at `instant`.
    ///
    /// A window opens when the clock shows `open`, or when it changes to a time inside. From 02:30 to 05:00, in New
    /// York, on 10 March 2024:
    ///
    /// ```text
    /// wall time     01:00     01:30  |  03:00     03:30
    /// window        closed           |  open                02:30 is never shown: it opens with the change
    /// ```
    pub(super) fn opening_after(self, zone: Zone, instant: Timestamp) -> Option<Timestamp> {
        let today = zone.wall(instant).day();
        // The date of `instant` may be followed by yesterday's last hour: in Nuuk, on 27 October 2024, 00:00 was
        // followed by 23:00 on the 26th, and a window from 23:30 to 23:45 opened once more.
        let mut reading = None;
        for day in today - 1..=today + Window::DAYS_AHEAD {
            let (first, second) = match zone.readings(Wall::new(day, self.open)) {
                Readings::Once(one) => (one, one),
                Readings::Twice(first, second) => (first, second),
                Readings::Skipped { .. } => continue,
            };
            // In an overlap `instant` may lie between the two, and then the second is next.
            let opening = if first < instant { second } else { first };
            if opening >= instant {
                reading = Some(reading.map_or(opening, |other: Timestamp| other.min(opening)));
            }
        }
        let reading = reading.unwrap_or_else(|| instant.later(Window::DAYS_AHEAD * DAY));
        // The clock does not show `open` before `reading`, but it may change to a time inside the window before that.
        let jump = zone.change_between(instant, reading).filter(|change| self.is_open(zone, *change));
        Some(jump.unwrap_or(reading)).filter(|opening| *opening > instant)
    }
}
