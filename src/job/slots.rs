//! The slots to come, one after another.

use fastrand::Rng;

use super::{
    compile::Compiled,
    timing::{OffGrid, Timing},
};
use crate::timestamp::Timestamp;

/// The slots to come of a job or a schedule, found one by one on a copy of its timing, the way a pass finds them.
#[derive(Clone)]
pub(crate) struct Slots {
    pub(super) timing: Timing,
    /// Set while the next slot is not one of the grid.
    pub(super) off_grid: Option<OffGrid>,
    pub(super) next: Option<Timestamp>,
    /// How many more runs `times` allows.
    pub(crate) left: Option<u64>,
    /// When a slot that is overdue is used. Slots that are missed then have no run of their own, and are left out.
    pub(super) now: Timestamp,
}

impl Slots {
    /// The slots of a schedule that is registered `now`.
    pub(crate) fn of(compiled: Compiled, now: Timestamp) -> Self {
        let Compiled { timing, first, off_grid, .. } = compiled;
        let left = timing.runs_left(0);
        Slots { timing, off_grid, next: Some(first), left, now }
    }

    /// The next slot, which is used.
    pub(crate) fn next(&mut self, random: &mut Rng) -> Option<Timestamp> {
        let slot = self.next?;
        if let Some(left) = &mut self.left {
            *left = left.checked_sub(1)?;
        }
        let now = slot.max(self.now);
        let next = match self.off_grid.take() {
            Some(OffGrid { resumes_at, .. }) => self.timing.leave_off_grid(resumes_at, now, random),
            None => self.timing.advance(slot, now, true, random),
        };
        self.next = next.ok();
        Some(slot)
    }
}
