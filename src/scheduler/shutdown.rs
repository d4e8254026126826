//! The end of a scheduler: no run begins, and those in progress end or are reported.

use std::{
    sync::atomic::{AtomicU64, Ordering},
    time::{Duration, Instant},
};

use chrono::{DateTime, Utc};

use super::{
    registry::Unbegun,
    run_stack::{self, InsideRun},
    Core, Scheduler,
};
use crate::{
    event::EventKind,
    id::{JobId, RunId},
    job::{Label, Place},
    log_line::log_line,
    outcome::{IntoOutcome, Outcome},
    run::RunRecord,
};

/// How long [`Scheduler::shutdown`] waits for the runs in progress. `true` converts into `ForAll`, `false` into `No`, and
/// a `Duration` into `AtMost`.
///
/// ```
/// use std::time::Duration;
/// use punctual::Wait;
/// assert_eq!(Wait::from(true), Wait::ForAll);
/// assert_eq!(Wait::from(false), Wait::No);
/// assert_eq!(Wait::from(Duration::from_secs(3)), Wait::AtMost(Duration::from_secs(3)));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Wait {
    /// Until they have ended, however long that takes.
    ForAll,
    /// Until they have ended, but at most this long, in real time.
    AtMost(Duration),
    /// Not at all.
    No,
}

impl From<bool> for Wait {
    fn from(wait: bool) -> Self {
        if wait {
            Wait::ForAll
        } else {
            Wait::No
        }
    }
}

impl From<Duration> for Wait {
    fn from(most: Duration) -> Self {
        Wait::AtMost(most)
    }
}

/// A job that was still running when [`Scheduler::shutdown`] returned, as plain data.
///
/// ```
/// # use std::sync::mpsc::channel;
/// use punctual::Wait;
/// # let (begun, begins) = channel();
/// # let (release, gate) = channel::<()>();
/// let scheduler = punctual::Scheduler::new();
/// let job = scheduler.every().day().immediately().named("backup").parallel().run(move || {
/// #   begun.send(()).unwrap();
///     gate.recv() // a body that takes its time
/// #   .map_or((), |_| ())
/// })?;
/// scheduler.run_pending();
/// # begins.recv().unwrap();
/// let unfinished = scheduler.shutdown(Wait::No);
/// assert_eq!((unfinished[0].name.as_str(), unfinished[0].runs), ("backup", 1));
/// assert_eq!(unfinished[0].last_started, job.last_run());
///
/// drop(release);
/// assert!(scheduler.shutdown(Wait::ForAll).is_empty());
/// # Ok::<(), punctual::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Unfinished {
    /// The job's number.
    pub job: JobId,
    /// The job's name.
    pub name: String,
    /// The job's key, if it has one.
    pub key: Option<String>,
    /// The number of its runs in progress.
    pub runs: u64,
    /// When its body was last called.
    pub last_started: Option<DateTime<Utc>>,
}

/// So that a body may end with a shutdown, as in `run(move || scheduler.shutdown(false))`: it is completed.
impl IntoOutcome for Vec<Unfinished> {
    fn into_outcome(self) -> Outcome {
        Outcome::Completed
    }
}

/// The runs that have been told to end: all up to a number. Runs are numbered in the order in which they are made, so
/// one number is enough, and a run costs nothing.
#[derive(Default)]
pub(super) struct Cancelled(AtomicU64);

impl Cancelled {
    /// Tells all runs up to `last` to end. Call this with the lock held.
    pub(super) fn set(&self, last: RunId) {
        self.0.store(last.0, Ordering::Release);
    }

    pub(super) fn contains(&self, run: RunId) -> bool {
        run.0 <= self.0.load(Ordering::Acquire)
    }
}

impl Scheduler {
    /// Ends the loops and the runs: none begins any more, and those in progress are told to end. Returns the jobs that
    /// are still running when it returns: with [`Wait::ForAll`], none but async ones.
    ///
    /// - The loops end. What was due and has not begun is left to the next poll, if there is one.
    /// - Runs that wait for a worker, because all of their pool are busy, are dropped. Each is reported as
    ///   [`Skip::Shutdown`](crate::Skip::Shutdown).
    /// - [`Context::is_cancelled`](crate::Context::is_cancelled) is `true` for the runs in progress. A body that does not
    ///   ask runs to its end: nothing stops it.
    /// - This waits for them, on workers and in polling threads, as long as `wait` says: [`Wait::ForAll`] or `true`,
    ///   [`Wait::AtMost`] or a `Duration`, [`Wait::No`] or `false`. With `ForAll`, the workers have ended, too. Meanwhile
    ///   nothing is due, as in a [pause](Scheduler::pause).
    ///
    /// Async bodies are told to end, and not waited for: the thread that waits may be the one that runs them. Those that
    /// are still in progress are returned, with `ForAll`, too.
    ///
    /// Any thread may call this, at any time and several times, bodies and listeners, too. It does not wait for the runs
    /// that its thread is inside of, and does not return them. Of two bodies that call this, none waits for the other.
    /// With `ForAll`, a body that never returns blocks it for ever.
    ///
    /// The jobs stay registered, unlike in APScheduler, and polling again starts new workers.
    ///
    /// ```
    /// # use punctual::{ManualClock, Scheduler};
    /// # use std::time::Duration;
    /// use punctual::Wait;
    /// # let clock = ManualClock::new(chrono::DateTime::UNIX_EPOCH);
    /// # let scheduler = Scheduler::with_clock(clock.clone());
    /// let job = scheduler.every().second().parallel().run(|| {})?;
    /// clock.advance(Duration::from_secs(1));
    /// scheduler.run_pending();
    /// for unfinished in scheduler.shutdown(Wait::AtMost(Duration::from_secs(30))) {
    ///     eprintln!("{} is still running", unfinished.name);
    /// }
    /// assert!(job.last_outcome().is_some());
    /// assert!(job.is_scheduled());
    /// # Ok::<(), punctual::Error>(())
    /// ```
    pub fn shutdown(&self, wait: impl Into<Wait>) -> Vec<Unfinished> {
        self.core().shutdown(wait.into())
    }
}

/// A shutdown that waits. Until it is dropped, nothing is due.
struct Waiting<'a> {
    core: &'a Core,
    /// The number of runs that its thread is inside of. They cannot end before it does, so nobody waits for them.
    inside: u64,
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.core.lock().registry.end_wait(self.inside);
        self.core.bell().ring();
    }
}

impl Core {
    fn shutdown(&self, wait: Wait) -> Vec<Unfinished> {
        let deadline = match wait {
            Wait::AtMost(most) => Instant::now().checked_add(most),
            Wait::ForAll | Wait::No => None,
        };
        log_line!(Debug, "the scheduler shuts down");
        // The loops first: they would give the pools new work.
        self.stops().stop_running();
        let inside = self.runs_around();
        let waiting = {
            let mut state = self.lock();
            self.emit(&mut state, None, None, EventKind::SchedulerShutdown);
            self.cancelled().set(state.registry.end_passes());
            (wait != Wait::No).then(|| {
                state.registry.begin_wait(inside);
                Waiting { core: self, inside }
            })
        };
        self.pools().take_waiting().into_iter().for_each(|work| work(false));
        self.report_change();
        if waiting.is_some() {
            self.wait_for_runs(deadline, inside);
        }
        let is_over = self.read().is_quiet_in_threads_but_for(inside);
        match deadline {
            Some(deadline) if is_over && inside == 0 => self.pools().close_by(deadline),
            // If another run is waiting in a shutdown, its thread is not waited for.
            _ => self.pools().close(wait == Wait::ForAll && is_over),
        }
        drop(waiting);
        self.read().unfinished(|job| run_stack::count(self, job))
    }

    /// Waits until no run is in progress. Inside of a run, except those that are themselves waiting for this: they could
    /// wait for each other.
    fn wait_for_runs(&self, deadline: Option<Instant>, inside: u64) {
        loop {
            // Before the look: a run that ends in between rings.
            let wakeup = self.bell().listen();
            let rest = deadline.map(|deadline| deadline.saturating_duration_since(Instant::now()));
            if self.read().is_over(inside) || rest == Some(Duration::ZERO) {
                return;
            }
            wakeup.wait(rest);
        }
    }

    /// Ends a submitted run that no worker was free for.
    pub(super) fn drop_submitted(&self, place: Place, run: RunRecord) {
        let mut state = self.lock();
        let Unbegun { skipped, removed } = state.registry.drop_submitted(place, run);
        self.emit_skipped(&mut state, skipped.as_slice());
        self.emit_removed(&mut state, &removed);
        drop(state);
        self.report_skipped(skipped.as_slice());
        self.report_removed(removed);
    }

    /// Delivers events while a run is in progress that is about to be called or queued by this thread. A listener is then
    /// inside of it: whoever waits for runs there does not wait for this one.
    pub(super) fn deliver_inside(&self, label: &Label) {
        let _inside = InsideRun::enter(self, label.id);
        self.deliver();
    }

    /// Whether a run was told to end.
    pub(crate) fn is_cancelled(&self, run: RunId) -> bool {
        self.cancelled().contains(run)
    }
}
