//! The handle of a job.

#[cfg(feature = "tokio")]
use std::future::Future;
use std::{
    fmt,
    hash::{Hash, Hasher},
    sync::Arc,
};

use chrono::{DateTime, Utc};

use crate::{
    error::Result,
    event::Removal,
    id::JobId,
    job::{label, Context, Place, Record},
    outcome::Outcome,
    run::Run,
    schedule::{IntoSchedule, Schedule},
    scheduler::{Core, Registry, Scheduler},
    timestamp::Timestamp,
};

/// A handle of a registered job. Cheap to clone, and usable from any thread and inside any body.
///
/// It stays valid after the job was removed: [`next_run`](Job::next_run) is then `None`, [`cancel`](Job::cancel)
/// returns `false`, and counts and outcome can still be read. It keeps neither the job registered nor the scheduler
/// alive. Handles of the same job are equal.
///
/// `Display` shows the sentence that made the job, followed by its last and next run, in the job's zone. It leaves out
/// `starting`, `immediately`, `priority`, `key` and `on_conflict`.
///
/// ```
/// # #[cfg(feature = "tz")] {
/// # use punctual::{ManualClock, Scheduler};
/// # use chrono::{TimeZone, Utc};
/// # let clock = ManualClock::new(Utc.with_ymd_and_hms(2024, 1, 10, 12, 0, 0).unwrap());
/// # let scheduler = Scheduler::with_clock(clock.clone());
/// let job = scheduler.every().monday().at("13:15").tz("Europe/Amsterdam").named("greet").run(|| {})?;
/// assert_eq!(
///     job.to_string(),
///     "every Monday at 13:15 in Europe/Amsterdam run greet (last run: never, next run: 2024-01-15 13:15:00 +01:00)",
/// );
/// # }
/// # Ok::<(), punctual::Error>(())
/// ```
pub struct Job {
    pub(super) core: Arc<Core>,
    place: Place,
}

impl Job {
    /// The first handle of a job, which its new record counts already.
    pub(crate) fn first(core: Arc<Core>, place: Place) -> Self {
        Job { core, place }
    }

    /// Handles of the jobs that `find` finds. They are counted under the same lock, so no record is freed in between.
    pub(super) fn handles(scheduler: &Scheduler, find: impl FnOnce(&Registry) -> Vec<Place>) -> Vec<Job> {
        let core = scheduler.core();
        let places = {
            let mut registry = core.read();
            let mut places = find(&registry);
            places.retain(|place| registry.handles().hold(*place));
            places
        };
        places.into_iter().map(|place| Job { core: Arc::clone(core), place }).collect()
    }

    pub(super) fn place(&self) -> Place {
        self.place
    }

    fn read<T: Default>(&self, f: impl FnOnce(&Record) -> T) -> T {
        self.core.read().record(self.place).map(f).unwrap_or_default()
    }

    /// The job's number in its scheduler.
    ///
    /// ```
    /// # let scheduler = punctual::Scheduler::new();
    /// let job = scheduler.every().hour().run(|| {})?;
    /// assert_eq!(scheduler.jobs()[0].id(), job.id());
    /// # Ok::<(), punctual::Error>(())
    /// ```
    pub fn id(&self) -> JobId {
        self.place.id
    }

    /// The job's name: the one given with [`named`](crate::Every::named), otherwise the type name of its body.
    ///
    /// ```
    /// # let scheduler = punctual::Scheduler::new();
    /// let job = scheduler.every().hour().named("report").run(|| {})?;
    /// assert_eq!(job.name(), "report");
    ///
    /// fn tidy() {}
    /// assert!(scheduler.every().hour().run(tidy)?.name().ends_with("tidy"));
    /// # Ok::<(), punctual::Error>(())
    /// ```
    pub fn name(&self) -> String {
        self.read(|record| record.label().name().to_owned())
    }

    /// The job's tags, in the order in which they were given.
    ///
    /// ```
    /// # let scheduler = punctual::Scheduler::new();
    /// let job = scheduler.every().hour().tags(["a", "b"]).run(|| {})?;
    /// assert_eq!(job.tags(), ["a", "b"]);
    /// # Ok::<(), punctual::Error>(())
    /// ```
    pub fn tags(&self) -> Vec<String> {
        self.read(|record| record.tags().iter().map(|tag| tag.to_string()).collect())
    }

    /// Adds a tag. No effect if the job has the tag already, or is gone.
    ///
    /// # Errors
    ///
    /// If the tag is empty.
    ///
    /// ```
    /// # let scheduler = punctual::Scheduler::new();
    /// let job = scheduler.every().hour().run(|| {})?;
    /// job.tag("a")?;
    /// job.tag("b")?;
    /// job.tag("a")?;
    /// assert_eq!(job.tags(), ["a", "b"]);
    /// assert_eq!(scheduler.jobs_tagged("b"), [job.clone()]);
    /// assert!(job.tag("").is_err());
    /// # Ok::<(), punctual::Error>(())
    /// ```
    pub fn tag(&self, tag: impl AsRef<str>) -> Result<()> {
        self.core.tag(self.place, label("tag", tag.as_ref())?);
        Ok(())
    }

    /// The job's key, if it has one: see [`key`](crate::Every::key).
    ///
    /// ```
    /// # let scheduler = punctual::Scheduler::new();
    /// let job = scheduler.every().hour().key("hourly-report").run(|| {})?;
    /// assert_eq!(job.key().as_deref(), Some("hourly-report"));
    /// # Ok::<(), punctual::Error>(())
    /// ```
    pub fn key(&self) -> Option<String> {
        self.read(|record| record.key().map(|key| key.to_string()))
    }

    /// The job's schedule.
    ///
    /// ```
    /// # let scheduler = punctual::Scheduler::new();
    /// let job = scheduler.every().day().at("10:30").named("tea").run(|| {})?;
    /// assert_eq!(job.schedule().to_string(), "every day at 10:30");
    /// # Ok::<(), punctual::Error>(())
    /// ```
    pub fn schedule(&self) -> Schedule {
        // A record stays while there are handles, so there always is one.
        let schedule = self.core.read().record(self.place).map(|record| record.timing().schedule());
        schedule.unwrap_or(Schedule::UNSAID)
    }

    /// Replaces the job's schedule. The new one counts from now. Returns `false` if the job is gone.
    ///
    /// The counts stay, and a paused job stays paused. An overdue slot of the old schedule is dropped.
    ///
    /// The runs so far count against the [`times`](Schedule::times) of the new schedule. If none is left, the job is
    /// removed, with [`Removal::Finished`](crate::Removal::Finished) as the reason.
    ///
    /// # Errors
    ///
    /// If the schedule is text that cannot be read, or has no slot. The job then keeps its old one.
    ///
    /// ```
    /// # use punctual::{ManualClock, Scheduler};
    /// # let scheduler = Scheduler::with_clock(ManualClock::new(chrono::DateTime::UNIX_EPOCH));
    /// let job = scheduler.every().hour().run(|| {})?;
    /// assert!(job.reschedule("every 5 minutes")?);
    /// assert_eq!(job.next_run().unwrap().timestamp(), 300);
    ///
    /// job.run_now();
    /// job.reschedule(scheduler.every().minute().times(1).schedule()?)?;
    /// assert!(!job.is_scheduled(), "it has run once already");
    /// # Ok::<(), punctual::Error>(())
    /// ```
    pub fn reschedule(&self, schedule: impl IntoSchedule) -> Result<bool> {
        self.core.reschedule(self.place, schedule.into_schedule()?)
    }

    /// The next `n` slots, in order; fewer if the job ends before. Random lengths after the next slot are drawn as an
    /// example: each is drawn when the slot before it is used.
    ///
    /// ```
    /// # use punctual::{ManualClock, Scheduler};
    /// # let scheduler = Scheduler::with_clock(ManualClock::new(chrono::DateTime::UNIX_EPOCH));
    /// let job = scheduler.every().minute().times(3).run(|| {})?;
    /// let upcoming: Vec<i64> = job.upcoming(5).iter().map(|slot| slot.timestamp()).collect();
    /// assert_eq!(upcoming, [60, 120, 180]);
    /// # Ok::<(), punctual::Error>(())
    /// ```
    pub fn upcoming(&self, n: usize) -> Vec<DateTime<Utc>> {
        let state = self.core.enter_for_slots();
        let now = state.timekeeper.now();
        state.registry.upcoming(self.place, n, now)
    }

    /// The next slot, in UTC: `with_timezone(&Local)` converts it. `None` if the job is paused or gone, its last run
    /// is in progress, or the scheduler is [paused](Scheduler::pause).
    ///
    /// ```
    /// # use punctual::{ManualClock, Scheduler};
    /// # let scheduler = Scheduler::with_clock(ManualClock::new(chrono::DateTime::UNIX_EPOCH));
    /// let job = scheduler.every().minute().run(|| {})?;
    /// assert_eq!(job.next_run().unwrap().timestamp(), 60);
    /// # Ok::<(), punctual::Error>(())
    /// ```
    pub fn next_run(&self) -> Option<DateTime<Utc>> {
        self.core.read().next_of(self.place).map(Timestamp::datetime)
    }

    /// When the body was last called; `None` before the first run.
    ///
    /// ```
    /// # use punctual::{ManualClock, Scheduler};
    /// # let clock = ManualClock::new(chrono::DateTime::UNIX_EPOCH);
    /// # let scheduler = Scheduler::with_clock(clock.clone());
    /// let job = scheduler.every().minute().run(|| {})?;
    /// assert_eq!(job.last_run(), None);
    /// job.run_now();
    /// assert_eq!(job.last_run(), Some(clock.now()));
    /// # Ok::<(), punctual::Error>(())
    /// ```
    pub fn last_run(&self) -> Option<DateTime<Utc>> {
        self.read(|record| record.last_run().map(Timestamp::datetime))
    }

    /// The number of runs so far, including those in progress. Several attempts of a run count once.
    ///
    /// ```
    /// # let scheduler = punctual::Scheduler::new();
    /// let job = scheduler.every().minute().run(|| {})?;
    /// job.run_now();
    /// assert_eq!(job.run_count(), 1);
    /// # Ok::<(), punctual::Error>(())
    /// ```
    pub fn run_count(&self) -> u64 {
        self.read(Record::run_count)
    }

    /// How the last run ended; `None` until the first run has ended.
    ///
    /// ```
    /// use punctual::Outcome;
    /// # let scheduler = punctual::Scheduler::new();
    /// let job = scheduler.every().minute().run(|| {})?;
    /// assert_eq!(job.last_outcome(), None);
    /// job.run_now();
    /// assert_eq!(job.last_outcome(), Some(Outcome::Completed));
    /// # Ok::<(), punctual::Error>(())
    /// ```
    pub fn last_outcome(&self) -> Option<Outcome> {
        self.read(Record::last_outcome)
    }

    /// The last `n` runs that have ended, latest first; fewer if there were fewer, or if the scheduler
    /// [keeps](crate::SchedulerBuilder::history) fewer. By default it keeps none.
    ///
    /// Runs that overlapped are in the order in which they ended. Runs by hand are included, skipped slots are not.
    /// [`reschedule`](Job::reschedule) and an update by [`key`](crate::Every::key) keep the history.
    ///
    /// ```
    /// # use punctual::{chrono::DateTime, ManualClock, Outcome, Scheduler};
    /// # use std::time::Duration;
    /// # let clock = ManualClock::new(DateTime::UNIX_EPOCH);
    /// let scheduler = Scheduler::builder().clock(clock.clone()).history(100).build()?;
    /// let job = scheduler.every().minute().run(|| "x".parse::<u8>().map(|_| ()))?;
    /// scheduler.run_until(Duration::from_secs(180))?;
    ///
    /// let last = &job.history(1)[0];
    /// assert_eq!((last.slot.timestamp(), last.attempt), (180, 1));
    /// assert_eq!(last.outcome, Some(Outcome::Failed("invalid digit found in string".into())));
    /// let slots: Vec<i64> = job.history(10).iter().map(|run| run.slot.timestamp()).collect();
    /// assert_eq!(slots, [180, 120, 60]);
    /// # Ok::<(), punctual::Error>(())
    /// ```
    pub fn history(&self, n: usize) -> Vec<Run> {
        self.read(|record| record.history(n))
    }

    /// Removes the job from its scheduler. Returns `false` if it was removed already.
    ///
    /// A run in progress continues to its end; no other begins. A run that waits for another attempt ends with its last
    /// failure. A body may cancel its own job.
    ///
    /// ```
    /// # let scheduler = punctual::Scheduler::new();
    /// let job = scheduler.every().minute().run(|| {})?;
    /// assert!(job.cancel());
    /// assert!(!job.cancel());
    /// # Ok::<(), punctual::Error>(())
    /// ```
    pub fn cancel(&self) -> bool {
        self.core.remove(self.place, Removal::Cancelled)
    }

    /// Runs the body now, in this thread, and returns when it has ended. Returns `true` if the body was called,
    /// whatever its outcome. Returns `false` if the job is gone, if it already has as many runs in progress as it may
    /// have, or if a [hook](crate::Every::before_run) vetoes the run. In a body, it returns `false` for the body's own
    /// job.
    ///
    /// If a run is overdue, this is that run. Otherwise it is an extra one, whose slot is now. Later runs stay where
    /// they are. A paused job runs, and stays paused.
    ///
    /// The run begins whatever the schedule says: [`between`](crate::Every::between) may be closed, an overdue slot may
    /// be later than [`misfire_grace`](crate::Every::misfire_grace) allows. It needs no place of a
    /// [pool](crate::Every::pool), but counts for [`max_instances`](crate::Every::max_instances) and
    /// [`times`](crate::Every::times). Hooks and [`timeout`](crate::Every::timeout) apply.
    ///
    /// With [`retry`](crate::Every::retry), it returns after the first attempt. If that has failed, the run is still in
    /// progress and [`last_outcome`](Job::last_outcome) is unchanged: polls make the other attempts, as they do for any
    /// run, on a worker if the job is `parallel`.
    ///
    /// The run of an [async](crate#async-bodies) body is started, and not waited for.
    ///
    /// [`trigger`](Job::trigger) does not wait: the next poll runs the job, on a worker if it is
    /// [`parallel`](crate::Every::parallel).
    ///
    /// ```
    /// # let scheduler = punctual::Scheduler::new();
    /// let job = scheduler.every().day().run(|| {})?;
    /// let next = job.next_run();
    /// assert!(job.run_now());
    /// assert_eq!((job.run_count(), job.next_run()), (1, next));
    /// # Ok::<(), punctual::Error>(())
    /// ```
    pub fn run_now(&self) -> bool {
        self.core.run_now(self.place)
    }

    /// Makes the job due now, in addition to its slots. Returns `false` if the job is paused or gone, its last run
    /// is in progress, or the scheduler is [paused](Scheduler::pause).
    ///
    /// The next poll runs it: in the polling thread, or on a worker if the job is [`parallel`](crate::Every::parallel).
    /// A sleeping loop wakes up for it. If the job is due already, there is one run for both.
    ///
    /// ```
    /// # use punctual::{ManualClock, Scheduler};
    /// # let scheduler = Scheduler::with_clock(ManualClock::new(chrono::DateTime::UNIX_EPOCH));
    /// let job = scheduler.every().hour().run(|| {})?;
    /// assert!(job.trigger());
    /// assert_eq!(scheduler.run_pending(), 1);
    /// assert_eq!(job.next_run().unwrap().timestamp(), 3600);
    /// # Ok::<(), punctual::Error>(())
    /// ```
    pub fn trigger(&self) -> bool {
        self.core.trigger(self.place)
    }

    /// Pauses the job: it has no next run until it is [resumed](Job::resume). Returns `false` if it is paused already,
    /// or gone.
    ///
    /// A run in progress continues; an overdue run that has not begun is dropped. The job stays registered.
    ///
    /// ```
    /// # let scheduler = punctual::Scheduler::new();
    /// let job = scheduler.every().day().run(|| {})?;
    /// assert!(job.pause());
    /// assert_eq!(job.next_run(), None);
    /// assert!(job.is_scheduled());
    /// # Ok::<(), punctual::Error>(())
    /// ```
    pub fn pause(&self) -> bool {
        self.core.pause(self.place)
    }

    /// Resumes the job at its next slot after now. Returns `false` if it is not paused.
    ///
    /// Slots that passed while it was paused have no run. If no slot is left, the job is removed.
    ///
    /// ```
    /// # let scheduler = punctual::Scheduler::new();
    /// let job = scheduler.every().day().run(|| {})?;
    /// let next = job.next_run();
    /// job.pause();
    /// assert!(job.resume());
    /// assert_eq!(job.next_run(), next);
    /// # Ok::<(), punctual::Error>(())
    /// ```
    pub fn resume(&self) -> bool {
        self.core.resume(self.place)
    }

    /// Whether the job itself is paused, whether or not the [whole scheduler](Scheduler::pause) is.
    ///
    /// ```
    /// # let scheduler = punctual::Scheduler::new();
    /// let job = scheduler.every().day().run(|| {})?;
    /// job.pause();
    /// assert!(job.is_paused());
    /// # Ok::<(), punctual::Error>(())
    /// ```
    pub fn is_paused(&self) -> bool {
        self.read(Record::is_paused)
    }

    /// Whether a run of the job is in progress, or waits for a worker or for another attempt.
    ///
    /// ```
    /// use punctual::Context;
    /// # let scheduler = punctual::Scheduler::new();
    /// let job = scheduler.every().day().run_with(|context: &Context| {
    ///     assert!(context.job().unwrap().is_running());
    /// })?;
    /// job.run_now();
    /// assert!(!job.is_running());
    /// # assert!(job.last_outcome().unwrap().is_success());
    /// # Ok::<(), punctual::Error>(())
    /// ```
    pub fn is_running(&self) -> bool {
        self.read(Record::is_in_progress)
    }

    /// Whether the job is registered. A paused job is registered.
    ///
    /// ```
    /// # let scheduler = punctual::Scheduler::new();
    /// let job = scheduler.every().day().run(|| {})?;
    /// assert!(job.is_scheduled());
    /// scheduler.clear();
    /// assert!(!job.is_scheduled());
    /// # Ok::<(), punctual::Error>(())
    /// ```
    pub fn is_scheduled(&self) -> bool {
        self.read(Record::is_registered)
    }
}

impl Clone for Job {
    fn clone(&self) -> Self {
        // A handle is counted in its record, and not in an `Arc` of its own: that would be an allocation for every job.
        self.core.read().handles().hold(self.place);
        Job { core: Arc::clone(&self.core), place: self.place }
    }
}

impl Drop for Job {
    fn drop(&mut self) {
        self.core.read().handles().release(self.place);
    }
}

impl PartialEq for Job {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.core, &other.core) && self.place == other.place
    }
}

impl Eq for Job {}

impl Hash for Job {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.place.hash(state);
    }
}

impl fmt::Display for Job {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Made under the lock and written without it: the formatter may belong to a user.
        let shown = {
            let registry = self.core.read();
            let due = registry.next_of(self.place);
            registry.record(self.place).map(|record| record.display(due, self.core.zone()).to_string())
        };
        f.write_str(&shown.unwrap_or_default())
    }
}

impl fmt::Debug for Job {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Job({self})")
    }
}

impl Context {
    /// The scheduler of the job; `None` if it was dropped, or the context is [detached](Context::detached).
    ///
    /// Do not store it in the body, which would keep the scheduler alive: call this in each run.
    ///
    /// ```
    /// use punctual::Context;
    /// # let scheduler = punctual::Scheduler::new();
    /// let job = scheduler.every().day().run_with(|context: &Context| {
    ///     let scheduler = context.scheduler().ok_or("the scheduler is gone")?;
    ///     scheduler.every().hour().run(|| println!("added by a body"))?;
    ///     Ok::<(), Box<dyn std::error::Error + Send + Sync>>(())
    /// })?;
    /// job.run_now();
    /// assert_eq!(scheduler.jobs().len(), 2);
    /// # Ok::<(), punctual::Error>(())
    /// ```
    pub fn scheduler(&self) -> Option<Scheduler> {
        Scheduler::of(&*self.core()?)
    }

    /// The job; `None` if it was removed and forgotten, its scheduler was dropped, or the context is
    /// [detached](Context::detached).
    ///
    /// ```
    /// use punctual::Context;
    /// # let scheduler = punctual::Scheduler::new();
    /// let job = scheduler.every().day().run_with(|context: &Context| {
    ///     if context.run_count() == 3 {
    ///         context.job().map(|job| job.cancel());
    ///     }
    /// })?;
    /// (0..3).for_each(|_| assert!(job.run_now()));
    /// assert!(!job.is_scheduled());
    /// # Ok::<(), punctual::Error>(())
    /// ```
    pub fn job(&self) -> Option<Job> {
        let (core, place) = (self.core()?, self.origin.as_ref()?.place);
        let is_there = core.read().handles().hold(place);
        is_there.then_some(Job { core, place })
    }

    /// Whether the body should end soon: the scheduler was [shut down](Scheduler::shutdown) or dropped while the run
    /// was in progress, or its [`timeout`](crate::Every::timeout) is over. A body that takes long checks this from time
    /// to time.
    ///
    /// Ask while the attempt is in progress: it is forgotten when its body has returned. Always `false` for a
    /// [detached](Context::detached) context. [Cancelling the job](Job::cancel) has no effect on
    /// it: runs in progress continue. [`Outcome::Cancelled`] is not about this either: it is the outcome of a body that
    /// returned [`CancelJob`](crate::CancelJob). A body that ends early returns what it likes, such as the error below.
    ///
    /// ```
    /// use punctual::{Context, Wait};
    /// # let scheduler = punctual::Scheduler::new();
    /// # let ask = scheduler.clone();
    /// let job = scheduler.every().day().run_with(move |context: &Context| {
    ///     for step in 1_u32.. {
    ///         if context.is_cancelled() {
    ///             return Err(format!("cancelled before step {step}"));
    ///         }
    /// #       ask.shutdown(Wait::No); // as another thread would
    ///     }
    ///     Ok(())
    /// })?;
    /// # job.run_now();
    /// # let outcome = job.last_outcome().unwrap().to_string();
    /// assert_eq!(outcome, "failed: cancelled before step 2");
    /// # Ok::<(), punctual::Error>(())
    /// ```
    pub fn is_cancelled(&self) -> bool {
        self.origin.is_some() && self.core().is_none_or(|core| core.is_cancelled(self.record()))
    }

    /// Waits until [`is_cancelled`](Context::is_cancelled) is `true`, without blocking a thread: for an async body that ends
    /// early and in good order. Needs the feature `tokio`.
    ///
    /// A body that has run out of its [`timeout`](crate::Every::timeout) is dropped at once, and one that is still running
    /// when a shutdown's time is over, then. For a [detached](Context::detached) context this waits for ever.
    ///
    /// ```
    /// use punctual::{Context, Outcome, Wait};
    /// # tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build()?.block_on(async {
    /// # let scheduler = punctual::Scheduler::new();
    /// let job = scheduler.every().day().run_async_with(|context: Context| async move {
    ///     tokio::select! {
    ///         () = tokio::time::sleep(std::time::Duration::from_secs(3_600)) => Ok(()),
    ///         () = context.cancelled() => Err("saved what was done so far"),
    ///     }
    /// })?;
    /// job.run_now();
    /// assert!(scheduler.shutdown_async(Wait::ForAll).await.is_empty());
    /// assert_eq!(job.last_outcome(), Some(Outcome::Failed("saved what was done so far".to_owned())));
    /// # Ok::<(), punctual::Error>(())
    /// # })?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[cfg(feature = "tokio")]
    #[cfg_attr(docsrs, doc(cfg(feature = "tokio")))]
    pub fn cancelled(&self) -> impl Future<Output = ()> + Send + 'static {
        let cancelled = self.core().map(|core| core.cancelled().until(*self.record()));
        let is_detached = self.origin.is_none();
        async move {
            match cancelled {
                Some(cancelled) => cancelled.wait().await,
                None if is_detached => std::future::pending().await,
                // Its scheduler is gone.
                None => {}
            }
        }
    }

    fn core(&self) -> Option<Arc<Core>> {
        // `Context` is of a layer that does not know the scheduler, so its core is an `Any` there.
        self.origin.as_ref()?.core.upgrade()?.downcast().ok()
    }
}
