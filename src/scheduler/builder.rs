//! The builder of a scheduler.

use std::{fmt, sync::Arc};

use fastrand::Rng;

use super::Scheduler;
use crate::{
    clock::{Clock, SystemClock},
    error::Result,
    schedule::{at_least_one, IntoCount},
    zone::{IntoZone, Zone},
};

/// Builds a [`Scheduler`] with another clock or another zone than the machine's, or another number of workers.
///
/// [`Scheduler::builder`] creates one. The first mistake is kept, and returned by [`build`](SchedulerBuilder::build).
///
/// ```
/// use punctual::{ManualClock, Scheduler};
/// # let clock = ManualClock::new(chrono::DateTime::UNIX_EPOCH);
/// let scheduler = Scheduler::builder().clock(clock.clone()).tz("UTC").build()?;
/// let job = scheduler.every().day().at("10:30").run(|| {})?;
/// assert_eq!(job.next_run().unwrap().to_rfc3339(), "1970-01-01T10:30:00+00:00");
/// # Ok::<(), punctual::Error>(())
/// ```
#[must_use = "a builder does nothing until `build`"]
pub struct SchedulerBuilder {
    clock: Arc<dyn Clock>,
    zone: Result<Zone>,
    workers: Result<usize>,
    history: usize,
    seed: Option<u64>,
    #[cfg(feature = "tokio")]
    runtime: Option<tokio::runtime::Handle>,
}

/// The number that APScheduler has, and not that of the processors: most bodies spend their time waiting.
pub(super) const DEFAULT_WORKERS: usize = 10;

impl SchedulerBuilder {
    pub(super) fn new() -> Self {
        SchedulerBuilder {
            clock: Arc::new(SystemClock),
            zone: Ok(Zone::MACHINE),
            workers: Ok(DEFAULT_WORKERS),
            history: 0,
            seed: None,
            #[cfg(feature = "tokio")]
            runtime: None,
        }
    }

    /// Sets the clock that the scheduler reads. The default is [`SystemClock`].
    ///
    /// ```
    /// use punctual::{ManualClock, Scheduler};
    /// let clock = ManualClock::new(chrono::DateTime::UNIX_EPOCH);
    /// let scheduler = Scheduler::builder().clock(clock).build()?;
    /// let job = scheduler.every().hour().run(|| {})?;
    /// assert_eq!(job.next_run().unwrap().timestamp(), 3600);
    /// # Ok::<(), punctual::Error>(())
    /// ```
    pub fn clock(mut self, clock: impl Clock) -> Self {
        self.clock = Arc::new(clock);
        self
    }

    /// Sets the zone of all sentences that name none. The default is the machine's.
    ///
    /// The machine's zone may change at run time, by the variable `TZ` or the file `/etc/localtime`. Polls notice that
    /// within a minute, and before they use a slot that was computed under the old rules. Dates, times in `at` and
    /// windows then follow the new zone: the next slot is the first after now, even if that repeats a wall time on the
    /// same date. A slot that has run does not run again, and an overdue job runs only if it is overdue in the new
    /// zone, too. Elapsed lengths and instants do not move, nor do the moments of `once`, `starting` and `until`.
    ///
    /// ```
    /// use punctual::Scheduler;
    /// assert!(Scheduler::builder().tz(chrono::Utc).build().is_ok());
    /// assert!(Scheduler::builder().tz("nowhere").build().is_err());
    /// ```
    pub fn tz(mut self, zone: impl IntoZone) -> Self {
        // The first mistake is the one that is reported.
        self.zone = self.zone.and_then(|_| zone.into_zone());
        self
    }

    /// Sets the highest number of threads that run the bodies of [`parallel`](crate::Every::parallel) jobs, for all
    /// jobs together. The default is 10. Threads are started on demand.
    ///
    /// ```
    /// use punctual::Scheduler;
    /// assert!(Scheduler::builder().workers(8).build().is_ok());
    /// let error = Scheduler::builder().workers(0).build().unwrap_err();
    /// assert_eq!(error.to_string(), "invalid count 0 for workers: it must be 1 or more");
    /// ```
    pub fn workers(mut self, n: impl IntoCount) -> Self {
        self.workers =
            self.workers.and_then(|_| Ok(usize::try_from(at_least_one(n, "workers")?).unwrap_or(usize::MAX)));
        self
    }

    /// Sets how many runs of each job are kept for [`Job::history`](crate::Job::history), and for
    /// [`Job::explain`](crate::Job::explain) as many skipped slots and pauses. The default is 0: nothing is kept, and runs
    /// cost nothing more.
    ///
    /// A run takes some 100 bytes, and the text of its error. They are dropped with the job, or with the last handle of
    /// it.
    ///
    /// ```
    /// # use punctual::Scheduler;
    /// let scheduler = Scheduler::builder().history(2).build()?;
    /// let job = scheduler.every().day().run(|| {})?;
    /// (0..5).for_each(|_| assert!(job.run_now()));
    /// assert_eq!(job.history(10).len(), 2);
    /// # Ok::<(), punctual::Error>(())
    /// ```
    pub fn history(mut self, limit: usize) -> Self {
        self.history = limit;
        self
    }

    /// Makes random intervals reproducible: with the same seed, the same calls draw the same lengths. Without a seed,
    /// each scheduler draws its own.
    ///
    /// ```
    /// # use punctual::{chrono::DateTime, ManualClock, Scheduler};
    /// let next_run = || {
    ///     let clock = ManualClock::new(DateTime::UNIX_EPOCH);
    ///     let scheduler = Scheduler::builder().clock(clock).seed(7).build()?;
    ///     Ok::<_, punctual::Error>(scheduler.every().minutes(5).to(10).run(|| {})?.next_run())
    /// };
    /// assert_eq!(next_run()?, next_run()?);
    /// # Ok::<(), punctual::Error>(())
    /// ```
    pub fn seed(mut self, seed: u64) -> Self {
        self.seed = Some(seed);
        self
    }

    /// Sets the tokio runtime of all [async](crate::Every::run_async) bodies. Without it, a run takes the runtime in
    /// which it is polled, else that of an async loop that is running.
    ///
    /// If the runtime is shut down, runs in progress and later ones end at once as
    /// [`Outcome::Aborted`](crate::Outcome::Aborted). A `current_thread` runtime runs tasks only while a thread is in
    /// its `block_on`.
    ///
    /// ```
    /// # use std::sync::mpsc::channel;
    /// let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).build()?;
    /// let scheduler = punctual::Scheduler::builder().runtime(runtime.handle().clone()).build()?;
    /// let (sender, receiver) = channel();
    /// scheduler.every().day().immediately().run_async(move || {
    ///     let sender = sender.clone();
    ///     async move { sender.send("on the runtime") }
    /// })?;
    /// assert_eq!(scheduler.run_pending(), 1); // in a thread that is in no runtime
    /// assert_eq!(receiver.recv()?, "on the runtime");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[cfg(feature = "tokio")]
    #[cfg_attr(docsrs, doc(cfg(feature = "tokio")))]
    pub fn runtime(mut self, runtime: tokio::runtime::Handle) -> Self {
        self.runtime = Some(runtime);
        self
    }

    /// Creates the scheduler.
    ///
    /// # Errors
    ///
    /// If [`tz`](SchedulerBuilder::tz) was given text that names no zone, or [`workers`](SchedulerBuilder::workers)
    /// zero.
    ///
    /// ```
    /// let scheduler = punctual::Scheduler::builder().build()?;
    /// assert!(scheduler.jobs().is_empty());
    /// # Ok::<(), punctual::Error>(())
    /// ```
    pub fn build(self) -> Result<Scheduler> {
        let random = self.seed.map_or_else(Rng::new, Rng::with_seed);
        let scheduler = Scheduler::assemble(self.clock, self.zone?, self.workers?, self.history, random);
        #[cfg(feature = "tokio")]
        self.runtime.into_iter().for_each(|runtime| scheduler.core().runtimes().choose(runtime));
        Ok(scheduler)
    }
}

impl fmt::Debug for SchedulerBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SchedulerBuilder")
            .field("zone", &self.zone)
            .field("workers", &self.workers)
            .finish_non_exhaustive()
    }
}
