//! A copy of the registry, whose passes show what would happen.

use std::collections::HashMap;

use super::{Launch, Registry, Removed, Skipped, Tags, Timers, Unbegun};
use crate::{
    event::{Removal, Skip},
    id::JobId,
    job::Record,
    outcome::Outcome,
    timestamp::Timestamp,
};

/// What happens to a job in a simulation.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Step {
    pub(crate) job: JobId,
    pub(crate) at: Timestamp,
    pub(crate) what: Happening,
}

#[derive(Clone, Copy, Debug)]
pub(crate) enum Happening {
    /// A run, for a slot.
    Run(Timestamp),
    /// A slot that shares the run of an earlier one.
    Coalesced,
    /// A slot that is skipped.
    Skipped(Timestamp, Skip),
    Removed(Removal),
}

/// A copy of the registry in which bodies do nothing, and take no time.
///
/// Its passes are those of the registry itself, each at the very instant of the next slot, so what happens is what a
/// scheduler does that is polled in time. Nothing of it changes the registry: lengths are drawn from a copy of the
/// random source.
pub(crate) struct Simulation {
    registry: Registry,
    now: Timestamp,
    is_begun: bool,
    /// What happened in the last pass and is not taken yet, last first.
    steps: Vec<Step>,
}

impl Registry {
    /// A simulation that begins `now`. O(n) for n jobs.
    pub(crate) fn simulation(&self, now: Timestamp) -> Simulation {
        let copy =
            |record: &Option<Record>| record.as_ref().filter(|record| record.is_registered()).map(Record::simulated);
        let registry = Registry {
            records: self.records.iter().map(copy).collect(),
            free: Vec::new(),
            queue: self.queue.clone(),
            tags: Tags::default(),
            keys: HashMap::new(),
            claims: self.claims.clone(),
            random: self.random.clone(),
            zone_watch: self.zone_watch.clone(),
            timers: Timers::default(),
            in_progress: 0,
            is_hooked: false,
            spent: Vec::new(),
            #[cfg(feature = "tokio")]
            tasks: Default::default(),
            ..*self
        };
        Simulation { registry, now, is_begun: false, steps: Vec::new() }
    }
}

impl Simulation {
    /// The most slots of one job that are noted as coalesced.
    const MOST_COALESCED: usize = 1_000;

    /// What happens next, strictly before `end`; `None` if nothing does. Steps are in the order in which they happen,
    /// except for slots that were missed before the simulation began, which come first.
    pub(crate) fn next(&mut self, end: Timestamp) -> Option<Step> {
        if !std::mem::replace(&mut self.is_begun, true) {
            self.begin();
        }
        while self.steps.is_empty() {
            let now = self.registry.next()?.max(self.now);
            if now >= end {
                return None;
            }
            self.now = now;
            self.pass();
        }
        self.steps.pop()
    }

    pub(crate) fn registry(&self) -> &Registry {
        &self.registry
    }

    /// When the last step happened, or the simulation began.
    pub(crate) fn now(&self) -> Timestamp {
        self.now
    }

    /// Leaves out the jobs that are not wanted.
    pub(crate) fn retain(&mut self, is_wanted: impl Fn(&Record) -> bool) {
        for place in self.registry.all() {
            if !self.registry.record(place).is_some_and(&is_wanted) {
                self.registry.remove(place, Removal::Cleared);
            }
        }
    }

    /// Takes note of what has happened up to now.
    fn begin(&mut self) {
        // The runs in progress are over: what has waited for their end follows.
        for place in self.registry.all() {
            let removed = self.registry.remove_or_requeue(place);
            self.note_removed(removed);
        }
        self.note_coalesced();
        self.steps.reverse();
    }

    /// One pass, now.
    fn pass(&mut self) {
        let (pass, skipped) = self.registry.claim_due(self.now);
        skipped.iter().for_each(|skipped| self.note_skipped(skipped));
        while let Some(launch) = self.registry.begin_next::<false>(pass, self.now) {
            let started = match launch {
                Launch::Here(started) => Ok(started),
                #[cfg(feature = "tokio")]
                Launch::Spawn(started) => Ok(started),
                // A worker takes it at once, and there are no hooks in here.
                Launch::Submit(run) | Launch::Hooked(run) => {
                    self.registry.begin_submitted(run.place, run.run, &run.terms, self.now)
                }
                Launch::Not(unbegun) => Err(unbegun),
            };
            match started {
                Ok(started) => {
                    let place = started.place();
                    self.note(place.id, Happening::Run(started.run.slot));
                    let after = self.registry.end(place, started.body, started.is_counted, &Outcome::Completed);
                    self.note_removed(after.and_then(|after| after.removed));
                }
                Err(unbegun) => {
                    let Unbegun { skipped, removed, .. } = *unbegun;
                    skipped.iter().for_each(|skipped| self.note_skipped(skipped));
                    self.note_removed(removed);
                }
            }
        }
        self.steps.reverse();
    }

    /// Notes the slots that have passed without a run of their own.
    fn note_coalesced(&mut self) {
        for place in self.registry.all() {
            let Some(record) = self.registry.record(place) else { continue };
            // Such a job has a run for each slot, or an option that decides which of them share one: see the pass.
            if record.policies().is_some() {
                continue;
            }
            let due = self.registry.next_of(place).filter(|due| *due <= self.now);
            // Found as if each had been used when it was due.
            let mut slots = record.slots(due, Timestamp::EARLIEST);
            // `times` counts runs, of which they have none.
            slots.left = None;
            let mut random = self.registry.random.clone();
            // One that is claimed has a run, and the others share it; otherwise the first of them has one.
            let with_run = usize::from(record.ticket().is_none());
            let missed = std::iter::from_fn(|| slots.next(&mut random)).take_while(|slot| *slot <= self.now);
            let missed: Vec<_> = missed.skip(with_run).take(Self::MOST_COALESCED).collect();
            missed.into_iter().for_each(|slot| self.note_at(slot, place.id, Happening::Coalesced));
        }
        self.steps.sort_by_key(|step| step.at);
    }

    fn note_skipped(&mut self, skipped: &Skipped) {
        self.note(skipped.label.id, Happening::Skipped(skipped.run.slot, skipped.why));
    }

    fn note_removed(&mut self, removed: Option<Removed>) {
        if let Some(Removed { label, why, .. }) = removed {
            self.note(label.id, Happening::Removed(why));
        }
    }

    fn note(&mut self, job: JobId, what: Happening) {
        self.note_at(self.now, job, what);
    }

    fn note_at(&mut self, at: Timestamp, job: JobId, what: Happening) {
        self.steps.push(Step { at, job, what });
    }
}
