//! A part of the day outside which nothing runs.

use std::fmt;

use super::{Rule, Trigger};
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
    /// Within so many days any window opens, though a zone may lack a day, and a day the window.
    pub(super) const DAYS_AHEAD: i64 = 4;

    fn contains(self, time: TimeOfDay) -> bool {
        if self.open < self.close {
            (self.open..self.close).contains(&time)
        } else {
            time >= self.open || time < self.close
        }
    }

    /// Whether the wall clock shows a time inside the window.
    pub(crate) fn is_open(self, zone: Zone, instant: Timestamp) -> bool {
        self.contains(zone.wall(instant).time())
    }
}

/// A rule of which only the slots inside a window count.
pub(crate) struct Windowed {
    rule: Rule,
    window: Window,
    zone: Zone,
}

impl Windowed {
    /// A rule that has found no slot inside its window for so long has none: no month lacks a fifth weekday for longer than
    /// 40 years.
    const HORIZON: i64 = 60 * 366 * DAY;

    /// So far looks who has no time to look further. In a year and a half every offset of a zone has been tried.
    const SOON: i64 = 2 * 366 * DAY;

    pub(crate) fn new(rule: Rule, window: Window, zone: Zone) -> Self {
        Windowed { rule, window, zone }
    }

    pub(crate) fn rule(&self) -> &Rule {
        &self.rule
    }

    pub(crate) fn rule_mut(&mut self) -> &mut Rule {
        &mut self.rule
    }

    /// Whether the window is open.
    pub(crate) fn is_open(&self, instant: Timestamp) -> bool {
        self.window.is_open(self.zone, instant)
    }

    /// `slot` itself, if the window is open then; else the first slot after it at which it is.
    pub(crate) fn admit(&self, slot: Timestamp) -> Option<Timestamp> {
        self.admit_within(slot, Self::HORIZON)
    }

    /// The first slot after `instant`, unless it comes years later.
    pub(crate) fn soon_after(&self, instant: Timestamp) -> Option<Timestamp> {
        self.admit_within(self.rule.next_after(instant)?, Self::SOON)
    }

    fn admit_within(&self, mut slot: Timestamp, horizon: i64) -> Option<Timestamp> {
        let horizon = slot.later(horizon);
        while slot <= horizon {
            if self.is_open(slot) {
                return Some(slot);
            }
            let opening = self.opening_after(slot).filter(|opening| *opening > slot)?;
            slot = if self.rule.range().is_some() {
                opening.within_calendar()?
            } else {
                self.rule.next_after(opening.just_before())?
            };
        }
        None
    }

    /// The first instant, at or after one that is outside, at which the window is open.
    fn opening_after(&self, instant: Timestamp) -> Option<Timestamp> {
        let today = self.zone.wall(instant).day();
        let mut reading = None;
        for day in today - 1..=today + Window::DAYS_AHEAD {
            let (first, second) = match self.zone.readings(Wall::new(day, self.window.open)) {
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
        let jump = self.zone.change_between(instant, reading).filter(|change| self.is_open(*change));
        Some(jump.unwrap_or(reading))
    }
}

impl Trigger for Windowed {
    fn next_after(&self, instant: Timestamp) -> Option<Timestamp> {
        self.admit(self.rule.next_after(instant)?)
    }

    fn restart(&mut self, slot: Timestamp, length: u64) {
        self.rule.restart_at_opening(slot, length);
    }

    fn describe(&self, range: Option<(u64, u64)>, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.rule.describe(range, f)?;
        write!(f, " between {} and {}", self.window.open, self.window.close)
    }
}
