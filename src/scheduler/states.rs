//! Pausing and resuming a whole scheduler.

use super::{Core, Scheduler};
use crate::{event::EventKind, log_line::log_line};

impl Scheduler {
    /// Pauses the scheduler: nothing is due until it is [resumed](Scheduler::resume). Returns `false` if it is paused
    /// already.
    ///
    /// Runs in progress continue. Overdue runs that have not begun are dropped, including those that wait for a worker.
    ///
    /// While it is paused:
    ///
    /// - [`next_run`](Scheduler::next_run), [`idle`](Scheduler::idle) and the [`next_run`](crate::Job::next_run) of
    ///   every job are `None`, and a [`timeline`](Scheduler::timeline) is empty. Polls run nothing; the loops sleep,
    ///   and [`run_until_empty`](Scheduler::run_until_empty) returns once nothing is running.
    /// - Jobs can be added, changed and removed. A job that is resumed, or added, has its next run once the scheduler
    ///   is resumed, too.
    /// - [`Job::trigger`](crate::Job::trigger) returns `false`, as for a paused job.
    ///   [`Job::run_now`](crate::Job::run_now) and [`run_all`](Scheduler::run_all) run bodies.
    ///
    /// O(1), and a poll while it is paused costs what a poll with nothing due costs.
    ///
    /// ```
    /// # use punctual::{ManualClock, Scheduler};
    /// # use std::time::Duration;
    /// # let clock = ManualClock::new(chrono::DateTime::UNIX_EPOCH);
    /// # let scheduler = Scheduler::with_clock(clock.clone());
    /// let job = scheduler.every().minute().run(|| {})?;
    /// assert!(scheduler.pause());
    /// assert_eq!((scheduler.next_run(), job.next_run()), (None, None));
    /// clock.advance(Duration::from_secs(90));
    /// assert_eq!(scheduler.run_pending(), 0);
    ///
    /// assert!(scheduler.resume());
    /// assert_eq!(job.next_run().unwrap().timestamp(), 120);
    /// # Ok::<(), punctual::Error>(())
    /// ```
    pub fn pause(&self) -> bool {
        self.core().pause_all()
    }

    /// Resumes the scheduler: each job continues at its next slot after now. Returns `false` if it is not paused.
    ///
    /// Slots that passed while it was paused have no run, including that of `immediately()`. A job that has no slot
    /// left is removed. Jobs that are [paused](crate::Job::pause) themselves stay paused. O(n) for n jobs.
    ///
    /// ```
    /// # let scheduler = punctual::Scheduler::new();
    /// let job = scheduler.every().day().run(|| {})?;
    /// let next = job.next_run();
    /// scheduler.pause();
    /// assert!(scheduler.resume());
    /// assert!(!scheduler.resume(), "it is not paused");
    /// assert_eq!(job.next_run(), next);
    /// # Ok::<(), punctual::Error>(())
    /// ```
    pub fn resume(&self) -> bool {
        self.core().resume_all()
    }

    /// Whether the scheduler is paused.
    ///
    /// ```
    /// let scheduler = punctual::Scheduler::new();
    /// assert!(!scheduler.is_paused());
    /// scheduler.pause();
    /// assert!(scheduler.is_paused());
    /// ```
    pub fn is_paused(&self) -> bool {
        self.core().read().is_paused()
    }
}

impl Core {
    fn pause_all(&self) -> bool {
        let mut state = self.enter_now();
        let now = state.timekeeper.now();
        let is_new = state.registry.pause_all(now);
        if is_new {
            self.emit(&mut state, None, None, EventKind::SchedulerPaused);
            drop(state);
            log_line!(Debug, "the scheduler was paused");
            self.report_change();
        }
        is_new
    }

    fn resume_all(&self) -> bool {
        let mut state = self.enter_now();
        let now = state.timekeeper.now();
        let Some(over) = state.registry.resume_all(now) else { return false };
        self.emit(&mut state, None, None, EventKind::SchedulerResumed);
        self.emit_removed(&mut state, &over);
        drop(state);
        log_line!(Debug, "the scheduler was resumed");
        self.report_removed(over);
        true
    }

    /// Reports that a loop begins.
    pub(crate) fn report_started(&self) {
        log_line!(Debug, "a loop has started");
        if !self.listeners().is_empty() {
            let mut state = self.lock();
            self.emit(&mut state, None, None, EventKind::SchedulerStarted);
            drop(state);
            self.deliver();
        }
    }
}
