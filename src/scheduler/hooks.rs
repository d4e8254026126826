//! Hooks: closures that are called before each attempt of a run, which has its place already, and after it.

use std::{
    collections::HashMap,
    fmt,
    sync::{
        atomic::{AtomicBool, AtomicU64, Ordering},
        Arc, Weak,
    },
};

use parking_lot::Mutex;

use super::{
    guard::StateMut,
    registry::{Skipped, Started, Submission},
    run_stack::InsideRun,
    Core, Scheduler,
};
use crate::{
    event::{EventKind, Skip},
    id::{JobId, RunId},
    job::{After, Call, Context, Hook, Label, Place, Veto},
    log_line::log_line,
    observe::Measured,
    outcome::Outcome,
    run::{Run, RunRecord},
    unwind::{catch, drop_quietly},
};

/// The hooks of a scheduler, and the closures that hooks have returned.
#[derive(Default)]
pub(crate) struct Hooks {
    /// In the order in which they were added: the first one is outermost.
    all: Mutex<Arc<Vec<(u64, Hook)>>>,
    /// The number of hooks ever added.
    added: AtomicU64,
    /// The closures to call at the end of an attempt, in the thread that ends it.
    left: Mutex<HashMap<(RunId, u32), Left>>,
    /// Whether a run ever had a hook.
    is_used: AtomicBool,
}

/// The closures that the hooks of an attempt have returned.
struct Left {
    context: Context,
    afters: Vec<After>,
}

impl Hooks {
    /// Drops the hooks. The closures that they have returned for runs in progress are still called.
    pub(super) fn clear(&self) {
        let all = std::mem::take(&mut *self.all.lock());
        drop_quietly(all);
    }
}

impl Left {
    /// Calls all, last first. A panic is logged, and does not keep the others from being called.
    fn call(self, outcome: &Outcome) {
        let Left { context, afters } = self;
        for after in afters.into_iter().rev() {
            if let Err(text) = catch(|| after(&context, outcome)) {
                log_line!(Error, "a hook panicked after {}: {text}", context.name());
            }
        }
    }
}

impl Core {
    /// Adds a hook for all jobs.
    fn add_hook(&self, hook: Hook) -> HookHandle {
        let number = self.hooks().added.fetch_add(1, Ordering::Relaxed);
        let old = {
            let mut all = self.hooks().all.lock();
            let more = all.iter().cloned().chain([(number, hook)]).collect();
            std::mem::replace(&mut *all, Arc::new(more))
        };
        // Its hooks are in the new list, too.
        drop(old);
        self.lock().registry.is_hooked = true;
        HookHandle { number, core: self.weak() }
    }

    fn remove_hook(&self, number: u64) -> bool {
        let old = {
            let mut all = self.hooks().all.lock();
            let rest: Vec<_> = all.iter().filter(|(other, _)| *other != number).cloned().collect();
            if rest.len() == all.len() {
                return false;
            }
            // The flag stays set: a pass that has no hooks to call costs little.
            std::mem::replace(&mut *all, Arc::new(rest))
        };
        // What the hook captures is a user's value.
        drop_quietly(old);
        true
    }

    /// Calls the hooks of a run that has its place, and begins it unless one vetoes. Then calls it in this thread, or
    /// spawns it if it is async. Returns the lock, and whether it has begun.
    pub(super) fn run_hooked<'a>(
        self: &'a Arc<Self>,
        state: StateMut<'a>,
        submission: Submission,
    ) -> (StateMut<'a>, bool) {
        match self.begin_hooked(state, submission) {
            Err(state) => (state, false),
            #[cfg(feature = "tokio")]
            Ok((state, run)) if state.registry.record(run.place()).is_some_and(|record| record.is_async()) => {
                (self.spawn_all(state, vec![run]), true)
            }
            Ok((state, run)) => (self.run(state, run), true),
        }
    }

    /// The first part of [`run_hooked`](Self::run_hooked). `Err` if the run has not begun.
    #[cold]
    pub(super) fn begin_hooked<'a>(
        &'a self,
        mut state: StateMut<'a>,
        submission: Submission,
    ) -> Result<(StateMut<'a>, Started), StateMut<'a>> {
        let Submission { place, label, run, terms } = submission;
        let now = state.timekeeper.now();
        let (inner, run_count) = state.registry.hooks_of(place, &run, now);
        let run = RunRecord { slot: run.slot.min(now), ..run };
        drop(state);
        let outer = Arc::clone(&self.hooks().all.lock());
        let context = Call { run: &run, run_count, label: &label, row: place.row, host: self }.context();
        let (afters, veto) = {
            let _inside = InsideRun::enter(self, label.id);
            call_before(outer.iter().map(|(_, hook)| hook).chain(inner.iter().flat_map(|hooks| hooks.iter())), &context)
        };
        // The last references, if they were dropped meanwhile.
        drop_quietly((outer, inner));
        let mut left = Left { context, afters };
        if let Some(veto) = veto {
            return Err(self.veto(place, &label, run, terms.is_counted, left, veto));
        }
        let mut state = self.enter_somehow();
        let now = state.timekeeper.now();
        match state.registry.begin_submitted(place, run, &terms, now) {
            Ok(mut started) => {
                if !left.afters.is_empty() {
                    started.flags.add_hooks();
                    let run_count = started.run_count;
                    left.context =
                        Call { run: &started.run, run_count, label: &label, row: place.row, host: self }.context();
                    self.hooks().is_used.store(true, Ordering::Release);
                    self.hooks().left.lock().insert((run.id, run.attempt), left);
                }
                Ok((state, started))
            }
            Err(unbegun) => {
                drop(self.leave_out(state, *unbegun));
                let why = "the job was paused, removed or skipped while its hooks were called";
                self.call_left(label.id, left, &Outcome::Aborted(why.to_owned()));
                Err(self.enter_now())
            }
        }
    }

    fn call_left(&self, job: JobId, left: Left, outcome: &Outcome) {
        let _inside = InsideRun::enter(self, job);
        left.call(outcome);
    }

    /// Ends a run whose attempt must not begin.
    fn veto(
        &self,
        place: Place,
        label: &Label,
        run: RunRecord,
        is_counted: bool,
        left: Left,
        veto: Veto,
    ) -> StateMut<'_> {
        let outcome = Outcome::Vetoed(veto.into_text());
        self.call_left(label.id, left, &outcome);
        let mut state = self.enter_somehow();
        let now = state.timekeeper.now();
        // The attempts before have failed, and there is no other.
        let failed = state.registry.end_vetoed(place, &run, is_counted);
        // Otherwise the run was ended while the hook was called, by a shutdown or with its job.
        let is_news = run.attempt == 1 || failed.is_some();
        if is_news {
            let vetoed = Run { outcome: Some(outcome.clone()), ..run.data(label.id) };
            self.emit(&mut state, Some(label), Some(vetoed), EventKind::Skipped(Skip::Vetoed));
        }
        if run.attempt == 1 && self.history() > 0 {
            let skipped = Skipped { row: place.row, label: label.clone(), run, why: Skip::Vetoed };
            state.registry.remember_skip(&skipped, now);
        }
        self.emit_ended(&mut state, &failed);
        let removed = state.registry.remove_or_requeue(place);
        self.emit_removed(&mut state, &removed);
        drop(state);
        if is_news {
            self.measure(label, Measured::Skip(Skip::Vetoed));
            log_line!(Info, "skipped {} at {}: {outcome}", label.name(), run.slot.datetime());
        }
        self.report_ended(&failed);
        self.report_removed(removed);
        self.enter_now()
    }

    /// Calls the closures that the hooks of an attempt have returned, before it is settled. Without the lock.
    pub(super) fn after_attempt(&self, label: &Label, run: &RunRecord, outcome: &Outcome) {
        if !self.hooks().is_used.load(Ordering::Acquire) {
            return;
        }
        let left = self.hooks().left.lock().remove(&(run.id, run.attempt));
        left.into_iter().for_each(|left| self.call_left(label.id, left, outcome));
    }
}

/// A handle that removes a hook: [`Scheduler::around`], [`Scheduler::before_run`] and [`Scheduler::after_run`] return one.
///
/// Dropping it has no effect: the hook stays for as long as the scheduler. Clones refer to the same hook.
///
/// ```
/// # let scheduler = punctual::Scheduler::new();
/// let job = scheduler.every().day().run(|| {})?;
/// let maintenance = scheduler.before_run(|_| Err("the database is being moved".into()));
/// assert!(!job.run_now());
/// assert!(maintenance.remove());
/// assert!(job.run_now());
/// # Ok::<(), punctual::Error>(())
/// ```
#[derive(Clone)]
pub struct HookHandle {
    number: u64,
    core: Weak<Core>,
}

impl HookHandle {
    /// Removes the hook. Returns `false` if it was removed before, or its scheduler was dropped.
    ///
    /// An attempt that has passed the hook already is still reported to it at its end.
    ///
    /// ```
    /// let scheduler = punctual::Scheduler::new();
    /// let hook = scheduler.after_run(|run, outcome| println!("{} {outcome}", run.name()));
    /// assert!(hook.remove());
    /// assert!(!hook.remove());
    /// ```
    pub fn remove(&self) -> bool {
        self.core.upgrade().is_some_and(|core| core.remove_hook(self.number))
    }
}

impl fmt::Debug for HookHandle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HookHandle").field("number", &self.number).finish_non_exhaustive()
    }
}

impl Scheduler {
    /// Adds a hook: a closure that is called before each attempt of all jobs, and returns a closure that is called at
    /// its end. If it returns an error instead, the attempt does not begin. Hooks are the same for every kind of body.
    ///
    /// - **Order.** The hooks of the scheduler are outside, in the order in which they were added, and those of the
    ///   [sentence](crate::Every::around) inside. The closures that they return are called in reverse order.
    /// - **Veto.** An `Err` means that the slot has no run, and is reported as [`Skip::Vetoed`](crate::Skip::Vetoed).
    ///   It is no failure, and does not count for [`run_count`](crate::Job::run_count) and `times`. The hooks outside
    ///   of that one, which had let the attempt pass, receive [`Outcome::Vetoed`](crate::Outcome::Vetoed). A veto of a
    ///   later attempt ends the run with the last failure.
    /// - **Outcome.** Each returned closure is called once, with the outcome of the attempt. A timeout calls it as soon
    ///   as the time is over, with [`TimedOut`](crate::Outcome::TimedOut), although the body may still be running. If
    ///   the job is paused or removed before the attempt can begin, the outcome is
    ///   [`Aborted`](crate::Outcome::Aborted).
    /// - **Thread and time.** A hook is called in the thread that calls the body, immediately before it. For a
    ///   `parallel()` job that is a worker, after the run has waited for its place in the pool: a veto is decided by
    ///   what is true when the body would begin, not by what was true when the slot was due. For an async body, the
    ///   hook is called in the thread that starts the run, and the closure that it returns in the run's task. Neither
    ///   should block there for long.
    /// - **Meanwhile.** The run has its place while hooks are called: a slot that comes overlaps, and a shutdown waits.
    ///   No lock is held, so a hook may call anything, including its own scheduler and job.
    ///   What it captures lives as long as the hook: capture a [`WeakScheduler`](crate::WeakScheduler), or the scheduler
    ///   keeps itself alive.
    /// - **Panics** are logged. Before the attempt, a panic is a veto; afterwards it changes nothing.
    ///
    /// [`run_now`](crate::Job::run_now) and [`trigger`](crate::Job::trigger) call the hooks, too. A hook that is added
    /// during a pass is called from the next pass on. Without hooks, a run pays nothing for them.
    ///
    /// ```
    /// # use std::sync::mpsc::channel;
    /// use punctual::{Outcome, Scheduler};
    ///
    /// let scheduler = Scheduler::new();
    /// # let (sender, told) = channel();
    /// scheduler.around(move |run| {
    ///     let (name, start) = (run.name().to_owned(), run.now());
    ///     // Begin a transaction, take a lease, start a timer.
    /// #   let (sender, _) = (sender.clone(), start);
    ///     Ok(move |outcome: &Outcome| {
    ///         println!("{name} {outcome}, begun at {start}");
    /// #       sender.send(format!("{name} {outcome}")).unwrap();
    ///     })
    /// });
    /// scheduler.every().hour().named("backup").run(|| Err::<(), _>("disk full"))?;
    /// scheduler.run_all();
    /// assert_eq!(told.recv().unwrap(), "backup failed: disk full");
    /// # Ok::<(), punctual::Error>(())
    /// ```
    pub fn around<A>(&self, hook: impl Fn(&Context) -> Result<A, Veto> + Send + Sync + 'static) -> HookHandle
    where
        A: FnOnce(&Outcome) + Send + 'static,
    {
        self.core().add_hook(Hook::around(hook))
    }

    /// Adds a hook that is called before each attempt, and may veto it: [`around`](Scheduler::around) with nothing to
    /// call at the end.
    ///
    /// Do not count or announce runs here: with [`retry`](crate::Every::retry) this is called for every attempt, and
    /// after it, another hook may veto the attempt, or the job may be paused.
    /// [`EventKind::Started`](crate::EventKind::Started) is reported when an attempt has begun,
    /// [`after_run`](Scheduler::after_run) knows how it ended, and [`Job::run_count`](crate::Job::run_count) counts
    /// runs.
    ///
    /// ```
    /// # use punctual::Scheduler;
    /// # use std::sync::{atomic::{AtomicBool, Ordering}, Arc};
    /// # let scheduler = Scheduler::new();
    /// let is_leader = Arc::new(AtomicBool::new(false));
    /// # let leads = is_leader.clone();
    /// scheduler.before_run(move |_| {
    ///     if is_leader.load(Ordering::Acquire) { Ok(()) } else { Err("another process leads".into()) }
    /// });
    /// let job = scheduler.every().hour().run(|| {})?;
    /// assert!(!job.run_now());
    /// assert_eq!(job.run_count(), 0);
    /// # leads.store(true, Ordering::Release);
    /// # assert!(job.run_now());
    /// # Ok::<(), punctual::Error>(())
    /// ```
    pub fn before_run(&self, hook: impl Fn(&Context) -> Result<(), Veto> + Send + Sync + 'static) -> HookHandle {
        self.core().add_hook(Hook::before(hook))
    }

    /// Adds a hook that is called at the end of each attempt, with its outcome: [`around`](Scheduler::around) with
    /// nothing to call before. A run that is tried again has several attempts: to hear of each run once, listen for
    /// [`Executed`](crate::EventKind::Executed) and [`Failed`](crate::EventKind::Failed).
    ///
    /// ```
    /// # use punctual::Scheduler;
    /// # use std::sync::mpsc::channel;
    /// # let scheduler = Scheduler::new();
    /// # let (sender, failures) = channel();
    /// scheduler.after_run(move |run, outcome| {
    ///     if !outcome.is_success() {
    ///         sender.send(format!("{} {outcome}", run.name())).unwrap();
    ///     }
    /// });
    /// scheduler.every().hour().named("backup").run(|| Err::<(), _>("disk full"))?;
    /// scheduler.run_all();
    /// assert_eq!(failures.recv().unwrap(), "backup failed: disk full");
    /// # Ok::<(), punctual::Error>(())
    /// ```
    pub fn after_run(&self, hook: impl Fn(&Context, &Outcome) + Send + Sync + 'static) -> HookHandle {
        self.core().add_hook(Hook::after(hook))
    }
}

/// Calls hooks in their order, until one vetoes. A panic is a veto.
fn call_before<'a>(hooks: impl Iterator<Item = &'a Hook>, run: &Context) -> (Vec<After>, Option<Veto>) {
    let mut afters = Vec::new();
    for hook in hooks {
        match catch(|| hook.call(run)) {
            Ok(Ok(after)) => afters.extend(after),
            Ok(Err(veto)) => return (afters, Some(veto)),
            Err(text) => {
                log_line!(Error, "a hook panicked before {}: {text}", run.name());
                return (afters, Some(format!("a hook panicked: {text}").into()));
            }
        }
    }
    (afters, None)
}
