//! When something is to be done about runs: their time limits, and the ends of their waits for another attempt.

use std::collections::BTreeMap;

use crate::{id::RunId, job::Place, timestamp::Timestamp};

/// What is due at which instant. A run is in at most one of the maps, and at most once.
#[derive(Default)]
pub(super) struct Timers(Option<Box<Maps>>);

#[derive(Default)]
struct Maps {
    limits: BTreeMap<(Timestamp, RunId), Place>,
    retries: BTreeMap<(Timestamp, RunId), Place>,
}

impl Timers {
    /// Whether there never was one. What every release of the lock asks.
    #[inline]
    pub(super) fn is_unused(&self) -> bool {
        self.0.is_none()
    }

    fn maps(&mut self) -> &mut Maps {
        self.0.get_or_insert_with(Box::default)
    }

    pub(super) fn limit(&mut self, at: Timestamp, run: RunId, job: Place) {
        self.maps().limits.insert((at, run), job);
    }

    pub(super) fn retry(&mut self, at: Timestamp, run: RunId, job: Place) {
        self.maps().retries.insert((at, run), job);
    }

    pub(super) fn remove(&mut self, at: Timestamp, run: RunId) {
        let Some(maps) = &mut self.0 else { return };
        if maps.limits.remove(&(at, run)).is_none() {
            maps.retries.remove(&(at, run));
        }
    }

    /// When the next attempt ends or begins. While the scheduler is paused, none begins.
    #[cold]
    pub(super) fn next(&self, is_paused: bool) -> Option<Timestamp> {
        let first = |timers: &BTreeMap<(Timestamp, RunId), Place>| timers.first_key_value().map(|((at, _), _)| *at);
        let maps = self.0.as_ref()?;
        let retry = if is_paused { None } else { first(&maps.retries) };
        first(&maps.limits).into_iter().chain(retry).min()
    }

    /// Takes out a time limit that has passed.
    pub(super) fn take_limit(&mut self, now: Timestamp) -> Option<(RunId, Place)> {
        take(&mut self.0.as_mut()?.limits, now)
    }

    /// Takes out a wait that is over.
    pub(super) fn take_retry(&mut self, now: Timestamp) -> Option<(RunId, Place)> {
        take(&mut self.0.as_mut()?.retries, now)
    }

    /// Follows the wall clock, which was set back by `nanos`.
    pub(super) fn set_back(&mut self, nanos: i128) {
        let Some(maps) = &mut self.0 else { return };
        for timers in [&mut maps.limits, &mut maps.retries] {
            *timers =
                std::mem::take(timers).into_iter().map(|((at, run), job)| ((at.after(-nanos), run), job)).collect();
        }
    }
}

fn take(timers: &mut BTreeMap<(Timestamp, RunId), Place>, now: Timestamp) -> Option<(RunId, Place)> {
    let first = timers.first_entry().filter(|entry| entry.key().0 <= now)?;
    let ((_, run), job) = first.remove_entry();
    Some((run, job))
}
