//! The tasks of async bodies, to drop them when their time is over.

use parking_lot::Mutex;
use tokio::task::AbortHandle;

use crate::{id::RunId, run::RunRecord};

/// A task of a run. The handle is known once it is spawned, and it may have ended by then.
struct RunTask {
    run: RunId,
    attempt: u32,
    handle: Option<AbortHandle>,
}

/// The tasks in progress, in a table whose rows are used again.
#[derive(Default)]
pub(crate) struct Tasks(Mutex<Table>);

#[derive(Default)]
struct Table {
    rows: Vec<Option<RunTask>>,
    free: Vec<u32>,
}

impl Tasks {
    /// Gives each of the runs a row, before their tasks are spawned.
    pub(super) fn reserve<'a>(&self, runs: impl Iterator<Item = &'a RunRecord>) -> Vec<u32> {
        let mut table = self.0.lock();
        let reserve = |run: &RunRecord| {
            let task = Some(RunTask { run: run.id, attempt: run.attempt, handle: None });
            match table.free.pop() {
                Some(row) => {
                    table.rows[row as usize] = task;
                    row
                }
                None => {
                    table.rows.push(task);
                    (table.rows.len() - 1) as u32
                }
            }
        };
        runs.map(reserve).collect()
    }

    /// Notes the handles of tasks that were spawned.
    pub(super) fn fill(&self, spawned: Vec<(u32, RunRecord, AbortHandle)>) {
        let mut late = Vec::new();
        let mut table = self.0.lock();
        for (row, run, handle) in spawned {
            match table.rows.get_mut(row as usize) {
                Some(Some(task)) if (task.run, task.attempt) == (run.id, run.attempt) => task.handle = Some(handle),
                // It has ended. A handle may be the last owner of the task, so it is dropped without the lock.
                _ => late.push(handle),
            }
        }
        drop(table);
    }

    /// Forgets a task that ends.
    pub(super) fn release(&self, row: u32) {
        let mut table = self.0.lock();
        let task = table.rows.get_mut(row as usize).and_then(Option::take);
        table.free.push(row);
        drop(table);
        drop(task);
    }

    /// Drops the task of an attempt at its next `await`.
    pub(super) fn abort(&self, run: &RunRecord) {
        let handle = {
            let table = self.0.lock();
            let is_it = |task: &&RunTask| (task.run, task.attempt) == (run.id, run.attempt);
            table.rows.iter().flatten().find(is_it).and_then(|task| task.handle.clone())
        };
        handle.into_iter().for_each(|handle| handle.abort());
    }

    /// Drops the tasks of all runs up to `last`.
    pub(super) fn abort_up_to(&self, last: RunId) {
        let handles: Vec<AbortHandle> = {
            let table = self.0.lock();
            let old = table.rows.iter().flatten().filter(|task| task.run <= last);
            old.filter_map(|task| task.handle.clone()).collect()
        };
        handles.into_iter().for_each(|handle| handle.abort());
    }
}
