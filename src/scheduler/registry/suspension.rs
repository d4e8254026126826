//! Times at which nothing is due: the scheduler is paused, or shutting down.

use super::{Registry, Removed};
use crate::timestamp::Timestamp;

/// Why nothing is due, if that is so: the lowest bit is set while the scheduler is paused, the others count the
/// shutdowns in progress. One number, because each release of the lock looks at it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Suspension(u32);

impl Suspension {
    const PAUSED: u32 = 1;

    /// Whether slots are due as usual.
    #[inline]
    pub(super) fn is_none(self) -> bool {
        self.0 == 0
    }

    pub(super) fn is_pause(self) -> bool {
        self.0 & Self::PAUSED != 0
    }
}

impl Registry {
    /// Pauses the scheduler: nothing is due until it is resumed. `false` if it is paused already. O(1).
    ///
    /// Claims are kept, so that jobs whose last slot is claimed stay until [`resume_all`](Self::resume_all) looks at
    /// them. No pass begins them.
    pub(in crate::scheduler) fn pause_all(&mut self) -> bool {
        let is_new = !self.is_paused();
        self.suspension.0 |= Suspension::PAUSED;
        self.claims.defer();
        is_new
    }

    /// Resumes the scheduler: each job continues at its next slot after `now`. Returns the jobs that have none; `None`
    /// if the scheduler is not paused. O(n).
    pub(in crate::scheduler) fn resume_all(&mut self, now: Timestamp) -> Option<Vec<Removed>> {
        if !self.is_paused() {
            return None;
        }
        self.suspension.0 &= !Suspension::PAUSED;
        let mut over = Vec::new();
        for place in self.all() {
            let is_claimed = self.record(place).is_some_and(|record| record.ticket().is_some());
            // A job that is paused itself has neither.
            if is_claimed || self.due(place).is_some_and(|due| due <= now) {
                // As if it alone had been paused.
                self.pause(place);
                over.extend(self.resume(place, now).and_then(|(_, removed)| removed));
            }
        }
        Some(over)
    }

    /// Whether the scheduler is paused.
    pub(crate) fn is_paused(&self) -> bool {
        self.suspension.is_pause()
    }

    /// The next slot of a job, as users see it: `None` while nothing is due.
    pub(crate) fn next_of(&self, place: super::Place) -> Option<Timestamp> {
        if self.suspension.is_none() {
            self.due(place)
        } else {
            None
        }
    }
}
