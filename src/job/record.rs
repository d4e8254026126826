//! One job: what was asked for, and what has become of it.

use std::sync::Arc;

use chrono::TimeDelta;

use super::{Ending, JobId, Labels, Special, Task, Who};
use crate::{outcome::Outcome, timestamp::Timestamp, trigger::Pace};

/// What a sentence asks for, apart from the body.
pub(crate) struct Spec {
    /// The first slot.
    pub(crate) first: Timestamp,
    pub(crate) terms: Terms,
}

/// When a job runs, and all else that its sentence says.
pub(crate) enum Terms {
    /// Every so much elapsed time, and nothing else: what most jobs are. The next slot alone says where the grid lies.
    Plain(Pace),
    Special(Box<Special>),
}

/// Whether a job has slots.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Life {
    Scheduled,
    Paused,
    /// It has left the registry.
    Gone,
}

/// How the last run ended, without its text.
#[derive(Clone, Copy)]
enum Verdict {
    NotYet,
    Completed,
    Cancelled,
    /// The special terms say how.
    Failed,
}

/// A job and its state, but for its next slot, which the queue knows.
///
/// What a run touches lies here, in little more than a cache line; what most jobs have not is in [`Special`].
pub(crate) struct Record {
    pub(crate) id: JobId,
    pub(super) terms: Terms,
    /// The body; away while it runs, and for good once the job has left the registry.
    task: Option<Task>,
    /// The type name of the body.
    body: fn() -> &'static str,
    run_count: u64,
    last_run: Timestamp,
    /// How many handles are about; the record stays for them after the job has gone.
    pub(crate) handles: u32,
    ticket: u32,
    /// Whether a pass has taken a slot of the job and not come to it yet: `ticket` says which.
    is_taken: bool,
    pub(super) life: Life,
    verdict: Verdict,
    /// Whether the body is running in a thread that polls.
    running: bool,
}

impl Record {
    /// A job that is registered, with one handle about.
    pub(crate) fn new(id: JobId, terms: Terms, body: fn() -> &'static str, task: Task) -> Self {
        Record {
            id,
            terms,
            task: Some(task),
            body,
            run_count: 0,
            last_run: Timestamp::UNIX_EPOCH,
            handles: 1,
            ticket: 0,
            is_taken: false,
            life: Life::Scheduled,
            verdict: Verdict::NotYet,
            running: false,
        }
    }

    #[inline]
    pub(crate) fn special(&self) -> Option<&Special> {
        match &self.terms {
            Terms::Plain(_) => None,
            Terms::Special(special) => Some(special),
        }
    }

    #[inline]
    fn special_mut(&mut self) -> Option<&mut Special> {
        match &mut self.terms {
            Terms::Plain(_) => None,
            Terms::Special(special) => Some(special),
        }
    }

    /// The special terms, made if the job had none. `due` is its next slot; where it has none, it is never asked for one.
    fn make_special(&mut self, due: Option<Timestamp>) -> &mut Special {
        if let Terms::Plain(pace) = self.terms {
            self.terms = Terms::Special(Box::new(Special::plain(pace, due.unwrap_or(self.last_run))));
        }
        match &mut self.terms {
            Terms::Special(special) => special,
            Terms::Plain(_) => unreachable!("they have just been made"),
        }
    }

    #[inline]
    pub(crate) fn who(&self) -> Who {
        Who { id: self.id, body: self.body, labels: self.labels().cloned() }
    }

    fn labels(&self) -> Option<&Arc<Labels>> {
        self.special()?.labels.as_ref()
    }

    pub(crate) fn tags(&self) -> &[Arc<str>] {
        self.labels().map_or(&[], |labels| &labels.tags)
    }

    /// Adds a tag that the job does not bear. `due` is the next slot.
    pub(crate) fn add_tag(&mut self, tag: Arc<str>, due: Option<Timestamp>) {
        Arc::make_mut(self.make_special(due).labels.get_or_insert_with(Arc::default)).tags.push(tag);
    }

    /// Lower runs first among jobs that are due at the same instant.
    pub(crate) fn priority(&self) -> i32 {
        self.special().map_or(0, |special| special.priority)
    }

    /// The ticket of the slot that a pass has taken and not come to yet.
    #[inline]
    pub(crate) fn ticket(&self) -> Option<u32> {
        self.is_taken.then_some(self.ticket)
    }

    /// A pass has taken a slot.
    #[inline]
    pub(crate) fn take(&mut self, ticket: u32) {
        self.ticket = ticket;
        self.is_taken = true;
    }

    /// Gives up the ticket; returns it.
    #[inline]
    pub(crate) fn give_up(&mut self) -> Option<u32> {
        let ticket = self.ticket();
        self.is_taken = false;
        ticket
    }

    #[inline]
    pub(crate) fn is_registered(&self) -> bool {
        self.life != Life::Gone
    }

    pub(crate) fn is_paused(&self) -> bool {
        self.life == Life::Paused
    }

    /// Whether the workers run it.
    #[inline]
    pub(crate) fn is_parallel(&self) -> bool {
        self.special().is_some_and(|special| special.workers.is_some())
    }

    pub(crate) fn last_run(&self) -> Option<Timestamp> {
        (self.run_count > 0).then_some(self.last_run)
    }

    #[inline]
    pub(crate) fn run_count(&self) -> u64 {
        self.run_count
    }

    pub(crate) fn last_outcome(&self) -> Option<Outcome> {
        match self.verdict {
            Verdict::NotYet => None,
            Verdict::Completed => Some(Outcome::Completed),
            Verdict::Cancelled => Some(Outcome::Cancelled),
            Verdict::Failed => self.special()?.failure.clone(),
        }
    }

    /// Uses up `slot` and finds the next one after `now`: late or not, once for all that were missed.
    #[inline(always)]
    pub(crate) fn use_up(&mut self, slot: Timestamp, now: Timestamp) -> Option<Timestamp> {
        match &mut self.terms {
            Terms::Plain(pace) => pace.next_after(slot, now).or_else(|| self.finish()),
            Terms::Special(special) => special.use_up(slot, now),
        }
    }

    /// No slot is left.
    #[cold]
    fn finish(&mut self) -> Option<Timestamp> {
        self.make_special(None).ending = Some(Ending::Finished);
        None
    }

    /// The slot that is still to come while it is out of the queue; a paused job has none.
    pub(crate) fn waiting(&self) -> Option<Timestamp> {
        self.special().filter(|_| self.life == Life::Scheduled)?.kept
    }

    /// Keeps the slot that leaves the queue because the body is running.
    pub(crate) fn keep(&mut self, due: Timestamp) {
        self.make_special(Some(due)).kept = Some(due);
    }

    /// Gives back the slot that was kept while the body was running.
    pub(crate) fn take_waiting(&mut self) -> Option<Timestamp> {
        match self.life {
            Life::Scheduled => self.special_mut()?.kept.take(),
            Life::Paused | Life::Gone => None,
        }
    }

    /// Takes the slots away; `due` is the next one.
    pub(crate) fn pause(&mut self, due: Option<Timestamp>) {
        self.life = Life::Paused;
        let idle = !self.is_under_way();
        let special = self.make_special(due);
        special.kept = due.or(special.kept);
        if idle {
            special.ending = None;
        }
    }

    /// Gives back the slot that was to come, if it still is, else finds the next one after `now`.
    pub(crate) fn resume(&mut self, now: Timestamp) -> Option<Timestamp> {
        self.life = Life::Scheduled;
        self.special_mut()?.resume(now)
    }

    /// Takes the job out of the registry; returns its body, unless that is running.
    pub(crate) fn leave(&mut self) -> Option<Task> {
        self.life = Life::Gone;
        self.task.take()
    }

    /// Why the job is to leave: no slot is left, and no run is under way or waits for its turn.
    pub(crate) fn over(&self) -> Option<Ending> {
        self.special()?.ending.filter(|_| !self.is_under_way() && !self.is_taken)
    }

    /// Whether a run is under way, or waits for a worker.
    pub(crate) fn is_under_way(&self) -> bool {
        self.running || self.special().is_some_and(|special| special.in_hand > 0)
    }

    /// Whether another run would be one too many at a time.
    #[inline]
    pub(crate) fn is_full(&self) -> bool {
        match self.special().and_then(|special| Some((special.in_hand, special.workers?))) {
            Some((in_hand, workers)) => in_hand >= workers.get(),
            None => self.running,
        }
    }

    /// Counts a run more.
    #[inline]
    pub(crate) fn count_in(&mut self) {
        match self.special_mut().filter(|special| special.workers.is_some()) {
            Some(special) => special.in_hand += 1,
            None => self.running = true,
        }
    }

    /// Counts a run less.
    #[inline]
    pub(crate) fn count_out(&mut self) {
        match self.special_mut().filter(|special| special.workers.is_some()) {
            Some(special) => special.in_hand -= 1,
            None => self.running = false,
        }
    }

    /// Begins a run: its body, and whether a slot is left after it. `None` when it is one too many for `times`.
    #[inline]
    pub(crate) fn begin(&mut self, now: Timestamp) -> Option<(Task, bool)> {
        let (task, goes_on) = match &mut self.terms {
            Terms::Plain(_) => (self.task.take()?, true),
            Terms::Special(special) => special.begin(&mut self.task, self.run_count)?,
        };
        self.last_run = now;
        self.run_count += 1;
        Some((task, goes_on))
    }

    /// Whether the end of a run that has done its work changes nothing but the job's own record.
    #[inline]
    pub(crate) fn goes_on(&self) -> bool {
        self.is_registered() && self.special().map_or(true, Special::goes_on)
    }

    /// Ends a run that has done its work, of a job that [goes on](Self::goes_on).
    #[inline]
    pub(crate) fn complete(&mut self, task: Task) {
        self.verdict = Verdict::Completed;
        self.running = false;
        self.task = Some(task);
    }

    /// Takes note of how a run has ended. `due` is the next slot, where the run has failed.
    #[inline]
    pub(crate) fn note(&mut self, outcome: &Outcome, due: Option<Timestamp>) {
        self.verdict = match outcome {
            Outcome::Completed => Verdict::Completed,
            Outcome::Cancelled => Verdict::Cancelled,
            Outcome::Failed(_) | Outcome::Panicked(_) => Verdict::Failed,
        };
        if let Verdict::Failed = self.verdict {
            self.make_special(due).failure = Some(outcome.clone());
        }
    }

    /// Puts the body back after a run. Where it is there already, that was another.
    #[inline]
    pub(crate) fn put_back(&mut self, task: Task) -> Option<Task> {
        match self.task {
            Some(_) => Some(task),
            None => {
                self.task = Some(task);
                None
            }
        }
    }

    /// After the wall clock was set back to `now`: returns what becomes of `due`, the next slot. See
    /// [`Special::set_back`].
    pub(crate) fn set_back(&mut self, by: TimeDelta, now: Timestamp, due: Option<Timestamp>) -> Option<Timestamp> {
        match &mut self.terms {
            Terms::Special(special) => special.set_back(by, now, due),
            Terms::Plain(_) => due.map(|due| due - by),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[cfg(target_pointer_width = "64")]
    fn a_record_is_little_more_than_a_cache_line() {
        assert_eq!(std::mem::size_of::<Option<Record>>(), 80);
    }
}
