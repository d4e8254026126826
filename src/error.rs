//! What can go wrong while a sentence is built, as one opaque type.

use std::fmt;

/// The result of a sentence, and of what else takes a text, a number or a zone: `run`, `run_until`, `build`. Its error is
/// [`Error`], if it names no other. Only `run_until_signal` fails with a [`std::io::Error`] instead.
///
/// ```
/// fn schedule() -> punctual::Result<()> {
///     punctual::Scheduler::new().every().day().at("10:30").run(|| {})?;
///     Ok(())
/// }
/// assert!(schedule().is_ok());
/// ```
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Why a sentence cannot be scheduled.
///
/// The message quotes what was given and says what would be right. The kinds are not public; ask with the `is_…`
/// methods.
///
/// ```
/// let scheduler = punctual::Scheduler::new();
/// let error = scheduler.every().day().at("25:00").run(|| {}).unwrap_err();
/// assert!(error.is_invalid_time());
/// assert_eq!(
///     error.to_string(),
///     "invalid time \"25:00\" for a daily job: the hour must be 0 to 23 (expected HH:MM or HH:MM:SS)",
/// );
/// ```
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Error(Box<Inner>);

#[derive(Clone, PartialEq, Eq, Hash)]
struct Inner {
    kind: Kind,
    message: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Kind {
    Time,
    Count,
    Date,
    Zone,
    Moment,
    Never,
    Label,
    Gone,
}

impl Error {
    fn new(kind: Kind, message: String) -> Self {
        Error(Box::new(Inner { kind, message }))
    }

    pub(crate) fn time(message: String) -> Self {
        Error::new(Kind::Time, message)
    }

    pub(crate) fn count(message: String) -> Self {
        Error::new(Kind::Count, message)
    }

    pub(crate) fn date(message: String) -> Self {
        Error::new(Kind::Date, message)
    }

    pub(crate) fn zone(message: String) -> Self {
        Error::new(Kind::Zone, message)
    }

    pub(crate) fn moment(message: String) -> Self {
        Error::new(Kind::Moment, message)
    }

    pub(crate) fn never(message: String) -> Self {
        Error::new(Kind::Never, message)
    }

    pub(crate) fn label(message: String) -> Self {
        Error::new(Kind::Label, message)
    }

    pub(crate) fn gone() -> Self {
        let why = "it was dropped, and its jobs with it (expected one that is kept while its jobs are to run)";
        Error::new(Kind::Gone, format!("the scheduler of the sentence is gone: {why}"))
    }

    /// A time of day that cannot be read or does not exist: `at("25:00")`, `between("9", "17")`.
    ///
    /// ```
    /// # let scheduler = punctual::Scheduler::new();
    /// assert!(scheduler.every().hour().at(":60").run(|| {}).unwrap_err().is_invalid_time());
    /// ```
    pub fn is_invalid_time(&self) -> bool {
        self.0.kind == Kind::Time
    }

    /// A number that is zero, negative, or the wrong way round: `seconds(0)`, `times(0)`, `minutes(5).to(3)`.
    ///
    /// ```
    /// # let scheduler = punctual::Scheduler::new();
    /// assert!(scheduler.every().seconds(0).run(|| {}).unwrap_err().is_invalid_count());
    /// ```
    pub fn is_invalid_count(&self) -> bool {
        self.0.kind == Kind::Count
    }

    /// A day that no calendar has: `on_day(32)`, `on_nth(6, …)`, `on_date(2, 30)`.
    ///
    /// ```
    /// # let scheduler = punctual::Scheduler::new();
    /// assert!(scheduler.every().year().on_date(2, 30).run(|| {}).unwrap_err().is_invalid_date());
    /// ```
    pub fn is_invalid_date(&self) -> bool {
        self.0.kind == Kind::Date
    }

    /// A time zone that is not known: `tz("Europe/Berlim")`.
    ///
    /// ```
    /// # let scheduler = punctual::Scheduler::new();
    /// assert!(scheduler.every().day().tz("nowhere").run(|| {}).unwrap_err().is_unknown_zone());
    /// ```
    pub fn is_unknown_zone(&self) -> bool {
        self.0.kind == Kind::Zone
    }

    /// A moment that cannot be read, or that lies on the wrong side of now or of the first run:
    /// `until("2001-01-01")`, `once("soon")`.
    ///
    /// ```
    /// # let scheduler = punctual::Scheduler::new();
    /// assert!(scheduler.every().day().until("2001-01-01").run(|| {}).unwrap_err().is_invalid_moment());
    /// ```
    pub fn is_invalid_moment(&self) -> bool {
        self.0.kind == Kind::Moment
    }

    /// An empty name or tag.
    ///
    /// ```
    /// # let scheduler = punctual::Scheduler::new();
    /// assert!(scheduler.every().day().tag("").run(|| {}).unwrap_err().is_invalid_label());
    /// ```
    pub fn is_invalid_label(&self) -> bool {
        self.0.kind == Kind::Label
    }

    /// A schedule without a single run, or with an interval that leaves the calendar: `years(99_999)`.
    ///
    /// ```
    /// # let scheduler = punctual::Scheduler::new();
    /// let never = scheduler.every().day().at("08:00").between("09:00", "17:00").run(|| {});
    /// assert!(never.unwrap_err().is_never());
    /// ```
    pub fn is_never(&self) -> bool {
        self.0.kind == Kind::Never
    }

    /// A sentence that outlived its scheduler, of which no name is left that could poll or clear it.
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

/// The message, as `main` prints it when it returns the error.
impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl std::error::Error for Error {}
