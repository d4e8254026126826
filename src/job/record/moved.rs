//! Following the wall clock, when it is set back, and the machine's zone.

use chrono::TimeDelta;
use fastrand::Rng;

use super::Record;
use crate::{event::Removal, job::timing::OffGrid, timestamp::Timestamp};

impl Record {
    /// Follows the machine's zone, which has other rules. `due` is the slot in the queue; returns the one that replaces
    /// it.
    pub(crate) fn follow_zone(&mut self, now: Timestamp, due: Option<Timestamp>) -> Option<Timestamp> {
        let kept = self.extra.as_ref().and_then(|extra| extra.kept);
        let slot = due.or(kept)?;
        // A run covers every slot that was missed before it began.
        let covered = self.last_run().unwrap_or(Timestamp::UNIX_EPOCH);
        let off_grid = self.extra.as_ref().and_then(|extra| extra.off_grid);
        let moved = match off_grid {
            // A run off the grid is due now, in whatever zone. The grid beside it follows as usual.
            Some(OffGrid { resumes_at, is_asked_for }) => {
                let resumes_at = resumes_at.and_then(|slot| self.timing.follow_zone(now, covered, slot));
                self.extra_mut().off_grid = Some(OffGrid { resumes_at, is_asked_for });
                Some(slot)
            }
            None => {
                let moved = self.timing.follow_zone(now, covered, slot);
                self.found(moved)
            }
        };
        if kept.is_some() {
            self.keep_opt(moved);
        }
        // A kept slot stays out of the queue.
        due.and(moved)
    }

    /// Follows the wall clock, which was set back to `now`. `due` is the slot in the queue; returns the one that
    /// replaces it.
    pub(crate) fn set_back(
        &mut self,
        by: TimeDelta,
        now: Timestamp,
        due: Option<Timestamp>,
        random: &mut Rng,
    ) -> Option<Timestamp> {
        let kept = self.extra.as_ref().and_then(|extra| extra.kept);
        let slot = due.or(kept)?;
        let off_grid = self.extra.as_ref().and_then(|extra| extra.off_grid);
        let moved = match off_grid {
            // A run off the grid is due now, by whatever clock. The grid beside it follows the clock as usual.
            Some(OffGrid { resumes_at, is_asked_for }) => {
                let resumes_at = match resumes_at {
                    Err(Removal::Finished) => resumes_at,
                    next => self.timing.set_back(by, now, next.unwrap_or(slot), random),
                };
                self.extra_mut().off_grid = Some(OffGrid { resumes_at, is_asked_for });
                Some(slot - by)
            }
            None => {
                let moved = self.timing.set_back(by, now, slot, random);
                self.found(moved)
            }
        };
        if kept.is_some() {
            self.keep_opt(moved);
        }
        // A kept slot stays out of the queue.
        due.and(moved)
    }
}
