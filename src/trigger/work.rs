//! The work that a search for common slots may take.

use std::cell::Cell;

use super::Rule;

/// What a search may cost, in all. Two schedules that have a slot a day need 44,000 until the horizon.
const MOST: u64 = 100_000;

/// What it costs to ask a user's trigger, about which nothing is known.
const OF_OWN: u64 = 100;

/// What it costs to ask one for a slot within limits, which is done up to 1,000 times for a slot.
const OF_OWN_WITHIN_LIMITS: u64 = 50;

/// What the search under way may still cost, and how many slots it has asked for.
#[derive(Clone, Copy)]
struct Allowance {
    left: u64,
    asked: u64,
}

thread_local! {
    /// The allowance of the outermost search for common slots in this thread, if there is one.
    static ALLOWANCE: Cell<Option<Allowance>> = const { Cell::new(None) };
}

/// The work of a search for common slots, as long as it lasts. A search inside another has no allowance of its own:
/// with one each, what the inner ones may cost would be multiplied by the steps of the outer ones.
pub(super) struct Work {
    is_outermost: bool,
}

impl Work {
    pub(super) fn begin() -> Self {
        let is_outermost = ALLOWANCE.get().is_none();
        if is_outermost {
            ALLOWANCE.set(Some(Allowance { left: MOST, asked: 0 }));
        }
        Work { is_outermost }
    }

    /// The number of slots that the search has asked for, if it ends because it may cost no more. Only the outermost
    /// one is given up: the others are part of it.
    pub(super) fn given_up(&self) -> Option<u64> {
        let spent = ALLOWANCE.get().filter(|allowance| self.is_outermost && allowance.left == 0);
        spent.map(|allowance| allowance.asked)
    }
}

impl Drop for Work {
    fn drop(&mut self) {
        if self.is_outermost {
            ALLOWANCE.set(None);
        }
    }
}

/// Spends what some steps cost. Returns `false` if a search is under way that may cost no more, and is to end.
pub(super) fn spend(cost: u64) -> bool {
    spend_on(cost, 0)
}

/// [`spend`] for asking a rule for a slot.
pub(super) fn ask(rule: &Rule) -> bool {
    spend_on(if matches!(rule, Rule::Own(_)) { OF_OWN } else { 1 }, 1)
}

/// [`spend`] for asking a rule for a slot within limits.
pub(super) fn ask_within_limits(is_own: bool) -> bool {
    spend_on(if is_own { OF_OWN_WITHIN_LIMITS } else { 4 }, 1)
}

fn spend_on(cost: u64, asked: u64) -> bool {
    let Some(before) = ALLOWANCE.get() else { return true };
    let after = Allowance { left: before.left.saturating_sub(cost), asked: before.asked + asked };
    ALLOWANCE.set(Some(after));
    after.left > 0
}

/// Calls what does not belong to the search under way: a user's code, which may begin one of its own.
pub(super) fn outside<T>(f: impl FnOnce() -> T) -> T {
    let allowance = ALLOWANCE.take();
    let result = f();
    ALLOWANCE.set(allowance);
    result
}
