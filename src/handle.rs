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
    job::{label, JobId, Place, Record},
    outcome::Outcome,
    scheduler::{Inner, Registry, Scheduler},
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
    inner: Arc<Inner>,
    place: Place,
}

impl Job {
    /// The handle that a new record counts already.
    pub(crate) fn first(inner: Arc<Inner>, place: Place) -> Self {
        Job { inner, place }
    }

    /// Handles for jobs that are registered now.
    fn handles(scheduler: &Scheduler, find: impl FnOnce(&Registry) -> Vec<Place>) -> Vec<Job> {
        let inner = scheduler.inner();
        let places = {
            let mut books = inner.books();
            let places = find(&books);
            places.iter().for_each(|place| books.hold(*place));
            places
        };
        places.into_iter().map(|place| Job { inner: Arc::clone(inner), place }).collect()
    }

    fn read<T: Default>(&self, f: impl FnOnce(&Record) -> T) -> T {
        self.inner.books().record(self.place).map(f).unwrap_or_default()
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
        self.read(|record| record.who().name().to_owned())
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
        self.inner.tag(self.place, label("tag", tag.as_ref())?);
        Ok(())
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
        self.inner.books().due(self.place).map(Timestamp::datetime)
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
        self.inner.remove(self.place, Removal::Cancelled)
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
        self.inner.run_now(self.place)
    }

    /// Takes the job's slots away until it is resumed; `false` when it was paused already, or is gone.
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
        self.inner.pause(self.place)
    }

    /// Lets a paused job go on at its next slot after now; `false` when it was not paused. What it slept through is not
    /// made up for; if no slot is left, the job leaves the registry.
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
        self.inner.resume(self.place)
    }

    /// Whether the job is in its registry; a paused job is.
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
        self.inner.books().hold(self.place);
        Job { inner: Arc::clone(&self.inner), place: self.place }
    }
}

impl Drop for Job {
    fn drop(&mut self) {
        self.inner.books().release(self.place);
    }
}

impl PartialEq for Job {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.inner, &other.inner) && self.place == other.place
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
            let registry = self.inner.books();
            let due = registry.due(self.place);
            registry.record(self.place).map(|record| record.shown(due, self.inner.zone()).to_string())
        };
        f.write_str(&shown.unwrap_or_default())
    }
}

impl fmt::Debug for Job {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Job({self})")
    }
}

impl Scheduler {
    /// The registered jobs, in the order of their registration.
    ///
    /// ```
    /// # let scheduler = punctual::Scheduler::new();
    /// let job = scheduler.every().day().run(|| {})?;
    /// assert_eq!(scheduler.jobs(), [job]);
    /// # Ok::<(), punctual::Error>(())
    /// ```
    pub fn jobs(&self) -> Vec<Job> {
        Job::handles(self, |registry| registry.all())
    }

    /// The registered jobs that bear a tag, in the order of their registration. Looks at no other job.
    ///
    /// ```
    /// # let scheduler = punctual::Scheduler::new();
    /// scheduler.every().day().run(|| {})?;
    /// let tagged = scheduler.every().day().tag("daily").run(|| {})?;
    /// assert_eq!(scheduler.jobs_tagged("daily"), [tagged]);
    /// assert!(scheduler.jobs_tagged("unknown").is_empty());
    /// # Ok::<(), punctual::Error>(())
    /// ```
    pub fn jobs_tagged(&self, tag: impl AsRef<str>) -> Vec<Job> {
        let tag = tag.as_ref();
        Job::handles(self, |registry| registry.tagged(tag))
    }

    /// Takes a job out of the registry; `false` when it was out already, or is another scheduler's.
    ///
    /// ```
    /// # let scheduler = punctual::Scheduler::new();
    /// let job = scheduler.every().day().run(|| {})?;
    /// assert!(!punctual::Scheduler::new().cancel_job(&job));
    /// assert!(scheduler.cancel_job(&job));
    /// # Ok::<(), punctual::Error>(())
    /// ```
    pub fn cancel_job(&self, job: &Job) -> bool {
        Arc::ptr_eq(self.inner(), &job.inner) && job.cancel()
    }
}
