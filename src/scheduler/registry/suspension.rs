//! Times at which nothing is due: the scheduler is paused, or shutting down.

use super::{runs::Unbegun, Registry, Removed, Skipped};
use crate::{
    event::Skip,
    id::{JobId, RunId},
    job::{Place, Record},
    run::RunRecord,
    scheduler::shutdown::Unfinished,
    timestamp::Timestamp,
};

/// Why nothing is due, if that is so: the lowest bit is set while the scheduler is paused, the others count the
/// shutdowns in progress. One number, because each release of the lock looks at it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Suspension(u32);

impl Suspension {
    const PAUSED: u32 = 1;
    const SHUTDOWN: u32 = 2;

    /// Whether slots are due as usual.
    #[inline]
    pub(super) fn is_none(self) -> bool {
        self.0 == 0
    }

    pub(super) fn is_pause(self) -> bool {
        self.0 & Self::PAUSED != 0
    }
}

impl Registry {
    /// Pauses the scheduler: nothing is due until it is resumed. `false` if it is paused already. O(1).
    ///
    /// Claims are kept, so that jobs whose last slot is claimed stay until [`resume_all`](Self::resume_all) looks at
    /// them. No pass begins them.
    pub(in crate::scheduler) fn pause_all(&mut self, now: Timestamp) -> bool {
        let is_new = !self.is_paused();
        if is_new {
            self.paused_at = now;
        }
        self.suspension.0 |= Suspension::PAUSED;
        self.claims.defer();
        is_new
    }

    /// Resumes the scheduler: each job continues at its next slot after `now`. Returns the jobs that have none; `None`
    /// if the scheduler is not paused. O(n).
    pub(in crate::scheduler) fn resume_all(&mut self, now: Timestamp) -> Option<Vec<Removed>> {
        if !self.is_paused() {
            return None;
        }
        self.suspension.0 &= !Suspension::PAUSED;
        let mut over = Vec::new();
        self.records.iter_mut().flatten().for_each(Record::drop_submitted);
        for place in self.all() {
            let is_claimed = self.record(place).is_some_and(|record| record.ticket().is_some() || record.has_backlog());
            // A job that is paused itself has neither.
            if is_claimed || self.due(place).is_some_and(|due| due <= now) {
                // As if it alone had been paused.
                self.pause(place, self.paused_at);
                over.extend(self.resume(place, now).and_then(|(_, removed)| removed));
            }
            self.claim_waiting(place);
        }
        Some(over)
    }

    /// Whether nothing is due.
    pub(in crate::scheduler) fn is_suspended(&self) -> bool {
        !self.suspension.is_none()
    }

    /// Whether the scheduler is paused.
    pub(crate) fn is_paused(&self) -> bool {
        self.suspension.is_pause()
    }

    /// When the scheduler was paused, if it is.
    pub(crate) fn paused_at(&self) -> Option<Timestamp> {
        self.is_paused().then_some(self.paused_at)
    }

    /// The next slot of a job, as users see it: `None` while nothing is due.
    pub(crate) fn next_of(&self, place: Place) -> Option<Timestamp> {
        if self.suspension.is_none() {
            self.due(place)
        } else {
            None
        }
    }

    /// Ends the passes in progress: what they have claimed is left to the next one. Returns the last run that was made.
    pub(in crate::scheduler) fn end_passes(&mut self) -> RunId {
        self.claims.defer();
        RunId(self.runs)
    }

    /// Begins a shutdown that waits: nothing is due until it [ends](Self::end_wait). `inside` is the number of runs that
    /// its thread is inside of.
    pub(in crate::scheduler) fn begin_wait(&mut self, inside: u64) {
        self.suspension.0 += Suspension::SHUTDOWN;
        self.waiting += inside;
    }

    pub(in crate::scheduler) fn end_wait(&mut self, inside: u64) {
        self.suspension.0 -= Suspension::SHUTDOWN;
        self.waiting -= inside;
    }

    /// Whether a shutdown whose thread is inside of some runs need not wait for others any more.
    pub(in crate::scheduler) fn is_over(&self, inside: u64) -> bool {
        self.is_quiet_in_threads_but_for(if inside == 0 { 0 } else { self.waiting })
    }

    /// [`is_over`](Self::is_over), with all runs that are tasks.
    #[cfg(feature = "tokio")]
    pub(in crate::scheduler) fn is_quiet_inside(&self, inside: u64) -> bool {
        self.is_quiet_but_for(if inside == 0 { 0 } else { self.waiting })
    }

    /// Whether no more than `n` runs are in progress in threads. Those that are tasks of a runtime are not waited for:
    /// the thread that waits may be the one that runs them.
    pub(in crate::scheduler) fn is_quiet_in_threads_but_for(&self, n: u64) -> bool {
        #[cfg(feature = "tokio")]
        let tasks = self.tasks.count();
        #[cfg(not(feature = "tokio"))]
        let tasks = 0;
        self.in_progress.saturating_sub(tasks) <= n
    }

    /// Ends a submitted run that no worker will begin.
    pub(in crate::scheduler) fn drop_submitted(&mut self, place: Place, run: RunRecord) -> Unbegun {
        if run.attempt > 1 {
            self.drop_submitted_attempt(place, &run);
            return Unbegun::default();
        }
        self.forget_submitted(place, &run);
        let record = self.record(place).filter(|record| record.is_registered() && !record.is_paused());
        let (label, why) = (record.map(|record| record.label()), Skip::Shutdown);
        let skipped = label.map(|label| Skipped { row: place.row, label, run, why });
        Unbegun { skipped, ended: None, removed: self.end_unbegun(place, true) }
    }

    /// The jobs that are running, apart from the runs that `inside` counts. O(n).
    pub(in crate::scheduler) fn unfinished(&self, inside: impl Fn(JobId) -> u64) -> Vec<Unfinished> {
        if self.in_progress == 0 {
            return Vec::new();
        }
        let running = self.records.iter().flatten().map(|record| (record, record.runs_in_progress()));
        let others = running.map(|(record, runs)| match runs {
            0 => (record, 0),
            runs => (record, runs.saturating_sub(inside(record.id))),
        });
        let unfinished = others.filter(|(_, runs)| *runs > 0).map(|(record, runs)| Unfinished {
            job: record.id,
            name: record.label().name().to_owned(),
            key: record.key().map(|key| key.to_string()),
            runs,
            last_started: record.last_run().map(Timestamp::datetime),
        });
        let mut unfinished: Vec<Unfinished> = unfinished.collect();
        unfinished.sort_unstable_by_key(|unfinished| unfinished.job);
        unfinished
    }
}
