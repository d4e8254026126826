//! Attempts: time limits, and failed runs that are tried again.
//!
//! ```text
//! begin --watch()--> Running --settle()--> Waiting --wake()--> Due --begin_by_policy()--> Running
//!                       |         |                              (or Submitted, until a worker begins it)
//!                       |         +--> ended
//!                       +--expire(): settled although the body has not returned; when it does, end_stray()
//! ```

use std::time::Duration;

use super::{
    runs::{AfterRun, Launch, Started, Submission, Terms, Unbegun},
    Registry,
};
use crate::{
    id::RunId,
    job::{BoxedBody, Executor, Label, Phase, Place, RunFlags, WatchedRun, Windows},
    observe::RunSpan,
    outcome::Outcome,
    run::RunRecord,
    timestamp::{nanos_of_length, Timestamp},
};

/// What becomes of a run after an attempt.
pub(crate) enum Settled {
    /// It has ended, with this outcome.
    Ended(Outcome),
    /// It is tried again then.
    Again { outcome: Outcome, at: Timestamp },
    /// It was ended by its time limit before its body returned.
    Stray,
}

/// A run that was ended, or whose attempt was, while its body was not asked.
pub(crate) struct Cut {
    pub(crate) place: Place,
    pub(crate) label: Label,
    pub(crate) run: RunRecord,
    pub(crate) settled: Settled,
    /// What it runs in.
    #[cfg(feature = "tokio")]
    pub(crate) task: Option<tokio::task::AbortHandle>,
}

/// What the registry cannot know about runs whose time is over.
pub(crate) struct Told<'a> {
    /// Whether a shutdown has told a run to end.
    pub(crate) is_shut_down: &'a dyn Fn(RunId) -> bool,
    /// Tells the command of a run to end. `false` if it has none.
    pub(crate) command: &'a dyn Fn(RunId) -> bool,
}

impl Registry {
    /// Watches an attempt that begins.
    pub(in crate::scheduler) fn watch(&mut self, started: &Started, now: Timestamp, monotonic: Duration) {
        let (place, run) = (started.place(), started.run);
        let Some(record) = self.record_mut(place) else { return };
        let timeout = record.policies().and_then(|policies| policies.timeout);
        let deadline = timeout.and_then(|timeout| now.after(nanos_of_length(timeout)).within_calendar());
        let phase = Phase::Running { since: monotonic, deadline };
        let attempts = record.watch();
        match attempts.find(run.id) {
            Some(watched) => (watched.run, watched.phase) = (run, phase),
            None => attempts.add(WatchedRun {
                run,
                run_count: started.run_count,
                is_counted: started.is_counted,
                begun: monotonic,
                phase,
            }),
        }
        if let Some(deadline) = deadline {
            self.timers.limit(deadline, run.id, place);
        }
    }

    /// Decides what becomes of a run whose attempt has ended with `outcome`. It is not tried again if it `is_cancelled`.
    pub(in crate::scheduler) fn settle(
        &mut self,
        place: Place,
        run: &RunRecord,
        outcome: Outcome,
        now: Timestamp,
        monotonic: Duration,
        is_cancelled: bool,
    ) -> Settled {
        let Some(record) = self.records.get_mut(place.row as usize).and_then(Option::as_mut) else {
            return Settled::Stray;
        };
        let (policies, until) = (record.policies().cloned().unwrap_or_default(), record.timing().until());
        let (is_registered, windows) = (record.is_registered(), record.windows());
        let attempts = if record.id == place.id { record.attempts_mut() } else { None };
        let Some(watched) = attempts.and_then(|attempts| attempts.find(run.id)) else { return Settled::Stray };
        let Phase::Running { since, deadline } = watched.phase else { return Settled::Stray };
        if watched.run.attempt != run.attempt {
            return Settled::Stray;
        }
        if let Some(deadline) = deadline {
            self.timers.remove(deadline, run.id);
        }
        // Whatever a body answers after its time is over, it is late.
        let passed = monotonic.saturating_sub(since);
        let is_late =
            policies.timeout.is_some_and(|timeout| passed > timeout || deadline.is_none() && passed == timeout);
        let outcome = if is_late && !is_cancelled { Outcome::TimedOut } else { outcome };
        let again = policies.retry.filter(|_| outcome.may_be_retried() && is_registered && !is_cancelled);
        let at = again.and_then(|retry| {
            let passed = monotonic.saturating_sub(watched.begun);
            let delay = retry.delay(run.attempt, passed, outcome == Outcome::TimedOut, &mut self.random)?;
            let at = now.after(nanos_of_length(delay)).within_calendar()?;
            (until.is_none_or(|until| at <= until) && !windows.exclude(at)).then_some(at)
        });
        let outcome = outcome.of_run();
        match at {
            Some(at) => {
                watched.run.attempt = run.attempt.saturating_add(1);
                watched.phase = Phase::Waiting { until: at, failure: outcome.clone() };
                self.timers.retry(at, run.id, place);
                Settled::Again { outcome, at }
            }
            None => {
                record.attempts_mut().and_then(|attempts| attempts.remove(run.id));
                Settled::Ended(outcome)
            }
        }
    }

    /// Puts the body back after an attempt that is not the last.
    pub(in crate::scheduler) fn park(&mut self, place: Place, run: &RunRecord, body: BoxedBody) -> AfterRun {
        self.in_progress -= 1;
        let spare = match self.record_mut(place) {
            Some(record) => {
                record.forget_task(run);
                record.put_back(body)
            }
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
            if let Phase::Waiting { failure, .. } = &watched.phase {
                watched.phase = Phase::Due { failure: failure.clone() };
            }
            self.claim_waiting(place);
        }
    }

    /// Ends an attempt whose time is over. `None` if none is.
    pub(in crate::scheduler) fn expire(&mut self, now: Timestamp, monotonic: Duration, told: &Told<'_>) -> Option<Cut> {
        loop {
            let (id, place) = self.timers.take_limit(now)?;
            let Some(record) = self.record_mut(place) else { continue };
            let label = record.label();
            let timeout = record.policies().and_then(|policies| policies.timeout);
            let Some(watched) = record.attempts_mut().and_then(|attempts| attempts.find(id)) else { continue };
            let Phase::Running { since, deadline } = &mut watched.phase else { continue };
            // The wall clock was set forward: less time has passed.
            let rest = timeout.unwrap_or_default().saturating_sub(monotonic.saturating_sub(*since));
            if !rest.is_zero() {
                let at = now.after(nanos_of_length(rest));
                *deadline = Some(at);
                self.timers.limit(at, id, place);
                continue;
            }
            *deadline = None;
            // Its process ends soon, and the attempt with it.
            if (told.command)(id) {
                continue;
            }
            let (run, is_counted) = (watched.run, watched.is_counted);
            let settled = self.settle(place, &run, Outcome::TimedOut, now, monotonic, (told.is_shut_down)(id));
            let Some(record) = self.record_mut(place) else { continue };
            #[cfg(feature = "tokio")]
            let task = record.task(&run);
            // The body is out, and its answer will not matter. Until it is back, it may be the only one.
            record.watch().strays += 1;
            if let Settled::Ended(_) = settled {
                record.end_instance(is_counted);
                record.record_outcome(&Outcome::TimedOut);
            }
            return Some(Cut {
                place,
                label,
                run,
                settled,
                #[cfg(feature = "tokio")]
                task,
            });
        }
    }

    /// Ends an attempt that was settled before: its body has returned at last.
    pub(in crate::scheduler) fn end_stray(&mut self, place: Place, run: &RunRecord, body: BoxedBody) -> AfterRun {
        self.in_progress -= 1;
        let Some(record) = self.record_mut(place) else { return AfterRun { spare: Some(body), ..AfterRun::default() } };
        record.forget_task(run);
        if let Some(attempts) = record.attempts_mut() {
            attempts.strays = attempts.strays.saturating_sub(1);
        }
        if !record.is_registered() {
            self.forget_if_unused(place);
            return AfterRun { spare: Some(body), removed: None, is_news: true };
        }
        let spare = record.put_back(body);
        AfterRun { spare, removed: self.remove_or_requeue(place), is_news: true }
    }

    /// Begins an attempt that is due.
    pub(super) fn begin_attempt(&mut self, row: u32, now: Timestamp) -> Option<Launch> {
        let record = self.records.get_mut(row as usize)?.as_mut()?;
        let place = Place { id: record.id, row };
        let is_async = record.is_async();
        let is_on_worker = record.executor() == Executor::Workers && !is_async;
        if is_on_worker || self.is_hooked || record.hooks().is_some() {
            let watched = record.attempts_mut()?.due()?;
            let Phase::Due { failure } = &watched.phase else { return None };
            watched.phase = Phase::Submitted { failure: failure.clone() };
            let run = watched.run;
            self.in_progress += 1;
            let terms = Terms::new(Windows::default(), None);
            let submission = Submission { place, label: self.record(place)?.label(), run, terms };
            return Some(if is_on_worker { Launch::Submit(submission) } else { Launch::Hooked(submission) });
        }
        let watched = record.attempts_mut()?.due()?.clone();
        let started = self.start_attempt(place, &watched, now)?;
        self.in_progress += 1;
        #[cfg(feature = "tokio")]
        if is_async {
            return Some(Launch::Spawn(started));
        }
        Some(Launch::Here(started))
    }

    fn start_attempt(&mut self, place: Place, watched: &WatchedRun, now: Timestamp) -> Option<Started> {
        let record = self.record_mut(place)?;
        let body = record.begin_attempt(now)?;
        let run = RunRecord { started_at: now, ..watched.run };
        if let Some(watched) = record.attempts_mut().and_then(|attempts| attempts.find(run.id)) {
            // Until it is watched, which follows at once.
            watched.phase = Phase::Running { since: Duration::ZERO, deadline: None };
        }
        let (label, run_count, is_counted) = (record.label(), watched.run_count, watched.is_counted);
        Some(Started {
            row: place.row,
            body,
            label,
            run,
            run_count,
            is_counted,
            flags: RunFlags::watched(true),
            span: RunSpan::none(),
        })
    }

    /// Begins an attempt that a worker has taken. `Err` if the run has ended, or the job is paused.
    pub(super) fn begin_submitted_attempt(
        &mut self,
        place: Place,
        run: &RunRecord,
        now: Timestamp,
    ) -> Result<Started, Box<Unbegun>> {
        let is_paused = self.is_paused();
        let record = self.record_mut(place);
        let is_held = record.as_ref().is_some_and(|record| record.is_paused()) || is_paused;
        let watched = record.and_then(|record| record.attempts_mut()?.find(run.id));
        if let Some(watched) = watched.filter(|watched| watched.run.attempt == run.attempt) {
            let copy = watched.clone();
            let started = if is_held { None } else { self.start_attempt(place, &copy, now) };
            if let Some(started) = started {
                return Ok(started);
            }
            // It begins when the job is resumed, or when the body is back: an update may have left the job with one
            // body, which another run has.
            self.set_due_again(place, run);
        }
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
            if let Phase::Submitted { failure } = &watched.phase {
                watched.phase = Phase::Due { failure: failure.clone() };
            }
        }
    }

    /// Ends the runs of a job that wait for another attempt. Returns them as they have ended: with their last failure.
    pub(in crate::scheduler) fn end_waiting(&mut self, place: Place) -> Vec<(RunRecord, Outcome)> {
        let Some(attempts) = self.record_mut(place).and_then(|record| record.attempts_mut()) else {
            return Vec::new();
        };
        let waiting = attempts.take_waiting();
        let mut ended = Vec::new();
        for watched in waiting {
            let WatchedRun { run, is_counted, phase, .. } = watched;
            if let Phase::Waiting { until, .. } = phase {
                self.timers.remove(until, run.id);
            }
            if let Some(record) = self.record_mut(place) {
                record.end_instance(is_counted);
            }
            let (Phase::Waiting { failure, .. } | Phase::Due { failure } | Phase::Submitted { failure }) = phase else {
                continue;
            };
            // That of the attempt that has failed.
            let run = RunRecord { attempt: run.attempt - 1, ..run };
            if let Some(record) = self.record_mut(place) {
                record.record_outcome(&failure);
            }
            ended.push((run, failure));
        }
        ended
    }
}
