//! When a job may run: the window, the hours and the dates of a schedule together.

use std::sync::Arc;

use super::{DateSet, Window};
use crate::{
    timestamp::Timestamp,
    zone::{Readings, TimeOfDay, Wall, Zone, DAY},
};

/// What the wall clock has to show for a slot to count: a time inside the window, in one of the hours, on one of the
/// dates.
#[derive(Clone, Debug, Default)]
pub(crate) struct Limits {
    pub(crate) window: Option<Window>,
    /// One bit each.
    pub(crate) hours: Option<u32>,
    pub(crate) dates: Option<Arc<DateSet>>,
}

impl Limits {
    pub(crate) const ALL_HOURS: u32 = (1 << 24) - 1;

    /// The limits, unless there are none.
    pub(crate) fn new(window: Option<Window>, hours: Option<u32>, dates: Option<Arc<DateSet>>) -> Option<Self> {
        let hours = hours.filter(|hours| *hours != Limits::ALL_HOURS);
        let limits = match (window, hours.and_then(window_of)) {
            // A window can be computed with.
            (None, Some(window)) => Limits { window: Some(window), hours: None, dates },
            _ => Limits { window, hours, dates },
        };
        let is_limit = limits.window.is_some() || limits.hours.is_some() || limits.dates.is_some();
        is_limit.then_some(limits)
    }

    /// Whether it can be computed when a slot is within them, however far away that is.
    pub(super) fn is_computable(&self) -> bool {
        self.dates.is_none() && !(self.window.is_some() && self.hours.is_some())
    }

    /// The windows that the hours are, each as long as its hours follow one another.
    pub(super) fn windows_of_hours(&self) -> impl Iterator<Item = Window> {
        let hours = self.hours.unwrap_or(0);
        let has = move |hour: u32| hours >> (hour % 24) & 1 != 0;
        let opens = (0..24).filter(move |hour| has(*hour) && !has(hour + 23));
        opens.map(move |open| of_hours(open, (open..open + 24).find(|hour| !has(*hour)).unwrap_or(open)))
    }

    /// Whether a slot may be at an instant.
    pub(crate) fn is_open(&self, zone: Zone, instant: Timestamp) -> bool {
        let wall = zone.wall(instant);
        let (day, time) = (wall.day(), wall.time());
        self.window.is_none_or(|window| window.contains(time))
            && self.hours.is_none_or(|hours| hours >> hour(time) & 1 != 0)
            && self.dates.as_deref().is_none_or(|dates| dates.contains(day))
    }

    /// An instant after `instant`, before which none is open; `None` if there is none. It must not be open at
    /// `instant`.
    pub(super) fn opening_after(&self, zone: Zone, instant: Timestamp) -> Option<Timestamp> {
        let wall = zone.wall(instant);
        let mut opening = instant;
        if let Some(dates) = self.dates.as_deref().filter(|dates| !dates.contains(wall.day())) {
            opening = opening.max(next_date(dates, zone, instant)?);
        }
        if let Some(window) = self.window.filter(|window| !window.contains(wall.time())) {
            opening = opening.max(window.opening_after(zone, instant)?);
        }
        if self.hours.is_some_and(|hours| hours >> hour(wall.time()) & 1 == 0) {
            let openings = self.windows_of_hours().filter_map(|window| window.opening_after(zone, instant));
            opening = opening.max(openings.min()?);
        }
        (opening > instant).then_some(opening)
    }
}

fn hour(time: TimeOfDay) -> i64 {
    time.nanos() / (DAY / 24)
}

/// The window that is open in some hours, if there is one.
fn window_of(hours: u32) -> Option<Window> {
    let hours = hours & Limits::ALL_HOURS;
    let before = (hours << 1 | hours >> 23) & Limits::ALL_HOURS;
    let (open, close) = (hours & !before, before & !hours);
    let is_one = open.is_power_of_two() && close.is_power_of_two();
    is_one.then(|| of_hours(open.trailing_zeros(), close.trailing_zeros()))
}

/// The window from one hour to another.
fn of_hours(open: u32, close: u32) -> Window {
    let time = |hour: u32| TimeOfDay::new(i64::from(hour % 24) * 3_600, 0);
    Window { open: time(open), close: time(close) }
}

/// The first instant after `instant` at which the wall clock shows one of the dates. It must not show one at `instant`.
///
/// It shows one at a midnight, or after a change of offset: to a time after midnight, or back to before one. In St.
/// John's, on 7 November 2010, 00:01 was followed by 23:01 on the 6th.
fn next_date(dates: &DateSet, zone: Zone, instant: Timestamp) -> Option<Timestamp> {
    /// The most dates that are tried. A zone may skip a date, but never two in a row.
    const MOST: usize = 4;
    let shows_one = |instant: &Timestamp| dates.contains(zone.wall(*instant).day());
    let mut day = dates.on_or_after(zone.wall(instant).day())?;
    for _ in 0..MOST {
        let midnight = match zone.readings(Wall::new(day, TimeOfDay::new(0, 0))) {
            Readings::Twice(first, second) if first <= instant => second,
            readings => readings.first(),
        };
        let near = [instant, instant.max(midnight.later(-2 * DAY))].map(|from| {
            let to = midnight.min(from.later(2 * DAY));
            zone.change_between(from, to).filter(|change| *change > instant && shows_one(change))
        });
        let first = near.into_iter().flatten().min().unwrap_or(midnight);
        if first > instant && shows_one(&first) {
            return Some(first);
        }
        day = dates.on_or_after(day + 1)?;
    }
    None
}
