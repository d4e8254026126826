//! What the clones of a scheduler and the handles of its jobs share.

use std::{
    ops::{Deref, DerefMut},
    sync::{
        atomic::{AtomicI64, Ordering},
        Arc,
    },
    time::Duration,
};

use chrono::{DateTime, Utc};
use parking_lot::{Mutex, MutexGuard};

use super::{
    inside::Inside,
    listeners::Listeners,
    registry::{Due, Ended, Left, Registry, Run, SetBack, Step},
    stops::Stops,
};
use crate::{
    clock::{Clock, Reading},
    error::Result,
    event::{Event, Removal},
    executor::{self, Pool},
    job::{Context, Labels, Place, Spec, Task, Who},
    outcome::Outcome,
    wake::Bell,
    zone::Zone,
};

/// The registry while it is locked. Before others may have it, it tells until when a poll is idle.
pub(crate) struct Locked<'a> {
    registry: MutexGuard<'a, Registry>,
    inner: &'a Inner,
}

impl Deref for Locked<'_> {
    type Target = Registry;

    fn deref(&self) -> &Registry {
        &self.registry
    }
}

impl DerefMut for Locked<'_> {
    fn deref_mut(&mut self) -> &mut Registry {
        &mut self.registry
    }
}

impl Drop for Locked<'_> {
    fn drop(&mut self) {
        self.inner.idle_until.store(self.registry.idle_until(), Ordering::Release);
        self.inner.ahead.store(self.registry.ahead_nanos(), Ordering::Release);
    }
}

/// A registry behind its lock, the clock, and the listeners. User code runs with nothing locked.
pub(crate) struct Inner {
    clock: Arc<dyn Clock>,
    zone: Zone,
    registry: Mutex<Registry>,
    /// What an idle poll looks at instead of the registry: see [`Registry::idle_until`] and [`Registry::ahead_nanos`].
    idle_until: AtomicI64,
    ahead: AtomicI64,
    listeners: Arc<Listeners>,
    pool: Pool,
    /// Rings when the registry has changed, or a loop is to stop.
    bell: Bell,
    stops: Arc<Stops>,
}

impl Inner {
    pub(super) fn new(clock: Arc<dyn Clock>, zone: Zone, workers: usize) -> Self {
        let registry = Mutex::new(Registry::new(clock.read()));
        Inner {
            clock,
            zone,
            registry,
            idle_until: AtomicI64::new(i64::MIN),
            ahead: AtomicI64::new(i64::MAX),
            listeners: Arc::default(),
            pool: Pool::new(workers),
            bell: Bell::default(),
            stops: Arc::default(),
        }
    }

    pub(crate) fn clock(&self) -> &dyn Clock {
        &*self.clock
    }

    pub(crate) fn bell(&self) -> &Bell {
        &self.bell
    }

    pub(crate) fn stops(&self) -> &Arc<Stops> {
        &self.stops
    }

    pub(crate) fn zone(&self) -> Zone {
        self.zone
    }

    pub(super) fn listeners(&self) -> &Arc<Listeners> {
        &self.listeners
    }

    pub(crate) fn registry(&self) -> Locked<'_> {
        Locked { registry: self.registry.lock(), inner: self }
    }

    /// Whether a poll has nothing to do: nothing is due, and the wall clock was not set back. Locks nothing.
    ///
    /// Both numbers are written before the lock is let go, so who knows of a change sees at least these. One old and one
    /// new number do no harm: taken for busy, a poll looks again behind the lock; taken for idle, it is one that came
    /// before the change.
    fn is_idle(&self) -> bool {
        let tolerance = Registry::TOLERANCE.num_nanoseconds().unwrap_or(0);
        let reading = self.clock.read();
        reading.wall_nanos() < self.idle_until.load(Ordering::Acquire)
            && reading.ahead_nanos().saturating_add(tolerance) >= self.ahead.load(Ordering::Acquire)
    }

    /// Locks the registry and reads the clock: what is told to `f` as now is not older than what anybody was told
    /// before.
    pub(crate) fn with_now<T>(&self, f: impl FnOnce(&mut Registry, DateTime<Utc>) -> T) -> T {
        self.with_reading(|registry, reading| f(registry, reading.wall()))
    }

    /// [`with_now`](Self::with_now), for those who want both clocks.
    pub(crate) fn with_reading<T>(&self, f: impl FnOnce(&mut Registry, Reading) -> T) -> T {
        let mut registry = self.registry();
        let reading = self.clock.read();
        let back = registry.read(reading);
        let value = f(&mut registry, reading);
        drop(registry);
        if let Some(SetBack { by, over }) = back {
            let by = by.to_std().unwrap_or_default();
            executor::quietly(|| log::warn!("punctual: the wall clock was set back by {by:?}"));
            over.into_iter().for_each(|left| self.tell_left(left));
        }
        value
    }

    /// Registers a job; `plan` works out when it runs, from now. Nothing is registered when it cannot.
    pub(crate) fn add(
        &self,
        plan: impl FnOnce(DateTime<Utc>) -> Result<Spec>,
        body: &'static str,
        labels: Labels,
        task: Task,
    ) -> Result<Place> {
        let planned = self.with_reading(|_, reading| reading);
        let spec = match plan(planned.wall()) {
            Ok(spec) => spec,
            Err(error) => {
                executor::drop_quietly(task);
                return Err(error);
            }
        };
        let first = spec.first;
        let (place, who) = self.registry().add((spec, planned), body, labels, task);
        self.bell.ring();
        log::debug!("punctual: added {}, first run {first}", who.name());
        self.tell(|| Event::JobAdded { id: who.id, name: who.name().to_owned(), next_run: Some(first) });
        Ok(place)
    }

    /// Runs what is due, as long as `go_on` says so before each body; what is left then is for the next who polls.
    pub(crate) fn run_pending(self: &Arc<Self>, go_on: impl Fn() -> bool) -> usize {
        if self.is_idle() {
            return 0;
        }
        let (pass, skipped) = self.with_now(|registry, now| registry.take_due(now));
        skipped.into_iter().for_each(|due| self.tell_skipped(&due));
        let mut ran = 0;
        while go_on() {
            let step = self.with_now(|registry, now| registry.begin_next(pass, now));
            match step {
                Some(Step::Run(run)) => self.execute(run),
                Some(Step::Submit(place, due)) => self.submit(place, &due),
                None => break,
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
        let Due { who, scheduled_at } = due;
        let scheduled_at = *scheduled_at;
        self.tell(|| Event::JobSubmitted { id: who.id, name: who.name().to_owned(), scheduled_at });
        let inner = Arc::clone(self);
        self.pool.submit(Box::new(move || inner.run_submitted(place, scheduled_at)));
    }

    /// What a worker does.
    fn run_submitted(&self, place: Place, scheduled_at: DateTime<Utc>) {
        match self.with_now(|registry, now| registry.begin_submitted(place, scheduled_at, now)) {
            Some(run) => self.execute(run),
            None => {
                let left = self.registry().end_instance(place);
                left.into_iter().for_each(|left| self.tell_left(left));
                self.bell.ring();
            }
        }
    }

    /// Lets the workers go when they are done.
    pub(super) fn close_pool(&self, wait: bool) {
        self.pool.close(wait);
    }

    pub(super) fn run_all(&self, delay: Duration) -> usize {
        let all = self.registry().all();
        log::debug!("punctual: running all {} jobs with {delay:?} in between", all.len());
        let mut ran = 0;
        for job in all {
            let there = self.registry().record(job).is_some_and(|record| record.registered);
            if ran > 0 && there && !delay.is_zero() {
                self.clock.sleep(delay);
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
        run.map(|run| self.execute(run)).is_some()
    }

    fn execute(&self, run: Run) {
        let Run { place, mut task, who, scheduled_at, run_count } = run;
        executor::quietly(|| log::debug!("punctual: running {}", who.name()));
        let _inside = Inside::of(self, place);
        let context = Context { who, scheduled_at, run_count, clock: &*self.clock };
        let outcome = executor::run(&mut task, &context);
        let who = context.who;
        let ended = self.registry().end(place, task, outcome.clone());
        self.tell_outcome(&who, scheduled_at, outcome);
        match ended {
            Ended::Stays => {}
            Ended::Leaves(left) => self.tell_left(left),
            Ended::HadLeft(task) => executor::drop_quietly(task),
        }
        self.bell.ring();
    }

    /// Removes jobs; returns how many there were.
    pub(crate) fn remove(&self, jobs: &[Place], why: Removal) -> usize {
        let gone: Vec<Left> = {
            let mut registry = self.registry();
            jobs.iter().filter_map(|job| registry.remove(*job, why)).collect()
        };
        let count = gone.len();
        self.bell.ring();
        gone.into_iter().for_each(|left| self.tell_left(left));
        count
    }

    /// Forgets everything, for the last owner has gone.
    pub(super) fn abandon(&self) {
        self.pool.close(false);
        self.listeners.clear();
        let jobs = self.registry().all();
        self.remove(&jobs, Removal::Cleared);
    }

    /// Whether the job was not paused yet.
    pub(crate) fn pause(&self, job: Place) -> bool {
        let paused = self.registry().pause(job);
        self.bell.ring();
        paused.map(|who| self.tell_modified(&who, None)).is_some()
    }

    /// Whether the job was paused.
    pub(crate) fn resume(&self, job: Place) -> bool {
        let resumed = self.with_now(|registry, now| {
            let (who, left) = registry.resume(job, now)?;
            Some((who, left, registry.record(job).and_then(|record| record.due)))
        });
        let Some((who, left, next_run)) = resumed else { return false };
        self.bell.ring();
        self.tell_modified(&who, next_run);
        left.into_iter().for_each(|left| self.tell_left(left));
        true
    }

    /// Whether the tag is new to the job.
    pub(crate) fn tag(&self, job: Place, tag: &str) -> bool {
        let tagged = {
            let mut registry = self.registry();
            let who = registry.tag(job, tag);
            who.map(|who| (who, registry.record(job).and_then(|record| record.due)))
        };
        tagged.map(|(who, next_run)| self.tell_modified(&who, next_run)).is_some()
    }

    fn tell_outcome(&self, who: &Who, scheduled_at: DateTime<Utc>, outcome: Outcome) {
        let (id, name) = (who.id, who.name());
        let panicked = matches!(outcome, Outcome::Panicked(_));
        match outcome {
            Outcome::Completed | Outcome::Cancelled => {
                self.tell(|| Event::JobExecuted { id, name: name.to_owned(), scheduled_at });
            }
            Outcome::Failed(error) | Outcome::Panicked(error) => {
                log::error!("punctual: {name} {}: {error}", if panicked { "panicked" } else { "failed" });
                self.tell(|| Event::JobError { id, name: name.to_owned(), scheduled_at, error, panicked });
            }
        }
    }

    fn tell_skipped(&self, due: &Due) {
        let Due { who, scheduled_at } = due;
        log::warn!("punctual: {} has enough runs under way, the slot at {scheduled_at} is skipped", who.name());
        let scheduled_at = *scheduled_at;
        self.tell(|| Event::JobMaxInstances { id: who.id, name: who.name().to_owned(), scheduled_at });
    }

    fn tell_modified(&self, who: &Who, next_run: Option<DateTime<Utc>>) {
        log::debug!("punctual: modified {}", who.name());
        self.tell(|| Event::JobModified { id: who.id, name: who.name().to_owned(), next_run });
    }

    fn tell_left(&self, left: Left) {
        let Left { who, why, task } = left;
        log::debug!("punctual: removed {} ({why:?})", who.name());
        self.tell(|| Event::JobRemoved { id: who.id, name: who.name().to_owned(), why });
        executor::drop_quietly(task);
    }

    fn tell(&self, event: impl FnOnce() -> Event) {
        if !self.listeners.is_empty() {
            self.listeners.tell(&event());
        }
    }
}
