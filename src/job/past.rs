//! The runs of a job that are over.

use std::collections::VecDeque;

use crate::run::Run;

/// The last runs of a job, as many as its scheduler keeps, in the order in which they ended.
#[derive(Clone, Default)]
pub(super) struct Past {
    runs: VecDeque<Run>,
}

impl Past {
    /// Adds a run, and drops the oldest if there are more than `limit` then.
    pub(super) fn add(&mut self, run: Run, limit: usize) {
        if self.runs.len() >= limit {
            self.runs.pop_front();
        }
        self.runs.push_back(run);
    }

    /// The last `n` runs, last first.
    pub(super) fn last(&self, n: usize) -> Vec<Run> {
        self.runs.iter().rev().take(n).cloned().collect()
    }
}
