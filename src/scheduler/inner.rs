//! What the clones of a scheduler and the handles of its jobs share.

use std::sync::Arc;

use chrono::TimeDelta;
use log::Level;
use parking_lot::Mutex;

use super::{
    listeners::Listeners,
    locked::{Books, Locked},
    outlook::Outlook,
    registry::{Left, Registry},
    stops::Stops,
};
use crate::{
    clock::{Clock, Reading},
    error::{Error, Result},
    event::Removal,
    executor::{self, Pool},
    job::{Place, Record, Spec, Task},
    timestamp::Timestamp,
    wake::Bell,
    zone::Zone,
};

/// A registry behind its lock, the clock, and the listeners. User code runs with nothing locked, but for the clock, which
/// must not call us.
pub(crate) struct Inner {
    clock: Arc<dyn Clock>,
    zone: Zone,
    registry: Mutex<Registry>,
    outlook: Outlook,
    listeners: Arc<Listeners>,
    pool: Pool,
    /// Rings when the registry has changed, or a loop is to stop.
    bell: Bell,
    stops: Arc<Stops>,
}

impl Inner {
    /// So many set-backs are told before something else is done: some clocks fall behind all the time.
    const SET_BACKS: usize = 8;

    pub(super) fn new(clock: Arc<dyn Clock>, zone: Zone, workers: usize) -> Self {
        let registry = Registry::new(clock.read());
        Inner {
            clock,
            zone,
            outlook: Outlook::of(&registry),
            registry: Mutex::new(registry),
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

    pub(super) fn pool(&self) -> &Pool {
        &self.pool
    }

    pub(crate) fn registry(&self) -> Locked<'_> {
        Locked::new(self.registry.lock(), &self.outlook)
    }

    /// The registry, to read it.
    pub(crate) fn books(&self) -> Books<'_> {
        Books::new(self.registry.lock())
    }

    /// Whether a poll has nothing to do when the clocks show this. Locks nothing.
    pub(super) fn is_idle(&self, reading: &Reading) -> bool {
        self.outlook.is_idle(reading)
    }

    /// Whether the wall clock was set since the registry last read it. Locks nothing.
    pub(super) fn was_set(&self, reading: &Reading) -> bool {
        self.outlook.was_set(reading)
    }

    /// The first slot of all jobs. Locks nothing, in the years that `i64` can tell.
    pub(super) fn next(&self) -> Option<Timestamp> {
        self.outlook.next().unwrap_or_else(|| self.books().next())
    }

    /// How long until that is due; it may be overdue.
    pub(super) fn idle(&self) -> Option<TimeDelta> {
        let reading = self.clock.read();
        if self.was_set(&reading) {
            self.with_reading(reading, |_, _| ());
        }
        Some(self.next()? - reading.instant())
    }

    /// Reads the clock, and locks the registry for `f`.
    pub(crate) fn with_now<T>(&self, f: impl FnOnce(&mut Registry, Timestamp) -> T) -> T {
        let (mut registry, now) = self.enter_now();
        f(&mut registry, now)
    }

    /// Reads the clock, and [enters](Self::enter) the registry.
    pub(super) fn enter_now(&self) -> (Locked<'_>, Timestamp) {
        self.enter(self.clock.read())
    }

    /// Locks the registry, which is told what the clocks showed a moment ago; also tells which moment it takes for now.
    #[inline(never)]
    pub(super) fn enter(&self, reading: Reading) -> (Locked<'_>, Timestamp) {
        let mut registry = self.registry();
        if !registry.agrees(&reading) {
            registry = self.enter_anew(registry, reading);
        }
        let now = registry.now();
        (registry, now)
    }

    /// [`enter`](Self::enter) where the clocks may have been set. Where somebody may have come in between who saw that, they
    /// are read again; where they were set back, that is told first.
    #[cold]
    fn enter_anew<'a>(&'a self, mut registry: Locked<'a>, mut reading: Reading) -> Locked<'a> {
        for _ in 0..Self::SET_BACKS {
            if registry.has_read_later(&reading) {
                reading = self.clock.read();
            }
            let Some(back) = registry.note(reading) else { break };
            drop(registry);
            self.tell_set_back(back);
            reading = self.clock.read();
            registry = self.registry();
        }
        registry
    }

    /// [Enters](Self::enter) the registry for `f`.
    pub(crate) fn with_reading<T>(&self, reading: Reading, f: impl FnOnce(&mut Registry, Timestamp) -> T) -> T {
        let (mut registry, now) = self.enter(reading);
        f(&mut registry, now)
    }

    /// Registers a job; `plan` works out when it runs, from now. Nothing is registered when it cannot, or the last owner has
    /// gone.
    pub(crate) fn add(
        &self,
        plan: impl FnOnce(Timestamp) -> Result<Spec>,
        body: fn() -> &'static str,
        task: Task,
    ) -> Result<Place> {
        let planned = self.clock.read();
        let spec = match plan(planned.instant()) {
            Ok(spec) => spec,
            Err(error) => return refuse(error, task),
        };
        let first = spec.first;
        let added = self.with_reading(planned, |registry, _| {
            if registry.is_abandoned() {
                return Err(task);
            }
            Ok(registry.add(spec, &planned, body, task))
        });
        let (place, left) = match added {
            Ok(added) => added,
            Err(task) => return refuse(Error::gone(), task),
        };
        self.bell.ring();
        if self.is_heard(Level::Debug) {
            let who = self.books().record(place).map(Record::who);
            who.into_iter().for_each(|who| self.tell_added(&who, first));
        }
        left.into_iter().for_each(|left| self.tell_left(left));
        Ok(place)
    }

    /// Removes a job; whether it was there.
    pub(crate) fn remove(&self, job: Place, why: Removal) -> bool {
        let left = self.registry().remove(job, why);
        let Some(left) = left else { return false };
        self.bell.ring();
        self.tell_left(left);
        true
    }

    /// Removes jobs; returns how many there were.
    pub(super) fn remove_all(&self, take_out: impl FnOnce(&mut Registry) -> Vec<Left>) -> usize {
        let gone = take_out(&mut self.registry());
        let count = gone.len();
        self.bell.ring();
        gone.into_iter().for_each(|left| self.tell_left(left));
        count
    }

    /// Forgets everything, for the last owner has gone.
    pub(super) fn abandon(&self) {
        self.pool.close(false);
        self.listeners.clear();
        self.remove_all(Registry::abandon);
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
            Some((who, left, registry.due(job)))
        });
        let Some((who, left, next_run)) = resumed else { return false };
        self.bell.ring();
        self.tell_modified(&who, next_run);
        left.into_iter().for_each(|left| self.tell_left(left));
        true
    }

    /// Adds a tag, which is not empty; whether the job did not have it yet.
    pub(crate) fn tag(&self, job: Place, tag: &str) -> bool {
        let tagged = {
            let mut registry = self.registry();
            let who = registry.tag(job, tag);
            who.map(|who| (who, registry.due(job)))
        };
        tagged.map(|(who, next_run)| self.tell_modified(&who, next_run)).is_some()
    }
}

/// Registers nothing.
#[cold]
fn refuse(error: Error, task: Task) -> Result<Place> {
    executor::drop_quietly(task);
    Err(error)
}
