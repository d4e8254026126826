//! Runs with hooks, as far as the registry knows of them.

use std::sync::Arc;

use super::{attempts::Ended, Registry};
use crate::{
    job::{Hook, Place},
    run::RunRecord,
    timestamp::Timestamp,
};

impl Registry {
    /// The hooks of a job, and the number that a run of it has.
    pub(in crate::scheduler) fn hooks_of(
        &mut self,
        place: Place,
        run: &RunRecord,
        now: Timestamp,
    ) -> (Option<Arc<Vec<Hook>>>, u64) {
        let Some(record) = self.record_mut(place) else { return (None, 0) };
        record.note_hooks(run, now);
        let hooks = record.hooks().cloned();
        let watched = record.attempts_mut().and_then(|attempts| attempts.find(run.id)).map(|watched| watched.run_count);
        (hooks, watched.unwrap_or(record.run_count() + 1))
    }

    /// Whether the next attempt of a job has hooks.
    pub(in crate::scheduler) fn has_hooks(&self, place: Place) -> bool {
        self.is_hooked || self.record(place).is_some_and(|record| record.hooks().is_some())
    }

    /// Ends a run that has its place, and whose attempt a hook has vetoed. Its job may be over then. Returns the attempt
    /// that has failed before, if there is one.
    pub(in crate::scheduler) fn end_vetoed(
        &mut self,
        place: Place,
        run: &RunRecord,
        is_counted: bool,
    ) -> Option<Ended> {
        self.in_progress -= 1;
        if run.attempt > 1 {
            return self.end_failed(place, run);
        }
        let record = self.record_mut(place)?;
        record.remove_submitted(run);
        record.end_instance(is_counted);
        None
    }
}
