//! The runtimes in which async bodies run.

use std::sync::{Arc, OnceLock};

use parking_lot::Mutex;
use tokio::runtime::Handle;

use super::{
    guard::StateMut,
    registry::{Launch, Started},
    run_stack::InsideTask,
    Core,
};
use crate::{
    event::EventKind,
    id::JobId,
    job::{BoxedBody, Host, InTask, TaskHost},
    log_line::log_line,
    outcome::Outcome,
};

/// The highest number of async runs that begin under one lock. A loop in a task has as many in a batch.
const AT_ONCE: usize = 32;

/// Where async bodies may run. Looked up when a run starts and never earlier: a scheduler may outlive a runtime, as the
/// default scheduler outlives the runtime of each test.
#[derive(Default)]
pub(crate) struct Runtimes {
    /// That of the builder.
    chosen: OnceLock<Handle>,
    /// Those of the async loops that run now.
    driving: Mutex<Vec<(u64, Handle)>>,
}

/// An async loop of a scheduler, whose runtime is known for as long as this exists.
pub(crate) struct Driving {
    core: Arc<Core>,
    key: u64,
}

impl Runtimes {
    pub(super) fn choose(&self, runtime: Handle) {
        // Cannot fail: the scheduler is new.
        let _ = self.chosen.set(runtime);
    }

    /// The runtime for a run that starts in this thread: that of the builder, else the one that the thread is in, which
    /// is that of an async loop if one polls, else that of an async loop that runs elsewhere.
    fn find(&self) -> Option<Handle> {
        let chosen = || self.chosen.get().cloned();
        let driving = || self.driving.lock().last().map(|(_, runtime)| runtime.clone());
        chosen().or_else(|| Handle::try_current().ok()).or_else(driving)
    }
}

impl Core {
    /// Notes that an async loop runs in a runtime.
    pub(crate) fn drive_in(self: &Arc<Self>, runtime: Handle) -> Driving {
        let mut driving = self.runtimes().driving.lock();
        let key = driving.last().map_or(0, |(key, _)| key + 1);
        driving.push((key, runtime));
        drop(driving);
        Driving { core: Arc::clone(self), key }
    }

    /// Starts a run whose body is async, and those that come next in the pass, as long as they are async: they begin
    /// under one lock, since no body is called in between. Returns the lock, and the number of runs after the first.
    #[inline(never)]
    pub(super) fn spawn_next<'a>(
        self: &'a Arc<Self>,
        mut state: StateMut<'a>,
        first: Started,
        pass: u64,
        keep_going: &dyn Fn() -> bool,
    ) -> (StateMut<'a>, usize) {
        let mut runs = Vec::with_capacity(AT_ONCE);
        runs.push(first);
        let mut other = None;
        while other.is_none() && runs.len() < AT_ONCE && keep_going() {
            let now = state.timekeeper.now();
            match state.registry.begin_next::<true>(pass, now) {
                Some(Launch::Spawn(run)) => runs.push(run),
                None => break,
                launch => other = launch,
            }
        }
        let others = runs.len() - 1;
        let state = self.spawn_all(state, runs);
        match other {
            Some(launch) => {
                let (state, is_begun) = self.carry_out(state, launch);
                (state, others + usize::from(is_begun))
            }
            None => (state, others),
        }
    }

    /// Starts runs that have begun, and whose bodies are async, in tasks. Returns the lock.
    pub(super) fn spawn_all<'a>(self: &'a Arc<Self>, mut state: StateMut<'a>, mut runs: Vec<Started>) -> StateMut<'a> {
        let Some(runtime) = self.runtimes().find() else {
            // Called in this thread, such a body reports that there is no runtime.
            return runs.into_iter().fold(state, |state, run| self.run(state, run));
        };
        for run in &mut runs {
            state.registry.add_task(run);
        }
        for run in runs.iter().filter(|run| run.flags.is_watched()) {
            self.watch(&mut state, run);
        }
        if !self.listeners().is_empty() {
            for run in &runs {
                self.emit(&mut state, Some(&run.label), Some(run.run.data(run.label.id)), EventKind::Started);
            }
        }
        drop(state);
        if runs.iter().any(|run| run.flags.is_watched()) {
            self.bell().ring();
        }
        self.deliver();
        let mut spawned = Vec::with_capacity(runs.len());
        for mut run in runs {
            self.observe_begin(&mut run);
            log_line!(Debug, "running {}", run.label.name());
            let place = run.place();
            let Started { body, label, run, run_count, is_counted, flags, span, task, .. } = run;
            let in_task = InTask { place, label, run, run_count, is_counted, flags, span, task };
            // A runtime that was shut down drops the task at once, which ends the run.
            let handle = body.spawn(&runtime, Arc::clone(self) as Arc<dyn TaskHost>, in_task);
            spawned.extend(handle.map(|handle| (task, run, handle)));
        }
        // Before the lock is taken: it may be the last handle, which drops what the runtime was built with.
        drop(runtime);
        let mut state = self.enter_now();
        // Its time was over before its task was known.
        for (_, _, handle) in spawned.iter().filter(|(_, run, _)| self.cancelled().is_dropped(run)) {
            handle.abort();
        }
        let set = |(task, run, handle)| state.registry.set_task(task, &run, handle);
        let ended: Vec<_> = spawned.into_iter().filter_map(set).collect();
        if ended.is_empty() {
            return state;
        }
        // They may be the last owners of their tasks.
        drop(state);
        drop(ended);
        self.enter_now()
    }
}

impl TaskHost for Core {
    fn host(&self) -> &dyn Host {
        self
    }

    fn poll_inside(&self, job: JobId, poll: &mut dyn FnMut()) {
        let _inside = InsideTask::enter(self, job);
        poll();
    }

    fn end_task(&self, run: InTask, body: BoxedBody, outcome: Outcome) {
        let InTask { place, label, run, run_count, is_counted, flags, span, task } = run;
        let run = Started { row: place.row, body, label, run, run_count, is_counted, flags, span, task };
        drop(self.end(run, outcome, false));
    }
}

impl Drop for Driving {
    fn drop(&mut self) {
        let mut driving = self.core.runtimes().driving.lock();
        let place = driving.iter().position(|(key, _)| *key == self.key);
        let runtime = place.map(|place| driving.remove(place));
        drop(driving);
        drop(runtime);
    }
}
