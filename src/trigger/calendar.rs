//! Dates and wall times in a zone.

use chrono::NaiveDate;

use super::{
    dates::{day_of, Dates},
    Anchor, DatePattern, Unit, Window,
};
use crate::{
    timestamp::Timestamp,
    zone::{OffsetSpan, TimeOfDay, Wall, Zone, DAY},
};

/// Times of day on the dates of a pattern. Each is resolved once in the zone: a wall time skipped by a gap is shifted
/// forward by the length of the gap, an ambiguous one resolves to its first occurrence.
#[derive(Clone, Debug)]
pub(crate) struct Calendar {
    pattern: DatePattern,
    /// Each once, in order.
    times: Vec<TimeOfDay>,
    zone: Zone,
    unit: Unit,
}

/// Where the dates of a calendar rule begin.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Start {
    /// With the first match strictly after this instant.
    FirstMatchAfter(Timestamp),
    /// With this date.
    On(NaiveDate),
    /// One step after this date.
    AheadOf(NaiveDate),
}

impl Calendar {
    /// `times` holds each time once, in order.
    pub(crate) fn new(pattern: DatePattern, unit: Unit, times: Vec<TimeOfDay>, zone: Zone) -> Self {
        Calendar { pattern, times, zone, unit }
    }

    /// The anchor of `length` units a step that begin with `start`. `None` if the second step lies outside the calendar, or
    /// nothing ever matches.
    pub(crate) fn anchor(&self, length: u64, start: Start) -> Option<Anchor> {
        let beginning = |day| self.dates(day, length)?.with_second().map(|dates| dates.first_day());
        let day = match start {
            Start::AheadOf(date) => self.dates(day_of(date), length)?.ahead()?.first_day(),
            Start::On(date) => beginning(day_of(date))?,
            Start::FirstMatchAfter(instant) => {
                // Every single step from well before the instant on, so that the first match is found whatever its day.
                let around = self.zone.wall(instant).day() - 40;
                let mut span = OffsetSpan::NEVER;
                let (first, _) = self.first_after(&self.dates(around, 1)?, instant, &mut span)?;
                if length == 1 {
                    around
                } else {
                    beginning(first)?
                }
            }
        };
        Some(Anchor::of_day(day, length))
    }

    /// The anchor of the steps that follow a slot.
    pub(super) fn anchor_at(&self, previous: &Anchor, slot: Timestamp, length: u64) -> Option<Anchor> {
        let dates = self.dates(previous.day, previous.length)?;
        Some(Anchor::of_day(self.day_that_names(&dates, slot), length))
    }

    /// An anchor of the same dates that is not after an instant.
    pub(crate) fn anchor_not_after(&self, anchor: &Anchor, instant: Timestamp) -> Anchor {
        let day = self.zone.wall(instant).day();
        match self.dates(anchor.day, anchor.length) {
            Some(dates) if day < anchor.day => Anchor::of_day(dates.first_day_before(day), anchor.length),
            _ => *anchor,
        }
    }

    /// The first slot strictly after `instant`. `span` remembers the offset that was looked up last, and when it holds: it
    /// saves look-ups and changes no answer.
    #[inline]
    pub(super) fn next_after(&self, anchor: &Anchor, instant: Timestamp, span: &mut OffsetSpan) -> Option<Timestamp> {
        let dates = self.dates(anchor.day, anchor.length)?;
        match self.first_while(&dates, *span, instant) {
            // The calendar does not end while `i64` can count the nanoseconds.
            Some((_, slot)) => Some(slot),
            None => self.first_after(&dates, instant, span)?.1.within_calendar(),
        }
    }

    /// The dates of the pattern, counted from a day.
    #[inline]
    fn dates(&self, day: i64, length: u64) -> Option<Dates> {
        self.pattern.dates(day, length, self.unit)
    }

    /// The first slot strictly after `instant`, and the day that names it. Looks up the span around `instant`, unless that is
    /// known already.
    #[inline(never)]
    fn first_after(&self, dates: &Dates, instant: Timestamp, span: &mut OffsetSpan) -> Option<(i64, Timestamp)> {
        if !span.contains(instant) {
            *span = self.zone.offset_span(instant).unwrap_or(OffsetSpan::NEVER);
        }
        self.first_while(dates, *span, instant).or_else(|| self.first_by_zone(dates, instant))
    }

    /// [`first_after`](Self::first_after) wherever offsets may change.
    ///
    /// A gap can push a slot into the next day. So where an offset has just changed the day before counts too, and a slot
    /// that was pushed competes with those of the day after.
    fn first_by_zone(&self, dates: &Dates, instant: Timestamp) -> Option<(i64, Timestamp)> {
        let today = self.zone.wall(instant).day();
        let yesterday = instant.later(-2 * DAY);
        let changed = self.zone.offset_at(yesterday) != self.zone.offset_at(instant);
        let mut day = dates.on_or_after(today - i64::from(changed))?;
        let found = loop {
            match self.first_on(day, instant) {
                Some(slot) => break (day, slot),
                None => day = dates.on_or_after(day + 1)?,
            }
        };
        let pushed = self.zone.wall(found.1).day() != day;
        if pushed && dates.include(day + 1) {
            let rival = self.first_on(day + 1, instant).filter(|rival| *rival < found.1);
            return Some(rival.map_or(found, |rival| (day + 1, rival)));
        }
        Some(found)
    }

    /// [`first_after`](Self::first_after), if both `instant` and what is found lie where no offset changes: the wall clock is
    /// then a clock like any other.
    #[inline(always)]
    fn first_while(&self, dates: &Dates, span: OffsetSpan, instant: Timestamp) -> Option<(i64, Timestamp)> {
        let now = i64::try_from(instant.nanos()).ok().filter(|now| *now >= span.from)?;
        // No span begins before 1970, and without a sign a number is quicker to divide.
        let wall = (now as u64).wrapping_add_signed(span.offset);
        let (today, time) = ((wall / DAY as u64) as i64, (wall % DAY as u64) as i64);
        let (first, last) = (self.times.first()?, self.times.last()?);
        let day = dates.on_or_after(today + i64::from(last.nanos() <= time))?;
        let later = if day == today { self.times.iter().find(|later| later.nanos() > time)? } else { first };
        let slot = day.checked_mul(DAY)?.checked_add(later.nanos() - span.offset)?;
        (slot < span.until).then(|| (day, Timestamp::of(slot.into())))
    }

    /// The day of a slot: that before, when a gap has pushed the slot into the day that the wall clock shows; the one from
    /// which the slot comes, when a window has moved it.
    fn day_that_names(&self, dates: &Dates, slot: Timestamp) -> i64 {
        let shown = self.zone.wall(slot).day();
        let before = slot.just_before();
        let names = |day: &i64| self.first_on(*day, before) == Some(slot);
        let mut days_before = (0..=Window::DAYS_AHEAD + 1).map(|days| shown - days);
        let named = [shown, shown - 1].into_iter().find(names);
        named.or_else(|| days_before.find(|day| self.precedes(dates, *day, slot))).unwrap_or(shown)
    }

    /// Whether `day` is one of the dates, and has a slot before this one.
    fn precedes(&self, dates: &Dates, day: i64, slot: Timestamp) -> bool {
        dates.include(day) && self.slots_of(day).any(|other| other < slot)
    }

    /// The first slot of `day` that comes strictly after `instant`.
    #[inline(never)]
    fn first_on(&self, day: i64, instant: Timestamp) -> Option<Timestamp> {
        self.slots_of(day).filter(|slot| *slot > instant).min()
    }

    fn slots_of(&self, day: i64) -> impl Iterator<Item = Timestamp> + '_ {
        self.times.iter().map(move |time| self.zone.resolve(Wall::new(day, *time)))
    }
}

#[cfg(feature = "tz")]
#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use chrono::{NaiveTime, TimeZone, Utc, Weekday};
    use fastrand::Rng;

    use super::*;
    use crate::{trigger::DayOfMonth, zone::IntoZone};

    /// From here on the dates are counted, up to here the slots are asked for.
    const YEARS: std::ops::Range<i32> = 1940..2090;

    fn second(year: i32) -> i64 {
        Utc.with_ymd_and_hms(year, 1, 1, 0, 0, 0).unwrap().timestamp()
    }

    fn rule(rng: &mut Rng, zone: Zone) -> (Calendar, Anchor) {
        let from = NaiveDate::from_ymd_opt(YEARS.start, rng.u32(1..=12), rng.u32(1..=28)).unwrap();
        let weekday = Weekday::try_from(rng.u8(0..7)).unwrap();
        let (pattern, unit) = match rng.u8(0..5) {
            0 | 1 => (DatePattern::Days, Unit::Day),
            2 => (DatePattern::Weeks([weekday, weekday.succ()].into_iter().collect()), Unit::Week),
            3 => (DatePattern::Months(DayOfMonth::Nth(rng.u8(1..=5), weekday)), Unit::Month),
            _ => (DatePattern::Months(DayOfMonth::Number(rng.u32(1..=31))), Unit::Month),
        };
        let time = |rng: &mut Rng| NaiveTime::from_hms_opt(rng.u32(0..24), rng.u32(0..4) * 15, 0).unwrap();
        let times: BTreeSet<TimeOfDay> = (0..rng.usize(1..=3)).map(|_| time(rng).into()).collect();
        let rule = Calendar::new(pattern, unit, times.into_iter().collect(), zone);
        let anchor = rule.anchor(rng.u64(1..=3), Start::On(from)).unwrap();
        (rule, anchor)
    }

    /// Both ask the same database, one second by second, the other for the span in which nothing changes.
    #[test]
    fn slots_within_an_offset_span_are_those_of_the_zone() {
        let mut rng = Rng::with_seed(1);
        let (mut quick, mut slow) = (0, 0);
        for zone in chrono_tz::TZ_VARIANTS {
            let zone = zone.into_zone().unwrap();
            let (rule, anchor) = rule(&mut rng, zone);
            let dates = rule.dates(anchor.day, anchor.length).unwrap();
            let mut known = OffsetSpan::NEVER;
            let mut instant = Timestamp::new(rng.i64(second(YEARS.start)..second(YEARS.end)), 0);
            for _ in 0..16 {
                let expected = rule.first_by_zone(&dates, instant).unwrap();
                match rule.zone.offset_span(instant).and_then(|span| rule.first_while(&dates, span, instant)) {
                    Some(found) => {
                        assert_eq!(found, expected, "{rule:?} after {instant:?}");
                        quick += 1;
                    }
                    None => slow += 1,
                }
                assert_eq!(rule.next_after(&anchor, instant, &mut known), Some(expected.1));
                // The next slot, one of the same span, one of any other.
                instant = match rng.u8(0..4) {
                    0 => Timestamp::new(rng.i64(second(YEARS.start)..second(YEARS.end)), rng.u32(0..2)),
                    1 => instant.after(i128::from(rng.u64(0..40 * 86_400)) * 1_000_000_000),
                    2 => expected.1.just_before(),
                    _ => expected.1,
                };
            }
        }
        assert!(quick > 5_000 && slow > 200, "{quick} quick, {slow} slow");
    }
}
