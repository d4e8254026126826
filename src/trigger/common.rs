//! The slots that several schedules have in common.

use std::sync::atomic::{AtomicBool, Ordering};

use super::{
    rule::give_up,
    work::{self, Work},
    Anchor, Limits, Rule, Search, Timeline, Window,
};
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
///
/// A member may have common slots itself. The whole search has one allowance of [`Work`].
pub(crate) struct Common {
    members: Vec<Vec<Alternative>>,
    limits: Option<(Limits, Zone)>,
    /// Whether a search was given up.
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

    pub(crate) fn new(members: Vec<Vec<Alternative>>, limits: Option<(Limits, Zone)>) -> Self {
        Common { members, limits, has_given_up: AtomicBool::new(false) }
    }

    /// The first slot strictly after `instant`.
    pub(super) fn next_after(&self, instant: Timestamp) -> Option<Timestamp> {
        let work = Work::begin();
        let found = self.search(instant);
        match work.given_up() {
            None => found,
            Some(asked) => {
                self.has_given_up.store(true, Ordering::Relaxed);
                give_up(format!("parts had no slot in common among the next {asked} that were tried"))
            }
        }
    }

    fn search(&self, instant: Timestamp) -> Option<Timestamp> {
        let horizon = instant.later(Self::HORIZON);
        let mut slot = instant.after(1);
        let mut members: Vec<Vec<Asked<'_>>> =
            self.members.iter().map(|member| member.iter().map(Asked::new).collect()).collect();
        while slot <= horizon {
            let mut greatest = self.open_from(slot)?;
            for member in &mut members {
                greatest = first_of(member, greatest, horizon)?;
            }
            // Each answer is at or after the one before it, so all are equal if the last one is the first.
            if greatest == slot {
                return Some(slot);
            }
            slot = greatest;
        }
        None
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

/// An alternative, and what it answered last.
///
/// An alternative has its first slot after an instant at or after each later one, too, up to that slot. One whose slots
/// are rare, or over, is asked rarely, however often the others are.
struct Asked<'a> {
    alternative: &'a Alternative,
    /// Its first slot at or after all instants that it was asked for; `None` if there is none before `until`.
    slot: Option<Timestamp>,
    /// The first instant for which the answer may be another one.
    until: Timestamp,
}

impl<'a> Asked<'a> {
    fn new(alternative: &'a Alternative) -> Self {
        Asked { alternative, slot: None, until: Timestamp::EARLIEST }
    }

    /// Asks for the first slot at or after `instant`, which is not before the last one.
    fn ask(&mut self, instant: Timestamp) {
        if instant < self.until {
            return;
        }
        let Alternative { rule, limits, .. } = self.alternative;
        self.slot = if work::ask(rule) { self.alternative.from(instant) } else { None };
        self.until = match self.slot {
            Some(slot) => slot.after(1),
            // Its search ends there, but its slots may not.
            None if limits.is_some() && work::spend(0) && !rule.has_failed() => instant.later(Alternative::HORIZON),
            None => Timestamp::NEVER,
        };
    }
}

/// The first slot of any of the alternatives at or after `instant`; `None` if there is none up to `horizon`.
fn first_of(alternatives: &mut [Asked<'_>], instant: Timestamp, horizon: Timestamp) -> Option<Timestamp> {
    alternatives.iter_mut().for_each(|one| one.ask(instant));
    let mut first = alternatives.iter().filter_map(|one| one.slot).min();
    for one in alternatives.iter_mut() {
        // What it answered may not reach as far as the slot of another one.
        while one.slot.is_none() && one.until <= first.map_or(horizon, |first| first.min(horizon)) {
            one.ask(one.until);
        }
        first = first.into_iter().chain(one.slot).min();
    }
    first
}

impl Alternative {
    /// A search for a slot within limits ends this long after the slot at which it begins, in nanoseconds.
    const HORIZON: i64 = Window::SOON;

    /// The first slot at or after `instant`.
    fn from(&self, instant: Timestamp) -> Option<Timestamp> {
        let before = self.start.map_or(instant, |start| start.max(instant)).just_before();
        let mut span = OffsetSpan::NEVER;
        let mut ask = |instant| self.rule.next_after(&self.anchor, instant, &mut span);
        let slot = ask(before)?;
        match &self.limits {
            None => Some(slot),
            Some(limits) => {
                let search = Search::new(limits, self.zone, Self::HORIZON).of_rule(&self.rule, self.anchor);
                search.from(slot, ask)
            }
        }
    }
}
