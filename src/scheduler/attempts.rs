//! Attempts: time limits, and failed runs that are tried again.

use std::time::Duration;

use chrono::TimeDelta;

use super::{
    guard::StateMut,
    registry::{Cut, Settled, Started, Told},
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
    timestamp::Timestamp,
};

impl Core {
    /// Watches an attempt that begins.
    #[cold]
    pub(super) fn watch(&self, state: &mut StateMut<'_>, started: &Started) {
        let (now, monotonic) = (state.timekeeper.now(), state.timekeeper.monotonic());
        state.registry.watch(started, now, monotonic);
    }

    /// Decides what becomes of a run whose attempt has ended.
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
        let settled = state.registry.settle(job, run, outcome, now, monotonic, is_shut_down);
        if let Settled::Stray = settled {
            self.cancelled().remove(run);
        }
        settled
    }

    /// Ends the attempts whose time is over, and makes those due that have waited for long enough. Returns the lock, for
    /// what comes next.
    #[cold]
    pub(super) fn look_at_attempts<'a>(&'a self, mut state: StateMut<'a>) -> StateMut<'a> {
        let (now, monotonic) = (state.timekeeper.now(), state.timekeeper.monotonic());
        let (mut cut, mut removed) = (Vec::new(), Vec::new());
        let told =
            Told { is_shut_down: &|run| self.cancelled().is_shut_down(run), command: &|run| self.end_command(run) };
        while let Some(one) = state.registry.expire(now, monotonic, &told) {
            let Cut { place, label, run, settled, .. } = &one;
            self.cancelled().add(run);
            // One that was about to start finds itself cancelled, or is told to end now.
            self.end_command(run.id);
            let ended = run.ended(label.id, now, &Outcome::TimedOut);
            let kind = match settled {
                Settled::Again { .. } => EventKind::Retrying,
                Settled::Ended(_) | Settled::Stray => EventKind::Failed,
            };
            if kind == EventKind::Failed && self.history() > 0 {
                state.registry.remember_run(*place, ended.clone());
            }
            self.emit(&mut state, Some(label), Some(ended), kind);
            let over = state.registry.remove_or_requeue(*place);
            self.emit_removed(&mut state, &over);
            removed.extend(over);
            cut.push(one);
        }
        if !state.registry.is_suspended() {
            state.registry.wake_attempts(now);
        }
        if cut.is_empty() {
            return state;
        }
        drop(state);
        for one in cut {
            #[cfg(feature = "tokio")]
            one.task.iter().for_each(|task| task.abort());
            let Cut { label, run, settled, .. } = one;
            let delay = match settled {
                Settled::Again { at, .. } => Some(at - now),
                Settled::Ended(_) | Settled::Stray => None,
            };
            self.after_attempt(&label, &run, &Outcome::TimedOut);
            self.report_attempt(&label, &run, &Outcome::TimedOut, delay);
            self.measure_attempt(&label, &run, now);
        }
        self.report_removed(removed);
        self.enter_now()
    }

    /// Tells the command of a run to end, because its time is over. `false` if it has none.
    #[cfg_attr(not(feature = "command"), allow(unused_variables))]
    fn end_command(&self, run: RunId) -> bool {
        #[cfg(feature = "command")]
        return crate::job::Host::commands(self).terminate("it took too long", None, |other| other == run);
        #[cfg(not(feature = "command"))]
        false
    }

    /// Writes the outcome of an attempt to the log; `delay` is the time until the next one, if there is one.
    pub(super) fn report_attempt(&self, label: &Label, run: &RunRecord, outcome: &Outcome, delay: Option<TimeDelta>) {
        let Some(delay) = delay else { return self.report_outcome(label, outcome) };
        self.measure(label, Measured::Retry);
        let (name, attempt, delay) = (label.name(), run.attempt, delay.to_std().unwrap_or_default());
        log_line!(Warn, "{name}: attempt {attempt} {outcome}; the next is in {delay:?}");
    }
}
