//! When a job may run: the window, the hours and the dates of a schedule together.

use std::sync::Arc;

use super::{DateSet, Window};
use crate::{
    timestamp::Timestamp,
    zone::{Readings, TimeOfDay, Wall, Zone, DAY},
};

const SECOND: i64 = 1_000_000_000;
const HOUR: i64 = DAY / 24;

/// What the wall clock has to show for a slot to count: a time inside the window, in one of the hours, on one of the
/// dates.
#[derive(Clone, Debug)]
pub(crate) struct Limits {
    pub(crate) window: Option<Window>,
    /// One bit each.
    pub(crate) hours: Option<u32>,
    pub(crate) dates: Option<Arc<DateSet>>,
    /// The parts of the day that are in the window and in the hours, apart from one another; `None` if it is all of it.
    times: Option<Arc<[Window]>>,
}

impl Limits {
    pub(crate) const ALL_HOURS: u32 = (1 << 24) - 1;

    /// The limits, unless there are none.
    pub(crate) fn new(window: Option<Window>, hours: Option<u32>, dates: Option<Arc<DateSet>>) -> Option<Self> {
        let hours = hours.map(|hours| hours & Limits::ALL_HOURS).filter(|hours| *hours != Limits::ALL_HOURS);
        let is_limit = window.is_some() || hours.is_some() || dates.is_some();
        is_limit.then(|| Limits { window, hours, dates, times: times(window, hours) })
    }

    /// Whether it can be computed when a slot is within them, however far away that is.
    pub(super) fn is_computable(&self) -> bool {
        self.dates.is_none()
    }

    /// The parts of the day in which a slot may be, if it may not be at any time.
    pub(super) fn times(&self) -> Option<&[Window]> {
        self.times.as_deref()
    }

    fn contains(&self, time: TimeOfDay) -> bool {
        self.times().is_none_or(|times| times.iter().any(|part| part.contains(time)))
    }

    /// Whether a slot may be at an instant.
    pub(crate) fn is_open(&self, zone: Zone, instant: Timestamp) -> bool {
        let wall = zone.wall(instant);
        let (day, time) = (wall.day(), wall.time());
        self.contains(time) && self.dates.as_deref().is_none_or(|dates| dates.contains(day))
    }

    /// An instant after `instant`, before which none is open; `None` if there is none. It must not be open at
    /// `instant`.
    pub(super) fn opening_after(&self, zone: Zone, instant: Timestamp) -> Option<Timestamp> {
        let wall = zone.wall(instant);
        let mut opening = instant;
        if let Some(dates) = self.dates.as_deref().filter(|dates| !dates.contains(wall.day())) {
            opening = opening.max(next_date(dates, zone, instant)?);
        }
        if let Some(times) = self.times().filter(|_| !self.contains(wall.time())) {
            let openings = times.iter().filter_map(|part| part.opening_after(zone, instant));
            opening = opening.max(openings.min()?);
        }
        (opening > instant).then_some(opening)
    }
}

/// The parts of the day that are in a window and in some hours, as long as they go on; `None` if that is all of it.
fn times(window: Option<Window>, hours: Option<u32>) -> Option<Arc<[Window]>> {
    if window.is_none() && hours.is_none() {
        return None;
    }
    let (open, close) = window.map_or((0, 0), |window| (window.open.nanos(), window.close.nanos()));
    let is_hour = |from: i64| hours.is_none_or(|hours| hours >> (from / HOUR) & 1 != 0);
    // Within a stretch, from one of these to the next, nothing changes.
    let mut edges: Vec<i64> = (0..24).map(|hour| hour * HOUR).chain([open, close]).collect();
    edges.sort_unstable();
    edges.dedup();
    let count = edges.len();
    let of_day = |nanos: i64| TimeOfDay::new(nanos / SECOND, (nanos % SECOND) as u32);
    let is_open = |n: usize| {
        let from = edges[n % count];
        is_hour(from) && window.is_none_or(|window| window.contains(of_day(from)))
    };
    let begins = (0..count).filter(|n| is_open(*n) && !is_open(n + count - 1));
    let part = |begin: usize| {
        let end = (begin..begin + count).find(|n| !is_open(*n)).unwrap_or(begin);
        Window { open: of_day(edges[begin]), close: of_day(edges[end % count]) }
    };
    match (0..count).all(is_open) {
        true => None,
        false => Some(begins.map(part).collect()),
    }
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

#[cfg(test)]
mod tests {
    use fastrand::Rng;

    use super::*;

    #[test]
    fn times_are_in_the_window_and_in_the_hours() {
        let mut rng = Rng::with_seed(1);
        for _ in 0..300 {
            let mut time = || TimeOfDay::new(rng.i64(0..96) * 900, 0);
            let window = Window { open: time(), close: time() };
            let hours = rng.u32(..) & rng.u32(..) & Limits::ALL_HOURS;
            for (window, hours) in [(Some(window), Some(hours)), (Some(window), None), (None, Some(hours))] {
                let limits = Limits::new(window, hours, None).unwrap();
                for minute in 0..24 * 60 {
                    let time = TimeOfDay::new(minute * 60, 0);
                    let is_open = window.is_none_or(|window| window.contains(time))
                        && hours.is_none_or(|hours| hours >> (minute / 60) & 1 != 0);
                    assert_eq!(limits.contains(time), is_open, "{time} with {window:?} and {hours:?}");
                }
                let times = limits.times().unwrap_or_default();
                let touch = |a: &Window| times.iter().any(|b| a.close == b.open);
                assert!(!times.iter().any(touch), "{times:?} are apart");
            }
        }
    }
}
