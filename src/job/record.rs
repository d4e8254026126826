//! One job: what was asked for, and what has become of it.

use std::{num::NonZeroU64, sync::Arc};

use chrono::TimeDelta;
use fastrand::Rng;

use super::{
    body::BoxedBody,
    compile::Compiled,
    timing::{OffGrid, Timing},
    Executor, JobInfo, JobOptions, Label, Labels,
};
use crate::{event::Removal, id::JobId, outcome::Outcome, timestamp::Timestamp, zone::Zone};

/// What a sentence asks for, apart from the body.
pub(crate) struct JobSpec {
    pub(crate) compiled: Compiled,
    pub(crate) options: Option<Box<JobOptions>>,
}

/// Whether a job has slots.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Status {
    Scheduled,
    Paused,
    /// It has left the registry.
    Gone,
}

/// Where the next run of a job stands. Only one that runs in the polling thread is ever `Running`: the others are counted.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Stage {
    Idle,
    /// A pass has claimed a slot and not begun the run yet: the ticket says which.
    Claimed,
    Running,
}

/// How the last run ended; the text of a failure is in [`Extra`].
#[derive(Clone, Copy)]
enum LastOutcome {
    None,
    Completed,
    Cancelled,
    Failed,
}

/// The body, or what is left of it while it runs and after the job has left the registry.
enum BodySlot {
    Here(BoxedBody),
    /// The name of a body that is elsewhere.
    Away(fn() -> &'static str),
}

/// A job, except for its next slot, which the queue knows.
///
/// What every run touches is here, in little more than a cache line; what few jobs have is in [`Extra`].
pub(crate) struct Record {
    pub(crate) id: JobId,
    timing: Timing,
    body: BodySlot,
    extra: Option<Box<Extra>>,
    run_count: u64,
    last_run: Timestamp,
    /// How many handles exist: the record stays for them after the job has left the registry.
    pub(crate) handles: u32,
    ticket: u32,
    status: Status,
    stage: Stage,
    last_outcome: LastOutcome,
    /// Why the job is to leave when the runs in progress have ended: no slot is left.
    ending: Option<Removal>,
}

/// What few jobs have: options beside the schedule, and the state that goes with them.
#[derive(Default)]
struct Extra {
    /// Shared, so that a run can have it without a copy.
    labels: Option<Arc<Labels>>,
    key: Option<Arc<str>>,
    priority: i32,
    /// How many runs may be in progress at a time on the workers; `None` if the body runs in the polling thread.
    workers: Option<NonZeroU64>,
    /// How many there are, including those that wait for a worker.
    in_progress: u64,
    /// The next slot while it is not in the queue: the job is paused, or its body is running in another pass.
    kept: Option<Timestamp>,
    /// Set while the next run is not one of the grid.
    off_grid: Option<OffGrid>,
    /// The last outcome, if it is a failure.
    failure: Option<Outcome>,
}

impl Extra {
    fn new(options: JobOptions) -> Self {
        let JobOptions { labels, key, on_conflict: _, priority, workers } = options;
        let is_labelled = labels.name.is_some() || !labels.tags.is_empty();
        Extra { labels: is_labelled.then(|| Arc::new(labels)), key, priority, workers, ..Extra::default() }
    }
}

impl Record {
    /// A job that is registered, with one handle.
    pub(crate) fn new(id: JobId, spec: JobSpec, body: BoxedBody) -> Self {
        let JobSpec { compiled: Compiled { timing, off_grid, .. }, options } = spec;
        let mut extra = options.map(|options| Box::new(Extra::new(*options)));
        if off_grid.is_some() {
            extra.get_or_insert_with(Box::default).off_grid = off_grid;
        }
        Record {
            id,
            timing,
            body: BodySlot::Here(body),
            extra,
            run_count: 0,
            last_run: Timestamp::UNIX_EPOCH,
            handles: 1,
            ticket: 0,
            status: Status::Scheduled,
            stage: Stage::Idle,
            last_outcome: LastOutcome::None,
            ending: None,
        }
    }

    /// Replaces what the sentence said about the job, except for its schedule; returns the old body, unless that is
    /// running. The counts stay.
    pub(crate) fn redeclare(&mut self, options: Option<Box<JobOptions>>, body: BoxedBody) -> Option<BoxedBody> {
        let old = self.extra.take();
        let mut new = options.map_or_else(Extra::default, |options| Extra::new(*options));
        if let Some(old) = old {
            let Extra { in_progress, kept, off_grid, failure, .. } = *old;
            new = Extra { in_progress, kept, off_grid, failure, ..new };
        }
        self.extra = Some(Box::new(new));
        match std::mem::replace(&mut self.body, BodySlot::Here(body)) {
            BodySlot::Here(old) => Some(old),
            BodySlot::Away(_) => None,
        }
    }

    /// Takes another schedule; returns whether the job has a run left. It has none if it has run as often as the new `times`
    /// says.
    pub(crate) fn reschedule(&mut self, timing: Timing, off_grid: Option<OffGrid>) -> bool {
        self.timing = timing;
        let is_used_up = self.timing.times().is_some_and(|times| times <= self.run_count);
        self.ending = is_used_up.then_some(Removal::Finished);
        if off_grid.is_some() || self.extra.is_some() {
            let extra = self.extra_mut();
            extra.off_grid = off_grid;
            extra.kept = None;
        }
        !is_used_up
    }

    fn extra_mut(&mut self) -> &mut Extra {
        self.extra.get_or_insert_with(Box::default)
    }

    pub(crate) fn timing(&self) -> &Timing {
        &self.timing
    }

    #[inline]
    pub(crate) fn label(&self) -> Label {
        let body = match &self.body {
            BodySlot::Here(body) => body.name(),
            BodySlot::Away(name) => *name,
        };
        Label { id: self.id, body, labels: self.labels().cloned() }
    }

    #[inline]
    fn labels(&self) -> Option<&Arc<Labels>> {
        self.extra.as_ref()?.labels.as_ref()
    }

    pub(crate) fn labels_mut(&mut self) -> Option<&mut Arc<Labels>> {
        self.extra.as_mut()?.labels.as_mut()
    }

    pub(crate) fn key(&self) -> Option<&Arc<str>> {
        self.extra.as_ref()?.key.as_ref()
    }

    pub(crate) fn tags(&self) -> &[Arc<str>] {
        self.labels().map_or(&[], |labels| &labels.tags)
    }

    /// Adds a tag that the job does not have yet.
    pub(crate) fn add_tag(&mut self, tag: Arc<str>) {
        Arc::make_mut(self.extra_mut().labels.get_or_insert_with(Arc::default)).tags.push(tag);
    }

    /// Lower runs first among jobs that are due at the same instant.
    pub(crate) fn priority(&self) -> i32 {
        self.extra.as_ref().map_or(0, |extra| extra.priority)
    }

    #[inline]
    pub(crate) fn executor(&self) -> Executor {
        match &self.extra {
            Some(extra) if extra.workers.is_some() => Executor::Workers,
            _ => Executor::Caller,
        }
    }

    /// The ticket of the slot that a pass has claimed and not begun.
    #[inline]
    pub(crate) fn ticket(&self) -> Option<u32> {
        (self.stage == Stage::Claimed).then_some(self.ticket)
    }

    #[inline]
    pub(crate) fn set_ticket(&mut self, ticket: u32) {
        self.ticket = ticket;
        self.stage = Stage::Claimed;
    }

    /// Gives up the ticket; returns it.
    #[inline]
    pub(crate) fn clear_ticket(&mut self) -> Option<u32> {
        let ticket = self.ticket()?;
        self.stage = Stage::Idle;
        Some(ticket)
    }

    #[inline]
    pub(crate) fn is_registered(&self) -> bool {
        self.status != Status::Gone
    }

    pub(crate) fn is_paused(&self) -> bool {
        self.status == Status::Paused
    }

    pub(super) fn status(&self) -> Status {
        self.status
    }

    pub(crate) fn last_run(&self) -> Option<Timestamp> {
        (self.run_count > 0).then_some(self.last_run)
    }

    #[inline]
    pub(crate) fn run_count(&self) -> u64 {
        self.run_count
    }

    pub(crate) fn last_outcome(&self) -> Option<Outcome> {
        match self.last_outcome {
            LastOutcome::None => None,
            LastOutcome::Completed => Some(Outcome::Completed),
            LastOutcome::Cancelled => Some(Outcome::Cancelled),
            LastOutcome::Failed => self.extra.as_ref()?.failure.clone(),
        }
    }

    /// How many runs may be in progress at a time on the workers.
    pub(super) fn workers(&self) -> Option<NonZeroU64> {
        self.extra.as_ref()?.workers
    }

    /// Plain data about the job. `next_run` is its next slot, `zone` the one to use where the schedule names none.
    pub(crate) fn snapshot(&self, next_run: Option<Timestamp>, zone: Zone) -> JobInfo {
        let schedule = self.timing.schedule();
        JobInfo {
            id: self.id,
            key: self.key().map(|key| key.to_string()),
            name: self.label().name().to_owned(),
            tags: self.tags().iter().map(|tag| tag.to_string()).collect(),
            zone: schedule.parts().zone.unwrap_or(zone),
            schedule,
            priority: self.priority(),
            next_run: next_run.map(Timestamp::datetime),
            last_run: self.last_run().map(Timestamp::datetime),
            run_count: self.run_count,
            last_outcome: self.last_outcome(),
            is_paused: self.is_paused(),
            is_running: self.is_in_progress(),
        }
    }

    /// The next `n` slots from `next` on, without changing anything.
    pub(crate) fn upcoming(&self, next: Timestamp, n: usize, random: &mut Rng) -> Vec<Timestamp> {
        let mut timing = self.timing.clone();
        let off_grid = self.extra.as_ref().and_then(|extra| extra.off_grid);
        let left = self.timing.times().map_or(u64::MAX, |times| times.saturating_sub(self.run_count));
        let most = usize::try_from(left).unwrap_or(usize::MAX).min(n);
        let after_off_grid = off_grid.map(|off_grid| off_grid.resumes_at);
        let mut slot = Some(next);
        let mut upcoming = Vec::new();
        while let Some(this) = slot.filter(|_| upcoming.len() < most) {
            slot = match after_off_grid {
                Some(resumed) if upcoming.is_empty() => resumed.ok().and_then(|resumed| {
                    if resumed > this {
                        Some(resumed)
                    } else {
                        timing.advance(resumed, this, random).ok()
                    }
                }),
                _ => timing.advance(this, this, random).ok(),
            };
            upcoming.push(this);
        }
        upcoming
    }

    /// Uses `slot` and finds the next one after `now`: however late that is, one run covers all missed slots.
    #[inline(always)]
    pub(crate) fn advance(&mut self, slot: Timestamp, now: Timestamp, random: &mut Rng) -> Option<Timestamp> {
        // What most jobs have, with nothing to take note of.
        if let (Timing::Every(pace), None) = (&self.timing, &self.extra) {
            if let Some(next) = pace.next_after(slot, now) {
                return Some(next);
            }
        }
        self.advance_by_timing(slot, now, random)
    }

    #[inline(never)]
    fn advance_by_timing(&mut self, slot: Timestamp, now: Timestamp, random: &mut Rng) -> Option<Timestamp> {
        let next = match &mut self.extra {
            Some(extra) if extra.off_grid.is_some() => return self.leave_off_grid(now, random),
            _ => self.timing.advance(slot, now, random),
        };
        self.found(next)
    }

    /// Uses a run that was not of the grid, which goes on where it stands.
    #[inline(never)]
    fn leave_off_grid(&mut self, now: Timestamp, random: &mut Rng) -> Option<Timestamp> {
        let off_grid = self.extra.as_mut().and_then(|extra| extra.off_grid.take());
        let next = match off_grid.map_or(Err(Removal::Finished), |off_grid| off_grid.resumes_at) {
            Ok(slot) if slot > now => self.timing.skip_to(slot, now),
            Ok(slot) => self.timing.advance(slot, now, random),
            Err(why) => Err(why),
        };
        self.found(next)
    }

    /// Takes note whether a slot is left.
    #[inline]
    fn found(&mut self, next: Result<Timestamp, Removal>) -> Option<Timestamp> {
        self.ending = next.err();
        next.ok()
    }

    /// Makes the job due at `now`, off its grid, which has its next slot at `next`.
    pub(crate) fn make_due(&mut self, next: Timestamp) {
        let extra = self.extra_mut();
        extra.off_grid.get_or_insert(OffGrid { resumes_at: Ok(next) });
    }

    /// The slot that is to come while it is not in the queue; a paused job has none.
    pub(crate) fn waiting(&self) -> Option<Timestamp> {
        self.extra.as_ref().filter(|_| self.status == Status::Scheduled)?.kept
    }

    /// Keeps the slot that leaves the queue because the body is running.
    pub(crate) fn keep(&mut self, due: Timestamp) {
        self.extra_mut().kept = Some(due);
    }

    /// Gives back the slot that was kept while the body was running.
    pub(crate) fn take_waiting(&mut self) -> Option<Timestamp> {
        match self.status {
            Status::Scheduled => self.extra.as_mut()?.kept.take(),
            Status::Paused | Status::Gone => None,
        }
    }

    /// Pauses the job; `due` is its next slot, which is kept.
    pub(crate) fn pause(&mut self, due: Option<Timestamp>) {
        self.status = Status::Paused;
        if !self.is_in_progress() {
            self.ending = None;
        }
        if due.is_some() {
            self.keep_opt(due);
        }
    }

    fn keep_opt(&mut self, due: Option<Timestamp>) {
        self.extra_mut().kept = due;
    }

    /// Resumes the job: the next slot is the first after `now`.
    pub(crate) fn resume(&mut self, now: Timestamp) -> Option<Timestamp> {
        self.status = Status::Scheduled;
        if self.ending.is_some() {
            return None;
        }
        let (kept, off_grid) = match &mut self.extra {
            Some(extra) => (extra.kept.take(), extra.off_grid),
            // A slot would have been kept there.
            None => (None, None),
        };
        if kept.is_some_and(|kept| kept > now) {
            return kept;
        }
        if let Some(extra) = &mut self.extra {
            extra.off_grid = None;
        }
        let next = match off_grid {
            Some(off_grid) => off_grid.resumes_at,
            None => kept.ok_or(Removal::Finished),
        };
        let next = next.and_then(|next| self.timing.skip_to(next, now));
        self.found(next)
    }

    /// Takes the job out of the registry; returns its body, unless that is running.
    pub(crate) fn leave(&mut self) -> Option<BoxedBody> {
        self.status = Status::Gone;
        self.take_body()
    }

    fn take_body(&mut self) -> Option<BoxedBody> {
        let BodySlot::Here(body) = &self.body else { return None };
        let away = BodySlot::Away(body.name());
        match std::mem::replace(&mut self.body, away) {
            BodySlot::Here(body) => Some(body),
            BodySlot::Away(_) => None,
        }
    }

    /// Why the job is to leave: no slot is left, and no run is in progress or claimed.
    pub(crate) fn removal_reason(&self) -> Option<Removal> {
        self.ending.filter(|_| !self.is_in_progress() && self.stage != Stage::Claimed)
    }

    /// Whether a run is in progress, or waits for a worker.
    pub(crate) fn is_in_progress(&self) -> bool {
        self.stage == Stage::Running || self.extra.as_ref().is_some_and(|extra| extra.in_progress > 0)
    }

    /// Whether another run would be one too many at a time.
    #[inline]
    pub(crate) fn is_full(&self) -> bool {
        match &self.extra {
            None => self.stage == Stage::Running,
            Some(extra) => match extra.workers {
                Some(workers) => extra.in_progress >= workers.get(),
                None => self.is_in_progress(),
            },
        }
    }

    /// Counts one more run in progress.
    #[inline]
    pub(crate) fn start_instance(&mut self) {
        match self.extra.as_mut().filter(|extra| extra.workers.is_some()) {
            Some(extra) => extra.in_progress += 1,
            None => self.stage = Stage::Running,
        }
    }

    /// Counts one run less in progress.
    #[inline]
    pub(crate) fn end_instance(&mut self) {
        match self.extra.as_mut().filter(|extra| extra.in_progress > 0) {
            Some(extra) => extra.in_progress -= 1,
            None if self.stage == Stage::Running => self.stage = Stage::Idle,
            None => {}
        }
    }

    /// Begins a run: returns its body, and whether a slot is left after it. `None` if it is one too many for `times`.
    #[inline]
    pub(crate) fn begin(&mut self, now: Timestamp) -> Option<(BoxedBody, bool)> {
        let left = self.timing.times().map(|times| times.saturating_sub(self.run_count));
        if left == Some(0) {
            return None;
        }
        let another = match (&self.body, self.executor()) {
            (BodySlot::Here(body), Executor::Workers) => body.another(),
            _ => None,
        };
        let body = match another {
            Some(body) => body,
            None => self.take_body()?,
        };
        let is_last = left == Some(1);
        if is_last {
            self.ending = Some(Removal::Finished);
            if let Some(extra) = &mut self.extra {
                extra.kept = None;
            }
        }
        self.last_run = now;
        self.run_count += 1;
        Some((body, !is_last))
    }

    /// Whether the end of a run that has done its work changes nothing but this record.
    #[inline]
    pub(crate) fn is_routine(&self) -> bool {
        self.status != Status::Gone
            && self.ending.is_none()
            && matches!(self.body, BodySlot::Away(_))
            && self.extra.as_ref().map_or(true, |extra| extra.in_progress == 0 && extra.kept.is_none())
    }

    /// Ends a run that has done its work, if that is [routine](Self::is_routine).
    #[inline]
    pub(crate) fn complete(&mut self, body: BoxedBody) {
        self.last_outcome = LastOutcome::Completed;
        self.stage = Stage::Idle;
        self.body = BodySlot::Here(body);
    }

    /// Takes note of how a run has ended.
    pub(crate) fn record_outcome(&mut self, outcome: &Outcome) {
        self.last_outcome = match outcome {
            Outcome::Completed => LastOutcome::Completed,
            Outcome::Cancelled => LastOutcome::Cancelled,
            Outcome::Failed(_) | Outcome::Panicked(_) => LastOutcome::Failed,
        };
        if let LastOutcome::Failed = self.last_outcome {
            self.extra_mut().failure = Some(outcome.clone());
        }
    }

    /// Puts the body back after a run. If there is one already, returns the one that is left over.
    pub(crate) fn put_back(&mut self, body: BoxedBody) -> Option<BoxedBody> {
        match self.body {
            BodySlot::Here(_) => Some(body),
            BodySlot::Away(_) => {
                self.body = BodySlot::Here(body);
                None
            }
        }
    }

    /// Follows the wall clock, which was set back to `now`: returns what becomes of `due`, the slot in the queue.
    pub(crate) fn set_back(&mut self, by: TimeDelta, now: Timestamp, due: Option<Timestamp>) -> Option<Timestamp> {
        let kept = self.extra.as_ref().and_then(|extra| extra.kept);
        let slot = due.or(kept)?;
        let off_grid = self.extra.as_ref().and_then(|extra| extra.off_grid);
        let moved = match off_grid {
            // The run is due already, and stays so.
            Some(OffGrid { resumes_at }) => {
                // Without a next slot there is a plan, which moves all the same and needs none.
                let resumes_at = self.timing.set_back(by, now, resumes_at.unwrap_or(slot));
                self.extra_mut().off_grid = Some(OffGrid { resumes_at });
                Some(slot - by)
            }
            None => {
                let moved = self.timing.set_back(by, now, slot);
                self.found(moved)
            }
        };
        if kept.is_some() {
            self.keep_opt(moved);
        }
        due.and(moved)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[cfg(target_pointer_width = "64")]
    fn a_record_is_little_more_than_a_cache_line() {
        assert!(std::mem::size_of::<Option<Record>>() <= 80);
    }
}
