//! The end of a sentence whose body is async.

use std::{future::Future, num::NonZeroU64};

use super::{
    state::{Complete, Instances, OneAtATime},
    Every,
};
use crate::{
    error::{Error, Result},
    handle::Job,
    job::{exclusive_async, shared_async, BoxedBody, Context},
    outcome::BodyReturn,
};

/// The end: one async body at a time. Needs the feature `tokio`.
#[cfg_attr(docsrs, doc(cfg(feature = "tokio")))]
impl<S, B: OneAtATime> Every<S, B> {
    /// Registers a job whose body returns a future, and returns its handle.
    ///
    /// Each run is a task in a tokio runtime: the [builder's](crate::SchedulerBuilder::runtime), else the one in which
    /// the poll takes place, else that of an async loop that is running. Without any, the run fails, and its outcome
    /// says what to do. Polls do not wait for the task. It needs no [`parallel`](Every::parallel) and takes no worker.
    ///
    /// The body runs once at a time; a slot that comes while it is running is skipped and reported as
    /// [`Skip::Overlap`](crate::Skip::Overlap), unless the sentence says [`max_instances`](Every::max_instances).
    ///
    /// The future returns what a closure may return. It is `Send` and owns what it needs: clone what a closure has
    /// captured, as below. A panic, in the closure or in the future, is an outcome. If the runtime is shut down, the
    /// outcome is [`Aborted`](crate::Outcome::Aborted).
    ///
    /// A future that blocks its thread instead of awaiting delays all of the runtime: give such work to
    /// [`run`](Every::run) and [`parallel`](Every::parallel), or to tokio's `spawn_blocking`.
    ///
    /// # Errors
    ///
    /// The first mistake in the sentence, or that its scheduler was dropped. Nothing is registered then.
    ///
    /// ```
    /// use std::{sync::Arc, time::Duration};
    /// # tokio::runtime::Builder::new_current_thread().enable_time().build()?.block_on(async {
    /// # let scheduler = punctual::Scheduler::new();
    /// let client = Arc::new("a client");
    /// let job = scheduler.every().millis(5).run_async(move || {
    ///     let client = Arc::clone(&client);
    ///     async move {
    ///         tokio::time::sleep(Duration::from_millis(1)).await;
    ///         println!("fetched by {client}");
    ///         Ok::<(), std::io::Error>(())
    ///     }
    /// })?;
    /// scheduler.run_until_async(tokio::time::sleep(Duration::from_millis(50))).await?;
    /// assert!(job.run_count() >= 1);
    /// # Ok::<(), punctual::Error>(())
    /// # })?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn run_async<F, Fut>(self, mut body: F) -> Result<Job>
    where
        S: Complete,
        F: FnMut() -> Fut + Send + 'static,
        Fut: Future<Output: BodyReturn> + Send + 'static,
    {
        self.register_async(exclusive_async::<F, Fut>(move |_| body()))
    }

    /// [`run_async`](Every::run_async), for a body that takes a [`Context`], by value.
    ///
    /// # Errors
    ///
    /// The first mistake in the sentence, or that its scheduler was dropped. Nothing is registered then.
    ///
    /// ```
    /// use punctual::Context;
    /// # tokio::runtime::Builder::new_current_thread().enable_time().build()?.block_on(async {
    /// # let scheduler = punctual::Scheduler::new();
    /// let stop = scheduler.stop_handle();
    /// scheduler.every().hour().immediately().run_async_with(move |context: Context| {
    ///     let stop = stop.clone();
    ///     async move {
    ///         println!("the report of {}", context.slot());
    ///         stop.stop();
    ///     }
    /// })?;
    /// assert_eq!(scheduler.run_forever_async().await?, 1);
    /// # Ok::<(), punctual::Error>(())
    /// # })?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn run_async_with<F, Fut>(self, mut body: F) -> Result<Job>
    where
        S: Complete,
        F: FnMut(Context) -> Fut + Send + 'static,
        Fut: Future<Output: BodyReturn> + Send + 'static,
    {
        self.register_async(exclusive_async::<F, Fut>(move |call| body(call.context())))
    }
}

/// The end: several runs of an async body at a time. Needs the feature `tokio`.
#[cfg_attr(docsrs, doc(cfg(feature = "tokio")))]
impl<S> Every<S, Instances> {
    /// Registers a job whose body returns a future, and returns its handle. Several runs may be in progress at a time,
    /// so the body is `Fn` and `Sync`.
    ///
    /// # Errors
    ///
    /// The first mistake in the sentence, or that its scheduler was dropped. Nothing is registered then.
    ///
    /// ```
    /// # let scheduler = punctual::Scheduler::new();
    /// let job = scheduler.every().second().max_instances(3).run_async(|| async { println!("one of three") })?;
    /// assert!(job.to_string().contains("async, at most 3 at a time"));
    /// # Ok::<(), punctual::Error>(())
    /// ```
    pub fn run_async<F, Fut>(self, body: F) -> Result<Job>
    where
        S: Complete,
        F: Fn() -> Fut + Send + Sync + 'static,
        Fut: Future<Output: BodyReturn> + Send + 'static,
    {
        self.register_async(shared_async::<F, Fut>(move |_| body()))
    }

    /// [`run_async`](Every::run_async), for a body that takes a [`Context`], by value.
    ///
    /// # Errors
    ///
    /// The first mistake in the sentence, or that its scheduler was dropped. Nothing is registered then.
    ///
    /// ```
    /// use punctual::Context;
    /// # let scheduler = punctual::Scheduler::new();
    /// let job = scheduler.every().second().max_instances(3).run_async_with(|context: Context| async move {
    ///     println!("the run for {}", context.slot());
    /// })?;
    /// assert!(job.is_scheduled());
    /// # Ok::<(), punctual::Error>(())
    /// ```
    pub fn run_async_with<F, Fut>(self, body: F) -> Result<Job>
    where
        S: Complete,
        F: Fn(Context) -> Fut + Send + Sync + 'static,
        Fut: Future<Output: BodyReturn> + Send + 'static,
    {
        self.register_async(shared_async::<F, Fut>(move |call| body(call.context())))
    }
}

impl<S, B> Every<S, B> {
    /// Ends the sentence with an async body.
    pub(crate) fn register_async(self, body: BoxedBody) -> Result<Job> {
        let sentence = self.and_then(|draft| {
            if let Some(pool) = draft.job.as_ref().and_then(|job| job.pool.as_ref()) {
                let why = "an async body takes no worker (expected a sentence without `pool`, or `run`)";
                return Err(Error::invalid(format!("invalid pool {pool:?}: {why}")));
            }
            draft.with(|job| {
                // Counted, as on workers: a run outlives the poll that starts it.
                job.workers.get_or_insert(NonZeroU64::MIN);
                job.is_async = true;
            })
        });
        sentence.register(body)
    }
}
