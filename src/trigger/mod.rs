//! The rules of time: given an instant, when is the next slot?
//!
//! A rule is pure: it reads no clock and draws no random number. The slots of a rule form a grid that begins at an
//! anchor, so a late poll finds the next slot by arithmetic, whatever it missed.
//!
//! What is in several places and asked for at few slots is `inline(never)`: a program does not grow by each of them.

mod aligned;
mod calendar;
mod dates;
mod interval;
mod once;
mod pace;
mod random;
mod rule;
mod unit;
mod window;
mod words;

use std::fmt;

use crate::timestamp::Timestamp;

pub use self::unit::Unit;
pub(crate) use self::{
    aligned::Aligned,
    calendar::{Calendar, Start, Times},
    dates::{Dates, DayOfMonth, WeekdaySet, LAST_YEAR},
    interval::Interval,
    once::Once,
    pace::Pace,
    random::Random,
    rule::Rule,
    window::{Window, Windowed},
    words::list,
};

/// A rule that says when to run.
pub(crate) trait Trigger {
    /// The first slot strictly after `instant`; `None` when there is none left.
    fn next_after(&self, instant: Timestamp) -> Option<Timestamp>;

    /// From now on counts from `slot`, `length` units a step: how a random length enters the rule.
    fn restart(&mut self, slot: Timestamp, length: u64);

    /// Writes the rule in the words of the sentence; `range` stands in for the length where that is random.
    fn describe(&self, range: Option<(u64, u64)>, f: &mut fmt::Formatter<'_>) -> fmt::Result;
}
