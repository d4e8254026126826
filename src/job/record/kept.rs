//! The next slot while it is not in the queue: the job is paused, or a pass found its body running.

use super::{Record, Status};
use crate::{event::Removal, timestamp::Timestamp};

impl Record {
    /// The next slot, if it waits for the end of a run. A paused job has none.
    pub(crate) fn waiting(&self) -> Option<Timestamp> {
        self.extra.as_ref().filter(|_| self.status == Status::Scheduled)?.kept
    }

    /// The next slot, if it is kept out of the queue.
    pub(crate) fn kept(&self) -> Option<Timestamp> {
        self.extra.as_ref()?.kept
    }

    /// Keeps the next slot, which leaves the queue.
    pub(crate) fn keep(&mut self, due: Timestamp) {
        self.extra_mut().kept = Some(due);
    }

    /// Gives back a slot that was kept while the body was running. A paused job keeps it until it is resumed.
    pub(crate) fn take_waiting(&mut self) -> Option<Timestamp> {
        match self.status {
            Status::Scheduled => self.extra.as_mut()?.kept.take(),
            Status::Paused | Status::Gone => None,
        }
    }

    /// Pauses the job, `at` an instant. `due` is its slot in the queue, which is kept.
    pub(crate) fn pause(&mut self, due: Option<Timestamp>, at: Timestamp) {
        self.status = Status::Paused;
        self.extra_mut().paused_at = Some(at);
        self.drop_submitted();
        // Its last slot may have been claimed, and the claim withdrawn: `resume` finds no slot then, and ends the job.
        if !self.is_in_progress() && !self.has_no_runs_left() {
            self.ending = None;
        }
        // Without one, a slot that waits for the end of a run may be kept already.
        if due.is_some() {
            self.keep_opt(due);
        }
    }

    pub(super) fn keep_opt(&mut self, due: Option<Timestamp>) {
        self.extra_mut().kept = due;
    }

    /// Resumes the job; returns its next slot, the first after `now`. `None` if none is left.
    pub(crate) fn resume(&mut self, now: Timestamp) -> Option<Timestamp> {
        self.status = Status::Scheduled;
        self.note_resumed(now);
        if self.ending.is_some() {
            return None;
        }
        let (kept, off_grid) = match &mut self.extra {
            Some(extra) => (extra.kept.take(), extra.off_grid),
            // A slot would have been kept there.
            None => (None, None),
        };
        if kept.is_some_and(|kept| kept > now) {
            return kept;
        }
        if let Some(extra) = &mut self.extra {
            extra.off_grid = None;
        }
        let next = match off_grid {
            Some(off_grid) => off_grid.resumes_at,
            None => kept.ok_or(Removal::Finished),
        };
        let next = next.and_then(|next| self.timing.skip_to(next, now));
        self.found(next)
    }
}
