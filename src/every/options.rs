//! The options of a sentence, whatever its unit.

use std::{num::NonZeroU64, time::Duration};

use super::{
    state::{Complete, Instances, Placement, Repeating},
    Every,
};
use crate::{
    job::OnConflict,
    schedule::{at_least_one, IntoCount, IntoSchedule, IntoWhen, Schedule},
    zone::IntoZone,
};

/// When, for schedules that repeat.
impl<S: Repeating, B> Every<S, B> {
    /// Delays each run by a random length of up to `most`, drawn for each run. The grid stays where it is: runs do not
    /// drift, and each slot of the grid has its run, in order, even if `most` is longer than the interval.
    ///
    /// The time of the registration, `starting` and `between` decide which slots the grid has. No run is delayed past
    /// the close of `between`, nor past [`until`](Every::until): a slot with no moment left before that has no run.
    /// Everywhere else, the delayed moment is the run's slot: it is what [`Job::next_run`](crate::Job::next_run)
    /// returns. With [`spread`](Every::spread), both delays add up.
    ///
    /// A length of less than a millisecond is an error that `run` returns, as is `jitter` together with
    /// [`at_random`](Every::at_random).
    ///
    /// ```
    /// # use punctual::{ManualClock, Scheduler};
    /// # use std::time::Duration;
    /// # let scheduler = Scheduler::with_clock(ManualClock::new(chrono::DateTime::UNIX_EPOCH));
    /// let job = scheduler.every().hour().jitter(Duration::from_secs(60)).run(|| {})?;
    /// let late = job.upcoming(24).iter().map(|slot| slot.timestamp() % 3_600).collect::<Vec<_>>();
    /// assert!(late.iter().all(|late| *late <= 60), "{late:?}");
    /// # Ok::<(), punctual::Error>(())
    /// ```
    pub fn jitter(self, most: Duration) -> Self {
        self.map_schedule(|schedule| schedule.jitter(most))
    }

    /// Delays all runs by the same length, less than `most`, which depends only on the job's [`key`](Every::key), or
    /// its name if it has no key. This spreads jobs that have the same schedule, and each keeps its place when the
    /// program is restarted.
    ///
    /// A job that has neither a key nor a [name](Every::named) is an error that `run` returns, as are a length of less
    /// than a millisecond, and `spread` together with [`at_random`](Every::at_random). For `between` and `until`, see
    /// [`jitter`](Every::jitter).
    ///
    /// ```
    /// # use punctual::{ManualClock, Scheduler};
    /// # use std::time::Duration;
    /// # let scheduler = Scheduler::with_clock(ManualClock::new(chrono::DateTime::UNIX_EPOCH));
    /// let hourly = || scheduler.every().hour().at(":00").spread(Duration::from_secs(3_600));
    /// let (one, other) = (hourly().named("one").run(|| {})?, hourly().named("other").run(|| {})?);
    /// assert_ne!(one.next_run(), other.next_run());
    /// assert_eq!(one.next_run(), hourly().named("one").run(|| {})?.next_run());
    /// # Ok::<(), punctual::Error>(())
    /// ```
    pub fn spread(self, most: Duration) -> Self {
        self.map_schedule(|schedule| schedule.spread(most))
    }

    /// Sets when the job starts. An interval has its first run at that moment and counts its grid from there; a job
    /// with `at` or named days has its first match at or after it.
    ///
    /// It may be in the past: `hours(6).starting("2024-01-01 03:00")` runs at 03, 09, 15 and 21 h.
    ///
    /// ```
    /// # use punctual::{ManualClock, Scheduler};
    /// # let scheduler = Scheduler::with_clock(ManualClock::new(chrono::DateTime::UNIX_EPOCH));
    /// let job = scheduler.every().hours(6).starting("1970-01-02 03:00").tz("UTC").run(|| {})?;
    /// assert_eq!(job.next_run().unwrap().to_rfc3339(), "1970-01-02T03:00:00+00:00");
    /// # Ok::<(), punctual::Error>(())
    /// ```
    pub fn starting(self, when: impl IntoWhen) -> Self {
        self.map_schedule(|schedule| schedule.starting(when))
    }

    /// Removes the job after `n` runs. Failed runs count, and so do those by [`run_now`](crate::Job::run_now) and
    /// [`run_all`](crate::Scheduler::run_all). If a job is [rescheduled](crate::Job::reschedule), its runs so far
    /// count, too.
    ///
    /// The loops keep running: [`run_until_empty`](crate::Scheduler::run_until_empty) returns when no job is left.
    ///
    /// ```
    /// # let scheduler = punctual::Scheduler::new();
    /// let job = scheduler.every().second().times(2).run(|| {})?;
    /// job.run_now();
    /// job.run_now();
    /// assert!(!job.is_scheduled());
    /// # Ok::<(), punctual::Error>(())
    /// ```
    pub fn times(self, n: impl IntoCount) -> Self {
        self.map_schedule(|schedule| schedule.times(n))
    }

    /// Removes the job after its first run. Same as [`times(1)`](Every::times).
    ///
    /// ```
    /// # let scheduler = punctual::Scheduler::new();
    /// let job = scheduler.every().day().at("10:30").once().run(|| println!("tea, this once"))?;
    /// job.run_now();
    /// assert!(!job.is_scheduled());
    /// # Ok::<(), punctual::Error>(())
    /// ```
    pub fn once(self) -> Self {
        self.times(1)
    }

    /// Makes the first run due now, even before [`starting`](Every::starting). Later runs are unaffected. Applies only
    /// if the window of [`between`](Every::between) is open, and the filters allow the date and the hour.
    ///
    /// ```
    /// # use punctual::{ManualClock, Scheduler};
    /// # let scheduler = Scheduler::with_clock(ManualClock::new(chrono::DateTime::UNIX_EPOCH));
    /// let job = scheduler.every().hour().immediately().run(|| {})?;
    /// assert_eq!(scheduler.run_pending(), 1);
    /// assert_eq!(job.next_run().unwrap().timestamp(), 3600);
    /// # Ok::<(), punctual::Error>(())
    /// ```
    pub fn immediately(self) -> Self {
        self.map_schedule(Schedule::immediately)
    }

    /// Adds an alternative: a slot of either schedule is a slot of the job.
    ///
    /// `until`, `times` and `immediately` apply to the whole, before or after `or`; an alternative that has them is an
    /// error that `run` returns, as are one with a single run, more than 32 alternatives, and more than four of a
    /// random length. See [`Schedule::or`] for all options.
    ///
    /// ```
    /// use punctual::every;
    /// let weekend = every().weekend().at("11:00").schedule()?;
    /// let both = every().weekday().at("07:30").or(weekend).tz("UTC").schedule()?;
    /// assert_eq!(both.to_string(), "every weekday at 07:30 in UTC or every weekend at 11:00");
    /// # Ok::<(), punctual::Error>(())
    /// ```
    pub fn or(self, other: impl IntoSchedule) -> Self {
        self.map_schedule(|schedule| schedule.or(other))
    }

    /// Keeps only the slots that another schedule has, too.
    ///
    /// `starting`, `until`, `times` and `immediately` apply to the whole, before or after `and`; another schedule that
    /// has them is an error that `run` returns, as are a single run, a random interval, and no slot in common within 60
    /// years. See [`Schedule::and`] for all options.
    ///
    /// ```
    /// # use punctual::{ManualClock, Scheduler};
    /// # let scheduler = Scheduler::builder().clock(ManualClock::new(chrono::DateTime::UNIX_EPOCH)).tz("UTC").build()?;
    /// let thirteenth = scheduler.every().month().on_day(13).at("12:00").schedule()?;
    /// let job = scheduler.every().friday().at("12:00").and(thirteenth).run(|| println!("stay in bed"))?;
    /// assert_eq!(job.next_run().unwrap().to_rfc3339(), "1970-02-13T12:00:00+00:00");
    /// # Ok::<(), punctual::Error>(())
    /// ```
    pub fn and(self, other: impl IntoSchedule) -> Self {
        self.map_schedule(|schedule| schedule.and(other))
    }
}

/// When, for all schedules, and labels and policies.
impl<S: Complete, B> Every<S, B> {
    /// Sets the zone in which wall times are read and days begin. Without it, the scheduler's zone.
    ///
    /// After 2099, the last year of the database, a zone by name follows its last known rule.
    ///
    /// Text that names no zone is an error that `run` returns.
    ///
    /// ```
    /// # use punctual::{ManualClock, Scheduler};
    /// # let scheduler = Scheduler::with_clock(ManualClock::new(chrono::DateTime::UNIX_EPOCH));
    /// let job = scheduler.every().day().at("10:30").tz("+02:00").run(|| {})?;
    /// assert_eq!(job.next_run().unwrap().to_rfc3339(), "1970-01-01T08:30:00+00:00");
    /// # Ok::<(), punctual::Error>(())
    /// ```
    pub fn tz(self, zone: impl IntoZone) -> Self {
        self.map_schedule(|schedule| schedule.tz(zone))
    }

    /// Sets the deadline, inclusive. The job is removed once its next slot would be later. A late poll still runs a
    /// slot that was due before it.
    ///
    /// A text without a date is today's, in the job's zone. A deadline in the past, or before the first run, is an
    /// error that `run` returns.
    ///
    /// ```
    /// # use punctual::{ManualClock, Scheduler};
    /// # use std::time::Duration;
    /// # let clock = ManualClock::new(chrono::DateTime::UNIX_EPOCH);
    /// # let scheduler = Scheduler::with_clock(clock.clone());
    /// let job = scheduler.every().minute().until(Duration::from_secs(120)).run(|| {})?;
    /// clock.advance(Duration::from_secs(60));
    /// assert_eq!(scheduler.run_pending(), 1);
    /// clock.advance(Duration::from_secs(60));
    /// assert_eq!(scheduler.run_pending(), 1);
    /// assert!(!job.is_scheduled());
    /// # Ok::<(), punctual::Error>(())
    /// ```
    pub fn until(self, when: impl IntoWhen) -> Self {
        self.map_schedule(|schedule| schedule.until(when))
    }

    /// Adds a tag, by which jobs can be listed and cleared as a group. An empty tag is an error that `run` returns.
    ///
    /// ```
    /// # let scheduler = punctual::Scheduler::new();
    /// scheduler.every().day().tag("daily").tag("mail").run(|| {})?;
    /// assert_eq!(scheduler.clear_tagged("mail"), 1);
    /// # Ok::<(), punctual::Error>(())
    /// ```
    pub fn tag(self, tag: impl AsRef<str>) -> Self {
        self.and_then(|draft| draft.tag(tag.as_ref()))
    }

    /// Adds several tags.
    ///
    /// ```
    /// # let scheduler = punctual::Scheduler::new();
    /// let job = scheduler.every().day().tags(["daily", "mail"]).run(|| {})?;
    /// assert_eq!(job.tags(), ["daily", "mail"]);
    /// # Ok::<(), punctual::Error>(())
    /// ```
    pub fn tags<T: AsRef<str>>(self, tags: impl IntoIterator<Item = T>) -> Self {
        self.and_then(|draft| tags.into_iter().try_fold(draft, |draft, tag| draft.tag(tag.as_ref())))
    }

    /// Names the job, in events and in the log. Without it, the job has the type name of its body. Names need not be
    /// unique; an empty one is an error that `run` returns.
    ///
    /// ```
    /// # let scheduler = punctual::Scheduler::new();
    /// assert_eq!(scheduler.every().day().named("report").run(|| {})?.name(), "report");
    /// # Ok::<(), punctual::Error>(())
    /// ```
    pub fn named(self, name: impl AsRef<str>) -> Self {
        self.and_then(|draft| draft.named(name.as_ref()))
    }

    /// Sets the job's key: its identity, unique in its scheduler. Registering a key that exists updates that job,
    /// unless [`on_conflict`](Every::on_conflict) says otherwise. An empty key is an error that `run` returns.
    ///
    /// ```
    /// # let scheduler = punctual::Scheduler::new();
    /// assert!(scheduler.every().day().key("daily-report").run(|| {}).is_ok());
    /// let error = scheduler.every().day().key("").run(|| {}).unwrap_err();
    /// assert_eq!(error.to_string(), "invalid key \"\": the text is empty (expected at least one character)");
    /// ```
    pub fn key(self, key: impl AsRef<str>) -> Self {
        self.and_then(|draft| draft.key(key.as_ref()))
    }

    /// Sets what happens if a job with the same [`key`](Every::key) is registered already. No effect without a key.
    ///
    /// ```
    /// use punctual::OnConflict;
    /// # let scheduler = punctual::Scheduler::new();
    /// let job = scheduler.every().day().key("daily-report").on_conflict(OnConflict::Fail).run(|| {})?;
    /// assert!(job.is_scheduled());
    /// # Ok::<(), punctual::Error>(())
    /// ```
    pub fn on_conflict(self, policy: OnConflict) -> Self {
        self.and_then(|draft| draft.with(|job| job.on_conflict = policy))
    }

    /// Sets the priority: of several jobs due at the same instant, those with a lower number run first, as in Python's
    /// `sched`. Without it, 0. Of runs that wait for a place of a [pool](Every::pool), too, those with a lower number
    /// begin first, whatever their slots.
    ///
    /// ```
    /// # use punctual::{ManualClock, Scheduler};
    /// # use std::{sync::mpsc::channel, time::Duration};
    /// # let clock = ManualClock::new(chrono::DateTime::UNIX_EPOCH);
    /// # let scheduler = Scheduler::with_clock(clock.clone());
    /// let (first, order) = channel();
    /// let second = first.clone();
    /// scheduler.every().minute().run(move || second.send("clean up"))?;
    /// scheduler.every().minute().priority(-1).run(move || first.send("save"))?;
    /// clock.advance(Duration::from_secs(60));
    /// scheduler.run_pending();
    /// assert_eq!(order.try_iter().collect::<Vec<_>>(), ["save", "clean up"]);
    /// # Ok::<(), punctual::Error>(())
    /// ```
    pub fn priority(self, priority: i32) -> Self {
        self.and_then(|draft| draft.with(|job| job.priority = priority))
    }
}

/// Where the body runs.
impl<S: Complete, B: Placement> Every<S, B> {
    /// Runs the body on one of the scheduler's workers: `run_pending` hands it over and does not wait. The body runs
    /// once at a time; a slot that comes while it is still running is skipped and reported as
    /// [`Skip::Overlap`](crate::Skip::Overlap). No effect after `max_instances`, which implies it.
    ///
    /// ```
    /// # use punctual::{ManualClock, Scheduler};
    /// # use std::{sync::mpsc::channel, time::Duration};
    /// # let clock = ManualClock::new(chrono::DateTime::UNIX_EPOCH);
    /// # let scheduler = Scheduler::with_clock(clock.clone());
    /// let (sender, names) = channel();
    /// scheduler.every().second().parallel().run(move || {
    ///     sender.send(std::thread::current().name().map(str::to_owned))
    /// })?;
    /// clock.advance(Duration::from_secs(1));
    /// assert_eq!(scheduler.run_pending(), 1);
    /// assert_eq!(names.recv().unwrap().as_deref(), Some("punctual-worker-1"));
    /// # Ok::<(), punctual::Error>(())
    /// ```
    pub fn parallel(self) -> Every<S, B::Parallel> {
        self.map_state(|draft| {
            draft.with(|job| {
                // After `max_instances`, its number stays.
                job.workers.get_or_insert(NonZeroU64::MIN);
            })
        })
    }

    /// Runs the body on a worker of a [pool](crate::SchedulerBuilder::pool), as [`parallel`](Every::parallel) does on
    /// one of the default pool, which is `"default"`. Beside `parallel` and `max_instances`, says only which pool.
    ///
    /// A pool runs as many bodies at a time as it has places, of all its jobs together. If all are taken, a run waits.
    /// Runs that wait begin in the order of their [priority](Every::priority), then of their slots. When its turn
    /// comes, a run is left out if its job was removed or paused meanwhile, and skipped if its
    /// [window](Every::between) is over. [`Scheduler::pool`](crate::Scheduler::pool) returns how many run and wait.
    ///
    /// Pools are for bodies that run on threads. [`Job::run_now`](crate::Job::run_now) runs the body in its caller's
    /// thread, and takes no place.
    ///
    /// A name that is empty or that no pool of the scheduler has is an error that `run` returns, as is an async body.
    ///
    /// ```
    /// # let scheduler = punctual::Scheduler::builder().pool("db", 2).build()?;
    /// scheduler.every().minute().pool("db").run(|| println!("on one of two workers"))?;
    /// assert_eq!(scheduler.snapshot()[0].pool.as_deref(), Some("db"));
    ///
    /// let error = scheduler.every().minute().pool("dbs").run(|| {}).unwrap_err();
    /// assert_eq!(
    ///     error.to_string(),
    ///     "unknown pool \"dbs\": the scheduler has \"default\", \"db\" (did you mean \"db\"?)",
    /// );
    /// # Ok::<(), punctual::Error>(())
    /// ```
    pub fn pool(self, name: impl AsRef<str>) -> Every<S, B::Parallel> {
        self.parallel().and_then(|draft| draft.pool(name.as_ref()))
    }

    /// Runs the body on up to `n` of the scheduler's [`workers`](crate::SchedulerBuilder::workers) at a time. A slot
    /// that comes while `n` runs are in progress is skipped and reported as [`Skip::Overlap`](crate::Skip::Overlap).
    ///
    /// ```
    /// # let scheduler = punctual::Scheduler::new();
    /// let job = scheduler.every().second().max_instances(3).run(|| println!("one of three"))?;
    /// assert!(job.to_string().contains("parallel, at most 3 at a time"));
    ///
    /// let error = scheduler.every().second().max_instances(0).run(|| {}).unwrap_err();
    /// assert_eq!(error.to_string(), "invalid count 0 for max_instances: it must be 1 or more");
    /// # Ok::<(), punctual::Error>(())
    /// ```
    pub fn max_instances(self, n: impl IntoCount) -> Every<S, Instances> {
        self.map_state(|draft| {
            let workers = NonZeroU64::new(at_least_one(n, "max_instances")?);
            draft.with(|job| job.workers = workers)
        })
    }
}
