//! The sentence: a typed front that fills a `Schedule`.

// In the order in which rustdoc shows the methods of `Every`: the units first.
mod units;

mod detail;

mod filters;

mod options;

mod policies;

mod hooks;

mod end;
#[cfg(feature = "tokio")]
mod end_async;
#[cfg(feature = "command")]
mod end_command;

mod draft;
pub mod state;

use std::{fmt, marker::PhantomData, sync::Arc, time::Duration};

use self::draft::Draft;
use crate::{
    error::Result,
    schedule::{Dialect, IntoCron, IntoSchedule, IntoWhen, Schedule},
    scheduler::{Core, Scheduler},
};

/// A sentence under construction: a schedule, and the labels and policies of a job.
///
/// [`every()`](crate::every) starts it, a unit says how often, options refine it, and [`run`](Every::run) registers the
/// job. The [`state`] `S` says which methods apply, so that most meaningless sentences do not compile. All other
/// mistakes are reported at the end: the builder keeps the first error, and `run` returns it.
///
/// ```
/// # let scheduler = punctual::Scheduler::new();
/// let error = scheduler.every().day().at("noon").tz("nowhere").run(|| {}).unwrap_err();
/// assert!(error.to_string().starts_with("invalid time \"noon\" for a daily job"));
/// assert!(scheduler.jobs().is_empty());
/// ```
#[must_use = "a sentence does nothing until `run`"]
pub struct Every<S = state::Unsaid, B = state::InTurn> {
    /// Not a `Scheduler`: a sentence that is never ended must not keep one alive.
    core: Arc<Core>,
    /// The first error is kept, and passed on by every later option.
    draft: Result<Draft>,
    /// A function, so that the sentence is `Send` and `Sync` whatever its state.
    state: PhantomData<fn() -> (S, B)>,
}

impl<S, B> fmt::Debug for Every<S, B> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Every").field("draft", &self.draft).finish_non_exhaustive()
    }
}

impl<S, B> Every<S, B> {
    fn and_then(self, f: impl FnOnce(Draft) -> Result<Draft>) -> Self {
        self.map_state(f)
    }

    /// The same sentence, in its next state.
    #[inline]
    fn map_state<T, C>(self, f: impl FnOnce(Draft) -> Result<Draft>) -> Every<T, C> {
        Every { core: self.core, draft: self.draft.and_then(f), state: PhantomData }
    }

    /// The same sentence with more in its schedule, in its next state.
    #[inline]
    fn map_schedule<T, C>(self, f: impl FnOnce(Schedule) -> Result<Schedule>) -> Every<T, C> {
        self.map_state(|draft| draft.schedule(f))
    }
}

/// Starting a sentence.
impl Scheduler {
    /// Starts a sentence. A unit comes next.
    ///
    /// ```
    /// # let scheduler = punctual::Scheduler::new();
    /// let job = scheduler.every().day().at("10:30").run(|| println!("tea"))?;
    /// assert_eq!(scheduler.jobs(), [job]);
    /// # Ok::<(), punctual::Error>(())
    /// ```
    pub fn every(&self) -> Every {
        self.start_sentence(Ok(Draft::UNSAID))
    }

    /// Starts a sentence with a single run, `delay` after its registration. With a delay of zero the run is due at
    /// once.
    ///
    /// ```
    /// # use punctual::{ManualClock, Scheduler};
    /// # use std::time::Duration;
    /// # let clock = ManualClock::new(chrono::DateTime::UNIX_EPOCH);
    /// # let scheduler = Scheduler::with_clock(clock.clone());
    /// let job = scheduler.after(Duration::from_secs(5)).run(|| println!("time is up"))?;
    /// clock.advance(Duration::from_secs(5));
    /// assert_eq!(scheduler.run_pending(), 1);
    /// assert!(!job.is_scheduled());
    /// # Ok::<(), punctual::Error>(())
    /// ```
    pub fn after(&self, delay: Duration) -> Every<state::Single> {
        self.start_sentence(Ok(Schedule::after(delay).into()))
    }

    /// Starts a sentence with a single run, at a moment. A moment in the past is an error that `run` returns.
    ///
    /// ```
    /// # use punctual::{ManualClock, Scheduler};
    /// # let scheduler = Scheduler::with_clock(ManualClock::new(chrono::DateTime::UNIX_EPOCH));
    /// let job = scheduler.once("2030-01-01 18:30").tz("UTC").run(|| println!("happy new year"))?;
    /// assert_eq!(job.next_run().unwrap().to_rfc3339(), "2030-01-01T18:30:00+00:00");
    /// # Ok::<(), punctual::Error>(())
    /// ```
    pub fn once(&self, when: impl IntoWhen) -> Every<state::Single> {
        self.start_sentence(Schedule::once(when).map(Draft::from))
    }

    /// Starts a sentence with a [`Schedule`], or with [text](Schedule#impl-FromStr-for-Schedule) that is one. Options
    /// may follow; one that does not apply to the schedule is an error that `run` returns, as is text that cannot be
    /// read.
    ///
    /// Give it text directly if the text becomes one job right away. If the schedule is needed as a value, as for a
    /// configuration that is checked when it is loaded, or for several jobs, use
    /// [`parse`](Schedule#impl-FromStr-for-Schedule): `text.parse::<Schedule>()?`. Both read the same text, and report
    /// the same mistakes.
    ///
    /// ```
    /// use punctual::{Schedule, Unit};
    /// # use punctual::{ManualClock, Scheduler};
    /// # let scheduler = Scheduler::builder().clock(ManualClock::new(chrono::DateTime::UNIX_EPOCH)).tz("UTC").build()?;
    /// let nightly = Schedule::every(1, Unit::Day)?.at("02:00")?;
    /// let backup = scheduler.schedule(&nightly).named("backup").run(|| {})?;
    /// let cleanup = scheduler.schedule(nightly).named("cleanup").priority(1).run(|| {})?;
    /// let report = scheduler.schedule("every day at 02:00").named("report").run(|| {})?;
    /// assert_eq!((backup.next_run(), backup.next_run()), (cleanup.next_run(), report.next_run()));
    /// # Ok::<(), punctual::Error>(())
    /// ```
    pub fn schedule(&self, schedule: impl IntoSchedule) -> Every<state::Given> {
        self.start_sentence(schedule.into_schedule().map(Draft::from))
    }

    /// Starts a sentence with a cron expression, or with APScheduler's [`Fields`](crate::Fields). [`Schedule::cron`]
    /// documents the expressions.
    ///
    /// ```
    /// # use punctual::{ManualClock, Scheduler};
    /// # let scheduler = Scheduler::builder().clock(ManualClock::new(chrono::DateTime::UNIX_EPOCH)).tz("UTC").build()?;
    /// let job = scheduler.cron("30 9 * * mon-fri").until("1970-12-31").run(|| println!("good morning"))?;
    /// assert_eq!(job.next_run().unwrap().to_rfc3339(), "1970-01-01T09:30:00+00:00");
    /// # Ok::<(), punctual::Error>(())
    /// ```
    pub fn cron(&self, expression: impl IntoCron) -> Every<state::Expression> {
        self.start_sentence(Schedule::cron(expression).map(Draft::from))
    }

    /// Starts a sentence with a cron expression in a [`Dialect`].
    ///
    /// ```
    /// # use punctual::{ManualClock, Scheduler};
    /// # let scheduler = Scheduler::builder().clock(ManualClock::new(chrono::DateTime::UNIX_EPOCH)).tz("UTC").build()?;
    /// use punctual::Dialect;
    /// let job = scheduler.cron_in(Dialect::Quartz, "0 0 12 ? * FRI").run(|| println!("lunch"))?;
    /// assert_eq!(job.next_run().unwrap().to_rfc3339(), "1970-01-02T12:00:00+00:00");
    /// # Ok::<(), punctual::Error>(())
    /// ```
    pub fn cron_in(&self, dialect: Dialect, expression: impl AsRef<str>) -> Every<state::Expression> {
        self.start_sentence(Schedule::cron_in(dialect, expression).map(Draft::from))
    }

    fn start_sentence<S>(&self, draft: Result<Draft>) -> Every<S> {
        Every { core: Arc::clone(self.core()), draft, state: PhantomData }
    }
}
