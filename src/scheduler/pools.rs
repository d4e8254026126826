//! The pools of a scheduler, as users see them.

use std::sync::Arc;

use super::{Core, Scheduler};
use crate::{
    error::{Error, Result},
    event::EventKind,
    executor::Pool,
    job::label,
    log_line::log_line,
    schedule::{at_least_one, IntoCount},
};

/// The state of a pool of workers, as plain data. [`Scheduler::pool`] returns that of one, [`Scheduler::pools`] those
/// of all.
///
/// ```
/// let scheduler = punctual::Scheduler::builder().pool("db", 2).build()?;
/// let db = scheduler.pool("db").unwrap();
/// assert_eq!((db.name.as_str(), db.size, db.running, db.queued), ("db", 2, 0, 0));
/// # Ok::<(), punctual::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct PoolInfo {
    /// The pool's name.
    pub name: String,
    /// The number of places: the most bodies that run in the pool at a time.
    pub size: usize,
    /// The number of places that are taken.
    pub running: usize,
    /// The number of runs that wait for a place, or that a free worker is about to begin.
    pub queued: usize,
}

impl PoolInfo {
    fn of(name: &str, pool: &Pool) -> Self {
        let (running, queued) = pool.load();
        PoolInfo { name: name.to_owned(), size: pool.size(), running, queued }
    }
}

/// The name and the number of places of a new pool.
pub(super) fn named_pool(name: &str, places: impl IntoCount) -> Result<(Arc<str>, usize)> {
    let name = label("pool", name)?;
    let places = at_least_one(places, format_args!("the places of the pool {name:?}"))?;
    Ok((name.into(), usize::try_from(places).unwrap_or(usize::MAX)))
}

/// Pools of workers.
impl Scheduler {
    /// Adds a pool of workers at run time, as [`SchedulerBuilder::pool`](crate::SchedulerBuilder::pool) does before.
    /// Jobs that name it can be registered from then on.
    ///
    /// # Errors
    ///
    /// If the name is empty, or that of a pool that exists ([`Error::is_conflict`]), or there are no places. The
    /// pool `"default"` always exists.
    ///
    /// ```
    /// # let scheduler = punctual::Scheduler::new();
    /// scheduler.add_pool("db", 2)?;
    /// let job = scheduler.every().hour().pool("db").run(|| println!("cleaning up"))?;
    /// assert!(job.is_scheduled());
    ///
    /// let error = scheduler.add_pool("db", 4).unwrap_err();
    /// assert!(error.is_conflict());
    /// assert_eq!(error.to_string(), "the pool \"db\" exists (expected another name)");
    /// # Ok::<(), punctual::Error>(())
    /// ```
    pub fn add_pool(&self, name: impl AsRef<str>, places: impl IntoCount) -> Result<()> {
        let (name, places) = named_pool(name.as_ref(), places)?;
        self.core().add_pool(&name, places)
    }

    /// Removes a pool that no job names. Runs that it still has, of jobs that were removed or now name another pool,
    /// continue to their end, and a [shutdown](Scheduler::shutdown) still covers them.
    ///
    /// # Errors
    ///
    /// If there is no such pool; or, with [`Error::is_conflict`], if it is `"default"`, or registered jobs name it.
    ///
    /// ```
    /// # let scheduler = punctual::Scheduler::builder().pool("db", 2).build()?;
    /// let job = scheduler.every().hour().named("clean up").pool("db").run(|| println!("cleaning up"))?;
    /// let error = scheduler.remove_pool("db").unwrap_err();
    /// assert!(error.is_conflict());
    /// assert_eq!(
    ///     error.to_string(),
    ///     "the pool \"db\" is in use by 1 job: \"clean up\" (expected a pool that no job names)",
    /// );
    ///
    /// job.cancel();
    /// scheduler.remove_pool("db")?;
    /// assert_eq!(scheduler.pool("db"), None);
    /// # Ok::<(), punctual::Error>(())
    /// ```
    pub fn remove_pool(&self, name: impl AsRef<str>) -> Result<()> {
        self.core().remove_pool(name.as_ref())
    }

    /// The state of a pool: how many of its places are taken, and how many runs wait for one. `None` if no pool has
    /// this name. It is a snapshot: other threads begin and end runs meanwhile.
    ///
    /// ```
    /// # use punctual::{ManualClock, Scheduler};
    /// # use std::{sync::mpsc::channel, time::Duration};
    /// # let clock = ManualClock::new(chrono::DateTime::UNIX_EPOCH);
    /// # let scheduler = Scheduler::builder().clock(clock.clone()).pool("db", 1).build()?;
    /// # let (begin, begun) = channel();
    /// # let (release, gate) = channel::<()>();
    /// scheduler.every().second().pool("db").run(move || {
    ///     // a body that takes its time
    /// #   begin.send(()).unwrap();
    /// #   let _ = gate.recv();
    /// })?;
    /// clock.advance(Duration::from_secs(1));
    /// scheduler.run_pending();
    /// # begun.recv()?;
    /// scheduler.every().second().pool("db").run(|| println!("after the first"))?;
    /// clock.advance(Duration::from_secs(1));
    /// scheduler.run_pending();
    ///
    /// let db = scheduler.pool("db").unwrap();
    /// assert_eq!((db.running, db.queued), (1, 1));
    /// # drop(release);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn pool(&self, name: impl AsRef<str>) -> Option<PoolInfo> {
        let name = name.as_ref();
        self.core().pools().find(Some(name)).map(|pool| PoolInfo::of(name, &pool))
    }

    /// The state of all pools: the default one, then the others by name.
    ///
    /// ```
    /// let scheduler = punctual::Scheduler::builder().workers(8).pool("web", 4).pool("db", 2).build()?;
    /// let sizes: Vec<_> = scheduler.pools().into_iter().map(|pool| (pool.name, pool.size)).collect();
    /// assert_eq!(sizes, [("default".into(), 8), ("db".into(), 2), ("web".into(), 4)]);
    /// # Ok::<(), punctual::Error>(())
    /// ```
    pub fn pools(&self) -> Vec<PoolInfo> {
        self.core().pools().all().iter().map(|(name, pool)| PoolInfo::of(name, pool)).collect()
    }
}

impl Core {
    fn add_pool(&self, name: &Arc<str>, size: usize) -> Result<()> {
        let mut state = self.lock();
        self.pools().add(name, size)?;
        self.emit_about_pool(&mut state, name, EventKind::PoolAdded);
        drop(state);
        log_line!(Debug, "added the pool {name:?} with {size} places");
        self.report_change();
        Ok(())
    }

    fn remove_pool(&self, name: &str) -> Result<()> {
        let mut state = self.lock();
        // Under the lock under which jobs are registered.
        let jobs = state.registry.named_in_pool(name);
        if !jobs.is_empty() {
            drop(state);
            return Err(in_use(name, &jobs));
        }
        self.pools().remove(name)?;
        self.emit_about_pool(&mut state, name, EventKind::PoolRemoved);
        drop(state);
        log_line!(Debug, "removed the pool {name:?}");
        self.report_change();
        Ok(())
    }
}

/// The error for a pool that jobs name.
fn in_use(name: &str, jobs: &[String]) -> Error {
    /// The most jobs that are listed.
    const LISTED: usize = 3;
    let mut list = jobs.iter().take(LISTED).map(|job| format!("{job:?}")).collect::<Vec<_>>().join(", ");
    if let Some(more @ 1..) = jobs.len().checked_sub(LISTED) {
        list = format!("{list} and {more} more");
    }
    let n = match jobs.len() {
        1 => "1 job".to_owned(),
        n => format!("{n} jobs"),
    };
    Error::conflict(format!("the pool {name:?} is in use by {n}: {list} (expected a pool that no job names)"))
}
