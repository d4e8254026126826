//! The search for a slot within the limits.

use super::{cycle::steps_into, work, Aligned, Anchor, Limits, Pace, Rule, Window};
use crate::{
    timestamp::Timestamp,
    zone::{OffsetPeriod, Zone, DAY},
};

/// The search for the first slot of a rule that is within the limits.
///
/// It asks the rule for its next slot, and if that is not within them, for the first slot from the next opening on.
/// Most rules have one on the same day, or a few days later. If not, the search computes where the next one may be, so
/// that the work does not depend on how far away that is. It does so for a window and for hours; with dates, the rule is
/// asked up to 5,000 times:
///
/// - A step of elapsed time is a step around a cycle of 24 hours, as long as the offset does not change: see
///   [`steps_into`].
/// - Hours and minutes with `at` are as many cycles as there are hours, or minutes, in a day.
/// - A time of day is inside the window or not. If none is, only a gap can shift a slot into the window.
///
/// That leaves a few steps for each change of offset until the horizon.
pub(crate) struct Search<'a> {
    limits: &'a Limits,
    zone: Zone,
    /// The rule and the anchor that it is asked with, on the wall clock.
    grid: Option<(&'a Rule, Anchor)>,
    horizon: i64,
    /// The number of times the rule is asked before the search computes.
    eager: usize,
    period: OffsetPeriod,
}

impl<'a> Search<'a> {
    /// Most rules are in their window within a few days, and then asking is quicker than computing.
    const EAGER: usize = 8;

    /// The number of times a user's trigger, about which nothing can be computed, is asked for one slot.
    const MOST_OF_OWN: usize = 1_000;

    /// The number of times a rule is asked for one slot that is to be on some dates.
    const MOST: usize = 5_000;

    /// `horizon`, in nanoseconds after the first slot, is where the search ends.
    pub(crate) fn new(limits: &'a Limits, zone: Zone, horizon: i64) -> Self {
        Search { limits, zone, grid: None, horizon, eager: Search::EAGER, period: OffsetPeriod::NEVER }
    }

    /// The search for a slot of a rule, which is asked with this anchor.
    pub(crate) fn of_rule(self, rule: &'a Rule, anchor: Anchor) -> Self {
        Search { grid: Some((rule, anchor)), ..self }
    }

    /// The first slot, from `slot` on, that is within the limits; `next_after` returns the later ones. `None` if there is
    /// none up to the horizon, or up to one that is as far from an opening.
    pub(crate) fn from(
        mut self,
        mut slot: Timestamp,
        mut next_after: impl FnMut(Timestamp) -> Option<Timestamp>,
    ) -> Option<Timestamp> {
        let mut horizon = slot.later(self.horizon);
        let own = match self.grid {
            Some((Rule::Own(own), _)) => Some(own),
            _ => None,
        };
        let is_computable = self.limits.is_computable();
        let most = match (own, is_computable) {
            (Some(_), _) => Search::MOST_OF_OWN,
            (None, true) => usize::MAX,
            (None, false) => Search::MOST,
        };
        for asked in 1.. {
            if slot > horizon || !work::ask_within_limits(own.is_some()) {
                return None;
            }
            if self.limits.is_open(self.zone, slot) {
                return Some(slot);
            }
            if asked == most {
                return own.and_then(|own| own.give_up(asked));
            }
            // Continues at the opening, not with the next slot: a job that runs every second is not asked for each
            // second of a night. A slot that is exactly at the opening counts, hence `just_before`.
            let opening = self.limits.opening_after(self.zone, slot)?;
            if !is_computable {
                // The dates may be as far away as they like.
                horizon = opening.later(self.horizon);
            }
            let next = if asked > self.eager { opening.max(self.skip_to_open(slot, horizon)?) } else { opening };
            slot = next_after(next.just_before())?;
        }
        None
    }

    /// An instant, at or after `slot`, before which no slot is inside the window and in the hours; `None` if none is up to
    /// the horizon.
    fn skip_to_open(&mut self, slot: Timestamp, horizon: Timestamp) -> Option<Timestamp> {
        match self.limits.times() {
            None => Some(slot),
            Some(times) => times.iter().filter_map(|part| self.skip(*part, slot, horizon)).min(),
        }
    }

    /// An instant, at or after `slot`, before which no slot is inside the window; `None` if none is up to the horizon.
    fn skip(&mut self, window: Window, slot: Timestamp, horizon: Timestamp) -> Option<Timestamp> {
        match self.grid {
            Some((Rule::Interval(unit), anchor)) => {
                self.skip_steps(window, Pace::new(anchor.length, *unit)?, anchor.at, slot, horizon)
            }
            Some((Rule::Aligned(rule), anchor)) => self.skip_readings(window, rule, &anchor, slot, horizon),
            Some((Rule::Calendar(rule), _)) if rule.has_time_inside(window) => Some(slot),
            Some((Rule::Calendar(rule), _)) => {
                let is_shifted_inside = |change, offset, gap| rule.is_shifted_inside(window, change, offset, gap);
                self.skip_dates(is_shifted_inside, slot, horizon)
            }
            Some((Rule::Clock(rule), _)) if rule.has_time_inside(window) => Some(slot),
            Some((Rule::Clock(rule), _)) if rule.follows_clock => None,
            // There are few enough gaps to ask for the slots after each.
            Some((Rule::Clock(_), _)) => self.skip_dates(|_, _, gap| gap > 0, slot, horizon),
            Some((Rule::Delay | Rule::Moment | Rule::Common(_) | Rule::Own(_), _)) | None => Some(slot),
        }
    }

    fn skip_steps(
        &mut self,
        window: Window,
        pace: Pace,
        anchor: Timestamp,
        mut from: Timestamp,
        horizon: Timestamp,
    ) -> Option<Timestamp> {
        let step = pace.nanos();
        let phase = step.rem_euclid(DAY.into()) as i64;
        while from <= horizon {
            let OffsetPeriod { offset, until, .. } = self.period_around(from, horizon);
            let first = pace.next_after(anchor, from.just_before())?;
            let start = window.since_opening(first, offset);
            let steps = steps_into(start, phase, DAY, window.length());
            let inside = steps.map(|steps| first.after(steps * step)).filter(|slot| *slot < until);
            if inside.is_some() {
                return inside;
            }
            from = first.max(until);
        }
        None
    }

    /// Steps of one meet a window each day, if it contains a reading. Longer ones are slots at a distance from a
    /// change, and are asked for near it.
    fn skip_readings(
        &mut self,
        window: Window,
        rule: &Aligned,
        anchor: &Anchor,
        from: Timestamp,
        horizon: Timestamp,
    ) -> Option<Timestamp> {
        let inside = rule.beginnings_inside(window)?;
        let near = rule.reach();
        let OffsetPeriod { offset, until, .. } = self.period_around(from, horizon);
        let until_near = until.later(-near);
        if anchor.length == 1 || from >= until_near || self.zone.offset_at(from.later(-near)) != offset {
            return Some(from);
        }
        match rule.next_beginning_inside(anchor, offset, from, inside) {
            Some(beginning) if beginning < until_near => Some(beginning.max(from)),
            _ => Some(until_near).filter(|_| until <= horizon),
        }
    }

    /// Dates without a time inside the window. `is_shifted_inside` takes a change of offset, the offset before it, and
    /// the length of the gap.
    fn skip_dates(
        &mut self,
        is_shifted_inside: impl Fn(Timestamp, i64, i64) -> bool,
        mut from: Timestamp,
        horizon: Timestamp,
    ) -> Option<Timestamp> {
        // A gap shifts a slot by less than a day, so no slot is shifted to later than that after a change.
        while from <= horizon {
            let OffsetPeriod { offset, until, .. } = self.period_around(from, horizon);
            if self.zone.offset_at(from.later(-DAY)) != offset {
                return Some(from);
            }
            if until > horizon {
                return None;
            }
            let gap = self.zone.offset_at(until) - offset;
            if is_shifted_inside(until, offset, gap) {
                return Some(until);
            }
            from = until.later(DAY);
        }
        None
    }

    /// The offset at an instant, and how long it lasts, at least if that is not after the horizon.
    fn period_around(&mut self, instant: Timestamp, horizon: Timestamp) -> OffsetPeriod {
        if !self.period.contains(instant) {
            self.period = self.zone.offset_period(instant, horizon);
            // A look-up for every six days.
            let days = (self.period.until.nanos() - instant.nanos()) / i128::from(DAY);
            work::spend(days as u64 / 24);
        }
        self.period
    }
}

#[cfg(feature = "tz")]
#[cfg(test)]
mod tests {
    use chrono::{TimeZone, Utc, Weekday};
    use chrono_tz::{
        Africa::Casablanca, America::New_York, Asia::Gaza, Australia::Lord_Howe, Europe::Berlin, Pacific::Apia,
    };
    use fastrand::Rng;

    use super::*;
    use crate::{
        trigger::{Calendar, DatePattern, DayOfMonth, Start, Unit},
        zone::{IntoZone, OffsetSpan, TimeOfDay},
    };

    fn time(second: u32) -> TimeOfDay {
        chrono::NaiveTime::from_num_seconds_from_midnight_opt(second % 86_400, 0).unwrap().into()
    }

    /// Up to three times, each often a quarter, and most of them near those at which clocks change.
    fn times(rng: &mut Rng, below: u32) -> Vec<TimeOfDay> {
        let one = |rng: &mut Rng| match rng.u8(0..4) {
            0 => rng.u32(0..below),
            1 => rng.u32(0..below / 900 + 1) * 900 % below,
            _ => rng.u32(0..16) * 900 % below,
        };
        let mut times: Vec<_> = (0..rng.usize(1..=3)).map(|_| time(one(rng))).collect();
        times.sort_unstable();
        times.dedup();
        times
    }

    fn rule(rng: &mut Rng, zone: Zone, now: Timestamp) -> (Rule, Anchor) {
        match rng.u8(0..4) {
            0 => {
                let near_a_day = rng.u64(86_300..86_500);
                let n = [rng.u64(1..100_000), near_a_day, 24 * 3_600, 5 * 3_600, 15 * 86_400 + 7][rng.usize(0..5)];
                (Rule::Interval(Unit::Second), Anchor::new(now, n))
            }
            1 => {
                let (unit, below, day) = if rng.bool() { (Unit::Hour, 3_600, 24) } else { (Unit::Minute, 60, 24 * 60) };
                let rule = Aligned::new(times(rng, below), unit, zone);
                let n = [1, rng.u64(2..9), day, day + 1, day / 2, rng.u64(2..3 * day)][rng.usize(0..6)];
                let anchor = rule.anchor_ahead_of(now, n).unwrap();
                (Rule::Aligned(Box::new(rule)), anchor)
            }
            _ => {
                let (pattern, unit) = match rng.u8(0..4) {
                    0 | 1 => (DatePattern::Days, Unit::Day),
                    2 => (DatePattern::Weeks([Weekday::Sun].into_iter().collect()), Unit::Week),
                    _ => (DatePattern::Months(DayOfMonth::LastWeekday(Weekday::Sun)), Unit::Month),
                };
                let rule = Calendar::new(pattern, unit, times(rng, 86_400), zone);
                let anchor = rule.anchor(rng.u64(1..=3), Start::FirstMatchAfter(now)).unwrap();
                (Rule::Calendar(Box::new(rule)), anchor)
            }
        }
    }

    /// Windows from a second to a few hours, at any time, or where clocks change.
    fn window(rng: &mut Rng) -> Window {
        let open = if rng.bool() { rng.u32(0..86_400) } else { rng.u32(0..16) * 900 };
        let length = [rng.u32(1..60), rng.u32(60..3_600), 900, rng.u32(1..5) * 3_600][rng.usize(0..4)];
        Window { open: time(open), close: time(open + length) }
    }

    #[test]
    fn a_search_that_computes_finds_what_one_that_asks_for_each_day_finds() {
        let years = 3;
        let mut rng = Rng::with_seed(7);
        let (mut found, mut never) = (0, 0);
        let cases = if std::env::var_os("PUNCTUAL_FULL_SWEEP").is_some_and(|full| full == "1") { 30_000 } else { 600 };
        for n in 0..cases {
            let zone = [Berlin, New_York, Lord_Howe, Casablanca, Gaza, Apia][n % 6].into_zone().unwrap();
            let from = if n % 6 == 5 { 2_009 } else { 2_022 };
            let from = Utc.with_ymd_and_hms(from, 1, 1, 0, 0, 0).unwrap().timestamp();
            let now = Timestamp::new(from + rng.i64(0..2 * 366 * 86_400), 0);
            let ((rule, anchor), window) = (rule(&mut rng, zone, now), window(&mut rng));
            let limits = Limits::new(Some(window), None, None).unwrap();
            let mut span = OffsetSpan::NEVER;
            let mut ask = |instant| rule.next_after(&anchor, instant, &mut span);
            let Some(slot) = ask(now) else { continue };
            let search = |eager| {
                let search = Search::new(&limits, zone, years * 366 * DAY).of_rule(&rule, anchor);
                Search { eager, ..search }
            };
            let expected = search(usize::MAX).from(slot, &mut ask);
            for eager in [0, Search::EAGER] {
                let got = search(eager).from(slot, &mut ask);
                let what = (&anchor, window, slot, zone);
                assert_eq!(got, expected, "case {n}, {what:?}");
            }
            *(if expected.is_some() { &mut found } else { &mut never }) += 1;
        }
        assert!(found > cases / 5 && never > cases / 3, "{found} found, {never} never");
    }
}
