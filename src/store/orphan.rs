//! Runs whose process has died.

use super::{BadRow, Claim, JobRow, Peer, RunRow, Token};

/// A run in progress whose process has died or left: it has no heartbeat.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Orphan {
    /// The run.
    pub run: RunRow,
    /// Its job; `None` if the job was removed meanwhile.
    pub job: Option<JobRow>,
}

/// What becomes of an orphan.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Its job cannot be read: the run is not changed, and is reported with this reason.
    Leave(String),
    /// It has ended, as lost: the job has one failure more.
    Lose {
        /// How it ended, as text.
        outcome: String,
        /// The number of runs that the history of the job keeps.
        keep: u32,
    },
    /// It is the claimant's from now on, as another attempt with this token. Without its job it is lost.
    Rerun(Token),
}

/// What [`reap`](super::Store::reap) did.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Reaped {
    /// The processes that were found to be dead, and whose heartbeats this call removed.
    pub dead: Vec<Peer>,
    /// The runs that are the claimant's now, with their jobs.
    pub claims: Vec<Claim>,
    /// The runs that are lost.
    pub lost: Vec<Orphan>,
    /// The jobs of orphans that were not changed, because they cannot be read.
    pub bad: Vec<BadRow>,
    /// Whether the limit was reached, so that there may be more.
    pub more: bool,
}
