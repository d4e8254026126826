//! Events between their cause and their delivery.

use std::collections::VecDeque;

use crate::{
    event::{Event, EventKind},
    id::JobId,
    run::Run,
    timestamp::Timestamp,
};

/// The events that were not delivered yet, in the order in which they happened.
///
/// The scheduler's lock protects it, because an event is put in under the very lock under which the change happens: its
/// number says the order of the changes. Listeners are called without the lock, so two threads that each delivered
/// their own events could overtake each other. Therefore one thread at a time delivers, all there is:
///
/// ```text
/// thread A   changes, event 1   takes 1   calls listeners with 1   takes 2   calls with 2   takes nothing: done
/// thread B                         changes, event 2   sees A delivering: returns
/// ```
#[derive(Default)]
pub(crate) struct Outbox {
    events: VecDeque<Event>,
    /// The number of the last event.
    seq: u64,
    /// Whether a thread is delivering. It is cleared under the same lock under which the outbox is seen to be empty, so
    /// an event that is put in later finds nobody delivering, and none is forgotten.
    is_delivering: bool,
}

impl Outbox {
    /// Numbers an event and puts it in.
    pub(super) fn push(&mut self, at: Timestamp, job: Option<JobId>, name: &str, run: Option<Run>, kind: EventKind) {
        self.seq += 1;
        self.events.push_back(Event { seq: self.seq, at: at.datetime(), job, name: name.to_owned(), run, kind });
    }

    /// The number of the last event.
    pub(super) fn seq(&self) -> u64 {
        self.seq
    }

    /// Takes out the next event to deliver. `None` if nothing is left, or if a delivery is in progress that is not the
    /// caller's (`is_mine`): in another thread, or in this one if a listener caused the event. That delivery will take
    /// it.
    pub(super) fn take(&mut self, is_mine: bool) -> Option<Event> {
        if self.is_delivering && !is_mine {
            return None;
        }
        let event = self.events.pop_front();
        self.is_delivering = event.is_some();
        event
    }

    /// Drops what was not delivered, because no listener is left.
    pub(super) fn clear(&mut self) {
        self.events.clear();
    }
}
