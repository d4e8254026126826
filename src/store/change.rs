//! Changes to one job by a person or a program: pause, resume, reschedule, run now, remove.

use super::{JobRow, Position, Token};

/// The part of a row that a change writes.
///
/// ```
/// use punctual::store::{Edit, JobRow, Micros, Position};
/// let row = JobRow { next: Some(Micros(10)), version: 5, ..JobRow::default() };
///
/// let paused = Edit { paused: true, ..Edit::of(&row) }.apply(&row);
/// assert_eq!((paused.paused, paused.next, paused.version), (true, None, 6));
///
/// let resumed = Edit { paused: false, to: Position::at(Micros(30), ""), ..Edit::of(&paused) }.apply(&paused);
/// assert_eq!((resumed.paused, resumed.next), (false, Some(Micros(30))));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Edit {
    /// The schedule, as text. What was declared stays, so the next declaration of the same sentence changes nothing.
    pub schedule: String,
    /// Where the job is then.
    pub to: Position,
    /// Whether the job is paused. Then it has no next slot.
    pub paused: bool,
    /// Runs of the job that have not begun, and that are given back: their rows are removed, and the job has had as many
    /// runs less. If one of them is not in progress any more, the change is not made, and the row is left as it is.
    pub returned: Vec<Token>,
}

impl Edit {
    /// What the row has now.
    ///
    /// ```
    /// use punctual::store::{Edit, JobRow};
    /// let row = JobRow::default();
    /// assert_eq!(Edit::of(&row).apply(&row), JobRow { version: 1, ..row });
    /// ```
    pub fn of(row: &JobRow) -> Self {
        Edit { schedule: row.schedule.clone(), to: Position::of(row), paused: row.paused, returned: Vec::new() }
    }

    /// The row after the change.
    ///
    /// ```
    /// # use punctual::store::{Edit, JobRow, Micros, Position};
    /// let row = JobRow::default();
    /// let edit = Edit { to: Position::at(Micros(7), ""), ..Edit::of(&row) };
    /// assert_eq!(edit.apply(&row).next, Some(Micros(7)));
    /// ```
    pub fn apply(&self, row: &JobRow) -> JobRow {
        let returned = i64::try_from(self.returned.len()).unwrap_or(i64::MAX);
        let row = JobRow {
            schedule: self.schedule.clone(),
            paused: self.paused,
            runs: row.runs.saturating_sub(returned).max(0),
            running: row.running.saturating_sub(returned).max(0),
            ..row.clone()
        };
        self.to.apply(&row)
    }
}

/// What a plan decides about a job that is to be changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// The row stays as it is.
    Leave,
    /// The row is written.
    Write(Edit),
    /// The row is removed, and its history with it. Runs in progress end as they would.
    Remove,
}

/// What [`change`](super::Store::change) did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Changed {
    /// There is no job with this key.
    Missing,
    /// The row is as it was.
    Left(JobRow),
    /// The row, as it was written.
    Written(JobRow),
    /// The row, as it was.
    Removed(JobRow),
}
