//! The state of a scheduler while it is locked.

use std::ops::{Deref, DerefMut};

use parking_lot::MutexGuard;

use super::{idle_hint::IdleHint, outbox::Outbox, registry::Registry, timekeeper::Timekeeper};
use crate::unwind::drop_quietly;

/// What the lock of a scheduler protects.
pub(crate) struct State {
    pub(crate) registry: Registry,
    pub(crate) timekeeper: Timekeeper,
    pub(super) outbox: Outbox,
}

/// The locked state, to change it.
///
/// Publishes the next slot in the idle hint when it is dropped, while the lock is still held. In `Drop`, because a
/// change that forgot to do so would be a job that no poll sees; and so it happens when a panic unwinds, too.
pub(crate) struct StateMut<'a> {
    state: MutexGuard<'a, State>,
    hint: &'a IdleHint,
}

impl<'a> StateMut<'a> {
    #[inline]
    pub(super) fn new(state: MutexGuard<'a, State>, hint: &'a IdleHint) -> Self {
        StateMut { state, hint }
    }
}

impl Deref for StateMut<'_> {
    type Target = State;

    #[inline]
    fn deref(&self) -> &State {
        &self.state
    }
}

impl DerefMut for StateMut<'_> {
    #[inline]
    fn deref_mut(&mut self) -> &mut State {
        &mut self.state
    }
}

impl Drop for StateMut<'_> {
    #[inline]
    fn drop(&mut self) {
        let registry = &self.state.registry;
        // The fields are dropped after this, so the lock is released last: the hints of two changes are stored in their
        // order.
        self.hint.publish_next(registry.next(), registry.zone_watch.look_at());
        // One branch for all that is rare.
        if registry.zone_watch.is_moved() | !registry.spent.is_empty() {
            self.tidy();
        }
    }
}

impl StateMut<'_> {
    #[cold]
    fn tidy(&mut self) {
        if self.state.registry.zone_watch.is_moved() {
            self.hint.publish_look(self.state.registry.zone_watch.settle());
        }
        if !self.state.registry.spent.is_empty() {
            drop_spent(&mut self.state);
        }
    }
}

/// The locked registry, to read it. Publishes nothing on release.
pub(crate) struct StateRef<'a>(MutexGuard<'a, State>);

impl<'a> StateRef<'a> {
    pub(super) fn new(state: MutexGuard<'a, State>) -> Self {
        StateRef(state)
    }

    /// The registry, to count handles: the one change that moves no slot, and needs no publishing.
    pub(crate) fn handles(&mut self) -> &mut Registry {
        &mut self.0.registry
    }
}

impl Deref for StateRef<'_> {
    type Target = Registry;

    fn deref(&self) -> &Registry {
        &self.0.registry
    }
}

impl Drop for StateRef<'_> {
    fn drop(&mut self) {
        if !self.0.registry.spent.is_empty() {
            drop_spent(&mut self.0);
        }
    }
}

/// Drops what the registry has done with and users own. That is user code, so it runs while the lock is released.
#[cold]
fn drop_spent(state: &mut MutexGuard<'_, State>) {
    let spent = std::mem::take(&mut state.registry.spent);
    MutexGuard::unlocked(state, || spent.into_iter().for_each(drop_quietly));
}
