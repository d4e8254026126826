//! The registry of jobs, the passes that run them, and the events that report it.

mod attempts;
mod builder;
mod cancelled;
mod core;
#[cfg(feature = "tokio")]
mod event_stream;
mod guard;
mod hooks;
mod idle_hint;
mod listeners;
mod notify;
mod observed;
mod outbox;
mod pass;
mod pools;
mod registry;
mod run_stack;
#[cfg(feature = "tokio")]
mod runtimes;
mod shutdown;
mod states;
mod stops;
mod subscription;
mod timekeeper;
#[cfg(feature = "tokio")]
mod timer;

use std::{
    fmt,
    sync::{Arc, Weak},
    time::Duration,
};

use chrono::{DateTime, Utc};
use fastrand::Rng;

#[cfg(feature = "tokio")]
pub use self::event_stream::EventStream;
#[cfg(feature = "tokio")]
pub(crate) use self::timer::check_timer;
pub use self::{
    builder::SchedulerBuilder,
    hooks::HookHandle,
    listeners::Listener,
    pools::PoolInfo,
    shutdown::{Unfinished, Wait},
    subscription::{Received, Subscription},
};
pub(crate) use self::{
    core::Core,
    registry::{Happening, Registry, Simulation},
    stops::Looping,
};
use crate::{
    clock::{Clock, SystemClock},
    error::Result,
    event::Event,
    schedule::IntoDates,
    timestamp::Timestamp,
    zone::Zone,
};

/// A registry of jobs, and a clock.
///
/// The free functions of this crate work on one global scheduler, [`default_scheduler`](crate::default_scheduler).
/// Create your own for a test, for a library, or for jobs that are polled separately.
///
/// Clones share one registry. Dropping the last clone removes all jobs; a sentence started before and ended after that
/// fails in `run`. A body that captures a clone keeps the scheduler alive until its job is removed: capture a
/// [`WeakScheduler`] instead, or a [`Job`](crate::Job), which keeps nothing alive.
///
/// Any number of threads may call any method at any time. No lock is held while a body or a listener runs, so these may
/// call any method, too.
///
/// ```
/// use punctual::{ManualClock, Scheduler};
/// # use chrono::{TimeZone, Utc};
/// # use std::time::Duration;
/// let clock = ManualClock::new(Utc.with_ymd_and_hms(2024, 1, 10, 12, 0, 0).unwrap());
/// let scheduler = Scheduler::with_clock(clock.clone());
/// scheduler.every().seconds(10).run(|| println!("working"))?;
///
/// assert_eq!(scheduler.idle(), Some(Duration::from_secs(10)));
/// clock.advance(Duration::from_secs(10));
/// assert_eq!(scheduler.run_pending(), 1);
/// # Ok::<(), punctual::Error>(())
/// ```
#[derive(Clone)]
pub struct Scheduler {
    owner: Arc<Owner>,
}

/// What the clones of a scheduler share, and handles of jobs do not. Dropping it removes all jobs, and with their
/// bodies the handles that these have captured. Without it, a body that has captured a `Job` would keep the core alive,
/// and the core the body.
struct Owner(Arc<Core>);

/// A reference to a [`Scheduler`] that does not keep it alive, for bodies and listeners to capture.
///
/// [`Scheduler::downgrade`] creates one. A body that takes a [`Context`](crate::Context) does not need one: it has
/// [`Context::scheduler`](crate::Context::scheduler).
///
/// ```
/// use punctual::Scheduler;
/// let scheduler = Scheduler::new();
/// let weak = scheduler.downgrade();
/// assert!(weak.upgrade().is_some());
/// drop(scheduler);
/// assert!(weak.upgrade().is_none());
/// ```
#[derive(Clone)]
pub struct WeakScheduler(Weak<Owner>);

impl WeakScheduler {
    /// Returns the scheduler; `None` if its last clone was dropped.
    ///
    /// ```
    /// let scheduler = punctual::Scheduler::new();
    /// let weak = scheduler.downgrade();
    /// scheduler.every().hour().run(move || {
    ///     if let Some(scheduler) = weak.upgrade() {
    ///         println!("{} jobs", scheduler.jobs().len());
    ///     }
    /// })?;
    /// assert_eq!(scheduler.run_all(), 1);
    /// # Ok::<(), punctual::Error>(())
    /// ```
    pub fn upgrade(&self) -> Option<Scheduler> {
        self.0.upgrade().map(|owner| Scheduler { owner })
    }
}

impl fmt::Debug for WeakScheduler {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("WeakScheduler")
    }
}

impl Drop for Owner {
    fn drop(&mut self) {
        // Bodies that hold handles hold the core, which holds the bodies: this breaks the circle.
        self.0.abandon();
    }
}

impl Scheduler {
    /// Creates a scheduler with the machine's clock and the machine's zone.
    ///
    /// ```
    /// let scheduler = punctual::Scheduler::new();
    /// assert_eq!(scheduler.next_run(), None);
    /// ```
    pub fn new() -> Self {
        Scheduler::with_clock(SystemClock)
    }

    /// Creates a scheduler with another clock, and the machine's zone.
    ///
    /// ```
    /// use punctual::{ManualClock, Scheduler};
    /// let scheduler = Scheduler::with_clock(ManualClock::new(chrono::DateTime::UNIX_EPOCH));
    /// let job = scheduler.every().hour().run(|| {})?;
    /// assert_eq!(job.next_run().unwrap().timestamp(), 3600);
    /// # Ok::<(), punctual::Error>(())
    /// ```
    pub fn with_clock(clock: impl Clock) -> Self {
        Scheduler::assemble(Arc::new(clock), Zone::MACHINE, builder::DEFAULT_WORKERS, 0, Rng::new())
    }

    /// Returns a builder for a scheduler with another clock, another zone or another number of workers.
    ///
    /// ```
    /// let scheduler = punctual::Scheduler::builder().tz(chrono::Utc).build()?;
    /// assert!(scheduler.jobs().is_empty());
    /// # Ok::<(), punctual::Error>(())
    /// ```
    pub fn builder() -> SchedulerBuilder {
        SchedulerBuilder::new()
    }

    /// Registers a calendar: dates that schedules refer to by name, such as holidays. Replaces one of the same name.
    ///
    /// A schedule refers to it as [`dates::calendar("holidays")`](crate::dates::calendar) or in text, as in
    /// `except_on("holidays")`. It is looked up when a job is registered or [rescheduled](crate::Job::reschedule): jobs
    /// that are registered already keep the dates that the calendar had.
    ///
    /// Single dates and ranges cost a look-up of O(log n) per slot, however many there are.
    ///
    /// # Errors
    ///
    /// If the name is not a word of letters, digits, `-` and `_`, or means something else in the text of a schedule; if
    /// the dates cannot be read, or contain another calendar.
    ///
    /// ```
    /// # use punctual::{ManualClock, Scheduler};
    /// # let clock = ManualClock::new("2026-12-24T12:00:00Z".parse::<chrono::DateTime<chrono::Utc>>().unwrap());
    /// # let scheduler = Scheduler::builder().clock(clock).tz("UTC").build()?;
    /// scheduler.calendar("holidays", ["2026-12-25", "1 January"])?;
    /// let job = scheduler.every().weekday().at("09:00").except_on("holidays").run(|| println!("good morning"))?;
    /// assert_eq!(job.next_run().unwrap().to_rfc3339(), "2026-12-28T09:00:00+00:00", "a Monday");
    /// let error = scheduler.every().day().except_on("holydays").run(|| {}).unwrap_err();
    /// assert_eq!(error.to_string(), "unknown calendar \"holydays\": did you mean \"holidays\"?");
    /// # Ok::<(), punctual::Error>(())
    /// ```
    pub fn calendar(&self, name: impl AsRef<str>, dates: impl IntoDates) -> Result<()> {
        self.core().calendars().set(name.as_ref(), dates.into_dates()?)
    }

    pub(crate) fn assemble(clock: Arc<dyn Clock>, zone: Zone, workers: usize, history: usize, random: Rng) -> Self {
        // Two levels: handles hold the core, clones of the scheduler hold the owner, which ends the core's work with
        // the last of them.
        let core = Core::new(clock, zone, workers, history, random);
        let owner = Arc::new(Owner(Arc::clone(&core)));
        core.set_owner(Arc::downgrade(&owner));
        Scheduler { owner }
    }

    /// The scheduler of a core; `None` if its last clone was dropped.
    pub(crate) fn of(core: &Core) -> Option<Self> {
        core.owner().map(|owner| Scheduler { owner })
    }

    /// Returns a reference to this scheduler that does not keep it alive.
    ///
    /// A body or a listener that captures a `Scheduler` keeps it alive, and is itself kept alive by it: capture a
    /// `WeakScheduler` instead.
    ///
    /// ```
    /// let scheduler = punctual::Scheduler::new();
    /// let weak = scheduler.downgrade();
    /// scheduler.on_event(move |event| {
    ///     let jobs = weak.upgrade().map_or(0, |scheduler| scheduler.jobs().len());
    ///     println!("{:?}, {jobs} jobs", event.kind);
    /// });
    /// assert!(scheduler.downgrade().upgrade().is_some());
    /// ```
    pub fn downgrade(&self) -> WeakScheduler {
        WeakScheduler(Arc::downgrade(&self.owner))
    }

    pub(crate) fn core(&self) -> &Arc<Core> {
        &self.owner.0
    }

    /// Runs everything that is due, ordered by slot, then priority, then registration. Returns the number of runs.
    ///
    /// What is due is decided at the start: a job that a body adds waits for the next call, and a job that an earlier
    /// body cancels, clears or pauses does not run. However late the call, each job runs once, and continues with its
    /// next slot after now, unless [`coalesce`](crate::Every::coalesce) says otherwise.
    ///
    /// A [`parallel`](crate::Every::parallel) job is submitted to the workers, which counts as a run here, and is not
    /// waited for. An error or a panic of a body is caught, and kept as the job's
    /// [`last_outcome`](crate::Job::last_outcome).
    ///
    /// A call with nothing due looks at no job. Each job that is due costs O(log n) for n jobs.
    ///
    /// ```
    /// # use punctual::{ManualClock, Scheduler};
    /// # use std::time::Duration;
    /// # let clock = ManualClock::new(chrono::DateTime::UNIX_EPOCH);
    /// # let scheduler = Scheduler::with_clock(clock.clone());
    /// scheduler.every().second().run(|| {})?;
    /// clock.advance(Duration::from_secs(3600));
    /// assert_eq!(scheduler.run_pending(), 1, "an hour late, but one run");
    /// assert_eq!(scheduler.run_pending(), 0);
    /// # Ok::<(), punctual::Error>(())
    /// ```
    pub fn run_pending(&self) -> usize {
        self.core().run_pending(&|| true)
    }

    /// Runs every job now, due or not, in the order of registration. Returns the number of runs.
    ///
    /// Paused jobs run, too. If a run was overdue, this counts as it; otherwise it is an extra run. Later runs stay
    /// where they are. See [`Job::run_now`](crate::Job::run_now).
    ///
    /// ```
    /// # let scheduler = punctual::Scheduler::new();
    /// scheduler.every().day().run(|| {})?;
    /// scheduler.every().hour().run(|| {})?;
    /// assert_eq!(scheduler.run_all(), 2);
    /// # Ok::<(), punctual::Error>(())
    /// ```
    pub fn run_all(&self) -> usize {
        self.run_all_with_delay(Duration::ZERO)
    }

    /// Like [`run_all`](Scheduler::run_all), with a pause between two jobs, to spread the load. A
    /// [`ManualClock`](crate::ManualClock) advances by the pause instead of sleeping.
    ///
    /// ```
    /// # use punctual::{ManualClock, Scheduler};
    /// # use std::time::Duration;
    /// # let clock = ManualClock::new(chrono::DateTime::UNIX_EPOCH);
    /// # let scheduler = Scheduler::with_clock(clock.clone());
    /// # for _ in 0..3 { scheduler.every().day().run(|| {})?; }
    /// assert_eq!(scheduler.run_all_with_delay(Duration::from_secs(10)), 3);
    /// assert_eq!(clock.now().timestamp(), 20, "two pauses between three jobs");
    /// # Ok::<(), punctual::Error>(())
    /// ```
    pub fn run_all_with_delay(&self, delay: Duration) -> usize {
        self.core().run_all(delay)
    }

    /// Removes all jobs. Returns their number.
    ///
    /// Runs in progress continue to their end; no others begin. Each removal is reported to listeners, and then
    /// [`AllRemoved`](crate::EventKind::AllRemoved), even if there was no job.
    ///
    /// ```
    /// # let scheduler = punctual::Scheduler::new();
    /// scheduler.every().day().run(|| {})?;
    /// assert_eq!(scheduler.clear(), 1);
    /// assert_eq!(scheduler.next_run(), None);
    /// # Ok::<(), punctual::Error>(())
    /// ```
    pub fn clear(&self) -> usize {
        self.core().clear()
    }

    /// Removes the jobs that have a tag. Returns their number. Looks at no other job.
    ///
    /// ```
    /// # let scheduler = punctual::Scheduler::new();
    /// scheduler.every().day().tag("daily").run(|| {})?;
    /// scheduler.every().hour().tag("hourly").run(|| {})?;
    /// assert_eq!(scheduler.clear_tagged("daily"), 1);
    /// assert_eq!(scheduler.jobs().len(), 1);
    /// # Ok::<(), punctual::Error>(())
    /// ```
    pub fn clear_tagged(&self, tag: impl AsRef<str>) -> usize {
        let tag = tag.as_ref();
        self.core().remove_all(None, |registry| registry.remove_tagged(tag))
    }

    /// The next slot of all jobs: in the past if it is overdue, `None` if no job has one, or the scheduler
    /// is [paused](Scheduler::pause). O(1).
    ///
    /// ```
    /// # use punctual::{ManualClock, Scheduler};
    /// # let scheduler = Scheduler::with_clock(ManualClock::new(chrono::DateTime::UNIX_EPOCH));
    /// assert_eq!(scheduler.next_run(), None);
    /// scheduler.every().minute().run(|| {})?;
    /// assert_eq!(scheduler.next_run().unwrap().timestamp(), 60);
    /// # Ok::<(), punctual::Error>(())
    /// ```
    pub fn next_run(&self) -> Option<DateTime<Utc>> {
        self.core().next().map(Timestamp::datetime)
    }

    /// The next slot of the jobs that have a tag. Looks at no other job.
    ///
    /// ```
    /// # use punctual::{ManualClock, Scheduler};
    /// # let scheduler = Scheduler::with_clock(ManualClock::new(chrono::DateTime::UNIX_EPOCH));
    /// scheduler.every().minute().run(|| {})?;
    /// scheduler.every().hour().tag("slow").run(|| {})?;
    /// assert_eq!(scheduler.next_run_tagged("slow").unwrap().timestamp(), 3600);
    /// assert_eq!(scheduler.next_run_tagged("unknown"), None);
    /// # Ok::<(), punctual::Error>(())
    /// ```
    pub fn next_run_tagged(&self, tag: impl AsRef<str>) -> Option<DateTime<Utc>> {
        let tag = tag.as_ref();
        self.core().read().next_tagged(tag).map(Timestamp::datetime)
    }

    /// The time until the next slot of all jobs: zero if it is overdue, `None` if no job has one, or the
    /// scheduler is [paused](Scheduler::pause). O(1).
    ///
    /// ```
    /// # use punctual::{ManualClock, Scheduler};
    /// # use std::time::Duration;
    /// # let clock = ManualClock::new(chrono::DateTime::UNIX_EPOCH);
    /// # let scheduler = Scheduler::with_clock(clock.clone());
    /// assert_eq!(scheduler.idle(), None);
    /// scheduler.every().minute().run(|| {})?;
    /// assert_eq!(scheduler.idle(), Some(Duration::from_secs(60)));
    /// clock.advance(Duration::from_secs(90));
    /// assert_eq!(scheduler.idle(), Some(Duration::ZERO));
    /// # Ok::<(), punctual::Error>(())
    /// ```
    pub fn idle(&self) -> Option<Duration> {
        self.core().idle().map(|idle| idle.to_std().unwrap_or(Duration::ZERO))
    }

    /// Adds a listener, which is called for every [`Event`] that happens from now on. Returns a handle that removes it.
    ///
    /// Events are delivered one at a time, in the order of their [`seq`](Event::seq), usually in the thread that caused
    /// them. Two cases differ:
    ///
    /// - While one thread is delivering, the events of other threads wait for it, and are delivered there.
    /// - An event that a listener causes is delivered after that listener has returned, and the others have been
    ///   called.
    ///
    /// No lock is held meanwhile, so a listener may call anything. A panic of a listener is logged, and the other
    /// listeners are called nevertheless. A slow listener delays the thread that delivers: hand events to a channel, as
    /// here, or [subscribe](Scheduler::subscribe).
    ///
    /// ```
    /// use std::sync::mpsc::channel;
    /// use punctual::{EventKind, Scheduler};
    ///
    /// let (sender, failures) = channel();
    /// let scheduler = Scheduler::new();
    /// let listener = scheduler.on_event(move |event| {
    ///     if event.kind == EventKind::Failed {
    ///         let _ = sender.send((event.name.clone(), event.outcome().cloned()));
    ///     }
    /// });
    /// scheduler.every().day().named("backup").run(|| Err::<(), _>("disk full"))?;
    /// scheduler.run_all();
    ///
    /// let (name, outcome) = failures.recv().unwrap();
    /// assert_eq!(format!("{name} {}", outcome.unwrap()), "backup failed: disk full");
    /// assert!(listener.remove());
    /// # Ok::<(), punctual::Error>(())
    /// ```
    pub fn on_event(&self, listener: impl Fn(&Event) + Send + Sync + 'static) -> Listener {
        self.core().listen(Arc::new(listener))
    }
}

impl Default for Scheduler {
    fn default() -> Self {
        Scheduler::new()
    }
}

impl fmt::Debug for Scheduler {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let jobs = self.core().read().all().len();
        let clones = Arc::strong_count(&self.owner);
        f.debug_struct("Scheduler").field("jobs", &jobs).field("clones", &clones).finish_non_exhaustive()
    }
}
