//! How one run of a body ended.

use std::{error::Error as StdError, fmt};

/// Returned by a body to remove its job from the registry.
///
/// ```
/// use punctual::{CancelJob, ManualClock, Scheduler};
/// # use chrono::{TimeZone, Utc};
/// # use std::time::Duration;
/// # let clock = ManualClock::new(Utc.with_ymd_and_hms(2024, 1, 10, 12, 0, 0).unwrap());
/// # let scheduler = Scheduler::with_clock(clock.clone());
/// let job = scheduler.every().minute().run(|| CancelJob)?;
/// clock.advance(Duration::from_secs(60));
/// assert_eq!(scheduler.run_pending(), 1);
/// assert!(!job.is_scheduled());
/// # Ok::<(), punctual::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct CancelJob;

/// How one run of a body ended.
///
/// [`Cancelled`](Outcome::Cancelled) is a success: the body has cancelled its job. It has nothing to do with
/// [`Context::is_cancelled`](crate::Context::is_cancelled), by which the scheduler asks a body to end early. A body
/// that does so has the outcome of what it returns.
///
/// ```
/// use punctual::{ManualClock, Outcome, Scheduler};
/// # use chrono::{TimeZone, Utc};
/// # let clock = ManualClock::new(Utc.with_ymd_and_hms(2024, 1, 10, 12, 0, 0).unwrap());
/// # let scheduler = Scheduler::with_clock(clock.clone());
/// let job = scheduler.every().day().run(|| "x".parse::<u8>().map(|_| ()))?;
/// job.run_now();
/// assert_eq!(job.last_outcome(), Some(Outcome::Failed("invalid digit found in string".into())));
/// # Ok::<(), punctual::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Outcome {
    /// The body returned `()`, `None` or `Ok` of these.
    Completed,
    /// The body succeeded and returned [`CancelJob`], so its job was removed.
    Cancelled,
    /// The body returned `Err`. The text of the error, followed by that of each of its sources, separated by colons.
    Failed(String),
    /// The body panicked. The message of the panic.
    Panicked(String),
    /// The body did not run to its end, for this reason: the runtime of an async body was shut down, or a
    /// [shutdown](crate::Scheduler::shutdown) of the scheduler ended a command or an async body.
    Aborted(String),
    /// The last attempt took longer than [`timeout`](crate::Every::timeout) allows.
    TimedOut,
    /// The body returned a [`Permanent`] error: it failed, and is not [tried again](crate::Every::retry). The outcome
    /// of the run is [`Failed`](Outcome::Failed).
    Permanent(String),
    /// A [hook](crate::Scheduler::around) did not let the attempt begin, for this reason. No run ends with this
    /// outcome: only the hooks outside of that one receive it, and the event [`Skip::Vetoed`](crate::Skip::Vetoed).
    Vetoed(String),
}

/// An error after which a run is not tried again, despite [`retry`](crate::Every::retry). It may be anywhere in a chain
/// of sources.
///
/// ```
/// # use punctual::{chrono::DateTime, ManualClock, Outcome, Scheduler};
/// use punctual::Permanent;
/// # let scheduler = Scheduler::with_clock(ManualClock::new(DateTime::UNIX_EPOCH));
/// # let (sender, attempts) = std::sync::mpsc::channel();
/// let job = scheduler.every().hour().times(1).retry(5).run(move || {
///     sender.send(()).unwrap();
///     Err::<(), _>(Permanent::new("no such user"))
/// })?;
/// scheduler.run_until_empty();
/// assert_eq!(job.last_outcome(), Some(Outcome::Failed("no such user".into())));
/// assert_eq!(attempts.iter().count(), 1);
/// # Ok::<(), punctual::Error>(())
/// ```
#[derive(Debug)]
pub struct Permanent(Marked);

/// What a [`Permanent`] error wraps, and its first source: a wrapper of a wrapper, such as `anyhow::Error`, has a type
/// of its own, but its sources are the same.
#[derive(Debug)]
struct Marked(Box<dyn StdError + Send + Sync>);

impl fmt::Display for Marked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("not to be tried again")
    }
}

impl StdError for Marked {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.0.source()
    }
}

/// The sources of an error, up to a limit: an error may name itself as its source.
fn sources<'a>(
    error: &'a (dyn StdError + Send + Sync + 'static),
) -> impl Iterator<Item = &'a (dyn StdError + 'static)> {
    std::iter::successors(error.source(), |cause| (*cause).source()).take(32)
}

impl Permanent {
    /// Wraps an error.
    ///
    /// ```
    /// assert_eq!(punctual::Permanent::new("no such user").to_string(), "no such user");
    /// ```
    pub fn new(error: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        Permanent(Marked(error.into()))
    }
}

impl fmt::Display for Permanent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0 .0.fmt(f)
    }
}

impl StdError for Permanent {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        Some(&self.0)
    }
}

impl Outcome {
    /// The words for how a run may end, in spans and metrics.
    #[cfg(feature = "metrics")]
    pub(crate) const KINDS: [&'static str; 6] =
        ["completed", "cancelled", "failed", "panicked", "aborted", "timed_out"];

    /// The word for how a run has ended, in spans and metrics.
    #[cfg(any(feature = "tracing", feature = "metrics"))]
    pub(crate) fn kind(&self) -> &'static str {
        match self {
            Outcome::Completed => "completed",
            Outcome::Cancelled => "cancelled",
            Outcome::Failed(_) | Outcome::Permanent(_) | Outcome::Vetoed(_) => "failed",
            Outcome::Panicked(_) => "panicked",
            Outcome::Aborted(_) => "aborted",
            Outcome::TimedOut => "timed_out",
        }
    }

    /// Whether the body ran to its end, and neither returned an error nor panicked.
    ///
    /// ```
    /// use punctual::Outcome;
    /// assert!(Outcome::Completed.is_success());
    /// assert!(!Outcome::Panicked("index out of bounds".into()).is_success());
    /// ```
    pub fn is_success(&self) -> bool {
        matches!(self, Outcome::Completed | Outcome::Cancelled)
    }

    pub(crate) fn from_error(error: &(dyn StdError + Send + Sync + 'static)) -> Self {
        let text = Outcome::chain(error);
        if sources(error).any(|cause| cause.is::<Marked>()) {
            Outcome::Permanent(text)
        } else {
            Outcome::Failed(text)
        }
    }

    /// The text of an error, followed by that of each of its sources.
    pub(crate) fn chain(error: &(dyn StdError + Send + Sync + 'static)) -> String {
        let causes = sources(error).filter(|cause| !cause.is::<Marked>());
        causes.fold(error.to_string(), |text, cause| format!("{text}: {cause}"))
    }

    /// Whether another attempt may do better.
    pub(crate) fn may_be_retried(&self) -> bool {
        matches!(self, Outcome::Failed(_) | Outcome::Panicked(_) | Outcome::TimedOut)
    }

    /// The outcome of a run whose last attempt has ended like this.
    pub(crate) fn of_run(self) -> Self {
        match self {
            Outcome::Permanent(error) | Outcome::Vetoed(error) => Outcome::Failed(error),
            other => other,
        }
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Outcome::Completed => f.write_str("completed"),
            Outcome::Cancelled => f.write_str("completed, and cancelled its job"),
            Outcome::Failed(error) => write!(f, "failed: {error}"),
            Outcome::Panicked(message) => write!(f, "panicked: {message}"),
            Outcome::Aborted(why) => write!(f, "aborted: {why}"),
            Outcome::TimedOut => f.write_str("timed out"),
            Outcome::Permanent(error) => write!(f, "failed for good: {error}"),
            Outcome::Vetoed(reason) => write!(f, "vetoed: {reason}"),
        }
    }
}

/// A return value of a body: `()`, [`CancelJob`], `Option<CancelJob>`, a `Result` of these, or a type of your own that
/// implements this trait.
///
/// The error of a `Result` is anything that converts into `Box<dyn Error + Send + Sync>`: every error type that is
/// `Send + Sync`, `String` and `&str`. A `Box<dyn Error>` does not: name `Box<dyn Error + Send + Sync>` instead, or map
/// it with `.map_err(|error| error.to_string())`.
///
/// ```
/// use punctual::{CancelJob, IntoOutcome, Outcome};
/// assert_eq!(().into_outcome(), Outcome::Completed);
/// assert_eq!(Some(CancelJob).into_outcome(), Outcome::Cancelled);
/// assert_eq!(Err::<(), _>("disk full").into_outcome(), Outcome::Failed("disk full".into()));
///
/// struct Copied(u64);
///
/// impl IntoOutcome for Copied {
///     fn into_outcome(self) -> Outcome {
///         match self.0 {
///             0 => Outcome::Failed("nothing was copied".into()),
///             _ => Outcome::Completed,
///         }
///     }
/// }
///
/// let scheduler = punctual::Scheduler::new();
/// let job = scheduler.every().day().run(|| Copied(0))?;
/// job.run_now();
/// assert_eq!(job.last_outcome(), Some(Outcome::Failed("nothing was copied".into())));
/// # Ok::<(), punctual::Error>(())
/// ```
#[diagnostic::on_unimplemented(
    message = "a job cannot return `{Self}`",
    label = "a body that returns `{Self}`",
    note = "return `()`, `CancelJob`, `Option<CancelJob>`, or a `Result` of one of these",
    note = "a body that returns a future is given to `run_async` (feature `tokio`)",
    note = "end the body with `;`, or map a `Result` with `.map(|_| ())`; for a type of your own, implement `IntoOutcome`",
    note = "an error must be `Send + Sync`: use `Box<dyn Error + Send + Sync>`, or `.map_err(|error| error.to_string())`"
)]
pub trait IntoOutcome {
    /// Converts the return value into an outcome.
    ///
    /// ```
    /// use punctual::{CancelJob, IntoOutcome, Outcome};
    /// assert_eq!(CancelJob.into_outcome(), Outcome::Cancelled);
    /// ```
    fn into_outcome(self) -> Outcome;
}

impl IntoOutcome for () {
    fn into_outcome(self) -> Outcome {
        Outcome::Completed
    }
}

impl IntoOutcome for CancelJob {
    fn into_outcome(self) -> Outcome {
        Outcome::Cancelled
    }
}

impl IntoOutcome for Option<CancelJob> {
    fn into_outcome(self) -> Outcome {
        self.map_or(Outcome::Completed, IntoOutcome::into_outcome)
    }
}

/// The bound on the return type of a body: anything that implements [`IntoOutcome`], or `!`.
///
/// Implement [`IntoOutcome`], never this: the trait is sealed, and exists because `!` cannot be named on stable Rust.
///
/// ```
/// use punctual::{BodyReturn, Job, Result, Scheduler};
/// fn nightly<R: BodyReturn>(scheduler: &Scheduler, body: impl FnMut() -> R + Send + 'static) -> Result<Job> {
///     scheduler.every().day().at("00:15").run(body)
/// }
///
/// fn sweep() {}
/// fn reboot() -> ! {
///     std::process::exit(0)
/// }
/// # let scheduler = Scheduler::new();
/// nightly(&scheduler, sweep)?;
/// nightly(&scheduler, reboot)?;
/// # Ok::<(), punctual::Error>(())
/// ```
#[diagnostic::on_unimplemented(
    message = "a job cannot return `{Self}`",
    label = "a body that returns `{Self}`",
    note = "return `()`, `CancelJob`, `Option<CancelJob>`, or a `Result` of one of these",
    note = "a body that returns a future is given to `run_async` (feature `tokio`)",
    note = "end the body with `;`, or map a `Result` with `.map(|_| ())`; for a type of your own, implement `IntoOutcome`",
    note = "an error must be `Send + Sync`: use `Box<dyn Error + Send + Sync>`, or `.map_err(|error| error.to_string())`"
)]
pub trait BodyReturn: sealed::Sealed {
    /// Converts the return value into an outcome.
    #[doc(hidden)]
    fn into_body_outcome(self) -> Outcome;
}

mod sealed {
    use super::{IntoOutcome, Never};

    pub trait Sealed {}

    impl<T: IntoOutcome> Sealed for T {}

    #[allow(private_interfaces)] // As below.
    impl Sealed for Never {}
}

#[diagnostic::do_not_recommend] // An error then names what the body returns, and not what it consists of.
impl<T: IntoOutcome> BodyReturn for T {
    fn into_body_outcome(self) -> Outcome {
        self.into_outcome()
    }
}

/// The type `!`, which stable Rust cannot name except as the return type of a function pointer.
type Never = <fn() -> ! as Returns>::Output;

trait Returns {
    type Output;
}

impl<T> Returns for fn() -> T {
    type Output = T;
}

#[allow(private_interfaces)] // The trait only spells the type.
impl BodyReturn for Never {
    fn into_body_outcome(self) -> Outcome {
        self
    }
}

#[diagnostic::do_not_recommend] // As above.
impl<T, E> IntoOutcome for Result<T, E>
where
    T: BodyReturn,
    E: Into<Box<dyn StdError + Send + Sync>>,
{
    fn into_outcome(self) -> Outcome {
        match self {
            Ok(value) => value.into_body_outcome(),
            Err(error) => Outcome::from_error(error.into().as_ref()),
        }
    }
}
