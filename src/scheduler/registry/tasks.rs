//! The tasks of async runs.

use tokio::task::AbortHandle;

use super::{runs::Started, Registry};
use crate::{
    id::RunId,
    job::{Place, Record},
    run::RunRecord,
};

impl Registry {
    /// Notes a run that is about to be spawned.
    pub(in crate::scheduler) fn add_task(&mut self, started: &Started) {
        if let Some(record) = self.record_mut(started.place()) {
            record.add_task(&started.run);
        }
    }

    /// Notes the tasks of runs. Returns those that have ended, to be dropped without the lock.
    pub(in crate::scheduler) fn set_tasks(
        &mut self,
        spawned: Vec<(Place, RunRecord, AbortHandle)>,
    ) -> Vec<AbortHandle> {
        let mut ended = Vec::new();
        for (place, run, handle) in spawned {
            match self.record_mut(place) {
                Some(record) => ended.extend(record.set_task(&run, handle)),
                None => ended.push(handle),
            }
        }
        ended
    }

    /// The tasks of all runs up to `last`. O(n) for n jobs.
    pub(in crate::scheduler) fn tasks_up_to(&self, last: RunId) -> Vec<AbortHandle> {
        self.records.iter().flatten().flat_map(|record: &Record| record.tasks_up_to(last)).collect()
    }
}
