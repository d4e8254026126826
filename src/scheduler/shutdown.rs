//! The end of a scheduler: no run begins, and those in progress end or are reported.

use std::time::{Duration, Instant};

use chrono::{DateTime, Utc};

#[cfg(feature = "tokio")]
use super::timer;
use super::{
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

/// How long [`Scheduler::shutdown`] waits for the runs in progress. `true` converts into `ForAll`, `false` into `No`,
/// and a `Duration` into `AtMost`.
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

/// So that a body may end with a shutdown, as in `run(move || scheduler.shutdown(false))`. Its outcome is `Completed`.
impl IntoOutcome for Vec<Unfinished> {
    fn into_outcome(self) -> Outcome {
        Outcome::Completed
    }
}

impl Scheduler {
    /// Ends the loops, asks the runs in progress to end, and begins no others. Returns the jobs that are still running
    /// when it returns.
    ///
    /// - The loops end. What was due and has not begun is left to the next poll, if there is one.
    /// - Runs that wait for a worker of their pool, or for the end of another run of their job, are dropped, and
    ///   reported as [`Skip::Shutdown`](crate::Skip::Shutdown). A run that waits for another attempt ends with its last
    ///   failure.
    /// - [`Context::is_cancelled`](crate::Context::is_cancelled) is `true` for the runs in progress. A closure that
    ///   does not check it runs to its end: nothing can stop it.
    /// - Then it waits as long as `wait` says: [`Wait::ForAll`] or `true`, [`Wait::AtMost`] or a `Duration`,
    ///   [`Wait::No`] or `false`. Meanwhile nothing is due, as in a [pause](Scheduler::pause), and [time
    ///   limits](crate::Every::timeout) are kept.
    ///
    /// | body | `No` | `AtMost(d)` | `ForAll` |
    /// | --- | --- | --- | --- |
    /// | a closure, in a polling thread or on a worker | continues; returned | waits up to `d`; returned if it has not ended, and continues | waits |
    /// | a command | TERM, and KILL after its grace; returned | TERM, and KILL after its grace or shortly before `d`; waits | no signal; waits |
    /// | an async body | continues; returned | waits up to `d`, but not inside a runtime; then dropped | continues; returned |
    /// | an async body, by `shutdown_async` | continues; returned | waits up to `d`; then dropped | waits |
    ///
    /// - The **grace** of a command is 10 seconds, unless `Command::grace` says otherwise. A command that is ended this
    ///   way and a future that is dropped have the outcome [`Aborted`](crate::Outcome::Aborted).
    /// - Inside a **runtime**, this thread may be the one that runs the async bodies, so it cannot wait for them. They
    ///   are returned, and dropped once `d` is over. Call `shutdown_async` there.
    /// - With `ForAll`, the worker threads have ended, too. A body that never returns blocks it for ever.
    ///
    /// Any thread may call this, at any time and several times, including bodies and listeners. It neither waits for
    /// the runs that its own thread is inside of nor returns them. Of two bodies that call this, neither waits for the
    /// other.
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

    /// Like [`shutdown`](Scheduler::shutdown), for a task: waits for async runs, too, and blocks no thread. Needs the
    /// feature `tokio`.
    ///
    /// With [`Wait::AtMost`], the async runs that have not ended in time are returned, and dropped at their next
    /// `await`. They end as [`Outcome::Aborted`](crate::Outcome::Aborted). A future that blocks its thread is not
    /// stopped.
    ///
    /// An async body may await this. It does not wait for its own run, nor for other bodies that await a shutdown. If
    /// the returned future is dropped, the wait ends, and the shutdown continues, but no async run is dropped at the
    /// deadline.
    ///
    /// ```
    /// use std::time::Duration;
    /// use punctual::Outcome;
    /// # tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build()?.block_on(async {
    /// # let scheduler = punctual::Scheduler::new();
    /// let job = scheduler.every().hour().named("slow").run_async(|| tokio::time::sleep(Duration::from_secs(3_600)))?;
    /// job.run_now();
    /// let unfinished = scheduler.shutdown_async(Duration::from_secs(30)).await;
    /// assert_eq!(unfinished[0].name, "slow");
    /// # while job.is_running() { tokio::task::yield_now().await }
    /// assert!(matches!(job.last_outcome(), Some(Outcome::Aborted(_))));
    /// # Ok::<(), punctual::Error>(())
    /// # })?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[cfg(feature = "tokio")]
    #[cfg_attr(docsrs, doc(cfg(feature = "tokio")))]
    pub async fn shutdown_async(&self, wait: impl Into<Wait> + Send) -> Vec<Unfinished> {
        let (wait, core) = (wait.into(), self.core());
        let deadline = match wait {
            Wait::No => return core.shutdown(Wait::No),
            Wait::ForAll => None,
            // By the runtime's clock, which a test may have paused.
            Wait::AtMost(most) => tokio::time::Instant::now().checked_add(most),
        };
        // Of the task that awaits this, which may move from thread to thread.
        let inside = run_stack::depth_in_task(core, None);
        let (last, waiting) = core.begin_shutdown(wait, inside);
        let is_over = core.wait_for_tasks(deadline, inside).await;
        core.pools().close(false);
        drop(waiting);
        let unfinished = core.read().unfinished(|job| run_stack::depth_in_task(core, Some(job)));
        if deadline.is_some() && !is_over {
            core.abort_up_to(last);
        }
        unfinished
    }
}

/// Whether a shutdown in this thread waits for tasks, too. In a runtime it may be the thread that runs them; without a
/// deadline, nobody may run them at all.
fn waits_for_tasks(deadline: Option<Instant>) -> bool {
    cfg!(feature = "tokio") && deadline.is_some() && !is_in_runtime()
}

#[cfg(feature = "tokio")]
fn is_in_runtime() -> bool {
    tokio::runtime::Handle::try_current().is_ok()
}

#[cfg(not(feature = "tokio"))]
fn is_in_runtime() -> bool {
    false
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
        let inside = self.runs_around();
        #[cfg_attr(not(feature = "tokio"), allow(unused_variables))]
        let (last, waiting) = self.begin_shutdown(wait, inside);
        if waiting.is_some() {
            self.wait_for_runs(deadline, inside, waits_for_tasks(deadline));
        }
        let is_over = self.read().is_quiet_in_threads_but_for(inside);
        match deadline {
            Some(deadline) if is_over && inside == 0 => self.pools().close_by(deadline),
            // If another run is waiting in a shutdown, its thread is not waited for.
            _ => self.pools().close(wait == Wait::ForAll && is_over),
        }
        drop(waiting);
        #[cfg(feature = "tokio")]
        let inside = |job| run_stack::depth_in_task(self, Some(job));
        #[cfg(not(feature = "tokio"))]
        let inside = |job| run_stack::count(self, job);
        let unfinished = self.read().unfinished(inside);
        #[cfg(feature = "tokio")]
        if let Some(deadline) = deadline {
            self.drop_tasks_at(deadline, last);
        }
        unfinished
    }

    /// The first part of a shutdown: ends the loops, cancels the runs, and drops what waits. If it is to wait, nothing
    /// is due from then on until [`Waiting`] is dropped. `inside` is the number of runs that its thread is inside of.
    fn begin_shutdown(&self, wait: Wait, inside: u64) -> (RunId, Option<Waiting<'_>>) {
        log_line!(Debug, "the scheduler shuts down");
        // The loops first: they would give the pools new work.
        self.stops().stop_running();
        let (last, waiting, dropped) = {
            let mut state = self.lock();
            self.emit(&mut state, None, None, EventKind::SchedulerShutdown);
            let last = state.registry.end_passes();
            self.cancelled().set(last);
            let dropped = state.registry.drop_waiting();
            self.emit_skipped(&mut state, &dropped.skipped);
            self.emit_ended(&mut state, &dropped.ended);
            self.emit_removed(&mut state, &dropped.removed);
            let waiting = (wait != Wait::No).then(|| {
                state.registry.begin_wait(inside);
                Waiting { core: self, inside }
            });
            (last, waiting, dropped)
        };
        self.cancelled().notify();
        self.end_commands(last, wait);
        self.report_skipped(&dropped.skipped);
        self.report_ended(&dropped.ended);
        self.report_removed(dropped.removed);
        self.pools().take_waiting().into_iter().for_each(|work| work(false));
        self.report_change();
        (last, waiting)
    }

    /// Drops the tasks of all runs up to `last`, now or, if there is time left and this thread is in a runtime, later:
    /// it may be this thread that has to run them until then.
    #[cfg(feature = "tokio")]
    fn drop_tasks_at(&self, deadline: Instant, last: RunId) {
        let core = self.weak();
        let abort = move || core.upgrade().into_iter().for_each(|core| core.abort_up_to(last));
        if deadline <= Instant::now() || !is_in_runtime() {
            abort();
        } else {
            let rest = deadline.saturating_duration_since(Instant::now());
            timer::call_at(tokio::time::Instant::now() + rest, abort);
        }
    }

    /// Drops the tasks of all runs up to `last`, at their next `await`.
    #[cfg(feature = "tokio")]
    fn abort_up_to(&self, last: RunId) {
        // Before the look, for the tasks that become known after it.
        self.cancelled().drop_up_to(last);
        let tasks = self.read().tasks_up_to(last);
        tasks.into_iter().for_each(|task| task.abort());
    }

    /// [`Scheduler::shutdown_async`], after its first part. Returns whether all runs have ended except those that await
    /// a shutdown.
    #[cfg(feature = "tokio")]
    async fn wait_for_tasks(&self, deadline: Option<tokio::time::Instant>, inside: u64) -> bool {
        use tokio::time::Instant;

        loop {
            let wakeup = self.bell().listen(true);
            if self.read().is_quiet_inside(inside) {
                return true;
            }
            let limit = self.keep_time_limits().and_then(|rest| Instant::now().checked_add(rest));
            if deadline.is_some_and(|deadline| deadline <= Instant::now()) {
                return false;
            }
            match deadline.into_iter().chain(limit).min() {
                None => wakeup.ring().await,
                Some(until) => timer::ring_until(wakeup.ring(), until, self).await,
            }
        }
    }

    /// Terminates the commands of all runs up to `last`. Does not wait.
    #[cfg_attr(not(feature = "command"), allow(unused_variables))]
    pub(super) fn end_commands(&self, last: RunId, wait: Wait) {
        #[cfg(feature = "command")]
        match wait {
            Wait::ForAll => {}
            // Killed a little early, so that they have ended at the deadline.
            Wait::AtMost(most) => {
                let early = (most / 5).min(Duration::from_millis(500));
                crate::job::Host::commands(self).shut_down(last, Some(most - early));
            }
            Wait::No => crate::job::Host::commands(self).shut_down(last, None),
        }
    }

    /// Waits until no run is in progress. Inside of a run, except those that are themselves waiting for this: they
    /// could wait for each other.
    fn wait_for_runs(&self, deadline: Option<Instant>, inside: u64, and_tasks: bool) {
        loop {
            // Before the look: a run that ends in between rings.
            let wakeup = self.bell().listen(true);
            let limit = self.keep_time_limits();
            let rest = deadline.map(|deadline| deadline.saturating_duration_since(Instant::now()));
            let is_over = {
                let registry = self.read();
                registry.is_over(inside) && (!and_tasks || registry.is_quiet_but_for(inside))
            };
            if is_over || rest == Some(Duration::ZERO) {
                return;
            }
            wakeup.wait(rest.into_iter().chain(limit).min());
        }
    }

    /// Ends a submitted run that no worker was free for.
    pub(super) fn drop_submitted(&self, place: Place, run: RunRecord) {
        let mut state = self.lock();
        let unbegun = state.registry.drop_submitted(place, run);
        self.report_unbegun(state, unbegun);
    }

    /// Delivers events while a run is in progress that is about to be called or queued by this thread. A listener is
    /// then inside of it: a wait for runs there does not wait for this one.
    pub(super) fn deliver_inside(&self, label: &Label) {
        let _inside = InsideRun::enter(self, label.id);
        self.deliver();
    }

    /// Whether an attempt was cancelled.
    pub(crate) fn is_cancelled(&self, run: &RunRecord) -> bool {
        self.cancelled().contains(run)
    }
}
