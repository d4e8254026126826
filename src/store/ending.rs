//! The end of a run.

use super::{JobRow, Micros, PastRun, RunRow, Token};

/// The end of a run, as its process reports it.
///
/// ```
/// use punctual::store::{Ending, JobRow, Micros, Token};
/// let ending = Ending::new(Token::random(), Micros(9), "failed: disk full").failed().started(Micros(5));
/// let row = ending.apply(&JobRow { running: 1, ..JobRow::default() });
/// assert_eq!((row.running, row.failures, row.last_run), (0, 1, Some(Micros(5))));
/// assert_eq!(row.last_outcome.as_deref(), Some("failed: disk full"));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ending {
    /// The token of the run.
    pub token: Token,
    /// When the body began; `None` if it did not.
    pub started: Option<Micros>,
    /// When it ended.
    pub ended: Micros,
    /// How it ended, as text without U+0000, which some databases do not store.
    pub outcome: String,
    /// Whether that is a failure.
    pub is_failure: bool,
    /// Whether the job is to be removed, because its body said so.
    pub is_last: bool,
    /// The number of runs that the history of the job keeps: zero for none.
    pub keep: u32,
}

impl Ending {
    /// The longest text of an outcome, in bytes: an error may have the length of a file.
    pub const LONGEST: usize = 4_096;

    /// A success with this text, cut to [`LONGEST`](Self::LONGEST) bytes.
    ///
    /// ```
    /// use punctual::store::{Ending, Micros, Token};
    /// let ending = Ending::new(Token::random(), Micros(9), "failed: a\0b");
    /// assert_eq!(ending.outcome, "failed: a\u{fffd}b");
    /// ```
    pub fn new(token: Token, ended: Micros, outcome: impl Into<String>) -> Self {
        let mut outcome = outcome.into();
        if outcome.contains('\0') {
            outcome = outcome.replace('\0', "\u{fffd}");
        }
        if outcome.len() > Self::LONGEST {
            let fits = (0..=Self::LONGEST).rev().find(|&end| outcome.is_char_boundary(end));
            outcome.truncate(fits.unwrap_or(0));
        }
        Ending { token, started: None, ended, outcome, is_failure: false, is_last: false, keep: 0 }
    }

    /// The body began at this instant.
    ///
    /// ```
    /// # use punctual::store::{Ending, Micros, Token};
    /// assert_eq!(Ending::new(Token(1), Micros(9), "completed").started(Micros(5)).started, Some(Micros(5)));
    /// ```
    #[must_use]
    pub fn started(self, at: Micros) -> Self {
        Ending { started: Some(at), ..self }
    }

    /// The run counts as a failure.
    ///
    /// ```
    /// # use punctual::store::{Ending, Micros, Token};
    /// assert!(Ending::new(Token(1), Micros(9), "timed out").failed().is_failure);
    /// ```
    #[must_use]
    pub fn failed(self) -> Self {
        Ending { is_failure: true, ..self }
    }

    /// The job is removed with this run.
    ///
    /// ```
    /// # use punctual::store::{Ending, Micros, Token};
    /// assert!(Ending::new(Token(1), Micros(9), "cancelled").last().is_last);
    /// ```
    #[must_use]
    pub fn last(self) -> Self {
        Ending { is_last: true, ..self }
    }

    /// The run is put into the history of its job, which keeps `count` runs.
    ///
    /// ```
    /// # use punctual::store::{Ending, Micros, Token};
    /// assert_eq!(Ending::new(Token(1), Micros(9), "completed").kept(20).keep, 20);
    /// ```
    #[must_use]
    pub fn kept(self, count: u32) -> Self {
        Ending { keep: count, ..self }
    }

    /// The row of the job after the end of its run.
    ///
    /// ```
    /// # use punctual::store::{Ending, JobRow, Micros, Token};
    /// let row = Ending::new(Token(1), Micros(9), "completed").apply(&JobRow { running: 2, ..JobRow::default() });
    /// assert_eq!((row.running, row.last_run), (1, None));
    /// ```
    pub fn apply(&self, row: &JobRow) -> JobRow {
        JobRow {
            failures: row.failures.saturating_add(i64::from(self.is_failure)),
            running: (row.running - 1).max(0),
            last_run: self.started.or(row.last_run),
            last_outcome: Some(self.outcome.clone()),
            ..row.clone()
        }
    }

    /// What the history keeps of it.
    ///
    /// ```
    /// # use punctual::store::{Ending, Micros, RunRow, Token};
    /// let past = Ending::new(Token(1), Micros(9), "completed").past(&RunRow::default());
    /// assert_eq!((past.ended, past.outcome.as_str()), (Micros(9), "completed"));
    /// ```
    pub fn past(&self, run: &RunRow) -> PastRun {
        PastRun {
            key: run.key.clone(),
            slot: run.slot,
            attempt: run.attempt,
            holder: run.holder,
            claimed: run.claimed,
            started: self.started,
            ended: self.ended,
            outcome: self.outcome.clone(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_outcome_is_cut_at_a_character() {
        let ending = Ending::new(Token(1), Micros(0), format!("a{}", "ü".repeat(10_000)));
        assert_eq!(ending.outcome.len(), Ending::LONGEST - 1);
        assert!(ending.outcome.ends_with('ü'));
    }
}
