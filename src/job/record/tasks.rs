//! The tasks of the runs of an async job, to drop them when their time is over.

use tokio::task::AbortHandle;

use super::Record;
use crate::{id::RunId, run::RunRecord};

/// The attempts of one job that are in tasks, in the order of runs and attempts. A handle is known once its task is
/// spawned, and the attempt may have ended by then.
pub(super) type Tasks = Vec<((RunId, u32), Option<AbortHandle>)>;

fn key(run: &RunRecord) -> (RunId, u32) {
    (run.id, run.attempt)
}

fn find(tasks: &Tasks, run: &RunRecord) -> Result<usize, usize> {
    tasks.binary_search_by_key(&key(run), |(key, _)| *key)
}

impl Record {
    /// Notes an attempt that is about to be spawned.
    pub(crate) fn add_task(&mut self, run: &RunRecord) {
        let tasks = &mut self.extra_mut().tasks;
        if let Err(place) = find(tasks, run) {
            tasks.insert(place, (key(run), None));
        }
    }

    /// Notes the task of an attempt. Returns the handle if it has ended.
    pub(crate) fn set_task(&mut self, run: &RunRecord, handle: AbortHandle) -> Option<AbortHandle> {
        let tasks = &mut self.extra_mut().tasks;
        match find(tasks, run) {
            Ok(place) => tasks[place].1.replace(handle),
            Err(_) => Some(handle),
        }
    }

    /// Forgets the task of an attempt that ends. That drops no last handle: its runtime is polling the task, or
    /// dropping it.
    pub(crate) fn remove_task(&mut self, run: &RunRecord) {
        if let Some(extra) = &mut self.extra {
            if let Ok(place) = find(&extra.tasks, run) {
                extra.tasks.remove(place);
            }
        }
    }

    /// The task of an attempt.
    pub(crate) fn task(&self, run: &RunRecord) -> Option<AbortHandle> {
        let tasks = &self.extra.as_ref()?.tasks;
        tasks[find(tasks, run).ok()?].1.clone()
    }

    /// The tasks of all runs up to `last`.
    pub(crate) fn tasks_up_to(&self, last: RunId) -> impl Iterator<Item = AbortHandle> + '_ {
        let tasks = self.extra.iter().flat_map(|extra| &extra.tasks);
        tasks.take_while(move |((run, _), _)| *run <= last).filter_map(|(_, handle)| handle.clone())
    }
}
