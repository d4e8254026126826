//! The end of a sentence.

use std::sync::Arc;

use super::{
    state::{Complete, Instances, OneAtATime},
    Draft, Every,
};
use crate::{
    error::Result,
    handle::Job,
    job::{exclusive, shared, BoxedBody, Context},
    outcome::BodyReturn,
    schedule::Schedule,
    scheduler::Core,
    unwind::drop_quietly,
};

/// The end: one body at a time.
impl<S, B: OneAtATime> Every<S, B> {
    /// Registers the job and returns its handle.
    ///
    /// The body runs in the thread that polls, or on a worker if the sentence says [`parallel`](Every::parallel) or
    /// [`max_instances`](Every::max_instances).
    ///
    /// A body is a closure or function without arguments. It returns `()`, [`CancelJob`](crate::CancelJob),
    /// `Option<CancelJob>`, a `Result` of these, or another type that implements [`IntoOutcome`](crate::IntoOutcome).
    /// Errors and panics are caught, logged and kept as the job's [`last_outcome`](Job::last_outcome); the job stays
    /// scheduled.
    ///
    /// # Errors
    ///
    /// The first mistake in the sentence, or that its scheduler was dropped. Nothing is registered then.
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
        S: Complete,
        F: FnMut() -> R + Send + 'static,
        R: BodyReturn,
    {
        self.register(exclusive::<F>(move |_| body().into_body_outcome()))
    }

    /// [`run`](Every::run), for a body that takes a [`Context`]: the slot, the job's name and more.
    ///
    /// # Errors
    ///
    /// The first mistake in the sentence, or that its scheduler was dropped. Nothing is registered then.
    ///
    /// ```
    /// use punctual::Context;
    /// # let scheduler = punctual::Scheduler::new();
    /// scheduler.every().hour().at(":00").run_with(|context: &Context| {
    ///     println!("the report of {}", context.slot());
    /// })?;
    /// assert_eq!(scheduler.run_all(), 1);
    /// # Ok::<(), punctual::Error>(())
    /// ```
    pub fn run_with<F, R>(self, mut body: F) -> Result<Job>
    where
        S: Complete,
        F: FnMut(&Context) -> R + Send + 'static,
        R: BodyReturn,
    {
        self.register(exclusive::<F>(move |call| body(&call.context()).into_body_outcome()))
    }
}

/// The end: several runs at a time.
impl<S> Every<S, Instances> {
    /// Registers the job and returns its handle. Several workers may run the body at a time, so it is `Fn` and `Sync`.
    ///
    /// # Errors
    ///
    /// The first mistake in the sentence, or that its scheduler was dropped. Nothing is registered then.
    ///
    /// ```
    /// # let scheduler = punctual::Scheduler::new();
    /// let job = scheduler.every().second().max_instances(3).run(|| println!("one of three"))?;
    /// assert!(job.is_scheduled());
    /// # Ok::<(), punctual::Error>(())
    /// ```
    pub fn run<F, R>(self, body: F) -> Result<Job>
    where
        S: Complete,
        F: Fn() -> R + Send + Sync + 'static,
        R: BodyReturn,
    {
        self.register(shared::<F>(move |_| body().into_body_outcome()))
    }

    /// [`run`](Every::run), for a body that takes a [`Context`]: the slot, the job's name and more.
    ///
    /// # Errors
    ///
    /// The first mistake in the sentence, or that its scheduler was dropped. Nothing is registered then.
    ///
    /// ```
    /// use punctual::Context;
    /// # let scheduler = punctual::Scheduler::new();
    /// scheduler.every().second().max_instances(3).run_with(|context: &Context| {
    ///     println!("the run for {}", context.slot());
    /// })?;
    /// assert_eq!(scheduler.run_all(), 1);
    /// # Ok::<(), punctual::Error>(())
    /// ```
    pub fn run_with<F, R>(self, body: F) -> Result<Job>
    where
        S: Complete,
        F: Fn(&Context) -> R + Send + Sync + 'static,
        R: BodyReturn,
    {
        self.register(shared::<F>(move |call| body(&call.context()).into_body_outcome()))
    }
}

/// The end: the schedule alone.
impl<S, B> Every<S, B> {
    /// Returns the [`Schedule`], and registers nothing. Labels and policies, such as `tag` or `priority`, belong to a
    /// job and are not part of it.
    ///
    /// # Errors
    ///
    /// The first mistake in the sentence. What depends on the time of registration, such as a deadline in the past, is
    /// no mistake yet.
    ///
    /// ```
    /// use punctual::{every, schedule};
    /// let workdays = every().weekday().at("09:30").tz("UTC").schedule()?;
    /// assert_eq!(workdays.to_string(), "every weekday at 09:30 in UTC");
    /// assert_eq!(every().weekday().at("9:30").tz("UTC").tag("a").schedule()?, workdays);
    ///
    /// let job = schedule(workdays).tag("report").run(|| {})?;
    /// # job.cancel();
    /// # Ok::<(), punctual::Error>(())
    /// ```
    pub fn schedule(self) -> Result<Schedule>
    where
        S: Complete,
    {
        self.draft.map(|draft| draft.schedule)
    }

    /// Names the job, unless the sentence does.
    #[cfg(any(feature = "macros", feature = "command"))]
    pub(crate) fn named_by_default(self, name: &str) -> Self {
        self.and_then(|draft| {
            draft.with(|job| {
                job.labels.name.get_or_insert_with(|| name.into());
            })
        })
    }

    /// Ends the sentence with a body.
    pub(crate) fn register(self, body: BoxedBody) -> Result<Job> {
        register(self.core, self.draft, body)
    }
}

/// [`Every::register`], compiled once for all states.
fn register(core: Arc<Core>, draft: Result<Draft>, body: BoxedBody) -> Result<Job> {
    match draft {
        Ok(Draft { schedule, job }) => {
            let place = core.register(schedule, job, body)?;
            Ok(Job::first(core, place))
        }
        Err(error) => {
            // Dropped here, with panics caught: what it has captured is the user's.
            drop_quietly(body);
            Err(error)
        }
    }
}
