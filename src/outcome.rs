//! How one run of a body ended.

use std::{any::Any, error::Error as StdError};

/// Return this from a body to take its job out of the registry.
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
    /// The body returned [`CancelJob`]: its job has left the registry.
    Cancelled,
    /// The body returned `Err`: the error's text, and after a colon the text of each of its sources.
    Failed(String),
    /// The body panicked: the panic's message.
    Panicked(String),
}

impl Outcome {
    /// Whether the body did its work: it neither returned an error nor panicked.
    ///
    /// ```
    /// use punctual::Outcome;
    /// assert!(Outcome::Completed.is_success());
    /// assert!(!Outcome::Panicked("index out of bounds".into()).is_success());
    /// ```
    pub fn is_success(&self) -> bool {
        matches!(self, Outcome::Completed | Outcome::Cancelled)
    }

    /// No more sources of an error are told: one may name itself as its source.
    const SOURCES: usize = 32;

    pub(crate) fn from_error(error: &(dyn StdError + Send + Sync + 'static)) -> Self {
        let mut text = error.to_string();
        for cause in std::iter::successors(error.source(), |cause: &&(dyn StdError + 'static)| (*cause).source())
            .take(Self::SOURCES)
        {
            text.push_str(": ");
            text.push_str(&cause.to_string());
        }
        Outcome::Failed(text)
    }

    pub(crate) fn from_panic(payload: &(dyn Any + Send)) -> Self {
        let text = payload
            .downcast_ref::<&str>()
            .copied()
            .or_else(|| payload.downcast_ref::<String>().map(String::as_str))
            .unwrap_or("a panic without a text");
        Outcome::Panicked(text.to_owned())
    }
}

/// What a body may return: `()`, [`CancelJob`], `Option<CancelJob>`, or a `Result` of these, or a type of your own for
/// which you implement this.
///
/// The error is anything that converts into `Box<dyn Error + Send + Sync>`: every error type, `String` and `&str`.
///
/// ```
/// use punctual::{IntoOutcome, CancelJob, Outcome};
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
pub trait IntoOutcome {
    /// The outcome that this return value stands for.
    ///
    /// ```
    /// use punctual::{IntoOutcome, CancelJob, Outcome};
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

/// Whatever is [`IntoOutcome`]; or nothing, from a body that never returns: one that ends the process, or always panics.
/// Implement that one for types of yours, and this holds for them.
///
/// Two traits, because that second case has a type that only this crate can tell from yours. This one is sealed.
///
/// ```
/// use punctual::{Job, Result, Returned, Scheduler};
/// fn nightly<R: Returned>(scheduler: &Scheduler, body: impl FnMut() -> R + Send + 'static) -> Result<Job> {
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
pub trait Returned: sealed::Sealed {
    /// The outcome that this return value stands for.
    #[doc(hidden)]
    fn into_returned_outcome(self) -> Outcome;
}

mod sealed {
    use super::{IntoOutcome, Never};

    pub trait Sealed {}

    impl<T: IntoOutcome> Sealed for T {}

    #[allow(private_interfaces)] // As below.
    impl Sealed for Never {}
}

impl<T: IntoOutcome> Returned for T {
    fn into_returned_outcome(self) -> Outcome {
        self.into_outcome()
    }
}

/// What a body returns that never does.
///
/// The name of the type `!` is not stable, but what a function returns has a name in any case.
type Never = <fn() -> ! as Returns>::Output;

trait Returns {
    type Output;
}

impl<T> Returns for fn() -> T {
    type Output = T;
}

#[allow(private_interfaces)] // Nobody needs the trait: it only spells the type.
impl Returned for Never {
    fn into_returned_outcome(self) -> Outcome {
        self
    }
}

impl<T, E> IntoOutcome for Result<T, E>
where
    T: Returned,
    E: Into<Box<dyn StdError + Send + Sync>>,
{
    fn into_outcome(self) -> Outcome {
        match self {
            Ok(value) => value.into_returned_outcome(),
            Err(error) => Outcome::from_error(error.into().as_ref()),
        }
    }
}
