//! Times of day on dates, in a zone.

use std::sync::Arc;

use chrono::NaiveDate;

use super::{
    dates::{day_of, Dates},
    work, Anchor, DatePattern, DateSet, Unit, Window,
};
use crate::{
    timestamp::Timestamp,
    zone::{OffsetSpan, TimeOfDay, Wall, Zone, DAY},
};

/// Times of day on the dates of a pattern. Each date and time is one slot: a wall time in a gap is shifted forward by
/// the length of the gap, one in an overlap resolves to its first occurrence.
#[derive(Clone, Debug)]
pub(crate) struct Calendar {
    pattern: DatePattern,
    /// In ascending order, without duplicates.
    times: Vec<TimeOfDay>,
    zone: Zone,
    unit: Unit,
    /// Dates outside it are left out.
    only: Option<Arc<DateSet>>,
}

/// The first date of a calendar rule.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Start {
    /// The date of the first match strictly after this instant.
    FirstMatchAfter(Timestamp),
    /// This date.
    On(NaiveDate),
    /// One step after this date.
    AheadOf(NaiveDate),
}

impl Calendar {
    /// `times` must be in ascending order, without duplicates.
    pub(crate) fn new(pattern: DatePattern, unit: Unit, times: Vec<TimeOfDay>, zone: Zone) -> Self {
        Calendar { pattern, times, zone, unit, only: None }
    }

    /// The same rule without the dates that are not in a set, and without the times that are not in some hours, one bit
    /// each.
    pub(crate) fn limited_to(mut self, only: Option<Arc<DateSet>>, hours: u32) -> Self {
        self.times.retain(|time| hours >> (time.nanos() / (DAY / 24)) & 1 != 0);
        Calendar { only, ..self }
    }

    /// Whether no time is left. Such a rule must not be asked for a slot.
    pub(crate) fn has_no_times(&self) -> bool {
        self.times.is_empty()
    }

    /// The anchor of a grid that begins with `start`, with `length` units in a step. `None` if nothing ever matches, or
    /// the second step is outside the calendar.
    pub(crate) fn anchor(&self, length: u64, start: Start) -> Option<Anchor> {
        let beginning = |day| self.dates(day, length)?.with_second().map(|dates| dates.first_day());
        let day = match start {
            Start::AheadOf(date) => self.dates(day_of(date), length)?.ahead()?.first_day(),
            Start::On(date) => beginning(day_of(date))?,
            Start::FirstMatchAfter(instant) => {
                // The step length has no meaning before there is a first match, so that is found with steps of one:
                // "every 2 weeks on Monday" counts from the first Monday. The search begins 40 days back,
                // in an earlier week or month, because a gap may have shifted a slot of that one past `instant`.
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

    /// The anchor for the steps after a slot.
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

    /// The first slot strictly after `instant`. `span` caches the last offset that was looked up, and does not affect
    /// the result.
    #[inline(always)]
    pub(crate) fn next_after(&self, anchor: &Anchor, instant: Timestamp, span: &mut OffsetSpan) -> Option<Timestamp> {
        let dates = self.dates(anchor.day, anchor.length)?;
        // The usual case: most jobs come here at every run.
        if self.only.is_none() {
            if let Some((_, slot)) = self.first_while(|day| dates.on_or_after(day), *span, instant) {
                // Found in `i64` nanoseconds, which end in 2262: it cannot be outside the calendar.
                return Some(slot);
            }
        }
        self.first_after(&dates, instant, span)?.1.within_calendar()
    }

    /// The dates of the pattern, counted from `day`.
    #[inline]
    fn dates(&self, day: i64, length: u64) -> Option<Dates> {
        self.pattern.dates(day, length, self.unit)
    }

    /// The first date of the pattern at or after a day.
    fn on_or_after(&self, dates: &Dates, day: i64) -> Option<i64> {
        let first = dates.on_or_after(day)?;
        match &self.only {
            None => Some(first),
            Some(only) => first_in_both(dates, only, first),
        }
    }

    /// Whether a day is one of the dates of the pattern.
    fn include(&self, dates: &Dates, day: i64) -> bool {
        self.on_or_after(dates, day) == Some(day)
    }

    /// The first slot strictly after `instant`, and the date of the pattern that it belongs to. Looks up the span
    /// around `instant` if the cached one does not contain it.
    #[inline(never)]
    fn first_after(&self, dates: &Dates, instant: Timestamp, span: &mut OffsetSpan) -> Option<(i64, Timestamp)> {
        if !span.contains(instant) {
            *span = self.zone.offset_span(instant);
        }
        let found = self.first_while(|day| self.on_or_after(dates, day), *span, instant);
        found.or_else(|| self.first_by_zone(dates, instant))
    }

    /// [`first_after`](Self::first_after), correct near changes of offset too.
    ///
    /// A gap can shift a slot into the next day, where that day's own slots may come first. In Nuuk, on 30 March 2024,
    /// 23:00 was followed by 00:00 on the 31st:
    ///
    /// ```text
    /// wall time                         22:30  |  00:00     00:15     00:30
    /// day().at("23:30")                        |                        X    the slot of the 30th, shifted by an hour
    /// day().at("23:30").at("00:15")            |              X         X    the slot of the 31st comes first
    /// ```
    fn first_by_zone(&self, dates: &Dates, instant: Timestamp) -> Option<(i64, Timestamp)> {
        // After a change, a slot of the day before may still be to come: at 00:10 on the 31st, that of 23:30 on the
        // 30th is. The look-back is two days because a gap may be as long as one.
        let today = self.zone.wall(instant).day();
        let yesterday = instant.later(-2 * DAY);
        let changed = self.zone.offset_at(yesterday) != self.zone.offset_at(instant);
        let mut day = self.on_or_after(dates, today - i64::from(changed))?;
        let found = loop {
            match self.first_on(day, instant) {
                Some(slot) => break (day, slot),
                None => day = self.on_or_after(dates, day + 1)?,
            }
        };
        // Dates are tried in order, so a slot that was shifted into the next day has been found before that day was
        // tried.
        let pushed = self.zone.wall(found.1).day() != day;
        if pushed && self.include(dates, day + 1) {
            let rival = self.first_on(day + 1, instant).filter(|rival| *rival < found.1);
            return Some(rival.map_or(found, |rival| (day + 1, rival)));
        }
        Some(found)
    }

    /// [`first_after`](Self::first_after), if both `instant` and the slot are inside `span`; `None` otherwise. The
    /// offset is the same for both, so this is arithmetic without a look-up. `on_or_after` finds a date.
    #[inline(always)]
    fn first_while(
        &self,
        on_or_after: impl Fn(i64) -> Option<i64>,
        span: OffsetSpan,
        instant: Timestamp,
    ) -> Option<(i64, Timestamp)> {
        let now = i64::try_from(instant.nanos()).ok().filter(|now| *now >= span.from)?;
        // Not negative, because a span begins at least two days after the epoch: an unsigned division is faster.
        let wall = (now as u64).wrapping_add_signed(span.offset);
        let (today, time) = ((wall / DAY as u64) as i64, (wall % DAY as u64) as i64);
        let (first, last) = (self.times.first()?, self.times.last()?);
        // If the last time of today has passed, the search begins with tomorrow.
        let day = on_or_after(today + i64::from(last.nanos() <= time))?;
        let later = if day == today { self.times.iter().find(|later| later.nanos() > time)? } else { first };
        let slot = day.checked_mul(DAY)?.checked_add(later.nanos() - span.offset)?;
        (slot < span.until).then(|| (day, Timestamp::of(slot.into())))
    }

    /// The date of the pattern that a slot belongs to, from which the following steps are counted.
    ///
    /// It is not always the date that the wall clock shows at the slot:
    ///
    /// - A gap may have shifted the slot into the next day: in Nuuk 23:30 on 30 March 2024 is shown as 00:30 on the
    ///   31st, and belongs to the 30th.
    /// - A window may have delayed it to its opening, if the interval is random: 22:00 on Monday becomes 06:00 on
    ///   Tuesday with a window from 06:00, and belongs to Monday.
    fn day_that_names(&self, dates: &Dates, slot: Timestamp) -> i64 {
        let shown = self.zone.wall(slot).day();
        let before = slot.just_before();
        let names = |day: &i64| self.first_on(*day, before) == Some(slot);
        // A delayed slot is none of the rule's own. It belongs to the last date that has a slot before it.
        let mut days_before = (0..=Window::DAYS_AHEAD + 1).map(|days| shown - days);
        let named = [shown, shown - 1].into_iter().find(names);
        named.or_else(|| days_before.find(|day| self.precedes(dates, *day, slot))).unwrap_or(shown)
    }

    /// Whether `day` is one of the dates and has a slot before `slot`.
    fn precedes(&self, dates: &Dates, day: i64, slot: Timestamp) -> bool {
        self.include(dates, day) && self.slots_of(day).any(|other| other < slot)
    }

    /// The first slot of `day` strictly after `instant`.
    ///
    /// A minimum, not the first in order of `times`: with a gap from 02:00 to 03:00, 02:30 is shifted to 03:30, after
    /// 03:00.
    #[inline(never)]
    fn first_on(&self, day: i64, instant: Timestamp) -> Option<Timestamp> {
        self.slots_of(day).filter(|slot| *slot > instant).min()
    }

    fn slots_of(&self, day: i64) -> impl Iterator<Item = Timestamp> + '_ {
        let offsets = self.zone.offsets_of_day(day);
        self.times.iter().map(move |time| offsets.resolve(Wall::new(day, *time)))
    }

    /// Whether one of the times of day is inside a window.
    pub(super) fn has_time_inside(&self, window: Window) -> bool {
        self.times.iter().any(|time| window.contains(*time))
    }

    /// Whether one of the times of day would be inside a window if it is shifted by a gap: after `change`, up to which
    /// `offset` applies, clocks are ahead by `gap` more.
    pub(super) fn is_shifted_inside(&self, window: Window, change: Timestamp, offset: i64, gap: i64) -> bool {
        let begins = Wall::shown_at(change, offset).time().nanos();
        self.times.iter().any(|time| {
            let shifted = (time.nanos() - begins).rem_euclid(DAY);
            shifted < gap && window.since_opening(change.later(shifted), offset + gap) < window.length()
        })
    }
}

/// The first day, from one of the dates on, that is one of the dates and in the set.
#[inline(never)]
fn first_in_both(dates: &Dates, only: &DateSet, first: i64) -> Option<i64> {
    /// Dates that have a day in common at all have one long before this many attempts.
    const MOST: usize = 5_000;
    let mut day = first;
    for tried in 1..=MOST {
        if tried % 8 == 0 && !work::spend(8) {
            return None;
        }
        let in_set = only.on_or_after(day)?;
        if in_set == day {
            return Some(day);
        }
        day = dates.on_or_after(in_set)?;
    }
    None
}

#[cfg(feature = "tz")]
#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use chrono::{NaiveTime, TimeZone, Utc, Weekday};
    use fastrand::Rng;

    use super::*;
    use crate::{trigger::DayOfMonth, zone::IntoZone};

    /// Dates are counted from the first of these years; slots are requested up to the last.
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
            _ => (DatePattern::Months(DayOfMonth::Days(1 << rng.u32(1..=31))), Unit::Month),
        };
        let time = |rng: &mut Rng| NaiveTime::from_hms_opt(rng.u32(0..24), rng.u32(0..4) * 15, 0).unwrap();
        let times: BTreeSet<TimeOfDay> = (0..rng.usize(1..=3)).map(|_| time(rng).into()).collect();
        let rule = Calendar::new(pattern, unit, times.into_iter().collect(), zone);
        let anchor = rule.anchor(rng.u64(1..=3), Start::On(from)).unwrap();
        (rule, anchor)
    }

    /// Both use the same database: one looks up every instant, the other only the span in which the offset does not
    /// change.
    #[test]
    fn arithmetic_within_a_span_agrees_with_the_zone() {
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
                match rule.first_while(|day| dates.on_or_after(day), rule.zone.offset_span(instant), instant) {
                    Some(found) => {
                        assert_eq!(found, expected, "{rule:?} after {instant:?}");
                        quick += 1;
                    }
                    None => slow += 1,
                }
                assert_eq!(rule.next_after(&anchor, instant, &mut known), Some(expected.1));
                // A random instant, one within 40 days, one whose next slot is the same, or the slot.
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
