//! Declarations: the jobs that a program says it has, each time it starts.

use serde::de::IgnoredAny;

use super::{identity::draw, JobRow, Position, Result, StoreError};

/// A job that a program declares. The same declaration again is the normal case, and changes nothing.
///
/// ```
/// use punctual::store::{Declaration, Declared, Micros, Position};
/// let mut declaration = Declaration::new("report", "send");
/// declaration.schedule = "every day at 09:30".to_owned();
/// declaration.first = Position::at(Micros(10), "");
/// let (declared, row) = declaration.compare(None);
/// assert_eq!(declared, Declared::Added);
///
/// // The program starts again: whatever it has as the first slot, the row stays.
/// let row = row.unwrap();
/// declaration.first = Position::at(Micros(20), "");
/// assert_eq!(declaration.compare(Some(&row)), (Declared::Unchanged, None));
///
/// // Another sentence: the next slot moves.
/// declaration.schedule = "every day at 10:30".to_owned();
/// declaration.moved = Position::at(Micros(30), "");
/// let (declared, row) = declaration.compare(Some(&row));
/// assert_eq!((declared, row.unwrap().next), (Declared::Changed { is_moved: true }, Some(Micros(30))));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Declaration {
    /// The identity of the job.
    pub key: String,
    /// The name, if it has one.
    pub name: Option<String>,
    /// The tags.
    pub tags: Vec<String>,
    /// The name of the task.
    pub task: String,
    /// The arguments of the task, as JSON.
    pub args: String,
    /// The schedule, as canonical text: two declarations with the same text have the same schedule.
    pub schedule: String,
    /// Policies, as canonical text.
    pub policies: String,
    /// Lower is claimed first among jobs that are due at the same instant.
    pub priority: i32,
    /// Where the job is if it is new.
    pub first: Position,
    /// Where it is if its schedule has changed: at the first slot after now, never at one that was missed.
    pub moved: Position,
    /// Whether a job with this key that exists stays as it is, even if it differs.
    pub keep: bool,
}

/// What [`declare`](super::Store::declare) did about one declaration.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Declared {
    /// The job is new.
    Added,
    /// There is a job with the same text.
    Unchanged,
    /// There was a job with another text. It has the new one now, and kept its counts and its pause.
    Changed {
        /// Whether the schedule has changed, and therefore the next slot.
        is_moved: bool,
    },
    /// There is a job with another text, and it stays as it is.
    Kept,
}

impl Declaration {
    /// The longest key, name of a task, name or tag, in bytes. The longest that every database can have in an index.
    pub const LONGEST: usize = 200;

    /// A job without arguments or slots.
    ///
    /// ```
    /// use punctual::store::{Declaration, Next};
    /// let declaration = Declaration::new("report", "send");
    /// assert_eq!((declaration.args.as_str(), declaration.first.next), ("null", Next::Never));
    /// ```
    pub fn new(key: impl Into<String>, task: impl Into<String>) -> Self {
        Declaration {
            key: key.into(),
            name: None,
            tags: Vec::new(),
            task: task.into(),
            args: "null".to_owned(),
            schedule: String::new(),
            policies: String::new(),
            priority: 0,
            first: Position::default(),
            moved: Position::default(),
            keep: false,
        }
    }

    /// Whether a store can keep it. Each store asks this first.
    ///
    /// # Errors
    ///
    /// [`StoreError::Data`] if the key, the name of the task, the name or a tag is empty, longer than
    /// [`LONGEST`](Self::LONGEST), or has a control character; if the arguments are no JSON; or if another text has a
    /// U+0000.
    ///
    /// ```
    /// use punctual::store::Declaration;
    /// assert!(Declaration::new("report", "send").check().is_ok());
    /// let error = Declaration::new("x".repeat(201), "send").check().unwrap_err();
    /// assert!(error.to_string().ends_with("invalid key: it has 201 bytes (expected 1 to 200)"));
    /// ```
    pub fn check(&self) -> Result<()> {
        let labels = [("key", &self.key), ("task", &self.task)].into_iter();
        let labels = labels.chain(self.name.iter().map(|name| ("name", name)));
        for (what, text) in labels.chain(self.tags.iter().map(|tag| ("tag", tag))) {
            if text.is_empty() || text.len() > Self::LONGEST {
                let why = format!("it has {} bytes (expected 1 to {})", text.len(), Self::LONGEST);
                return Err(StoreError::data(&self.key, format!("invalid {what}: {why}")));
            }
            if let Some(found) = text.chars().find(|character| character.is_control()) {
                let why = format!("it has the control character {found:?} (expected none)");
                return Err(StoreError::data(&self.key, format!("invalid {what}: {why}")));
            }
        }
        if let Err(error) = serde_json::from_str::<IgnoredAny>(&self.args) {
            return Err(StoreError::data(&self.key, format!("invalid arguments: {error} (expected JSON)")));
        }
        let cursors = [&self.first, &self.moved].map(|position| ("cursor", &position.cursor));
        let texts = [("schedule", &self.schedule), ("policies", &self.policies), cursors[0], cursors[1]];
        match texts.into_iter().find(|(_, text)| text.contains('\0')) {
            Some((what, _)) => Err(StoreError::data(&self.key, format!("invalid {what}: it has a U+0000"))),
            None => Ok(()),
        }
    }

    /// What is to be done, given the row that there is: the answer, and the row to be written, if one is.
    ///
    /// ```
    /// use punctual::store::{Declaration, Declared, JobRow};
    /// let mut declaration = Declaration::new("report", "send");
    /// let paused = JobRow { paused: true, runs: 7, ..declaration.compare(None).1.unwrap() };
    /// declaration.args = "[1]".to_owned();
    /// let (declared, row) = declaration.compare(Some(&paused));
    /// assert_eq!(declared, Declared::Changed { is_moved: false });
    /// let row = row.unwrap();
    /// assert_eq!((row.args.as_str(), row.paused, row.runs), ("[1]", true, 7));
    ///
    /// declaration.keep = true;
    /// assert_eq!(declaration.compare(Some(&paused)), (Declared::Kept, None));
    /// ```
    pub fn compare(&self, row: Option<&JobRow>) -> (Declared, Option<JobRow>) {
        let Some(row) = row else { return (Declared::Added, Some(self.added())) };
        let is_moved = row.declared != self.schedule;
        let is_same = !is_moved
            && (row.task == self.task && row.args == self.args && row.policies == self.policies)
            && (row.name == self.name && row.tags == self.tags && row.priority == self.priority);
        if is_same {
            return (Declared::Unchanged, None);
        }
        if self.keep {
            return (Declared::Kept, None);
        }
        let new = JobRow {
            name: self.name.clone(),
            tags: self.tags.clone(),
            task: self.task.clone(),
            args: self.args.clone(),
            policies: self.policies.clone(),
            priority: self.priority,
            ..row.clone()
        };
        let new = if is_moved {
            let (schedule, declared) = (self.schedule.clone(), self.schedule.clone());
            self.moved.apply(&JobRow { schedule, declared, ..new })
        } else {
            JobRow { version: row.version.wrapping_add(1), ..new }
        };
        (Declared::Changed { is_moved }, Some(new))
    }

    /// The row of a job that is new.
    fn added(&self) -> JobRow {
        let row = JobRow {
            key: self.key.clone(),
            name: self.name.clone(),
            tags: self.tags.clone(),
            task: self.task.clone(),
            args: self.args.clone(),
            schedule: self.schedule.clone(),
            declared: self.schedule.clone(),
            policies: self.policies.clone(),
            priority: self.priority,
            // 48 bits: a number that is exact as a double, too, for stores with nothing else.
            version: (draw() >> 80) as i64,
            ..JobRow::default()
        };
        self.first.apply(&row)
    }
}

#[cfg(test)]
mod tests {
    use super::{super::Micros, *};

    fn with(change: impl FnOnce(&mut Declaration)) -> String {
        let mut declaration = Declaration::new("report", "send");
        change(&mut declaration);
        declaration.check().unwrap_err().to_string()
    }

    #[test]
    fn what_no_store_can_keep_is_refused() {
        let cases = [
            (with(|it| it.key.clear()), "job \"\": invalid key: it has 0 bytes (expected 1 to 200)"),
            (with(|it| it.task.clear()), "job \"report\": invalid task: it has 0 bytes (expected 1 to 200)"),
            (
                with(|it| it.key.push('\n')),
                "job \"report\\n\": invalid key: it has the control character '\\n' (expected none)",
            ),
            (
                with(|it| it.tags.push("a\0".to_owned())),
                "job \"report\": invalid tag: it has the control character '\\0' (expected none)",
            ),
            (
                with(|it| it.name = Some("ü".repeat(101))),
                "job \"report\": invalid name: it has 202 bytes (expected 1 to 200)",
            ),
            (
                with(|it| it.args = "{".to_owned()),
                "job \"report\": invalid arguments: EOF while parsing an object at line 1 column 1 (expected JSON)",
            ),
            (with(|it| it.moved.cursor = "\0".to_owned()), "job \"report\": invalid cursor: it has a U+0000"),
        ];
        for (got, expected) in cases {
            assert_eq!(got, expected);
        }
    }

    #[test]
    fn a_declaration_moves_a_job_that_has_no_next_slot() {
        let mut declaration = Declaration::new("report", "send");
        let row = JobRow { over: true, ..declaration.compare(None).1.unwrap() };
        assert_eq!(declaration.compare(Some(&row)), (Declared::Unchanged, None));
        declaration.schedule = "every day".to_owned();
        declaration.moved = Position::at(Micros(1), "");
        let (declared, row) = declaration.compare(Some(&row));
        assert_eq!(declared, Declared::Changed { is_moved: true });
        assert!(row.is_some_and(|row| !row.over && row.next.is_some()));
    }

    #[test]
    fn the_version_of_a_new_row_is_random() {
        let versions = [(); 3].map(|()| Declaration::new("a", "b").compare(None).1.unwrap().version);
        assert!(versions[0] != versions[1] && versions[1] != versions[2], "{versions:?}");
        assert!(versions.iter().all(|version| (0..=1 << 48).contains(version)));
    }
}
