//! Random sequences of operations on jobs with random policies: whatever happens, runs begin and end as promised.
//!
//! What is judged are the events, whose order is that in which things happened. Bodies on workers block until an operation
//! ends them, so there are real threads; no clock but the manual one passes.

use std::{
    cell::Cell,
    collections::{BTreeMap, BTreeSet, VecDeque},
    sync::{
        mpsc::{channel, RecvTimeoutError},
        Arc, Condvar, Mutex, PoisonError,
    },
    thread::{self, ThreadId},
    time::Duration,
};

use chrono::{DateTime, TimeDelta, Utc};
use proptest::{
    collection::vec,
    option,
    prelude::{any, prop_oneof, Just, Strategy},
    test_runner::{Config, RngAlgorithm, TestCaseError, TestRng, TestRunner},
};
use punctual::{
    Coalesce, Context, Event, EventKind, Job, JobId, Outcome, Overlap, Retry, RunId, Scheduler, Skip, Veto,
};

use crate::support::{seconds, Stage};

/// Some five seconds' worth, without optimization.
const CASES: u32 = 1_000;

/// Longer than a case takes.
const TIMEOUT: Duration = Duration::from_secs(60);

const WORKERS: usize = 2;

#[derive(Clone, Debug)]
struct Kind {
    every: u64,
    instances: Option<u64>,
    coalesce: Coalesce,
    overlap: Option<Overlap>,
    grace: Option<u64>,
    retries: Option<u32>,
    timeout: Option<u64>,
    times: Option<u64>,
    /// Seconds until its deadline.
    until: Option<u64>,
    priority: i32,
    is_in_pool: bool,
    hook: Option<Hook>,
}

/// What is called around the attempts of a job.
#[derive(Clone, Copy, Debug)]
enum Hook {
    Passes,
    /// Vetoes every third attempt.
    Vetoes,
    /// Panics before every third attempt, which is a veto, and after all.
    Panics,
}

#[derive(Clone, Copy, Debug)]
enum Operation {
    Advance(u64),
    Poll,
    /// Ends the body that has been blocked for longest.
    End(Answer),
    /// What the next body answers that is called in the thread of the test.
    Next(Answer),
    Pause(usize),
    Resume(usize),
    PauseAll,
    ResumeAll,
    Cancel(usize),
    RunNow(usize),
    Trigger(usize),
    Shutdown,
    SetBack(u64),
    /// Registers a job again, under its key.
    Redeclare(usize),
    Explain(usize, i64),
}

#[derive(Clone, Copy, Debug)]
enum Answer {
    Done,
    Fails,
    Panics,
    /// Takes so many seconds, while another poll comes.
    Slow(u64),
    /// The same, and fails.
    SlowFails(u64),
}

fn kinds() -> impl Strategy<Value = Kind> {
    let coalesce = prop_oneof![Just(Coalesce::Latest), Just(Coalesce::Earliest), (1_u32..5).prop_map(Coalesce::All)];
    let overlap = option::of(prop_oneof![Just(Overlap::Skip), (1_u32..4).prop_map(Overlap::Queue)]);
    let late = (coalesce, overlap, option::of(1_u64..6));
    let attempts = (option::of(1_u32..4), option::of(1_u64..4));
    let numbers = (1_u64..4, option::of(1_u64..4), option::of(1_u64..6));
    let hook = option::of(prop_oneof![Just(Hook::Passes), Just(Hook::Vetoes), Just(Hook::Panics)]);
    let rest = (option::weighted(0.2, 4_u64..60), -1_i32..2, any::<bool>(), hook);
    (late, attempts, numbers, rest).prop_map(|(late, attempts, numbers, rest)| {
        let ((coalesce, overlap, grace), (retries, timeout), (every, instances, times)) = (late, attempts, numbers);
        let (until, priority, is_in_pool, hook) = rest;
        Kind { every, instances, coalesce, overlap, grace, retries, timeout, times, until, priority, is_in_pool, hook }
    })
}

fn operations() -> impl Strategy<Value = Operation> {
    let answer = || {
        prop_oneof![
            4 => Just(Answer::Done),
            4 => Just(Answer::Fails),
            1 => Just(Answer::Panics),
            2 => (1_u64..6).prop_map(Answer::Slow),
            2 => (1_u64..6).prop_map(Answer::SlowFails),
        ]
    };
    prop_oneof![
        8 => (0_u64..4_000).prop_map(Operation::Advance),
        12 => Just(Operation::Poll),
        6 => answer().prop_map(Operation::End),
        6 => answer().prop_map(Operation::Next),
        2 => any::<usize>().prop_map(Operation::Pause),
        3 => any::<usize>().prop_map(Operation::Resume),
        1 => Just(Operation::PauseAll),
        2 => Just(Operation::ResumeAll),
        1 => any::<usize>().prop_map(Operation::Cancel),
        3 => any::<usize>().prop_map(Operation::RunNow),
        3 => any::<usize>().prop_map(Operation::Trigger),
        1 => Just(Operation::Shutdown),
        1 => (1_u64..20).prop_map(Operation::SetBack),
        2 => any::<usize>().prop_map(Operation::Redeclare),
        2 => (any::<usize>(), -20_i64..20).prop_map(|(job, by)| Operation::Explain(job, by)),
    ]
}

/// What bodies wait for, and answer.
struct Gate {
    state: Mutex<Answers>,
    changed: Condvar,
    /// Bodies in this thread do not wait.
    main: ThreadId,
}

#[derive(Default)]
struct Answers {
    is_open: bool,
    blocked: usize,
    on_workers: VecDeque<Answer>,
    in_main: VecDeque<Answer>,
}

impl Gate {
    fn answer(&self) -> Answer {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        if thread::current().id() == self.main {
            return state.in_main.pop_front().unwrap_or(Answer::Done);
        }
        state.blocked += 1;
        loop {
            if let Some(answer) = state.on_workers.pop_front() {
                state.blocked -= 1;
                return answer;
            }
            if state.is_open {
                return Answer::Done;
            }
            state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
    }
}

/// What the hooks of all jobs were called with.
#[derive(Default)]
struct HookLog {
    begun: usize,
    /// The attempts that they have let begin: how often, and the outcomes that they were told. An attempt that could not
    /// begin, because its job was paused meanwhile, comes again.
    passed: BTreeMap<(RunId, u32), (usize, Vec<Outcome>)>,
}

impl Hook {
    fn begin(self, log: &Arc<Mutex<HookLog>>, context: &Context) -> Result<impl FnOnce(&Outcome) + Send, Veto> {
        let attempt = (context.run().id, context.attempt());
        {
            let mut log = log.lock().unwrap();
            log.begun += 1;
            match self {
                Hook::Vetoes if log.begun % 3 == 0 => return Err("by design".into()),
                Hook::Panics if log.begun % 3 == 0 => {
                    drop(log);
                    panic!("by design");
                }
                Hook::Passes | Hook::Vetoes | Hook::Panics => log.passed.entry(attempt).or_default().0 += 1,
            }
        }
        let log = Arc::clone(log);
        Ok(move |outcome: &Outcome| {
            log.lock().unwrap().passed.entry(attempt).or_default().1.push(outcome.clone());
            assert!(!matches!(self, Hook::Panics), "by design");
        })
    }
}

fn register(
    stage: &Stage,
    n: usize,
    kind: &Kind,
    gate: &Arc<Gate>,
    hooks: &Arc<Mutex<HookLog>>,
) -> punctual::Result<Job> {
    let mut sentence = stage.every().seconds(kind.every).coalesce(kind.coalesce).priority(kind.priority);
    sentence = sentence.key(format!("job {n}"));
    if let Some(until) = kind.until {
        sentence = sentence.until("2024-01-10T12:00:00Z".parse::<DateTime<Utc>>().unwrap() + seconds(until));
    }
    if let Some(hook) = kind.hook {
        let hooks = Arc::clone(hooks);
        sentence = sentence.around(move |context| hook.begin(&hooks, context));
    }
    if let Some(grace) = kind.grace {
        sentence = sentence.misfire_grace(seconds(grace));
    }
    if let Some(retries) = kind.retries {
        sentence = sentence.retry(Retry::fixed(seconds(1)).times(retries));
    }
    if let Some(timeout) = kind.timeout {
        sentence = sentence.timeout(seconds(timeout));
    }
    if let Some(times) = kind.times {
        sentence = sentence.times(times);
    }
    if let Some(overlap) = kind.overlap {
        sentence = sentence.overlap(overlap);
    }
    let (gate, clock, weak) = (Arc::clone(gate), stage.clock.clone(), stage.scheduler.downgrade());
    let body = move || {
        let answer = gate.answer();
        if let Answer::Slow(length) | Answer::SlowFails(length) = answer {
            clock.advance(seconds(length));
            if let Some(scheduler) = weak.upgrade() {
                scheduler.run_pending();
            }
        }
        match answer {
            Answer::Done | Answer::Slow(_) => Ok(()),
            Answer::Fails | Answer::SlowFails(_) => Err("by design"),
            Answer::Panics => panic!("by design"),
        }
    };
    match kind.instances {
        None => sentence.run(body),
        Some(n) if kind.is_in_pool => sentence.pool("small").max_instances(n).run(body),
        Some(n) => sentence.max_instances(n).run(body),
    }
}

/// A scheduler, its jobs, and what was heard.
struct Case {
    stage: Stage,
    gate: Arc<Gate>,
    kinds: Vec<Kind>,
    jobs: Vec<Job>,
    events: Arc<Mutex<Vec<Event>>>,
    hooks: Arc<Mutex<HookLog>>,
    /// The number of events before the clock was set back: later slots repeat.
    set_back_at: Option<usize>,
}

impl Case {
    fn new(kinds: Vec<Kind>) -> Self {
        let stage = Stage::with_workers("2024-01-10T12:00:00Z".parse().unwrap(), WORKERS);
        let gate = Gate { state: Mutex::default(), changed: Condvar::new(), main: thread::current().id() };
        let gate = Arc::new(gate);
        let events = Arc::new(Mutex::new(Vec::new()));
        let heard = Arc::clone(&events);
        stage.scheduler.on_event(move |event| heard.lock().unwrap().push(event.clone()));
        stage.scheduler.add_pool("small", 1).unwrap();
        let hooks = Arc::default();
        let register = |(n, kind)| register(&stage, n, kind, &gate, &hooks).unwrap();
        let jobs = kinds.iter().enumerate().map(register).collect();
        Case { stage, gate, kinds, jobs, events, hooks, set_back_at: None }
    }

    fn scheduler(&self) -> &Scheduler {
        &self.stage.scheduler
    }

    fn job(&self, n: usize) -> &Job {
        &self.jobs[n % self.jobs.len()]
    }

    fn apply(&mut self, operation: Operation) {
        let clock = self.stage.clock.clone();
        match operation {
            Operation::Advance(millis) => clock.advance(Duration::from_millis(millis)),
            Operation::Poll => {
                self.scheduler().run_pending();
                // Workers may begin what was submitted, which makes for more cases. Nothing depends on it.
                (0..20).for_each(|_| thread::yield_now());
            }
            Operation::End(answer) => {
                let mut state = self.gate.state.lock().unwrap();
                if state.on_workers.len() < state.blocked {
                    state.on_workers.push_back(answer);
                    drop(state);
                    self.gate.changed.notify_all();
                }
            }
            Operation::Next(answer) => self.gate.state.lock().unwrap().in_main.push_back(answer),
            Operation::Pause(n) => drop(self.job(n).pause()),
            Operation::Resume(n) => drop(self.job(n).resume()),
            Operation::PauseAll => drop(self.scheduler().pause()),
            Operation::ResumeAll => drop(self.scheduler().resume()),
            Operation::Cancel(n) => drop(self.job(n).cancel()),
            // A moment of its own, so that it is no slot of the grid.
            Operation::RunNow(n) => {
                clock.advance(Duration::from_millis(1));
                self.job(n).run_now();
            }
            Operation::Trigger(n) => {
                clock.advance(Duration::from_millis(1));
                self.job(n).trigger();
            }
            Operation::Shutdown => drop(self.scheduler().shutdown(false)),
            Operation::SetBack(by) => {
                self.set_back_at.get_or_insert(self.events.lock().unwrap().len());
                clock.set(clock.now() - seconds(by));
            }
            Operation::Redeclare(n) => {
                let n = n % self.jobs.len();
                // If it was removed, this would be another job. Its deadline may be over.
                if self.jobs[n].is_scheduled() {
                    drop(register(&self.stage, n, &self.kinds[n], &self.gate, &self.hooks));
                }
            }
            Operation::Explain(n, by) => {
                let explanation = self.job(n).explain(TimeDelta::seconds(by)).unwrap();
                assert!(!explanation.to_string().is_empty());
            }
        }
    }

    /// Lets everything end, and judges what was heard.
    fn end(self, is_cleared: bool) -> Result<usize, TestCaseError> {
        if is_cleared {
            self.scheduler().clear();
        }
        self.gate.state.lock().unwrap().is_open = true;
        self.gate.changed.notify_all();
        let unfinished = self.scheduler().shutdown(true);
        let fail = |why: String| Err(TestCaseError::fail(why));
        if !unfinished.is_empty() {
            return fail(format!("still running: {unfinished:?}"));
        }
        if let Some(job) = self.jobs.iter().find(|job| job.is_running()) {
            return fail(format!("still running: {job}"));
        }
        let events = std::mem::take(&mut *self.events.lock().unwrap());
        judge_hooks(&self.hooks.lock().unwrap(), &events).map_err(TestCaseError::fail)?;
        for (job, kind) in self.jobs.iter().zip(&self.kinds) {
            let of_job: Vec<(usize, &Event)> =
                events.iter().enumerate().filter(|(_, event)| event.job == Some(job.id())).collect();
            let ended_early = self.set_back_at.unwrap_or(usize::MAX);
            judge(job.id(), kind, &of_job, ended_early).map_err(|why| {
                let told: Vec<String> = of_job.iter().map(|(_, event)| tell(event)).collect();
                TestCaseError::fail(format!("{why}\n{job}\n{}", told.join("\n")))
            })?;
            let runs = starts(&of_job);
            if job.run_count() != runs as u64 {
                return fail(format!("{runs} runs have started: {job}"));
            }
            let is_over = kind.times.is_some_and(|times| job.run_count() == times);
            if is_over && job.is_scheduled() {
                // A slot may be claimed, which the next poll forgets.
                self.scheduler().resume();
                self.scheduler().run_pending();
            }
            if is_over && job.is_scheduled() {
                return fail(format!("it has had its last run: {job}"));
            }
        }
        Ok(events.iter().filter(|event| event.kind == EventKind::Started).count())
    }
}

fn tell(event: &Event) -> String {
    let run = event.run.as_ref().map(|run| format!("run {} attempt {} slot {}", run.id, run.attempt, run.slot.time()));
    format!("{} {:?} {} {:?}", event.at.time(), event.kind, run.unwrap_or_default(), event.outcome())
}

fn starts(events: &[(usize, &Event)]) -> usize {
    let is_first = |event: &Event| event.run.as_ref().is_some_and(|run| run.attempt == 1);
    events.iter().filter(|(_, event)| event.kind == EventKind::Started && is_first(event)).count()
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Progress {
    Submitted,
    Running(u32),
    Waiting(u32),
    Over,
}

/// Whether each closure that a hook returned was called once, with the outcome of its attempt.
fn judge_hooks(hooks: &HookLog, events: &[Event]) -> Result<(), String> {
    for ((run, attempt), (passed, told)) in &hooks.passed {
        let wrong = || Err(format!("run {run}, attempt {attempt} passed {passed} times, and was told {told:?}"));
        let Some((told, before)) = told.split_last().filter(|_| told.len() == *passed) else { return wrong() };
        if !before.iter().all(|told| matches!(told, Outcome::Aborted(_))) {
            return wrong();
        }
        let is_end = |event: &&Event| {
            let is_of = event.run.as_ref().is_some_and(|other| (other.id, other.attempt) == (*run, *attempt));
            is_of && matches!(event.kind, EventKind::Executed | EventKind::Failed | EventKind::Retrying)
        };
        match events.iter().find(is_end).and_then(Event::outcome) {
            Some(outcome) if outcome != told => {
                return Err(format!("run {run}, attempt {attempt}: {told}, and in the event {outcome}"));
            }
            // It had not begun.
            None if !matches!(told, Outcome::Aborted(_)) => {
                return Err(format!("run {run}, attempt {attempt} has no end: {told}"));
            }
            Some(_) | None => {}
        }
    }
    Ok(())
}

/// Whether the events of a job are those of runs that begin and end as they may. Slots are judged up to an event.
fn judge(job: JobId, kind: &Kind, events: &[(usize, &Event)], until: usize) -> Result<(), String> {
    let most = kind.instances.unwrap_or(1) as usize;
    let mut runs: BTreeMap<RunId, Progress> = BTreeMap::new();
    let (mut slots, mut skipped) = (BTreeSet::<DateTime<Utc>>::new(), BTreeSet::<DateTime<Utc>>::new());
    for (n, event) in events {
        let Some(run) = &event.run else { continue };
        if run.job != job {
            return Err(format!("the run of another job: {}", tell(event)));
        }
        let before = runs.get(&run.id).copied();
        let attempt = run.attempt;
        let after = match (event.kind, before) {
            (EventKind::Submitted, None) => Progress::Submitted,
            // A further attempt may be submitted.
            (EventKind::Submitted, Some(Progress::Waiting(last))) if attempt == last + 1 => Progress::Waiting(last),
            (EventKind::Started, None | Some(Progress::Submitted)) if attempt == 1 => {
                if *n < until && (!slots.insert(run.slot) || skipped.contains(&run.slot)) {
                    return Err(format!("a second run for the slot: {}", tell(event)));
                }
                Progress::Running(1)
            }
            (EventKind::Started, Some(Progress::Waiting(last))) if attempt == last + 1 => Progress::Running(attempt),
            (EventKind::Retrying, Some(Progress::Running(now))) if now == attempt => Progress::Waiting(attempt),
            (EventKind::Executed | EventKind::Failed, Some(Progress::Running(now))) if now == attempt => Progress::Over,
            // Ended while it waited.
            (EventKind::Failed, Some(Progress::Waiting(last))) if last == attempt => Progress::Over,
            // The run ends with the failure of the last attempt.
            (EventKind::Skipped(Skip::Vetoed), Some(Progress::Waiting(last))) if attempt == last + 1 => {
                Progress::Waiting(last)
            }
            (EventKind::Skipped(_), None | Some(Progress::Submitted)) => {
                if *n < until && (!skipped.insert(run.slot) || slots.contains(&run.slot)) {
                    return Err(format!("a slot is skipped twice, or has a run: {}", tell(event)));
                }
                Progress::Over
            }
            _ => return Err(format!("{before:?}, then {}", tell(event))),
        };
        if attempt > kind.retries.unwrap_or(0) + 1 {
            return Err(format!("an attempt too many: {}", tell(event)));
        }
        if event.outcome() == Some(&Outcome::TimedOut) && kind.timeout.is_none() {
            return Err(format!("no time limit: {}", tell(event)));
        }
        runs.insert(run.id, after);
        // A run that waits for another attempt holds its place.
        let in_progress =
            runs.values().filter(|run| matches!(run, Progress::Running(_) | Progress::Waiting(_))).count();
        if in_progress > most {
            return Err(format!("{in_progress} runs in progress: {}", tell(event)));
        }
    }
    if let Some((run, stage)) = runs.iter().find(|(_, run)| matches!(run, Progress::Running(_) | Progress::Waiting(_)))
    {
        return Err(format!("run {run} has not ended: {stage:?}"));
    }
    match kind.times {
        Some(times) if starts(events) as u64 > times => Err("a run too many".to_owned()),
        _ => Ok(()),
    }
}

#[test]
fn runs_begin_and_end_once_whatever_happens() {
    let (sender, ended) = channel();
    let (current, runs) = (Arc::new(Mutex::new(String::new())), Arc::new(Mutex::new(0)));
    let (judged, counted) = (Arc::clone(&current), Arc::clone(&runs));
    thread::spawn(move || {
        let started = Cell::new(0);
        let config = Config { cases: CASES, failure_persistence: None, max_shrink_iters: 4_000, ..Config::default() };
        let mut runner = match std::env::var("PUNCTUAL_POLICY_CASES").ok().and_then(|cases| cases.parse().ok()) {
            // The usual cases are the same each time; those that somebody asks for are new.
            None => TestRunner::new_with_rng(config, TestRng::deterministic_rng(RngAlgorithm::ChaCha)),
            Some(cases) => TestRunner::new(Config { cases, ..config }),
        };
        let all = (vec(kinds(), 1..4), vec(operations(), 1..100), any::<bool>());
        let result = runner.run(&all, |(kinds, operations, is_cleared)| {
            *judged.lock().unwrap() = format!("{kinds:#?} {operations:?} {is_cleared}");
            let mut case = Case::new(kinds);
            operations.into_iter().for_each(|operation| case.apply(operation));
            started.set(started.get() + case.end(is_cleared)?);
            Ok(())
        });
        *counted.lock().unwrap() = started.get();
        sender.send(result.map_err(|error| error.to_string())).unwrap();
    });
    let mut last = String::new();
    let result = loop {
        match ended.recv_timeout(TIMEOUT) {
            Ok(result) => break result,
            Err(RecvTimeoutError::Timeout) => {
                let current = current.lock().unwrap().clone();
                assert_ne!(current, last, "it hangs");
                last = current;
            }
            Err(RecvTimeoutError::Disconnected) => panic!("it panicked: {}", current.lock().unwrap()),
        }
    };
    result.unwrap_or_else(|error| panic!("{error}"));
    assert!(*runs.lock().unwrap() > 3 * CASES as usize, "{} runs only", runs.lock().unwrap());
}
