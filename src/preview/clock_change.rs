//! Times of day that a change of the clocks skips or repeats.

use chrono::NaiveTime;

use super::lint::LintKind;
use crate::{
    job::{previous, Calendars},
    schedule::{Cadence, Options, Schedule},
    timestamp::Timestamp,
    trigger::Unit,
    zone::{TimeOfDay, Wall, Zone, DAY},
};

/// How far ahead changes are looked for. Most zones have four in that time.
const AHEAD: i64 = 2 * 366 * DAY;

const SECOND: i64 = 1_000_000_000;

/// The first gap and the first overlap that a slot of a schedule falls into, each with what happens. The schedule has
/// no alternatives.
pub(super) fn findings(
    schedule: &Schedule,
    calendars: &Calendars,
    zone: Zone,
    now: Timestamp,
) -> Vec<(LintKind, String)> {
    let Some(times) = Times::of(schedule) else { return Vec::new() };
    let (end, mut at) = (now.later(AHEAD), now);
    let (mut gap, mut overlap) = (None, None);
    while at < end && (gap.is_none() || overlap.is_none()) {
        let period = zone.offset_period(at, end);
        at = period.until;
        if at >= end {
            break;
        }
        let (before, after) = (Wall::shown_at(at, period.offset), zone.wall(at));
        let change = Change { zone, from: before.min(after), to: before.max(after), is_gap: before < after };
        let place = if change.is_gap { &mut gap } else { &mut overlap };
        if place.is_none() {
            *place = change.describe(schedule, calendars, &times);
        }
    }
    [gap, overlap].into_iter().flatten().map(|what| (LintKind::ClockChange, what)).collect()
}

/// A change of the clocks.
struct Change {
    zone: Zone,
    /// The wall times that are skipped or repeated.
    from: Wall,
    to: Wall,
    is_gap: bool,
}

impl Change {
    fn describe(&self, schedule: &Schedule, calendars: &Calendars, times: &Times) -> Option<String> {
        let wall = (self.from.day()..=self.to.day()).find_map(|day| {
            let from = if day == self.from.day() { self.from.time().nanos() } else { 0 };
            let to = if day == self.to.day() { self.to.time().nanos() } else { DAY };
            times.first_in(from, to).map(|time| Wall::new(day, time))
        })?;
        let at = self.zone.resolve(wall);
        let (date, time, zone) = (wall.date(), wall.time(), self.zone);
        let limits = format!("{} and {}", self.from.time(), self.to.time());
        let advice = format!("a time that is not between {limits} has no such day");
        if times.follows_clock {
            let Cadence::Cron(cron) = &schedule.cadence else { return None };
            if !cron.dates.contains(wall.day()) {
                return None;
            }
            return Some(if self.is_gap {
                format!(
                    "on {date} clocks in {zone} skip the times between {limits}: it does not run at {time} ({advice})"
                )
            } else {
                format!("on {date} clocks in {zone} show the times between {limits} twice: it runs at {time} twice ({advice})")
            });
        }
        // Whether it has a slot on that very day. If that depends on the registration, it may.
        if previous(schedule, calendars, at.after(1), self.zone).ok()?.is_some_and(|slot| slot != at) {
            return None;
        }
        let shown = self.zone.wall(at).time();
        Some(if self.is_gap {
            format!("on {date} there is no {time} in {zone}: it runs at {shown} that day ({advice})")
        } else {
            format!("on {date} clocks in {zone} show {time} twice: it runs at the first of them ({advice})")
        })
    }
}

/// The times of day of a schedule.
struct Times {
    /// In ascending order.
    named: Vec<TimeOfDay>,
    /// Whether slots are all instants at which the clock shows one of them.
    follows_clock: bool,
}

impl Times {
    /// `None` if the schedule names none, or runs through the whole day, so that a change of the clocks makes no
    /// difference.
    fn of(schedule: &Schedule) -> Option<Self> {
        let no_options = Options::default();
        let options = schedule.options.as_deref().unwrap_or(&no_options);
        match &schedule.cadence {
            Cadence::Every { unit: Unit::Day | Unit::Week | Unit::Month | Unit::Year, .. } => {
                Some(Times { named: options.at.clone(), follows_clock: false })
            }
            Cadence::Cron(cron) => {
                const ALL: u32 = (1 << 24) - 1;
                if cron.times.hours == ALL {
                    return None;
                }
                let is_one = |second: &u32| {
                    let (hour, minute, second) = (second / 3_600, second / 60 % 60, second % 60);
                    cron.times.hours >> hour & 1 != 0
                        && cron.times.minutes >> minute & 1 != 0
                        && cron.times.seconds >> second & 1 != 0
                };
                let seconds = (0..86_400).filter(is_one);
                let time = |second| NaiveTime::from_num_seconds_from_midnight_opt(second, 0).map(TimeOfDay::from);
                Some(Times { named: seconds.filter_map(time).collect(), follows_clock: cron.follows_clock })
            }
            Cadence::Every { .. }
            | Cadence::Unsaid
            | Cadence::After(_)
            | Cadence::Once(_)
            | Cadence::All(_)
            | Cadence::Own(_) => None,
        }
    }

    /// The first time at or after `from` and before `to`, in nanoseconds of the day.
    fn first_in(&self, from: i64, to: i64) -> Option<TimeOfDay> {
        debug_assert!(to <= 86_400 * SECOND);
        self.named.iter().copied().find(|time| (from..to).contains(&time.nanos()))
    }
}
