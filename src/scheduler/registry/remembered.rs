//! What is remembered of jobs, for their history and for explanations.

use super::{Registry, Removed, Skipped};
use crate::{
    job::Place,
    run::{Run, RunRecord},
    timestamp::Timestamp,
};

impl Registry {
    /// Begins to remember what happens to a job, which is registered at `now`.
    #[cold]
    pub(in crate::scheduler) fn remember_added(&mut self, place: Place, limit: usize, now: Timestamp) {
        if let Some(record) = self.record_mut(place) {
            record.remember_added(limit, now);
        }
    }

    /// Takes note that a job has another schedule from `now` on.
    pub(in crate::scheduler) fn remember_schedule(&mut self, place: Place, now: Timestamp) {
        if let Some(record) = self.record_mut(place) {
            record.remember_schedule(now);
        }
    }

    /// Keeps a run that ends now, for the history of its job.
    pub(in crate::scheduler) fn remember_run(&mut self, place: Place, run: Run) {
        if let Some(record) = self.record_mut(place) {
            record.remember_run(run);
        }
    }

    /// Keeps a slot that is skipped at `now`.
    pub(in crate::scheduler) fn remember_skip(&mut self, skipped: &Skipped, now: Timestamp) {
        let place = Place { id: skipped.label.id, row: skipped.row };
        if let Some(record) = self.record_mut(place) {
            record.remember_skip(&skipped.run, skipped.why, now);
        }
    }

    /// Whether a job that was removed has handles, which may ask why.
    pub(in crate::scheduler) fn is_held(&self, removed: &Removed) -> bool {
        self.record(removed.place).is_some_and(|record| record.handles > 0)
    }

    /// Takes note of why a job was removed, for its handles.
    pub(in crate::scheduler) fn note_removed(&mut self, removed: &Removed, now: Timestamp) {
        if let Some(record) = self.record_mut(removed.place) {
            record.note_removed(removed.why, now);
        }
    }

    /// Takes note that a run does not wait for a worker any more.
    pub(super) fn forget_submitted(&mut self, place: Place, run: &RunRecord) -> bool {
        self.record_mut(place).is_some_and(|record| record.remove_submitted(run))
    }

    /// The slot of a job that a pass has claimed and not begun.
    pub(crate) fn claimed(&self, place: Place) -> Option<Timestamp> {
        let ticket = self.record(place)?.ticket()?;
        self.claims.slot(ticket)
    }
}
