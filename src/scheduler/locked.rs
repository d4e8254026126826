//! The registry while it is locked.

use std::ops::{Deref, DerefMut};

use parking_lot::MutexGuard;

use super::{outlook::Outlook, registry::Registry};
use crate::job::Place;

/// The registry, to change it. Before others may have it, the outlook is told.
pub(crate) struct Locked<'a> {
    registry: MutexGuard<'a, Registry>,
    outlook: &'a Outlook,
}

impl<'a> Locked<'a> {
    pub(super) fn new(registry: MutexGuard<'a, Registry>, outlook: &'a Outlook) -> Self {
        Locked { registry, outlook }
    }
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
        self.outlook.tell(&self.registry);
    }
}

/// The registry, to read it; handles alone may come and go, by which nothing is due sooner or later.
pub(crate) struct Books<'a>(MutexGuard<'a, Registry>);

impl<'a> Books<'a> {
    pub(super) fn new(registry: MutexGuard<'a, Registry>) -> Self {
        Books(registry)
    }

    /// One more handle for a job.
    pub(crate) fn hold(&mut self, job: Place) {
        self.0.hold(job);
    }

    /// One handle less for a job.
    pub(crate) fn release(&mut self, job: Place) {
        self.0.release(job);
    }
}

impl Deref for Books<'_> {
    type Target = Registry;

    fn deref(&self) -> &Registry {
        &self.0
    }
}
