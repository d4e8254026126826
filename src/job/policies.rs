//! Options for runs that are late, fail or take too long, and for slots that come while the job is running.

use std::{fmt, time::Duration};

use super::Retry;
use crate::{
    error::{Error, Result},
    text::Length,
    timestamp::{nanos_of_length, Timestamp},
};

/// The options for runs that are late, overlap, fail or take too long. Few jobs have any.
#[derive(Clone, Debug, Default)]
pub(crate) struct Policies {
    pub(crate) misfire_grace: Option<Duration>,
    pub(crate) coalesce: Option<Coalesce>,
    pub(crate) overlap: Option<Overlap>,
    pub(crate) retry: Option<Retry>,
    /// How long an attempt may take.
    pub(crate) timeout: Option<Duration>,
}

impl Policies {
    /// Whether attempts are watched: they may be cut short, or followed by others.
    pub(crate) fn are_about_attempts(&self) -> bool {
        self.retry.is_some() || self.timeout.is_some()
    }

    /// Which missed slots have runs. Options that are about neither late nor overlapping runs do not change the
    /// default.
    pub(crate) fn coalesce(&self) -> Coalesce {
        let is_about_slots = self.misfire_grace.is_some() || self.overlap.is_some();
        self.coalesce.unwrap_or(if is_about_slots { Coalesce::Latest } else { Coalesce::Earliest })
    }

    /// The last instant at which a run for `slot` may begin; `None` if it may begin at any time.
    pub(crate) fn start_by(&self, slot: Timestamp) -> Option<Timestamp> {
        slot.after(nanos_of_length(self.misfire_grace?)).within_calendar()
    }

    /// The first slot whose run may begin at `now`.
    pub(crate) fn first_in_time(&self, now: Timestamp) -> Option<Timestamp> {
        Some(now.after(-nanos_of_length(self.misfire_grace?)))
    }
}

/// How many runs several missed slots have: the argument of [`coalesce`](crate::Every::coalesce).
///
/// ```
/// # use punctual::{chrono::DateTime, Context, ManualClock, Scheduler};
/// # use std::{sync::mpsc::channel, time::Duration};
/// use punctual::Coalesce;
/// # let clock = ManualClock::new(DateTime::UNIX_EPOCH);
/// # let scheduler = Scheduler::with_clock(clock.clone());
/// # let (sender, slots) = channel();
/// let note = move |context: &Context| sender.send(context.slot().timestamp());
/// scheduler.every().minute().coalesce(Coalesce::Latest).run_with(note.clone())?;
/// scheduler.every().minute().coalesce(Coalesce::Earliest).run_with(note.clone())?;
/// scheduler.every().minute().coalesce(Coalesce::All(2)).run_with(note)?;
///
/// clock.advance(Duration::from_secs(200)); // the slots at 60, 120 and 180 s are missed
/// assert_eq!(scheduler.run_pending(), 4);
/// assert_eq!(slots.try_iter().collect::<Vec<_>>(), [180, 60, 60, 120]);
/// # Ok::<(), punctual::Error>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Coalesce {
    /// One run, for the last of them.
    #[default]
    Latest,
    /// One run, for the first of them that is not too late by [`misfire_grace`](crate::Every::misfire_grace).
    Earliest,
    /// A run for each of them that is not too late, one after another in their order, up to this number. The rest share
    /// the last run.
    All(u32),
}

/// What happens when a slot comes while the job already has as many runs in progress as it may have: the argument of
/// [`overlap`](crate::Every::overlap).
///
/// This is for [`parallel`](crate::Every::parallel) and async jobs, and for schedulers that several threads poll. A job
/// that runs in the only thread that polls cannot overlap with itself, because its run has ended by the time the thread
/// polls again: `Skip` skips nothing, and `Queue` queues nothing. There are two exceptions: a body or hook that itself
/// polls, and a failed run that waits for its next [attempt](crate::Every::retry), which is still in progress.
///
/// ```
/// # use punctual::{chrono::DateTime, ManualClock, Scheduler};
/// # use std::{sync::mpsc::channel, time::Duration};
/// use punctual::{EventKind, Overlap, Skip};
/// # let clock = ManualClock::new(DateTime::UNIX_EPOCH);
/// # let scheduler = Scheduler::with_clock(clock.clone());
/// # let (sender, kinds) = channel();
/// # let weak = scheduler.downgrade();
/// scheduler.on_event(move |event| sender.send(event.kind).unwrap());
/// # let time = clock.clone();
/// scheduler.every().second().overlap(Overlap::Skip).run(move || {
/// #   time.advance(Duration::from_secs(1));
///     // This takes a second, and meanwhile another thread polls.
/// #   weak.upgrade().unwrap().run_pending();
/// })?;
/// # clock.advance(Duration::from_secs(1));
/// # scheduler.run_pending();
/// assert!(kinds.try_iter().any(|kind| kind == EventKind::Skipped(Skip::Overlap)));
/// # Ok::<(), punctual::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Overlap {
    /// The slot has no run, and is reported as [`Skip::Overlap`](crate::Skip::Overlap).
    Skip,
    /// The slot's run begins when another has ended. Up to this number wait at a time; further slots are skipped.
    Queue(u32),
    /// Up to this number of runs are in progress at a time; further slots are skipped. More than one needs
    /// [`max_instances`](crate::Every::max_instances) before it in the sentence, so that the compiler checks that the
    /// body can be shared.
    Allow(u32),
}

/// `length`, unless it is zero.
pub(crate) fn longer_than_zero(length: Duration, word: &str) -> Result<Duration> {
    if length.is_zero() {
        return Err(Error::invalid(format!("invalid {word} 0ns: it must be longer than zero")));
    }
    Ok(length)
}

impl fmt::Display for Policies {
    /// Each policy in words, after a comma.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(grace) = self.misfire_grace {
            write!(f, ", at most {} late", Length::exact(grace))?;
        }
        match self.coalesce {
            None | Some(Coalesce::Latest) => {}
            Some(Coalesce::Earliest) => f.write_str(", missed slots as the earliest")?,
            Some(Coalesce::All(most)) => write!(f, ", up to {most} missed slots each")?,
        }
        match self.overlap {
            None | Some(Overlap::Allow(_)) => {}
            Some(Overlap::Skip) => f.write_str(", without overlap")?,
            Some(Overlap::Queue(most)) => write!(f, ", up to {most} waiting")?,
        }
        if let Some(timeout) = self.timeout {
            write!(f, ", for at most {}", Length::exact(timeout))?;
        }
        self.retry.as_ref().map_or(Ok(()), |retry| write!(f, ", {retry}"))
    }
}
