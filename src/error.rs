//! What can go wrong, as one opaque type.

use std::{error::Error as StdError, fmt, sync::Arc};

/// A `Result` whose error defaults to [`Error`].
///
/// ```
/// fn register() -> punctual::Result<()> {
///     punctual::Scheduler::new().every().day().at("10:30").run(|| {})?;
///     Ok(())
/// }
/// assert!(register().is_ok());
/// ```
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Why a schedule, a job or a scheduler was refused.
///
/// The message quotes the input and says what is expected. The kinds of errors are private; the `is_…` methods cover
/// the distinctions that a program can act on.
///
/// ```
/// let scheduler = punctual::Scheduler::new();
/// let error = scheduler.every().day().at("25:00").run(|| {}).unwrap_err();
/// assert!(error.is_invalid());
/// assert_eq!(
///     error.to_string(),
///     "invalid time \"25:00\" for a daily job: the hour must be 0 to 23 (expected HH:MM or HH:MM:SS)",
/// );
/// ```
#[derive(Clone)]
pub struct Error(Arc<Inner>);

struct Inner {
    kind: Kind,
    message: String,
    source: Option<Arc<dyn StdError + Send + Sync>>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Invalid,
    Never,
    Conflict,
    Gone,
    Io,
}

impl Error {
    fn new(kind: Kind, message: String) -> Self {
        Error(Arc::new(Inner { kind, message, source: None }))
    }

    /// A text, a number, a date or a combination of options without a meaning.
    pub(crate) fn invalid(message: String) -> Self {
        Error::new(Kind::Invalid, message)
    }

    /// A schedule that can be read, but has no slot.
    pub(crate) fn never(message: String) -> Self {
        Error::new(Kind::Never, message)
    }

    /// A key or a name that is taken.
    pub(crate) fn conflict(message: String) -> Self {
        Error::new(Kind::Conflict, message)
    }

    /// The same error, with the place in a text to which it applies.
    pub(crate) fn at(&self, place: impl fmt::Display) -> Self {
        Error::new(self.0.kind, format!("{place}: {}", self.0.message))
    }

    pub(crate) fn gone() -> Self {
        let why = "it was dropped, and its jobs with it (expected one that is kept while its jobs are to run)";
        Error::new(Kind::Gone, format!("the scheduler of the sentence is gone: {why}"))
    }

    /// An operation that the system refused; `source` is its reason.
    #[cfg_attr(not(all(feature = "signals", unix)), allow(dead_code))]
    pub(crate) fn io(message: String, source: std::io::Error) -> Self {
        Error(Arc::new(Inner { kind: Kind::Io, message, source: Some(Arc::new(source)) }))
    }

    /// Whether the input was invalid: a time, count, date, zone, moment or label that cannot be read, is out of range,
    /// or does not fit the rest of the schedule.
    ///
    /// ```
    /// # let scheduler = punctual::Scheduler::new();
    /// assert!(scheduler.every().hour().at(":60").run(|| {}).unwrap_err().is_invalid());
    /// assert!(scheduler.every().seconds(0).run(|| {}).unwrap_err().is_invalid());
    /// assert!(scheduler.every().year().on_date(2, 30).run(|| {}).unwrap_err().is_invalid());
    /// assert!(scheduler.every().day().tz("nowhere").run(|| {}).unwrap_err().is_invalid());
    /// assert!(scheduler.every().day().until("2001-01-01").run(|| {}).unwrap_err().is_invalid());
    /// assert!(scheduler.every().day().tag("").run(|| {}).unwrap_err().is_invalid());
    /// ```
    pub fn is_invalid(&self) -> bool {
        self.0.kind == Kind::Invalid
    }

    /// Whether the schedule has no slot: its options exclude one another, or its interval is too long. There are no
    /// slots from the year 10000 on. A slot that must be within limits, or common to several schedules, is searched for
    /// within 60 years.
    ///
    /// ```
    /// # let scheduler = punctual::Scheduler::new();
    /// let never = scheduler.every().day().at("08:00").between("09:00", "17:00").run(|| {});
    /// assert!(never.unwrap_err().is_never());
    /// assert!(scheduler.every().years(99_999).run(|| {}).unwrap_err().is_never());
    /// ```
    pub fn is_never(&self) -> bool {
        self.0.kind == Kind::Never
    }

    /// Whether a job with the same key is registered, and the new one has
    /// [`OnConflict::Fail`](crate::OnConflict::Fail); or a pool with the same name exists; or a pool that should be
    /// removed is in use.
    ///
    /// ```
    /// # let scheduler = punctual::Scheduler::new();
    /// let error = scheduler.every().seconds(0).key("tick").run(|| {}).unwrap_err();
    /// assert!(!error.is_conflict());
    /// ```
    pub fn is_conflict(&self) -> bool {
        self.0.kind == Kind::Conflict
    }

    /// Whether the system refused an operation: the [source](StdError::source) is its reason. Only
    /// `run_until_signal` has such an error, if it cannot catch signals.
    ///
    /// ```
    /// # let scheduler = punctual::Scheduler::new();
    /// let error = scheduler.every().seconds(0).run(|| {}).unwrap_err();
    /// assert!(!error.is_io());
    /// ```
    pub fn is_io(&self) -> bool {
        self.0.kind == Kind::Io
    }

    /// Whether the scheduler was dropped before `run` was called.
    ///
    /// ```
    /// use punctual::Scheduler;
    /// let sentence = Scheduler::new().every().day().at("10:30");
    /// let error = sentence.run(|| {}).unwrap_err();
    /// assert!(error.is_scheduler_gone());
    ///
    /// let scheduler = Scheduler::new();
    /// assert!(scheduler.every().day().at("10:30").run(|| {}).is_ok());
    /// ```
    pub fn is_scheduler_gone(&self) -> bool {
        self.0.kind == Kind::Gone
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.message)
    }
}

/// The message, then each source after a colon: what `main` prints when it returns the error.
impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)?;
        match &self.0.source {
            Some(source) => write!(f, ": {source}"),
            None => Ok(()),
        }
    }
}

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.0.source.as_deref().map(|source| source as &(dyn StdError + 'static))
    }
}

#[cfg(test)]
mod tests {
    use std::{io, mem::size_of};

    use super::*;

    #[test]
    fn an_error_is_one_word() {
        assert_eq!(size_of::<Error>(), size_of::<usize>());
        assert_eq!(size_of::<Result<()>>(), size_of::<usize>());
    }

    #[test]
    fn an_error_of_the_system_keeps_its_source() {
        let error = Error::io("cannot catch signals".to_owned(), io::Error::other("too many"));
        assert_eq!(
            (error.to_string().as_str(), error.source().unwrap().to_string().as_str()),
            ("cannot catch signals", "too many")
        );
        assert_eq!(format!("{error:?}"), "cannot catch signals: too many");
        assert!(!error.is_invalid() && Error::never(String::new()).source().is_none());
    }

    #[test]
    fn each_kind_has_one_predicate() {
        let none = String::new;
        let io = Error::io(none(), io::Error::other("too many"));
        let errors = [Error::invalid(none()), Error::never(none()), Error::conflict(none()), Error::gone(), io];
        let asked = errors.map(|error| {
            [error.is_invalid(), error.is_never(), error.is_conflict(), error.is_scheduler_gone(), error.is_io()]
        });
        let expected = [0, 1, 2, 3, 4].map(|kind| [0, 1, 2, 3, 4].map(|other| other == kind));
        assert_eq!(asked, expected);
    }
}
