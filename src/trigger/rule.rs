//! Any rule of time.

use std::fmt;

use chrono::TimeDelta;

use super::{Aligned, Calendar, Interval, Once, Random, Trigger, Windowed};
use crate::timestamp::Timestamp;

/// Every rule that a job can have. What most jobs have is kept in place; the others are one pointer away.
pub(crate) enum Rule {
    Interval(Interval),
    Once(Once),
    Aligned(Box<Aligned>),
    Calendar(Box<Calendar>),
    Random(Box<Random>),
    Windowed(Box<Windowed>),
}

impl Rule {
    /// The range of lengths, in the rule's unit, from which every step is drawn anew.
    pub(crate) fn range(&self) -> Option<(u64, u64)> {
        match self {
            Rule::Random(rule) => Some(rule.range()),
            Rule::Windowed(rule) => rule.rule().range(),
            _ => None,
        }
    }

    /// [`restart`](Trigger::restart), for a slot that a window may have moved.
    pub(super) fn restart_at_opening(&mut self, slot: Timestamp, length: u64) {
        match self {
            Rule::Random(rule) => rule.rule_mut().restart_at_opening(slot, length),
            Rule::Aligned(rule) => rule.restart_at_opening(slot, length),
            other => other.restart(slot, length),
        }
    }

    /// The window of a rule that leaves out what falls outside.
    pub(crate) fn window(&self) -> Option<&Windowed> {
        match self {
            Rule::Windowed(rule) if self.range().is_none() => Some(rule),
            _ => None,
        }
    }

    /// Takes note that `slot` has been used. An interval then counts from it, which leaves its grid where it is.
    pub(crate) fn served(&mut self, slot: Timestamp) {
        match self {
            Rule::Interval(rule) => rule.served(slot),
            Rule::Windowed(rule) => rule.rule_mut().served(slot),
            _ => {}
        }
    }

    /// [`next_after`](Trigger::next_after), where a slot is found anew: what set-backs of the clock have made of the one
    /// before is forgotten.
    #[inline(never)]
    pub(crate) fn find_after(&mut self, instant: Timestamp) -> Option<Timestamp> {
        self.settle();
        self.next_after(instant)
    }

    fn settle(&mut self) {
        match self {
            Rule::Aligned(rule) => rule.settle(),
            Rule::Random(rule) => rule.rule_mut().settle(),
            Rule::Windowed(rule) => rule.rule_mut().settle(),
            Rule::Interval(_) | Rule::Once(_) | Rule::Calendar(_) => {}
        }
    }

    /// Moves a rule that counts elapsed time, because the wall clock was set back; returns how far the slot moves that is
    /// to come, before it is [admitted](Self::admit). `None` for other rules. The same length the other way undoes it.
    #[inline(never)]
    pub(crate) fn set_back(&mut self, by: TimeDelta) -> Option<TimeDelta> {
        match self {
            Rule::Interval(rule) => rule.set_back(by),
            Rule::Once(rule) => return rule.set_back(by).then_some(by),
            Rule::Random(rule) => return rule.rule_mut().set_back(by),
            Rule::Windowed(rule) => return rule.rule_mut().set_back(by),
            Rule::Aligned(rule) => return Some(rule.set_back(by)),
            Rule::Calendar(_) => return None,
        }
        Some(by)
    }

    /// What becomes of a slot that was due already when the wall clock was set back to `now`: an interval counts on from
    /// it, so it is moved; a mark stays where it is, unless it is to come again.
    pub(crate) fn stay_due(&self, slot: Timestamp, by: TimeDelta, now: Timestamp) -> Timestamp {
        match self {
            Rule::Random(rule) => rule.rule().stay_due(slot, by, now),
            Rule::Windowed(rule) => rule.rule().stay_due(slot, by, now),
            Rule::Aligned(_) => slot.min(now),
            _ => slot - by,
        }
    }

    /// The slot that stands for an instant that was one until the wall clock was set back to `now`. It may be overdue, but
    /// is not while the window is closed.
    pub(crate) fn admit(&self, instant: Timestamp, now: Timestamp) -> Option<Timestamp> {
        match self {
            Rule::Random(rule) => rule.rule().admit(instant, now),
            Rule::Windowed(rule) => {
                let slot = rule.admit(rule.rule().admit(instant, now)?)?;
                if slot > now || rule.is_open(now) {
                    Some(slot)
                } else {
                    rule.next_after(now)
                }
            }
            Rule::Aligned(rule) => rule.next_after(instant.just_before()),
            _ => Some(instant),
        }
    }
}

impl Trigger for Rule {
    fn next_after(&self, instant: Timestamp) -> Option<Timestamp> {
        match self {
            Rule::Interval(rule) => rule.next_after(instant),
            Rule::Once(rule) => rule.next_after(instant),
            Rule::Aligned(rule) => rule.next_after(instant),
            Rule::Calendar(rule) => rule.next_after(instant),
            Rule::Random(rule) => rule.next_after(instant),
            Rule::Windowed(rule) => rule.next_after(instant),
        }
    }

    fn restart(&mut self, slot: Timestamp, length: u64) {
        match self {
            Rule::Interval(rule) => rule.restart(slot, length),
            Rule::Once(rule) => rule.restart(slot, length),
            Rule::Aligned(rule) => rule.restart(slot, length),
            Rule::Calendar(rule) => rule.restart(slot, length),
            Rule::Random(rule) => rule.restart(slot, length),
            Rule::Windowed(rule) => rule.restart(slot, length),
        }
    }

    fn describe(&self, range: Option<(u64, u64)>, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Rule::Interval(rule) => rule.describe(range, f),
            Rule::Once(rule) => rule.describe(range, f),
            Rule::Aligned(rule) => rule.describe(range, f),
            Rule::Calendar(rule) => rule.describe(range, f),
            Rule::Random(rule) => rule.describe(range, f),
            Rule::Windowed(rule) => rule.describe(range, f),
        }
    }
}

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.describe(None, f)
    }
}
