//! The instants at which the minute hand, or the second hand, points to a given mark.

use chrono::{DateTime, NaiveTime, TimeDelta, Utc};

use super::{
    line::times,
    zone::{truncated, Zone},
};

/// `hour().at(…)` and `minute().at(…)`.
#[derive(Clone, Debug)]
pub(super) struct Readings<'a> {
    zone: &'a Zone,
    /// An hour or a minute.
    unit: TimeDelta,
    marks: Vec<TimeDelta>,
}

/// `hours(n).at(…)` and `minutes(n).at(…)`: so much elapsed time apart. Where the clocks were set by part of an hour,
/// the slots are moved by that part, to the next instant from there on at which the clocks show the mark.
#[derive(Clone, Debug)]
pub(super) struct ReadingsApart<'a> {
    pub(super) of: Readings<'a>,
    /// The beginning of the hour, or minute, from which steps are counted, by clocks that are so far ahead.
    beginning: DateTime<Utc>,
    ahead: TimeDelta,
    step: TimeDelta,
}

impl<'a> Readings<'a> {
    pub(super) fn new(zone: &'a Zone, unit: TimeDelta, at: &[NaiveTime]) -> Self {
        Readings { zone, unit, marks: at.iter().map(|at| *at - NaiveTime::MIN).collect() }
    }

    pub(super) fn after(&self, last: DateTime<Utc>) -> DateTime<Utc> {
        let next = self.marks.iter().map(|mark| self.next_of_mark(*mark, last)).min();
        next.expect("there is a mark")
    }

    fn next_of_mark(&self, mark: TimeDelta, last: DateTime<Utc>) -> DateTime<Utc> {
        let mut next: Option<DateTime<Utc>> = None;
        for offset in self.zone.offsets_around(last) {
            let mut wall = truncated(last.naive_utc() + offset, self.unit) + mark;
            let end = next.unwrap_or(last + self.unit * 3);
            while (wall - offset).and_utc() < end {
                let instant = (wall - offset).and_utc();
                if instant > last && self.zone.wall(instant) == wall {
                    next = Some(instant);
                    break;
                }
                wall += self.unit;
            }
        }
        next.expect("each mark is passed in each hour, whatever the offset")
    }
}

impl<'a> ReadingsApart<'a> {
    /// Without `starting` the first is one step ahead; with it, the first match is the first.
    pub(super) fn new(of: Readings<'a>, n: u64, now: DateTime<Utc>, starting: Option<DateTime<Utc>>) -> Self {
        match starting {
            None => ReadingsApart::counted_from(of, n, now).a_step_later(),
            Some(when) => {
                let first = of.after(when - TimeDelta::nanoseconds(1));
                ReadingsApart::counted_from(of, n, first)
            }
        }
    }

    /// In steps from the hour, or minute, of a slot.
    pub(super) fn counted_from(of: Readings<'a>, n: u64, slot: DateTime<Utc>) -> Self {
        let wall = of.zone.wall(slot);
        let beginning = slot - (wall - truncated(wall, of.unit));
        let step = times(of.unit, n);
        ReadingsApart { beginning, ahead: of.zone.offset(slot), of, step }
    }

    pub(super) fn a_step_later(mut self) -> Self {
        self.beginning += self.step;
        self
    }

    /// From where the steps are counted.
    pub(super) fn beginning(&self) -> DateTime<Utc> {
        self.beginning
    }

    /// Steps go on from the beginning of an hour, or minute, so they move by whole ones.
    pub(super) fn set_back(&mut self, whole: TimeDelta) {
        self.beginning -= whole;
    }

    pub(super) fn after(&self, last: DateTime<Utc>) -> DateTime<Utc> {
        let next = self.of.marks.iter().map(|mark| {
            let a_while = self.of.unit * 4;
            let passed = (last - a_while - self.beginning).num_seconds() / self.step.num_seconds();
            let mut exact = self.beginning + *mark + TimeDelta::seconds(self.step.num_seconds() * passed.max(0));
            let mut next: Option<DateTime<Utc>> = None;
            while next.is_none_or(|next| exact < next + a_while) {
                let slot = self.slot_for(*mark, exact);
                if slot > last && next.is_none_or(|next| slot < next) {
                    next = Some(slot);
                }
                exact += self.step;
            }
            next
        });
        next.flatten().min().expect("there is a mark")
    }

    fn slot_for(&self, mark: TimeDelta, exact: DateTime<Utc>) -> DateTime<Utc> {
        let forward = self.of.zone.offset(exact) - self.ahead;
        let part = TimeDelta::seconds(forward.num_seconds() % self.of.unit.num_seconds());
        self.of.next_of_mark(mark, exact - part - TimeDelta::nanoseconds(1))
    }
}
