//! Claims and beginnings of jobs that have options for late and overlapping runs.

use super::{
    attempts::Ended,
    runs::{Launch, Started, Terms, Unbegun},
    Registry, Removed, Skipped,
};
use crate::{
    event::Skip,
    job::{Backlog, Coalesce, Executor, Missed, Overlap, Place},
    timestamp::Timestamp,
};

impl Registry {
    /// [`claim`](Self::claim) for such a job: its slots join its backlog, and one of these at a time is claimed.
    #[inline(never)]
    pub(super) fn claim_by_policy(
        &mut self,
        row: u32,
        due: Timestamp,
        now: Timestamp,
        skipped: &mut Vec<Skipped>,
    ) -> Option<Timestamp> {
        let record = self.records.get_mut(row as usize)?.as_mut()?;
        let policies = record.policies()?;
        let (overlap, coalesce) = (policies.overlap, policies.coalesce());
        let is_full = record.is_full();
        if is_full && overlap.is_none() && record.executor() == Executor::Caller {
            // As for any other job.
            record.keep(due);
            return None;
        }
        let Missed { slots, too_late, next } = record.use_missed(due, now, &mut self.random);
        let mut skip = |slot, why| {
            let run = Registry::new_run(&mut self.runs, slot);
            skipped.push(Skipped { row, label: record.label(), run, why });
        };
        too_late.into_iter().for_each(|slot| skip(slot, Skip::Misfire));
        let waiting = record.backlog().map_or(0, Backlog::len);
        let room = match overlap {
            _ if !is_full => usize::MAX,
            Some(Overlap::Queue(most)) => (most as usize).saturating_sub(waiting),
            None | Some(Overlap::Skip | Overlap::Allow(_)) => 0,
        };
        slots.iter().skip(room).for_each(|due| skip(due.slot, Skip::Overlap));
        // Unless it waits for the end of a run, or for an attempt.
        let is_queued = is_full || matches!(overlap, Some(Overlap::Queue(_))) || record.due_attempt().is_some();
        let is_claimed = record.ticket().is_some() && !is_queued;
        for due in slots.into_iter().take(room) {
            let backlog = record.backlog_mut();
            match (coalesce, backlog.last_mut().filter(|_| is_claimed)) {
                // An earlier pass has claimed a slot and not begun it: one run for both.
                (Coalesce::Latest, Some(last)) => *last = due,
                (Coalesce::Earliest, Some(_)) => {}
                (Coalesce::All(most), Some(_)) if waiting >= most as usize => {}
                _ => backlog.push(due),
            }
        }
        if record.first_waiting().is_some() {
            record.set_ticket(self.claims.push(row, due));
        }
        next
    }

    /// Begins the first run that such a job has waiting. `None` if it has none.
    #[inline(never)]
    pub(super) fn begin_by_policy(&mut self, row: u32, now: Timestamp) -> Option<Launch> {
        let record = self.records.get_mut(row as usize)?.as_mut()?;
        let place = Place { id: record.id, row };
        if record.due_attempt().is_some() {
            let launch = self.begin_attempt(row, now);
            self.claim_waiting(place);
            return launch;
        }
        if !record.has_backlog() {
            // What was claimed has ended meanwhile, and may have been all that kept the job.
            let removed = self.remove_if_over(place)?;
            return Some(Launch::Not(Box::new(Unbegun { removed: Some(removed), ..Unbegun::default() })));
        }
        let mut first = record.backlog_mut().pop()?;
        let policies = record.policies()?.clone();
        // The body of another job was slow: slots that passed meanwhile share the run, or are left to the next pass.
        let due = self.queue.due(row).filter(|due| *due <= now && !matches!(policies.coalesce(), Coalesce::All(_)));
        if let Some(due) = due.filter(|_| !record.is_full() && !record.has_backlog()) {
            if policies.coalesce() == Coalesce::Latest {
                first.slot = record.last_missed(due, now, &self.random);
            }
            match record.advance(due, now, &mut self.random) {
                Some(next) => self.queue.put(row, (next, record.priority(), record.id.0)),
                None => self.queue.remove(row),
            }
        }
        let run = Registry::new_run(&mut self.runs, first.slot);
        let terms = Terms::new(first.windows, policies.start_by(first.slot));
        let why = if record.is_full() { Some(Skip::Overlap) } else { terms.skip_reason(now) };
        if let Some(why) = why {
            let skipped = Some(Skipped { row, label: record.label(), run, why });
            self.claim_waiting(place);
            return Some(Launch::Not(Box::new(Unbegun { skipped, ended: None, removed: self.remove_if_over(place) })));
        }
        let launch = if record.is_apart() || self.is_hooked {
            self.launch_apart(row, run, terms, now)
        } else {
            let started = Started::begin_apart(record, row, run, now, &mut self.queue, false)?;
            record.start_instance(false);
            self.in_progress += 1;
            Some(Launch::Here(started))
        };
        self.claim_waiting(place);
        launch
    }

    /// Claims what waits, a slot or an attempt, if it may begin: for the pass that is newest now, or the next one.
    pub(super) fn claim_waiting(&mut self, place: Place) {
        let Some(record) = self.records.get_mut(place.row as usize).and_then(Option::as_mut) else { return };
        if let Some(first) = record.first_waiting().filter(|_| record.id == place.id) {
            record.set_ticket(self.claims.push(place.row, first));
        }
    }

    /// Takes the first slot of a job that is claimed or waits.
    pub(super) fn withdraw_first(&mut self, place: Place) -> Option<Timestamp> {
        let claimed = self.withdraw(place);
        let record = self.live(place)?;
        if record.policies().is_none() {
            return claimed;
        }
        // The claim is for the first that waits. If that is an attempt, it has a run already.
        record.has_backlog().then(|| record.backlog_mut().pop()).flatten().map(|due| due.slot)
    }

    /// Withdraws the claim of a job, and forgets its slots that wait.
    pub(super) fn withdraw_all(&mut self, place: Place) {
        self.withdraw(place);
        if let Some(record) = self.live(place) {
            record.clear_backlog();
        }
    }

    /// Ends all that waits, because the scheduler shuts down: slots that wait for the end of a run, and runs that wait
    /// for another attempt. O(n).
    pub(in crate::scheduler) fn drop_waiting(&mut self) -> Dropped {
        let mut dropped = Dropped::default();
        for place in self.all() {
            let Some(record) = self.records.get_mut(place.row as usize).and_then(Option::as_mut) else { continue };
            let label = record.label();
            // If the first is claimed, they are left to the next poll, as those of other jobs are.
            let is_claimed = record.ticket().is_some() && record.due_attempt().is_none();
            let slots =
                if record.has_backlog() && !is_claimed { record.backlog_mut().take() } else { Default::default() };
            if slots.is_empty() && record.attempts().is_none() {
                continue;
            }
            for due in slots {
                let run = Registry::new_run(&mut self.runs, due.slot);
                dropped.skipped.push(Skipped { row: place.row, label: label.clone(), run, why: Skip::Shutdown });
            }
            let ended = self.end_waiting(place);
            dropped.ended.extend(ended);
            dropped.removed.extend(self.remove_or_requeue(place));
        }
        dropped
    }
}

/// What has ended without being begun, or tried again.
#[derive(Default)]
pub(crate) struct Dropped {
    pub(crate) skipped: Vec<Skipped>,
    pub(crate) ended: Vec<Ended>,
    pub(crate) removed: Vec<Removed>,
}
