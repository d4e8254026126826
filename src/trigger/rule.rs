//! The rules that a schedule can have, as one type.

use std::{cell::Cell, sync::Arc};

use super::{Aligned, Anchor, Calendar, Clock, Pace, Trigger, Unit};
use crate::{log_line::log_line, timestamp::Timestamp, unwind::catch, zone::OffsetSpan};

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
    /// A user's trigger.
    Own(Arc<dyn Trigger>),
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
            Rule::Own(trigger) => own_next_after(&**trigger, instant),
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
            Rule::Delay | Rule::Moment | Rule::Clock(_) | Rule::Own(_) => None,
        }
    }

    pub(crate) fn timeline(&self) -> Timeline {
        match self {
            Rule::Interval(_) | Rule::Delay => Timeline::Elapsed,
            Rule::Aligned(_) => Timeline::Aligned,
            Rule::Moment | Rule::Calendar(_) | Rule::Clock(_) | Rule::Own(_) => Timeline::Wall,
        }
    }
}

thread_local! {
    /// Whether this thread is in a user's trigger, which is asked with a lock held.
    static IS_IN_TRIGGER: Cell<bool> = const { Cell::new(false) };
}

/// Whether this thread is in a user's trigger.
pub(crate) fn is_in_trigger() -> bool {
    IS_IN_TRIGGER.with(Cell::get)
}

/// Asks a user's trigger. A panic, and a slot that is not after `instant`, which would make the job due for ever, are
/// logged and end the rule.
fn own_next_after(trigger: &dyn Trigger, instant: Timestamp) -> Option<Timestamp> {
    // A trigger may ask another one.
    let was_in_trigger = IS_IN_TRIGGER.with(|is_in| is_in.replace(true));
    let next = catch(|| trigger.next_after(instant.datetime()));
    let next = next.map_err(|text| log_line!(Error, "a trigger panicked: {text}: it is not asked again"));
    let checked = next.ok().flatten().and_then(|next| checked(next.into(), instant));
    IS_IN_TRIGGER.with(|is_in| is_in.set(was_in_trigger));
    checked
}

fn checked(next: Timestamp, instant: Timestamp) -> Option<Timestamp> {
    let next = next.within_calendar()?;
    if next <= instant {
        let (next, instant) = (next.datetime(), instant.datetime());
        log_line!(
            Error,
            "a trigger answered {next} when asked for the first slot after {instant}: it is not asked again"
        );
        return None;
    }
    Some(next)
}
