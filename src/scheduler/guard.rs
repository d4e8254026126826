//! The state of a scheduler while it is locked.

use std::ops::{Deref, DerefMut};

use parking_lot::MutexGuard;

use super::{idle_hint::IdleHint, outbox::Outbox, registry::Registry, timekeeper::Timekeeper};

/// What the lock of a scheduler protects.
pub(crate) struct State {
    pub(crate) registry: Registry,
    pub(crate) timekeeper: Timekeeper,
    pub(super) outbox: Outbox,
}

/// The state, to change it. On release, the next slot is published in the idle hint: whoever changes the registry cannot
/// forget it.
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
        self.hint.publish_next(self.state.registry.next());
    }
}

/// The state, to read it. Handles may come and go, which changes no slot.
pub(crate) struct StateRef<'a>(MutexGuard<'a, State>);

impl<'a> StateRef<'a> {
    pub(super) fn new(state: MutexGuard<'a, State>) -> Self {
        StateRef(state)
    }

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
