//! Reporting what happened, to listeners, the log and sleeping loops.
//!
//! It takes two steps. `emit_…` numbers an event and puts it into the outbox, under the lock under which the change
//! happens. `report_…` follows once the lock is released: it wakes the loops, writes to the log, drops what users own,
//! and delivers.

use chrono::TimeDelta;

use super::{
    guard::StateMut,
    listeners::{Callback, Listener},
    registry::{Ended, Removed, Skipped},
    Core,
};
use crate::{
    event::EventKind,
    id::JobId,
    job::{Label, Place, Record},
    log_line::{self, log_line},
    observe::Measured,
    outcome::Outcome,
    run::Run,
    text::Length,
    timestamp::Timestamp,
    unwind::{catch, drop_quietly},
};

impl Core {
    /// Adds a listener for what happens from now on.
    pub(super) fn listen(&self, callback: Callback) -> Listener {
        // Under the lock, so that each event is clearly before or after.
        let state = self.lock();
        self.listeners().add(state.outbox.seq(), callback)
    }

    /// Puts an event into the outbox, if there is a listener.
    pub(super) fn emit(&self, state: &mut StateMut<'_>, label: Option<&Label>, run: Option<Run>, kind: EventKind) {
        if !self.listeners().is_empty() {
            self.emit_named(state, label.map(|label| label.id), label.map_or("", Label::name), run, kind);
        }
    }

    /// Puts an event about a pool into the outbox, if there is a listener.
    pub(super) fn emit_about_pool(&self, state: &mut StateMut<'_>, name: &str, kind: EventKind) {
        if !self.listeners().is_empty() {
            self.emit_named(state, None, name, None, kind);
        }
    }

    fn emit_named(&self, state: &mut StateMut<'_>, job: Option<JobId>, name: &str, run: Option<Run>, kind: EventKind) {
        let now = self.read_now(state);
        state.outbox.push(now, job, name, run, kind);
    }

    /// The time. The last reading may be old, so the clock is read. A user's clock may panic: then the last reading has to
    /// do, and no event is lost.
    fn read_now(&self, state: &StateMut<'_>) -> Timestamp {
        catch(|| self.clock().read()).map_or(state.timekeeper.now(), |reading| reading.instant())
    }

    #[inline]
    fn emit_about(&self, state: &mut StateMut<'_>, job: Place, kind: EventKind) {
        if !self.listeners().is_empty() {
            let label = state.registry.record(job).map(Record::label);
            self.emit(state, label.as_ref(), None, kind);
        }
    }

    #[inline]
    pub(super) fn emit_added(&self, state: &mut StateMut<'_>, job: Place) {
        self.emit_about(state, job, EventKind::Added);
    }

    pub(super) fn emit_modified(&self, state: &mut StateMut<'_>, job: Place) {
        self.emit_about(state, job, EventKind::Modified);
    }

    #[inline]
    pub(super) fn emit_removed<'a>(&self, state: &mut StateMut<'_>, all: impl IntoIterator<Item = &'a Removed>) {
        let mut removed_at = None;
        for removed in all {
            if state.registry.is_held(removed) {
                let now = *removed_at.get_or_insert_with(|| self.read_now(state));
                state.registry.note_removed(removed, now);
            }
            let Removed { label, why, ended, .. } = removed;
            self.emit_ended(state, ended);
            self.emit(state, Some(label), None, EventKind::Removed(*why));
        }
    }

    /// Reports runs that have ended while they waited for another attempt.
    pub(super) fn emit_ended<'a>(&self, state: &mut StateMut<'_>, all: impl IntoIterator<Item = &'a Ended>) {
        for Ended { place, label, run, outcome } in all {
            let now = state.timekeeper.now();
            let run = run.ended(label.id, now, outcome);
            if self.history() > 0 {
                state.registry.remember_run(*place, run.clone());
            }
            self.emit(state, Some(label), Some(run), EventKind::Failed);
        }
    }

    pub(super) fn emit_skipped(&self, state: &mut StateMut<'_>, all: &[Skipped]) {
        for skipped in all {
            if self.history() > 0 {
                let now = self.read_now(state);
                state.registry.remember_skip(skipped, now);
            }
            let Skipped { label, run, why, .. } = skipped;
            self.emit(state, Some(label), Some(run.data(label.id)), EventKind::Skipped(*why));
        }
    }

    /// Delivers the events in the outbox, one at a time and in their order. If that is being done already, by another
    /// thread or by an outer call in this one, leaves them to it. Call this unlocked.
    #[inline]
    pub(super) fn deliver(&self) {
        if !self.listeners().is_empty() {
            self.deliver_all();
        }
    }

    #[cold]
    fn deliver_all(&self) {
        let mut is_mine = false;
        loop {
            // Locked for each event alone. Only an outbox that is seen to be empty under the lock ends the delivery, so
            // the event of a thread that found this one delivering is not left in it.
            let event = self.lock().outbox.take(is_mine);
            let Some(event) = event else { return };
            is_mine = true;
            self.listeners().call(&event);
        }
    }

    /// Reports a change for which there is nothing to log or to drop.
    #[inline]
    pub(super) fn report_change(&self) {
        self.bell().ring();
        self.deliver();
    }

    pub(super) fn report_modified(&self, job: Place) {
        if log_line::is_read(log::Level::Debug) {
            let label = self.read().record(job).map(Record::label);
            log_line!(Debug, "modified {}", label.as_ref().map_or("", Label::name));
        }
        self.report_change();
    }

    pub(super) fn report_set_back(&self, by: TimeDelta, over: Vec<Removed>) {
        match by.to_std() {
            Ok(by) => log_line!(Warn, "the wall clock was set back by {}", Length::rounded(by)),
            Err(_) => {
                let by = Length::rounded(by.abs().to_std().unwrap_or_default());
                log_line!(Warn, "the wall clock was set forward, which undoes {by} of a set-back");
            }
        }
        self.report_removed(over);
    }

    #[inline]
    pub(super) fn report_added(&self, job: Place, first: Timestamp) {
        // First: a loop need not wait for a slow logger or listener.
        self.bell().ring();
        if log_line::is_read(log::Level::Debug) {
            self.log_added(job, first);
        }
        self.deliver();
    }

    #[cold]
    fn log_added(&self, job: Place, first: Timestamp) {
        let label = self.read().record(job).map(Record::label);
        let first = first.datetime();
        log_line!(Debug, "added {}, first run {first}", label.as_ref().map_or("", Label::name));
    }

    pub(super) fn report_removed(&self, all: impl IntoIterator<Item = Removed>) {
        // Before the events: a listener that hears of a removal finds what the body had captured released.
        for removed in all {
            self.report_ended(&removed.ended);
            log_and_drop(removed);
        }
        self.report_change();
    }

    pub(super) fn report_skipped(&self, all: &[Skipped]) {
        for Skipped { label, run, why, .. } in all {
            self.measure(label, Measured::Skip(*why));
            let slot = run.slot.datetime();
            log_line!(Warn, "skipped {} at {slot}: {why}", label.name());
        }
        self.deliver();
    }

    pub(super) fn report_ended<'a>(&self, all: impl IntoIterator<Item = &'a Ended>) {
        all.into_iter().for_each(|ended| self.report_outcome(&ended.label, &ended.outcome));
    }

    /// Reports how a run has ended.
    pub(super) fn report_outcome(&self, label: &Label, outcome: &Outcome) {
        self.measure(label, Measured::Run(outcome));
        match outcome {
            Outcome::Completed | Outcome::Cancelled => {}
            Outcome::Failed(error) => log_line!(Error, "{} failed: {error}", label.name()),
            Outcome::Panicked(error) => log_line!(Error, "{} panicked: {error}", label.name()),
            Outcome::Aborted(why) => log_line!(Warn, "{} was aborted: {why}", label.name()),
            Outcome::TimedOut => log_line!(Error, "{} timed out", label.name()),
            Outcome::Permanent(error) | Outcome::Vetoed(error) => log_line!(Error, "{} failed: {error}", label.name()),
        }
    }
}

fn log_and_drop(Removed { label, why, body, .. }: Removed) {
    log_line!(Debug, "removed {} ({why:?})", label.name());
    drop_quietly(body);
}
