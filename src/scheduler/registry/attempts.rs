//! Attempts: time limits, and failed runs that are tried again.
//!
//! ```text
//! begin --watch()--> Running --judge()--> Ending --settle()--> Waiting --wake()--> Due --begin_by_policy()--> Running
//!                       |        (hooks)    ^  |                             (or Submitted, until a worker begins it)
//!                       |                   |  +--> ended
//!                       +---- expire() -----+ although the body has not returned; when it does, end_stray()
//! ```

use std::time::Duration;

use super::{
    runs::{AfterRun, Launch, Started, Submission, Terms, Unbegun},
    Registry,
};
#[cfg(feature = "tokio")]
use crate::job::TaskId;
use crate::{
    id::RunId,
    job::{BoxedBody, Executor, Label, Phase, Place, RunFlags, WatchedRun, Windows},
    observe::RunSpan,
    outcome::Outcome,
    run::RunRecord,
    timestamp::{nanos_of_length, Timestamp},
};

/// How a run continues after an attempt.
pub(crate) enum Settled {
    /// It has ended, with this outcome.
    Ended(Outcome),
    /// It is tried again then.
    Again { outcome: Outcome, at: Timestamp },
    /// It was ended by its time limit before its body returned.
    Stray,
}

/// A run that has ended while no attempt of it was in progress, with the last attempt and its failure.
pub(crate) struct Ended {
    pub(crate) place: Place,
    pub(crate) label: Label,
    pub(crate) run: RunRecord,
    pub(crate) outcome: Outcome,
}

/// An attempt whose time is over, and whose body was not asked.
pub(crate) struct Cut {
    pub(crate) place: Place,
    pub(crate) label: Label,
    pub(crate) run: RunRecord,
    /// What it runs in.
    #[cfg(feature = "tokio")]
    pub(crate) task: Option<tokio::task::AbortHandle>,
}

/// What is done to attempts whose time is over.
#[derive(Default)]
pub(crate) struct Expired {
    /// They end now, whatever their bodies do.
    pub(crate) cut: Vec<Cut>,
    /// Their processes are to be terminated, and they end with these.
    pub(crate) commands: Vec<RunId>,
}

impl Registry {
    /// Watches an attempt that begins.
    pub(in crate::scheduler) fn watch(&mut self, started: &Started, now: Timestamp, monotonic: Duration) {
        let (place, run) = (started.place(), started.run);
        let Some(record) = self.record_mut(place) else { return };
        let timeout = record.policies().and_then(|policies| policies.timeout);
        let deadline = timeout.and_then(|timeout| now.after(nanos_of_length(timeout)).within_calendar());
        let phase = Phase::Running { since: monotonic, deadline, is_over: false };
        // A run by hand is tried again whenever it is.
        let windows = if started.flags.is_by_hand() { Windows::default() } else { record.windows() };
        let attempts = record.watch();
        match attempts.find(run.id) {
            Some(watched) => {
                (watched.run, watched.phase) = (run, phase);
                #[cfg(feature = "tokio")]
                (watched.task = started.task);
            }
            None => attempts.add(WatchedRun {
                run,
                run_count: started.run_count,
                is_counted: started.is_counted,
                begun: monotonic,
                windows,
                latest: None,
                failure: None,
                phase,
                #[cfg(feature = "tokio")]
                task: started.task,
            }),
        }
        if let Some(deadline) = deadline {
            self.timers.limit(deadline, run.id, place);
        }
    }

    /// Decides on the outcome of an attempt that has ended with `outcome`. The run is [settled](Self::settle) next,
    /// when its hooks were called. `None` if it was ended before, by its time limit.
    pub(in crate::scheduler) fn judge(
        &mut self,
        place: Place,
        run: &RunRecord,
        outcome: Outcome,
        monotonic: Duration,
        is_shut_down: bool,
    ) -> Option<Outcome> {
        let record = self.record_mut(place)?;
        let timeout = record.policies().and_then(|policies| policies.timeout);
        let watched = record.attempts_mut()?.find(run.id).filter(|watched| watched.run.attempt == run.attempt)?;
        let Phase::Running { since, deadline, is_over } = watched.phase else { return None };
        watched.phase = Phase::Ending;
        if let Some(deadline) = deadline {
            self.timers.remove(deadline, run.id);
        }
        let is_late = is_over || timeout.is_some_and(|timeout| monotonic.saturating_sub(since) > timeout);
        // What a body returns after its time is over is ignored. But a body that a shutdown has ended was not late.
        let is_ended = matches!(outcome, Outcome::Aborted(_)) && is_shut_down && !is_over;
        Some(if is_late && !is_ended { Outcome::TimedOut } else { outcome })
    }

    /// Decides whether a run whose attempt has ended with `outcome` is tried again. It is not if it `is_shut_down`.
    pub(in crate::scheduler) fn settle(
        &mut self,
        place: Place,
        run: &RunRecord,
        outcome: Outcome,
        now: Timestamp,
        monotonic: Duration,
        is_shut_down: bool,
    ) -> Settled {
        let record = self.records.get_mut(place.row as usize).and_then(Option::as_mut);
        let Some(record) = record.filter(|record| record.id == place.id) else {
            return Settled::Ended(outcome.of_run());
        };
        let may_be_retried = outcome.may_be_retried() && record.is_registered() && !is_shut_down;
        let retry = record.policies().and_then(|policies| policies.retry.clone()).filter(|_| may_be_retried);
        let until = record.timing().until();
        let Some(attempts) = record.attempts_mut() else { return Settled::Ended(outcome.of_run()) };
        let next = attempts.find(run.id).zip(retry).and_then(|(watched, retry)| {
            let passed = monotonic.saturating_sub(watched.begun);
            let delay = retry.delay(run.attempt, passed, outcome == Outcome::TimedOut, &mut self.random)?;
            let at = now.after(nanos_of_length(delay)).within_calendar()?;
            watched.latest = retry.rest(passed).and_then(|rest| now.after(nanos_of_length(rest)).within_calendar());
            (!watched.is_too_late(at, until)).then_some((watched, at))
        });
        let outcome = outcome.of_run();
        match next {
            Some((watched, at)) => {
                watched.run.attempt = run.attempt.saturating_add(1);
                watched.failure = Some(outcome.clone());
                watched.phase = Phase::Waiting { until: at };
                self.timers.retry(at, run.id, place);
                Settled::Again { outcome, at }
            }
            None => {
                attempts.remove(run.id);
                Settled::Ended(outcome)
            }
        }
    }

    /// Puts the body back after an attempt that is not the last.
    pub(in crate::scheduler) fn park(&mut self, place: Place, body: BoxedBody) -> AfterRun {
        self.in_progress -= 1;
        let spare = match self.record_mut(place) {
            Some(record) => record.put_back(body),
            None => Some(body),
        };
        self.claim_waiting(place);
        AfterRun { spare, ..AfterRun::default() }
    }

    /// Takes note that the waits are over that end at `now` or before.
    pub(in crate::scheduler) fn wake_attempts(&mut self, now: Timestamp) {
        while let Some((run, place)) = self.timers.take_retry(now) {
            let attempts = self.record_mut(place).and_then(|record| record.attempts_mut());
            let Some(watched) = attempts.and_then(|attempts| attempts.find(run)) else { continue };
            if let Phase::Waiting { .. } = watched.phase {
                watched.phase = Phase::Due;
            }
            self.claim_waiting(place);
        }
    }

    /// The attempts whose time is over. Those in `cut` count as in progress once more, until they [end](Self::end_cut).
    /// `is_command` returns whether a run has a process, and so ends when that does.
    pub(in crate::scheduler) fn expire(
        &mut self,
        now: Timestamp,
        monotonic: Duration,
        is_command: impl Fn(RunId) -> bool,
    ) -> Expired {
        let mut expired = Expired::default();
        while let Some((id, place)) = self.timers.take_limit(now) {
            let Some(record) = self.record_mut(place) else { continue };
            let timeout = record.policies().and_then(|policies| policies.timeout);
            let Some(watched) = record.attempts_mut().and_then(|attempts| attempts.find(id)) else { continue };
            let Phase::Running { since, deadline, is_over } = &mut watched.phase else { continue };
            // The wall clock was set forward: less time has passed.
            let rest = timeout.unwrap_or_default().saturating_sub(monotonic.saturating_sub(*since));
            if !rest.is_zero() {
                let at = now.after(nanos_of_length(rest));
                *deadline = Some(at);
                self.timers.limit(at, id, place);
                continue;
            }
            if is_command(id) {
                (*deadline, *is_over) = (None, true);
                expired.commands.push(id);
                continue;
            }
            watched.phase = Phase::Ending;
            let run = watched.run;
            #[cfg(feature = "tokio")]
            let task = watched.task;
            // The body is out, and its answer will not matter. Until it is back, it may be the only one.
            record.watch().strays.push(run);
            let label = record.label();
            expired.cut.push(Cut {
                place,
                label,
                run,
                #[cfg(feature = "tokio")]
                task: self.tasks.handle(task, &run),
            });
            self.in_progress += 1;
        }
        expired
    }

    /// Ends an attempt that was cut, when its hooks were called.
    pub(in crate::scheduler) fn end_cut(
        &mut self,
        cut: &Cut,
        now: Timestamp,
        monotonic: Duration,
        is_shut_down: bool,
    ) -> Settled {
        self.in_progress -= 1;
        let place = cut.place;
        let watched = self.record_mut(place).and_then(|record| record.attempts_mut()?.find(cut.run.id));
        let is_counted = watched.is_some_and(|watched| watched.is_counted);
        let settled = self.settle(place, &cut.run, Outcome::TimedOut, now, monotonic, is_shut_down);
        if let (Settled::Ended(outcome), Some(record)) = (&settled, self.record_mut(place)) {
            record.end_instance(is_counted);
            record.record_outcome(outcome);
        }
        settled
    }

    /// The time that is left to an attempt; `None` if it has no limit, or has ended.
    #[cfg(feature = "command")]
    pub(in crate::scheduler) fn time_left(
        &self,
        place: Place,
        run: &RunRecord,
        monotonic: Duration,
    ) -> Option<Duration> {
        let record = self.record(place)?;
        let timeout = record.policies()?.timeout?;
        let watched = record.attempts()?.get(run.id).filter(|watched| watched.run.attempt == run.attempt)?;
        match watched.phase {
            Phase::Running { since, is_over: false, .. } => {
                Some(timeout.saturating_sub(monotonic.saturating_sub(since)))
            }
            _ => None,
        }
    }

    /// Ends an attempt that was settled before: its body has returned at last.
    pub(in crate::scheduler) fn end_stray(&mut self, place: Place, run: &RunRecord, body: BoxedBody) -> AfterRun {
        self.in_progress -= 1;
        let Some(record) = self.record_mut(place) else { return AfterRun { spare: Some(body), ..AfterRun::default() } };
        if let Some(attempts) = record.attempts_mut() {
            attempts.remove_stray(run);
        }
        if !record.is_registered() {
            self.forget_if_unused(place);
            return AfterRun { spare: Some(body), removed: None, is_news: true };
        }
        let spare = record.put_back(body);
        AfterRun { spare, removed: self.remove_or_requeue(place), is_news: true }
    }

    /// Begins an attempt that is due, or ends its run if it is too late for that.
    pub(super) fn begin_attempt(&mut self, row: u32, now: Timestamp) -> Option<Launch> {
        let is_hooked = self.is_hooked;
        let record = self.records.get_mut(row as usize)?.as_mut()?;
        let place = Place { id: record.id, row };
        let is_async = record.is_async();
        let is_on_worker = record.executor() == Executor::Workers && !is_async;
        let (is_apart, until) = (is_on_worker || is_hooked || record.hooks().is_some(), record.timing().until());
        let label = record.label();
        let watched = record.attempts_mut()?.due()?;
        let run = watched.run;
        if watched.is_too_late(now, until) {
            let ended = self.end_failed(place, &run);
            return Some(Launch::Not(Box::new(Unbegun {
                ended,
                removed: self.remove_or_requeue(place),
                skipped: None,
            })));
        }
        if is_apart {
            watched.phase = Phase::Submitted;
            self.in_progress += 1;
            let submission = Submission { place, label, run, terms: Terms::new(Windows::default(), None) };
            return Some(if is_on_worker { Launch::Submit(submission) } else { Launch::Hooked(submission) });
        }
        let started = self.start_attempt(place, &run, now)?;
        self.in_progress += 1;
        #[cfg(feature = "tokio")]
        if is_async {
            return Some(Launch::Spawn(started));
        }
        Some(Launch::Here(started))
    }

    /// `None` if the body is out.
    fn start_attempt(&mut self, place: Place, run: &RunRecord, now: Timestamp) -> Option<Started> {
        let record = self.record_mut(place)?;
        let body = record.begin_attempt(now)?;
        let label = record.label();
        let watched = record.attempts_mut()?.find(run.id)?;
        // Until it is watched, which follows at once.
        watched.phase = Phase::Running { since: Duration::ZERO, deadline: None, is_over: false };
        Some(Started {
            row: place.row,
            body,
            label,
            run: RunRecord { started_at: now, ..watched.run },
            run_count: watched.run_count,
            is_counted: watched.is_counted,
            flags: RunFlags::watched(true),
            span: RunSpan::none(),
            #[cfg(feature = "tokio")]
            task: TaskId::NONE,
        })
    }

    /// Begins an attempt that a worker has taken, or whose hooks were called. `Err` if the run has ended or ends now,
    /// or the job is paused.
    pub(super) fn begin_submitted_attempt(
        &mut self,
        place: Place,
        run: &RunRecord,
        now: Timestamp,
    ) -> Result<Started, Box<Unbegun>> {
        let is_paused = self.is_paused();
        let record = self.record_mut(place);
        let is_held = record.as_ref().is_some_and(|record| record.is_paused()) || is_paused;
        let until = record.as_ref().and_then(|record| record.timing().until());
        let watched = record.and_then(|record| record.attempts_mut()?.find(run.id));
        let Some(watched) = watched.filter(|watched| watched.run.attempt == run.attempt) else {
            self.in_progress -= 1;
            return Err(Box::default());
        };
        if watched.is_too_late(now, until) {
            self.in_progress -= 1;
            let ended = self.end_failed(place, run);
            return Err(Box::new(Unbegun { ended, removed: self.remove_or_requeue(place), skipped: None }));
        }
        if let Some(started) = if is_held { None } else { self.start_attempt(place, run, now) } {
            return Ok(started);
        }
        // It begins when the job is resumed, or when the body is back: an update may have left the job with one body,
        // which another run has.
        self.set_due_again(place, run);
        self.in_progress -= 1;
        Err(Box::default())
    }

    /// Takes note that no worker will begin an attempt. Unless its run has ended, as in a shutdown, it is due again.
    pub(super) fn drop_submitted_attempt(&mut self, place: Place, run: &RunRecord) {
        self.in_progress -= 1;
        self.set_due_again(place, run);
        self.claim_waiting(place);
    }

    fn set_due_again(&mut self, place: Place, run: &RunRecord) {
        let watched = self.record_mut(place).and_then(|record| record.attempts_mut()?.find(run.id));
        if let Some(watched) = watched.filter(|watched| watched.run.attempt == run.attempt) {
            if let Phase::Submitted = watched.phase {
                watched.phase = Phase::Due;
            }
        }
    }

    /// Ends a run whose next attempt does not begin. `None` if it has ended before, with its job or the scheduler.
    pub(super) fn end_failed(&mut self, place: Place, run: &RunRecord) -> Option<Ended> {
        let watched = self.record_mut(place)?.attempts_mut()?.remove(run.id)?;
        self.end_with_last_failure(place, watched)
    }

    /// Ends the runs of a job that wait for another attempt.
    pub(in crate::scheduler) fn end_waiting(&mut self, place: Place) -> Vec<Ended> {
        let attempts = self.record_mut(place).and_then(|record| record.attempts_mut());
        let waiting = attempts.map(|attempts| attempts.take_waiting()).unwrap_or_default();
        waiting.into_iter().filter_map(|watched| self.end_with_last_failure(place, watched)).collect()
    }

    fn end_with_last_failure(&mut self, place: Place, watched: WatchedRun) -> Option<Ended> {
        let WatchedRun { run, is_counted, failure, phase, .. } = watched;
        if let Phase::Waiting { until } = phase {
            self.timers.remove(until, run.id);
        }
        let (record, outcome) = (self.record_mut(place)?, failure?);
        record.end_instance(is_counted);
        record.record_outcome(&outcome);
        // That of the attempt that has failed.
        let run = RunRecord { attempt: run.attempt - 1, ..run };
        Some(Ended { place, label: record.label(), run, outcome })
    }
}
