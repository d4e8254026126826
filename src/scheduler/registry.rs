//! All jobs of a scheduler, and in which order they are due. Calls no code of the user's, so it may be locked.

use std::{collections::VecDeque, sync::Arc};

use chrono::{DateTime, TimeDelta, Utc};

use super::tags::Tags;
use crate::{
    clock::{nanos_of, Reading},
    event::Removal,
    job::{Ending, JobId, Labels, Place, Record, Spec, Task, Who},
    outcome::Outcome,
    queue::Queue,
};

/// The table of records, with the indices that spare a scan: by due order and by tag.
pub(crate) struct Registry {
    records: Vec<Option<Record>>,
    free: Vec<u32>,
    queue: Queue,
    tags: Tags,
    /// The due sets of the passes that are under way, one behind the other.
    taken: VecDeque<Taken>,
    passes: u64,
    registered: u64,
    /// How many runs are under way, those included that wait for a worker.
    instances: u64,
    /// What the clocks showed when the wall clock was last seen as far ahead as this of the monotonic one.
    read: Reading,
}

/// A job that a pass has taken from the queue to run.
struct Taken {
    place: Place,
    pass: u64,
}

/// A slot of one job.
pub(crate) struct Due {
    pub(crate) who: Who,
    pub(crate) scheduled_at: DateTime<Utc>,
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
    pub(crate) scheduled_at: DateTime<Utc>,
    pub(crate) run_count: u64,
}

/// How a run ended for its job. What was its body is for the caller to drop without the lock.
pub(crate) enum Ended {
    Stays,
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
    /// How far two clocks, read one after the other, may seem to drift apart.
    pub(super) const TOLERANCE: TimeDelta = TimeDelta::milliseconds(2);

    pub(super) fn new(read: Reading) -> Self {
        Registry {
            records: Vec::new(),
            free: Vec::new(),
            queue: Queue::default(),
            tags: Tags::default(),
            taken: VecDeque::new(),
            passes: 0,
            registered: 0,
            instances: 0,
            read,
        }
    }

    /// Takes note of what the clocks show, and tells by how much the wall clock was set back. If it was, the jobs that
    /// count elapsed time are moved with it; this alone looks at all jobs.
    pub(super) fn read(&mut self, reading: Reading) -> Option<SetBack> {
        let back = reading.set_back_since(&self.read);
        let noticed = back > Self::TOLERANCE;
        let mut over = Vec::new();
        if noticed {
            for place in self.all() {
                let Some(record) = self.live(place) else { continue };
                record.set_back(back, reading.wall());
                let ending = record.over();
                self.requeue(place);
                over.extend(ending.and_then(|ending| self.remove(place, ending.into())));
            }
        }
        if noticed || back.is_zero() {
            self.read = reading;
        }
        noticed.then_some(SetBack { by: back, over })
    }

    /// Registers a job that was planned when the clocks showed `planned`.
    pub(super) fn add(
        &mut self,
        (spec, planned): (Spec, Reading),
        body: &'static str,
        mut labels: Labels,
        task: Task,
    ) -> (Place, Who) {
        let id = JobId(self.registered);
        self.registered += 1;
        for tag in &mut labels.tags {
            *tag = self.tags.shared(tag);
        }
        let labelled = labels.name.is_some() || !labels.tags.is_empty();
        let who = Who { id, body, labels: labelled.then(|| Arc::new(labels)) };
        let mut record = Record::new(who.clone(), spec, task);
        let back = self.read.set_back_since(&planned);
        if back > Self::TOLERANCE {
            record.set_back(back, self.read.wall());
        }
        let row = self.free.pop().unwrap_or_else(|| {
            self.records.push(None);
            (self.records.len() - 1) as u32
        });
        self.records[row as usize] = Some(record);
        let place = Place { id, row };
        for tag in who.tags() {
            self.tags.insert(tag, place);
        }
        self.requeue(place);
        (place, who)
    }

    /// The record of a job that is registered, or has left but is still named by a handle.
    pub(crate) fn record(&self, place: Place) -> Option<&Record> {
        self.records.get(place.row as usize)?.as_ref().filter(|record| record.who.id == place.id)
    }

    fn record_mut(&mut self, place: Place) -> Option<&mut Record> {
        self.records.get_mut(place.row as usize)?.as_mut().filter(|record| record.who.id == place.id)
    }

    /// The record of a job that is registered.
    fn live(&mut self, place: Place) -> Option<&mut Record> {
        self.record_mut(place).filter(|record| record.registered)
    }

    /// Puts a job where its next slot says.
    fn requeue(&mut self, place: Place) {
        let Some(record) = self.live(place) else { return };
        match record.due {
            Some(due) => {
                let key = (due, record.spec.priority, place.id.0);
                self.queue.put(place.row, key);
            }
            None => self.queue.remove(place.row),
        }
    }

    /// Takes all that is due at `now` out of the queue, in order, as the due set of a new pass. Tells which slots are
    /// skipped, because the workers have enough runs of the job in hand.
    ///
    /// A job that is running in the thread of another pass stays out of the queue until it ends, lest it run inside
    /// itself. One that still waits for its run in an earlier pass will run once for both slots.
    pub(super) fn take_due(&mut self, now: DateTime<Utc>) -> (u64, Vec<Due>) {
        self.passes += 1;
        let mut skipped = Vec::new();
        while let Some(((due, _, id), row)) = self.queue.first().filter(|((due, ..), _)| *due <= now) {
            let place = Place { id: JobId(id), row };
            let pass = self.passes;
            let Some(record) = self.live(place) else {
                self.queue.remove(row);
                continue;
            };
            let full = record.is_full();
            if full && record.spec.workers.is_none() {
                self.queue.remove(row);
                continue;
            }
            record.use_up(due, now);
            if full {
                skipped.push(Due { who: record.who.clone(), scheduled_at: due });
            } else if record.taken.is_none() {
                record.taken = Some(due);
                self.taken.push_back(Taken { place, pass });
            }
            self.requeue(place);
        }
        (self.passes, skipped)
    }

    /// Begins the next run of a pass; `None` when the pass is over.
    pub(super) fn begin_next(&mut self, pass: u64, now: DateTime<Utc>) -> Option<Step> {
        while self.taken.front().is_some_and(|taken| taken.pass <= pass) {
            let Taken { place, .. } = self.taken.pop_front()?;
            let Some(record) = self.live(place) else { continue };
            let Some(scheduled_at) = record.taken.take() else { continue };
            if record.spec.workers.is_some() {
                record.instances += 1;
                let who = record.who.clone();
                self.instances += 1;
                return Some(Step::Submit(place, Due { who, scheduled_at }));
            }
            if let Some(run) = self.begin_here(place, scheduled_at, now) {
                return Some(Step::Run(run));
            }
        }
        None
    }

    /// Begins a run that somebody asked for. A slot that is already due counts as run.
    pub(super) fn begin_by_hand(&mut self, place: Place, now: DateTime<Utc>) -> Option<Run> {
        let record = self.live(place).filter(|record| !record.is_full())?;
        let mut scheduled_at = record.taken.take();
        if let Some(due) = record.due.filter(|due| *due <= now) {
            record.use_up(due, now);
            scheduled_at = scheduled_at.or(Some(due));
        }
        self.requeue(place);
        self.begin_here(place, scheduled_at.unwrap_or(now), now)
    }

    /// Begins a run in the thread that asks, and counts it as an instance.
    fn begin_here(&mut self, place: Place, scheduled_at: DateTime<Utc>, now: DateTime<Utc>) -> Option<Run> {
        let run = self.begin(place, scheduled_at, now)?;
        self.live(place)?.instances += 1;
        self.instances += 1;
        Some(run)
    }

    /// Begins a run that a worker has come to; `None` when it is not wanted any more.
    pub(super) fn begin_submitted(
        &mut self,
        place: Place,
        scheduled_at: DateTime<Utc>,
        now: DateTime<Utc>,
    ) -> Option<Run> {
        let wanted = self.live(place).is_some_and(|record| !record.paused);
        wanted.then(|| self.begin(place, scheduled_at, now)).flatten()
    }

    /// Begins a run that was counted as an instance already.
    fn begin(&mut self, place: Place, scheduled_at: DateTime<Utc>, now: DateTime<Utc>) -> Option<Run> {
        let record = self.live(place)?;
        let task = record.begin(now)?;
        let run = Run { place, task, who: record.who.clone(), scheduled_at, run_count: record.run_count };
        if record.due.is_none() {
            self.queue.remove(place.row);
        }
        Some(run)
    }

    /// Ends a run.
    pub(super) fn end(&mut self, place: Place, task: Task, outcome: Outcome) -> Ended {
        let returned_cancel = outcome == Outcome::Cancelled;
        if let Some(record) = self.record_mut(place) {
            record.last_outcome = Some(outcome);
        }
        let Some(record) = self.live(place) else {
            self.end_instance(place);
            return Ended::HadLeft(task);
        };
        if let Task::Exclusive(_) = task {
            record.task = Some(task);
        }
        let mut left = self.end_instance(place);
        if returned_cancel {
            let why = Removal::ReturnedCancelJob;
            left = left.map(|left| Left { why, ..left }).or_else(|| self.remove(place, why));
        }
        left.map_or(Ended::Stays, Ended::Leaves)
    }

    /// Counts an instance less. A job that has no slot left leaves with its last run.
    pub(super) fn end_instance(&mut self, place: Place) -> Option<Left> {
        self.instances -= 1;
        let record = self.record_mut(place)?;
        record.instances -= 1;
        let over = record.over();
        self.forget_if_unused(place);
        self.requeue(place);
        over.and_then(|ending| self.remove(place, ending.into()))
    }

    /// Whether a pass has taken something that it has not come to yet.
    pub(crate) fn has_taken(&self) -> bool {
        !self.taken.is_empty()
    }

    /// Whether no more runs are under way than so many.
    pub(crate) fn is_quiet(&self, but: u64) -> bool {
        self.instances <= but
    }

    pub(super) fn remove(&mut self, place: Place, why: Removal) -> Option<Left> {
        let record = self.live(place)?;
        record.registered = false;
        record.due = None;
        record.taken = None;
        let left = Left { who: record.who.clone(), why, task: record.task.take() };
        self.queue.remove(place.row);
        for tag in left.who.tags() {
            self.tags.remove(tag, place);
        }
        self.forget_if_unused(place);
        Some(left)
    }

    /// Takes a job's slots away until it is resumed; `None` when it was paused already, or is gone.
    pub(super) fn pause(&mut self, place: Place) -> Option<Who> {
        let record = self.live(place).filter(|record| !record.paused)?;
        record.pause();
        let who = record.who.clone();
        self.queue.remove(place.row);
        Some(who)
    }

    /// Continues a paused job at its next slot after `now`; where there is none left, the job leaves.
    pub(super) fn resume(&mut self, place: Place, now: DateTime<Utc>) -> Option<(Who, Option<Left>)> {
        let record = self.live(place).filter(|record| record.paused)?;
        record.resume(now);
        let who = record.who.clone();
        let over = record.over();
        self.requeue(place);
        Some((who, over.and_then(|ending| self.remove(place, ending.into()))))
    }

    /// Adds a tag; `None` when the job bears it already, or is gone.
    pub(super) fn tag(&mut self, place: Place, tag: &str) -> Option<Who> {
        let tag = self.tags.shared(tag);
        let record = self.live(place)?;
        if !record.who.add_tag(&tag) {
            return None;
        }
        let who = record.who.clone();
        self.tags.insert(&tag, place);
        Some(who)
    }

    /// All jobs, in the order of their registration.
    pub(crate) fn all(&self) -> Vec<Place> {
        let rows = self.records.iter().enumerate();
        let live = rows.filter_map(|(row, record)| {
            let record = record.as_ref().filter(|record| record.registered)?;
            Some(Place { id: record.who.id, row: row as u32 })
        });
        let mut all: Vec<Place> = live.collect();
        all.sort_unstable();
        all
    }

    /// The jobs that bear a tag, in the order of their registration.
    pub(crate) fn tagged(&self, tag: &str) -> Vec<Place> {
        self.tags.bearers(tag).collect()
    }

    /// Until when, in nanoseconds since the Unix epoch, a poll has nothing to do, unless the registry changes.
    pub(super) fn idle_until(&self) -> i64 {
        match self.next() {
            _ if self.has_taken() => i64::MIN,
            Some(next) => nanos_of(next),
            None => i64::MAX,
        }
    }

    /// How far the wall clock was ahead of the monotonic one when it was last read: see [`Reading::ahead_nanos`].
    pub(super) fn ahead_nanos(&self) -> i64 {
        self.read.ahead_nanos()
    }

    /// The first slot of all jobs. One that a pass has taken and not begun is overdue.
    pub(crate) fn next(&self) -> Option<DateTime<Utc>> {
        let mut taken = self.taken.iter().filter_map(|taken| self.record(taken.place)?.taken);
        taken.next().or_else(|| self.queue.first().map(|((due, ..), _)| due))
    }

    /// The first slot of the jobs that bear a tag.
    pub(super) fn next_tagged(&self, tag: &str) -> Option<DateTime<Utc>> {
        self.tags.bearers(tag).filter_map(|place| self.record(place)?.due).min()
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
        let unused = |record: &Record| !record.registered && record.instances == 0 && record.handles == 0;
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
