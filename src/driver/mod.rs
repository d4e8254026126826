//! Loops that poll until a goal is reached, and sleep in between.

mod background;
#[cfg(feature = "tokio")]
mod in_task;
#[cfg(all(feature = "signals", unix))]
mod signals;

use std::{
    fmt,
    sync::{
        atomic::{AtomicBool, Ordering},
        Arc, Weak,
    },
    time::Duration,
};

pub use self::background::Background;
use crate::{
    error::Result,
    schedule::IntoWhen,
    scheduler::{Core, Looping, Scheduler},
    timestamp::Timestamp,
};

/// When a loop ends by itself.
#[derive(Clone, Copy)]
enum Goal {
    Never,
    /// At a moment of the wall clock, after what is due then has run.
    At(Timestamp),
    /// After a length of elapsed time: when the monotonic clock shows this.
    Elapsed(Duration),
    /// When no job has a next slot and no run is in progress.
    Empty,
}

impl Scheduler {
    /// Polls until it is [stopped](Scheduler::stop_handle), and sleeps in between. Returns the number of runs.
    ///
    /// It sleeps until the next slot, and wakes at once when another thread adds, changes or cancels a job. It looks at
    /// the wall clock at least once a minute, in case that was set or the machine was suspended.
    ///
    /// With a [`ManualClock`](crate::ManualClock) it advances the clock to the next run instead of sleeping, except
    /// while a body on a worker is running.
    ///
    /// Several threads may loop at the same time: each slot still runs exactly once.
    ///
    /// ```
    /// # use punctual::{ManualClock, Scheduler};
    /// # let clock = ManualClock::new(chrono::DateTime::UNIX_EPOCH);
    /// # let scheduler = Scheduler::with_clock(clock.clone());
    /// let stop = scheduler.stop_handle();
    /// scheduler.every().minute().run(|| {})?;
    /// scheduler.every().hour().run(move || stop.stop())?;
    /// assert_eq!(scheduler.run_forever(), 61);
    /// # Ok::<(), punctual::Error>(())
    /// ```
    pub fn run_forever(&self) -> usize {
        self.drive(Goal::Never, &self.core().stops().enter(), &AtomicBool::new(false))
    }

    /// Like [`run_forever`](Scheduler::run_forever), but returns at `when`. What is due at that moment still runs.
    ///
    /// A length, such as a `Duration`, counts from now. Moments without a zone are in the scheduler's zone.
    ///
    /// # Errors
    ///
    /// If `when` is in the past, or text that cannot be read.
    ///
    /// ```
    /// # use punctual::{ManualClock, Scheduler};
    /// # use std::time::Duration;
    /// # let clock = ManualClock::new(chrono::DateTime::UNIX_EPOCH);
    /// # let scheduler = Scheduler::with_clock(clock.clone());
    /// scheduler.every().day().run(|| {})?;
    /// assert_eq!(scheduler.run_until(Duration::from_secs(365 * 24 * 3600))?, 365);
    /// # Ok::<(), punctual::Error>(())
    /// ```
    pub fn run_until(&self, when: impl IntoWhen) -> Result<usize> {
        let core = self.core();
        let (when, read) = (when.into_when(), core.clock().read());
        let now = read.instant();
        core.zone().glance();
        let end = when.resolve(now, core.zone(), "run_until")?;
        if end < now {
            return Err(when.in_the_past("run_until", now, now, core.zone()));
        }
        let goal = match (end - now).to_std() {
            Ok(length) if when.is_length() => Goal::Elapsed(read.monotonic().saturating_add(length)),
            _ => Goal::At(end),
        };
        Ok(self.drive(goal, &core.stops().enter(), &AtomicBool::new(false)))
    }

    /// Like [`run_forever`](Scheduler::run_forever), but returns once no job has a next slot and none is running, as
    /// `run()` of Python's `sched` does. A paused job does not keep the loop going, nor does any job while the
    /// scheduler is [paused](Scheduler::pause). If a body calls this, it does not wait for that body.
    ///
    /// ```
    /// # use punctual::{ManualClock, Scheduler};
    /// # use std::time::Duration;
    /// # let clock = ManualClock::new(chrono::DateTime::UNIX_EPOCH);
    /// # let scheduler = Scheduler::with_clock(clock.clone());
    /// scheduler.after(Duration::from_secs(10)).run(|| {})?;
    /// scheduler.every().minute().times(3).run(|| {})?;
    /// assert_eq!(scheduler.run_until_empty(), 4);
    /// # Ok::<(), punctual::Error>(())
    /// ```
    pub fn run_until_empty(&self) -> usize {
        self.drive(Goal::Empty, &self.core().stops().enter(), &AtomicBool::new(false))
    }

    /// Returns a handle that ends the loops of this scheduler, from any thread and from inside a body. It does not keep
    /// the scheduler alive.
    ///
    /// ```
    /// let scheduler = punctual::Scheduler::new();
    /// let stop = scheduler.stop_handle();
    /// std::thread::spawn(move || stop.stop());
    /// assert_eq!(scheduler.run_forever(), 0); // whether the stop comes before the loop or after
    /// ```
    pub fn stop_handle(&self) -> StopHandle {
        StopHandle { core: Arc::downgrade(self.core()), begun: self.core().stops().begun() }
    }

    /// The loop: polls, looks what comes next, waits for it. `stop` ends this loop alone, `looping` all loops of the
    /// scheduler.
    fn drive(&self, goal: Goal, looping: &Looping, stop: &AtomicBool) -> usize {
        let core = self.core();
        let is_to_end = || stop.load(Ordering::SeqCst) || looping.is_to_end();
        core.report_started();
        let for_ends = matches!(goal, Goal::Empty) || core.clock().is_held_by_runs();
        let mut ran = 0;
        while !is_to_end() {
            // Also asked between two bodies of a pass: a stop does not wait for the rest of them.
            ran += core.run_pending(&|| !is_to_end());
            // From here on a change ends the wait below. Everything that the wait depends on is looked at after this
            // line, or a change in between would be slept through:
            //
            //     look: nothing is due for an hour | (another thread: adds a job for now, rings) | listen, wait an hour
            let mut wakeup = core.bell().listen(for_ends);
            if is_to_end() {
                break;
            }
            let (read, next, quiet) = {
                let state = core.follow_zone_again(core.enter_now());
                let registry = &state.registry;
                // If this loop is itself in a body, that run is in progress for as long as the loop, so it does not
                // count. A claim without a run is left by a pass that was stopped, or about to be begun by another
                // thread.
                let quiet = registry.is_quiet_but_for(core.runs_around()) && !registry.has_claims();
                // Read again: it may have taken long to get the lock. The wait counts from this reading.
                (core.clock().read(), registry.next(), quiet)
            };
            // A manual clock does not advance while others work, or a body would see time jump.
            wakeup.busy = !quiet;
            let now = read.instant();
            let end = match goal {
                Goal::Never | Goal::Empty => None,
                Goal::At(end) => Some(end),
                Goal::Elapsed(end) => {
                    let left = end.as_nanos() as i128 - read.monotonic().as_nanos() as i128;
                    Some(now.after(left))
                }
            };
            let next = match (goal, end) {
                (Goal::Empty, _) if next.is_none() && quiet => break,
                // The thread may have been held up since the poll: what has become due up to the end still runs.
                (_, Some(end)) if end <= now && next.is_some_and(|next| next <= end) => continue,
                (_, Some(end)) if end <= now => break,
                (_, Some(end)) => Some(next.map_or(end, |next| next.min(end))),
                (_, None) => next,
            };
            // An overdue slot has no timeout at all: another thread has claimed it, or it became due since the poll.
            let timeout = next.map(|next| (next - now).to_std().unwrap_or(Duration::ZERO));
            core.clock().wait(read, timeout, &wakeup);
        }
        ran
    }
}

/// Ends the loops of a scheduler: see [`Scheduler::stop_handle`].
///
/// ```
/// # let clock = punctual::ManualClock::new(chrono::DateTime::UNIX_EPOCH);
/// # let scheduler = punctual::Scheduler::with_clock(clock.clone());
/// let stop = scheduler.stop_handle();
/// scheduler.every().second().run(move || stop.stop())?;
/// assert_eq!(scheduler.run_forever(), 1);
/// # Ok::<(), punctual::Error>(())
/// ```
#[derive(Clone)]
pub struct StopHandle {
    core: Weak<Core>,
    /// The number of loops that had begun when this was made.
    begun: u64,
}

impl StopHandle {
    /// Ends all loops that run now, each once the body that it is running has ended.
    ///
    /// If no loop runs, and none has begun since this handle was made, the next one ends at once, so a stop that comes
    /// a moment before its loop is not lost.
    ///
    /// ```
    /// let scheduler = punctual::Scheduler::new();
    /// scheduler.stop_handle().stop();
    /// assert_eq!(scheduler.run_forever(), 0);
    /// ```
    pub fn stop(&self) {
        if let Some(core) = self.core.upgrade() {
            core.stops().stop(self.begun);
            core.bell().ring();
        }
    }
}

impl fmt::Debug for StopHandle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StopHandle").finish_non_exhaustive()
    }
}
