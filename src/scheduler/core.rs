//! What the clones of a scheduler and the handles of its jobs share.

use std::{
    any::Any,
    sync::{Arc, OnceLock, Weak},
};

use chrono::TimeDelta;
use fastrand::Rng;
use parking_lot::{Mutex, MutexGuard};

use super::{
    cancelled::Cancelled,
    guard::{State, StateMut, StateRef},
    hooks::Hooks,
    idle_hint::IdleHint,
    listeners::Listeners,
    outbox::Outbox,
    registry::{Registry, Removed},
    shutdown::Wait,
    stops::Stops,
    timekeeper::Timekeeper,
    Owner,
};
use crate::{
    clock::{Clock, Reading},
    error::{Error, Result},
    event::{EventKind, Removal},
    executor::Pools,
    job::{compile, BoxedBody, Calendars, Compiled, Host, JobOptions, JobSpec, OnConflict, Place},
    log_line::log_line,
    schedule::Schedule,
    timestamp::Timestamp,
    trigger::is_in_trigger,
    unwind::{catch, drop_quietly},
    wake::Bell,
    zone::{machine, Zone},
};

/// The registry and its lock, the clock, the listeners, the workers, and what wakes and stops the loops.
///
/// Bodies and listeners run without the lock, and what users own is dropped without it. The clock is read under the
/// lock, so it must not call the scheduler.
pub(crate) struct Core {
    clock: Arc<dyn Clock>,
    zone: Zone,
    /// The number of runs that are kept of each job.
    history: usize,
    calendars: Calendars,
    state: Mutex<State>,
    hint: IdleHint,
    listeners: Arc<Listeners>,
    pools: Pools,
    hooks: Hooks,
    /// Those of the jobs without a name or a key.
    #[cfg(feature = "metrics")]
    meters: crate::observe::Meters,
    /// Rung after each change of the registry, and when a loop is to stop.
    bell: Bell,
    stops: Arc<Stops>,
    cancelled: Arc<Cancelled>,
    #[cfg(feature = "command")]
    commands: crate::command::Commands,
    #[cfg(feature = "tokio")]
    runtimes: super::runtimes::Runtimes,
    /// For contexts of runs, which must not keep the core alive.
    me: Weak<Core>,
    /// What the clones of the `Scheduler` share. Handles of jobs hold the core, but not the owner: the jobs go with the
    /// last clone.
    owner: OnceLock<Weak<Owner>>,
}

impl Core {
    /// The number of changes in a row that one entry follows. A broken clock, which shows less at every reading, must
    /// not keep a caller busy for ever.
    const CHANGES: usize = 8;

    pub(super) fn new(clock: Arc<dyn Clock>, zone: Zone, workers: usize, history: usize, random: Rng) -> Arc<Self> {
        let timekeeper = Timekeeper::new(clock.read());
        Arc::new_cyclic(|me| Core {
            clock,
            zone,
            history,
            calendars: Calendars::default(),
            hint: IdleHint::new(timekeeper.ahead()),
            state: Mutex::new(State { registry: Registry::new(random), timekeeper, outbox: Outbox::default() }),
            listeners: Arc::default(),
            pools: Pools::new(workers),
            hooks: Hooks::default(),
            #[cfg(feature = "metrics")]
            meters: Default::default(),
            bell: Bell::default(),
            stops: Arc::default(),
            cancelled: Arc::default(),
            #[cfg(feature = "command")]
            commands: Default::default(),
            #[cfg(feature = "tokio")]
            runtimes: Default::default(),
            me: me.clone(),
            owner: OnceLock::new(),
        })
    }

    /// Sets the owner. Called once, because core and owner refer to each other.
    pub(super) fn set_owner(&self, owner: Weak<Owner>) {
        // Cannot fail: the core is new.
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

    pub(crate) fn cancelled(&self) -> &Arc<Cancelled> {
        &self.cancelled
    }

    #[cfg(feature = "tokio")]
    pub(super) fn runtimes(&self) -> &super::runtimes::Runtimes {
        &self.runtimes
    }

    pub(super) fn weak(&self) -> Weak<Core> {
        self.me.clone()
    }

    pub(crate) fn zone(&self) -> Zone {
        self.zone
    }

    #[inline]
    pub(super) fn history(&self) -> usize {
        self.history
    }

    pub(crate) fn calendars(&self) -> &Calendars {
        &self.calendars
    }

    pub(super) fn listeners(&self) -> &Arc<Listeners> {
        &self.listeners
    }

    pub(super) fn pools(&self) -> &Pools {
        &self.pools
    }

    pub(super) fn hooks(&self) -> &Hooks {
        &self.hooks
    }

    #[cfg(feature = "metrics")]
    pub(super) fn meters(&self) -> &crate::observe::Meters {
        &self.meters
    }

    /// Takes the lock, to change the state. Does not look at the clock: see [`enter`](Self::enter).
    #[inline]
    pub(crate) fn lock(&self) -> StateMut<'_> {
        StateMut::new(self.state(), &self.hint)
    }

    /// Takes the lock, to read the registry.
    pub(crate) fn read(&self) -> StateRef<'_> {
        StateRef::new(self.state())
    }

    #[inline]
    fn state(&self) -> MutexGuard<'_, State> {
        match self.state.try_lock() {
            Some(state) => state,
            None => self.wait_for_state(),
        }
    }

    /// # Panics
    ///
    /// If this thread is in a trigger, which may be asked with this very lock held: it would wait for ever.
    #[cold]
    fn wait_for_state(&self) -> MutexGuard<'_, State> {
        assert!(!is_in_trigger(), "a trigger must not call the scheduler");
        self.state.lock()
    }

    /// Whether a poll at this reading has nothing to do. Does not lock.
    #[inline]
    pub(super) fn is_idle(&self, reading: &Reading) -> bool {
        self.hint.is_idle(reading)
    }

    /// The first slot of all jobs. Does not lock if the slot is in the years 1677 to 2262, which nanoseconds in an
    /// `i64` reach.
    pub(super) fn next(&self) -> Option<Timestamp> {
        self.hint.next().unwrap_or_else(|| self.read().next())
    }

    /// The time until the first slot of all jobs; negative if it is overdue.
    pub(super) fn idle(&self) -> Option<TimeDelta> {
        let reading = self.clock.read();
        // The slots may be those of the time before a set-back: they follow first.
        if self.hint.was_set(&reading) {
            drop(self.enter(reading));
        }
        Some(self.next()? - reading.instant())
    }

    /// Reads the clock and [enters](Self::enter).
    pub(crate) fn enter_now(&self) -> StateMut<'_> {
        self.enter(self.clock.read())
    }

    /// [`enter_now`](Self::enter_now) for a run that has its place and must begin or end, or it would be in progress for
    /// ever. A clock may be a user's, and may panic: its last reading has to do then.
    pub(super) fn enter_somehow(&self) -> StateMut<'_> {
        catch(|| self.enter_now()).unwrap_or_else(|_| self.lock())
    }

    /// Takes the lock, with a reading of the clock that was just taken, and makes all jobs follow the wall clock if it
    /// was set back, or a set-back was undone. Whatever uses the time enters this way, so that slots and `now` are
    /// always of the same time line:
    ///
    /// ```text
    /// clock shows 12:25, a job of every 10 minutes has its slot at 12:30; the clock is set back to 11:25
    /// lock():   slot 12:30, now 11:25: the job would stall for an hour
    /// enter():  slot 11:30, now 11:25
    /// ```
    #[inline(never)]
    pub(crate) fn enter(&self, reading: Reading) -> StateMut<'_> {
        let mut state = self.lock();
        if state.timekeeper.agrees(&reading) {
            state
        } else {
            self.enter_after_change(state, reading)
        }
    }

    /// [`enter`](Self::enter) where the wall clock may have been set.
    #[cold]
    fn enter_after_change<'a>(&'a self, mut state: StateMut<'a>, mut reading: Reading) -> StateMut<'a> {
        for _ in 0..Self::CHANGES {
            // Another thread may have read the clock later and taken the lock earlier. If the clock was set back
            // between the two readings, that thread has followed it, and the older reading would look like a jump
            // forward.
            if state.timekeeper.may_predate_last(&reading) {
                reading = self.clock.read();
            }
            let set_back = state.timekeeper.note(reading);
            self.hint.publish_ahead(state.timekeeper.ahead());
            // Any other jump forward needs nothing else: what it passed is due.
            let Some(by) = set_back else { break };
            let now = state.timekeeper.now();
            let over = state.registry.set_back(by, now);
            self.emit_removed(&mut state, &over);
            drop(state);
            // Runs a logger and listeners, so the clock may be set once more meanwhile: look again.
            self.report_set_back(by, over);
            reading = self.clock.read();
            state = self.lock();
        }
        state
    }

    /// Makes all jobs in the machine's zone follow it if it has other rules, as `look` finds.
    #[cold]
    pub(crate) fn follow_zone<'a>(&'a self, mut state: StateMut<'a>, look: fn() -> u64) -> StateMut<'a> {
        let now = state.timekeeper.now();
        if !state.registry.zone_watch.is_changed_to(look(), now) {
            return state;
        }
        let over = state.registry.follow_zone(now);
        self.emit_removed(&mut state, &over);
        drop(state);
        log_line!(Info, "the machine's zone has changed");
        self.report_removed(over);
        self.enter_now()
    }

    /// [`follow_zone`](Self::follow_zone) for a loop, which may sleep for a minute until it comes here again.
    pub(crate) fn follow_zone_again<'a>(&'a self, state: StateMut<'a>) -> StateMut<'a> {
        if state.registry.zone_watch.is_wanted_again(state.timekeeper.now()) {
            self.follow_zone(state, machine::look)
        } else {
            state
        }
    }

    /// Takes the lock, to find slots by the rules that the machine's zone has now.
    pub(crate) fn enter_for_slots(&self) -> StateMut<'_> {
        let state = self.enter_now();
        if state.registry.zone_watch.is_wanted() {
            self.follow_zone(state, machine::glance)
        } else {
            state
        }
    }

    /// Registers a job, or applies `on_conflict` to the one that has its key.
    ///
    /// # Errors
    ///
    /// If the schedule has no slot, there is no pool of that name, the key is taken and must not be, or the last
    /// `Scheduler` was dropped. Nothing is registered then, and the body is dropped.
    pub(crate) fn register(
        &self,
        schedule: Schedule,
        options: Option<Box<JobOptions>>,
        body: BoxedBody,
    ) -> Result<Place> {
        // Compiled without the lock: that may look up a zone for the first time, which takes long.
        let planned = self.clock.read();
        let seed = if schedule.is_spread() { options.as_deref().and_then(JobOptions::seed) } else { None };
        let compiled = match self.compile(schedule, &planned, seed) {
            Ok(compiled) => compiled,
            Err(error) => return refuse(error, body),
        };
        let state = self.enter(planned);
        if state.registry.is_abandoned() {
            drop(state);
            return refuse(Error::gone(), body);
        }
        let spec = JobSpec { compiled, options };
        // Apart, because few jobs have a key or name a pool: the usual way stays short.
        if spec.options.as_ref().is_some_and(|options| options.key.is_some() || options.pool.is_some()) {
            return self.register_named(state, spec, &planned, body);
        }
        Ok(self.add(state, spec, &planned, body))
    }

    /// [`register`](Self::register) for a job that has a key or names a pool.
    #[inline(never)]
    fn register_named(
        &self,
        mut state: StateMut<'_>,
        spec: JobSpec,
        planned: &Reading,
        body: BoxedBody,
    ) -> Result<Place> {
        // Under the lock under which the job is added: a pool that a job names is not removed.
        if let Some(Err(error)) =
            spec.options.as_ref().and_then(|options| Some(self.pools.check(options.pool.as_ref()?)))
        {
            drop(state);
            return refuse(error, body);
        }
        let known = spec.options.as_ref().and_then(|options| {
            let key = options.key.as_ref()?;
            Some((state.registry.keyed(key)?, options.on_conflict, Arc::clone(key)))
        });
        match known {
            None => Ok(self.add(state, spec, planned, body)),
            Some((place, OnConflict::Keep, _)) => {
                // For the handle that `run` returns.
                state.registry.hold(place);
                drop(state);
                drop_quietly(body);
                Ok(place)
            }
            Some((place, OnConflict::Update, _)) => {
                state.registry.hold(place);
                let (old, is_rescheduled) = state.registry.redeclare(place, spec, body);
                self.emit_modified(&mut state, place);
                let removed = if is_rescheduled { self.settle_schedule(&mut state, place, planned) } else { None };
                drop(state);
                // A user's value, whose `Drop` may call the scheduler: not before the lock is released.
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

    /// Adds a job that was compiled at the reading `planned`.
    fn add(&self, mut state: StateMut<'_>, spec: JobSpec, planned: &Reading, body: BoxedBody) -> Place {
        let first = spec.compiled.first;
        let place = state.registry.add(spec, body);
        if self.history > 0 {
            state.registry.remember_added(place, self.history, planned.instant());
        }
        self.emit_added(&mut state, place);
        // `planned` was read before the lock was taken. If the clock was set back in between, the jobs that were there
        // have followed it, and the new one has not.
        let removed = self.follow_set_back(&mut state, place, planned);
        drop(state);
        self.report_added(place, first);
        if removed.is_some() {
            self.report_removed(removed);
        }
        place
    }

    /// Makes one job follow a wall clock that was set back since its schedule was compiled.
    #[inline]
    fn follow_set_back(&self, state: &mut StateMut<'_>, job: Place, planned: &Reading) -> Option<Removed> {
        let by = state.timekeeper.set_back_since(planned)?;
        let now = state.timekeeper.now();
        let removed = state.registry.set_back_job(job, by, now);
        self.emit_removed(state, &removed);
        removed
    }

    /// Follows up on another schedule for a job: makes it follow a set-back since, and removes it if nothing is left to
    /// run.
    fn settle_schedule(&self, state: &mut StateMut<'_>, job: Place, planned: &Reading) -> Option<Removed> {
        if self.history > 0 {
            state.registry.remember_schedule(job, planned.instant());
        }
        self.follow_set_back(state, job, planned).or_else(|| {
            let removed = state.registry.remove_if_over(job);
            self.emit_removed(state, &removed);
            removed
        })
    }

    fn compile(&self, schedule: Schedule, planned: &Reading, seed: Option<u64>) -> Result<Compiled> {
        let draw = &mut |low, high| self.lock().registry.draw(low, high);
        compile(schedule, &self.calendars, planned.instant(), self.zone, seed, draw)
    }

    /// Gives a job another schedule. Returns `false` if it is gone.
    pub(crate) fn reschedule(&self, job: Place, schedule: Schedule) -> Result<bool> {
        let planned = self.clock.read();
        let seed = if schedule.is_spread() { self.read().record(job).and_then(|record| record.seed()) } else { None };
        let compiled = self.compile(schedule, &planned, seed)?;
        let mut state = self.enter(planned);
        let is_there = state.registry.reschedule(job, compiled);
        if is_there {
            self.emit_modified(&mut state, job);
            let removed = self.settle_schedule(&mut state, job, &planned);
            drop(state);
            self.report_modified(job);
            self.report_removed(removed);
        }
        Ok(is_there)
    }

    /// Makes a job due now, off its grid. Returns `false` if it is paused or gone, or its last run is in progress.
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

    /// Removes a job. Returns `false` if it is gone.
    pub(crate) fn remove(&self, job: Place, why: Removal) -> bool {
        let mut state = self.lock();
        let Some(removed) = state.registry.remove(job, why) else { return false };
        self.emit_removed(&mut state, [&removed]);
        drop(state);
        self.report_removed([removed]);
        true
    }

    /// Removes all jobs. Returns their number.
    pub(super) fn clear(&self) -> usize {
        self.remove_all(Some(EventKind::AllRemoved), Registry::remove_all)
    }

    /// Removes the jobs that `take_out` takes out. Returns their number. `then` is an event that follows theirs.
    pub(super) fn remove_all(
        &self,
        then: Option<EventKind>,
        take_out: impl FnOnce(&mut Registry) -> Vec<Removed>,
    ) -> usize {
        let mut state = self.lock();
        let removed = take_out(&mut state.registry);
        self.emit_removed(&mut state, &removed);
        then.into_iter().for_each(|kind| self.emit(&mut state, None, None, kind));
        drop(state);
        let count = removed.len();
        self.report_removed(removed);
        count
    }

    /// Drops all jobs and listeners, because the last `Scheduler` was dropped. Handles and runs in progress keep the
    /// core.
    pub(super) fn abandon(&self) {
        self.pools.retire();
        // First: nobody hears of the end.
        self.listeners.clear();
        self.hooks.clear();
        self.remove_all(None, Registry::abandon);
        let mut state = self.lock();
        let last = state.registry.end_passes();
        self.cancelled.set(last);
        // Events that a thread was about to deliver: nobody is left to hear them.
        state.outbox.clear();
        drop(state);
        self.cancelled.notify();
        self.end_commands(last, Wait::No);
    }

    /// Pauses a job. Returns `false` if it is paused already, or gone.
    pub(crate) fn pause(&self, job: Place) -> bool {
        let mut state = self.enter_now();
        let now = state.timekeeper.now();
        let is_paused = state.registry.pause(job, now).is_some();
        if is_paused {
            self.emit_modified(&mut state, job);
            // It has had its last run, and all that kept it was a claim, which is withdrawn.
            let removed = state.registry.remove_if_over(job);
            self.emit_removed(&mut state, &removed);
            drop(state);
            self.report_modified(job);
            if removed.is_some() {
                self.report_removed(removed);
            }
        }
        is_paused
    }

    /// Resumes a job. Returns `false` if it is not paused.
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

    /// Adds a tag to a job. No effect if it has the tag, or is gone.
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

    #[cfg(any(feature = "tokio", feature = "command"))]
    fn is_cancelled(&self, run: &crate::run::RunRecord) -> bool {
        self.cancelled.contains(run)
    }

    #[cfg(feature = "command")]
    fn time_limit(&self, place: Place, run: &crate::run::RunRecord) -> Option<crate::command::TimeLimit> {
        let (core, run) = (self.me.clone(), *run);
        self.read()
            .time_left(place, &run, std::time::Duration::ZERO)
            .map(|_| -> crate::command::TimeLimit { Box::new(move || core.upgrade()?.keep_time_limit(place, &run)) })
    }

    #[cfg(feature = "command")]
    fn commands(&self) -> &crate::command::Commands {
        &self.commands
    }
}

/// Drops the body, which must not happen under the lock, and returns the error.
#[cold]
fn refuse(error: Error, body: BoxedBody) -> Result<Place> {
    drop_quietly(body);
    Err(error)
}
