//! All jobs of a scheduler, and in which order they are due. Calls no code of the user's, so it may be locked.

mod runs;
mod tags;
mod taken;

use chrono::TimeDelta;

pub(super) use self::runs::{Due, Remains, Run, Step};
use self::{tags::Tags, taken::DueSets};
use crate::{
    clock::Reading,
    event::Removal,
    job::{Ending, JobId, Place, Record, Spec, Task, Terms, Who},
    queue::{Entry, Queue},
    timestamp::{delta_of, Timestamp},
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
    /// What the clocks showed when they were last read.
    read: Reading,
    /// How far ahead of the monotonic clock we take the wall clock to be, in nanoseconds. It may seem to be a little less
    /// far.
    ahead: i128,
    /// The same, for who looks without the lock.
    ahead_nanos: i64,
    /// Set when the last owner has gone: nothing is to be registered any more.
    abandoned: bool,
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
            ahead: read.ahead(),
            ahead_nanos: read.ahead_nanos(),
            abandoned: false,
        }
    }

    /// Whether the wall clock is where we take it to be, or seems to be; takes note of what the clocks show then.
    #[inline]
    pub(super) fn agrees(&mut self, reading: &Reading) -> bool {
        let agrees = (0..=Self::TOLERANCE.into()).contains(&(self.ahead - reading.ahead()));
        if agrees && !reading.is_before(&self.read) {
            self.read = *reading;
        }
        agrees
    }

    /// What the wall clock showed when it was last read, by whomever.
    #[inline]
    pub(super) fn now(&self) -> Timestamp {
        self.read.instant()
    }

    /// Whether somebody may have told of a later reading: one of the same moment that shows another wall clock may be.
    pub(super) fn has_read_later(&self, reading: &Reading) -> bool {
        reading.is_before(&self.read) || (!self.read.is_before(reading) && *reading != self.read)
    }

    /// Takes note of what the clocks show, and tells by how much the wall clock was set back. If it was, the jobs that
    /// count elapsed time are moved with it; this alone looks at all jobs. A reading older than the last tells nothing.
    pub(super) fn note(&mut self, reading: Reading) -> Option<SetBack> {
        if reading.is_before(&self.read) {
            return None;
        }
        self.read = reading;
        let back = self.ahead - reading.ahead();
        if !(1..=Self::TOLERANCE.into()).contains(&back) {
            self.ahead = reading.ahead();
            self.ahead_nanos = reading.ahead_nanos();
        }
        if back <= Self::TOLERANCE.into() {
            return None;
        }
        self.taken.set_back(reading.instant());
        let back = delta_of(back).unwrap_or(TimeDelta::MAX);
        let mut over = Vec::new();
        for place in self.all() {
            self.move_back(place, back);
            over.extend(self.leave_if_over(place));
        }
        Some(SetBack { by: back, over })
    }

    /// Registers a job that was planned when the clocks showed `planned`. It leaves at once when the wall clock was set back
    /// since, and no slot is left by that.
    pub(super) fn add(
        &mut self,
        spec: Spec,
        planned: &Reading,
        body: fn() -> &'static str,
        task: Task,
    ) -> (Place, Option<Left>) {
        let id = JobId(self.registered);
        self.registered += 1;
        let Spec { first, mut terms } = spec;
        let row = self.free.pop().unwrap_or(self.records.len() as u32);
        let place = Place { id, row };
        if let Terms::Special(special) = &mut terms {
            special.labels.iter_mut().for_each(|labels| self.tags.enter(labels, place));
        }
        let record = Record::new(id, terms, body, task);
        self.queue.put(row, (first, record.priority(), id.0));
        match self.records.get_mut(row as usize) {
            Some(free) => *free = Some(record),
            None => self.records.push(Some(record)),
        }
        let back = planned.ahead() - self.ahead;
        if back <= Self::TOLERANCE.into() {
            return (place, None);
        }
        self.move_back(place, delta_of(back).unwrap_or(TimeDelta::MAX));
        (place, self.leave_if_over(place))
    }

    /// Moves a job because the wall clock was set back.
    fn move_back(&mut self, place: Place, by: TimeDelta) {
        let (due, now) = (self.due(place), self.now());
        let Some(record) = self.live(place) else { return };
        let due = record.set_back(by, now, due);
        self.set_due(place, due);
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
    pub(crate) fn due(&self, place: Place) -> Option<Timestamp> {
        let record = self.record(place)?;
        self.queue.due(place.row).filter(|_| record.is_registered()).or_else(|| record.waiting())
    }

    /// Puts a job where its next slot says. One that waited for the end of a run may lie ahead again; if it does not, the
    /// next poll finds that out.
    fn set_due(&mut self, place: Place, due: Option<Timestamp>) {
        let Some(record) = self.live(place) else { return };
        record.take_waiting();
        let priority = record.priority();
        match due {
            Some(due) => self.queue.put(place.row, (due, priority, place.id.0)),
            None => self.queue.remove(place.row),
        }
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
        self.withdraw(place);
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

    /// Removes all jobs; no more are to be added.
    pub(super) fn abandon(&mut self) -> Vec<Left> {
        self.abandoned = true;
        self.remove_all()
    }

    pub(super) fn is_abandoned(&self) -> bool {
        self.abandoned
    }

    /// Takes a job's slots away until it is resumed; `None` when it was paused already, or is gone.
    pub(super) fn pause(&mut self, place: Place) -> Option<Who> {
        let due = self.queue.due(place.row);
        self.live(place).filter(|record| !record.is_paused())?;
        self.withdraw(place);
        let record = self.live(place)?;
        record.pause(due);
        let who = record.who();
        self.queue.remove(place.row);
        Some(who)
    }

    /// Continues a paused job at its next slot after `now`; where there is none left, the job leaves.
    pub(super) fn resume(&mut self, place: Place, now: Timestamp) -> Option<(Who, Option<Left>)> {
        let record = self.live(place).filter(|record| record.is_paused())?;
        let due = record.resume(now);
        let who = record.who();
        self.set_due(place, due);
        Some((who, self.leave_if_over(place)))
    }

    /// Adds a tag; `None` when the job bears it already, or is gone.
    pub(super) fn tag(&mut self, place: Place, tag: &str) -> Option<Who> {
        self.live(place)?;
        let tag = self.tags.shared(tag);
        let is_new = self.tags.insert(&tag, place);
        let due = self.due(place);
        let record = self.live(place).filter(|_| is_new)?;
        record.add_tag(tag, due);
        Some(record.who())
    }

    /// All jobs, in the order of their registration. They are sorted as what is due is, because another sort would make
    /// every program larger.
    pub(crate) fn all(&self) -> Vec<Place> {
        let rows = self.records.iter().zip(0..);
        let live = rows.filter_map(|(record, row)| {
            let record = record.as_ref().filter(|record| record.is_registered())?;
            Some(Entry::new(row, (Timestamp::UNIX_EPOCH, 0, record.id.0)))
        });
        let mut all: Vec<Entry> = live.collect();
        Entry::sort(&mut all);
        all.iter().map(|entry| Place { id: JobId(entry.seq()), row: entry.row() }).collect()
    }

    /// The jobs that bear a tag, in the order of their registration.
    pub(crate) fn tagged(&self, tag: &str) -> Vec<Place> {
        self.tags.bearers(tag).collect()
    }

    /// What [`next_nanos`](Self::next_nanos) says where it is earlier than `i64` can tell.
    pub(super) const EARLIER: i64 = i64::MIN;

    /// And where it is later.
    pub(super) const LATER: i64 = i64::MAX - 1;

    /// [`next`](Self::next) in nanoseconds since the Unix epoch, for who looks without the lock: before it a poll has
    /// nothing to do. `i64::MAX` where there is none. O(1).
    pub(super) fn next_nanos(&self) -> i64 {
        self.next().map_or(i64::MAX, |next| next.unix_nanos().min(Self::LATER))
    }

    /// How far ahead of the monotonic clock we take the wall clock to be, for who looks without the lock.
    #[inline]
    pub(super) fn ahead_nanos(&self) -> i64 {
        self.ahead_nanos
    }

    /// The first slot of all jobs. One that a pass has taken and not begun is overdue. O(1).
    #[inline]
    pub(crate) fn next(&self) -> Option<Timestamp> {
        self.taken.first().map(|taken| taken.slot).or_else(|| self.queue.first().map(Entry::due))
    }

    /// Takes out the slot that a pass has taken and not come to yet.
    fn withdraw(&mut self, place: Place) -> Option<Timestamp> {
        let ticket = self.live(place)?.give_up()?;
        self.taken.withdraw(ticket)
    }

    /// The first slot of the jobs that bear a tag.
    pub(super) fn next_tagged(&self, tag: &str) -> Option<Timestamp> {
        self.tags.bearers(tag).filter_map(|place| self.due(place)).min()
    }

    /// One more handle for a job.
    pub(super) fn hold(&mut self, place: Place) {
        if let Some(record) = self.record_mut(place) {
            record.handles = record.handles.saturating_add(1);
        }
    }

    /// One handle less for a job.
    pub(super) fn release(&mut self, place: Place) {
        if let Some(record) = self.record_mut(place) {
            if record.handles < u32::MAX {
                record.handles -= 1;
            }
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
