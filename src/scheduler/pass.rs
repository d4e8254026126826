//! What runs when: a pass over what is due, or a run by hand.

use std::{sync::Arc, time::Duration};

use super::{
    inside::Inside,
    registry::{Due, Remains, Run, Step},
    Inner,
};
use crate::{
    clock::Reading,
    executor,
    job::{Context, Place, Turn},
    journal::note,
    outcome::Outcome,
    timestamp::Timestamp,
};

impl Inner {
    /// Runs what is due, as long as `go_on` says so before each body; what is left then is for the next who polls.
    #[inline]
    pub(crate) fn run_pending(self: &Arc<Self>, go_on: &dyn Fn() -> bool) -> usize {
        let reading = self.clock().read();
        if self.is_idle(&reading) {
            return 0;
        }
        self.pass(reading, go_on)
    }

    /// Apart from the question whether there is anything to do, so that this is asked quickly. Behind one lock a run ends
    /// and the next begins, unless somebody is to be told in between.
    #[inline(never)]
    fn pass(self: &Arc<Self>, reading: Reading, go_on: &dyn Fn() -> bool) -> usize {
        let (mut registry, mut now) = self.enter(reading);
        let (pass, skipped) = registry.take_due(now);
        if !skipped.is_empty() {
            drop(registry);
            skipped.iter().for_each(|due| self.tell_skipped(due));
            (registry, now) = self.enter_now();
        }
        let inside = Inside::of(self);
        let mut ran = 0;
        while go_on() {
            let Some(step) = registry.begin_next(pass, now) else { break };
            drop(registry);
            ran += 1;
            match step {
                Step::Run(mut run) => {
                    let outcome = self.perform(&inside, &mut run);
                    registry = self.registry();
                    let remains = registry.end(run.place(), run.task, &outcome);
                    if remains.is_none() && self.is_unheard(&outcome) && registry.agrees(&self.clock().read()) {
                        self.bell().ring();
                        now = registry.now();
                        continue;
                    }
                    drop(registry);
                    self.tell_ended(run.turn, outcome, remains);
                    inside.at(None);
                }
                Step::Submit(place, due) => {
                    inside.at(None);
                    self.submit(place, &due);
                }
            }
            (registry, now) = self.enter_now();
        }
        ran
    }

    /// How many bodies of this scheduler this thread is inside of.
    pub(crate) fn bodies_around(&self) -> u64 {
        Inside::depth(self)
    }

    #[inline(never)]
    fn submit(self: &Arc<Self>, place: Place, due: &Due) {
        self.tell_submitted(due);
        let scheduled_at = due.scheduled_at;
        let inner = Arc::clone(self);
        self.pool().submit(Box::new(move || inner.run_submitted(place, scheduled_at)));
    }

    /// What a worker does.
    fn run_submitted(&self, place: Place, scheduled_at: Timestamp) {
        match self.with_now(|registry, now| registry.begin_submitted(place, scheduled_at, now)) {
            Some(run) => self.execute_alone(run),
            None => {
                let left = self.registry().end_instance(place);
                left.into_iter().for_each(|left| self.tell_left(left));
                self.bell().ring();
            }
        }
    }

    pub(super) fn run_all(&self, delay: Duration) -> usize {
        let all = self.books().all();
        note!(Debug, "running all {} jobs with {delay:?} in between", all.len());
        let mut ran = 0;
        for job in all {
            let there = self.books().record(job).is_some_and(|record| record.is_registered());
            if ran > 0 && there && !delay.is_zero() {
                self.clock().sleep(delay);
            }
            ran += usize::from(self.run_now(job));
        }
        ran
    }

    /// Runs a body in this thread; `false` when the job is gone, or is running.
    pub(crate) fn run_now(&self, job: Place) -> bool {
        if Inside::is(self, job.id) {
            return false;
        }
        let run = self.with_now(|registry, now| registry.begin_by_hand(job, now));
        run.map(|run| self.execute_alone(run)).is_some()
    }

    #[inline(never)]
    fn execute_alone(&self, mut run: Run) {
        let inside = Inside::of(self);
        let outcome = self.perform(&inside, &mut run);
        let remains = self.registry().end(run.place(), run.task, &outcome);
        self.tell_ended(run.turn, outcome, remains);
    }

    /// Runs a body.
    #[inline]
    fn perform(&self, inside: &Inside, run: &mut Run) -> Outcome {
        note!(Debug, "running {}", run.turn.who.name());
        inside.at(Some(run.turn.who.id));
        executor::run(&mut *run.task, &Context { turn: &run.turn, clock: self.clock() })
    }

    /// Whether nobody is to be told how a run ended.
    #[inline]
    fn is_unheard(&self, outcome: &Outcome) -> bool {
        outcome.is_success() && self.listeners().is_empty()
    }

    #[inline(never)]
    fn tell_ended(&self, turn: Turn, outcome: Outcome, remains: Option<Remains>) {
        self.tell_outcome(&turn.who, turn.scheduled_at, outcome);
        match remains {
            Some(Remains::Spare(task)) => executor::drop_quietly(task),
            Some(Remains::Leaving(left)) => self.tell_left(left),
            None => {}
        }
        self.bell().ring();
    }
}
