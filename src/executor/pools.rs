//! The pools of a scheduler, by name.

use std::{
    collections::{btree_map::Entry, BTreeMap},
    sync::Arc,
    time::Instant,
};

use parking_lot::Mutex;

use super::pool::{Pool, Work};
use crate::{
    error::{Error, Result},
    job::DEFAULT_POOL,
    text::edits,
    unwind::drop_quietly,
};

/// The pools of a scheduler: the default one, those that were added by name, and those that were removed and have not
/// ended.
///
/// Has a lock of its own, under which only the locks of the pools are taken. Code that changes the table, or relies on
/// the existence of a pool, holds the scheduler's lock as well.
pub(crate) struct Pools {
    default: Pool,
    others: Mutex<Others>,
}

#[derive(Default)]
struct Others {
    named: BTreeMap<Arc<str>, Pool>,
    /// They are closed; a shutdown waits for their workers.
    retired: Vec<Pool>,
}

impl Pools {
    /// The most names of pools that an error lists.
    const LISTED: usize = 10;

    pub(crate) fn new(size: usize) -> Self {
        Pools { default: Pool::new(size, "punctual-worker".to_owned()), others: Mutex::default() }
    }

    /// The pool with this name; the default one for `None`.
    pub(crate) fn find(&self, name: Option<&str>) -> Option<Pool> {
        match name {
            None | Some(DEFAULT_POOL) => Some(self.default.clone()),
            Some(name) => self.others.lock().named.get(name).cloned(),
        }
    }

    /// [`find`](Self::find) for a pool that is there, because a registered job names it.
    pub(crate) fn of(&self, name: Option<&str>) -> Pool {
        self.find(name).unwrap_or_else(|| self.default.clone())
    }

    /// All pools with their names: the default one, then the others by name.
    pub(crate) fn all(&self) -> Vec<(Arc<str>, Pool)> {
        let named = self.others.lock().named.clone();
        std::iter::once((DEFAULT_POOL.into(), self.default.clone())).chain(named).collect()
    }

    /// Checks that there is a pool with this name.
    pub(crate) fn check(&self, name: &str) -> Result<()> {
        if self.find(Some(name)).is_some() {
            return Ok(());
        }
        let all: Vec<_> = self.all().into_iter().map(|(name, _)| name).collect();
        let near = all.iter().map(|known| (edits(known, name), known)).min_by_key(|(distance, _)| *distance);
        let near = near.filter(|(distance, known)| *distance <= 2 && *distance < known.chars().count());
        let hint = match near {
            Some((_, near)) => format!("did you mean {near:?}?"),
            None => "`add_pool` adds one".to_owned(),
        };
        let mut list = all.iter().take(Pools::LISTED).map(|known| format!("{known:?}")).collect::<Vec<_>>().join(", ");
        if let Some(more @ 1..) = all.len().checked_sub(Pools::LISTED) {
            list = format!("{list} and {more} more");
        }
        Err(Error::invalid(format!("unknown pool {name:?}: the scheduler has {list} ({hint})")))
    }

    /// Adds a pool.
    ///
    /// # Errors
    ///
    /// If there is one with this name.
    pub(crate) fn add(&self, name: &Arc<str>, size: usize) -> Result<()> {
        let mut others = self.others.lock();
        others.forget_those_that_ended();
        match others.named.entry(Arc::clone(name)) {
            Entry::Vacant(vacant) if **name != *DEFAULT_POOL => {
                // The system takes no name with a NUL in it.
                vacant.insert(Pool::new(size, format!("punctual-{name}").replace('\0', "")));
                Ok(())
            }
            Entry::Vacant(_) => {
                let why = "`workers` of the builder says its size";
                Err(Error::conflict(format!("the pool {name:?} exists: {why} (expected another name)")))
            }
            Entry::Occupied(_) => Err(Error::conflict(format!("the pool {name:?} exists (expected another name)"))),
        }
    }

    /// Removes a pool that no registered job names. What was submitted to it is done.
    ///
    /// # Errors
    ///
    /// If it is the default one, or there is none with this name.
    pub(crate) fn remove(&self, name: &str) -> Result<()> {
        if name == DEFAULT_POOL {
            let why = "jobs that name no pool run there";
            return Err(Error::conflict(format!("the pool {name:?} cannot be removed: {why} (expected another name)")));
        }
        self.check(name)?;
        let mut others = self.others.lock();
        others.forget_those_that_ended();
        if let Some(pool) = others.named.remove(name) {
            pool.retire();
            others.retired.push(pool);
        }
        Ok(())
    }

    /// Takes out the work that waits because all workers of its pool are busy.
    #[must_use = "called with `false`"]
    pub(crate) fn take_waiting(&self) -> Vec<Work> {
        self.each(|pool| pool.take_waiting()).into_iter().flatten().collect()
    }

    /// Ends the workers once everything that was submitted is done; with `wait`, returns only then. Work that is
    /// submitted later is done by new workers. A worker that closes its own pool does not wait for itself.
    pub(crate) fn close(&self, wait: bool) {
        // The threads of all pools at once: of two workers that do this, one has all threads to wait for, and the other
        // none. With a list for each pool, they could wait for each other.
        let threads = self.each(|pool| pool.close(wait));
        let me = std::thread::current().id();
        for thread in threads.into_iter().flatten().filter(|thread| thread.thread().id() != me) {
            if let Err(payload) = thread.join() {
                drop_quietly(payload);
            }
        }
    }

    /// Like [`close`](Self::close), and waits until `deadline` at most.
    pub(crate) fn close_by(&self, deadline: Instant) {
        self.close(false);
        self.each(Pool::clone).iter().for_each(|pool| pool.wait_until(deadline));
    }

    /// Closes all pools for good: their workers end as soon as there is nothing to do.
    pub(crate) fn retire(&self) {
        self.each(Pool::retire);
    }

    /// Calls `f` with every pool, with the table locked.
    fn each<T>(&self, f: impl FnMut(&Pool) -> T) -> Vec<T> {
        let mut others = self.others.lock();
        others.forget_those_that_ended();
        std::iter::once(&self.default).chain(others.named.values()).chain(&others.retired).map(f).collect()
    }
}

impl Others {
    fn forget_those_that_ended(&mut self) {
        self.retired.retain(|pool| !pool.is_over());
    }
}
