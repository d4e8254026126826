//! The registry of jobs, and what runs them.

mod builder;
mod core;
mod guard;
mod idle_hint;
mod listeners;
mod notify;
mod outbox;
mod pass;
mod registry;
mod run_stack;
mod stops;
mod timekeeper;

use std::{
    fmt,
    sync::{Arc, Weak},
    time::Duration,
};

use chrono::{DateTime, Utc};
use fastrand::Rng;

pub use self::{builder::SchedulerBuilder, listeners::Listener};
pub(crate) use self::{core::Core, registry::Registry, stops::Looping};
use crate::{
    clock::{Clock, SystemClock},
    event::Event,
    timestamp::Timestamp,
    zone::Zone,
};

/// A registry of jobs with a clock.
///
/// The free functions of this crate work on one that is global, [`default_scheduler`](crate::default_scheduler); make
/// your own for a test, for a library, or for jobs that are polled apart. A clone is another name for the same registry.
/// When the last one is dropped its jobs are gone, and a sentence that it began is an error. A body that holds a clone keeps the scheduler alive by it, until its job
/// is cancelled or cleared; a body that holds a [`Job`](crate::Job) does not.
///
/// Any number of threads may call anything at any time. No lock is held while a body or a listener runs, so these may
/// call anything too.
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

/// What the clones of a scheduler share and the handles of its jobs do not: with the last of them the jobs go, and with
/// the jobs the handles that their bodies hold.
struct Owner(Arc<Core>);

/// A reference to a [`Scheduler`] that does not keep it alive, for bodies and listeners.
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
    /// The scheduler, unless it was dropped.
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
        self.0.abandon();
    }
}

impl Scheduler {
    /// A scheduler on the machine's clock and in the machine's zone.
    ///
    /// ```
    /// let scheduler = punctual::Scheduler::new();
    /// assert_eq!(scheduler.next_run(), None);
    /// ```
    pub fn new() -> Self {
        Scheduler::with_clock(SystemClock)
    }

    /// A scheduler on another clock.
    ///
    /// ```
    /// use punctual::{ManualClock, Scheduler};
    /// let scheduler = Scheduler::with_clock(ManualClock::new(chrono::DateTime::UNIX_EPOCH));
    /// let job = scheduler.every().hour().run(|| {})?;
    /// assert_eq!(job.next_run().unwrap().timestamp(), 3600);
    /// # Ok::<(), punctual::Error>(())
    /// ```
    pub fn with_clock(clock: impl Clock) -> Self {
        Scheduler::assemble(Arc::new(clock), Zone::MACHINE, builder::DEFAULT_WORKERS, Rng::new())
    }

    /// Makes a scheduler with another clock, another zone or another number of workers.
    ///
    /// ```
    /// let scheduler = punctual::Scheduler::builder().tz(chrono::Utc).build()?;
    /// assert!(scheduler.jobs().is_empty());
    /// # Ok::<(), punctual::Error>(())
    /// ```
    pub fn builder() -> SchedulerBuilder {
        SchedulerBuilder::new()
    }

    pub(crate) fn assemble(clock: Arc<dyn Clock>, zone: Zone, workers: usize, random: Rng) -> Self {
        let core = Core::new(clock, zone, workers, random);
        let owner = Arc::new(Owner(Arc::clone(&core)));
        core.set_owner(Arc::downgrade(&owner));
        Scheduler { owner }
    }

    /// The scheduler whose core this is, unless it was dropped.
    pub(crate) fn of(core: &Core) -> Option<Self> {
        core.owner().map(|owner| Scheduler { owner })
    }

    /// A reference to this scheduler that does not keep it alive.
    ///
    /// A body or a listener that captures a `Scheduler` keeps it alive, and is kept alive by it: capture a `WeakScheduler`
    /// instead.
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

    /// Runs what is due, in the order of the due instants, then of the priorities, then of the registration; returns how
    /// many bodies ran.
    ///
    /// What is due is settled at the start: a job that a body adds waits for the next call, and a job that an earlier
    /// body cancels, clears or pauses does not run. A [`parallel`](crate::Every::parallel) job is handed to the workers,
    /// which counts as run, and not waited for. However late the call comes, a job runs once and goes on at its next
    /// slot after now. An error or a panic of a body is caught and kept as the job's
    /// [`last_outcome`](crate::Job::last_outcome).
    ///
    /// When nothing is due this looks at no job at all; each job that is due costs O(log n).
    ///
    /// ```
    /// # use punctual::{ManualClock, Scheduler};
    /// # use std::time::Duration;
    /// # let clock = ManualClock::new(chrono::DateTime::UNIX_EPOCH);
    /// # let scheduler = Scheduler::with_clock(clock.clone());
    /// scheduler.every().second().run(|| {})?;
    /// clock.advance(Duration::from_secs(3600));
    /// assert_eq!(scheduler.run_pending(), 1, "an hour late, once all the same");
    /// assert_eq!(scheduler.run_pending(), 0);
    /// # Ok::<(), punctual::Error>(())
    /// ```
    pub fn run_pending(&self) -> usize {
        self.core().run_pending(&|| true)
    }

    /// Runs every job at once, due or not, in the order of registration; returns how many bodies ran.
    ///
    /// The grid of a job does not move, but a slot that is already due counts as run. Paused jobs run too.
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

    /// [`run_all`](Scheduler::run_all) with a pause between two jobs, which spreads the load. The pause is the clock's
    /// business: a [`ManualClock`](crate::ManualClock) moves on by it.
    ///
    /// ```
    /// # use punctual::{ManualClock, Scheduler};
    /// # use std::time::Duration;
    /// # let clock = ManualClock::new(chrono::DateTime::UNIX_EPOCH);
    /// # let scheduler = Scheduler::with_clock(clock.clone());
    /// # for _ in 0..3 { scheduler.every().day().run(|| {})?; }
    /// assert_eq!(scheduler.run_all_with_delay(Duration::from_secs(10)), 3);
    /// assert_eq!(clock.now().timestamp(), 20, "between the three there are two pauses");
    /// # Ok::<(), punctual::Error>(())
    /// ```
    pub fn run_all_with_delay(&self, delay: Duration) -> usize {
        self.core().run_all(delay)
    }

    /// Takes all jobs out of the registry; returns how many there were.
    ///
    /// ```
    /// # let scheduler = punctual::Scheduler::new();
    /// scheduler.every().day().run(|| {})?;
    /// assert_eq!(scheduler.clear(), 1);
    /// assert_eq!(scheduler.next_run(), None);
    /// # Ok::<(), punctual::Error>(())
    /// ```
    pub fn clear(&self) -> usize {
        self.core().remove_all(Registry::remove_all)
    }

    /// Takes the jobs that bear a tag out of the registry; returns how many there were. Looks at no other job.
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
        self.core().remove_all(|registry| registry.remove_tagged(tag))
    }

    /// When the next job is due; in the past when it is overdue, `None` when nothing is scheduled.
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

    /// When the next of the jobs that bear a tag is due. Looks at no other job.
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

    /// How long until the next job is due: zero when it is overdue, `None` when nothing is scheduled.
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

    /// Ends the loops that run now, and lets the workers go when they have done what was handed to them. With `wait` this
    /// returns when they have; without, at once, and they go on by themselves.
    ///
    /// As in APScheduler, runs that were submitted are not withdrawn: cancel their jobs first if they must not begin. (When
    /// the scheduler itself is dropped its jobs are gone, and with them the runs that still wait for a worker.)
    /// Unlike there, the jobs stay registered, and polling again makes new workers. A body that never returns makes
    /// `shutdown(true)` wait for ever; called by a body on a worker, it does not wait for that worker.
    ///
    /// ```
    /// # use punctual::{ManualClock, Scheduler};
    /// # use std::time::Duration;
    /// # let clock = ManualClock::new(chrono::DateTime::UNIX_EPOCH);
    /// # let scheduler = Scheduler::with_clock(clock.clone());
    /// let job = scheduler.every().second().parallel().run(|| {})?;
    /// clock.advance(Duration::from_secs(1));
    /// scheduler.run_pending();
    /// scheduler.shutdown(true);
    /// assert!(job.last_outcome().is_some());
    /// # Ok::<(), punctual::Error>(())
    /// ```
    pub fn shutdown(&self, wait: bool) {
        self.core().stops().stop_running();
        self.core().bell().ring();
        self.core().pool().close(wait);
    }

    /// Calls `listener` with everything that happens from now on, in the thread in which it happens and right after it.
    /// Returns what takes the listener away again.
    ///
    /// A listener may call anything; one that panics is logged.
    ///
    /// ```
    /// use punctual::{EventKind, Scheduler};
    /// let scheduler = Scheduler::new();
    /// let listener = scheduler.on_event(|event| {
    ///     if event.kind == EventKind::Failed {
    ///         eprintln!("{}: {:?}", event.name, event.outcome());
    ///     }
    /// });
    /// scheduler.every().day().run(|| Err::<(), _>("disk full"))?;
    /// assert_eq!(scheduler.run_all(), 1);
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
