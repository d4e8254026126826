//! A registry as plain as can be: a list of jobs, looked through from its beginning for each question.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use punctual::{Event, Outcome, Removal};

use super::{
    job::{Job, Labels, Plan},
    rule::Unknown,
};

/// An event, by the number of the job.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Told {
    Added(usize),
    Modified(usize),
    Started(usize, DateTime<Utc>),
    Executed(usize, DateTime<Utc>),
    Failed(usize, DateTime<Utc>, Outcome),
    /// The window was closed when the run would have started.
    Skipped(usize, DateTime<Utc>),
    Removed(usize, Removal),
    AllRemoved,
    /// The scheduler was paused, or resumed.
    Paused,
    Resumed,
    /// What no job of the model makes.
    Other(Event),
}

/// A run that begins.
pub(super) struct Run {
    pub(super) job: usize,
    pub(super) scheduled_at: DateTime<Utc>,
}

pub(super) struct Registry {
    pub(super) now: DateTime<Utc>,
    /// How far the wall clock has been set forward in all, and the most that was read.
    set: TimeDelta,
    most: TimeDelta,
    /// How far the jobs have followed it back from there.
    followed: TimeDelta,
    /// All that were ever registered, in that order.
    pub(super) jobs: Vec<Job>,
    /// What the passes under way have taken, in the order in which it runs, with the number of its pass. What is run by
    /// hand or paused meanwhile has a new place when it is taken again.
    taken: Vec<(usize, usize)>,
    passes: usize,
    /// Nothing is due.
    pub(super) is_paused: bool,
    pub(super) told: Vec<Told>,
    /// A slot is unknown, so that nothing more can be judged.
    pub(super) is_lost: bool,
}

impl Registry {
    pub(super) fn new(now: DateTime<Utc>) -> Self {
        let zero = TimeDelta::zero();
        Registry {
            now,
            set: zero,
            most: zero,
            followed: zero,
            jobs: Vec::new(),
            taken: Vec::new(),
            passes: 0,
            told: Vec::new(),
            is_paused: false,
            is_lost: false,
        }
    }

    pub(super) fn advance(&mut self, by: TimeDelta) {
        self.now += by;
    }

    pub(super) fn set(&mut self, by: TimeDelta) {
        self.now += by;
        self.set += by;
    }

    /// Reads the clock, and notices that it was set back, or that a set-back was undone.
    pub(super) fn read_clock(&mut self) {
        self.most = self.most.max(self.set);
        let back = self.most - self.set - self.followed;
        self.followed += back;
        if back.is_zero() {
            return;
        }
        for job in self.registered() {
            let known = self.jobs[job].set_back(back, self.now);
            self.is_lost |= known.is_err();
            self.leave_if_over(job);
        }
    }

    /// The jobs that are registered.
    pub(super) fn registered(&self) -> Vec<usize> {
        (0..self.jobs.len()).filter(|job| self.jobs[*job].is_registered).collect()
    }

    pub(super) fn tagged(&self, tag: &'static str) -> Vec<usize> {
        let bears = |job: &usize| self.jobs[*job].labels.tags.contains(&tag);
        self.registered().into_iter().filter(bears).collect()
    }

    pub(super) fn add(&mut self, job: Job) {
        self.told.push(Told::Added(self.jobs.len()));
        self.jobs.push(job);
    }

    /// The job that has a key.
    pub(super) fn keyed(&self, key: &str) -> Option<usize> {
        self.registered().into_iter().find(|job| self.jobs[*job].labels.key == Some(key))
    }

    /// Registers a job again under its key: its next slot changes only if the schedule does.
    pub(super) fn update(&mut self, job: usize, plan: Plan, labels: Labels) {
        let updated = &mut self.jobs[job];
        updated.labels = labels;
        if updated.plan.schedule != plan.schedule {
            updated.reschedule(plan);
        }
        self.told.push(Told::Modified(job));
        self.leave_if_over(job);
    }

    pub(super) fn reschedule(&mut self, job: usize, plan: Plan) -> bool {
        let is_there = self.jobs[job].is_registered;
        if is_there {
            self.jobs[job].reschedule(plan);
            self.told.push(Told::Modified(job));
            self.leave_if_over(job);
        }
        is_there
    }

    pub(super) fn trigger(&mut self, job: usize) -> bool {
        self.read_clock();
        let is_due = !self.is_paused && self.jobs[job].trigger(self.now);
        if is_due {
            self.told.push(Told::Modified(job));
        }
        is_due
    }

    fn remove(&mut self, job: usize, why: Removal) {
        let gone = &mut self.jobs[job];
        gone.is_registered = false;
        (gone.due, gone.is_drawn, gone.taken) = (None, false, None);
        self.told.push(Told::Removed(job, why));
    }

    fn leave_if_over(&mut self, job: usize) {
        if let Some(why) = self.jobs[job].over() {
            self.remove(job, why);
        }
    }

    /// Removes those of the jobs that are registered; how many there were.
    pub(super) fn remove_all(&mut self, jobs: &[usize], why: Removal) -> usize {
        let there: Vec<usize> = jobs.iter().copied().filter(|job| self.jobs[*job].is_registered).collect();
        there.iter().for_each(|job| self.remove(*job, why));
        there.len()
    }

    pub(super) fn clear(&mut self, jobs: &[usize]) -> usize {
        let removed = self.remove_all(jobs, Removal::Cleared);
        self.told.push(Told::AllRemoved);
        removed
    }

    pub(super) fn pause_all(&mut self) -> bool {
        if self.is_paused {
            return false;
        }
        self.is_paused = true;
        self.told.push(Told::Paused);
        true
    }

    /// Each job that has missed something goes on as if it alone had been paused.
    pub(super) fn resume_all(&mut self) -> bool {
        self.read_clock();
        if !self.is_paused {
            return false;
        }
        self.is_paused = false;
        self.told.push(Told::Resumed);
        for job in self.registered() {
            let resumed = &mut self.jobs[job];
            self.is_lost |= resumed.is_drawn;
            if resumed.taken.is_some() || resumed.due.is_some_and(|due| due <= self.now) {
                resumed.pause();
                let known = resumed.resume(self.now);
                self.is_lost |= known.is_err();
                self.leave_if_over(job);
            }
        }
        true
    }

    /// What is seen of the next slot of a job.
    pub(super) fn seen(&self, due: Option<DateTime<Utc>>) -> Option<DateTime<Utc>> {
        due.filter(|_| !self.is_paused)
    }

    /// Settles the due set of a new pass: its number.
    pub(super) fn begin_pass(&mut self) -> usize {
        self.read_clock();
        self.passes += 1;
        if self.is_paused {
            return self.passes;
        }
        let is_due = |job: &Job| job.due.filter(|due| *due <= self.now && !job.is_running);
        let due = |job: usize| Some((is_due(&self.jobs[job])?, self.jobs[job].labels.priority, job));
        let mut due: Vec<_> = self.registered().into_iter().filter_map(due).collect();
        due.sort();
        for (slot, _, job) in due {
            let taken = &mut self.jobs[job];
            let known = taken.use_up(self.now);
            self.is_lost |= known.is_err();
            if taken.taken.is_none() {
                taken.taken = Some(slot);
                self.taken.retain(|(other, _)| *other != job);
                self.taken.push((job, self.passes));
            }
        }
        self.passes
    }

    /// Begins the next run of a pass, or of one that is under way around it.
    pub(super) fn begin_next(&mut self, pass: usize) -> Option<Run> {
        self.read_clock();
        while !self.is_paused && self.taken.first().is_some_and(|(_, of)| *of <= pass) {
            let (job, _) = self.taken.remove(0);
            if let Some(scheduled_at) = self.jobs[job].taken.take() {
                if self.jobs[job].is_outside_window(self.now) {
                    self.told.push(Told::Skipped(job, scheduled_at));
                    self.leave_if_over(job);
                    continue;
                }
                self.cover_missed(job);
                return Some(self.begin(job, scheduled_at));
            }
        }
        None
    }

    /// The slots that passed while earlier bodies of the pass ran are covered by the run that begins now.
    fn cover_missed(&mut self, job: usize) {
        if self.jobs[job].due.is_some_and(|due| due <= self.now) {
            let known = self.jobs[job].use_up(self.now);
            self.is_lost |= known.is_err();
        }
    }

    /// Begins a run that is asked for.
    pub(super) fn begin_by_hand(&mut self, job: usize) -> Option<Run> {
        self.read_clock();
        let chosen = &mut self.jobs[job];
        if !chosen.is_registered || chosen.is_running {
            return None;
        }
        if self.is_paused {
            return Some(self.begin(job, self.now));
        }
        let mut scheduled_at = chosen.taken.take();
        if let Some(due) = chosen.due.filter(|due| *due <= self.now) {
            let known = chosen.use_up(self.now);
            self.is_lost |= known.is_err();
            scheduled_at = scheduled_at.or(Some(due));
        }
        Some(self.begin(job, scheduled_at.unwrap_or(self.now)))
    }

    fn begin(&mut self, job: usize, scheduled_at: DateTime<Utc>) -> Run {
        self.jobs[job].begin(self.now);
        self.told.push(Told::Started(job, scheduled_at));
        Run { job, scheduled_at }
    }

    pub(super) fn end(&mut self, run: &Run, outcome: Outcome) {
        let Run { job, scheduled_at } = *run;
        self.told.push(match outcome {
            Outcome::Completed | Outcome::Cancelled => Told::Executed(job, scheduled_at),
            _ => Told::Failed(job, scheduled_at, outcome.clone()),
        });
        let ended = &mut self.jobs[job];
        ended.is_running = false;
        let returned_cancel = outcome == Outcome::Cancelled;
        ended.last_outcome = Some(outcome);
        if ended.is_registered && returned_cancel {
            self.remove(job, Removal::ReturnedCancelJob);
        } else if ended.is_registered {
            self.leave_if_over(job);
        }
    }

    pub(super) fn pause(&mut self, job: usize) -> bool {
        let paused = &mut self.jobs[job];
        if !paused.is_registered || paused.is_paused {
            return false;
        }
        paused.pause();
        self.told.push(Told::Modified(job));
        true
    }

    pub(super) fn resume(&mut self, job: usize) -> bool {
        self.read_clock();
        let resumed = &mut self.jobs[job];
        if !resumed.is_registered || !resumed.is_paused {
            return false;
        }
        let known = resumed.resume(self.now);
        self.is_lost |= known.is_err();
        self.told.push(Told::Modified(job));
        self.leave_if_over(job);
        true
    }

    pub(super) fn tag(&mut self, job: usize, tag: &'static str) {
        let tagged = &mut self.jobs[job];
        if tagged.is_registered && !tagged.labels.tags.contains(&tag) {
            tagged.labels.tags.push(tag);
            self.told.push(Told::Modified(job));
        }
    }

    /// Takes over what the scheduler has drawn for a job.
    pub(super) fn adopt(&mut self, job: usize, drawn: Option<DateTime<Utc>>) -> Result<(), String> {
        let is_paused = self.is_paused;
        let chosen = &mut self.jobs[job];
        // A pause hides what was drawn.
        if !chosen.is_drawn || is_paused {
            return Ok(());
        }
        match chosen.adopt(drawn) {
            Ok(true) => self.leave_if_over(job),
            Ok(false) => return Err(format!("job {job} has drawn {drawn:?}, which cannot be")),
            Err(Unknown) => self.is_lost = true,
        }
        Ok(())
    }

    /// The slot that runs next: one that a pass has taken, else the first of all.
    pub(super) fn next(&self) -> Option<DateTime<Utc>> {
        if self.is_paused {
            return None;
        }
        let mut taken = self.taken.iter().filter_map(|(job, _)| self.jobs[*job].taken);
        taken.next().or(self.jobs.iter().filter_map(|job| job.due).min())
    }

    /// What may be shown as the next slot. A slot that waits for the end of its job's run counts until a poll comes
    /// upon it.
    pub(super) fn possible_next(&self) -> Vec<Option<DateTime<Utc>>> {
        let waits = |job: &Job| job.is_running && job.due.is_some_and(|due| due <= self.now);
        let others = self.jobs.iter().filter(|job| !waits(job)).filter_map(|job| job.due).min();
        let waiting = self.jobs.iter().filter(|job| waits(job)).filter_map(|job| job.due);
        let sooner = waiting.filter(|due| others.is_none_or(|other| *due < other)).map(Some);
        match self.next() {
            next if self.has_taken() || self.is_paused => vec![next],
            _ => sooner.chain([others]).collect(),
        }
    }

    fn has_taken(&self) -> bool {
        self.taken.iter().any(|(job, _)| self.jobs[*job].taken.is_some())
    }

    pub(super) fn next_tagged(&self, tag: &'static str) -> Option<DateTime<Utc>> {
        self.seen(self.tagged(tag).into_iter().filter_map(|job| self.jobs[job].due).min())
    }

    pub(super) fn time_until(&self, slot: Option<DateTime<Utc>>) -> Option<Duration> {
        Some((slot? - self.now).to_std().unwrap_or(Duration::ZERO))
    }
}
