//! The history of a job, if its scheduler keeps one.

use std::collections::VecDeque;

use crate::{
    event::Skip,
    run::{Run, RunRecord},
    timestamp::Timestamp,
};

/// The last runs of a job, its last skips and its last pauses, as many of each as its scheduler keeps, in the order in
/// which they ended.
#[derive(Clone)]
pub(crate) struct Past {
    limit: usize,
    pub(crate) runs: VecDeque<Run>,
    pub(crate) skips: VecDeque<PastSkip>,
    /// From when to when.
    pub(crate) pauses: VecDeque<(Timestamp, Timestamp)>,
    /// When the job was registered.
    pub(crate) added_at: Timestamp,
    /// When it was given the schedule that it has.
    pub(crate) scheduled_at: Timestamp,
    /// The last slot that is forgotten, because others came after it.
    pub(crate) forgotten: Option<Timestamp>,
}

/// A slot that had no run.
#[derive(Clone, Copy)]
pub(crate) struct PastSkip {
    pub(crate) slot: Timestamp,
    pub(crate) at: Timestamp,
    pub(crate) why: Skip,
}

impl Past {
    /// The past of a job that is registered at `now`.
    pub(crate) fn new(limit: usize, now: Timestamp) -> Self {
        Past {
            limit,
            runs: VecDeque::new(),
            skips: VecDeque::new(),
            pauses: VecDeque::new(),
            added_at: now,
            scheduled_at: now,
            forgotten: None,
        }
    }

    /// Adds a run, and drops the oldest if there are too many then.
    pub(super) fn add_run(&mut self, run: Run) {
        if let Some(old) = push(&mut self.runs, run, self.limit) {
            self.forgotten = self.forgotten.max(Some(old.slot.into()));
        }
    }

    /// Adds a slot that had no run.
    pub(super) fn add_skip(&mut self, run: &RunRecord, why: Skip, at: Timestamp) {
        if let Some(old) = push(&mut self.skips, PastSkip { slot: run.slot, at, why }, self.limit) {
            self.forgotten = self.forgotten.max(Some(old.slot));
        }
    }

    /// Adds a pause that is over.
    pub(super) fn add_pause(&mut self, from: Timestamp, to: Timestamp) {
        if let Some((_, end)) = push(&mut self.pauses, (from, to), self.limit) {
            self.forgotten = self.forgotten.max(Some(end));
        }
    }

    /// The last `n` runs, latest first.
    pub(super) fn last(&self, n: usize) -> Vec<Run> {
        self.runs.iter().rev().take(n).cloned().collect()
    }
}

/// Adds to the end of a list. Returns its first entry if it has more than `limit` then.
fn push<T>(list: &mut VecDeque<T>, new: T, limit: usize) -> Option<T> {
    let old = if list.len() >= limit { list.pop_front() } else { None };
    list.push_back(new);
    old
}
