//! What the lockstep knows: the model, the handles, and what has been done.

use std::fmt::Debug;

use chrono::{DateTime, Utc};
use punctual::{Event, EventKind, Job, JobId, Outcome, Run as RunData, Schedule, Skip};

use super::{
    call::Call,
    choices::Choices,
    operation::TAGS,
    registry::{Registry, Run, Told},
};

pub(super) struct State {
    pub(super) choices: Choices,
    pub(super) model: Registry,
    /// By the number of the job.
    pub(super) handles: Vec<Option<Job>>,
    pub(super) ids: Vec<JobId>,
    pub(super) last: Option<Schedule>,
    pub(super) calls: Vec<Call>,
    /// The run that has just ended, as far as the model does not know yet.
    pub(super) ended: Option<(Run, Outcome)>,
    /// How many runs were as they must be.
    pub(super) runs: usize,
    /// How many bodies are running, one inside the other.
    pub(super) depth: usize,
    /// How many operations the bodies may do before the next operation that is none of theirs.
    pub(super) fuel: usize,
    /// The sequence number of the last event.
    pub(super) last_event: u64,
    pub(super) done: Vec<String>,
    pub(super) wrong: Option<String>,
}

impl State {
    pub(super) fn new(now: DateTime<Utc>) -> Self {
        State {
            choices: Choices::default(),
            model: Registry::new(now),
            handles: Vec::new(),
            ids: Vec::new(),
            last: None,
            calls: Vec::new(),
            ended: None,
            runs: 0,
            depth: 0,
            fuel: 0,
            last_event: 0,
            done: Vec::new(),
            wrong: None,
        }
    }

    pub(super) fn indent(&self) -> String {
        "    ".repeat(self.depth + 1)
    }

    pub(super) fn is_over(&self) -> bool {
        self.wrong.is_some() || self.model.is_lost
    }

    pub(super) fn wrong(&mut self, what: String) {
        self.wrong.get_or_insert(what);
    }

    pub(super) fn expect<T: PartialEq + Debug>(&mut self, what: &str, expected: T, got: T) {
        if !self.is_over() && expected != got {
            self.wrong(format!("{what}:\n    expected {expected:?}\n    got      {got:?}"));
        }
    }

    pub(super) fn settle_ended(&mut self) {
        if let Some((run, outcome)) = self.ended.take() {
            self.model.end(&run, outcome);
        }
    }

    /// The numbers of jobs; one that was never registered has none of the model's.
    pub(super) fn numbers(&self, jobs: &[Job]) -> Vec<usize> {
        jobs.iter().map(|job| self.number(job.id())).collect()
    }

    fn number(&self, id: JobId) -> usize {
        self.ids.iter().position(|known| *known == id).unwrap_or(usize::MAX)
    }

    /// Takes over what the scheduler has drawn for those that are registered.
    pub(super) fn adopt_draws(&mut self, registered: &[Job]) {
        for number in 0..self.ids.len() {
            let job = registered.iter().find(|job| job.id() == self.ids[number]);
            if let Err(why) = self.model.adopt(number, job.and_then(Job::next_run)) {
                return self.wrong(why);
            }
        }
    }

    pub(super) fn compare_job(&mut self, handle: &Job) {
        let number = self.number(handle.id());
        let Some(job) = self.model.jobs.get(number) else { return };
        let name = job.labels.name.map_or_else(|| handle.name(), str::to_owned);
        let labels = (name, job.labels.key.map(str::to_owned), job.labels.tags.clone());
        let times = (self.model.seen(job.due), job.last_run, job.run_count);
        let fate = (job.is_registered, job.last_outcome.clone());
        let what = format!("job {number}");
        let run_count = usize::try_from(handle.run_count()).unwrap();
        self.expect(&what, times, (handle.next_run(), handle.last_run(), run_count));
        self.expect(&what, fate, (handle.is_scheduled(), handle.last_outcome()));
        let tags = handle.tags().iter().map(|tag| known(tag)).collect();
        self.expect(&what, labels, (handle.name(), handle.key(), tags));
    }

    pub(super) fn told(&mut self, event: &Event) -> Told {
        self.expect("the number of an event", self.last_event + 1, event.seq);
        self.last_event = event.seq;
        let number = event.job.map_or(usize::MAX, |id| self.number(id));
        match (event.kind, &event.run) {
            (EventKind::Added, None) => Told::Added(number),
            (EventKind::Modified, None) => Told::Modified(number),
            (EventKind::Started, Some(RunData { slot, outcome: None, .. })) => Told::Started(number, *slot),
            (EventKind::Executed, Some(RunData { slot, outcome: Some(outcome), .. })) if outcome.is_success() => {
                Told::Executed(number, *slot)
            }
            (EventKind::Failed, Some(RunData { slot, outcome: Some(outcome), .. })) => {
                Told::Failed(number, *slot, outcome.clone())
            }
            (EventKind::Removed(why), None) => Told::Removed(number, why),
            (EventKind::AllRemoved, None) => Told::AllRemoved,
            (EventKind::SchedulerPaused, None) => Told::Paused,
            (EventKind::SchedulerResumed, None) => Told::Resumed,
            (EventKind::Skipped(Skip::Window), Some(run)) => Told::Skipped(number, run.slot),
            _ => Told::Other(event.clone()),
        }
    }
}

/// The tag as it was given.
fn known(tag: &str) -> &'static str {
    TAGS.into_iter().find(|known| *known == tag).unwrap_or("unknown")
}
