//! The rules that a schedule can have, as one type.

use std::{
    cell::{Cell, RefCell},
    sync::{
        atomic::{AtomicBool, Ordering},
        Arc,
    },
};

use super::{work, Aligned, Anchor, Calendar, Clock, Common, Pace, Trigger, Unit};
use crate::{
    log_line::log_line,
    timestamp::Timestamp,
    unwind::catch,
    zone::{OffsetSpan, Zone},
};

/// A rule of any kind. Immutable: what changes is the [`Anchor`] that is passed in.
#[derive(Clone)]
pub(crate) enum Rule {
    /// Equal steps of elapsed time; the first slot is one step after the anchor.
    Interval(Unit),
    /// A single run at the anchor, a length of elapsed time after the registration.
    Delay,
    /// A single run at the anchor, an instant of the wall clock.
    Moment,
    /// Hours at given minutes, or minutes at given seconds.
    Aligned(Box<Aligned>),
    /// Dates at given times of day.
    Calendar(Box<Calendar>),
    /// Times of the clock on some dates: cron.
    Clock(Box<Clock>),
    /// The slots that several schedules have in common.
    Common(Arc<Common>),
    /// A user's trigger.
    Own(OwnRule),
}

/// A user's trigger, and whether it has answered wrongly.
#[derive(Clone)]
pub(crate) struct OwnRule {
    trigger: Arc<dyn Trigger>,
    has_failed: Arc<AtomicBool>,
}

/// What the slots of a rule follow when the wall clock is set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Timeline {
    /// Elapsed time: the slots keep their distance from now.
    Elapsed,
    /// Elapsed hours or minutes, but each slot at a reading of the wall clock, such as `:30`.
    Aligned,
    /// The wall clock: the slots keep their wall times.
    Wall,
}

impl Rule {
    /// The first slot strictly after `instant`; `None` if there is none before the calendar ends. `span` caches the
    /// last offset that was looked up, and does not affect the result.
    #[inline]
    pub(crate) fn next_after(&self, anchor: &Anchor, instant: Timestamp, span: &mut OffsetSpan) -> Option<Timestamp> {
        match self {
            Rule::Interval(unit) => Pace::new(anchor.length, *unit)?.next_after(anchor.at, instant),
            Rule::Delay | Rule::Moment => (instant < anchor.at).then_some(anchor.at),
            Rule::Aligned(rule) => rule.next_after(anchor, instant),
            Rule::Calendar(rule) => rule.next_after(anchor, instant, span),
            Rule::Clock(rule) => rule.next_after(instant, span),
            Rule::Common(rule) => rule.next_after(instant),
            Rule::Own(own) => own.next_after(instant),
        }
    }

    /// The anchor for the steps after a slot, `length` units each; `None` if the rule has no steps. `may_be_moved` is
    /// whether a window may have moved the slot off the grid.
    pub(crate) fn anchor_at(
        &self,
        previous: &Anchor,
        slot: Timestamp,
        length: u64,
        may_be_moved: bool,
    ) -> Option<Anchor> {
        match self {
            Rule::Interval(_) => Some(Anchor::new(slot, length)),
            Rule::Aligned(rule) if may_be_moved => Some(rule.counted_from_opening(slot, length)),
            Rule::Aligned(rule) => Some(rule.counted_from(slot, length)),
            Rule::Calendar(rule) => rule.anchor_at(previous, slot, length),
            Rule::Delay | Rule::Moment | Rule::Clock(_) | Rule::Common(_) | Rule::Own(_) => None,
        }
    }

    pub(crate) fn timeline(&self) -> Timeline {
        match self {
            Rule::Interval(_) | Rule::Delay => Timeline::Elapsed,
            Rule::Aligned(_) => Timeline::Aligned,
            Rule::Moment | Rule::Calendar(_) | Rule::Clock(_) | Rule::Own(_) => Timeline::Wall,
            Rule::Common(rule) => rule.timeline(),
        }
    }

    /// Whether the slots, with limits in this zone or without, depend on the rules of the machine's zone: by a date, a
    /// reading or a limit.
    pub(crate) fn follows_machine(&self, zone: Zone, has_limits: bool) -> bool {
        match self {
            Rule::Common(rule) => rule.follows_machine(),
            Rule::Calendar(_) | Rule::Clock(_) | Rule::Aligned(_) => zone == Zone::MACHINE,
            Rule::Interval(_) | Rule::Delay | Rule::Moment | Rule::Own(_) => has_limits && zone == Zone::MACHINE,
        }
    }

    /// Whether a user's trigger is part of the rule.
    pub(crate) fn has_users_trigger(&self) -> bool {
        self.own().next().is_some()
    }

    /// Whether a user's trigger, which is part of the rule, has answered wrongly, or a search was given up.
    pub(crate) fn has_failed(&self) -> bool {
        matches!(self, Rule::Common(rule) if rule.has_given_up())
            || self.own().any(|own| own.has_failed.load(Ordering::Relaxed))
    }

    fn own(&self) -> Box<dyn Iterator<Item = &OwnRule> + '_> {
        match self {
            Rule::Own(own) => Box::new(std::iter::once(own)),
            Rule::Common(rule) => Box::new(rule.alternatives().flat_map(|one| one.rule.own())),
            _ => Box::new(std::iter::empty()),
        }
    }
}

thread_local! {
    /// Whether this thread is in a user's trigger, which is asked with a lock held.
    static IS_IN_TRIGGER: Cell<bool> = const { Cell::new(false) };

    /// What the last trigger that answered wrongly in this thread did.
    static FAULT: RefCell<Option<String>> = const { RefCell::new(None) };
}

/// Whether this thread is in a user's trigger.
pub(crate) fn is_in_trigger() -> bool {
    IS_IN_TRIGGER.with(Cell::get)
}

/// What a user's trigger that answered wrongly in this thread, since the last call, did.
pub(crate) fn take_fault() -> Option<String> {
    FAULT.with(RefCell::take)
}

/// Notes what a user's trigger, or a search, did in this thread.
fn fault(what: String) -> Option<Timestamp> {
    FAULT.with(|fault| fault.replace(Some(what)));
    None
}

/// Notes that a search was given up.
pub(super) fn give_up(what: String) -> Option<Timestamp> {
    log_line!(Error, "a schedule is not searched further: its {what}");
    fault(what)
}

impl OwnRule {
    pub(crate) fn new(trigger: Arc<dyn Trigger>) -> Self {
        OwnRule { trigger, has_failed: Arc::default() }
    }

    /// Asks the trigger. A panic, and a slot that is not after `instant`, which would make the job due for ever, are
    /// logged and end the rule.
    fn next_after(&self, instant: Timestamp) -> Option<Timestamp> {
        // A trigger may ask another one.
        let was_in_trigger = IS_IN_TRIGGER.with(|is_in| is_in.replace(true));
        let checked = self.checked(instant);
        // Not before: a failure is logged with the lock held, too, and a logger must not call the scheduler either.
        IS_IN_TRIGGER.with(|is_in| is_in.set(was_in_trigger));
        checked
    }

    fn checked(&self, instant: Timestamp) -> Option<Timestamp> {
        let next = match work::outside(|| catch(|| self.trigger.next_after(instant.datetime()))) {
            Ok(next) => Timestamp::from(next?).within_calendar()?,
            Err(text) => return self.fail(format!("panicked: {text}")),
        };
        if next <= instant {
            let (next, instant) = (next.datetime(), instant.datetime());
            return self.fail(format!("answered {next} when asked for the first slot after {instant}"));
        }
        Some(next)
    }

    /// Notes that the trigger answered wrongly.
    fn fail(&self, what: String) -> Option<Timestamp> {
        log_line!(Error, "a trigger {what}: it is not asked again");
        self.has_failed.store(true, Ordering::Relaxed);
        fault(format!("trigger {what}"))
    }

    /// Notes that the trigger answered too often without an answer that could be used.
    pub(super) fn give_up(&self, times: usize) -> Option<Timestamp> {
        self.fail(format!("answered {times} times outside its window"))
    }
}
