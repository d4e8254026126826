//! The tasks of async runs, to drop them when their time is over.

use tokio::task::{AbortHandle, JoinHandle};

use super::{runs::Started, Registry};
use crate::{id::RunId, job::TaskId, run::RunRecord};

/// The attempts that are in tasks. A handle is known once its task is spawned, and the attempt may have ended by then:
/// so each place remembers whose it is.
#[derive(Default)]
pub(super) struct Tasks {
    places: Vec<Option<Task>>,
    free: Vec<u32>,
}

struct Task {
    run: RunId,
    attempt: u32,
    handle: Option<JoinHandle<()>>,
}

impl Tasks {
    fn add(&mut self, run: &RunRecord) -> TaskId {
        let task = Some(Task { run: run.id, attempt: run.attempt, handle: None });
        match self.free.pop() {
            Some(free) => {
                self.places[free as usize] = task;
                TaskId::new(free)
            }
            None => {
                self.places.push(task);
                TaskId::new(self.places.len() as u32 - 1)
            }
        }
    }

    fn find(&mut self, task: TaskId, run: &RunRecord) -> Option<&mut Task> {
        let task = self.places.get_mut(task.place()?)?.as_mut();
        task.filter(|task| task.run == run.id && task.attempt == run.attempt)
    }

    /// The number of attempts in tasks.
    pub(super) fn count(&self) -> u64 {
        (self.places.len() - self.free.len()) as u64
    }

    /// The task of an attempt.
    pub(super) fn handle(&mut self, task: TaskId, run: &RunRecord) -> Option<AbortHandle> {
        self.find(task, run)?.handle.as_ref().map(JoinHandle::abort_handle)
    }
}

impl Registry {
    /// Notes a run that is about to be spawned.
    pub(in crate::scheduler) fn add_task(&mut self, started: &mut Started) {
        started.task = self.tasks.add(&started.run);
    }

    /// Notes the task of a run. Returns it if the run has ended, to be dropped without the lock.
    pub(in crate::scheduler) fn set_task(
        &mut self,
        task: TaskId,
        run: &RunRecord,
        handle: JoinHandle<()>,
    ) -> Option<JoinHandle<()>> {
        match self.tasks.find(task, run) {
            Some(task) => task.handle.replace(handle),
            None => Some(handle),
        }
    }

    /// Forgets the task of an attempt that ends. That drops no last handle: its runtime is polling the task, or dropping
    /// it.
    pub(in crate::scheduler) fn remove_task(&mut self, task: TaskId) {
        let place = task.place().filter(|place| self.tasks.places.get_mut(*place).and_then(Option::take).is_some());
        self.tasks.free.extend(place.map(|place| place as u32));
    }

    /// The tasks of all runs up to `last`. O(n) for n tasks.
    pub(in crate::scheduler) fn tasks_up_to(&self, last: RunId) -> Vec<AbortHandle> {
        let tasks = self.tasks.places.iter().flatten().filter(|task| task.run <= last);
        tasks.filter_map(|task| task.handle.as_ref().map(JoinHandle::abort_handle)).collect()
    }
}
