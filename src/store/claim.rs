//! Claims: what a process asks for, and what a plan decides about a job that is due.

use super::{BadRow, HolderId, JobRow, Micros, Position, RunRow, Token};

/// A process that asks for work: for [`fire`](super::Store::fire) and [`reap`](super::Store::reap).
///
/// ```
/// use punctual::store::{Claimant, HolderId, Micros};
/// let claimant = Claimant { now: Micros(0), holder: HolderId::random(), tasks: &["send"], limit: 100 };
/// assert!(claimant.knows("send") && !claimant.knows("Send"));
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Claimant<'a> {
    /// What is due is decided by this instant: a claimant reads its clock once, and corrects it by the store's.
    pub now: Micros,
    /// The process that claims. Its heartbeat must be current, by the store's clock.
    pub holder: HolderId,
    /// The names of the tasks that the process knows. Jobs of others are not touched.
    pub tasks: &'a [&'a str],
    /// The number of jobs, or of orphans, that are claimed at most.
    pub limit: usize,
}

impl Claimant<'_> {
    /// Whether the process knows the task.
    ///
    /// ```
    /// # use punctual::store::{Claimant, HolderId, Micros};
    /// let claimant = Claimant { now: Micros(0), holder: HolderId::random(), tasks: &[], limit: 100 };
    /// assert!(!claimant.knows("send"));
    /// ```
    pub fn knows(&self, task: &str) -> bool {
        self.tasks.contains(&task)
    }
}

/// A run that a plan asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NewRun {
    /// The slot that it serves. If the job has a run in progress for the same slot, there is no second one.
    pub slot: Micros,
    /// By which it is finished.
    pub token: Token,
}

impl NewRun {
    /// A run for a slot, with a token of its own.
    ///
    /// ```
    /// use punctual::store::{Micros, NewRun};
    /// assert_ne!(NewRun::of(Micros(0)), NewRun::of(Micros(0)));
    /// ```
    pub fn of(slot: Micros) -> Self {
        NewRun { slot, token: Token::random() }
    }
}

/// How a job that is due moves on.
///
/// ```
/// use punctual::store::{JobRow, Micros, Move, NewRun, Position};
/// let due = JobRow { next: Some(Micros(10)), version: 5, ..JobRow::default() };
/// let step = Move { to: Position::at(Micros(20), "3"), runs: vec![NewRun::of(Micros(10))] };
/// let moved = step.apply(&due, 1);
/// assert_eq!((moved.next, moved.version, moved.runs, moved.running), (Some(Micros(20)), 6, 1, 1));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Move {
    /// Where it is then: at the slot after those that are served or skipped now.
    pub to: Position,
    /// The runs: none for a slot that is skipped, several for missed slots that are all made up for.
    pub runs: Vec<NewRun>,
}

impl Move {
    /// The row after the move, of which `inserted` runs are new.
    ///
    /// ```
    /// # use punctual::store::{JobRow, Move, Position};
    /// let skip = Move { to: Position::over(), runs: vec![] };
    /// assert!(skip.apply(&JobRow::default(), 0).over);
    /// ```
    pub fn apply(&self, row: &JobRow, inserted: usize) -> JobRow {
        let inserted = i64::try_from(inserted).unwrap_or(i64::MAX);
        JobRow {
            runs: row.runs.saturating_add(inserted),
            running: row.running.saturating_add(inserted),
            ..self.to.apply(row)
        }
    }
}

/// What becomes of a job that is due.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Plan {
    /// The row cannot be read: it is not changed, and is reported with this reason.
    Leave(String),
    /// The row is not changed, and stays due: it is for another process, or for later.
    Wait,
    /// The job moves, and its runs are claimed.
    Move(Move),
}

/// A job with the runs that were claimed of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Claim {
    /// The row as it was when it was claimed: before the move.
    pub job: JobRow,
    /// The runs, in the order of their slots. They are the claimant's until they are finished.
    pub runs: Vec<RunRow>,
}

/// What [`fire`](super::Store::fire) did.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Fired {
    /// The jobs that moved, in the order of slot, priority and key. One whose slot was skipped has no runs.
    pub claims: Vec<Claim>,
    /// The jobs that were due and were not changed, because they cannot be read.
    pub bad: Vec<BadRow>,
    /// The earliest next slot of a job whose task is known and that is not in `bad`. If that is not after now, there is
    /// more to claim, or another process is claiming it at this moment.
    pub next: Option<Micros>,
}
