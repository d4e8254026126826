//! Lists of jobs.

use super::{BadRow, JobRow};

/// Which jobs a list has.
///
/// ```
/// use punctual::store::{Filter, JobRow};
/// let row = JobRow { key: "report".to_owned(), tags: vec!["mail".to_owned()], ..JobRow::default() };
/// assert!(Filter::default().allows(&row));
/// assert!(Filter { tag: Some("mail".to_owned()), ..Filter::default() }.allows(&row));
/// assert!(!Filter { after: Some("report".to_owned()), ..Filter::default() }.allows(&row));
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Filter {
    /// Only jobs of this task.
    pub task: Option<String>,
    /// Only jobs that have this tag.
    pub tag: Option<String>,
    /// Only jobs with a later key: the last one of the page before.
    pub after: Option<String>,
    /// At most this many jobs; `None` for all.
    pub limit: Option<usize>,
}

impl Filter {
    /// Whether the list may have the job, apart from the limit. For stores that do not filter themselves.
    ///
    /// ```
    /// use punctual::store::{Filter, JobRow};
    /// assert!(!Filter { task: Some("send".to_owned()), ..Filter::default() }.allows(&JobRow::default()));
    /// ```
    pub fn allows(&self, row: &JobRow) -> bool {
        self.task.as_ref().is_none_or(|task| *task == row.task)
            && self.tag.as_ref().is_none_or(|tag| row.tags.contains(tag))
            && self.after.as_ref().is_none_or(|after| *after < row.key)
    }
}

/// A list of jobs.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Jobs {
    /// The rows, in the order of their keys, byte by byte.
    pub rows: Vec<JobRow>,
    /// The rows that cannot be read. The filter does not apply to them.
    pub bad: Vec<BadRow>,
}
