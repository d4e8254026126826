//! Attempts: time limits, and failed runs that are tried again.

use std::time::Duration;

use chrono::TimeDelta;

use super::{
    guard::StateMut,
    registry::{Cut, Expired, Settled, Started},
    Core,
};
use crate::{
    event::EventKind,
    id::RunId,
    job::{Label, Place},
    log_line::log_line,
    observe::Measured,
    outcome::Outcome,
    run::RunRecord,
    text::Length,
    timestamp::Timestamp,
};

/// How soon a time limit that is not quite over is checked again.
const AGAIN: Duration = Duration::from_millis(10);

impl Core {
    /// Watches an attempt that begins.
    #[cold]
    pub(super) fn watch(&self, state: &mut StateMut<'_>, started: &Started) {
        let (now, monotonic) = (state.timekeeper.now(), state.timekeeper.monotonic());
        state.registry.watch(started, now, monotonic);
    }

    /// Decides on the outcome of an attempt that has ended. `None` if its time limit had ended it before.
    #[cold]
    pub(super) fn judge(
        &self,
        state: &mut StateMut<'_>,
        job: Place,
        run: &RunRecord,
        outcome: Outcome,
        monotonic: Duration,
    ) -> Option<Outcome> {
        let is_shut_down = self.cancelled().is_shut_down(run.id);
        let judged = state.registry.judge(job, run, outcome, monotonic, is_shut_down);
        if judged.is_none() {
            self.cancelled().remove(run);
        }
        judged
    }

    /// Decides whether a run whose attempt has ended is tried again.
    #[cold]
    pub(super) fn settle(
        &self,
        state: &mut StateMut<'_>,
        job: Place,
        run: &RunRecord,
        outcome: Outcome,
        (now, monotonic): (Timestamp, Duration),
    ) -> Settled {
        let is_shut_down = self.cancelled().is_shut_down(run.id);
        state.registry.settle(job, run, outcome, now, monotonic, is_shut_down)
    }

    /// Ends the attempts whose time is over, and makes those due that have waited for long enough. Returns the lock,
    /// for what comes next.
    #[cold]
    pub(super) fn look_at_attempts<'a>(&'a self, mut state: StateMut<'a>) -> StateMut<'a> {
        let (now, monotonic) = (state.timekeeper.now(), state.timekeeper.monotonic());
        let Expired { cut, commands } = state.registry.expire(now, monotonic, |run| self.is_command(run));
        // A command that is about to start finds its run cancelled, or is terminated now.
        cut.iter().for_each(|cut| self.cancelled().add(&cut.run));
        if !state.registry.is_suspended() {
            state.registry.wake_attempts(now);
        }
        if cut.is_empty() && commands.is_empty() {
            return state;
        }
        drop(state);
        self.cancelled().notify();
        cut.iter().map(|cut| cut.run.id).chain(commands).for_each(|run| self.end_command(run));
        #[cfg(feature = "tokio")]
        cut.iter().filter_map(|cut| cut.task.as_ref()).for_each(|task| task.abort());
        // Each keeps its place meanwhile, as at any other end.
        cut.iter().for_each(|cut| self.after_attempt(&cut.label, &cut.run, &Outcome::TimedOut));
        cut.iter().for_each(|cut| self.end_cut(cut, now, monotonic));
        self.enter_now()
    }

    /// Ends an attempt whose time is over, when its hooks were called.
    fn end_cut(&self, cut: &Cut, now: Timestamp, monotonic: Duration) {
        let Cut { place, label, run, .. } = cut;
        let mut state = self.lock();
        let is_shut_down = self.cancelled().is_shut_down(run.id);
        let settled = state.registry.end_cut(cut, now, monotonic, is_shut_down);
        let ended = run.ended(label.id, now, &Outcome::TimedOut);
        let (kind, delay) = match settled {
            Settled::Again { at, .. } => (EventKind::Retrying, Some(at - now)),
            Settled::Ended(_) | Settled::Stray => (EventKind::Failed, None),
        };
        if kind == EventKind::Failed && self.history() > 0 {
            state.registry.remember_run(*place, ended.clone());
        }
        self.emit(&mut state, Some(label), Some(ended), kind);
        let removed = state.registry.remove_or_requeue(*place);
        self.emit_removed(&mut state, &removed);
        drop(state);
        self.report_attempt(label, run, &Outcome::TimedOut, delay);
        self.measure_attempt(label, run, now);
        self.report_removed(removed);
    }

    /// Keeps the time limits in a shutdown that waits, while nobody may poll. Returns the time until the next one.
    pub(super) fn keep_time_limits(&self) -> Option<Duration> {
        if !self.read().has_timers() {
            return None;
        }
        let state = self.look_at_attempts(self.enter_now());
        let next = state.registry.next_limit()? - state.timekeeper.now();
        Some(next.to_std().unwrap_or_default().max(AGAIN))
    }

    /// Keeps the time limit of a run that nobody may poll for. Returns the time that is left, if any.
    #[cfg(feature = "command")]
    pub(super) fn keep_time_limit(&self, place: Place, run: &RunRecord) -> Option<Duration> {
        let state = self.enter_now();
        let rest = state.registry.time_left(place, run, state.timekeeper.monotonic())?;
        if !rest.is_zero() {
            return Some(rest);
        }
        let state = self.look_at_attempts(state);
        // Some is left if the wall clock, by which limits are due, lags behind.
        state.registry.time_left(place, run, state.timekeeper.monotonic()).map(|rest| rest.max(AGAIN))
    }

    /// Whether a run has a process.
    #[cfg_attr(not(feature = "command"), allow(unused_variables))]
    fn is_command(&self, run: RunId) -> bool {
        #[cfg(feature = "command")]
        return crate::job::Host::commands(self).contains(run);
        #[cfg(not(feature = "command"))]
        false
    }

    /// Terminates the command of a run, if it has one, because its time is over.
    #[cfg_attr(not(feature = "command"), allow(unused_variables))]
    fn end_command(&self, run: RunId) {
        #[cfg(feature = "command")]
        crate::job::Host::commands(self).terminate("it took too long", None, |other| other == run);
    }

    /// Writes the outcome of an attempt to the log; `delay` is the time until the next one, if there is one.
    pub(super) fn report_attempt(&self, label: &Label, run: &RunRecord, outcome: &Outcome, delay: Option<TimeDelta>) {
        let Some(delay) = delay else { return self.report_outcome(label, outcome) };
        self.measure(label, Measured::Retry);
        let (name, attempt) = (label.name(), run.attempt);
        let delay = Length::rounded(delay.to_std().unwrap_or_default());
        log_line!(Warn, "{name}: attempt {attempt} {outcome}; the next is in {delay}");
    }
}
