//! Why a job ran, or did not.

use std::fmt;

use chrono::{DateTime, TimeDelta, Utc};

use crate::{
    event::{Removal, Skip},
    id::{JobId, RunId},
    outcome::Outcome,
    run::Run,
    text::Length,
    zone::Zone,
};

/// Why a job did or did not run at an instant, or what will happen then, as plain data.
/// [`Job::explain`](crate::Job::explain) and [`Scheduler::explain`](crate::Scheduler::explain) return it; `Display`
/// shows it as one or two sentences.
///
/// ```
/// use punctual::{chrono::{TimeZone, Utc}, ManualClock, Reason, Scheduler};
/// # use std::time::Duration;
/// # let clock = ManualClock::new(Utc.with_ymd_and_hms(2024, 1, 10, 12, 0, 0).unwrap());
/// let scheduler = Scheduler::builder().clock(clock.clone()).tz(Utc).history(100).build()?;
/// let job = scheduler.every().hour().named("backup").run(|| Err::<(), _>("disk full"))?;
/// clock.advance(Duration::from_secs(3_602));
/// scheduler.run_pending();
///
/// let explanation = job.explain("13:00")?;
/// assert!(matches!(&explanation.reason, Reason::Ran(run) if run.attempt == 1));
/// assert_eq!(
///     explanation.to_string(),
///     "backup ran for the slot at 2024-01-10 13:00:00 +00:00: run 1 started 2s late and failed: disk full",
/// );
/// # Ok::<(), punctual::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Explanation {
    /// The job's number.
    pub job: JobId,
    /// The job's name.
    pub name: String,
    /// The instant that was asked about.
    pub instant: DateTime<Utc>,
    /// When it was asked, by the scheduler's clock.
    pub now: DateTime<Utc>,
    /// The zone in which `Display` shows instants: the job's.
    pub zone: Zone,
    /// The answer.
    pub reason: Reason,
}

/// The answer of an [`Explanation`].
///
/// ```
/// use punctual::{ManualClock, Reason, Scheduler};
/// # let scheduler = Scheduler::with_clock(ManualClock::new(chrono::DateTime::UNIX_EPOCH));
/// let job = scheduler.every().minute().run(|| {})?;
/// assert_eq!(job.explain(job.next_run().unwrap())?.reason, Reason::ToCome);
/// # Ok::<(), punctual::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Reason {
    /// The job ran, and the run has ended. The instant is its slot, or the run was in progress then for an earlier
    /// slot.
    Ran(Run),
    /// A run is in progress, for this slot or for one before it.
    #[non_exhaustive]
    Running {
        /// When it started.
        since: DateTime<Utc>,
        /// Its number; `None` unless the job has [`retry`](crate::Every::retry) or [`timeout`](crate::Every::timeout).
        run: Option<RunId>,
    },
    /// The slot is due, and its run has not begun.
    Waiting(WaitsFor),
    /// An attempt of the run failed, and another will follow.
    #[non_exhaustive]
    Retrying {
        /// The run.
        run: RunId,
        /// The number of the attempt to come.
        attempt: u32,
        /// When it begins; `None` if it is due.
        at: Option<DateTime<Utc>>,
        /// How the last attempt ended.
        failure: Outcome,
        /// Since when the job, or the whole scheduler, is paused, if it is: the attempt begins when it is resumed.
        paused_since: Option<DateTime<Utc>>,
    },
    /// The slot was missed, and shares the run of another slot that was missed together with it.
    Coalesced(Run),
    /// The slot was skipped.
    #[non_exhaustive]
    Skipped {
        /// Why.
        why: Skip,
        /// When that was decided.
        at: DateTime<Utc>,
    },
    /// The job or the whole scheduler is paused, or was paused then.
    #[non_exhaustive]
    Paused {
        /// Since when.
        since: DateTime<Utc>,
        /// Until when; `None` if it still is.
        until: Option<DateTime<Utc>>,
    },
    /// The job is no longer registered.
    #[non_exhaustive]
    Removed {
        /// Why.
        why: Removal,
        /// Since when.
        at: DateTime<Utc>,
    },
    /// The job was not registered yet.
    #[non_exhaustive]
    NotRegistered {
        /// When it was.
        added_at: DateTime<Utc>,
    },
    /// The slot is to come.
    ToCome,
    /// The slot would be to come, but `times` allows no run for it.
    AfterTimes,
    /// The instant is after `until`, or after the last slot for another reason.
    #[non_exhaustive]
    AfterEnd {
        /// The deadline, if there is one.
        until: Option<DateTime<Utc>>,
    },
    /// No slot is at the instant.
    #[non_exhaustive]
    NoSlot {
        /// The last slot before, if it is known.
        before: Option<DateTime<Utc>>,
        /// The first slot after, if it is known.
        after: Option<DateTime<Utc>>,
        /// Whether there cannot be one: the schedule excludes the time of day or the date.
        is_excluded: bool,
    },
    /// Slots are random, and those that far ahead are not drawn yet.
    NotDrawn,
    /// It is not known.
    Unknown(Forgotten),
}

/// What a due slot waits for.
///
/// ```
/// # use punctual::{chrono::DateTime, ManualClock, Scheduler};
/// use punctual::{Reason, WaitsFor};
/// # let clock = ManualClock::new(DateTime::UNIX_EPOCH);
/// # let scheduler = Scheduler::with_clock(clock.clone());
/// let job = scheduler.every().minute().run(|| {})?;
/// clock.advance(std::time::Duration::from_secs(60));
/// assert_eq!(job.explain(clock.now())?.reason, Reason::Waiting(WaitsFor::Poll));
/// # Ok::<(), punctual::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum WaitsFor {
    /// There has been no poll since, or the poll is running bodies that come first.
    Poll,
    /// A worker of this [pool](crate::Every::pool): all are busy.
    Pool(String),
    /// The hooks of the run, which are being called.
    Hooks,
    /// Other runs of the job are in progress, or wait themselves, and it may have no more at a time.
    #[non_exhaustive]
    Run {
        /// The first of them; `None` unless the job has [`retry`](crate::Every::retry) or [`timeout`](crate::Every::timeout), or
        /// the run waits itself.
        run: Option<RunId>,
        /// When its body was called; `None` if it waits itself.
        since: Option<DateTime<Utc>>,
    },
    /// The body of a run that its [`timeout`](crate::Every::timeout) has ended, and which has not returned.
    #[non_exhaustive]
    Body {
        /// The run.
        run: RunId,
        /// When its body was called.
        since: DateTime<Utc>,
    },
}

/// Why an [`Explanation`] is unknown.
///
/// ```
/// # use punctual::{chrono::DateTime, ManualClock, Scheduler};
/// use punctual::{Forgotten, Reason};
/// # let clock = ManualClock::new(DateTime::UNIX_EPOCH);
/// # let scheduler = Scheduler::with_clock(clock.clone());
/// let job = scheduler.every().minute().run(|| {})?;
/// clock.advance(std::time::Duration::from_secs(60));
/// scheduler.run_pending();
/// assert_eq!(job.explain(clock.now())?.reason, Reason::Unknown(Forgotten::NoHistory));
/// # Ok::<(), punctual::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Forgotten {
    /// The scheduler keeps no [history](crate::SchedulerBuilder::history).
    NoHistory,
    /// Later runs, skips or pauses have replaced it in the history.
    TooLongAgo,
    /// The job had another schedule then.
    OtherSchedule,
    /// The history has nothing about the instant: perhaps the clock was set.
    Nothing,
}

impl fmt::Display for Explanation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (name, show) = (&self.name, |instant: DateTime<Utc>| self.zone.show_exactly(instant.into()));
        let (at, is_ahead) = (show(self.instant), self.instant > self.now);
        match &self.reason {
            Reason::Ran(run) if run.slot == self.instant => {
                write!(f, "{name} ran for the slot at {at}: {}", Ended(run, None))
            }
            Reason::Ran(run) => {
                write!(f, "no slot is at {at}, but {name} was running: {}", Ended(run, Some(show(run.slot))))
            }
            Reason::Running { since, run } => {
                let run = run.map_or_else(|| "a run".to_owned(), |run| format!("run {run}"));
                write!(f, "{name} is running: {run} has been in progress since {}", show(*since))
            }
            Reason::Waiting(what) => {
                write!(f, "{name} is due for the slot at {at}, and waits for {what}")?;
                match what {
                    WaitsFor::Run { since: Some(since), .. } => write!(f, ", in progress since {}", show(*since)),
                    WaitsFor::Run { since: None, .. } => f.write_str(", which waits, too"),
                    WaitsFor::Body { since, .. } => {
                        write!(f, ", called at {}, which has not returned since its time was over", show(*since))
                    }
                    WaitsFor::Poll | WaitsFor::Pool(_) | WaitsFor::Hooks => Ok(()),
                }
            }
            Reason::Retrying { run, attempt, at: next, failure, paused_since } => {
                write!(f, "run {run} of {name} for the slot at {at} {failure}; attempt {attempt} ")?;
                match (next, paused_since) {
                    (_, Some(since)) => {
                        write!(f, "begins when it is resumed: it has been paused since {}", show(*since))
                    }
                    (Some(next), None) => write!(f, "begins at {}", show(*next)),
                    (None, None) => f.write_str("is due"),
                }
            }
            Reason::Coalesced(run) => {
                write!(f, "{name} missed the slot at {at}, which shared a run with others: ")?;
                Ended(run, Some(show(run.slot))).fmt(f)
            }
            Reason::Skipped { why, at: decided } => {
                write!(f, "{name} skipped the slot at {at}, because {why}: decided at {}", show(*decided))
            }
            Reason::Paused { since, until: None } => {
                let tense = if is_ahead { "will not run" } else { "did not run" };
                write!(f, "{name} {tense} at {at}: it has been paused since {}", show(*since))
            }
            Reason::Paused { since, until: Some(until) } => {
                write!(f, "{name} did not run at {at}: it was paused from {} to {}", show(*since), show(*until))
            }
            Reason::Removed { why, at: removed } => {
                let tense = if is_ahead { "will not run" } else { "did not run" };
                write!(f, "{name} {tense} at {at}: it was removed at {} ({why})", show(*removed))
            }
            Reason::NotRegistered { added_at } => {
                write!(f, "{name} did not run at {at}: it was registered at {}", show(*added_at))
            }
            Reason::ToCome => write!(f, "{name} will run at {at}, which is a slot to come"),
            Reason::AfterTimes => write!(f, "{name} will not run at {at}: it will have had its last run by then"),
            Reason::AfterEnd { until } => {
                write!(f, "{name} has no slot at {at}: ")?;
                match until {
                    Some(until) => write!(f, "it ends at {}", show(*until)),
                    None => f.write_str("its last slot is before"),
                }
            }
            Reason::NoSlot { before, after, is_excluded } => {
                write!(f, "{name} has no slot at {at}")?;
                if *is_excluded {
                    f.write_str(", a time or date that its schedule excludes")?;
                }
                match (before, after) {
                    (Some(before), Some(after)) => {
                        write!(f, ": the nearest ones are {} and {}", show(*before), show(*after))
                    }
                    (Some(before), None) => write!(f, ": the last one before is {}", show(*before)),
                    (None, Some(after)) => write!(f, ": the first one after is {}", show(*after)),
                    (None, None) => Ok(()),
                }
            }
            Reason::NotDrawn => {
                write!(f, "whether {name} will run at {at} is not known: its slots are random, and drawn one at a time")
            }
            Reason::Unknown(why) => {
                write!(f, "what {name} did at {at} is not known: {why}")
            }
        }
    }
}

/// A run that has ended, with its slot if that is to be said.
struct Ended<'a>(&'a Run, Option<String>);

impl fmt::Display for Ended<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Ended(run, slot) = self;
        write!(f, "run {}", run.id)?;
        if let Some(slot) = slot {
            write!(f, ", for the slot at {slot},")?;
        }
        let late = run.started_at.map_or(TimeDelta::zero(), |started| started - run.slot);
        let late = late.to_std().unwrap_or_default();
        match run.attempt {
            1 if late.is_zero() => f.write_str(" started on time")?,
            1 => write!(f, " started {} late", Length::rounded(late))?,
            // The start of the run is not remembered, but that of its last attempt.
            attempt => write!(f, " started attempt {attempt} {} after its slot", Length::rounded(late))?,
        }
        if let Some(length) = run.duration().filter(|length| !length.is_zero()) {
            write!(f, ", took {},", Length::rounded(length))?;
        }
        run.outcome.as_ref().map_or(Ok(()), |outcome| write!(f, " and {outcome}"))
    }
}

impl fmt::Display for WaitsFor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            WaitsFor::Poll => f.write_str("a poll"),
            WaitsFor::Pool(pool) => write!(f, "a worker of the pool {pool:?}"),
            WaitsFor::Hooks => f.write_str("its hooks"),
            WaitsFor::Run { run: Some(run), .. } => write!(f, "the end of run {run}"),
            WaitsFor::Run { run: None, .. } => f.write_str("the end of another run"),
            WaitsFor::Body { run, .. } => write!(f, "the body of run {run}"),
        }
    }
}

impl fmt::Display for Forgotten {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Forgotten::NoHistory => {
                "its scheduler keeps no history. `SchedulerBuilder::history(n)` makes it keep the last n runs and skips"
            }
            Forgotten::TooLongAgo => {
                "later runs have taken its place in the history. A greater `SchedulerBuilder::history(n)` keeps more"
            }
            Forgotten::OtherSchedule => "it had another schedule then",
            Forgotten::Nothing => "the history has nothing about it",
        })
    }
}
