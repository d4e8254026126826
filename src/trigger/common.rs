//! The slots that several schedules have in common.

use std::sync::atomic::{AtomicBool, Ordering};

use super::{rule::give_up, Anchor, Limits, Rule, Search, Timeline, Window};
use crate::{
    timestamp::Timestamp,
    zone::{OffsetSpan, Zone},
};

/// The slots that all of some schedules have, within limits.
///
/// Every member is asked for its first slot at or after the greatest answer so far, until all answers are equal:
///
/// ```text
/// every Friday at 12:00          12 Jan        19 Jan          16 Feb        …   13 Sep
/// every month on day 13 at 12:00        13 Jan         13 Feb         13 Mar …   13 Sep
/// ```
pub(crate) struct Common {
    members: Vec<Vec<Alternative>>,
    limits: Option<(Limits, Zone)>,
    /// Whether a search has ended without an answer.
    has_given_up: AtomicBool,
}

/// One schedule of a member, which has the slots of any of its alternatives.
pub(crate) struct Alternative {
    pub(crate) rule: Rule,
    pub(crate) anchor: Anchor,
    pub(crate) limits: Option<Limits>,
    /// The zone of the limits.
    pub(crate) zone: Zone,
    /// No slot is before this instant, if there is one.
    pub(crate) start: Option<Timestamp>,
}

impl Common {
    /// Without a common slot for this long, in nanoseconds, there is none.
    const HORIZON: i64 = Window::HORIZON;

    /// How often a part may be asked. Two that have a slot a day need 44,000 until the horizon.
    const MOST: usize = 100_000;

    /// The same with a user's trigger, about which nothing is known.
    const MOST_OF_OWN: usize = 1_000;

    pub(crate) fn new(members: Vec<Vec<Alternative>>, limits: Option<(Limits, Zone)>) -> Self {
        Common { members, limits, has_given_up: AtomicBool::new(false) }
    }

    /// The first slot strictly after `instant`.
    pub(super) fn next_after(&self, instant: Timestamp) -> Option<Timestamp> {
        let horizon = instant.later(Self::HORIZON);
        // A rise asks all of them, some of which search for a slot within limits.
        let asked: usize = self.alternatives().map(|one| if one.limits.is_some() { 16 } else { 1 }).sum();
        let is_own = self.alternatives().any(|one| one.rule.has_users_trigger());
        let most = if is_own { Self::MOST_OF_OWN } else { Self::MOST / asked.max(1) };
        let mut slot = instant.after(1);
        for _ in 0..most {
            if slot > horizon {
                return None;
            }
            let mut greatest = self.open_from(slot)?;
            for member in &self.members {
                let next = member.iter().filter_map(|one| one.from(greatest)).min();
                greatest = next?;
            }
            // Each answer is at or after the one before it, so all are equal if the last one is the first.
            if greatest == slot {
                return Some(slot);
            }
            slot = greatest;
        }
        self.has_given_up.store(true, Ordering::Relaxed);
        give_up(format!("parts had no slot in common among the next {most} that were tried"))
    }

    /// An instant, at or after `instant`, before which none is within the limits.
    fn open_from(&self, instant: Timestamp) -> Option<Timestamp> {
        match &self.limits {
            Some((limits, zone)) if !limits.is_open(*zone, instant) => limits.opening_after(*zone, instant),
            _ => Some(instant),
        }
    }

    /// Lengths of elapsed time alone have their common slots in elapsed time. As soon as anything is a moment of the
    /// wall clock, what is common is one, too.
    pub(super) fn timeline(&self) -> Timeline {
        let is_elapsed = |one: &Alternative| one.limits.is_none() && one.rule.timeline() == Timeline::Elapsed;
        if self.limits.is_none() && self.alternatives().all(is_elapsed) {
            Timeline::Elapsed
        } else {
            Timeline::Wall
        }
    }

    pub(super) fn has_given_up(&self) -> bool {
        self.has_given_up.load(Ordering::Relaxed)
    }

    pub(super) fn alternatives(&self) -> impl Iterator<Item = &Alternative> {
        self.members.iter().flatten()
    }

    /// Whether slots depend on the rules of the machine's zone.
    pub(super) fn follows_machine(&self) -> bool {
        self.limits.as_ref().is_some_and(|(_, zone)| *zone == Zone::MACHINE)
            || self.alternatives().any(|one| one.rule.follows_machine(one.zone, one.limits.is_some()))
    }
}

impl Alternative {
    /// The first slot at or after `instant`.
    fn from(&self, instant: Timestamp) -> Option<Timestamp> {
        let before = self.start.map_or(instant, |start| start.max(instant)).just_before();
        let mut span = OffsetSpan::NEVER;
        let mut ask = |instant| self.rule.next_after(&self.anchor, instant, &mut span);
        let slot = ask(before)?;
        match &self.limits {
            None => Some(slot),
            Some(limits) => {
                let search = Search::new(limits, self.zone, Window::SOON).of_rule(&self.rule, self.anchor);
                search.from(slot, ask)
            }
        }
    }
}
