//! A rule whose steps have a random length.

use std::fmt;

use super::{Rule, Trigger};
use crate::timestamp::Timestamp;

/// A rule that is restarted at every slot with a length between `low` and `high`, both included.
///
/// The one who keeps the rule draws the length; the rule receives it.
pub(crate) struct Random {
    rule: Rule,
    low: u64,
    high: u64,
}

impl Random {
    pub(crate) fn new(rule: Rule, low: u64, high: u64) -> Self {
        Random { rule, low, high }
    }

    pub(crate) fn range(&self) -> (u64, u64) {
        (self.low, self.high)
    }

    pub(crate) fn rule(&self) -> &Rule {
        &self.rule
    }

    pub(crate) fn rule_mut(&mut self) -> &mut Rule {
        &mut self.rule
    }
}

impl Trigger for Random {
    fn next_after(&self, instant: Timestamp) -> Option<Timestamp> {
        self.rule.next_after(instant)
    }

    fn restart(&mut self, slot: Timestamp, length: u64) {
        self.rule.restart(slot, length);
    }

    fn describe(&self, _: Option<(u64, u64)>, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.rule.describe(Some(self.range()), f)
    }
}
