//! What runs when: a pass over what is due, or a run by hand.

use std::{sync::Arc, time::Duration};

use super::{
    inside::Inside,
    registry::{Due, Ended, Registry, Run, Step},
    Inner,
};
use crate::{
    clock::Reading,
    executor,
    instant::Instant,
    job::{Context, Place},
    journal::note,
};

impl Inner {
    /// Runs what is due, as long as `go_on` says so before each body; what is left then is for the next who polls.
    pub(crate) fn run_pending(self: &Arc<Self>, go_on: impl Fn() -> bool) -> usize {
        let reading = self.clock().read();
        if self.is_idle(&reading) {
            return 0;
        }
        self.pass(reading, go_on)
    }

    /// Apart from the question whether there is anything to do, so that this is asked quickly.
    #[inline(never)]
    fn pass(self: &Arc<Self>, reading: Reading, go_on: impl Fn() -> bool) -> usize {
        let next = |registry: &mut Registry, pass, now| if go_on() { registry.begin_next(pass, now) } else { None };
        let (pass, skipped, mut begun) = self.with_reading(reading, |registry, now| {
            let (pass, skipped) = registry.take_due(now);
            let begun = if skipped.is_empty() { Some(next(registry, pass, now)) } else { None };
            (pass, skipped, begun)
        });
        skipped.into_iter().for_each(|due| self.tell_skipped(&due));
        let next = |registry: &mut Registry, now| next(registry, pass, now);
        let mut ran = 0;
        while let Some(step) = begun.take().unwrap_or_else(|| self.with_now(next)) {
            match step {
                Step::Run(run) => begun = self.execute(run, next),
                Step::Submit(place, due) => self.submit(place, &due),
            }
            ran += 1;
        }
        ran
    }

    /// How many bodies of this scheduler this thread is inside of.
    pub(crate) fn bodies_around(&self) -> u64 {
        Inside::depth(self)
    }

    fn submit(self: &Arc<Self>, place: Place, due: &Due) {
        self.tell_submitted(due);
        let scheduled_at = due.scheduled_at;
        let inner = Arc::clone(self);
        self.pool().submit(Box::new(move || inner.run_submitted(place, scheduled_at)));
    }

    /// What a worker does.
    fn run_submitted(&self, place: Place, scheduled_at: Instant) {
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
        if Inside::is(self, job) {
            return false;
        }
        let run = self.with_now(|registry, now| registry.begin_by_hand(job, now));
        run.map(|run| self.execute_alone(run)).is_some()
    }

    fn execute_alone(&self, run: Run) {
        self.execute(run, |_, _| ());
    }

    /// Runs a body. Where nobody is to be told how it ended, nor that the clock was set, looks for what is `next` behind
    /// the same lock.
    fn execute<T>(&self, run: Run, next: impl FnOnce(&mut Registry, Instant) -> T) -> Option<T> {
        let Run { place, mut task, who, scheduled_at, run_count } = run;
        note!(Debug, "running {}", who.name());
        let _inside = Inside::of(self, place);
        let context = Context { who, scheduled_at, run_count, clock: self.clock() };
        let outcome = executor::run(&mut *task, &context);
        let mut registry = self.registry();
        let ended = registry.end(place, task, &outcome);
        if matches!(ended, Ended::Stays(None)) && outcome.is_success() && self.listeners().is_empty() {
            let reading = self.clock().read();
            if !self.was_set(&reading) {
                let step = next(&mut registry, reading.instant());
                drop(registry);
                self.bell().ring();
                return Some(step);
            }
        }
        drop(registry);
        self.tell_outcome(&context.who, scheduled_at, outcome);
        match ended {
            Ended::Stays(spare) => executor::drop_quietly(spare),
            Ended::Leaves(left) => self.tell_left(left),
            Ended::HadLeft(task) => executor::drop_quietly(task),
        }
        self.bell().ring();
        None
    }
}
