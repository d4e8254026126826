//! From a due slot to the end of its run.

use super::{taken::Taken, Left, Registry};
use crate::{
    event::Removal,
    job::{Place, Record, Task, Turn, Who},
    outcome::Outcome,
    queue::Queue,
    timestamp::Timestamp,
};

/// A slot of one job.
pub(crate) struct Due {
    pub(crate) who: Who,
    pub(crate) scheduled_at: Timestamp,
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
    pub(crate) row: u32,
    pub(crate) task: Task,
    pub(crate) turn: Turn,
}

impl Run {
    /// Begins a run of the job in a row; `None` when it is one too many. Where it is the last, the job leaves the queue.
    #[inline]
    fn begin(record: &mut Record, row: u32, scheduled_at: Timestamp, now: Timestamp, queue: &mut Queue) -> Option<Run> {
        let (task, goes_on) = record.begin(now)?;
        if !goes_on {
            queue.remove(row);
        }
        Some(Run { row, task, turn: Turn { who: record.who(), scheduled_at, run_count: record.run_count() } })
    }

    pub(crate) fn place(&self) -> Place {
        Place { id: self.turn.who.id, row: self.row }
    }
}

/// What the end of a run leaves to do without the lock.
pub(crate) enum Remains {
    /// A body to drop: one of several instances, or of a job that was removed while it ran.
    Spare(Task),
    Leaving(Left),
}

impl Registry {
    /// Takes all that is due at `now` out of the queue, in order, as the due set of a new pass. Tells which slots are
    /// skipped, because the workers have enough runs of the job in hand.
    ///
    /// A job that is running in the thread of another pass stays out of the queue until it ends, lest it run inside
    /// itself. One that still waits for its run in an earlier pass will run once for both slots.
    pub(crate) fn take_due(&mut self, now: Timestamp) -> (u64, Vec<Due>) {
        let pass = self.taken.begin_pass();
        let mut skipped = Vec::new();
        let mut entries = self.queue.take_due(now);
        for entry in &mut entries {
            let (row, due) = (entry.row(), entry.due());
            let Some(record) = self.records.get_mut(row as usize).and_then(Option::as_mut) else {
                entry.set_due(Timestamp::NEVER);
                continue;
            };
            let is_full = record.is_full();
            if is_full && !record.is_parallel() {
                record.keep(due);
                entry.set_due(Timestamp::NEVER);
                continue;
            }
            entry.set_due(record.use_up(due, now).unwrap_or(Timestamp::NEVER));
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
    #[inline(always)]
    pub(crate) fn begin_next(&mut self, pass: u64, now: Timestamp) -> Option<Step> {
        while let Some(Taken { row, slot, .. }) = self.taken.pop(pass) {
            let Some(record) = self.records.get_mut(row as usize).and_then(Option::as_mut) else { continue };
            record.give_up();
            if record.is_parallel() {
                record.count_in();
                self.instances += 1;
                let place = Place { id: record.id, row };
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
    pub(crate) fn begin_by_hand(&mut self, place: Place, now: Timestamp) -> Option<Run> {
        let due = self.due(place).filter(|due| *due <= now);
        self.live(place).filter(|record| !record.is_full())?;
        let taken = self.withdraw(place);
        if let Some(due) = due {
            let next = self.live(place)?.use_up(due, now);
            self.set_due(place, next);
        }
        let record = self.records.get_mut(place.row as usize)?.as_mut()?;
        let run = Run::begin(record, place.row, taken.or(due).unwrap_or(now), now, &mut self.queue)?;
        record.count_in();
        self.instances += 1;
        Some(run)
    }

    /// Begins a run that a worker has come to; `None` when it is not wanted any more.
    pub(crate) fn begin_submitted(&mut self, place: Place, scheduled_at: Timestamp, now: Timestamp) -> Option<Run> {
        self.live(place).filter(|record| !record.is_paused())?;
        let record = self.records.get_mut(place.row as usize)?.as_mut()?;
        Run::begin(record, place.row, scheduled_at, now, &mut self.queue)
    }

    /// Ends a run.
    #[inline(always)]
    pub(crate) fn end(&mut self, place: Place, task: Task, outcome: &Outcome) -> Option<Remains> {
        self.instances -= 1;
        match self.record_mut(place).filter(|record| *outcome == Outcome::Completed && record.goes_on()) {
            Some(record) => {
                record.complete(task);
                None
            }
            None => self.end_otherwise(place, task, outcome),
        }
    }

    /// [`end`](Self::end), where more becomes of the job, or of its body, than that it has run.
    #[inline(never)]
    fn end_otherwise(&mut self, place: Place, task: Task, outcome: &Outcome) -> Option<Remains> {
        let due = if outcome.is_success() { None } else { self.due(place) };
        let Some(record) = self.record_mut(place) else { return Some(Remains::Spare(task)) };
        record.note(outcome, due);
        record.count_out();
        if !record.is_registered() {
            self.forget_if_unused(place);
            return Some(Remains::Spare(task));
        }
        let spare = record.put_back(task);
        let mut left = self.leave_or_wait(place);
        if *outcome == Outcome::Cancelled {
            let why = Removal::ReturnedCancelJob;
            left = left.map(|left| Left { why, ..left }).or_else(|| self.remove(place, why));
        }
        // Where there is a spare body, that which stays in the job is the same, so it is not the last of it.
        left.map(Remains::Leaving).or(spare.map(Remains::Spare))
    }

    /// Counts an instance less, of a run that did not begin.
    pub(crate) fn end_instance(&mut self, place: Place) -> Option<Left> {
        self.instances -= 1;
        self.record_mut(place)?.count_out();
        self.leave_or_wait(place)
    }

    /// What becomes of a job with the end of a run: a slot that has waited for that comes into the queue, and a job that has
    /// no slot left leaves.
    fn leave_or_wait(&mut self, place: Place) -> Option<Left> {
        let record = self.record_mut(place)?;
        if let Some(due) = record.take_waiting() {
            let key = (due, record.priority(), place.id.0);
            self.queue.put(place.row, key);
        }
        self.forget_if_unused(place);
        self.leave_if_over(place)
    }
}
