//! What becomes of runs that are late, overlap, fail or take too long.

use std::{num::NonZeroU64, time::Duration};

use super::{
    state::{Complete, Placement},
    Every,
};
use crate::{
    error::{Error, Result},
    job::{longer_than_zero, Coalesce, IntoRetry, Overlap, Policies},
    schedule::at_least_one,
};

/// What becomes of runs that are late, overlap, fail or take too long.
impl<S: Complete, B: Placement> Every<S, B> {
    /// Skips a run that would begin more than `grace` after its slot, and reports it as
    /// [`Skip::Misfire`](crate::Skip::Misfire). Without this a run is never too late.
    ///
    /// Lateness is checked when the slot is claimed, and again when the run begins, so that the time for which it waits
    /// for a worker or for another run counts. Several missed slots have one run, for the last of them: see
    /// [`coalesce`](Every::coalesce).
    ///
    /// ```
    /// # use punctual::{chrono::DateTime, EventKind, ManualClock, Scheduler, Skip};
    /// # use std::{sync::mpsc::channel, time::Duration};
    /// # let clock = ManualClock::new(DateTime::UNIX_EPOCH);
    /// # let scheduler = Scheduler::builder().clock(clock.clone()).tz("UTC").build()?;
    /// # let (sender, kinds) = channel();
    /// let job = scheduler.every().day().at("09:00").misfire_grace(Duration::from_secs(3_600)).run(|| {})?;
    /// scheduler.on_event(move |event| sender.send(event.kind).unwrap());
    ///
    /// clock.advance(Duration::from_secs(11 * 3_600)); // the machine slept until 11:00
    /// assert_eq!(scheduler.run_pending(), 0);
    /// assert_eq!(kinds.try_iter().collect::<Vec<_>>(), [EventKind::Skipped(Skip::Misfire)]);
    /// assert_eq!(job.next_run().unwrap().to_rfc3339(), "1970-01-02T09:00:00+00:00");
    ///
    /// let error = scheduler.every().day().misfire_grace(Duration::ZERO).run(|| {}).unwrap_err();
    /// assert_eq!(error.to_string(), "invalid misfire_grace 0ns: it must be longer than zero");
    /// # Ok::<(), punctual::Error>(())
    /// ```
    pub fn misfire_grace(self, grace: Duration) -> Self {
        self.policy(|policies| {
            policies.misfire_grace = Some(longer_than_zero(grace, "misfire_grace")?);
            Ok(())
        })
    }

    /// Sets which of several missed slots have a run. Slots are missed if a poll comes late or the machine sleeps, but
    /// not during a pause.
    ///
    /// Without this, missed slots share one run. Its [slot](crate::Context::slot) is the first of them, or the last if
    /// the sentence has [`misfire_grace`](Every::misfire_grace) or [`overlap`](Every::overlap).
    ///
    /// ```
    /// # use punctual::{chrono::DateTime, Context, ManualClock, Scheduler};
    /// # use std::{sync::mpsc::channel, time::Duration};
    /// use punctual::Coalesce;
    /// # let clock = ManualClock::new(DateTime::UNIX_EPOCH);
    /// # let scheduler = Scheduler::with_clock(clock.clone());
    /// # let (sender, slots) = channel();
    /// let record = move |context: &Context| sender.send(context.slot().timestamp());
    /// scheduler.every().hour().coalesce(Coalesce::All(24)).run_with(record)?;
    /// clock.advance(Duration::from_secs(3 * 3_600));
    /// assert_eq!(scheduler.run_pending(), 3);
    /// assert_eq!(slots.try_iter().collect::<Vec<_>>(), [3_600, 7_200, 10_800]);
    ///
    /// let error = scheduler.every().hour().coalesce(Coalesce::All(0)).run(|| {}).unwrap_err();
    /// assert_eq!(error.to_string(), "invalid count 0 for Coalesce::All: it must be 1 or more");
    /// # Ok::<(), punctual::Error>(())
    /// ```
    pub fn coalesce(self, coalesce: Coalesce) -> Self {
        self.policy(|policies| {
            if let Coalesce::All(most) = coalesce {
                at_least_one(most, "Coalesce::All")?;
            }
            policies.coalesce = Some(coalesce);
            Ok(())
        })
    }

    /// Sets what happens when a slot comes while the job already has as many runs in progress as it may have: one, or
    /// the number of [`max_instances`](Every::max_instances).
    ///
    /// Without this, a slot of a [`parallel`](Every::parallel) or async job is skipped. A slot of a job that runs in
    /// the polling thread waits until the run has ended, and shares its own run with the slots that come after it.
    ///
    /// [`Overlap::Skip`] and [`Overlap::Queue`] have nothing to skip or queue if the job runs in the only thread that
    /// polls: see [`Overlap`]. They only change which slot a late run is for, from the first that was missed to the
    /// last. [`coalesce`](Every::coalesce) sets that explicitly.
    ///
    /// ```
    /// # use punctual::{chrono::DateTime, ManualClock, Scheduler};
    /// # use std::{sync::mpsc::channel, time::Duration};
    /// use punctual::Overlap;
    /// # let clock = ManualClock::new(DateTime::UNIX_EPOCH);
    /// # let scheduler = Scheduler::with_clock(clock.clone());
    /// # let (begun, begins) = channel();
    /// # let (end, ends) = channel::<()>();
    /// let job = scheduler.every().second().parallel().overlap(Overlap::Queue(1)).run(move || {
    ///     // takes four seconds
    /// #   begun.send(()).unwrap();
    /// #   ends.recv()
    /// })?;
    /// # for _ in 0..3 {
    /// #     clock.advance(Duration::from_secs(1));
    /// #     scheduler.run_pending();
    /// # }
    /// # begins.recv().unwrap();
    /// // Of the next two slots, the first waits for the end of the run, and the second is skipped.
    /// # (0..2).for_each(|_| end.send(()).unwrap());
    /// # while job.is_running() { std::thread::yield_now() }
    /// # scheduler.run_pending();
    /// # while job.is_running() { std::thread::yield_now() }
    /// # begins.recv().unwrap();
    /// assert_eq!(job.run_count(), 2);
    ///
    /// let error = scheduler.every().second().overlap(Overlap::Allow(2)).run(|| {}).unwrap_err();
    /// assert_eq!(error.to_string(), "invalid overlap Allow(2): several runs at a time need a body that is shared \
    ///     (expected `max_instances(2)` instead)");
    /// # Ok::<(), punctual::Error>(())
    /// ```
    pub fn overlap(self, overlap: Overlap) -> Self {
        self.and_then(|draft| {
            let instances = match overlap {
                Overlap::Skip => None,
                Overlap::Queue(most) => at_least_one(most, "Overlap::Queue").map(|_| None)?,
                Overlap::Allow(most) => NonZeroU64::new(at_least_one(most, "Overlap::Allow")?),
            };
            // The type of the sentence says which bodies it takes, so this takes an option that changes the type.
            if let Some(most) = instances.filter(|most| most.get() > 1 && !B::IS_SHARED) {
                return Err(Error::invalid(format!(
                    "invalid overlap Allow({most}): several runs at a time need a body that is shared (expected \
                     `max_instances({most})` instead)"
                )));
            }
            draft.with(|job| {
                job.workers = instances.filter(|_| B::IS_SHARED).or(job.workers);
                job.policies.get_or_insert_with(Box::default).overlap = Some(overlap);
            })
        })
    }

    /// Tries a failed run again: after an error, a panic or a [`timeout`](Every::timeout). Takes a
    /// [`Retry`](crate::Retry), or a number of further attempts, with delays of 1, 2, 4 seconds and so on, up to a
    /// minute.
    ///
    /// - The attempts are one run, for one slot: they count once for `times` and in
    ///   [`run_count`](crate::Job::run_count), and have one outcome, that of the last attempt.
    ///   [`Context::attempt`](crate::Context::attempt) is the number of the attempt. Each failed attempt that is
    ///   followed by another is reported as [`Retrying`](crate::EventKind::Retrying).
    /// - While the run waits for another attempt, it is in progress: a slot that comes meanwhile follows
    ///   [`overlap`](Every::overlap). It occupies no worker.
    /// - There is no further attempt after a [`Permanent`](crate::Permanent) error or a shutdown, nor if it would begin
    ///   after `until` or outside `between`: the run ends at once. A job that is paused tries again when it is resumed.
    /// - The attempt is made by a poll, like a run: [`idle`](crate::Scheduler::idle) and the loops take it into
    ///   account.
    ///
    /// ```
    /// # use punctual::{chrono::DateTime, EventKind, ManualClock, Scheduler};
    /// # use std::sync::mpsc::channel;
    /// # let scheduler = Scheduler::with_clock(ManualClock::new(DateTime::UNIX_EPOCH));
    /// # let (sender, kinds) = channel();
    /// scheduler.on_event(move |event| sender.send((event.kind, event.at.timestamp())).unwrap());
    /// let mut answers = [Err("no connection"), Err("no connection"), Ok(())].into_iter();
    /// scheduler.every().minute().times(1).retry(5).run(move || answers.next().unwrap())?;
    /// scheduler.run_until_empty();
    /// let attempts: Vec<_> = kinds.try_iter().filter(|(kind, _)| *kind == EventKind::Started).collect();
    /// assert_eq!(attempts.iter().map(|(_, second)| *second).collect::<Vec<_>>(), [60, 61, 63]);
    /// # Ok::<(), punctual::Error>(())
    /// ```
    pub fn retry(self, retry: impl IntoRetry) -> Self {
        self.policy(|policies| {
            policies.retry = Some(retry.into_retry().checked()?);
            Ok(())
        })
    }

    /// Limits how long an attempt may take. After that the run ends as [`Outcome::TimedOut`](crate::Outcome::TimedOut),
    /// or is [tried again](Every::retry).
    ///
    /// | body | when its time is over |
    /// | --- | --- |
    /// | a future | is dropped at its next `await` |
    /// | a command | is terminated: TERM, then KILL after its grace. The run ends when the program has |
    /// | a closure | cannot be stopped: [`Context::is_cancelled`](crate::Context::is_cancelled) is `true`, what it returns is ignored, and it occupies its thread until it returns |
    ///
    /// A closure that mutates its captures exists only once, so its job can run again only after it has returned. With
    /// [`max_instances`](Every::max_instances), it can run again at once.
    ///
    /// The limit of a closure or future is enforced by polls, and by a shutdown that waits. If the body runs in the
    /// only thread that polls, it is checked when the body returns. The limit of a command needs no poll. Time is
    /// measured by the monotonic clock.
    ///
    /// ```
    /// # use punctual::{chrono::DateTime, Context, ManualClock, Outcome, Scheduler};
    /// # use std::{sync::mpsc::channel, time::Duration};
    /// # let clock = ManualClock::new(DateTime::UNIX_EPOCH);
    /// # let scheduler = Scheduler::with_clock(clock.clone());
    /// # let (begun, begins) = channel();
    /// let sentence = scheduler.every().minute().parallel().timeout(Duration::from_secs(10));
    /// let job = sentence.run_with(move |context: &Context| {
    /// #   begun.send(()).unwrap();
    ///     while !context.is_cancelled() {
    ///         // work in small steps
    ///     }
    /// })?;
    /// clock.advance(Duration::from_secs(60));
    /// scheduler.run_pending();
    /// # begins.recv().unwrap();
    /// clock.advance(Duration::from_secs(10));
    /// scheduler.run_pending();
    /// assert_eq!(job.last_outcome(), Some(Outcome::TimedOut));
    ///
    /// let error = scheduler.every().day().timeout(Duration::ZERO).run(|| {}).unwrap_err();
    /// assert_eq!(error.to_string(), "invalid timeout 0ns: it must be longer than zero");
    /// # Ok::<(), punctual::Error>(())
    /// ```
    pub fn timeout(self, limit: Duration) -> Self {
        self.policy(|policies| {
            policies.timeout = Some(longer_than_zero(limit, "timeout")?);
            Ok(())
        })
    }

    fn policy(self, set: impl FnOnce(&mut Policies) -> Result<()>) -> Self {
        self.and_then(|draft| {
            let mut checked = Ok(());
            let draft = draft.with(|job| checked = set(job.policies.get_or_insert_with(Box::default)))?;
            checked.map(|()| draft)
        })
    }
}
