//! One job: what the sentence asked for, and its state.

mod attempts;
mod extra;
mod instances;
mod kept;
mod late;
mod moved;
mod remembered;

use std::{num::NonZeroU64, sync::Arc};

use fastrand::Rng;

use self::extra::Extra;
pub(crate) use self::late::Missed;
use super::{
    body::{BoxedBody, Idle},
    compile::Compiled,
    displaced::seed_of,
    options::DEFAULT_POOL,
    slots::Slots,
    timing::{OffGrid, Timing},
    Executor, Hook, JobInfo, JobOptions, Label, Labels, Windows,
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
    /// It was removed from the registry. The record stays for its handles and its runs in progress.
    Gone,
}

/// Tickets are lower. An `Option` would make the record larger.
const NO_TICKET: u32 = u32::MAX;

/// How the last run ended; the text of a failure is in [`Extra`].
#[derive(Clone, Copy)]
enum LastOutcome {
    None,
    Completed,
    Cancelled,
    Failed,
}

/// The body, or its name while it runs and after the job was removed.
///
/// A body that runs is taken out of its record, because it is called without the lock. That is also what keeps it from
/// being called twice at a time: there is nothing to take.
enum BodySlot {
    Here(BoxedBody),
    Away(fn() -> &'static str),
}

/// A job, except for its next slot, which is in the queue.
///
/// What every run touches is here, in little more than a cache line. What few jobs have is in [`Extra`].
pub(crate) struct Record {
    pub(crate) id: JobId,
    timing: Timing,
    body: BodySlot,
    extra: Option<Box<Extra>>,
    run_count: u64,
    last_run: Timestamp,
    /// The number of handles. The record stays for them after the job was removed.
    pub(crate) handles: u32,
    /// The ticket of the slot that a pass has claimed and not begun, or [`NO_TICKET`].
    ticket: u32,
    status: Status,
    /// Whether a run that is not counted is in progress. Those of a parallel job are [counted](Extra::in_progress),
    /// because there may be several. After an update there may be both kinds at a time, and a claim.
    is_running: bool,
    last_outcome: LastOutcome,
    /// Set when no slot is left: why the job is removed. It is removed once no run is claimed or in progress, which is
    /// later, as the last slot is used when it is claimed.
    ending: Option<Removal>,
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
            ticket: NO_TICKET,
            status: Status::Scheduled,
            is_running: false,
            last_outcome: LastOutcome::None,
            ending: None,
        }
    }

    /// Replaces body and options, as a sentence with the same key says, but not the schedule. The counts stay. Returns
    /// the old body, unless it is running.
    pub(crate) fn redeclare(&mut self, options: Option<Box<JobOptions>>, body: BoxedBody) -> Option<BoxedBody> {
        let old = self.extra.take();
        let new = options.map_or_else(Extra::default, |options| Extra::new(*options));
        let new = new.with_state_of(old.map(|old| *old));
        self.extra = Some(Box::new(new));
        match std::mem::replace(&mut self.body, BodySlot::Here(body)) {
            BodySlot::Here(old) => Some(old),
            // It is running. When it ends it finds the new body in its place, and is dropped: see `put_back`.
            BodySlot::Away(_) => None,
        }
    }

    /// Replaces the schedule. The runs so far count for its `times`: returns whether any are left, and the old timing.
    pub(crate) fn reschedule(&mut self, timing: Timing, off_grid: Option<OffGrid>) -> (bool, Timing) {
        let old = std::mem::replace(&mut self.timing, timing);
        self.ending = self.has_no_runs_left().then_some(Removal::Finished);
        if off_grid.is_some() || self.extra.is_some() {
            let extra = self.extra_mut();
            extra.off_grid = off_grid;
            extra.kept = None;
        }
        (self.ending.is_none(), old)
    }

    pub(crate) fn into_timing(self) -> Timing {
        self.timing
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

    /// The number that decides by how much the job is spread.
    pub(crate) fn seed(&self) -> Option<u64> {
        let name = self.labels().and_then(|labels| labels.name.as_deref());
        seed_of(self.key().map(|key| &**key), name)
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

    /// Whether its runs are not simply begun in the polling thread: they are on workers or in tasks, or have hooks.
    #[inline]
    pub(crate) fn is_apart(&self) -> bool {
        self.extra.as_ref().is_some_and(|extra| extra.workers.is_some() || extra.hooks.is_some())
    }

    /// The hooks of its attempts.
    pub(crate) fn hooks(&self) -> Option<&Arc<Vec<Hook>>> {
        self.extra.as_ref()?.hooks.as_ref()
    }

    /// Takes the hooks, to drop them without the lock.
    pub(crate) fn take_hooks(&mut self) -> Option<Arc<Vec<Hook>>> {
        self.extra.as_mut()?.hooks.take()
    }

    /// Whether the body is async: its runs are in tasks, and take no worker.
    pub(crate) fn is_async(&self) -> bool {
        self.extra.as_ref().is_some_and(|extra| extra.is_async)
    }

    /// The ticket of the slot that a pass has claimed and not begun.
    #[inline]
    pub(crate) fn ticket(&self) -> Option<u32> {
        (self.ticket != NO_TICKET).then_some(self.ticket)
    }

    #[inline]
    pub(crate) fn set_ticket(&mut self, ticket: u32) {
        self.ticket = ticket;
    }

    /// Forgets the ticket; returns it.
    pub(crate) fn take_ticket(&mut self) -> Option<u32> {
        let ticket = self.ticket();
        self.forget_ticket();
        ticket
    }

    #[inline]
    pub(crate) fn forget_ticket(&mut self) {
        self.ticket = NO_TICKET;
    }

    /// Reads all of the record, wherever the compiler has put the fields.
    #[inline]
    pub(crate) fn touch(&self) -> u64 {
        let timing = matches!(self.timing, Timing::Every(_));
        let body = matches!(self.body, BodySlot::Here(_));
        let flags = u64::from(timing ^ body ^ self.extra.is_some() ^ self.is_running);
        flags ^ self.id.0 ^ self.run_count ^ self.last_run.nanos() as u64 ^ u64::from(self.ticket ^ self.handles)
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

    /// The pool that the job names, other than the default one.
    pub(crate) fn pool(&self) -> Option<&str> {
        self.extra.as_ref()?.pool.as_deref()
    }

    /// Plain data about the job. `next_run` is its next slot, `zone` the one to use where the schedule names none.
    pub(crate) fn snapshot(&self, next_run: Option<Timestamp>, zone: Zone) -> JobInfo {
        let schedule = self.timing.schedule();
        let is_on_workers = self.executor() == Executor::Workers && !self.is_async();
        JobInfo {
            id: self.id,
            key: self.key().map(|key| key.to_string()),
            name: self.label().name().to_owned(),
            tags: self.tags().iter().map(|tag| tag.to_string()).collect(),
            zone: schedule.parts().zone.unwrap_or(zone),
            schedule,
            priority: self.priority(),
            pool: is_on_workers.then(|| self.pool().unwrap_or(DEFAULT_POOL).to_owned()),
            next_run: next_run.map(Timestamp::datetime),
            last_run: self.last_run().map(Timestamp::datetime),
            run_count: self.run_count,
            last_outcome: self.last_outcome(),
            is_paused: self.is_paused(),
            is_running: self.is_in_progress(),
        }
    }

    /// The slots from `next` on, as of `now`.
    pub(crate) fn slots(&self, next: Option<Timestamp>, now: Timestamp) -> Slots {
        let off_grid = self.extra.as_ref().and_then(|extra| extra.off_grid);
        Slots { timing: self.timing.clone(), off_grid, next, left: self.timing.runs_left(self.run_count), now }
    }

    /// The job in a simulation: its body does nothing, and its runs in progress are over. It has no handles.
    pub(crate) fn simulated(&self) -> Self {
        let name = match &self.body {
            BodySlot::Here(body) => body.name(),
            BodySlot::Away(name) => *name,
        };
        let extra = self.extra.as_ref().map(|extra| Box::new(extra.simulated()));
        Record {
            timing: self.timing.clone(),
            body: BodySlot::Here(Box::new(Idle(name))),
            extra,
            handles: 0,
            is_running: false,
            ..*self
        }
    }

    /// Uses `slot`, which is due, and returns the first one after `now`; `None` if none is left. However late the poll
    /// is, one run covers all missed slots, and the grid does not move:
    ///
    /// ```text
    /// every 10 seconds, slot :10, now :47    returns :50
    /// ```
    #[inline(always)]
    pub(crate) fn advance(&mut self, slot: Timestamp, now: Timestamp, random: &mut Rng) -> Option<Timestamp> {
        // The fast path of most jobs: one addition, or a division if slots were missed. Nothing else of the record is
        // touched.
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
            _ => self.timing.advance(slot, now, self.ticket == NO_TICKET, random),
        };
        self.found(next)
    }

    /// Uses a slot that was off the grid.
    #[inline(never)]
    fn leave_off_grid(&mut self, now: Timestamp, random: &mut Rng) -> Option<Timestamp> {
        let off_grid = self.extra.as_mut().and_then(|extra| extra.off_grid.take());
        let OffGrid { resumes_at, is_asked_for } = off_grid?;
        let next = self.timing.leave_off_grid(resumes_at, now, random);
        self.timing.claim_off_grid(is_asked_for);
        self.found(next)
    }

    /// Notes why no slot is left, if none is.
    #[inline]
    fn found(&mut self, next: Result<Timestamp, Removal>) -> Option<Timestamp> {
        self.ending = next.err();
        next.ok()
    }

    /// Notes that the next run is off the grid, whose own next slot is `next`.
    pub(crate) fn make_due(&mut self, next: Timestamp) {
        // Two triggers in a row, or a trigger before the run of `immediately`, are one run off the grid.
        let extra = self.extra_mut();
        extra.off_grid.get_or_insert(OffGrid { resumes_at: Ok(next), is_asked_for: true });
    }

    /// Marks the job as removed; returns its body, unless it is running.
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

    /// Whether it had the last run that `times` allows.
    pub(crate) fn has_no_runs_left(&self) -> bool {
        self.timing.runs_left(self.run_count) == Some(0)
    }

    /// Why the job is to be removed now: no slot is left, and no run is in progress, claimed, or waiting.
    pub(crate) fn removal_reason(&self) -> Option<Removal> {
        self.ending.filter(|_| !self.is_in_progress() && self.ticket().is_none() && !self.has_backlog())
    }

    /// Whether a run that begins at `now` would start outside the window of its slot.
    #[inline]
    pub(crate) fn is_outside_window(&self, now: Timestamp) -> bool {
        self.timing.is_outside_window(now)
    }

    /// Whether the job has no options, and nothing out of the ordinary has happened to it.
    #[inline]
    pub(crate) fn is_plain(&self) -> bool {
        self.extra.is_none()
    }

    /// The windows that the run of a claimed slot must obey, if it has to wait for a worker: other slots may be claimed
    /// until it begins.
    pub(crate) fn windows(&self) -> Windows {
        self.timing.windows()
    }

    /// Begins a run: returns the body, and whether another run may follow. `None` if `times` does not allow it.
    #[inline(always)]
    pub(crate) fn begin(&mut self, now: Timestamp) -> Option<(BoxedBody, bool)> {
        let left = self.timing.runs_left(self.run_count);
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
            // `times` counts runs, not slots, so it is only known here that the slot in the queue will not be used.
            self.ending = Some(Removal::Finished);
            if let Some(extra) = &mut self.extra {
                extra.kept = None;
                extra.backlog = None;
            }
        }
        self.last_run = now;
        self.run_count += 1;
        Some((body, !is_last))
    }

    /// Whether a successful end of a run changes nothing but this record: the job stays, and no slot has waited for the
    /// run.
    #[inline]
    pub(crate) fn is_routine(&self, is_counted: bool) -> bool {
        self.status != Status::Gone
            && self.ending.is_none()
            && matches!(self.body, BodySlot::Away(_))
            && self.extra.as_ref().is_none_or(|extra| {
                // No run but this one.
                extra.in_progress == u64::from(is_counted) && extra.kept.is_none() && extra.backlog.is_none()
            })
    }

    /// Ends a successful run, if that is [routine](Self::is_routine).
    #[inline]
    pub(crate) fn complete(&mut self, body: BoxedBody, is_counted: bool) {
        self.last_outcome = LastOutcome::Completed;
        self.end_instance(is_counted);
        self.body = BodySlot::Here(body);
    }

    /// Keeps the outcome of a run.
    pub(crate) fn record_outcome(&mut self, outcome: &Outcome) {
        self.last_outcome = match outcome {
            Outcome::Completed => LastOutcome::Completed,
            Outcome::Cancelled => LastOutcome::Cancelled,
            Outcome::Failed(_)
            | Outcome::Panicked(_)
            | Outcome::Aborted(_)
            | Outcome::TimedOut
            | Outcome::Permanent(_)
            | Outcome::Vetoed(_) => LastOutcome::Failed,
        };
        if let LastOutcome::Failed = self.last_outcome {
            self.extra_mut().failure = Some(outcome.clone());
        }
    }

    /// Puts the body back after a run. Returns it if there is a body already: one of several instances, or an update
    /// brought another.
    pub(crate) fn put_back(&mut self, body: BoxedBody) -> Option<BoxedBody> {
        match self.body {
            BodySlot::Here(_) => Some(body),
            BodySlot::Away(_) => {
                self.body = BodySlot::Here(body);
                None
            }
        }
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
