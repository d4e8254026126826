//! What every sentence can say beside how often.

use std::num::NonZeroU64;

use super::{
    count::{at_least_one, Count},
    state::{Complete, InTurn, Instances, Parallel, Repeating},
    time::IntoTime,
    when::IntoWhen,
    Every,
};
use crate::{error::Error, trigger::Window, zone::IntoZone};

impl<S: Complete, B> Every<S, B> {
    /// The zone in which the wall times of the sentence are read, and by which its days begin and end. Without it, that
    /// is the scheduler's zone.
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
        self.and_then(|draft| {
            let zone = zone.into_zone()?;
            draft.with(|options| options.zone = Some(zone))
        })
    }

    /// The last moment at which a run may be due, itself included. The job leaves the registry when its next slot lies
    /// behind it; a poll that comes late still runs a slot that lies before.
    ///
    /// A moment in the past, or before the first run, is an error that `run` returns.
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
        self.and_then(|draft| {
            let when = when.into_when().check("until")?;
            draft.with(|options| options.until = Some(when))
        })
    }

    /// A tag, by which jobs can be found and cleared as a group. More tags may follow. An empty one is an error that `run`
    /// returns.
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

    /// Several tags.
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

    /// The job's name, in events and in the log; the type name of its body where none is given. Names need not be
    /// unique, but an empty one is an error that `run` returns.
    ///
    /// ```
    /// # let scheduler = punctual::Scheduler::new();
    /// assert_eq!(scheduler.every().day().named("report").run(|| {})?.name(), "report");
    /// # Ok::<(), punctual::Error>(())
    /// ```
    pub fn named(self, name: impl AsRef<str>) -> Self {
        self.and_then(|draft| draft.named(name.as_ref()))
    }

    /// Which of several jobs that are due at the same instant runs first: the one with the lower number, as in Python's
    /// `sched`. Without it, 0.
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
        self.and_then(|draft| draft.with(|options| options.priority = priority))
    }
}

impl<S: Repeating, B> Every<S, B> {
    /// The part of the day in which the job may run: from `open` up to, but not including, `close`, in the sentence's
    /// zone. It may cross midnight.
    ///
    /// A slot outside the window moves to the first slot of the grid that is inside; one of a random length moves to
    /// the window's next opening, which may be on the day after the one that the sentence names. A window in which no slot
    /// falls for 60 years is an error that `run` returns, as is an empty one.
    ///
    /// ```
    /// # use punctual::{ManualClock, Scheduler};
    /// # let scheduler = Scheduler::with_clock(ManualClock::new(chrono::DateTime::UNIX_EPOCH));
    /// let job = scheduler.every().minutes(20).between("09:00", "17:30").tz("UTC").run(|| {})?;
    /// assert_eq!(job.next_run().unwrap().to_rfc3339(), "1970-01-01T09:00:00+00:00");
    /// # Ok::<(), punctual::Error>(())
    /// ```
    pub fn between(self, open: impl IntoTime, close: impl IntoTime) -> Self {
        self.and_then(|draft| {
            let (open, close) = (open.into_time("a window")?, close.into_time("a window")?);
            if open == close {
                let why = "it opens and closes at the same time (expected two different times)";
                return Err(Error::time(format!("invalid window \"{open}\" to \"{close}\": {why}")));
            }
            draft.with(|options| options.window = Some(Window { open: open.into(), close: close.into() }))
        })
    }

    /// From when on the job runs. An interval has its first run at that very moment, and its grid is counted from there;
    /// a job with `at` or named days has the first match at or after it. A moment in the past shifts the grid.
    ///
    /// ```
    /// # use punctual::{ManualClock, Scheduler};
    /// # let scheduler = Scheduler::with_clock(ManualClock::new(chrono::DateTime::UNIX_EPOCH));
    /// let job = scheduler.every().hours(6).starting("1970-01-02 03:00").tz("UTC").run(|| {})?;
    /// assert_eq!(job.next_run().unwrap().to_rfc3339(), "1970-01-02T03:00:00+00:00");
    /// # Ok::<(), punctual::Error>(())
    /// ```
    pub fn starting(self, when: impl IntoWhen) -> Self {
        self.and_then(|draft| {
            let when = when.into_when().check("starting")?;
            draft.with(|options| options.starting = Some(when))
        })
    }

    /// After how many runs of the body, failed ones included, the job leaves the registry.
    ///
    /// ```
    /// # let scheduler = punctual::Scheduler::new();
    /// let job = scheduler.every().second().times(2).run(|| {})?;
    /// job.run_now();
    /// job.run_now();
    /// assert!(!job.is_scheduled());
    /// # Ok::<(), punctual::Error>(())
    /// ```
    pub fn times(self, n: impl Count) -> Self {
        self.and_then(|draft| {
            let times = at_least_one(n, "times")?;
            draft.with(|options| options.times = Some(times))
        })
    }

    /// The job leaves the registry after its first run: [`times(1)`](Every::times).
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

    /// The first run is due now, even before [`starting`](Every::starting); the grid is the same as without this word. With
    /// [`between`](Every::between), only if the window is open.
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
        self.and_then(|draft| draft.with(|options| options.immediately = true))
    }
}

impl<S: Complete> Every<S, InTurn> {
    /// The body runs on one of the scheduler's workers: `run_pending` hands it over and does not wait. It runs once at a
    /// time; a slot that comes while it is still running is skipped and told as
    /// [`JobMaxInstances`](crate::Event::JobMaxInstances).
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
    pub fn parallel(self) -> Every<S, Parallel> {
        self.go_on(|draft| draft.with(|options| options.workers = Some(NonZeroU64::MIN)))
    }

    /// The body runs on the scheduler's workers, on up to `n` at a time, if the scheduler has so many
    /// ([`workers`](crate::SchedulerBuilder::workers): 10 unless told otherwise). A slot that comes while all of these are still
    /// running is skipped and told as [`JobMaxInstances`](crate::Event::JobMaxInstances).
    ///
    /// ```
    /// # let scheduler = punctual::Scheduler::new();
    /// let job = scheduler.every().second().max_instances(3).run(|| println!("one of three"))?;
    /// assert!(job.to_string().contains("parallel, at most 3 at a time"));
    /// # Ok::<(), punctual::Error>(())
    /// ```
    pub fn max_instances(self, n: impl Count) -> Every<S, Instances> {
        self.parallel().max_instances(n)
    }
}

impl<S: Complete> Every<S, Parallel> {
    /// How many workers may run the body at a time: see [`max_instances`](Every::max_instances).
    ///
    /// ```
    /// # let scheduler = punctual::Scheduler::new();
    /// let error = scheduler.every().second().parallel().max_instances(0).run(|| {}).unwrap_err();
    /// assert_eq!(error.to_string(), "invalid count 0 for max_instances: it must be 1 or more");
    /// ```
    pub fn max_instances(self, n: impl Count) -> Every<S, Instances> {
        self.go_on(|draft| {
            let workers = NonZeroU64::new(at_least_one(n, "max_instances")?);
            draft.with(|options| options.workers = workers)
        })
    }
}

impl<S: Complete> Every<S, Instances> {
    /// Several instances are parallel in any case.
    ///
    /// ```
    /// # let scheduler = punctual::Scheduler::new();
    /// assert!(scheduler.every().second().max_instances(3).parallel().run(|| {}).is_ok());
    /// ```
    pub fn parallel(self) -> Self {
        self
    }
}
