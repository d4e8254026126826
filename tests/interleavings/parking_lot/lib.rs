//! The part of `parking_lot` that the crate uses, on loom's locks. No wait times out, so that loom reports a missed
//! wake-up as a deadlock.

#![forbid(unsafe_code)]

use std::{
    ops::{Deref, DerefMut},
    time::Instant,
};

#[derive(Debug, Default)]
pub struct Mutex<T>(loom::sync::Mutex<T>);

/// `None` only while a `Condvar` waits with it.
pub struct MutexGuard<'a, T>(Option<loom::sync::MutexGuard<'a, T>>);

impl<T> Mutex<T> {
    pub fn new(value: T) -> Self {
        Mutex(loom::sync::Mutex::new(value))
    }

    pub fn lock(&self) -> MutexGuard<'_, T> {
        MutexGuard(self.0.lock().ok())
    }

    /// Waits. The crate waits too when this fails, and one way of waiting is enough to explore.
    pub fn try_lock(&self) -> Option<MutexGuard<'_, T>> {
        Some(self.lock())
    }
}

impl<T> MutexGuard<'_, T> {
    /// Does not unlock: the crate drops users' triggers this way, and no model has one.
    pub fn unlocked<U>(_: &mut Self, f: impl FnOnce() -> U) -> U {
        f()
    }
}

impl<T> Deref for MutexGuard<'_, T> {
    type Target = T;

    fn deref(&self) -> &T {
        self.0.as_ref().unwrap()
    }
}

impl<T> DerefMut for MutexGuard<'_, T> {
    fn deref_mut(&mut self) -> &mut T {
        self.0.as_mut().unwrap()
    }
}

#[derive(Debug)]
pub struct Condvar(loom::sync::Condvar);

impl Default for Condvar {
    fn default() -> Self {
        Condvar(loom::sync::Condvar::new())
    }
}

pub struct WaitTimeoutResult;

impl WaitTimeoutResult {
    pub fn timed_out(&self) -> bool {
        false
    }
}

impl Condvar {
    pub fn wait<T>(&self, guard: &mut MutexGuard<'_, T>) {
        guard.0 = guard.0.take().and_then(|inner| self.0.wait(inner).ok());
    }

    pub fn wait_until<T>(&self, guard: &mut MutexGuard<'_, T>, _: Instant) -> WaitTimeoutResult {
        self.wait(guard);
        WaitTimeoutResult
    }

    pub fn notify_all(&self) {
        self.0.notify_all();
    }

    pub fn notify_one(&self) {
        self.0.notify_one();
    }
}
