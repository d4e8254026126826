//! What only some jobs have.

use std::{num::NonZeroU64, sync::Arc};

use chrono::TimeDelta;

use super::{Ending, Labels};
use crate::{
    instant::Instant,
    outcome::Outcome,
    trigger::{Interval, Pace, Rule, Trigger},
    zone::Zone,
};

/// The terms of a job that is more than every so much elapsed time: any rule, any option, and what becomes of them.
pub(crate) struct Special {
    pub(crate) rule: Rule,
    /// No slot at or before this instant is to come: it was used, or lies before the first.
    pub(crate) used_up_to: Instant,
    /// Whether the next slot is the first, and a moment of the wall clock, given with `starting`.
    pub(crate) first_is_wall_time: bool,
    /// Whether the next slot is the first, and none of the rule's: `immediately`.
    pub(crate) first_is_off_grid: bool,
    /// The last instant at which a slot may lie.
    pub(crate) until: Option<Instant>,
    /// How many times the body may run.
    pub(crate) times: Option<u64>,
    pub(crate) priority: i32,
    /// How many runs of the body the workers may have in hand at a time; `None` when it runs in the thread that polls.
    pub(crate) workers: Option<NonZeroU64>,
    /// How many they have, those included that wait for a worker.
    pub(crate) in_hand: u64,
    /// The zone that the sentence names.
    pub(crate) zone: Option<Zone>,
    /// Shared, so that a running body can be told without a copy.
    pub(crate) labels: Option<Arc<Labels>>,
    /// The slot that is out of the queue, because the job is paused, or runs in the thread of another pass.
    pub(crate) kept: Option<Instant>,
    /// Set when no slot is left.
    pub(crate) ending: Option<Ending>,
    /// How the last run ended, if it failed.
    pub(crate) failure: Option<Outcome>,
}

impl Special {
    /// A rule with no option at all.
    pub(crate) fn new(rule: Rule, used_up_to: Instant) -> Self {
        Special {
            rule,
            used_up_to,
            first_is_wall_time: false,
            first_is_off_grid: false,
            until: None,
            times: None,
            priority: 0,
            workers: None,
            in_hand: 0,
            zone: None,
            labels: None,
            kept: None,
            ending: None,
            failure: None,
        }
    }

    /// A job that counts elapsed time and nothing else, of which `due` is a slot that is still to come.
    pub(super) fn plain(pace: Pace, due: Instant) -> Self {
        let rule = Interval::up_to(due, pace);
        let from = rule.from();
        Special::new(Rule::Interval(rule), from)
    }

    /// Uses up `slot` and finds the next one after `now`: late or not, once for all that were missed.
    pub(super) fn use_up(&mut self, slot: Instant, now: Instant) -> Option<Instant> {
        match self.rule.range() {
            _ if std::mem::take(&mut self.first_is_off_grid) => {}
            Some((low, high)) => self.rule.restart(slot, fastrand::u64(low..=high)),
            None => self.rule.served(slot),
        }
        self.first_is_wall_time = false;
        self.used_up_to = self.used_up_to.max(slot);
        self.find_next(now)
    }

    /// Finds the next slot after `now`.
    pub(super) fn find_next(&mut self, now: Instant) -> Option<Instant> {
        self.rule.settle();
        let next = self.rule.next_after(now.max(self.used_up_to));
        self.bounded(next)
    }

    /// Takes `next` for the next slot: where it is none, or comes too late, the job has ended.
    fn bounded(&mut self, next: Option<Instant>) -> Option<Instant> {
        let due = next.filter(|slot| self.until.map_or(true, |until| *slot <= until));
        self.ending = match (next, due) {
            (_, Some(_)) => None,
            (Some(_), None) => Some(Ending::Deadline),
            (None, None) => Some(Ending::Finished),
        };
        due
    }

    /// Gives back the slot that was to come when the job was paused, if it still is, else finds the next one after `now`.
    pub(super) fn resume(&mut self, now: Instant) -> Option<Instant> {
        let due = self.kept.take().filter(|slot| *slot > now && self.ending.is_none());
        if due.is_none() && self.ending.is_none() {
            self.first_is_off_grid = false;
            return self.find_next(now);
        }
        due
    }

    /// After the wall clock was set back to `now`: keeps the spacing of a job that counts elapsed time, and finds the next
    /// slot of a calendar job that has not run. Returns what becomes of `due`.
    pub(super) fn set_back(&mut self, by: TimeDelta, now: Instant, due: Option<Instant>) -> Option<Instant> {
        let Some(owed) = self.rule.set_back(by) else {
            self.kept = None;
            let is_ahead = due.is_some_and(|due| due > now) && !self.first_is_off_grid;
            return if is_ahead { self.find_next(now) } else { due };
        };
        self.used_up_to = self.used_up_to - by;
        let moved = match due.or(self.kept) {
            Some(slot) if slot - by > now => {
                let moved = self.rule.admit(slot - owed, now);
                self.bounded(moved)
            }
            overdue => overdue.map(|slot| self.rule.stay_due(slot, by, now)),
        };
        self.kept = self.kept.and(moved);
        due.and(moved)
    }
}
