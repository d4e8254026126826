//! Loops that poll for you.

mod background;
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

/// When a loop has done what it was for.
#[derive(Clone, Copy)]
enum Goal {
    Never,
    /// A moment of the wall clock.
    At(Timestamp),
    /// A length of elapsed time: until the monotonic clock shows this.
    Elapsed(Duration),
    Empty,
}

impl Scheduler {
    /// Runs what is due when it is due, until it is [stopped](Scheduler::stop_handle); returns how many bodies ran.
    ///
    /// It sleeps exactly until the next slot, wakes at once when a job is added, changed or cancelled from another
    /// thread, and looks at the wall clock once a minute at least, because that may have been set, or the machine have
    /// slept. How it sleeps is the clock's business: on a [`ManualClock`](crate::ManualClock) it moves the clock on
    /// instead, so that a year of schedule runs in a test at once; time stands still there while a body runs on a worker.
    ///
    /// Several threads may loop at once: every slot still runs exactly once.
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

    /// [`run_forever`](Scheduler::run_forever), but not longer than until `when`; what is due at that very moment still
    /// runs. Naive moments are read in the scheduler's zone.
    ///
    /// # Errors
    ///
    /// If `when` is in the past, or is text that cannot be read.
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

    /// [`run_forever`](Scheduler::run_forever), but returns when nothing is scheduled any more and nothing is running, as
    /// `run()` of Python's `sched` does. A paused job is not scheduled.
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

    /// What ends the loops of this scheduler, from any thread and from inside a body.
    ///
    /// ```
    /// let scheduler = punctual::Scheduler::new();
    /// let stop = scheduler.stop_handle();
    /// std::thread::spawn(move || stop.stop());
    /// assert_eq!(scheduler.run_forever(), 0);
    /// ```
    pub fn stop_handle(&self) -> StopHandle {
        StopHandle { core: Arc::downgrade(self.core()), begun: self.core().stops().begun() }
    }

    /// The loop. `stop` ends this one alone.
    fn drive(&self, goal: Goal, looping: &Looping, stop: &AtomicBool) -> usize {
        let core = self.core();
        let is_to_end = || stop.load(Ordering::SeqCst) || looping.is_to_end();
        let mut ran = 0;
        while !is_to_end() {
            ran += core.run_pending(&|| !is_to_end());
            let mut wakeup = core.bell().listen();
            if is_to_end() {
                break;
            }
            let (read, next, quiet) = {
                let state = core.enter_now();
                let registry = &state.registry;
                let quiet = registry.is_quiet_but_for(core.runs_around()) && !registry.has_claims();
                // Read again: it may have taken long to get the lock.
                (core.clock().read(), registry.next(), quiet)
            };
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
                // The thread may have been held up since the poll.
                (_, Some(end)) if end <= now && next.is_some_and(|next| next <= end) => continue,
                (_, Some(end)) if end <= now => break,
                (_, Some(end)) => Some(next.map_or(end, |next| next.min(end))),
                (_, None) => next,
            };
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
    /// How many loops had begun when this was made.
    begun: u64,
}

impl StopHandle {
    /// Ends all loops that run now, each when the body that it is running has ended. If none has begun since this handle
    /// was made, the next one ends at once: a stop that comes a moment before its loop is not lost.
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
