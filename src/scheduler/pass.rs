//! Runs, from their beginning to their end: in a pass over what is due, on a worker, or by hand.
//!
//! The lock is taken and given up in turns: locked to begin a run, unlocked to call the body, locked to end it.
//! Functions pass the lock guard along, so that the lock that ends one run also begins the next.

use std::{
    panic::{catch_unwind, resume_unwind, AssertUnwindSafe},
    sync::Arc,
    time::Duration,
};

use super::{
    guard::StateMut,
    registry::{AfterRun, Launch, Settled, Started, Submission, Terms, Unbegun},
    run_stack::{self, InsideRun},
    Core,
};
use crate::{
    clock::Reading,
    event::EventKind,
    executor::{self, Turn},
    job::{Call, Place, Record, DEFAULT_POOL},
    log_line::log_line,
    observe::PoolPlace,
    outcome::Outcome,
    run::RunRecord,
    text::Length,
    unwind::drop_quietly,
    wake::Bell,
    zone::machine,
};

impl Core {
    /// Runs what is due, as long as `keep_going` returns true, which is asked before each run. What is left is for the
    /// next poll.
    #[inline]
    pub(crate) fn run_pending(self: &Arc<Self>, keep_going: &dyn Fn() -> bool) -> usize {
        let reading = self.clock().read();
        // Most polls end here, without the lock.
        if self.is_idle(&reading) {
            return 0;
        }
        self.pass(reading, keep_going)
    }

    /// One pass: claims what is due, then begins, calls and ends each claimed run, in due order. Returns the number of
    /// runs.
    ///
    /// The claim fixes what is due: a job that a body adds waits for the next pass, and a job that a body cancels or
    /// pauses is withdrawn from this one.
    ///
    /// Several passes may be in progress: in other threads, or in this one, if a body polls. A pass begins its own
    /// claims and those that earlier passes have left, in one order, so that due order holds across passes:
    ///
    /// ```text
    /// pass 1 claims a, b     runs a, whose body polls:            finds nothing left
    /// pass 2 (in a)                       claims c, runs b, c
    /// ```
    #[inline(never)]
    fn pass(self: &Arc<Self>, reading: Reading, keep_going: &dyn Fn() -> bool) -> usize {
        let (mut state, pass) = self.claim_due(reading);
        if state.registry.is_hooked {
            return self.pass_with_hooks(state, pass, keep_going);
        }
        let mut ran = 0;
        while keep_going() {
            // The last body may have been slow: the next run starts at a later time, but is for the slot that was
            // claimed.
            let now = state.timekeeper.now();
            let Some(launch) = state.registry.begin_next::<false>(pass, now) else { break };
            ran += usize::from(!matches!(launch, Launch::Not(_) | Launch::Hooked(_)));
            state = match launch {
                Launch::Here(run) => self.run(state, run),
                #[cfg(feature = "tokio")]
                Launch::Spawn(run) => {
                    let (state, others) = self.spawn_next(state, run, pass, keep_going);
                    ran += others;
                    state
                }
                Launch::Submit(submission) => self.submit(state, submission),
                Launch::Hooked(submission) => {
                    let (state, is_begun) = self.run_hooked(state, submission);
                    ran += usize::from(is_begun);
                    state
                }
                Launch::Not(unbegun) => self.leave_out(state, *unbegun),
            };
        }
        ran
    }

    /// The rest of a [`pass`](Self::pass) of a scheduler that has hooks. Apart, so that others need not ask.
    #[cold]
    fn pass_with_hooks<'a>(
        self: &'a Arc<Self>,
        mut state: StateMut<'a>,
        pass: u64,
        keep_going: &dyn Fn() -> bool,
    ) -> usize {
        let mut ran = 0;
        while keep_going() {
            let now = state.timekeeper.now();
            let Some(launch) = state.registry.begin_next::<true>(pass, now) else { break };
            let (next, begun) = self.carry_out(state, launch);
            (state, ran) = (next, ran + usize::from(begun));
        }
        ran
    }

    /// Does what comes next in a pass. Returns the lock, and whether a run has begun, or was submitted.
    #[inline(never)]
    pub(super) fn carry_out<'a>(self: &'a Arc<Self>, state: StateMut<'a>, launch: Launch) -> (StateMut<'a>, bool) {
        match launch {
            Launch::Here(run) => (self.run(state, run), true),
            #[cfg(feature = "tokio")]
            Launch::Spawn(run) => (self.spawn_all(state, vec![run]), true),
            Launch::Submit(submission) => (self.submit(state, submission), true),
            Launch::Hooked(submission) => self.run_hooked(state, submission),
            Launch::Not(unbegun) => (self.leave_out(state, *unbegun), false),
        }
    }

    /// Claims what is due at this reading, for a new pass. Returns its number.
    fn claim_due(&self, reading: Reading) -> (StateMut<'_>, u64) {
        let mut state = self.enter(reading);
        if state.registry.has_timers() {
            state = self.look_at_attempts(state);
        }
        if state.registry.zone_watch.is_wanted() {
            // Before a slot is claimed: by other rules it may not be due.
            state = self.follow_zone(state, machine::look);
        }
        let now = state.timekeeper.now();
        let (pass, skipped) = state.registry.claim_due(now);
        if skipped.is_empty() {
            return (state, pass);
        }
        // Reporting unlocks. The claims stay valid meanwhile, or are withdrawn when their jobs change.
        self.emit_skipped(&mut state, &skipped);
        drop(state);
        self.report_skipped(&skipped);
        (self.enter_now(), pass)
    }

    /// Calls the body of a run that has begun, in this thread and unlocked, and ends the run. Returns the lock under
    /// which the run ended, or a later one.
    #[inline(always)]
    pub(super) fn run<'a>(&'a self, state: StateMut<'a>, run: Started) -> StateMut<'a> {
        self.call_and_end(state, run, true).unwrap_or_else(|| self.enter_now())
    }

    /// [`run`](Self::run), without a lock afterwards if another would have to be taken.
    #[inline(always)]
    fn call_and_end<'a>(&'a self, state: StateMut<'a>, mut run: Started, goes_on: bool) -> Option<StateMut<'a>> {
        if run.flags.is_watched() || !self.listeners().is_empty() {
            self.announce(state, &run);
        } else {
            drop(state);
        }
        self.observe_begin(&mut run);
        let outcome = self.call(&mut run);
        self.end(run, outcome, goes_on)
    }

    /// Reports that a run begins, to listeners and to the watch on its attempts, and gives up the lock.
    #[inline(never)]
    fn announce(&self, mut state: StateMut<'_>, run: &Started) {
        if run.flags.is_watched() {
            self.watch(&mut state, run);
        }
        self.emit(&mut state, Some(&run.label), Some(run.run.data(run.label.id)), EventKind::Started);
        drop(state);
        if run.flags.is_watched() {
            // A loop that sleeps has another time to wake at.
            self.bell().ring();
        }
        // Before the body is called, so that listeners hear of the start before the body does anything that they hear
        // of.
        self.deliver_inside(&run.label);
    }

    /// Calls the body of a run: the one place where bodies are called.
    #[inline(always)]
    fn call(&self, run: &mut Started) -> Outcome {
        log_line!(Debug, "running {}", run.label.name());
        let Started { row, body, label, run, run_count, span, .. } = run;
        let _inside = InsideRun::enter(self, label.id);
        let call = Call { run, run_count: *run_count, label, row: *row, host: self };
        executor::call(&mut **body, &call, span)
    }

    /// Ends a run: the one function in which every run ends, wherever it ran.
    ///
    /// If the end is routine and nobody observes it, returns the lock under which the run ended, so a pass locks once
    /// per run; but only to one that `goes_on`.
    #[inline(always)]
    pub(super) fn end(&self, run: Started, outcome: Outcome, goes_on: bool) -> Option<StateMut<'_>> {
        let is_observed = !run.flags.is_none()
            || !outcome.is_success()
            || !self.listeners().is_empty()
            || self.history() > 0
            || self.is_measured(&run);
        let mut state = self.lock();
        #[cfg(feature = "tokio")]
        state.registry.remove_task(run.task);
        if is_observed {
            return self.end_observed(state, run, outcome, goes_on);
        }
        let after = state.registry.end(run.place(), run.body, run.is_counted, &outcome);
        if after.is_none() && !self.bell().is_for_ends() {
            // There is nothing to drop, which costs a call to find out.
            std::mem::forget(after);
            // The clock is read after each body, so that `last_run` of the next job is true after a slow one. If it was
            // set, the lock has to be given up first.
            let is_next = goes_on && state.timekeeper.agrees(&self.clock().read());
            return is_next.then_some(state);
        }
        drop(state);
        self.follow_end(after);
        None
    }

    /// What is left to do after the end of a run.
    #[inline(never)]
    fn follow_end(&self, after: Option<AfterRun>) {
        let AfterRun { spare, removed, is_news } = after.unwrap_or_default();
        drop_quietly(spare);
        if removed.is_some() {
            self.report_removed(removed);
        } else if is_news || self.bell().is_for_ends() {
            self.bell().ring();
        }
    }

    #[inline(never)]
    fn end_observed<'a>(
        &'a self,
        mut state: StateMut<'a>,
        run: Started,
        outcome: Outcome,
        goes_on: bool,
    ) -> Option<StateMut<'a>> {
        // A clock may be a user's, and may panic. The run ends nevertheless, or its job would be in progress for ever;
        // the panic is resumed afterwards.
        let read = catch_unwind(AssertUnwindSafe(|| self.clock().read()));
        let last = (state.timekeeper.now(), state.timekeeper.monotonic());
        let (ended_at, monotonic) = read.as_ref().map_or(last, |read| (read.instant(), read.monotonic()));
        let place = run.place();
        let Started { body, label, run, is_counted, flags, span, .. } = run;
        let is_brief = flags.is_none() && outcome.is_success() && self.listeners().is_empty();
        let outcome = match flags.is_watched() {
            true => self.judge(&mut state, place, &run, outcome, monotonic),
            false => Some(outcome),
        };
        if let Some(outcome) = outcome.as_ref().filter(|_| flags.is_hooked()) {
            // The run keeps its place meanwhile, and is not settled: a wait for its end includes its hooks, and what
            // they do to the job decides whether it is tried again.
            drop(state);
            self.after_attempt(&label, &run, &outcome.clone().of_run());
            state = self.lock();
        }
        let settled = match outcome {
            Some(outcome) if flags.is_watched() => self.settle(&mut state, place, &run, outcome, (ended_at, monotonic)),
            Some(outcome) => Settled::Ended(outcome.of_run()),
            None => Settled::Stray,
        };
        let (after, outcome, again_at) = match settled {
            Settled::Ended(outcome) => {
                if self.history() > 0 {
                    // Before the end, after which the record may be gone.
                    state.registry.remember_run(place, run.ended(label.id, ended_at, &outcome));
                }
                let after = state.registry.end(place, body, is_counted, &outcome).unwrap_or_default();
                (after, Some(outcome), None)
            }
            Settled::Again { outcome, at } => (state.registry.park(place, body), Some(outcome), Some(at)),
            Settled::Stray => (state.registry.end_stray(place, &run, body), None, None),
        };
        if let Some(outcome) = outcome.as_ref().filter(|_| !self.listeners().is_empty()) {
            let kind = match again_at {
                Some(_) => EventKind::Retrying,
                None if outcome.is_success() => EventKind::Executed,
                None => EventKind::Failed,
            };
            self.emit(&mut state, Some(&label), Some(run.ended(label.id, ended_at, outcome)), kind);
        }
        self.emit_removed(&mut state, &after.removed);
        drop(state);
        if let Some(outcome) = outcome {
            self.report_attempt_in(&span, &label, &run, &outcome, again_at.map(|at| at - ended_at));
            self.measure_attempt(&label, &run, ended_at);
            span.end(&outcome);
        } else {
            span.end(&Outcome::TimedOut);
        }
        drop_quietly(after.spare);
        // A loop has another time to wake at, or waits for ends. Otherwise the events are all there is to report.
        if after.removed.is_some() || after.is_news || flags.is_watched() || self.bell().is_for_ends() {
            self.report_removed(after.removed);
        } else {
            self.deliver();
        }
        match read {
            // Nobody was called who may have taken long: the clock is read once after a body, as after any.
            Ok(reading) if is_brief && goes_on => Some(self.enter(reading)),
            Ok(_) => None,
            Err(panic) => resume_unwind(panic),
        }
    }

    /// Reports a run that does not begin.
    #[inline(never)]
    pub(super) fn leave_out<'a>(&'a self, state: StateMut<'a>, unbegun: Unbegun) -> StateMut<'a> {
        self.report_unbegun(state, unbegun);
        self.enter_now()
    }

    pub(super) fn report_unbegun(&self, mut state: StateMut<'_>, unbegun: Unbegun) {
        let Unbegun { skipped, ended, removed } = unbegun;
        self.emit_skipped(&mut state, skipped.as_slice());
        self.emit_ended(&mut state, &ended);
        self.emit_removed(&mut state, &removed);
        drop(state);
        self.report_skipped(skipped.as_slice());
        self.report_ended(&ended);
        self.report_removed(removed);
    }

    /// Submits a run to the workers. It counts as in progress from now on, although no worker has begun it.
    #[inline(never)]
    pub(super) fn submit<'a>(self: &'a Arc<Self>, mut state: StateMut<'a>, submission: Submission) -> StateMut<'a> {
        let Submission { place, label, run, terms } = submission;
        // With the lock held under which the run was made: its job is still there, and so is the pool that it names.
        let record = state.registry.record(place);
        let pool = self.pools().of(record.and_then(Record::pool));
        let name = record.and_then(Record::pool).unwrap_or(DEFAULT_POOL).to_owned();
        let turn = Turn { priority: record.map_or(0, Record::priority), slot: run.slot, run: run.id };
        if !self.listeners().is_empty() {
            self.emit(&mut state, Some(&label), Some(run.data(label.id)), EventKind::Submitted);
            drop(state);
            self.deliver_inside(&label);
        } else {
            drop(state);
        }
        let core = Arc::clone(self);
        let mut in_pool = PoolPlace::waiting(&name);
        let work = Box::new(move |is_to_begin| {
            if is_to_begin {
                in_pool.begin();
                core.run_submitted(place, run, terms);
            } else {
                core.drop_submitted(place, run);
            }
            in_pool.end();
        });
        pool.submit(turn, work);
        self.enter_now()
    }

    /// What a worker does with a submitted run: begins it, calls its body, ends it.
    fn run_submitted(self: &Arc<Self>, place: Place, run: RunRecord, terms: Terms) {
        let mut state = self.enter_somehow();
        let label = state.registry.record(place).map(Record::label);
        let begun = match label.filter(|_| state.registry.has_hooks(place)) {
            Some(label) => self.begin_hooked(state, Submission { place, label, run, terms }),
            None => {
                let now = state.timekeeper.now();
                match state.registry.begin_submitted(place, run, &terms, now) {
                    Ok(started) => Ok((state, started)),
                    Err(unbegun) => Err(self.leave_out(state, *unbegun)),
                }
            }
        };
        let Ok((state, started)) = begun else { return };
        // It may have been updated to an async body while it waited.
        #[cfg(feature = "tokio")]
        if state.registry.record(place).is_some_and(Record::is_async) {
            return drop(self.spawn_all(state, vec![started]));
        }
        self.run_alone(state, started);
    }

    /// Runs a body outside of a pass: on a worker, or by hand.
    #[inline(never)]
    fn run_alone(&self, state: StateMut<'_>, run: Started) {
        drop(self.call_and_end(state, run, false));
    }

    /// Runs a job in this thread, now. Returns `false` if the job is gone, or has as many runs in progress as it may
    /// have.
    pub(crate) fn run_now(self: &Arc<Self>, job: Place) -> bool {
        // A job with several instances is not full while one of them runs, but must not run inside that one either.
        if run_stack::contains(self, job.id) {
            return false;
        }
        let mut state = self.enter_now();
        let now = state.timekeeper.now();
        let Some(launch) = state.registry.begin_by_hand(job, now) else { return false };
        self.carry_out(state, launch).1
    }

    pub(super) fn run_all(self: &Arc<Self>, delay: Duration) -> usize {
        let all = self.read().all();
        log_line!(Debug, "running all {} jobs with {} in between", all.len(), Length::rounded(delay));
        let mut ran = 0;
        for job in all {
            let is_there = self.read().record(job).is_some_and(|record| record.is_registered());
            if ran > 0 && is_there && !delay.is_zero() {
                self.pause_for(delay);
            }
            ran += usize::from(self.run_now(job));
        }
        ran
    }

    /// Waits on the scheduler's clock; a `ManualClock` advances instead. The bell is a private one, which nobody rings.
    fn pause_for(&self, delay: Duration) {
        let (bell, start) = (Bell::default(), self.clock().read());
        loop {
            // A clock may return early, so the rest is computed again.
            let read = self.clock().read();
            let rest = delay.saturating_sub(read.monotonic().saturating_sub(start.monotonic()));
            if rest.is_zero() {
                return;
            }
            self.clock().wait(read, Some(rest), &bell.listen(false));
        }
    }

    /// The number of runs of this scheduler that this thread is inside of.
    pub(crate) fn runs_around(&self) -> u64 {
        run_stack::depth(self)
    }
}
