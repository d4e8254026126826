//! What a body is told about its run.

use std::fmt;

use chrono::{DateTime, Utc};

use super::{JobId, Who};
use crate::{clock::Clock, timestamp::Timestamp};

/// What [`run_with`](crate::Every::run_with) hands to a body: which job, and which slot, it runs for.
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
///     assert_eq!(context.scheduled_at(), noon + Duration::from_secs(60));
///     assert_eq!(context.now(), noon + Duration::from_secs(75));
/// })?;
/// clock.advance(Duration::from_secs(75));
/// assert_eq!(scheduler.run_pending(), 1);
/// # Ok::<(), punctual::Error>(())
/// ```
pub struct Context<'a> {
    pub(crate) turn: &'a Turn,
    pub(crate) clock: &'a dyn Clock,
}

/// One run of a job: of which job, for which slot, and how many runs it has had with this one.
pub(crate) struct Turn {
    pub(crate) who: Who,
    pub(crate) scheduled_at: Timestamp,
    pub(crate) run_count: u64,
}

impl Context<'_> {
    /// The slot that this run is for: at or before [`now`](Context::now). A run by hand that no slot was due for has
    /// the moment of its start.
    ///
    /// Where the wall clock is set back while a run is due already, the slot of an interval moves with the clock. That of
    /// minutes or hours with `at` stays, and so does any slot that a pass has taken; if the clock is set to before it, it
    /// becomes the moment to which the clock was set. Days and longer units wait for their wall time again.
    ///
    /// ```
    /// # use punctual::{Context, Scheduler};
    /// # let scheduler = Scheduler::new();
    /// let job = scheduler.every().day().run_with(|context: &Context| {
    ///     assert!(context.scheduled_at() <= context.now());
    /// })?;
    /// assert!(job.run_now());
    /// # assert!(job.last_outcome().unwrap().is_success());
    /// # Ok::<(), punctual::Error>(())
    /// ```
    pub fn scheduled_at(&self) -> DateTime<Utc> {
        self.turn.scheduled_at.datetime()
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

    /// How many times the body has been run, this run included: 1 at the first.
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
        self.turn.run_count
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
        self.turn.who.id
    }

    /// The job's name: that given with `named`, else the type name of its body.
    ///
    /// ```
    /// # use punctual::{Context, Scheduler};
    /// # let scheduler = Scheduler::new();
    /// let job = scheduler.every().day().named("tidy").run_with(|context: &Context| assert_eq!(context.name(), "tidy"))?;
    /// job.run_now();
    /// # assert!(job.last_outcome().unwrap().is_success());
    /// # Ok::<(), punctual::Error>(())
    /// ```
    pub fn name(&self) -> &str {
        self.turn.who.name()
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
        self.turn.who.tags().iter().map(|tag| &**tag)
    }
}

impl fmt::Debug for Context<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Context")
            .field("id", &self.id())
            .field("name", &self.name())
            .field("scheduled_at", &self.scheduled_at())
            .field("run_count", &self.run_count())
            .finish_non_exhaustive()
    }
}
