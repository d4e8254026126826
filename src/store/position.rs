//! Where a job is on its grid.

use super::{JobRow, Micros};

/// When a job is due again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Next {
    /// Due at this slot.
    At(Micros),
    /// Not at all, but the row stays.
    #[default]
    Never,
    /// Not at all: the row is removed when its last run has ended, at once if none is in progress.
    Over,
}

impl Next {
    /// The slot, if there is one.
    ///
    /// ```
    /// use punctual::store::{Micros, Next};
    /// assert_eq!(Next::At(Micros(7)).slot(), Some(Micros(7)));
    /// assert_eq!(Next::Over.slot(), None);
    /// ```
    pub fn slot(self) -> Option<Micros> {
        match self {
            Next::At(slot) => Some(slot),
            Next::Never | Next::Over => None,
        }
    }
}

/// Where a job is on its grid: its next slot, and its cursor as text.
///
/// ```
/// use punctual::store::{JobRow, Micros, Next, Position};
/// let row = Position::at(Micros(10), "3").apply(&JobRow { version: 5, ..JobRow::default() });
/// assert_eq!((row.next, row.cursor.as_str(), row.version), (Some(Micros(10)), "3", 6));
/// assert_eq!(Position::of(&row), Position { next: Next::At(Micros(10)), cursor: "3".to_owned() });
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Position {
    /// When it is due again.
    pub next: Next,
    /// The cursor. No store reads it.
    pub cursor: String,
}

impl Position {
    /// Due at this slot.
    ///
    /// ```
    /// use punctual::store::{Micros, Next, Position};
    /// assert_eq!(Position::at(Micros(10), "").next, Next::At(Micros(10)));
    /// ```
    pub fn at(slot: Micros, cursor: impl Into<String>) -> Self {
        Position { next: Next::At(slot), cursor: cursor.into() }
    }

    /// After the last slot: the row is removed when its last run has ended.
    ///
    /// ```
    /// use punctual::store::{Next, Position};
    /// assert_eq!(Position::over().next, Next::Over);
    /// ```
    pub fn over() -> Self {
        Position { next: Next::Over, cursor: String::new() }
    }

    /// Where the job of a row is.
    ///
    /// ```
    /// use punctual::store::{JobRow, Position};
    /// assert_eq!(Position::of(&JobRow::default()), Position::default());
    /// assert_eq!(Position::of(&JobRow { over: true, ..JobRow::default() }), Position::over());
    /// ```
    pub fn of(row: &JobRow) -> Self {
        let next = match row.next {
            Some(slot) => Next::At(slot),
            None if row.over => Next::Over,
            None => Next::Never,
        };
        Position { next, cursor: row.cursor.clone() }
    }

    /// The row with this position and the next version. If the job is paused, it has no next slot.
    ///
    /// ```
    /// use punctual::store::{JobRow, Micros, Position};
    /// let paused = JobRow { paused: true, ..JobRow::default() };
    /// assert_eq!(Position::at(Micros(10), "").apply(&paused).next, None);
    /// ```
    pub fn apply(&self, row: &JobRow) -> JobRow {
        JobRow {
            next: self.next.slot().filter(|_| !row.paused),
            over: self.next == Next::Over,
            cursor: self.cursor.clone(),
            version: row.version.wrapping_add(1),
            ..row.clone()
        }
    }
}
