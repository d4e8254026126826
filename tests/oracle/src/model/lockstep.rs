//! The scheduler and the model, side by side: each operation is done to both, and after each they must be alike.

use std::{
    panic::resume_unwind,
    sync::{Arc, Mutex, Weak},
};

use chrono::{DateTime, TimeDelta, Utc};
use punctual::{CancelJob, Context, Error, Event, ManualClock, OnConflict, Outcome, Removal, Schedule, Scheduler};

use super::{
    addition::{plan, Addition},
    call::Call,
    choices::Choices,
    job::{Job, Plan},
    operation::{Operation, Situation, TAGS},
    registry::{Registry, Run},
    state::State,
};
use crate::{Choose, Draw, Zone};

pub(super) struct Lockstep {
    zone: &'static Zone,
    clock: ManualClock,
    scheduler: Scheduler,
    listens: bool,
    told: Arc<Mutex<Vec<Event>>>,
    state: Mutex<State>,
    /// For the bodies, which must not keep alive what keeps them.
    me: Weak<Lockstep>,
}

/// So many that it is worth while to look for one among others.
const MOST_JOBS: usize = 10;
const FUEL: usize = 12;
const FAILURE: &str = "the disk is full";
const PANIC: &str = "by design";

impl Lockstep {
    pub(super) fn new(zone: &'static Zone, now: DateTime<Utc>, listens: bool) -> Arc<Self> {
        let clock = ManualClock::new(now);
        // It draws its random lengths, and is to draw the same each time.
        let scheduler = Scheduler::builder().clock(clock.clone()).tz(zone.tz).seed(0).build().unwrap();
        let told: Arc<Mutex<Vec<Event>>> = Arc::default();
        if listens {
            let record = Arc::clone(&told);
            scheduler.on_event(move |event| record.lock().unwrap().push(event.clone()));
        }
        let state = Mutex::new(State::new(now));
        Arc::new_cyclic(|me| Lockstep { zone, clock, scheduler, listens, told, state, me: me.clone() })
    }

    /// Does one operation, which the bytes choose, and all that bodies do meanwhile.
    pub(super) fn step(&self, bytes: &[u8]) -> Result<(), String> {
        {
            let mut state = self.state.lock().unwrap();
            state.choices = Choices::new(bytes);
            state.fuel = FUEL;
        }
        self.operate();
        self.verdict()
    }

    /// Clears the registry, so that the bodies go; tells how many runs were judged.
    pub(super) fn end(&self) -> Result<usize, String> {
        self.perform(&Operation::Clear);
        self.verdict()?;
        Ok(self.state.lock().unwrap().runs)
    }

    /// What is wrong, and what has been done until then.
    fn verdict(&self) -> Result<(), String> {
        let state = self.state.lock().unwrap();
        match &state.wrong {
            Some(wrong) => Err(format!("{}\n{wrong}\nat {}", state.done.join("\n"), self.clock.now())),
            None => Ok(()),
        }
    }

    fn operate(&self) {
        let mut state = self.state.lock().unwrap();
        if state.is_over() {
            return;
        }
        let State { choices, model, last, depth, .. } = &mut *state;
        let situation = Situation {
            zone: self.zone,
            now: model.now,
            next: model.next(),
            jobs: model.jobs.len(),
            is_inside_body: *depth > 0,
            last: last.as_ref(),
        };
        let operation = Operation::draw(choices, &situation);
        drop(state);
        self.perform(&operation);
    }

    fn perform(&self, operation: &Operation) {
        {
            let state = &mut *self.state.lock().unwrap();
            state.done.push(format!("{}{operation}", state.indent()));
            match *operation {
                Operation::Poll(wait) => self.wait(state, wait),
                Operation::Set(by) => self.set(state, by),
                Operation::SetThenPoll(by, wait) => {
                    self.set(state, by);
                    self.wait(state, wait);
                }
                Operation::RunNow(_) | Operation::RunAll(_) => {}
                ref other => self.change(state, other),
            }
        }
        match *operation {
            Operation::Poll(_) | Operation::SetThenPoll(..) => self.poll(),
            Operation::RunNow(job) => self.run_now(job),
            Operation::RunAll(delay) => self.run_all(delay),
            _ => {}
        }
        self.compare(&mut self.state.lock().unwrap());
    }

    fn wait(&self, state: &mut State, by: TimeDelta) {
        self.clock.advance(by.to_std().unwrap());
        state.model.advance(by);
    }

    fn set(&self, state: &mut State, by: TimeDelta) {
        self.clock.set(self.clock.now() + by);
        state.model.set(by);
    }

    /// Does what runs no body.
    fn change(&self, state: &mut State, operation: &Operation) {
        match *operation {
            Operation::Add(ref addition) => self.add(state, addition),
            Operation::Clear => {
                let jobs = state.model.registered();
                let expected = state.model.clear(&jobs);
                state.expect("clear", expected, self.scheduler.clear());
            }
            Operation::PauseAll => {
                let expected = state.model.pause_all();
                state.expect("pause", expected, self.scheduler.pause());
            }
            Operation::ResumeAll => {
                let expected = state.model.resume_all();
                state.expect("resume", expected, self.scheduler.resume());
            }
            Operation::ClearTagged(tag) => {
                let jobs = state.model.tagged(tag);
                let expected = state.model.remove_all(&jobs, Removal::Cleared);
                state.expect("clear_tagged", expected, self.scheduler.clear_tagged(tag));
            }
            Operation::Handle(job) => {
                let handle = if state.handles[job].is_none() { self.handle(state, job) } else { None };
                state.handles[job] = handle;
            }
            Operation::Cancel(job) | Operation::CancelJob(job) => {
                let Some(handle) = self.handle(state, job) else { return };
                let expected = state.model.remove_all(&[job], Removal::Cancelled) == 1;
                let by_handle = matches!(operation, Operation::Cancel(_));
                let got = if by_handle { handle.cancel() } else { self.scheduler.cancel_job(&handle) };
                state.expect("cancel", expected, got);
            }
            Operation::Pause(job) => {
                let Some(handle) = self.handle(state, job) else { return };
                let expected = state.model.pause(job);
                state.expect("pause", expected, handle.pause());
            }
            Operation::Resume(job) => {
                let Some(handle) = self.handle(state, job) else { return };
                let expected = state.model.resume(job);
                state.expect("resume", expected, handle.resume());
            }
            Operation::Tag(job, tag) => {
                let Some(handle) = self.handle(state, job) else { return };
                state.model.tag(job, tag);
                state.expect("tag", true, handle.tag(tag).is_ok());
            }
            Operation::Trigger(job) => {
                let Some(handle) = self.handle(state, job) else { return };
                let expected = state.model.trigger(job);
                state.expect("trigger", expected, handle.trigger());
            }
            Operation::Reschedule(job, ref schedule) => self.reschedule(state, job, schedule),
            _ => unreachable!("{operation} runs bodies"),
        }
    }

    fn add(&self, state: &mut State, addition: &Addition) {
        state.last = Some(addition.schedule.clone());
        state.model.read_clock();
        let Ok(plan) = plan(&addition.schedule, self.zone, state.model.now) else { return };
        let known = addition.labels.key.and_then(|key| state.model.keyed(key));
        if known.is_none() && state.model.registered().len() >= MOST_JOBS {
            return;
        }
        let (me, number) = (self.me.clone(), known.unwrap_or(state.model.jobs.len()));
        let body = move |context: &Context| me.upgrade().map_or(Ok(None), |lockstep| lockstep.run(number, context));
        let job = match addition.register(&self.scheduler, body) {
            Err(error) if error.is_conflict() => {
                let is_right = plan.is_some() && known.is_some() && addition.on_conflict == OnConflict::Fail;
                return state.expect("a conflict", true, is_right);
            }
            Err(error) => return self.refused(state, plan, &error),
            Ok(job) => job,
        };
        match (plan, known) {
            (None, _) => state.wrong(format!("not refused: {job}")),
            (Some(plan), None) => {
                state.model.add(Job::new(plan, addition.labels.clone()));
                state.ids.push(job.id());
                state.handles.push(Some(job));
            }
            (Some(plan), Some(known)) => {
                state.expect("the job with the key", state.ids[known], job.id());
                match addition.on_conflict {
                    OnConflict::Update => state.model.update(known, plan, addition.labels.clone()),
                    OnConflict::Keep => {}
                    _ => state.wrong(format!("no conflict: {job}")),
                }
            }
        }
    }

    fn reschedule(&self, state: &mut State, job: usize, schedule: &Schedule) {
        state.last = Some(schedule.clone());
        let Some(handle) = self.handle(state, job) else { return };
        state.model.read_clock();
        let Ok(plan) = plan(schedule, self.zone, state.model.now) else { return };
        match (handle.reschedule(schedule), plan) {
            (Err(error), plan) => self.refused(state, plan, &error),
            (Ok(_), None) => state.wrong(format!("not refused: {handle}")),
            (Ok(is_there), Some(plan)) => {
                let expected = state.model.reschedule(job, plan);
                state.expect("reschedule", expected, is_there);
            }
        }
    }

    /// A schedule is refused if it has no slot, or the first that it may have is past its deadline.
    fn refused(&self, state: &mut State, plan: Option<Plan>, error: &Error) {
        if plan.is_some() {
            state.wrong(format!("refused: {error}"));
        }
    }

    /// A handle of a job, unless it is gone and so is its last handle.
    fn handle(&self, state: &State, job: usize) -> Option<punctual::Job> {
        state.handles[job]
            .clone()
            .or_else(|| self.scheduler.jobs().into_iter().find(|other| other.id() == state.ids[job]))
    }

    fn poll(&self) {
        self.call(|model| Call::Pass { pass: model.begin_pass(), ran: 0 });
        let ran = self.scheduler.run_pending();
        self.returned(ran);
    }

    fn run_now(&self, job: usize) {
        let Some(handle) = self.handle(&self.state.lock().unwrap(), job) else { return };
        let mut begins = false;
        self.call(|model| {
            let run = model.begin_by_hand(job);
            begins = run.is_some();
            Call::RunNow(run)
        });
        let began = handle.run_now();
        self.returned(0);
        self.state.lock().unwrap().expect("run_now", begins, began);
    }

    fn run_all(&self, delay: TimeDelta) {
        self.call(|model| Call::RunAll { jobs: model.registered().into(), delay, ran: 0 });
        let ran = self.scheduler.run_all_with_delay(delay.to_std().unwrap());
        self.returned(ran);
    }

    fn call(&self, call: impl FnOnce(&mut Registry) -> Call) {
        let mut state = self.state.lock().unwrap();
        let call = call(&mut state.model);
        state.calls.push(call);
    }

    /// All that was to run has run, when a call returns.
    fn returned(&self, count: usize) {
        let mut state = self.state.lock().unwrap();
        state.settle_ended();
        let mut call = state.calls.pop().expect("what returns was called");
        if state.is_over() {
            return;
        }
        if let Some(Run { job, .. }) = call.begin_next(&mut state.model) {
            return state.wrong(format!("job {job} has not run"));
        }
        if let Call::Pass { ran, .. } | Call::RunAll { ran, .. } = call {
            state.expect("the number of runs", ran, count);
        }
    }

    /// What each body does.
    fn run(&self, number: usize, context: &Context) -> Result<Option<CancelJob>, &'static str> {
        let mut state = self.state.lock().unwrap();
        state.settle_ended();
        if state.is_over() {
            return Ok(None);
        }
        let State { calls, model, .. } = &mut *state;
        let Some(run) = calls.last_mut().and_then(|call| call.begin_next(model)) else {
            state.wrong(format!("job {number} runs, and none is to"));
            return Ok(None);
        };
        let line = format!("{}job {number} runs for {}", state.indent(), context.slot());
        state.done.push(line);
        let job = &state.model.jobs[run.job];
        let expected = (run.job, run.scheduled_at, job.run_count, state.model.now, job.labels.tags.clone());
        let run_count = usize::try_from(context.run_count()).unwrap();
        let got = (number, context.slot(), run_count, context.now(), context.tags().collect());
        state.expect("the run", expected, got);
        self.compare(&mut state);
        state.runs += usize::from(!state.is_over());
        let deeds = Draw::from(self.zone, &mut state.choices).one_of(&[0, 0, 0, 0, 0, 1, 1, 2, 3]);
        state.depth += 1;
        drop(state);
        for _ in 0..deeds {
            let mut state = self.state.lock().unwrap();
            if state.fuel == 0 {
                break;
            }
            state.fuel -= 1;
            drop(state);
            self.operate();
        }
        let mut state = self.state.lock().unwrap();
        state.depth -= 1;
        let outcome = match state.choices.choose(15) {
            13 => Outcome::Cancelled,
            14 => Outcome::Failed(FAILURE.to_owned()),
            15 => Outcome::Panicked(PANIC.to_owned()),
            _ => Outcome::Completed,
        };
        let line = format!("{}job {number} ends: {outcome:?}", state.indent());
        state.done.push(line);
        state.ended = Some((run, outcome.clone()));
        drop(state);
        match outcome {
            Outcome::Cancelled => Ok(Some(CancelJob)),
            Outcome::Failed(_) => Err(FAILURE),
            // Past the hook of the process, which would tell of it or end the process.
            Outcome::Panicked(_) => resume_unwind(Box::new(PANIC)),
            _ => Ok(None),
        }
    }

    /// All that can be asked of the scheduler is as the model has it.
    fn compare(&self, state: &mut State) {
        if state.is_over() {
            return;
        }
        state.model.read_clock();
        let idle = self.scheduler.idle();
        let jobs = self.scheduler.jobs();
        state.adopt_draws(&jobs);
        if state.is_over() {
            return;
        }
        state.expect("is_paused", state.model.is_paused, self.scheduler.is_paused());
        let next = self.scheduler.next_run();
        if !state.model.possible_next().contains(&next) {
            state.expect("next_run", state.model.next(), next);
        }
        state.expect("idle", state.model.time_until(next), idle);
        for tag in TAGS {
            state.expect("jobs_tagged", state.model.tagged(tag), state.numbers(&self.scheduler.jobs_tagged(tag)));
            let next = state.model.next_tagged(tag);
            state.expect("next_run_tagged", next, self.scheduler.next_run_tagged(tag));
        }
        state.expect("jobs", state.model.registered(), state.numbers(&jobs));
        let handles: Vec<punctual::Job> = state.handles.iter().flatten().cloned().chain(jobs).collect();
        handles.iter().for_each(|job| state.compare_job(job));
        let told = std::mem::take(&mut *self.told.lock().unwrap());
        let told = told.iter().map(|event| state.told(event)).collect();
        let expected = std::mem::take(&mut state.model.told);
        if self.listens {
            state.expect("events", expected, told);
        }
    }
}
