//! The sentence: how often, refined by options, ended by `run`.

mod count;
mod draft;
mod options;
mod plan;
pub mod state;
mod time;
mod units;
mod weekdays;
mod when;

use std::{any::type_name, fmt, marker::PhantomData, sync::Arc, time::Duration};

use self::draft::{Cadence, Draft};
pub use self::{
    count::Count,
    time::IntoTime,
    weekdays::IntoWeekdays,
    when::{IntoWhen, When},
};
use crate::{
    error::Result,
    executor,
    handle::Job,
    job::{Context, Exclusive, Shared, Task},
    outcome::Returned,
    scheduler::{Inner, Scheduler},
};

/// A sentence under construction: see the methods of its states.
///
/// The first mistake is kept, and [`run`](Every::run) returns it; there is no `?` in the middle of a sentence, and
/// nothing panics.
///
/// ```
/// # let scheduler = punctual::Scheduler::new();
/// let error = scheduler.every().day().at("noon").tz("nowhere").run(|| {}).unwrap_err();
/// assert!(error.to_string().starts_with("invalid time \"noon\" for a daily job"));
/// assert!(scheduler.jobs().is_empty());
/// ```
#[must_use = "a sentence does nothing until `run`"]
pub struct Every<S = state::Unsaid, B = state::InTurn> {
    inner: Arc<Inner>,
    draft: Result<Draft>,
    state: PhantomData<fn() -> (S, B)>,
}

impl<S, B> fmt::Debug for Every<S, B> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Every").field("draft", &self.draft).finish_non_exhaustive()
    }
}

impl<S, B> Every<S, B> {
    fn and_then(self, f: impl FnOnce(Draft) -> Result<Draft>) -> Self {
        Every { draft: self.draft.and_then(f), ..self }
    }

    /// The same sentence, in the state that it has got to.
    fn go_on<T, C>(self, f: impl FnOnce(Draft) -> Result<Draft>) -> Every<T, C> {
        Every { inner: self.inner, draft: self.draft.and_then(f), state: PhantomData }
    }
}

impl<S: state::Complete, B: state::OneAtATime> Every<S, B> {
    /// Ends the sentence: registers a job that runs `body`, and returns a handle of it.
    ///
    /// A body is any closure or function without arguments that returns `()`, [`CancelJob`](crate::CancelJob),
    /// `Option<CancelJob>`, a `Result` of these, or what else is [`IntoOutcome`](crate::IntoOutcome). It runs in the thread that calls
    /// [`run_pending`](Scheduler::run_pending). An error or a panic is caught, logged, and kept as the job's
    /// [`last_outcome`](Job::last_outcome); the job stays scheduled.
    ///
    /// # Errors
    ///
    /// The first mistake of the sentence, or that its scheduler is gone; nothing is registered then.
    ///
    /// ```
    /// # let scheduler = punctual::Scheduler::new();
    /// fn greet(name: &str) {
    ///     println!("Hello, {name}");
    /// }
    /// let job = scheduler.every().monday().at("13:15").run(|| greet("Alice"))?;
    /// assert!(job.is_scheduled());
    /// # Ok::<(), punctual::Error>(())
    /// ```
    pub fn run<F, R>(self, mut body: F) -> Result<Job>
    where
        F: FnMut() -> R + Send + 'static,
        R: Returned,
    {
        self.register(type_name::<F>, Box::new(Exclusive(move |_: &Context<'_>| body().into_returned_outcome())))
    }

    /// [`run`](Every::run), for a body that wants to know for which slot it runs.
    ///
    /// # Errors
    ///
    /// The first mistake of the sentence, or that its scheduler is gone; nothing is registered then.
    ///
    /// ```
    /// use punctual::Context;
    /// # let scheduler = punctual::Scheduler::new();
    /// scheduler.every().hour().at(":00").run_with(|context: &Context| {
    ///     println!("the report of {}", context.scheduled_at());
    /// })?;
    /// assert_eq!(scheduler.run_all(), 1);
    /// # Ok::<(), punctual::Error>(())
    /// ```
    pub fn run_with<F, R>(self, mut body: F) -> Result<Job>
    where
        F: FnMut(&Context<'_>) -> R + Send + 'static,
        R: Returned,
    {
        self.register(
            type_name::<F>,
            Box::new(Exclusive(move |context: &Context<'_>| body(context).into_returned_outcome())),
        )
    }
}

impl<S: state::Complete> Every<S, state::Instances> {
    /// Ends the sentence: registers a job that runs `body`, and returns a handle of it. The body may run on several
    /// workers at a time, so it is `Fn` and `Sync`.
    ///
    /// # Errors
    ///
    /// The first mistake of the sentence, or that its scheduler is gone; nothing is registered then.
    ///
    /// ```
    /// # let scheduler = punctual::Scheduler::new();
    /// let job = scheduler.every().second().max_instances(3).run(|| println!("one of three"))?;
    /// assert!(job.is_scheduled());
    /// # Ok::<(), punctual::Error>(())
    /// ```
    pub fn run<F, R>(self, body: F) -> Result<Job>
    where
        F: Fn() -> R + Send + Sync + 'static,
        R: Returned,
    {
        self.register(type_name::<F>, Box::new(Shared(Arc::new(move |_: &Context<'_>| body().into_returned_outcome()))))
    }

    /// [`run`](Every::run), for a body that wants to know for which slot it runs.
    ///
    /// # Errors
    ///
    /// The first mistake of the sentence, or that its scheduler is gone; nothing is registered then.
    ///
    /// ```
    /// use punctual::Context;
    /// # let scheduler = punctual::Scheduler::new();
    /// scheduler.every().second().max_instances(3).run_with(|context: &Context| {
    ///     println!("the run for {}", context.scheduled_at());
    /// })?;
    /// assert_eq!(scheduler.run_all(), 1);
    /// # Ok::<(), punctual::Error>(())
    /// ```
    pub fn run_with<F, R>(self, body: F) -> Result<Job>
    where
        F: Fn(&Context<'_>) -> R + Send + Sync + 'static,
        R: Returned,
    {
        self.register(
            type_name::<F>,
            Box::new(Shared(Arc::new(move |context: &Context<'_>| body(context).into_returned_outcome()))),
        )
    }
}

impl<S, B> Every<S, B> {
    /// The name of a job for which the sentence has none.
    #[cfg(feature = "macros")]
    pub(crate) fn named_unless_said(self, name: &str) -> Self {
        self.and_then(|draft| {
            draft.with(|options| {
                options.labels.name.get_or_insert_with(|| name.into());
            })
        })
    }

    /// Ends the sentence with a body of which `body` tells the name.
    pub(crate) fn register(self, body: fn() -> &'static str, task: Task) -> Result<Job> {
        register(self.inner, self.draft, body, task)
    }
}

/// [`Every::register`], once for all states of a sentence.
fn register(inner: Arc<Inner>, draft: Result<Draft>, body: fn() -> &'static str, task: Task) -> Result<Job> {
    let zone = inner.zone();
    let draft = match draft {
        Ok(draft) => draft,
        Err(error) => {
            executor::drop_quietly(task);
            return Err(error);
        }
    };
    let place = inner.add(|now| plan::plan(draft, now, zone), body, task)?;
    Ok(Job::first(inner, place))
}

impl Scheduler {
    /// Begins a sentence; a unit comes next.
    ///
    /// ```
    /// # let scheduler = punctual::Scheduler::new();
    /// let job = scheduler.every().day().at("10:30").run(|| println!("tea"))?;
    /// assert_eq!(scheduler.jobs(), [job]);
    /// # Ok::<(), punctual::Error>(())
    /// ```
    pub fn every(&self) -> Every {
        self.begin(Cadence::After(Duration::ZERO))
    }

    /// Begins a sentence with one run, `delay` after its registration. A delay of zero is due at once.
    ///
    /// ```
    /// # use punctual::{ManualClock, Scheduler};
    /// # use std::time::Duration;
    /// # let clock = ManualClock::new(chrono::DateTime::UNIX_EPOCH);
    /// # let scheduler = Scheduler::with_clock(clock.clone());
    /// let job = scheduler.after(Duration::from_secs(5)).run(|| println!("time is up"))?;
    /// clock.advance(Duration::from_secs(5));
    /// assert_eq!(scheduler.run_pending(), 1);
    /// assert!(!job.is_scheduled());
    /// # Ok::<(), punctual::Error>(())
    /// ```
    pub fn after(&self, delay: Duration) -> Every<state::Single> {
        self.begin(Cadence::After(delay))
    }

    /// Begins a sentence with one run, at a moment. A moment in the past is an error that `run` returns.
    ///
    /// ```
    /// # use punctual::{ManualClock, Scheduler};
    /// # let scheduler = Scheduler::with_clock(ManualClock::new(chrono::DateTime::UNIX_EPOCH));
    /// let job = scheduler.once("2030-01-01 18:30").tz("UTC").run(|| println!("happy new year"))?;
    /// assert_eq!(job.next_run().unwrap().to_rfc3339(), "2030-01-01T18:30:00+00:00");
    /// # Ok::<(), punctual::Error>(())
    /// ```
    pub fn once(&self, when: impl IntoWhen) -> Every<state::Single> {
        let when = when.into_when().check("once");
        let draft = when.map(|when| Draft::new(Cadence::Once(Box::new(when))));
        Every { inner: Arc::clone(self.inner()), draft, state: PhantomData }
    }

    fn begin<S>(&self, cadence: Cadence) -> Every<S> {
        Every { inner: Arc::clone(self.inner()), draft: Ok(Draft::new(cadence)), state: PhantomData }
    }
}
