//! What is known of the past of a job, and of what waits.

use super::Record;
use crate::{
    event::{Removal, Skip},
    job::Past,
    run::{Run, RunRecord},
    timestamp::Timestamp,
};

impl Record {
    /// Begins to remember what happens, because the scheduler keeps `limit` runs, and the job is registered at `now`.
    #[cold]
    pub(crate) fn remember_added(&mut self, limit: usize, now: Timestamp) {
        self.extra_mut().past = Some(Box::new(Past::new(limit, now)));
    }

    /// What is remembered; `None` if the scheduler keeps no history.
    pub(crate) fn past(&self) -> Option<&Past> {
        self.extra.as_ref()?.past.as_deref()
    }

    fn past_mut(&mut self) -> Option<&mut Past> {
        self.extra.as_mut()?.past.as_deref_mut()
    }

    /// Keeps a run that is over.
    #[cold]
    pub(crate) fn remember_run(&mut self, run: Run) {
        if let Some(past) = self.past_mut() {
            past.add_run(run);
        }
    }

    /// Keeps a slot that was skipped `at` an instant.
    #[cold]
    pub(crate) fn remember_skip(&mut self, run: &RunRecord, why: Skip, at: Timestamp) {
        if let Some(past) = self.past_mut() {
            past.add_skip(run, why, at);
        }
    }

    /// Takes note that the job has another schedule from `now` on.
    #[cold]
    pub(crate) fn remember_schedule(&mut self, now: Timestamp) {
        if let Some(past) = self.past_mut() {
            past.scheduled_at = now;
        }
    }

    /// The last `n` runs that are kept, last first.
    pub(crate) fn history(&self, n: usize) -> Vec<Run> {
        self.past().map_or_else(Vec::new, |past| past.last(n))
    }

    /// Takes note of the end of a pause.
    pub(super) fn note_resumed(&mut self, now: Timestamp) {
        let Some(extra) = &mut self.extra else { return };
        if let (Some(at), Some(past)) = (extra.paused_at.take(), &mut extra.past) {
            past.add_pause(at, now);
        }
    }

    /// When the job was paused, while it is.
    pub(crate) fn paused_at(&self) -> Option<Timestamp> {
        self.extra.as_ref()?.paused_at
    }

    /// Takes note of a removal.
    pub(crate) fn note_removed(&mut self, why: Removal, at: Timestamp) {
        self.extra_mut().removed = Some((why, at));
    }

    /// Why and when the job was removed.
    pub(crate) fn removed(&self) -> Option<(Removal, Timestamp)> {
        self.extra.as_ref()?.removed
    }

    /// Takes note of a run that waits for a worker.
    pub(crate) fn add_submitted(&mut self, run: RunRecord) {
        self.extra_mut().submitted.push_back(run);
    }

    /// Notes that a run waits no more. Returns `false` if a pause has dropped it. Runs begin in the order in which they were
    /// submitted, so it is one of the first.
    pub(crate) fn remove_submitted(&mut self, run: &RunRecord) -> bool {
        let Some(extra) = &mut self.extra else { return false };
        let place = extra.submitted.iter().position(|submitted| submitted.id == run.id);
        place.is_some_and(|place| extra.submitted.remove(place).is_some())
    }

    /// Drops the runs that wait for a worker: each ends when a worker takes it. Those whose hooks are called stay.
    pub(crate) fn drop_submitted(&mut self) {
        if let Some(extra) = &mut self.extra {
            extra.submitted.retain(|run| run.started_at != Timestamp::NEVER);
        }
    }

    /// Notes that the hooks of a run that has waited are called.
    pub(crate) fn note_hooks(&mut self, run: &RunRecord, now: Timestamp) {
        let mut submitted = self.extra.iter_mut().flat_map(|extra| &mut extra.submitted);
        if let Some(submitted) = submitted.find(|submitted| submitted.id == run.id) {
            submitted.started_at = now;
        }
    }

    /// The runs that wait for a worker.
    pub(crate) fn submitted(&self) -> impl Iterator<Item = &RunRecord> {
        self.extra.iter().flat_map(|extra| &extra.submitted)
    }
}
