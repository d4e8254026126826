//! What a body can ask about its run.

use std::{
    any::Any,
    fmt,
    sync::{Arc, Weak},
};

use chrono::{DateTime, Utc};

use super::{Label, Place};
use crate::{
    clock::{Clock, SystemClock},
    id::{JobId, RunId},
    run::{Run, RunRecord},
    timestamp::Timestamp,
};

/// The run for which a body is called: its job, its slot, the time. [`run_with`](crate::Every::run_with) passes it to
/// the body.
///
/// A context owns its data and keeps no scheduler alive: clone it, store it, or send it to another thread.
///
/// ```
/// use punctual::{Context, ManualClock, Scheduler};
/// # use chrono::{TimeZone, Utc};
/// # use std::time::Duration;
/// let noon = Utc.with_ymd_and_hms(2024, 1, 10, 12, 0, 0).unwrap();
/// let clock = ManualClock::new(noon);
/// let scheduler = Scheduler::with_clock(clock.clone());
/// scheduler.every().minute().named("report").run_with(move |context: &Context| {
///     assert_eq!(context.name(), "report");
///     assert_eq!(context.slot(), noon + Duration::from_secs(60));
///     assert_eq!(context.now(), noon + Duration::from_secs(75));
/// })?;
/// clock.advance(Duration::from_secs(75));
/// assert_eq!(scheduler.run_pending(), 1);
/// # Ok::<(), punctual::Error>(())
/// ```
#[derive(Clone)]
pub struct Context {
    run: RunRecord,
    run_count: u64,
    label: Label,
    clock: Arc<dyn Clock>,
    pub(crate) origin: Option<Origin>,
}

/// Where a context comes from: the core of its scheduler, and the job's place there.
#[derive(Clone)]
pub(crate) struct Origin {
    pub(crate) core: Weak<dyn Any + Send + Sync>,
    pub(crate) place: Place,
}

/// What a body is called with. A [`Context`] is only built if the body takes one.
pub(crate) struct Call<'a> {
    pub(crate) run: &'a RunRecord,
    pub(crate) run_count: u64,
    pub(crate) label: &'a Label,
    pub(crate) row: u32,
    pub(crate) host: &'a dyn Host,
}

/// The scheduler, as far as the context of a run needs it.
pub(crate) trait Host {
    fn clock(&self) -> Arc<dyn Clock>;
    fn core(&self) -> Weak<dyn Any + Send + Sync>;

    /// The commands that run now.
    #[cfg(feature = "command")]
    fn commands(&self) -> &crate::command::Commands;

    /// The time limit of an attempt, if it has one.
    #[cfg(feature = "command")]
    fn time_limit(&self, place: Place, run: &RunRecord) -> Option<crate::command::TimeLimit>;

    /// Whether an attempt was cancelled.
    #[cfg(any(feature = "tokio", feature = "command"))]
    fn is_cancelled(&self, run: &RunRecord) -> bool;
}

impl Call<'_> {
    pub(crate) fn context(&self) -> Context {
        Context {
            run: *self.run,
            run_count: self.run_count,
            label: self.label.clone(),
            clock: self.host.clock(),
            origin: Some(Origin { core: self.host.core(), place: Place { id: self.label.id, row: self.row } }),
        }
    }
}

impl Context {
    /// Creates a context that belongs to no job, for calling a body in a unit test: that of a first run, for this slot.
    /// The clock is the machine's, and the name is `detached`.
    ///
    /// ```
    /// use punctual::{chrono::{DateTime, Utc}, Context};
    ///
    /// fn report(context: &Context) -> String {
    ///     format!("report of {}", context.slot().date_naive())
    /// }
    ///
    /// let context = Context::detached(DateTime::UNIX_EPOCH);
    /// assert_eq!(report(&context), "report of 1970-01-01");
    /// assert!(context.job().is_none());
    /// ```
    pub fn detached(slot: DateTime<Utc>) -> Self {
        let slot = Timestamp::from(slot);
        Context {
            run: RunRecord { id: RunId(0), slot, started_at: slot, attempt: 1 },
            run_count: 1,
            label: Label { id: JobId(0), body: || "detached", labels: None },
            clock: Arc::new(SystemClock),
            origin: None,
        }
    }

    /// Replaces the name.
    ///
    /// ```
    /// # use punctual::{chrono::DateTime, Context};
    /// assert_eq!(Context::detached(DateTime::UNIX_EPOCH).named("report").name(), "report");
    /// ```
    #[must_use]
    pub fn named(mut self, name: &str) -> Self {
        let labels = self.label.labels.get_or_insert_with(Arc::default);
        Arc::make_mut(labels).name = Some(name.into());
        self
    }

    /// Replaces the clock.
    ///
    /// ```
    /// # use punctual::{chrono::DateTime, Context, ManualClock};
    /// let clock = ManualClock::new(DateTime::UNIX_EPOCH);
    /// assert_eq!(Context::detached(DateTime::UNIX_EPOCH).with_clock(clock).now(), DateTime::UNIX_EPOCH);
    /// ```
    #[must_use]
    pub fn with_clock(mut self, clock: impl Clock) -> Self {
        self.clock = Arc::new(clock);
        self
    }

    /// The slot that this run is for, never later than [`now`](Context::now); the first one if several were missed. For
    /// a manual run with nothing overdue, the time it started.
    ///
    /// If the wall clock is set back while a run is due, the slot of an interval moves back by the same amount. A slot
    /// of minutes or hours with `at`, and one that a pass has already claimed, stays, or becomes the new time if that
    /// is earlier. Days and longer units wait for their wall time again. A further attempt keeps the slot of its run,
    /// even if that is later then.
    ///
    /// ```
    /// # use punctual::{Context, Scheduler};
    /// # let scheduler = Scheduler::new();
    /// let job = scheduler.every().day().run_with(|context: &Context| {
    ///     assert!(context.slot() <= context.now());
    /// })?;
    /// assert!(job.run_now());
    /// # assert!(job.last_outcome().unwrap().is_success());
    /// # Ok::<(), punctual::Error>(())
    /// ```
    pub fn slot(&self) -> DateTime<Utc> {
        self.run.slot.datetime()
    }

    /// What the scheduler's clock shows now.
    ///
    /// ```
    /// # use punctual::{Context, ManualClock, Scheduler};
    /// # use std::time::Duration;
    /// # let clock = ManualClock::new(chrono::DateTime::UNIX_EPOCH);
    /// # let scheduler = Scheduler::with_clock(clock.clone());
    /// let job = scheduler.every().day().run_with(move |context: &Context| {
    ///     let start = context.now();
    ///     clock.advance(Duration::from_secs(5));
    ///     assert_eq!(context.now() - start, chrono::TimeDelta::seconds(5));
    /// })?;
    /// job.run_now();
    /// # assert!(job.last_outcome().unwrap().is_success());
    /// # Ok::<(), punctual::Error>(())
    /// ```
    pub fn now(&self) -> DateTime<Utc> {
        self.clock.now()
    }

    /// This run as plain data: its number, its slot, when it started.
    ///
    /// ```
    /// # use punctual::{Context, Scheduler};
    /// # let scheduler = Scheduler::new();
    /// let job = scheduler.every().day().run_with(|context: &Context| {
    ///     assert_eq!(context.run().slot, context.slot());
    /// })?;
    /// job.run_now();
    /// # assert!(job.last_outcome().unwrap().is_success());
    /// # Ok::<(), punctual::Error>(())
    /// ```
    pub fn run(&self) -> Run {
        self.run.data(self.id())
    }

    pub(crate) fn record(&self) -> &RunRecord {
        &self.run
    }

    /// The number of the attempt: 1, or more if [`retry`](crate::Every::retry) tries the run again.
    ///
    /// ```
    /// # use punctual::{chrono::DateTime, Context, ManualClock, Scheduler};
    /// # let scheduler = Scheduler::with_clock(ManualClock::new(DateTime::UNIX_EPOCH));
    /// let job = scheduler.every().hour().times(1).retry(5).run_with(|context: &Context| match context.attempt() {
    ///     3 => Ok(()),
    ///     n => Err(format!("attempt {n} failed")),
    /// })?;
    /// scheduler.run_until_empty();
    /// assert!(job.last_outcome().unwrap().is_success());
    /// # Ok::<(), punctual::Error>(())
    /// ```
    pub fn attempt(&self) -> u32 {
        self.run.attempt
    }

    /// The number of runs of the job so far, including this one: 1 for the first. The same for all attempts of a run.
    ///
    /// ```
    /// # use punctual::{Context, Scheduler};
    /// # let scheduler = Scheduler::new();
    /// let job = scheduler.every().day().run_with(|context: &Context| assert_eq!(context.run_count(), 1))?;
    /// job.run_now();
    /// # assert!(job.last_outcome().unwrap().is_success());
    /// # Ok::<(), punctual::Error>(())
    /// ```
    pub fn run_count(&self) -> u64 {
        self.run_count
    }

    /// The job's number.
    ///
    /// ```
    /// # use punctual::{Context, Scheduler};
    /// # let scheduler = Scheduler::new();
    /// # let (sender, receiver) = std::sync::mpsc::channel();
    /// let job = scheduler.every().day().run_with(move |context: &Context| sender.send(context.id()))?;
    /// job.run_now();
    /// assert_eq!(receiver.recv().unwrap(), job.id());
    /// # Ok::<(), punctual::Error>(())
    /// ```
    pub fn id(&self) -> JobId {
        self.label.id
    }

    /// The job's name: the one given with `named`, otherwise the type name of its body.
    ///
    /// ```
    /// # use punctual::{Context, Scheduler};
    /// # let scheduler = Scheduler::new();
    /// let body = |context: &Context| assert_eq!(context.name(), "tidy");
    /// let job = scheduler.every().day().named("tidy").run_with(body)?;
    /// job.run_now();
    /// # assert!(job.last_outcome().unwrap().is_success());
    /// # Ok::<(), punctual::Error>(())
    /// ```
    pub fn name(&self) -> &str {
        self.label.name()
    }

    /// The job's tags, in the order in which they were given.
    ///
    /// ```
    /// # use punctual::{Context, Scheduler};
    /// # let scheduler = Scheduler::new();
    /// let job = scheduler.every().day().tags(["a", "b"]).run_with(|context: &Context| {
    ///     assert_eq!(context.tags().collect::<Vec<_>>(), ["a", "b"]);
    /// })?;
    /// job.run_now();
    /// # assert!(job.last_outcome().unwrap().is_success());
    /// # Ok::<(), punctual::Error>(())
    /// ```
    pub fn tags(&self) -> impl Iterator<Item = &str> {
        self.label.tags().iter().map(|tag| &**tag)
    }
}

impl fmt::Debug for Context {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Context")
            .field("id", &self.id())
            .field("name", &self.name())
            .field("slot", &self.slot())
            .field("run_count", &self.run_count)
            .finish_non_exhaustive()
    }
}
