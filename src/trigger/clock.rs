//! Times of the clock on some dates, as cron expressions have them.

use std::sync::Arc;

use super::{DateSet, Window};
use crate::{
    timestamp::Timestamp,
    zone::{OffsetSpan, TimeOfDay, Zone, DAY},
};

const SECOND: i64 = 1_000_000_000;
const DAY_SECONDS: i64 = DAY / SECOND;

/// Seconds, minutes and hours, one bit each: a time is one of these if all of its parts are. None is empty.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct ClockTimes {
    pub(crate) seconds: u64,
    pub(crate) minutes: u64,
    pub(crate) hours: u32,
}

impl ClockTimes {
    /// The first of the times, in seconds after midnight.
    #[inline]
    fn first(self) -> i64 {
        i64::from(self.hours.trailing_zeros() * 3_600 + self.first_of_hour())
    }

    #[inline]
    fn first_of_hour(self) -> u32 {
        self.minutes.trailing_zeros() * 60 + self.seconds.trailing_zeros()
    }

    /// The first of the times at or after a second of the day; `None` if there is none on that day.
    #[inline]
    fn at_or_after(self, second: i64) -> Option<i64> {
        let second = u32::try_from(second.max(0)).ok().filter(|second| *second < DAY_SECONDS as u32)?;
        let (hour, minute, second) = (second / 3_600, second / 60 % 60, second % 60);
        if self.hours >> hour & 1 != 0 {
            if self.minutes >> minute & 1 != 0 && self.seconds >> second != 0 {
                let later = (self.seconds >> second).trailing_zeros();
                return Some((hour * 3_600 + minute * 60 + second + later).into());
            }
            let rest = self.minutes >> minute >> 1;
            if rest != 0 {
                let minute = minute + 1 + rest.trailing_zeros();
                return Some((hour * 3_600 + minute * 60 + self.seconds.trailing_zeros()).into());
            }
        }
        let rest = self.hours >> hour >> 1;
        (rest != 0).then(|| ((hour + 1 + rest.trailing_zeros()) * 3_600 + self.first_of_hour()).into())
    }

    /// Whether one of the times is inside a window.
    fn has_one_inside(self, window: Window) -> bool {
        let opens = window.open.nanos();
        let later = self.at_or_after(opens / SECOND + i64::from(opens % SECOND != 0));
        let is_inside = |second: i64| window.contains(TimeOfDay::new(second, 0));
        later.is_some_and(is_inside) || is_inside(self.first())
    }
}

/// Times of the clock on some dates.
#[derive(Clone, Debug)]
pub(crate) struct Clock {
    pub(crate) times: ClockTimes,
    pub(crate) dates: Arc<DateSet>,
    /// Whether slots are all instants at which the clock shows one of the times. Otherwise each time is one slot of
    /// each date, as in [`Calendar`](super::Calendar).
    pub(crate) follows_clock: bool,
    pub(crate) zone: Zone,
}

impl Clock {
    /// The most steps of a search, each to another change of offset or another date. A date that matches at all does so
    /// within 400 years, and a step takes no less than the time from a date to the change of offset beside it.
    const MOST: usize = 2_000;

    /// The first slot strictly after `instant`. `span` caches the last offset that was looked up, and does not affect
    /// the result.
    #[inline]
    pub(crate) fn next_after(&self, instant: Timestamp, span: &mut OffsetSpan) -> Option<Timestamp> {
        let wall = self.wall_while(*span, instant);
        match wall.and_then(|wall| Self::slot_inside(*span, wall)) {
            Some(slot) => Some(slot),
            None => self.first_after(instant, span, wall),
        }
    }

    /// [`next_after`](Self::next_after), if the instant or the slot is not inside `span`. `wall` is the answer of
    /// [`wall_while`](Self::wall_while).
    #[inline(never)]
    fn first_after(&self, instant: Timestamp, span: &mut OffsetSpan, mut wall: Option<i64>) -> Option<Timestamp> {
        if !span.contains(instant) {
            *span = self.zone.offset_span(instant);
            wall = self.wall_while(*span, instant);
            if let Some(slot) = wall.and_then(|wall| Self::slot_inside(*span, wall)) {
                return Some(slot);
            }
        }
        if let Some(wall) = wall {
            let later = self.zone.offset_span(Timestamp::new(wall - span.offset / SECOND, 0));
            // No offset changes within two days of either, and no date between them matches.
            if let Some(slot) = Self::slot_inside(later, wall).filter(|slot| later.contains(*slot)) {
                *span = later;
                return Some(slot);
            }
        }
        let slot = if self.follows_clock { self.first_shown(instant) } else { self.first_named(instant) };
        slot?.within_calendar()
    }

    /// The slot at a wall time, by the offset of `span`, if it is before the end of `span`. It is inside `span` if the
    /// wall time is after that of an instant inside.
    #[inline(always)]
    fn slot_inside(span: OffsetSpan, wall: i64) -> Option<Timestamp> {
        let slot = wall.checked_mul(SECOND)?.checked_sub(span.offset)?;
        (slot < span.until).then(|| Timestamp::of(slot.into()))
    }

    /// The first wall time after that of `instant`, in seconds since 1 January 1970, if `instant` is inside `span`.
    #[inline(always)]
    fn wall_while(&self, span: OffsetSpan, instant: Timestamp) -> Option<i64> {
        let now = i64::try_from(instant.nanos()).ok().filter(|now| *now >= span.from && *now < span.until)?;
        // Not negative, because a span begins at least two days after the epoch: an unsigned division is faster.
        let wall = (now as u64).wrapping_add_signed(span.offset) / SECOND as u64 + 1;
        self.first_from((wall / DAY_SECONDS as u64) as i64, (wall % DAY_SECONDS as u64) as i64)
    }

    /// The first wall time at or after another, as seconds since 1 January 1970.
    fn first_of_wall(&self, wall: i64) -> Option<i64> {
        self.first_from(wall.div_euclid(DAY_SECONDS), wall.rem_euclid(DAY_SECONDS))
    }

    /// The first wall time, as seconds since 1 January 1970, from a second of a day on.
    #[inline(always)]
    fn first_from(&self, today: i64, second: i64) -> Option<i64> {
        let later = self.times.at_or_after(second);
        let day = self.dates.on_or_after(today + i64::from(later.is_none()))?;
        let second = later.filter(|_| day == today).unwrap_or_else(|| self.times.first());
        Some(day * DAY_SECONDS + second)
    }

    /// The first instant after another at which the clock shows one of the times.
    ///
    /// Within a period of one offset that is the first match of the wall clock. A change of offset on the way to it is
    /// where the search begins again.
    fn first_shown(&self, instant: Timestamp) -> Option<Timestamp> {
        const NEAR: i64 = 2 * DAY;
        let mut from = Timestamp::new(instant.parts().0 + 1, 0);
        for _ in 0..Clock::MOST {
            let offset = self.zone.offset_at(from);
            let wall = from.parts().0 + offset / SECOND;
            let slot = self.first_of_wall(wall).map(|wall| Timestamp::new(wall - offset / SECOND, 0));
            // No zone changes its offset twice within six days. After the last date, a change may lead back to it.
            let near = from.later(2 * NEAR);
            let end = slot.map_or(near, |slot| slot.min(near));
            if let Some(change) = self.zone.change_between(from, end) {
                from = change;
            } else if slot.is_none_or(|slot| slot == end) {
                return slot;
            } else {
                // No change leads from here to another date than those up to the slot's, none of which matches.
                from = end.max(slot?.later(-NEAR));
            }
        }
        None
    }

    /// The first slot after an instant, if each time is one slot of its date.
    fn first_named(&self, instant: Timestamp) -> Option<Timestamp> {
        // A gap may have shifted slots of the date before into this one.
        let mut day = self.dates.on_or_after(self.day(instant) - 1)?;
        let found = loop {
            match self.first_on(day, instant) {
                Some(slot) => break slot,
                None => day = self.dates.on_or_after(day + 1)?,
            }
        };
        // A slot that a gap shifted into the next date may come after those of that date.
        let is_shifted = self.day(found) != day;
        let rival = if is_shifted && self.dates.contains(day + 1) { self.first_on(day + 1, instant) } else { None };
        Some(rival.map_or(found, |rival| rival.min(found)))
    }

    /// The date that the clock shows at an instant, as the number of days since 1 January 1970.
    fn day(&self, instant: Timestamp) -> i64 {
        (instant.parts().0 + self.zone.offset_at(instant) / SECOND).div_euclid(DAY_SECONDS)
    }

    /// The first slot of a date after an instant.
    ///
    /// Of the times of a date on which the offset changes, those up to where both offsets have shown the change resolve
    /// with the old offset, the others with the new one. In New York, in March and in November:
    ///
    /// ```text
    /// gap       02:00 becomes 03:00    before 03:00 with the old offset, by which 02:30 is shown as 03:30
    /// overlap   02:00 becomes 01:00    before 02:00 with the old offset: the first of two
    /// ```
    fn first_on(&self, day: i64, instant: Timestamp) -> Option<Timestamp> {
        let offsets = self.zone.offsets_of_day(day);
        let midnight = day * DAY_SECONDS;
        let after = instant.parts().0 + 1;
        // In seconds after midnight.
        let from = |offset: i64| (after + offset / SECOND - midnight).max(0);
        let slot = |second: i64, offset: i64| Timestamp::new(midnight + second - offset / SECOND, 0);
        let Some(change) = offsets.change else {
            return self.times.at_or_after(from(offsets.before)).map(|second| slot(second, offsets.before));
        };
        let limit = change.parts().0 + offsets.before.max(offsets.after) / SECOND - midnight;
        let old = self.times.at_or_after(from(offsets.before)).filter(|second| *second < limit);
        let new = self.times.at_or_after(from(offsets.after).max(limit));
        let slots = [old.map(|second| slot(second, offsets.before)), new.map(|second| slot(second, offsets.after))];
        slots.into_iter().flatten().min()
    }

    /// Whether a slot can be inside a window, unless a gap shifts it there.
    pub(super) fn has_time_inside(&self, window: Window) -> bool {
        self.times.has_one_inside(window)
    }
}
