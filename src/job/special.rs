//! What only some jobs have.

use std::{num::NonZeroU64, sync::Arc};

use chrono::TimeDelta;

use super::{Ending, Labels, Task};
use crate::{
    outcome::Outcome,
    timestamp::Timestamp,
    trigger::{Interval, Pace, Rule, Trigger},
    zone::Zone,
};

/// The terms of a job that is more than every so much elapsed time: any rule, any option, and what becomes of them.
pub(crate) struct Special {
    pub(crate) rule: Rule,
    /// No slot at or before this instant is to come: it was used, or lies before the first.
    pub(crate) used_up_to: Timestamp,
    /// The first slot, where `starting` has made it a moment of the wall clock: until it is used, nothing moves.
    pub(crate) start: Option<Timestamp>,
    /// Whether the next slot is the first, and none of the rule's: `immediately`.
    pub(crate) first_is_off_grid: bool,
    /// The last instant at which a slot may lie.
    pub(crate) until: Option<Timestamp>,
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
    pub(crate) kept: Option<Timestamp>,
    /// Set when no slot is left.
    pub(crate) ending: Option<Ending>,
    /// How the last run ended, if it failed.
    pub(crate) failure: Option<Outcome>,
}

impl Special {
    /// A rule with no option at all.
    pub(crate) fn new(rule: Rule, used_up_to: Timestamp) -> Self {
        Special {
            rule,
            used_up_to,
            start: None,
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
    pub(super) fn plain(pace: Pace, due: Timestamp) -> Self {
        let rule = Interval::up_to(due, pace);
        let from = rule.from();
        Special::new(Rule::Interval(rule), from)
    }

    /// Whether the end of a run changes nothing here: no worker has it in hand, no slot waits for it, and one is left.
    #[inline]
    pub(super) fn goes_on(&self) -> bool {
        self.workers.is_none() && self.kept.is_none() && self.ending.is_none()
    }

    /// Begins a run of a job that has had so many, with its body or, where the workers have several instances, another like
    /// it. Also tells whether a slot is left after it; `None` when it is one too many for `times`.
    pub(super) fn begin(&mut self, body: &mut Option<Task>, run_count: u64) -> Option<(Task, bool)> {
        let left = self.times.map(|times| times.saturating_sub(run_count));
        if left == Some(0) {
            return None;
        }
        let another = if self.workers.is_some() { body.as_ref()?.another() } else { None };
        let task = another.or_else(|| body.take())?;
        if left == Some(1) {
            self.kept = None;
            self.ending = Some(Ending::Finished);
        }
        Some((task, left != Some(1)))
    }

    /// Uses up `slot` and finds the next one after `now`: late or not, once for all that were missed.
    #[inline(never)]
    pub(super) fn use_up(&mut self, slot: Timestamp, now: Timestamp) -> Option<Timestamp> {
        let is_on_grid = !std::mem::take(&mut self.first_is_off_grid);
        if slot > self.used_up_to {
            self.used_up_to = slot;
        }
        let bound = if now < self.used_up_to { self.used_up_to } else { now };
        let next = match &self.rule {
            // No slot that is used, and no set-back of the clock, moves the others.
            Rule::Calendar(rule) => rule.next_after(bound),
            _ => {
                if is_on_grid {
                    self.count_from(slot);
                }
                self.rule.find_after(bound)
            }
        };
        self.bounded(next)
    }

    fn count_from(&mut self, slot: Timestamp) {
        match self.rule.range() {
            Some((low, high)) => self.rule.restart(slot, fastrand::u64(low..=high)),
            None => self.rule.served(slot),
        }
    }

    /// Finds the next slot after `now`.
    pub(super) fn find_next(&mut self, now: Timestamp) -> Option<Timestamp> {
        let next = self.rule.find_after(now.max(self.used_up_to));
        self.bounded(next)
    }

    /// Takes `next` for the next slot: where it is none, or comes too late, the job has ended.
    #[inline]
    fn bounded(&mut self, next: Option<Timestamp>) -> Option<Timestamp> {
        let due = next.filter(|slot| self.until.map_or(true, |until| *slot <= until));
        self.ending = match (next, due) {
            (_, Some(_)) => None,
            (Some(_), None) => Some(Ending::Deadline),
            (None, None) => Some(Ending::Finished),
        };
        due
    }

    /// Gives back the slot that was to come when the job was paused, if it still is, else finds the next one after `now`.
    pub(super) fn resume(&mut self, now: Timestamp) -> Option<Timestamp> {
        let due = self.kept.take().filter(|slot| *slot > now && self.ending.is_none());
        if due.is_none() && self.ending.is_none() {
            self.first_is_off_grid = false;
            return self.find_next(now);
        }
        due
    }

    /// After the wall clock was set back to `now`: keeps the spacing of a job that counts elapsed time, and finds the next
    /// slot of a calendar job that has not run. Returns what becomes of `due`.
    pub(super) fn set_back(&mut self, by: TimeDelta, now: Timestamp, due: Option<Timestamp>) -> Option<Timestamp> {
        let slot = due.or(self.kept);
        if self.start.is_some_and(|start| slot.is_some_and(|slot| slot <= start)) {
            return if self.first_is_off_grid { due.map(|due| due.min(now)) } else { due };
        }
        self.start = None;
        let Some(owed) = self.rule.set_back(by) else {
            self.kept = None;
            let is_ahead = due.is_some_and(|due| due > now) && !self.first_is_off_grid;
            return if is_ahead { self.find_next(now) } else { due };
        };
        let used_up_to = self.used_up_to - by;
        let opens = self.rule.window().map(|window| window.soon_after(now.max(used_up_to)));
        if opens == Some(None) {
            // The grid would have no slot in its window any more: it stays where the wall clock has it.
            self.rule.set_back(-by);
            return due;
        }
        self.used_up_to = used_up_to;
        let moved = match slot {
            Some(slot) if slot - by > now => {
                let moved = self.rule.admit(slot - owed, now);
                // That the window was closed when the slot was found does not put it off.
                self.bounded([moved, opens.flatten()].into_iter().flatten().min())
            }
            overdue => overdue.map(|slot| self.rule.stay_due(slot, by, now)),
        };
        self.kept = self.kept.and(moved);
        due.and(moved)
    }
}

#[cfg(test)]
mod tests {
    use chrono::{DateTime, Utc};

    use super::*;
    use crate::{
        trigger::{Aligned, Calendar, Dates, Once, Start, Times, Unit, Window, Windowed},
        zone::{IntoZone, TimeOfDay},
    };

    fn at(time: &str) -> Timestamp {
        format!("2024-01-10T{time}Z").parse::<DateTime<Utc>>().unwrap().into()
    }

    fn utc() -> Zone {
        Utc.into_zone().unwrap()
    }

    fn time(time: &str) -> TimeOfDay {
        time.parse::<chrono::NaiveTime>().unwrap().into()
    }

    fn by(seconds: i64) -> TimeDelta {
        TimeDelta::seconds(seconds)
    }

    fn aligned(n: u64) -> Rule {
        let at_half = vec![time("00:00:30")];
        Rule::Aligned(Box::new(Aligned::ahead_of(at("12:00:00"), (n, Unit::Minute), at_half, utc()).unwrap()))
    }

    fn daily(time: &str) -> Rule {
        let dates = Dates::daily(at("12:00:00").naive_utc().date());
        let times = Times::said(vec![self::time(time)]);
        let start = Start::FirstMatchAfter(at("12:00:00"));
        Rule::Calendar(Box::new(Calendar::new(1, Unit::Day, dates, times, utc(), start).unwrap()))
    }

    fn special(rule: Rule) -> (Special, Option<Timestamp>) {
        let mut special = Special::new(rule, at("12:00:00"));
        let first = special.find_next(at("12:00:00"));
        (special, first)
    }

    #[test]
    fn a_mark_is_put_off_by_less_than_a_minute_in_all() {
        for n in [1, 5] {
            let (mut special, mut due) = special(aligned(n));
            let owed = due.unwrap();
            let (mut now, mut back) = (at("12:00:10"), by(0));
            for step in [47, 1, 59, 60, 13, 47, 47] {
                now = now - by(step);
                back += by(step);
                due = special.set_back(by(step), now, due);
                let late = due.unwrap() + back - owed;
                assert!(late >= by(0) && late < by(60), "{late} late, {n} minutes");
                assert_eq!(due.unwrap().parts().0.rem_euclid(60), 30);
            }
            // The next one is owed from where this one was.
            let slot = due.unwrap();
            let next = special.use_up(slot, slot);
            assert_eq!(next.map(|next| next - slot), Some(TimeDelta::minutes(n as i64)));
            let moved = special.set_back(by(1), slot - by(1), next);
            assert_eq!(moved, next, "it is the same mark, a second later");
        }
    }

    #[test]
    fn a_mark_that_is_owed_and_past_is_due_unless_the_window_is_closed() {
        let after = |rule: Rule| {
            let (mut special, due) = special(rule);
            assert_eq!(due, Some(at("12:00:30")));
            let due = special.set_back(by(47), at("11:59:35"), due);
            assert_eq!(due, Some(at("12:00:30")), "it was owed at 11:59:43");
            special.set_back(by(25), at("11:59:34"), due)
        };
        assert_eq!(after(aligned(1)), Some(at("11:59:30")), "it is owed since 11:59:18");
        let window = |open: &str| Window { open: time(open), close: time("13:00:00") };
        let windowed = |open| Rule::Windowed(Box::new(Windowed::new(aligned(1), window(open), utc())));
        assert_eq!(after(windowed("11:00:00")), Some(at("11:59:30")));
        assert_eq!(after(windowed("12:00:00")), Some(at("12:00:30")));
    }

    #[test]
    fn what_is_overdue_stays_due() {
        let now = at("11:59:00");
        let (mut special, due) = special(aligned(1));
        assert_eq!(special.set_back(by(120), now, due), Some(now), "a mark, or now");
        let mut special = Special::plain(Pace::new(30, Unit::Second).unwrap(), at("12:00:30"));
        let moved = special.set_back(by(120), now, Some(at("12:00:30")));
        assert_eq!(moved, Some(at("11:58:30")), "an interval moves with the clock");
    }

    #[test]
    fn a_date_stays_a_moment_of_the_wall_clock() {
        let (mut special, due) = special(daily("12:30:00"));
        assert_eq!(due, Some(at("12:30:00")));
        assert_eq!(special.set_back(by(3_600), at("11:20:00"), due), due);
        let next = special.use_up(due.unwrap(), at("12:40:00"));
        assert_eq!(special.set_back(by(3_600), at("11:40:00"), next), next, "12:30 was used");
        special.kept = Some(at("12:30:00"));
        special.set_back(by(60), at("11:39:00"), None);
        assert_eq!(special.kept, None, "a paused job finds its slot anew");
    }

    #[test]
    fn a_slot_that_is_kept_moves_like_one_that_waits() {
        for rule in [aligned(1), Rule::Once(Once::after(at("12:00:00"), by(90)).unwrap())] {
            let (mut special, due) = special(rule);
            special.kept = due;
            let moved = special.set_back(by(60), at("11:59:10"), None);
            assert_eq!((moved, special.kept), (None, due.map(|due| due - by(60))));
            assert_eq!(special.resume(at("11:59:10")), due.map(|due| due - by(60)));
        }
    }

    #[test]
    fn the_last_slot_is_told_from_one_that_comes_too_late() {
        let (mut special, due) = special(aligned(1));
        special.until = due;
        assert_eq!(special.use_up(due.unwrap(), due.unwrap()), None);
        assert_eq!(special.ending, Some(Ending::Deadline));
        assert_eq!(special.resume(at("12:00:31")), None, "it has ended");
        let (mut special, due) = special_once();
        assert_eq!(special.use_up(due.unwrap(), due.unwrap()), None);
        assert_eq!(special.ending, Some(Ending::Finished));
    }

    fn special_once() -> (Special, Option<Timestamp>) {
        special(Rule::Once(Once::at(at("12:30:00"), utc())))
    }
}
