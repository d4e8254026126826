//! The runs of a job whose attempts are watched: they have a time limit, or are tried again.

use std::time::Duration;

use super::windows::Windows;
use crate::{id::RunId, outcome::Outcome, run::RunRecord, timestamp::Timestamp};

/// A run that has not ended, of a job with a time limit or retries.
#[derive(Clone, Debug)]
pub(crate) struct WatchedRun {
    /// The attempt in progress, or the next one.
    pub(crate) run: RunRecord,
    pub(crate) run_count: u64,
    /// Whether its record counts it, as a run of a parallel job.
    pub(crate) is_counted: bool,
    /// When the first attempt began, by the monotonic clock.
    pub(crate) begun: Duration,
    /// The windows of its slot, which each attempt obeys.
    pub(crate) windows: Windows,
    /// The last instant at which another attempt may begin.
    pub(crate) latest: Option<Timestamp>,
    /// The outcome of the last attempt that has ended, if there is one.
    pub(crate) failure: Option<Outcome>,
    pub(crate) phase: Phase,
    /// The task that it is in.
    #[cfg(feature = "tokio")]
    pub(crate) task: super::TaskId,
}

impl WatchedRun {
    /// Whether the next attempt must not begin at `now`, for a job with this `until`.
    pub(crate) fn is_too_late(&self, now: Timestamp, until: Option<Timestamp>) -> bool {
        until.into_iter().chain(self.latest).any(|last| now > last) || self.windows.exclude(now)
    }
}

/// Where a watched run is.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Phase {
    /// An attempt is in progress.
    Running {
        /// When it began, by the monotonic clock.
        since: Duration,
        /// When it is to be ended.
        deadline: Option<Timestamp>,
        /// Whether its time is over, and its process was terminated.
        is_over: bool,
    },
    /// The outcome of an attempt is known, and its hooks are called.
    Ending,
    /// An attempt has failed, and the next one begins then.
    Waiting { until: Timestamp },
    /// The next attempt is due.
    Due,
    /// The next attempt waits for a worker, or for its hooks.
    Submitted,
}

/// The watched runs of one job.
#[derive(Clone, Debug, Default)]
pub(crate) struct Attempts {
    runs: Vec<WatchedRun>,
    /// The attempts that were ended by their time limit, and whose bodies have not returned.
    pub(crate) strays: Vec<RunRecord>,
}

impl Attempts {
    pub(crate) fn is_empty(&self) -> bool {
        self.runs.is_empty()
    }

    pub(crate) fn add(&mut self, run: WatchedRun) {
        self.runs.push(run);
    }

    pub(crate) fn find(&mut self, id: RunId) -> Option<&mut WatchedRun> {
        self.runs.iter_mut().find(|watched| watched.run.id == id)
    }

    #[cfg(feature = "command")]
    pub(crate) fn get(&self, id: RunId) -> Option<&WatchedRun> {
        self.runs.iter().find(|watched| watched.run.id == id)
    }

    /// The run for a slot.
    pub(crate) fn of_slot(&self, slot: Timestamp) -> Option<&WatchedRun> {
        self.runs.iter().find(|watched| watched.run.slot == slot)
    }

    /// The first run that has its place in the job.
    pub(crate) fn first(&self) -> Option<&WatchedRun> {
        self.runs.first()
    }

    /// Takes note that the body of an attempt has returned which was ended by its time limit.
    pub(crate) fn remove_stray(&mut self, run: &RunRecord) {
        self.strays.retain(|stray| (stray.id, stray.attempt) != (run.id, run.attempt));
    }

    pub(crate) fn remove(&mut self, id: RunId) -> Option<WatchedRun> {
        let place = self.runs.iter().position(|watched| watched.run.id == id)?;
        Some(self.runs.remove(place))
    }

    /// The first run whose next attempt is due.
    pub(crate) fn due(&mut self) -> Option<&mut WatchedRun> {
        self.runs.iter_mut().find(|watched| matches!(watched.phase, Phase::Due))
    }

    /// The slot of that run.
    pub(crate) fn due_slot(&self) -> Option<Timestamp> {
        self.runs.iter().find(|watched| matches!(watched.phase, Phase::Due)).map(|watched| watched.run.slot)
    }

    /// Takes out the runs without an attempt in progress.
    pub(crate) fn take_waiting(&mut self) -> Vec<WatchedRun> {
        let (running, waiting) = std::mem::take(&mut self.runs)
            .into_iter()
            .partition(|watched| matches!(watched.phase, Phase::Running { .. } | Phase::Ending));
        self.runs = running;
        waiting
    }

    /// Follows the wall clock, which was set back by `nanos`: what is left of each length stays.
    pub(crate) fn set_back(&mut self, nanos: i128) {
        for watched in &mut self.runs {
            watched.latest = watched.latest.map(|latest| latest.after(-nanos));
            match &mut watched.phase {
                Phase::Running { deadline: Some(at), .. } | Phase::Waiting { until: at } => *at = at.after(-nanos),
                Phase::Running { .. } | Phase::Ending | Phase::Due | Phase::Submitted => {}
            }
        }
    }
}
