//! Rules: pure functions from an instant to the next slot.
//!
//! Rules read no clock, draw no random numbers and never change. What does change while a job lives, the anchor from
//! which steps are counted and the length of a step, is an [`Anchor`] that the caller holds and passes in.
//!
//! Functions that several rules share but a poll rarely calls are `inline(never)`, to keep binaries small.

mod aligned;
mod anchor;
mod calendar;
mod clock;
mod common;
mod cycle;
mod date_set;
mod dates;
mod limits;
mod month;
mod pace;
mod rule;
mod search;
mod unit;
mod window;
mod words;
mod work;

use chrono::{DateTime, Utc};

pub use self::unit::Unit;
pub(crate) use self::{
    aligned::Aligned,
    anchor::Anchor,
    calendar::{Calendar, Start},
    clock::{Clock, ClockTimes},
    common::{Alternative, Common},
    date_set::{DateItem, DateSet},
    dates::{day_of, DatePattern, DayOfMonth, WeekdaySet, LAST_YEAR},
    limits::Limits,
    pace::Pace,
    rule::{is_in_trigger, take_fault, OwnRule, Rule, Timeline},
    search::Search,
    window::Window,
    words::list,
};

/// A rule for when to run: a sequence of instants, its slots.
///
/// A trigger is a pure function: the same instant always gives the same slot. It should return quickly, because it is
/// asked while the scheduler is locked, and so must not call the scheduler: that panics. A trigger that panics, or
/// whose answer is not after the instant, is not asked again: its job is removed, for the reason
/// [`Removal::TriggerFailed`](crate::Removal::TriggerFailed), and the log says what it did. The same is true of one that
/// gives 1,000 slots in a row outside the window of its schedule, when asked from one opening of the window to the next.
///
/// ```
/// use punctual::{chrono::{DateTime, DurationRound, TimeDelta, Utc}, Trigger};
///
/// /// The beginning of every quarter of an hour.
/// struct Quarters;
///
/// impl Trigger for Quarters {
///     fn next_after(&self, instant: DateTime<Utc>) -> Option<DateTime<Utc>> {
///         Some(instant.duration_trunc(TimeDelta::minutes(15)).ok()? + TimeDelta::minutes(15))
///     }
/// }
///
/// let next = Quarters.next_after(DateTime::UNIX_EPOCH).unwrap();
/// assert_eq!(next.to_rfc3339(), "1970-01-01T00:15:00+00:00");
/// ```
pub trait Trigger: Send + Sync {
    /// The first slot strictly after `instant`; `None` if there is none.
    fn next_after(&self, instant: DateTime<Utc>) -> Option<DateTime<Utc>>;
}
