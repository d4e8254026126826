//! What the clones of a scheduler and the handles of its jobs share.

use std::{
    any::Any,
    sync::{Arc, OnceLock, Weak},
};

use chrono::TimeDelta;
use fastrand::Rng;
use parking_lot::Mutex;

use super::{
    guard::{State, StateMut, StateRef},
    idle_hint::IdleHint,
    listeners::Listeners,
    outbox::Outbox,
    registry::{Registry, Removed},
    stops::Stops,
    timekeeper::Timekeeper,
    Owner,
};
use crate::{
    clock::{Clock, Reading},
    error::{Error, Result},
    event::{EventKind, Removal},
    executor::Pool,
    job::{compile, BoxedBody, Compiled, Host, JobOptions, JobSpec, OnConflict, Place},
    schedule::Schedule,
    timestamp::Timestamp,
    unwind::drop_quietly,
    wake::Bell,
    zone::Zone,
};

/// A registry behind its lock, the clock, and the listeners. User code runs with nothing locked, except for the clock, which
/// must not call us.
pub(crate) struct Core {
    clock: Arc<dyn Clock>,
    zone: Zone,
    state: Mutex<State>,
    hint: IdleHint,
    listeners: Arc<Listeners>,
    pool: Pool,
    /// Rings when the registry has changed, or a loop is to stop.
    bell: Bell,
    stops: Arc<Stops>,
    me: Weak<Core>,
    owner: OnceLock<Weak<Owner>>,
}

impl Core {
    /// How many set-backs in a row are reported before the caller gets on with its work: some clocks fall behind at every
    /// reading.
    const SET_BACKS: usize = 8;

    pub(super) fn new(clock: Arc<dyn Clock>, zone: Zone, workers: usize, random: Rng) -> Arc<Self> {
        let timekeeper = Timekeeper::new(clock.read());
        Arc::new_cyclic(|me| Core {
            clock,
            zone,
            hint: IdleHint::new(timekeeper.ahead()),
            state: Mutex::new(State { registry: Registry::new(random), timekeeper, outbox: Outbox::default() }),
            listeners: Arc::default(),
            pool: Pool::new(workers),
            bell: Bell::default(),
            stops: Arc::default(),
            me: me.clone(),
            owner: OnceLock::new(),
        })
    }

    /// What the clones of the scheduler share. To be set once.
    pub(super) fn set_owner(&self, owner: Weak<Owner>) {
        // The core was just made: it has no owner yet.
        let _ = self.owner.set(owner);
    }

    pub(super) fn owner(&self) -> Option<Arc<Owner>> {
        self.owner.get()?.upgrade()
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

    pub(super) fn pool(&self) -> &Pool {
        &self.pool
    }

    /// The state, to change it.
    #[inline]
    pub(crate) fn lock(&self) -> StateMut<'_> {
        StateMut::new(self.state.lock(), &self.hint)
    }

    /// The registry, to read it.
    pub(crate) fn read(&self) -> StateRef<'_> {
        StateRef::new(self.state.lock())
    }

    /// Whether a poll has nothing to do at this reading. Takes no lock.
    #[inline]
    pub(super) fn is_idle(&self, reading: &Reading) -> bool {
        self.hint.is_idle(reading)
    }

    /// The first slot of all jobs. Takes no lock, in the years that `i64` can tell.
    pub(super) fn next(&self) -> Option<Timestamp> {
        self.hint.next().unwrap_or_else(|| self.read().next())
    }

    /// How long until that is due; negative if it is overdue.
    pub(super) fn idle(&self) -> Option<TimeDelta> {
        let reading = self.clock.read();
        if self.hint.was_set(&reading) {
            drop(self.enter(reading));
        }
        Some(self.next()? - reading.instant())
    }

    /// Reads the clock, and [enters](Self::enter).
    pub(crate) fn enter_now(&self) -> StateMut<'_> {
        self.enter(self.clock.read())
    }

    /// Takes the lock with a reading that was just taken: notices whether the wall clock was set.
    #[inline(never)]
    pub(crate) fn enter(&self, reading: Reading) -> StateMut<'_> {
        let mut state = self.lock();
        if state.timekeeper.agrees(&reading) {
            state
        } else {
            self.enter_after_change(state, reading)
        }
    }

    /// [`enter`](Self::enter) where the wall clock may have been set. If another thread may have noticed that in between, the
    /// clocks are read again. A set-back is reported before anything else is done.
    #[cold]
    fn enter_after_change<'a>(&'a self, mut state: StateMut<'a>, mut reading: Reading) -> StateMut<'a> {
        for _ in 0..Self::SET_BACKS {
            if state.timekeeper.may_predate_last(&reading) {
                reading = self.clock.read();
            }
            let set_back = state.timekeeper.note(reading);
            self.hint.publish_ahead(state.timekeeper.ahead());
            let Some(by) = set_back else { break };
            let now = state.timekeeper.now();
            let over = state.registry.set_back(by, now);
            self.emit_removed(&mut state, &over);
            drop(state);
            self.report_set_back(by, over);
            reading = self.clock.read();
            state = self.lock();
        }
        state
    }

    /// Registers a job, or updates the one that has its key. Registers nothing if the schedule has no slot, or the last
    /// `Scheduler` was dropped.
    pub(crate) fn register(
        &self,
        schedule: Schedule,
        options: Option<Box<JobOptions>>,
        body: BoxedBody,
    ) -> Result<Place> {
        let planned = self.clock.read();
        let compiled = match self.compile(schedule, &planned) {
            Ok(compiled) => compiled,
            Err(error) => return refuse(error, body),
        };
        let state = self.enter(planned);
        if state.registry.is_abandoned() {
            drop(state);
            return refuse(Error::gone(), body);
        }
        let spec = JobSpec { compiled, options };
        if spec.options.as_ref().is_some_and(|options| options.key.is_some()) {
            return self.register_keyed(state, spec, &planned, body);
        }
        Ok(self.add(state, spec, &planned, body))
    }

    /// Registers a job with a key, or does to the job that has it what `on_conflict` says.
    #[inline(never)]
    fn register_keyed(
        &self,
        mut state: StateMut<'_>,
        spec: JobSpec,
        planned: &Reading,
        body: BoxedBody,
    ) -> Result<Place> {
        let known = spec.options.as_ref().and_then(|options| {
            let key = options.key.as_ref()?;
            Some((state.registry.keyed(key)?, options.on_conflict, Arc::clone(key)))
        });
        match known {
            None => Ok(self.add(state, spec, planned, body)),
            Some((place, OnConflict::Keep, _)) => {
                state.registry.hold(place);
                drop(state);
                drop_quietly(body);
                Ok(place)
            }
            Some((place, OnConflict::Update, _)) => {
                state.registry.hold(place);
                let old = state.registry.redeclare(place, spec, body);
                self.emit_modified(&mut state, place);
                let removed = state.registry.remove_if_over(place);
                self.emit_removed(&mut state, &removed);
                drop(state);
                drop_quietly(old);
                self.report_modified(place);
                self.report_removed(removed);
                Ok(place)
            }
            Some((_, OnConflict::Fail, key)) => {
                drop(state);
                let expected = "expected a key that no job has, or another `on_conflict`";
                refuse(Error::conflict(format!("the key {key:?} is taken: another job has it ({expected})")), body)
            }
        }
    }

    fn add(&self, mut state: StateMut<'_>, spec: JobSpec, planned: &Reading, body: BoxedBody) -> Place {
        let first = spec.compiled.first;
        let place = state.registry.add(spec, body);
        self.emit_added(&mut state, place);
        match state.timekeeper.set_back_since(planned) {
            None => {
                drop(state);
                self.report_added(place, first);
            }
            Some(by) => self.add_in_the_past(state, place, first, by),
        }
        place
    }

    /// Follows the wall clock for a new job: it was set back after the schedule had been compiled.
    #[cold]
    fn add_in_the_past(&self, mut state: StateMut<'_>, place: Place, first: Timestamp, by: TimeDelta) {
        let now = state.timekeeper.now();
        let removed = state.registry.set_back_job(place, by, now);
        self.emit_removed(&mut state, &removed);
        drop(state);
        self.report_added(place, first);
        self.report_removed(removed);
    }

    fn compile(&self, schedule: Schedule, planned: &Reading) -> Result<Compiled> {
        compile(schedule, planned.instant(), self.zone, &mut |low, high| self.lock().registry.draw(low, high))
    }

    /// Gives a job another schedule; whether it was there.
    pub(crate) fn reschedule(&self, job: Place, schedule: Schedule) -> Result<bool> {
        let planned = self.clock.read();
        let compiled = self.compile(schedule, &planned)?;
        let mut state = self.enter(planned);
        let is_there = state.registry.reschedule(job, compiled).is_some();
        if is_there {
            self.emit_modified(&mut state, job);
            let removed = state.registry.remove_if_over(job);
            self.emit_removed(&mut state, &removed);
            drop(state);
            self.report_modified(job);
            self.report_removed(removed);
        }
        Ok(is_there)
    }

    /// Makes a job due now; whether it is.
    pub(crate) fn trigger(&self, job: Place) -> bool {
        let mut state = self.enter_now();
        let now = state.timekeeper.now();
        let is_due = state.registry.make_due(job, now).is_some();
        if is_due {
            self.emit_modified(&mut state, job);
            drop(state);
            self.report_modified(job);
        }
        is_due
    }

    /// Removes a job; whether it was there.
    pub(crate) fn remove(&self, job: Place, why: Removal) -> bool {
        let mut state = self.lock();
        let Some(removed) = state.registry.remove(job, why) else { return false };
        self.emit_removed(&mut state, [&removed]);
        drop(state);
        self.report_removed([removed]);
        true
    }

    /// Removes jobs; returns how many there were.
    pub(super) fn remove_all(&self, take_out: impl FnOnce(&mut Registry) -> Vec<Removed>) -> usize {
        let mut state = self.lock();
        let removed = take_out(&mut state.registry);
        self.emit_removed(&mut state, &removed);
        drop(state);
        let count = removed.len();
        self.report_removed(removed);
        count
    }

    /// Drops everything, because the last `Scheduler` was dropped.
    pub(super) fn abandon(&self) {
        self.pool.close(false);
        self.listeners.clear();
        self.remove_all(Registry::abandon);
        self.lock().outbox.clear();
    }

    /// Whether the job was not paused yet.
    pub(crate) fn pause(&self, job: Place) -> bool {
        let mut state = self.lock();
        let is_paused = state.registry.pause(job).is_some();
        if is_paused {
            self.emit_modified(&mut state, job);
            drop(state);
            self.report_modified(job);
        }
        is_paused
    }

    /// Whether the job was paused.
    pub(crate) fn resume(&self, job: Place) -> bool {
        let mut state = self.enter_now();
        let now = state.timekeeper.now();
        let Some((label, removed)) = state.registry.resume(job, now) else { return false };
        self.emit(&mut state, Some(&label), None, EventKind::Modified);
        self.emit_removed(&mut state, &removed);
        drop(state);
        self.report_modified(job);
        self.report_removed(removed);
        true
    }

    /// Adds a tag to a job.
    pub(crate) fn tag(&self, job: Place, tag: &str) {
        let mut state = self.lock();
        if state.registry.tag(job, tag).is_some() {
            self.emit_modified(&mut state, job);
            drop(state);
            self.report_modified(job);
        }
    }
}

impl Host for Core {
    fn clock(&self) -> Arc<dyn Clock> {
        Arc::clone(&self.clock)
    }

    fn core(&self) -> Weak<dyn Any + Send + Sync> {
        self.me.clone()
    }
}

/// Registers nothing.
#[cold]
fn refuse(error: Error, body: BoxedBody) -> Result<Place> {
    drop_quietly(body);
    Err(error)
}
