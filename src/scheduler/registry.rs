//! All jobs of a scheduler, and in which order they are due. Calls no code of the user's, so it may be locked.

use chrono::TimeDelta;

use super::{
    tags::Tags,
    taken::{DueSets, Taken},
};
use crate::{
    clock::Reading,
    event::Removal,
    instant::{delta_of, Instant},
    job::{Ending, JobId, Place, Record, Spec, Task, Terms, Who},
    outcome::Outcome,
    queue::{Entry, Queue},
};

/// The table of records, with the indices that spare a scan: by due order and by tag.
pub(crate) struct Registry {
    records: Vec<Option<Record>>,
    free: Vec<u32>,
    queue: Queue,
    tags: Tags,
    taken: DueSets,
    registered: u64,
    /// How many runs are under way, those included that wait for a worker.
    instances: u64,
    /// What the clocks showed when the wall clock was last seen as far ahead as this of the monotonic one.
    read: Reading,
    /// How far that was, for who looks without the lock.
    ahead: i64,
    /// Set when the last owner has gone: nothing stays registered any more.
    abandoned: bool,
}

/// A slot of one job.
pub(crate) struct Due {
    pub(crate) who: Who,
    pub(crate) scheduled_at: Instant,
}

/// What a pass does next.
pub(crate) enum Step {
    /// A body to run here and now.
    Run(Run),
    /// A run to hand to the workers.
    Submit(Place, Due),
}

/// A run that has begun: the body and what it is told.
pub(crate) struct Run {
    pub(crate) place: Place,
    pub(crate) task: Task,
    pub(crate) who: Who,
    pub(crate) scheduled_at: Instant,
    pub(crate) run_count: u64,
}

impl Run {
    /// Begins a run of the job in a row; `None` when it is one too many. Where it is the last, the job leaves the queue.
    fn begin(record: &mut Record, row: u32, scheduled_at: Instant, now: Instant, queue: &mut Queue) -> Option<Run> {
        let (task, goes_on) = record.begin(now)?;
        if !goes_on {
            queue.remove(row);
        }
        let place = Place { id: record.id, row };
        Some(Run { place, task, who: record.who(), scheduled_at, run_count: record.run_count() })
    }
}

/// How a run ended for its job. What was its body is for the caller to drop without the lock.
pub(crate) enum Ended {
    Stays(Option<Task>),
    Leaves(Left),
    /// It was removed while it ran.
    HadLeft(Task),
}

/// The wall clock was set back.
pub(crate) struct SetBack {
    pub(crate) by: TimeDelta,
    /// The jobs of which no slot is left by that.
    pub(crate) over: Vec<Left>,
}

/// A job that has left the registry. Its body, unless that is running, is for the caller to drop without the lock.
pub(crate) struct Left {
    pub(crate) who: Who,
    pub(crate) why: Removal,
    pub(crate) task: Option<Task>,
}

impl Registry {
    /// How far two clocks, read one after the other, may seem to drift apart, in nanoseconds.
    pub(super) const TOLERANCE: i64 = 2_000_000;

    pub(super) fn new(read: Reading) -> Self {
        Registry {
            records: Vec::new(),
            free: Vec::new(),
            queue: Queue::default(),
            tags: Tags::default(),
            taken: DueSets::default(),
            registered: 0,
            instances: 0,
            read,
            ahead: read.ahead_nanos(),
            abandoned: false,
        }
    }

    fn note(&mut self, reading: Reading) {
        self.read = reading;
        self.ahead = reading.ahead_nanos();
    }

    /// Whether somebody has told of a later reading.
    pub(super) fn has_read_later(&self, reading: &Reading) -> bool {
        reading.is_before(&self.read)
    }

    /// Takes note of what the clocks show, and tells by how much the wall clock was set back. If it was, the jobs that
    /// count elapsed time are moved with it; this alone looks at all jobs. A reading older than the last tells nothing.
    pub(super) fn read(&mut self, reading: Reading) -> Option<SetBack> {
        let back = reading.set_back_since(&self.read);
        if back <= Self::TOLERANCE.into() || reading.is_before(&self.read) {
            if back <= 0 && !reading.is_before(&self.read) {
                self.note(reading);
            }
            return None;
        }
        self.note(reading);
        let back = delta_of(back).unwrap_or(TimeDelta::MAX);
        let mut over = Vec::new();
        for place in self.all() {
            let due = self.due(place);
            let Some(record) = self.live(place) else { continue };
            let due = record.set_back(back, reading.instant(), due);
            self.set_due(place, due);
            over.extend(self.leave_if_over(place));
        }
        Some(SetBack { by: back, over })
    }

    /// Registers a job that was planned when the clocks showed `planned`.
    pub(super) fn add(&mut self, spec: Spec, planned: &Reading, body: fn() -> &'static str, task: Task) -> Place {
        let id = JobId(self.registered);
        self.registered += 1;
        let Spec { first, mut terms } = spec;
        if let Terms::Special(special) = &mut terms {
            if let Some(labels) = special.labels.as_mut().and_then(std::sync::Arc::get_mut) {
                labels.tags.iter_mut().for_each(|tag| *tag = self.tags.shared(tag));
            }
        }
        let mut record = Record::new(id, terms, body, task);
        let mut due = Some(first);
        let back = self.read.set_back_since(planned);
        if back > Self::TOLERANCE.into() {
            due = record.set_back(delta_of(back).unwrap_or(TimeDelta::MAX), self.read.instant(), due);
        }
        let row = match self.free.pop() {
            Some(row) => row,
            None => {
                self.records.push(None);
                (self.records.len() - 1) as u32
            }
        };
        let place = Place { id, row };
        for tag in record.tags() {
            self.tags.insert(tag, place);
        }
        if let Some(due) = due {
            self.queue.put(row, (due, record.priority(), id.0));
        }
        self.records[row as usize] = Some(record);
        place
    }

    /// The record of a job that is registered, or has left but is still named by a handle.
    pub(crate) fn record(&self, place: Place) -> Option<&Record> {
        self.records.get(place.row as usize)?.as_ref().filter(|record| record.id == place.id)
    }

    fn record_mut(&mut self, place: Place) -> Option<&mut Record> {
        self.records.get_mut(place.row as usize)?.as_mut().filter(|record| record.id == place.id)
    }

    /// The record of a job that is registered.
    fn live(&mut self, place: Place) -> Option<&mut Record> {
        self.record_mut(place).filter(|record| record.is_registered())
    }

    /// The next slot of a job that no pass has taken yet.
    pub(crate) fn due(&self, place: Place) -> Option<Instant> {
        let record = self.record(place)?;
        self.queue.due(place.row).filter(|_| record.is_registered()).or_else(|| record.waiting())
    }

    /// Puts a job where its next slot says; a slot that waits for the end of a run stays where it is.
    fn set_due(&mut self, place: Place, due: Option<Instant>) {
        let Some(record) = self.live(place) else { return };
        if record.take_waiting().is_some() {
            return due.into_iter().for_each(|due| record.keep(due));
        }
        let priority = record.priority();
        match due {
            Some(due) => self.queue.put(place.row, (due, priority, place.id.0)),
            None => self.queue.remove(place.row),
        }
    }

    /// Takes all that is due at `now` out of the queue, in order, as the due set of a new pass. Tells which slots are
    /// skipped, because the workers have enough runs of the job in hand.
    ///
    /// A job that is running in the thread of another pass stays out of the queue until it ends, lest it run inside
    /// itself. One that still waits for its run in an earlier pass will run once for both slots.
    pub(super) fn take_due(&mut self, now: Instant) -> (u64, Vec<Due>) {
        let pass = self.taken.begin_pass();
        let mut skipped = Vec::new();
        let mut entries = self.queue.take_due(now);
        for entry in &mut entries {
            let Entry { due, row, .. } = *entry;
            let Some(record) = self.records.get_mut(row as usize).and_then(Option::as_mut) else {
                entry.due = Instant::NEVER;
                continue;
            };
            let is_full = record.is_full();
            if is_full && !record.is_parallel() {
                record.keep(due);
                entry.due = Instant::NEVER;
                continue;
            }
            entry.due = record.use_up(due, now).unwrap_or(Instant::NEVER);
            if is_full {
                skipped.push(Due { who: record.who(), scheduled_at: due });
            } else if record.ticket().is_none() {
                record.take(self.taken.push(row, due));
            }
        }
        self.queue.put_back(entries);
        (pass, skipped)
    }

    /// Begins the next run of a pass; `None` when the pass is over.
    pub(super) fn begin_next(&mut self, pass: u64, now: Instant) -> Option<Step> {
        while let Some((Taken { row, slot, .. }, ticket)) = self.taken.pop(pass) {
            let Some(record) = self.records.get_mut(row as usize).and_then(Option::as_mut) else { continue };
            if record.ticket() != Some(ticket) {
                continue;
            }
            record.give_up();
            let place = Place { id: record.id, row };
            if record.is_parallel() {
                record.count_in();
                self.instances += 1;
                return Some(Step::Submit(place, Due { who: record.who(), scheduled_at: slot }));
            }
            if let Some(run) = Run::begin(record, row, slot, now, &mut self.queue) {
                record.count_in();
                self.instances += 1;
                return Some(Step::Run(run));
            }
        }
        None
    }

    /// Begins a run that somebody asked for. A slot that is already due counts as run.
    pub(super) fn begin_by_hand(&mut self, place: Place, now: Instant) -> Option<Run> {
        let due = self.due(place).filter(|due| *due <= now);
        let record = self.live(place).filter(|record| !record.is_full())?;
        let ticket = record.give_up();
        if let Some(due) = due {
            let next = record.use_up(due, now);
            self.set_due(place, next);
        }
        let taken = ticket.and_then(|ticket| self.taken.slot(ticket));
        let record = self.records.get_mut(place.row as usize)?.as_mut()?;
        let run = Run::begin(record, place.row, taken.or(due).unwrap_or(now), now, &mut self.queue)?;
        record.count_in();
        self.instances += 1;
        Some(run)
    }

    /// Begins a run that a worker has come to; `None` when it is not wanted any more.
    pub(super) fn begin_submitted(&mut self, place: Place, scheduled_at: Instant, now: Instant) -> Option<Run> {
        self.live(place).filter(|record| !record.is_paused())?;
        let record = self.records.get_mut(place.row as usize)?.as_mut()?;
        Run::begin(record, place.row, scheduled_at, now, &mut self.queue)
    }

    /// Ends a run.
    pub(super) fn end(&mut self, place: Place, task: Task, outcome: &Outcome) -> Ended {
        let Some(record) = self.record_mut(place) else { return Ended::HadLeft(task) };
        record.note(outcome);
        if !record.is_registered() {
            self.end_instance(place);
            return Ended::HadLeft(task);
        }
        let spare = record.put_back(task);
        let mut left = self.end_instance(place);
        if *outcome == Outcome::Cancelled {
            let why = Removal::ReturnedCancelJob;
            left = left.map(|left| Left { why, ..left }).or_else(|| self.remove(place, why));
        }
        left.map_or(Ended::Stays(spare), Ended::Leaves)
    }

    /// Counts an instance less. A job that has no slot left leaves with its last run.
    pub(super) fn end_instance(&mut self, place: Place) -> Option<Left> {
        self.instances -= 1;
        let record = self.record_mut(place)?;
        record.count_out();
        if record.is_plain() {
            return None;
        }
        if let Some(due) = record.take_waiting() {
            let key = (due, record.priority(), place.id.0);
            self.queue.put(place.row, key);
        }
        self.forget_if_unused(place);
        self.leave_if_over(place)
    }

    /// Whether a pass has taken something that it has not come to yet.
    pub(crate) fn has_taken(&self) -> bool {
        !self.taken.is_empty()
    }

    /// Whether no more runs are under way than so many.
    pub(crate) fn is_quiet(&self, but: u64) -> bool {
        self.instances <= but
    }

    fn leave_if_over(&mut self, place: Place) -> Option<Left> {
        let ending = self.live(place)?.over()?;
        self.remove(place, ending.into())
    }

    pub(super) fn remove(&mut self, place: Place, why: Removal) -> Option<Left> {
        let left = self.take_out(place, why)?;
        for tag in left.who.tags() {
            self.tags.remove(tag, place);
        }
        Some(left)
    }

    /// Removes a job from all but the index of tags.
    fn take_out(&mut self, place: Place, why: Removal) -> Option<Left> {
        let record = self.live(place)?;
        let left = Left { who: record.who(), why, task: record.leave() };
        self.queue.remove(place.row);
        self.forget_if_unused(place);
        Some(left)
    }

    /// Removes the jobs that bear a tag, in the order of their registration.
    pub(super) fn remove_tagged(&mut self, tag: &str) -> Vec<Left> {
        let bearers = self.tags.take(tag);
        let mut gone = Vec::with_capacity(bearers.len());
        for place in bearers {
            let Some(left) = self.take_out(place, Removal::Cleared) else { continue };
            for other in left.who.tags().iter().filter(|other| ***other != *tag) {
                self.tags.remove(other, place);
            }
            gone.push(left);
        }
        gone
    }

    /// Removes all jobs, in the order of their registration.
    pub(super) fn remove_all(&mut self) -> Vec<Left> {
        self.all().into_iter().filter_map(|place| self.remove(place, Removal::Cleared)).collect()
    }

    /// Removes all jobs, now and in future.
    pub(super) fn abandon(&mut self) -> Vec<Left> {
        self.abandoned = true;
        self.remove_all()
    }

    /// Whether the last owner has gone.
    pub(super) fn is_abandoned(&self) -> bool {
        self.abandoned
    }

    /// Takes a job's slots away until it is resumed; `None` when it was paused already, or is gone.
    pub(super) fn pause(&mut self, place: Place) -> Option<Who> {
        let due = self.queue.due(place.row);
        let record = self.live(place).filter(|record| !record.is_paused())?;
        record.pause(due);
        let who = record.who();
        self.queue.remove(place.row);
        Some(who)
    }

    /// Continues a paused job at its next slot after `now`; where there is none left, the job leaves.
    pub(super) fn resume(&mut self, place: Place, now: Instant) -> Option<(Who, Option<Left>)> {
        let record = self.live(place).filter(|record| record.is_paused())?;
        let due = record.resume(now);
        let who = record.who();
        self.set_due(place, due);
        Some((who, self.leave_if_over(place)))
    }

    /// Adds a tag; `None` when the job bears it already, or is gone.
    pub(super) fn tag(&mut self, place: Place, tag: &str) -> Option<Who> {
        let tag = self.tags.shared(tag);
        let record = self.live(place)?;
        if !record.add_tag(&tag) {
            return None;
        }
        let who = record.who();
        self.tags.insert(&tag, place);
        Some(who)
    }

    /// All jobs, in the order of their registration.
    pub(crate) fn all(&self) -> Vec<Place> {
        let rows = self.records.iter().zip(0..);
        let live = rows.filter_map(|(record, row)| {
            let record = record.as_ref().filter(|record| record.is_registered())?;
            Some(Place { id: record.id, row })
        });
        let mut all: Vec<Place> = live.collect();
        all.sort_unstable();
        all
    }

    /// The jobs that bear a tag, in the order of their registration.
    pub(crate) fn tagged(&self, tag: &str) -> Vec<Place> {
        self.tags.bearers(tag).collect()
    }

    /// What [`next_nanos`](Self::next_nanos) says where it would have to look further.
    pub(super) const UNTOLD: i64 = i64::MIN;

    /// [`next`](Self::next) in nanoseconds since the Unix epoch, for who looks without the lock: before it a poll has
    /// nothing to do. `i64::MAX` where there is none, or one that is later than `i64` can tell. O(1).
    pub(super) fn next_nanos(&self) -> i64 {
        match (self.taken.first(), self.queue.first()) {
            (Some(first), _) if self.is_wanted(first) => first.0.slot.unix_nanos(),
            (Some(_), _) => Self::UNTOLD,
            (None, Some(first)) => { first.due }.unix_nanos(),
            (None, None) => i64::MAX,
        }
    }

    /// How far the wall clock was ahead of the monotonic one when it was last read: see [`Reading::ahead_nanos`].
    pub(super) fn ahead_nanos(&self) -> i64 {
        self.ahead
    }

    /// The first slot of all jobs. One that a pass has taken and not begun is overdue.
    pub(crate) fn next(&self) -> Option<Instant> {
        let taken = self.taken.iter().find(|taken| self.is_wanted(*taken));
        taken.map(|(taken, _)| taken.slot).or_else(|| self.queue.first().map(|first| first.due))
    }

    /// Whether a slot that a pass has taken is still to be run.
    fn is_wanted(&self, (taken, ticket): (Taken, u32)) -> bool {
        let record = self.records.get(taken.row as usize).and_then(Option::as_ref);
        record.is_some_and(|record| record.ticket() == Some(ticket))
    }

    /// The first slot of the jobs that bear a tag.
    pub(super) fn next_tagged(&self, tag: &str) -> Option<Instant> {
        self.tags.bearers(tag).filter_map(|place| self.due(place)).min()
    }

    /// One more handle for a job.
    pub(crate) fn hold(&mut self, place: Place) {
        if let Some(record) = self.record_mut(place) {
            record.handles += 1;
        }
    }

    /// One handle less for a job.
    pub(crate) fn release(&mut self, place: Place) {
        if let Some(record) = self.record_mut(place) {
            record.handles -= 1;
            self.forget_if_unused(place);
        }
    }

    fn forget_if_unused(&mut self, place: Place) {
        let unused = |record: &Record| !record.is_registered() && !record.is_under_way() && record.handles == 0;
        if self.record(place).is_some_and(unused) {
            self.records[place.row as usize] = None;
            self.free.push(place.row);
        }
    }
}

impl From<Ending> for Removal {
    fn from(ending: Ending) -> Self {
        match ending {
            Ending::Finished => Removal::Finished,
            Ending::Deadline => Removal::Deadline,
        }
    }
}
