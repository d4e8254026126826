//! The builder of a scheduler.

use std::{fmt, sync::Arc};

use fastrand::Rng;

use super::{pools::named_pool, Scheduler};
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
    pools: Result<Vec<(Arc<str>, usize)>>,
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
            pools: Ok(Vec::new()),
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

    /// Sets the highest number of threads for the bodies of all [`parallel`](crate::Every::parallel) jobs that name no
    /// [pool](SchedulerBuilder::pool): the places of the pool `"default"`. The default is 10. Threads are started on
    /// demand.
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

    /// Adds a pool of workers with a name and a number of places, the most bodies that run in it at a time. Jobs choose
    /// it with [`pool`](crate::Every::pool) in the sentence. Its threads are started on demand.
    ///
    /// Pools do not wait for each other: long jobs in one delay no job of another. `"default"` is the pool of
    /// [`workers`](SchedulerBuilder::workers).
    ///
    /// An empty name, the name of another pool and zero places are errors that [`build`](SchedulerBuilder::build)
    /// returns. [`Scheduler::add_pool`] adds a pool later.
    ///
    /// ```
    /// # use punctual::{ManualClock, Scheduler};
    /// # use std::{sync::mpsc::channel, time::Duration};
    /// # let clock = ManualClock::new(chrono::DateTime::UNIX_EPOCH);
    /// let scheduler = Scheduler::builder().workers(10).pool("db", 2).clock(clock.clone()).build()?;
    /// let (sender, names) = channel();
    /// scheduler.every().second().pool("db").run(move || {
    ///     sender.send(std::thread::current().name().map(str::to_owned))
    /// })?;
    /// clock.advance(Duration::from_secs(1));
    /// assert_eq!(scheduler.run_pending(), 1);
    /// assert_eq!(names.recv().unwrap().as_deref(), Some("punctual-db-1"));
    ///
    /// let error = Scheduler::builder().pool("db", 0).build().unwrap_err();
    /// assert_eq!(error.to_string(), "invalid count 0 for the places of the pool \"db\": it must be 1 or more");
    /// # Ok::<(), punctual::Error>(())
    /// ```
    pub fn pool(mut self, name: impl AsRef<str>, places: impl IntoCount) -> Self {
        self.pools = self.pools.and_then(|mut pools| {
            pools.push(named_pool(name.as_ref(), places)?);
            Ok(pools)
        });
        self
    }

    /// Sets how many runs of each job are kept, for [`Job::history`](crate::Job::history) and
    /// [`Job::explain`](crate::Job::explain). As many skipped slots and pauses are kept for `explain`. The default is
    /// 0: nothing is kept, and runs cost nothing more.
    ///
    /// A run takes some 100 bytes, plus the text of its error. The history of a job is dropped when the job is removed
    /// and its last handle is dropped.
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

    /// Makes random lengths reproducible: with the same seed, the same calls draw the same lengths. Without a seed,
    /// each scheduler draws others.
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

    /// Sets the tokio runtime of all [async](crate::Every::run_async) bodies. Without it, a run uses the runtime in
    /// which the poll takes place, else that of an async loop that is running.
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
    /// If [`tz`](SchedulerBuilder::tz) was given text that names no zone, [`workers`](SchedulerBuilder::workers) zero,
    /// or [`pool`](SchedulerBuilder::pool) zero places or a name that is empty or taken.
    ///
    /// ```
    /// let scheduler = punctual::Scheduler::builder().build()?;
    /// assert!(scheduler.jobs().is_empty());
    /// # Ok::<(), punctual::Error>(())
    /// ```
    pub fn build(self) -> Result<Scheduler> {
        let random = self.seed.map_or_else(Rng::new, Rng::with_seed);
        let pools = self.pools?;
        let scheduler = Scheduler::assemble(self.clock, self.zone?, self.workers?, self.history, random);
        pools.iter().try_for_each(|(name, places)| scheduler.core().pools().add(name, *places))?;
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
            .field("pools", &self.pools)
            .finish_non_exhaustive()
    }
}
