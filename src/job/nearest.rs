//! The slots of a job around an instant.

use fastrand::Rng;

use super::{
    compile::compile,
    previous::{is_random, previous},
    timing::{OffGrid, Timing},
    Calendars, Slots,
};
use crate::{
    schedule::Schedule,
    timestamp::Timestamp,
    trigger::{Pace, Rule},
    zone::Zone,
};

/// The slots of a job around an instant.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Nearest {
    /// Whether the instant is a slot; `None` if that depends on something that is not kept.
    pub(crate) is_slot: Option<bool>,
    /// The last slot before, if it is known.
    pub(crate) before: Option<Timestamp>,
    /// The first slot after, if it is known.
    pub(crate) after: Option<Timestamp>,
}

impl Slots {
    /// How many slots are counted to see whether `times` allows one. Later ones are taken to be allowed.
    const COUNTED: u64 = 10_000;

    /// The slots of the grid from its next one on, without a run that is off it.
    fn on_grid(&self) -> Self {
        let next = match self.off_grid {
            Some(OffGrid { resumes_at, .. }) => resumes_at.ok(),
            None => self.next,
        };
        Slots { timing: self.timing.clone(), off_grid: None, next, left: None, now: self.now }
    }

    /// The zone of the schedule; `zone` if it names none.
    pub(crate) fn zone(&self, zone: Zone) -> Zone {
        match &self.timing {
            Timing::Every(_) => zone,
            Timing::Planned(plan) => plan.zone(),
        }
    }

    pub(crate) fn until(&self) -> Option<Timestamp> {
        self.timing.until()
    }

    /// Whether slots after the next one are drawn when it is used.
    pub(crate) fn are_drawn(&self) -> bool {
        match &self.timing {
            Timing::Every(_) => false,
            Timing::Planned(plan) => {
                let others = plan.schedule.options.as_deref().map_or(&[][..], |options| &options.or);
                std::iter::once(&plan.schedule).chain(others).any(is_random)
            }
        }
    }

    /// Whether every part of the schedule is closed at an instant: by a window, by hours, or by dates.
    pub(crate) fn is_closed(&self, instant: Timestamp) -> bool {
        let Timing::Planned(plan) = &self.timing else { return false };
        std::iter::once(&plan.main)
            .chain(&plan.others)
            .all(|line| line.grid.limits.as_ref().is_some_and(|limits| !limits.is_open(line.grid.zone, instant)))
    }

    /// Whether `times` allows a run for a slot to come.
    pub(crate) fn is_within_times(&self, slot: Timestamp, random: &Rng) -> bool {
        let Some(left) = self.left.filter(|left| *left < Slots::COUNTED) else { return true };
        let (mut slots, mut random) = (self.on_grid(), random.clone());
        let first = (0..left).map_while(|_| slots.next(&mut random)).take_while(|one| *one <= slot);
        first.last().is_some_and(|last| last == slot)
    }

    /// The slots around an instant, found by arithmetic and by bisection, on copies.
    pub(crate) fn nearest(&self, instant: Timestamp, calendars: &Calendars, zone: Zone, random: &Rng) -> Nearest {
        let grid = self.on_grid();
        match grid.next {
            Some(next) if next <= instant => grid.ahead(next, instant, random),
            next => grid.back(next, instant, calendars, zone),
        }
    }

    /// The slots around an instant that is not before the next one.
    fn ahead(&self, next: Timestamp, instant: Timestamp, random: &Rng) -> Nearest {
        let first_after = |instant: Timestamp| self.first_after(instant, random);
        let is_slot = next == instant || first_after(instant.just_before()) == Some(instant);
        let before = (next < instant).then(|| {
            let (mut last, mut end) = (next, instant);
            while let Some(slot) = first_after(last).filter(|slot| *slot < instant) {
                last = slot;
                let middle = last.after((end.nanos() - last.nanos()) / 2);
                match first_after(middle).filter(|slot| *slot < instant) {
                    Some(slot) => last = slot,
                    None => end = middle,
                }
            }
            last
        });
        Nearest { is_slot: Some(is_slot), before, after: first_after(instant) }
    }

    fn first_after(&self, instant: Timestamp, random: &Rng) -> Option<Timestamp> {
        let next = self.next?;
        if next > instant {
            return Some(next);
        }
        let mut slots = self.clone();
        slots.now = instant;
        slots.next(&mut random.clone());
        slots.next
    }

    /// The slots around an instant before the next one, on a grid that is as it was.
    fn back(&self, next: Option<Timestamp>, instant: Timestamp, calendars: &Calendars, zone: Zone) -> Nearest {
        let unknown = Nearest { after: None, ..Nearest::default() };
        match (&self.timing, next) {
            (Timing::Every(pace), Some(next)) => around(instant, next, pace.nanos()),
            (Timing::Every(_), None) => unknown,
            (Timing::Planned(plan), next) => {
                if let (Rule::Interval(unit), Some(next), true) = (&plan.main.grid.rule, next, plan.is_simple) {
                    let pace = Pace::new(plan.main.cursor.anchor.length, *unit);
                    if let Some(pace) = pace.filter(|_| plan.main.grid.draw.is_none()) {
                        let nearest = around(instant, next, pace.nanos());
                        // With limits, the neighbours may be outside them.
                        return match plan.main.grid.limits {
                            None => nearest,
                            Some(_) if self.is_closed(instant) => Nearest { is_slot: Some(false), ..unknown },
                            Some(_) => Nearest { before: None, after: None, ..nearest },
                        };
                    }
                }
                in_calendar(&plan.schedule, next, instant, calendars, zone).unwrap_or(unknown)
            }
        }
    }
}

/// The multiples of a length around an instant, counted from `next`, which is one and after it.
fn around(instant: Timestamp, next: Timestamp, length: i128) -> Nearest {
    let rest = (next.nanos() - instant.nanos()).rem_euclid(length);
    let is_slot = rest == 0;
    let after = instant.after(if is_slot { length } else { rest });
    Nearest { is_slot: Some(is_slot), before: Some(instant.after(rest - length)), after: Some(after.min(next)) }
}

/// The slots around an instant, if they do not depend on when the job was registered.
fn in_calendar(
    schedule: &Schedule,
    next: Option<Timestamp>,
    instant: Timestamp,
    calendars: &Calendars,
    zone: Zone,
) -> Option<Nearest> {
    let last = previous(schedule, calendars, instant.after(1), zone).ok()??;
    let is_slot = last == instant;
    let before = if is_slot { previous(schedule, calendars, instant, zone).ok()? } else { Some(last) };
    let mut rest = schedule.clone();
    if let Some(options) = &mut rest.options {
        (options.until, options.times, options.immediately) = (None, None, false);
    }
    let after = compile(rest, calendars, instant, zone, None, &mut |low, _| low).ok().map(|compiled| compiled.first);
    let after = after.filter(|_| next.is_some()).into_iter().chain(next).min();
    Some(Nearest { is_slot: Some(is_slot), before, after })
}
