//! All jobs of a scheduler, and in which order they are due. Calls no user code, so it may be locked.

mod claims;
mod runs;
mod tags;

use std::{collections::HashMap, sync::Arc};

use chrono::TimeDelta;
use fastrand::Rng;

pub(super) use self::runs::{Launch, Skipped, Started, Submission};
use self::{claims::Claims, tags::Tags};
use crate::{
    event::Removal,
    id::JobId,
    job::{BoxedBody, Compiled, JobInfo, JobSpec, Label, Place, Record},
    queue::{Entry, Queue},
    timestamp::Timestamp,
    zone::Zone,
};

/// The table of records, with the indices that spare a scan: by due order, by tag and by key.
pub(crate) struct Registry {
    records: Vec<Option<Record>>,
    free: Vec<u32>,
    queue: Queue,
    tags: Tags,
    keys: HashMap<Arc<str>, Place>,
    claims: Claims,
    /// How many jobs were ever registered.
    registered: u64,
    /// How many runs were ever begun.
    runs: u64,
    /// How many runs are in progress, including those that wait for a worker.
    in_progress: u64,
    /// Draws random lengths.
    random: Rng,
    /// Set when the last `Scheduler` was dropped: nothing is registered any more.
    abandoned: bool,
}

/// A job that has left the registry. Its body, unless that is running, is for the caller to drop without the lock.
pub(crate) struct Removed {
    pub(crate) label: Label,
    pub(crate) why: Removal,
    pub(crate) body: Option<BoxedBody>,
}

impl Registry {
    pub(super) fn new(random: Rng) -> Self {
        Registry {
            records: Vec::new(),
            free: Vec::new(),
            queue: Queue::default(),
            tags: Tags::default(),
            keys: HashMap::new(),
            claims: Claims::default(),
            registered: 0,
            runs: 0,
            in_progress: 0,
            random,
            abandoned: false,
        }
    }

    /// Draws a number from a range, both ends included.
    pub(crate) fn draw(&mut self, low: u64, high: u64) -> u64 {
        self.random.u64(low..=high)
    }

    /// Registers a job, with one handle.
    pub(super) fn add(&mut self, spec: JobSpec, body: BoxedBody) -> Place {
        let id = JobId(self.registered);
        self.registered += 1;
        let row = self.free.pop().unwrap_or(self.records.len() as u32);
        let place = Place { id, row };
        let first = spec.compiled.first;
        let mut record = Record::new(id, spec, body);
        self.index(&mut record, place);
        self.queue.put(row, (first, record.priority(), id.0));
        match self.records.get_mut(row as usize) {
            Some(free) => *free = Some(record),
            None => self.records.push(Some(record)),
        }
        place
    }

    /// Adds a record to the indices by tag and by key.
    fn index(&mut self, record: &mut Record, place: Place) {
        if let Some(labels) = record.labels_mut() {
            self.tags.enter(labels, place);
        }
        if let Some(key) = record.key() {
            self.keys.insert(Arc::clone(key), place);
        }
    }

    /// Registers a job once more under its key: takes the new body and options, and the new schedule if it is another. The
    /// counts stay, and a paused job stays paused. Returns the old body, unless that is running.
    pub(super) fn redeclare(&mut self, place: Place, spec: JobSpec, body: BoxedBody) -> Option<BoxedBody> {
        let JobSpec { compiled, options } = spec;
        let due = self.queue.due(place.row);
        let record = self.live(place)?;
        let is_rescheduled = record.timing().schedule() != compiled.timing.schedule();
        let tags: Vec<Arc<str>> = record.tags().to_vec();
        let old = record.redeclare(options, body);
        tags.iter().for_each(|tag| self.tags.remove(tag, place));
        if let Some(mut record) = self.records.get_mut(place.row as usize).and_then(Option::take) {
            self.index(&mut record, place);
            self.records[place.row as usize] = Some(record);
        }
        if is_rescheduled {
            self.reschedule(place, compiled);
        } else if due.is_some() {
            // The priority may be another.
            self.set_due(place, due);
        }
        old
    }

    /// Gives a job another schedule; returns what it is called, if it is there. The caller has to remove it if it is over.
    pub(super) fn reschedule(&mut self, place: Place, compiled: Compiled) -> Option<Label> {
        self.withdraw(place);
        let Compiled { timing, first, off_grid } = compiled;
        let record = self.live(place)?;
        let is_run_left = record.reschedule(timing, off_grid);
        let label = record.label();
        if is_run_left && record.is_paused() {
            record.keep(first);
        } else {
            self.set_due(place, Some(first).filter(|_| is_run_left));
        }
        Some(label)
    }

    /// Makes a job due at `now`, off its grid, unless it is due already. `None` if the job is gone or paused, or its last run
    /// is in progress.
    pub(super) fn make_due(&mut self, place: Place, now: Timestamp) -> Option<Label> {
        let due = self.due(place);
        let record = self.live(place).filter(|record| !record.is_paused())?;
        let label = record.label();
        if record.ticket().is_some() {
            return Some(label);
        }
        let due = due?;
        if due <= now {
            return Some(label);
        }
        record.make_due(due);
        self.set_due(place, Some(now));
        Some(label)
    }

    /// Follows the wall clock, which was set back to `now`: returns the jobs that have no slot left by that. This alone looks
    /// at all jobs.
    pub(super) fn set_back(&mut self, by: TimeDelta, now: Timestamp) -> Vec<Removed> {
        self.claims.set_back(now);
        self.all().into_iter().filter_map(|place| self.set_back_job(place, by, now)).collect()
    }

    /// [`set_back`](Self::set_back) for one job.
    pub(super) fn set_back_job(&mut self, place: Place, by: TimeDelta, now: Timestamp) -> Option<Removed> {
        let due = self.due(place);
        let due = self.live(place)?.set_back(by, now, due);
        self.set_due(place, due);
        self.remove_if_over(place)
    }

    /// The record of a job that is registered, or has left but still has a handle.
    #[inline]
    pub(crate) fn record(&self, place: Place) -> Option<&Record> {
        self.records.get(place.row as usize)?.as_ref().filter(|record| record.id == place.id)
    }

    #[inline]
    fn record_mut(&mut self, place: Place) -> Option<&mut Record> {
        self.records.get_mut(place.row as usize)?.as_mut().filter(|record| record.id == place.id)
    }

    /// The record of a job that is registered.
    fn live(&mut self, place: Place) -> Option<&mut Record> {
        self.record_mut(place).filter(|record| record.is_registered())
    }

    /// The next slot of a job that no pass has claimed yet.
    pub(crate) fn due(&self, place: Place) -> Option<Timestamp> {
        let record = self.record(place)?;
        self.queue.due(place.row).filter(|_| record.is_registered()).or_else(|| record.waiting())
    }

    /// Puts a job where its next slot says. One that waited for the end of a run may be ahead again; if it is not, the next
    /// poll finds that out.
    fn set_due(&mut self, place: Place, due: Option<Timestamp>) {
        let Some(record) = self.live(place) else { return };
        record.take_waiting();
        let priority = record.priority();
        match due {
            Some(due) => self.queue.put(place.row, (due, priority, place.id.0)),
            None => self.queue.remove(place.row),
        }
    }

    /// Whether a pass has claimed a slot that it has not begun yet.
    pub(crate) fn has_claims(&self) -> bool {
        !self.claims.is_empty()
    }

    /// Whether at most `n` runs are in progress.
    pub(crate) fn is_quiet_but_for(&self, n: u64) -> bool {
        self.in_progress <= n
    }

    /// Removes a job that has no slot left.
    pub(super) fn remove_if_over(&mut self, place: Place) -> Option<Removed> {
        let why = self.live(place)?.removal_reason()?;
        self.remove(place, why)
    }

    pub(super) fn remove(&mut self, place: Place, why: Removal) -> Option<Removed> {
        let removed = self.take_out(place, why)?;
        for tag in removed.label.tags() {
            self.tags.remove(tag, place);
        }
        Some(removed)
    }

    /// Removes a job from all but the index of tags.
    fn take_out(&mut self, place: Place, why: Removal) -> Option<Removed> {
        self.withdraw(place);
        let record = self.live(place)?;
        let removed = Removed { label: record.label(), why, body: record.leave() };
        if let Some(key) = record.key().cloned() {
            self.keys.remove(&key);
        }
        self.queue.remove(place.row);
        self.forget_if_unused(place);
        Some(removed)
    }

    /// Removes the jobs that have a tag, in the order of their registration.
    pub(super) fn remove_tagged(&mut self, tag: &str) -> Vec<Removed> {
        let tagged = self.tags.take(tag);
        let mut all = Vec::with_capacity(tagged.len());
        for place in tagged {
            let Some(removed) = self.take_out(place, Removal::Cleared) else { continue };
            for other in removed.label.tags().iter().filter(|other| ***other != *tag) {
                self.tags.remove(other, place);
            }
            all.push(removed);
        }
        all
    }

    /// Removes all jobs, in the order of their registration.
    pub(super) fn remove_all(&mut self) -> Vec<Removed> {
        self.all().into_iter().filter_map(|place| self.remove(place, Removal::Cleared)).collect()
    }

    /// Removes all jobs; no more are to be added.
    pub(super) fn abandon(&mut self) -> Vec<Removed> {
        self.abandoned = true;
        self.remove_all()
    }

    pub(super) fn is_abandoned(&self) -> bool {
        self.abandoned
    }

    /// Pauses a job; `None` if it was paused already, or is gone.
    pub(super) fn pause(&mut self, place: Place) -> Option<Label> {
        let due = self.queue.due(place.row);
        self.live(place).filter(|record| !record.is_paused())?;
        self.withdraw(place);
        let record = self.live(place)?;
        record.pause(due);
        let label = record.label();
        self.queue.remove(place.row);
        Some(label)
    }

    /// Resumes a paused job at its next slot after `now`; if there is none left, the job is removed.
    pub(super) fn resume(&mut self, place: Place, now: Timestamp) -> Option<(Label, Option<Removed>)> {
        let record = self.live(place).filter(|record| record.is_paused())?;
        let due = record.resume(now);
        let label = record.label();
        self.set_due(place, due);
        Some((label, self.remove_if_over(place)))
    }

    /// Adds a tag; `None` if the job has it already, or is gone.
    pub(super) fn tag(&mut self, place: Place, tag: &str) -> Option<Label> {
        self.live(place)?;
        let tag = self.tags.shared(tag);
        let is_new = self.tags.insert(&tag, place);
        let record = self.live(place).filter(|_| is_new)?;
        record.add_tag(tag);
        Some(record.label())
    }

    /// All jobs, in the order of their registration.
    pub(crate) fn all(&self) -> Vec<Place> {
        let rows = self.records.iter().zip(0..);
        let live = rows.filter_map(|(record, row)| {
            let record = record.as_ref().filter(|record| record.is_registered())?;
            Some(Place { id: record.id, row })
        });
        let mut all: Vec<Place> = live.collect();
        all.sort_unstable_by_key(|place| place.id);
        all
    }

    /// The jobs that have a tag, in the order of their registration.
    pub(crate) fn tagged(&self, tag: &str) -> Vec<Place> {
        self.tags.tagged(tag).collect()
    }

    /// The job with this key.
    pub(crate) fn keyed(&self, key: &str) -> Option<Place> {
        self.keys.get(key).copied()
    }

    /// The job with this number. O(n): a number says no place.
    pub(crate) fn numbered(&self, id: JobId) -> Option<Place> {
        let is_it = |record: &Record| record.id == id && record.is_registered();
        let row = self.records.iter().position(|record| record.as_ref().is_some_and(is_it))?;
        Some(Place { id, row: row as u32 })
    }

    /// Plain data about all jobs, in the order of their registration.
    pub(crate) fn snapshot(&self, zone: Zone) -> Vec<JobInfo> {
        let info = |place: Place| Some(self.record(place)?.snapshot(self.due(place), zone));
        self.all().into_iter().filter_map(info).collect()
    }

    /// The next `n` slots of a job. Random lengths are drawn as an example: the job draws its own.
    pub(crate) fn upcoming(&self, place: Place, n: usize) -> Vec<Timestamp> {
        let Some((record, next)) = self.record(place).zip(self.due(place)) else { return Vec::new() };
        record.upcoming(next, n, &mut self.random.clone())
    }

    /// The first slot of all jobs. One that a pass has claimed and not begun is overdue. O(1).
    #[inline]
    pub(crate) fn next(&self) -> Option<Timestamp> {
        self.claims.first().map(|claim| claim.slot).or_else(|| self.queue.first().map(Entry::due))
    }

    /// Withdraws the slot that a pass has claimed and not begun; returns it.
    fn withdraw(&mut self, place: Place) -> Option<Timestamp> {
        let ticket = self.live(place)?.clear_ticket()?;
        self.claims.withdraw(ticket)
    }

    /// The first slot of the jobs that have a tag.
    pub(super) fn next_tagged(&self, tag: &str) -> Option<Timestamp> {
        self.tags.tagged(tag).filter_map(|place| self.due(place)).min()
    }

    /// Counts one more handle of a job.
    pub(crate) fn hold(&mut self, place: Place) {
        if let Some(record) = self.record_mut(place) {
            record.handles = record.handles.saturating_add(1);
        }
    }

    /// Counts one handle less of a job.
    pub(crate) fn release(&mut self, place: Place) {
        if let Some(record) = self.record_mut(place) {
            // A count that has reached the limit is no longer exact: such a record stays.
            if record.handles < u32::MAX {
                record.handles -= 1;
            }
            self.forget_if_unused(place);
        }
    }

    fn forget_if_unused(&mut self, place: Place) {
        let is_unused = |record: &Record| !record.is_registered() && !record.is_in_progress() && record.handles == 0;
        if self.record(place).is_some_and(is_unused) {
            self.records[place.row as usize] = None;
            self.free.push(place.row);
        }
    }
}
