//! All jobs of a scheduler, and the order in which they are due.
//!
//! Everything here happens under the lock. What would call or drop a user's value is returned to the caller instead.

mod attempts;
mod claims;
mod hooked;
mod policies;
mod remembered;
mod runs;
mod simulation;
mod suspension;
mod tags;
#[cfg(feature = "tokio")]
mod tasks;
mod timers;
mod zone_watch;

use std::{collections::HashMap, sync::Arc};

use chrono::{DateTime, TimeDelta, Utc};
use fastrand::Rng;

pub(crate) use self::simulation::{Happening, Simulation};
pub(super) use self::{
    attempts::{Cut, Ended, Expired, Settled},
    runs::{AfterRun, Launch, Skipped, Started, Submission, Terms, Unbegun},
};
use self::{claims::Claims, suspension::Suspension, tags::Tags, timers::Timers, zone_watch::ZoneWatch};
use crate::{
    event::Removal,
    id::JobId,
    job::{BoxedBody, Compiled, DueSlot, Hook, JobInfo, JobSpec, Label, Place, Record, Timing},
    queue::{Entry, Queue},
    timestamp::{nanos_of, Timestamp},
    zone::Zone,
};

/// The table of records, with indices by due order, by tag and by key.
///
/// A registered job is in exactly one of these places, which is what most functions here maintain:
///
/// - in the queue, with its next slot;
/// - out of the queue, with a slot that its record keeps: it is paused, or a pass found its body running;
/// - out of the queue without a slot, and about to be removed: its last run is claimed or in progress.
///
/// In addition it may have one claim, for a slot before the one in the queue.
pub(crate) struct Registry {
    records: Vec<Option<Record>>,
    /// The rows without a record, to be used again. A `Place` has a job's number beside its row, so an old one finds
    /// nothing.
    free: Vec<u32>,
    queue: Queue,
    tags: Tags,
    keys: HashMap<Arc<str>, Place>,
    claims: Claims,
    timers: Timers,
    #[cfg(feature = "tokio")]
    tasks: tasks::Tasks,
    /// Set while nothing is due.
    suspension: Suspension,
    /// When the scheduler was paused, while it is.
    paused_at: Timestamp,
    /// The number of jobs ever registered.
    registered: u64,
    /// The number of the last run, or of the last slot that was skipped.
    runs: u64,
    /// The number of runs in progress, including those that wait for a worker.
    in_progress: u64,
    /// The number of those whose thread waits, in a shutdown, for the others to end.
    waiting: u64,
    /// Draws random lengths.
    random: Rng,
    /// Watches the rules of the machine's zone.
    pub(super) zone_watch: ZoneWatch,
    /// Whether the scheduler has hooks.
    pub(super) is_hooked: bool,
    /// Set when the last `Scheduler` was dropped: from then on nothing is registered.
    abandoned: bool,
    /// What users own of jobs that are gone or were updated: to be dropped without the lock.
    pub(super) spent: Vec<Spent>,
}

/// What the registry has done with, and users own.
#[allow(dead_code)] // It is only dropped.
pub(super) enum Spent {
    /// With a trigger of theirs.
    Timing(Timing),
    Hooks(Arc<Vec<Hook>>),
}

/// A job that was removed. The caller drops its body, if it is not running, after the lock is released.
pub(crate) struct Removed {
    pub(crate) place: Place,
    pub(crate) label: Label,
    pub(crate) why: Removal,
    pub(crate) body: Option<BoxedBody>,
    /// Its runs that waited for another attempt, and have ended with it.
    pub(crate) ended: Vec<Ended>,
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
            timers: Timers::default(),
            #[cfg(feature = "tokio")]
            tasks: Default::default(),
            suspension: Suspension::default(),
            paused_at: Timestamp::UNIX_EPOCH,
            registered: 0,
            runs: 0,
            in_progress: 0,
            waiting: 0,
            random,
            zone_watch: ZoneWatch::new(),
            is_hooked: false,
            abandoned: false,
            spent: Vec::new(),
        }
    }

    /// Draws a number from a range, both ends included.
    pub(crate) fn draw(&mut self, low: u64, high: u64) -> u64 {
        self.random.u64(low..=high)
    }

    /// A copy of the random source, for questions that change nothing.
    pub(crate) fn random_copy(&self) -> Rng {
        self.random.clone()
    }

    /// Registers a job, with one handle. O(log n).
    pub(super) fn add(&mut self, spec: JobSpec, body: BoxedBody) -> Place {
        let id = JobId(self.registered);
        self.registered += 1;
        // Rows are used again, so a program that adds and removes jobs for years does not grow.
        let row = self.free.pop().unwrap_or(self.records.len() as u32);
        let place = Place { id, row };
        let first = spec.compiled.first;
        if let Some(generation) = spec.compiled.generation {
            self.zone_watch.begin(generation);
        }
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

    /// Updates a job that is registered again under its key: replaces body and options, and the schedule if the new one
    /// differs. The counts stay, and a paused job stays paused. Returns the old body, unless it is running, and whether
    /// the schedule differs.
    pub(super) fn redeclare(&mut self, place: Place, spec: JobSpec, body: BoxedBody) -> (Option<BoxedBody>, bool) {
        let JobSpec { compiled, options } = spec;
        let due = self.queue.due(place.row);
        let claims = &self.claims;
        let record = self.records.get_mut(place.row as usize).and_then(Option::as_mut);
        let Some(record) = record.filter(|record| record.id == place.id && record.is_registered()) else {
            return (Some(body), false);
        };
        // A calendar may have other dates now.
        let is_rescheduled =
            record.timing().schedule() != compiled.timing.schedule() || !record.timing().has_dates_of(&compiled.timing);
        let tags: Vec<Arc<str>> = record.tags().to_vec();
        let claimed = record.ticket().filter(|_| record.policies().is_none());
        self.spent.extend(record.take_hooks().map(Spent::Hooks));
        let old = record.redeclare(options, body);
        if let Some(slot) = claimed.filter(|_| record.policies().is_some()).and_then(|ticket| claims.slot(ticket)) {
            let windows = record.windows();
            record.backlog_mut().push(DueSlot { slot, windows });
        }
        tags.iter().for_each(|tag| self.tags.remove(tag, place));
        // The record is taken out and put back, because `index` borrows all of the registry.
        if let Some(mut record) = self.records.get_mut(place.row as usize).and_then(Option::take) {
            self.index(&mut record, place);
            self.records[place.row as usize] = Some(record);
        }
        if is_rescheduled {
            self.reschedule(place, compiled);
        } else if due.is_some() {
            // The priority may have changed, which is part of the key in the queue.
            self.set_due(place, due);
        }
        (old, is_rescheduled)
    }

    /// Gives a job another schedule. Returns `false` if it is gone. If no runs are left, it is over, and the caller
    /// removes it.
    pub(super) fn reschedule(&mut self, place: Place, compiled: Compiled) -> bool {
        // A claimed slot is of the old schedule.
        self.withdraw_all(place);
        let Compiled { timing, first, off_grid, generation } = compiled;
        let Some(record) = self.live(place) else { return false };
        let (is_run_left, old) = record.reschedule(timing, off_grid);
        let first = is_run_left.then_some(first);
        match first {
            Some(first) if record.is_paused() => record.keep(first),
            first => self.set_due(place, first),
        }
        if old.follows_machine() {
            self.zone_watch.end();
        }
        if let Some(generation) = generation {
            self.zone_watch.begin(generation);
        }
        self.spent.extend(Some(old).filter(Timing::has_users_trigger).map(Spent::Timing));
        true
    }

    /// Makes a job due at `now`, off its grid, unless it is due already. `None` if it is gone, it or the
    /// scheduler is paused, or its last run is in progress.
    pub(super) fn make_due(&mut self, place: Place, now: Timestamp) -> Option<Label> {
        if self.is_paused() {
            return None;
        }
        let due = self.due(place);
        let record = self.live(place).filter(|record| !record.is_paused())?;
        let label = record.label();
        // Claimed or due: the run is on its way.
        let is_for_attempt = record.policies().is_some() && !record.has_backlog();
        if record.ticket().is_some() && !is_for_attempt {
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

    /// Makes all jobs follow the wall clock, which was set back to `now`; `by` is negative if it was set forward, which
    /// undid a set-back. Returns the jobs that have no slot left, because it would now be after their deadline.
    ///
    /// O(n log n): besides `clear` and the listings, only this looks at all jobs.
    pub(super) fn set_back(&mut self, by: TimeDelta, now: Timestamp) -> Vec<Removed> {
        self.claims.set_back(now);
        self.zone_watch.look_soon();
        if !self.timers.is_unused() {
            let nanos = nanos_of(by);
            self.timers.set_back(nanos);
            // Those of jobs that were removed, too.
            let records = self.records.iter_mut().flatten();
            records.filter_map(Record::attempts_mut).for_each(|attempts| attempts.set_back(nanos));
        }
        self.all().into_iter().filter_map(|place| self.set_back_job(place, by, now)).collect()
    }

    /// [`set_back`](Self::set_back) for one job.
    pub(super) fn set_back_job(&mut self, place: Place, by: TimeDelta, now: Timestamp) -> Option<Removed> {
        let due = self.due(place);
        let record = self.records.get_mut(place.row as usize)?.as_mut();
        let record = record.filter(|record| record.id == place.id && record.is_registered())?;
        let due = record.set_back(by, now, due, &mut self.random);
        if record.has_backlog() {
            record.backlog_mut().set_back(now);
        }
        self.set_due(place, due);
        self.remove_if_over(place)
    }

    /// Makes all jobs in the machine's zone follow it, because it has other rules. Returns those that have no slot
    /// left. O(n log n).
    pub(super) fn follow_zone(&mut self, now: Timestamp) -> Vec<Removed> {
        self.all().into_iter().filter_map(|place| self.follow_zone_with(place, now)).collect()
    }

    /// [`follow_zone`](Self::follow_zone) for one job.
    fn follow_zone_with(&mut self, place: Place, now: Timestamp) -> Option<Removed> {
        let due = self.due(place);
        let record = self.live(place).filter(|record| record.timing().follows_machine())?;
        let due = record.follow_zone(now, due);
        self.set_due(place, due);
        self.remove_if_over(place)
    }

    /// The record of a job that is registered, or was removed and still has a handle.
    #[inline]
    pub(crate) fn record(&self, place: Place) -> Option<&Record> {
        self.records.get(place.row as usize)?.as_ref().filter(|record| record.id == place.id)
    }

    #[inline]
    fn record_mut(&mut self, place: Place) -> Option<&mut Record> {
        self.records.get_mut(place.row as usize)?.as_mut().filter(|record| record.id == place.id)
    }

    /// The record of a registered job.
    fn live(&mut self, place: Place) -> Option<&mut Record> {
        self.record_mut(place).filter(|record| record.is_registered())
    }

    /// The next slot of a job, apart from one that a pass has claimed.
    pub(crate) fn due(&self, place: Place) -> Option<Timestamp> {
        let record = self.record(place)?;
        self.queue.due(place.row).filter(|_| record.is_registered()).or_else(|| record.waiting())
    }

    /// Sets the next slot of a job.
    fn set_due(&mut self, place: Place, due: Option<Timestamp>) {
        let Some(record) = self.live(place) else { return };
        // A slot that was kept because the job is running is replaced. If the new one is due while it still runs, the
        // next pass keeps it again.
        record.take_waiting();
        let priority = record.priority();
        match due {
            Some(due) => self.queue.put(place.row, (due, priority, place.id.0)),
            None => self.queue.remove(place.row),
        }
    }

    /// Whether a slot is claimed whose run has not begun and may begin.
    pub(crate) fn has_claims(&self) -> bool {
        self.suspension.is_none() && !self.claims.is_empty()
    }

    /// Whether no runs are in progress but `n`, those that the asking thread is inside of.
    pub(crate) fn is_quiet_but_for(&self, n: u64) -> bool {
        self.in_progress <= n
    }

    /// Removes a job that has no slot left and no run in progress or claimed.
    pub(super) fn remove_if_over(&mut self, place: Place) -> Option<Removed> {
        let why = self.live(place)?.removal_reason()?;
        self.remove(place, why)
    }

    /// Removes a job; `None` if it is gone.
    pub(super) fn remove(&mut self, place: Place, why: Removal) -> Option<Removed> {
        let removed = self.take_out(place, why)?;
        for tag in removed.label.tags() {
            self.tags.remove(tag, place);
        }
        Some(removed)
    }

    /// Removes a job from all but the index of tags.
    fn take_out(&mut self, place: Place, why: Removal) -> Option<Removed> {
        self.withdraw_all(place);
        let ended = if self.timers.is_unused() { Vec::new() } else { self.end_waiting(place) };
        let record = self.live(place)?;
        let removed = Removed { place, label: record.label(), why, body: record.leave(), ended };
        let hooks = record.take_hooks();
        let followed_machine = record.timing().follows_machine();
        if let Some(key) = record.key().cloned() {
            self.keys.remove(&key);
        }
        if followed_machine {
            self.zone_watch.end();
        }
        self.queue.remove(place.row);
        self.spent.extend(hooks.map(Spent::Hooks));
        self.forget_if_unused(place);
        Some(removed)
    }

    /// Removes the jobs that have a tag, in the order of their registration.
    pub(super) fn remove_tagged(&mut self, tag: &str) -> Vec<Removed> {
        // Takes the whole list of the tag: removing its jobs one by one would look it up once per job.
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

    /// Removes all jobs, for good: none is registered afterwards.
    pub(super) fn abandon(&mut self) -> Vec<Removed> {
        self.abandoned = true;
        self.remove_all()
    }

    pub(super) fn is_abandoned(&self) -> bool {
        self.abandoned
    }

    /// Pauses a job, `at` an instant; `None` if it was paused already, or is gone.
    pub(super) fn pause(&mut self, place: Place, at: Timestamp) -> Option<Label> {
        let due = self.queue.due(place.row);
        self.live(place).filter(|record| !record.is_paused())?;
        // An overdue slot that is claimed or waits is dropped: a paused job misses nothing.
        self.withdraw_all(place);
        let record = self.live(place)?;
        record.pause(due, at);
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
        self.claim_waiting(place);
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
        // Rows that were used again are out of order. Numbers are not.
        all.sort_unstable_by_key(|place| place.id);
        all
    }

    /// The jobs that have a tag, in the order of their registration.
    pub(crate) fn tagged(&self, tag: &str) -> Vec<Place> {
        self.tags.tagged(tag).collect()
    }

    /// The names of the jobs that name this pool, in the order of their registration. O(n).
    pub(super) fn named_in_pool(&self, pool: &str) -> Vec<String> {
        let jobs = self.all().into_iter().filter_map(|place| self.record(place));
        jobs.filter(|record| record.pool() == Some(pool)).map(|record| record.label().name().to_owned()).collect()
    }

    /// The job with this key.
    pub(crate) fn keyed(&self, key: &str) -> Option<Place> {
        self.keys.get(key).copied()
    }

    /// The job with this number. O(n), because a number does not say the row.
    pub(crate) fn numbered(&self, id: JobId) -> Option<Place> {
        let is_it = |record: &Record| record.id == id && record.is_registered();
        let row = self.records.iter().position(|record| record.as_ref().is_some_and(is_it))?;
        Some(Place { id, row: row as u32 })
    }

    /// Plain data about all jobs, in the order of their registration.
    pub(crate) fn snapshot(&self, zone: Zone) -> Vec<JobInfo> {
        let info = |place: Place| Some(self.record(place)?.snapshot(self.next_of(place), zone));
        self.all().into_iter().filter_map(info).collect()
    }

    /// The next `n` slots of a job. Random lengths are drawn from a copy of the random source, so asking changes
    /// nothing.
    pub(crate) fn upcoming(&self, place: Place, n: usize, now: Timestamp) -> Vec<DateTime<Utc>> {
        /// More are seldom asked for, and a job may have fewer.
        const EXPECTED: usize = 128;
        let (Some(record), mut random) = (self.record(place), self.random.clone()) else { return Vec::new() };
        let mut slots = record.slots(self.next_of(place), now);
        let mut found = Vec::with_capacity(n.min(EXPECTED));
        found.extend((0..n).map_while(|_| slots.next(&mut random)).map(Timestamp::datetime));
        found
    }

    /// When something is due: the first slot of all jobs, or an attempt that ends or begins. `None` while nothing is
    /// due. O(1).
    #[inline]
    pub(crate) fn next(&self) -> Option<Timestamp> {
        if self.timers.is_unused() {
            self.next_slot()
        } else {
            self.next_with_timers()
        }
    }

    #[inline]
    fn next_slot(&self) -> Option<Timestamp> {
        // A claimed slot is overdue. It counts, although its pass may be about to begin it: if the loop was stopped
        // half-way, nobody is, and a poll that saw only the queue would find itself idle.
        let next = self.claims.first().map(|claim| claim.slot).or_else(|| self.queue.first().map(Entry::due));
        next.filter(|_| self.suspension.is_none())
    }

    #[cold]
    #[inline(never)]
    fn next_with_timers(&self) -> Option<Timestamp> {
        self.next_slot().into_iter().chain(self.timers.next(!self.suspension.is_none())).min()
    }

    /// Whether there are time limits or attempts to come.
    #[inline]
    pub(super) fn has_timers(&self) -> bool {
        !self.timers.is_unused()
    }

    /// When the time of an attempt in progress is over.
    pub(super) fn next_limit(&self) -> Option<Timestamp> {
        self.timers.next(true)
    }

    /// Withdraws the claim of a job, if it has one; returns its slot. O(1).
    pub(super) fn withdraw(&mut self, place: Place) -> Option<Timestamp> {
        let ticket = self.live(place)?.take_ticket()?;
        self.claims.withdraw(ticket)
    }

    /// The first slot of the jobs that have a tag.
    pub(super) fn next_tagged(&self, tag: &str) -> Option<Timestamp> {
        self.tags.tagged(tag).filter_map(|place| self.next_of(place)).min()
    }

    /// Counts a handle of a job, whose record stays for as long as there are any. `false` if the record is gone.
    pub(crate) fn hold(&mut self, place: Place) -> bool {
        let record = self.record_mut(place);
        if let Some(record) = record {
            record.handles = record.handles.saturating_add(1);
            return true;
        }
        false
    }

    /// Counts a handle less.
    pub(crate) fn release(&mut self, place: Place) {
        if let Some(record) = self.record_mut(place) {
            // A count that has reached the limit is no longer exact: such a record is never freed.
            if record.handles < u32::MAX {
                record.handles -= 1;
            }
            self.forget_if_unused(place);
        }
    }

    /// Frees the row of a job that was removed, and has neither a run in progress nor a handle.
    fn forget_if_unused(&mut self, place: Place) {
        let is_unused =
            |record: &Record| !record.is_registered() && record.runs_in_progress() == 0 && record.handles == 0;
        if self.record(place).is_some_and(is_unused) {
            let record = &mut self.records[place.row as usize];
            if record.as_ref().is_some_and(|record| record.timing().has_users_trigger()) {
                self.spent.extend(record.take().map(Record::into_timing).map(Spent::Timing));
            }
            *record = None;
            self.free.push(place.row);
        }
    }
}
