//! What a store keeps, as plain data.

use super::{fields::fields, Claimant, HolderId, Micros, NewRun, StoreError, Token};

/// A stored job: the row that a store has of it.
///
/// A store keeps the texts as they are, and reads none of them. Its fields are all public, and the structure is not
/// `non_exhaustive`: a new field is a new column, of which a store should learn when it is compiled.
///
/// With a data format it is a map. Fields that are missing have their default, and unknown ones are ignored, so that
/// programs of several versions can share a store.
///
/// ```
/// use punctual::store::{JobRow, Micros};
/// let row = JobRow { key: "report".to_owned(), task: "send".to_owned(), next: Some(Micros(0)), ..JobRow::default() };
/// let text = serde_json::to_string(&row).unwrap();
/// assert!(text.starts_with(r#"{"key":"report","name":null,"tags":[],"task":"send","#), "{text}");
/// assert_eq!(serde_json::from_str::<JobRow>(&text).unwrap(), row);
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct JobRow {
    /// The identity of the job: at most 200 bytes, compared byte by byte.
    pub key: String,
    /// The name, if it has one.
    pub name: Option<String>,
    /// The tags, in the order in which they were given.
    pub tags: Vec<String>,
    /// The name of the task that runs.
    pub task: String,
    /// The arguments of the task, as JSON.
    pub args: String,
    /// The schedule, as text. A person may change it.
    pub schedule: String,
    /// The schedule that a program declared last. A declaration is compared with this one, so a schedule that was
    /// changed since stays.
    pub declared: String,
    /// What the sentence says about late, failed and overlapping runs, as text.
    pub policies: String,
    /// Lower is claimed first among jobs that are due at the same instant.
    pub priority: i32,
    /// Where the job is on its grid, as text.
    pub cursor: String,
    /// The next slot; `None` if the job is paused, or has no further slot.
    pub next: Option<Micros>,
    /// Whether the job is paused.
    pub paused: bool,
    /// Whether the row is removed when the last of its runs has ended. Then it has no next slot.
    pub over: bool,
    /// The number of runs so far; those in progress count, repetitions after a crash do not.
    pub runs: i64,
    /// The number of runs that failed or were lost.
    pub failures: i64,
    /// The number of runs in progress. A store may count them when it is asked.
    pub running: i64,
    /// When the last run that ended had begun.
    pub last_run: Option<Micros>,
    /// How it ended, as text.
    pub last_outcome: Option<String>,
    /// Changes whenever the definition of the job, its next slot or its pause does. The first one is random, so that a
    /// job that was removed and declared again has another.
    pub version: i64,
}

/// A run in progress. It exists from its claim to its end, so the rows of a store are few, and each is somebody's.
///
/// ```
/// use punctual::store::{Micros, RunRow};
/// let run = RunRow { key: "report".to_owned(), slot: Micros(0), attempt: 1, ..RunRow::default() };
/// let text = serde_json::to_string(&run).unwrap();
/// assert_eq!(serde_json::from_str::<RunRow>(&text).unwrap(), run);
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct RunRow {
    /// The key of the job.
    pub key: String,
    /// The slot that the run serves. Together with the key it is unique.
    pub slot: Micros,
    /// By which the run is finished.
    pub token: Token,
    /// The name of the task.
    pub task: String,
    /// The process that has the run.
    pub holder: HolderId,
    /// 1, and one more whenever a run is repeated because its process died.
    pub attempt: i32,
    /// When it was claimed, by the clock of the claimant.
    pub claimed: Micros,
}

/// A process that uses the store, by its heartbeat.
///
/// ```
/// use punctual::store::{Micros, Peer};
/// let peer = Peer { host: "web-1".to_owned(), pid: 4711, expires: Micros(60_000_000), ..Peer::default() };
/// let text = serde_json::to_string(&peer).unwrap();
/// assert_eq!(serde_json::from_str::<Peer>(&text).unwrap(), peer);
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Peer {
    /// The identity.
    pub holder: HolderId,
    /// The name of the machine, for people.
    pub host: String,
    /// The number of the process, for people.
    pub pid: i64,
    /// When it joined, by the store's clock.
    pub joined: Micros,
    /// The last heartbeat, by the store's clock.
    pub seen: Micros,
    /// After this instant the process counts as dead, by the store's clock.
    pub expires: Micros,
}

/// A run that has ended, in the history of its job.
///
/// ```
/// use punctual::store::{Micros, PastRun};
/// let past = PastRun { key: "report".to_owned(), outcome: "completed".to_owned(), ..PastRun::default() };
/// let text = serde_json::to_string(&past).unwrap();
/// assert_eq!(serde_json::from_str::<PastRun>(&text).unwrap(), past);
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct PastRun {
    /// The key of the job.
    pub key: String,
    /// The slot that the run served.
    pub slot: Micros,
    /// 1, unless it was repeated because its process died.
    pub attempt: i32,
    /// The process that had the run.
    pub holder: HolderId,
    /// When it was claimed.
    pub claimed: Micros,
    /// When its body began; `None` if it did not, or if that is not known.
    pub started: Option<Micros>,
    /// When it ended, or was found to be lost.
    pub ended: Micros,
    /// How it ended, as text.
    pub outcome: String,
}

/// A row that cannot be read, and was therefore not changed.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct BadRow {
    /// The key of the job.
    pub key: String,
    /// What is wrong with it.
    pub why: String,
}

impl RunRow {
    /// The first attempt of a run that a plan asks for.
    ///
    /// ```
    /// use punctual::store::{Claimant, HolderId, JobRow, Micros, NewRun, RunRow};
    /// let claimant = Claimant { now: Micros(12), holder: HolderId(1), tasks: &["send"], limit: 1 };
    /// let run = RunRow::claimed(&JobRow::default(), &NewRun::of(Micros(10)), &claimant);
    /// assert_eq!((run.slot, run.claimed, run.attempt), (Micros(10), Micros(12), 1));
    /// ```
    pub fn claimed(job: &JobRow, new: &NewRun, claimant: &Claimant<'_>) -> Self {
        RunRow {
            key: job.key.clone(),
            slot: new.slot,
            token: new.token,
            task: job.task.clone(),
            holder: claimant.holder,
            attempt: 1,
            claimed: claimant.now,
        }
    }

    /// The next attempt of a run whose process has died.
    ///
    /// ```
    /// use punctual::store::{Claimant, HolderId, Micros, RunRow, Token};
    /// let claimant = Claimant { now: Micros(12), holder: HolderId(2), tasks: &["send"], limit: 1 };
    /// let run = RunRow { attempt: 1, ..RunRow::default() }.repeated(Token(7), &claimant);
    /// assert_eq!((run.attempt, run.holder, run.token), (2, HolderId(2), Token(7)));
    /// ```
    #[must_use]
    pub fn repeated(self, token: Token, claimant: &Claimant<'_>) -> Self {
        let attempt = self.attempt.saturating_add(1);
        RunRow { token, holder: claimant.holder, attempt, claimed: claimant.now, ..self }
    }
}

impl BadRow {
    /// A row that a store cannot read.
    ///
    /// ```
    /// use punctual::store::{BadRow, StoreError};
    /// let bad = BadRow::of("report", &StoreError::data("report", "the column `version` is empty"));
    /// assert_eq!(bad.why, "the column `version` is empty");
    /// ```
    pub fn of(key: &str, error: &StoreError) -> Self {
        let why = match error {
            StoreError::Data { what, .. } => what.clone(),
            other => other.to_string(),
        };
        BadRow { key: key.to_owned(), why }
    }
}

fields! { JobRow {
    key, name, tags, task, args, schedule, declared, policies, priority, cursor, next, paused, over, runs, failures,
    running, last_run, last_outcome, version,
} }
fields! { RunRow { key, slot, token, task, holder, attempt, claimed } }
fields! { Peer { holder, host, pid, joined, seen, expires } }
fields! { PastRun { key, slot, attempt, holder, claimed, started, ended, outcome } }
