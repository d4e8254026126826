//! A job as its user holds it.

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
    schedule::Schedule,
    scheduler::{Core, Registry, Scheduler},
    timestamp::Timestamp,
};

/// A handle of a registered job: cheap to clone, usable from any thread and inside any body.
///
/// It stays valid when the job is gone: [`next_run`](Job::next_run) is `None` then, [`cancel`](Job::cancel) is `false`,
/// and what the job did can still be read. It reads like the sentence that made it, followed by its last and next run.
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
    /// The handle that a new record counts already.
    pub(crate) fn first(core: Arc<Core>, place: Place) -> Self {
        Job { core, place }
    }

    /// Handles for jobs that are registered now.
    pub(super) fn handles(scheduler: &Scheduler, find: impl FnOnce(&Registry) -> Vec<Place>) -> Vec<Job> {
        let core = scheduler.core();
        let places = {
            let mut registry = core.read();
            let places = find(&registry);
            places.iter().for_each(|place| registry.handles().hold(*place));
            places
        };
        places.into_iter().map(|place| Job { core: Arc::clone(core), place }).collect()
    }

    fn read<T: Default>(&self, f: impl FnOnce(&Record) -> T) -> T {
        self.core.read().record(self.place).map(f).unwrap_or_default()
    }

    /// The job's number in its registry.
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

    /// The job's name: that given with `named`, else the type name of its body.
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

    /// Adds a tag. No effect if the job has it already, or is gone.
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

    /// The key by which the job is identified, if it was given one with [`key`](crate::Every::key).
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

    /// When the job runs, as a value.
    ///
    /// ```
    /// # let scheduler = punctual::Scheduler::new();
    /// let job = scheduler.every().day().at("10:30").named("tea").run(|| {})?;
    /// assert_eq!(job.schedule().to_string(), "every day at 10:30");
    /// # Ok::<(), punctual::Error>(())
    /// ```
    pub fn schedule(&self) -> Schedule {
        let schedule = self.core.read().record(self.place).map(|record| record.timing().schedule());
        schedule.unwrap_or(Schedule::UNSAID)
    }

    /// Gives the job another schedule, which counts from now. Returns `false` if the job is gone.
    ///
    /// The counts stay, and a paused job stays paused.
    ///
    /// # Errors
    ///
    /// If the schedule has no slot; the job keeps its old schedule then.
    ///
    /// ```
    /// # use punctual::{ManualClock, Scheduler};
    /// # let scheduler = Scheduler::with_clock(ManualClock::new(chrono::DateTime::UNIX_EPOCH));
    /// let job = scheduler.every().hour().run(|| {})?;
    /// let schedule = scheduler.every().minutes(5).schedule()?;
    /// assert!(job.reschedule(schedule)?);
    /// assert_eq!(job.next_run().unwrap().timestamp(), 300);
    /// # Ok::<(), punctual::Error>(())
    /// ```
    pub fn reschedule(&self, schedule: impl Into<Schedule>) -> Result<bool> {
        self.core.reschedule(self.place, schedule.into())
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
        let now = self.core.clock().read().instant();
        self.core.read().upcoming(self.place, n, now).into_iter().map(Timestamp::datetime).collect()
    }

    /// The next slot; `None` when the job is paused or gone, or its last run is under way.
    ///
    /// ```
    /// # use punctual::{ManualClock, Scheduler};
    /// # let scheduler = Scheduler::with_clock(ManualClock::new(chrono::DateTime::UNIX_EPOCH));
    /// let job = scheduler.every().minute().run(|| {})?;
    /// assert_eq!(job.next_run().unwrap().timestamp(), 60);
    /// # Ok::<(), punctual::Error>(())
    /// ```
    pub fn next_run(&self) -> Option<DateTime<Utc>> {
        self.core.read().due(self.place).map(Timestamp::datetime)
    }

    /// When the body last began to run.
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

    /// How many times the body has been run; a run that is under way counts.
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

    /// How the last run ended; `None` before the first has.
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

    /// Takes the job out of the registry; `false` when it was out already.
    ///
    /// A run that is under way in another thread goes on to its end; no other begins.
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

    /// Runs the body at once, in this thread, and returns when it has ended; `false` when the job is gone, or its body
    /// is running already (in another thread, or because it is the body that asks).
    ///
    /// The grid does not move, but a slot that is already due counts as run: a job that was made with
    /// [`after`](Scheduler::after) for later still has its own run then. A paused job runs and stays paused.
    ///
    /// ```
    /// # let scheduler = punctual::Scheduler::new();
    /// let job = scheduler.every().day().run(|| {})?;
    /// let next = job.next_run();
    /// assert!(job.run_now());
    /// assert_eq!(job.next_run(), next);
    /// # Ok::<(), punctual::Error>(())
    /// ```
    pub fn run_now(&self) -> bool {
        self.core.run_now(self.place)
    }

    /// Makes the job due now, in addition to its slots: the next poll runs it, where the job runs at any time. Returns `false`
    /// if the job is paused or gone, or its last run is in progress.
    ///
    /// Unlike [`run_now`](Job::run_now) this does not wait for the run. A job that is due already has one run for both.
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

    /// Pauses the job: it has no next run until it is resumed. Returns `false` if it was paused already, or is gone.
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

    /// Resumes a paused job at its next slot after now. Returns `false` if it was not paused. Slots missed while it was paused
    /// are skipped; if no slot is left, the job is removed.
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

    /// Whether the job is paused.
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

    /// Whether a run of the job is in progress, or waits for a worker.
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

    /// Whether the job is registered; a paused job is.
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
        let shown = {
            let registry = self.core.read();
            let due = registry.due(self.place);
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
    /// A body that keeps the scheduler keeps it alive: ask for it at each run instead.
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

    /// The job; `None` if its scheduler was dropped, or the context is [detached](Context::detached).
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
        core.read().handles().hold(place);
        Some(Job { core, place })
    }

    fn core(&self) -> Option<Arc<Core>> {
        self.origin.as_ref()?.core.upgrade()?.downcast().ok()
    }
}
