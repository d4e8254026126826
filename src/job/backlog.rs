//! The slots of a job that are due and have to wait.

use std::collections::VecDeque;

use super::Windows;
use crate::timestamp::Timestamp;

/// The slots of a job that were claimed, each for a run of its own, and whose runs have not begun: the earlier ones of
/// the job are in progress, or come first.
#[derive(Clone, Debug, Default)]
pub(crate) struct Backlog {
    slots: VecDeque<DueSlot>,
}

/// A slot that waits for its run.
#[derive(Clone, Debug)]
pub(crate) struct DueSlot {
    pub(crate) slot: Timestamp,
    /// The windows that its run must obey.
    pub(crate) windows: Windows,
}

impl Backlog {
    pub(crate) fn len(&self) -> usize {
        self.slots.len()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.slots.is_empty()
    }

    pub(crate) fn push(&mut self, slot: DueSlot) {
        self.slots.push_back(slot);
    }

    pub(crate) fn pop(&mut self) -> Option<DueSlot> {
        self.slots.pop_front()
    }

    /// The first slot that waits.
    pub(crate) fn first(&self) -> Option<Timestamp> {
        self.slots.front().map(|due| due.slot)
    }

    pub(crate) fn contains(&self, slot: Timestamp) -> bool {
        self.slots.iter().any(|due| due.slot == slot)
    }

    pub(crate) fn last_mut(&mut self) -> Option<&mut DueSlot> {
        self.slots.back_mut()
    }

    pub(crate) fn clear(&mut self) {
        self.slots.clear();
    }

    /// Takes out all slots.
    pub(crate) fn take(&mut self) -> VecDeque<DueSlot> {
        std::mem::take(&mut self.slots)
    }

    /// Follows the wall clock, which was set back to `now`. What was due stays due, and no run is for a slot in the
    /// future.
    pub(crate) fn set_back(&mut self, now: Timestamp) {
        self.slots.iter_mut().for_each(|due| due.slot = due.slot.min(now));
    }
}
