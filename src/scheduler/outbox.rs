//! Events on their way to the listeners.

use std::collections::VecDeque;

use crate::{
    event::{Event, EventKind},
    id::JobId,
    run::Run,
    timestamp::Timestamp,
};

/// The events that have happened and were not delivered yet, in the order in which they happened.
///
/// It is part of the state behind the scheduler's lock. An event is put in under the lock under which the change happens, so
/// its number is drawn in that order; one thread at a time takes events out and calls the listeners, without the lock.
#[derive(Default)]
pub(crate) struct Outbox {
    events: VecDeque<Event>,
    seq: u64,
    is_delivering: bool,
}

impl Outbox {
    pub(super) fn push(&mut self, at: Timestamp, job: Option<(JobId, &str)>, run: Option<Run>, kind: EventKind) {
        self.seq += 1;
        let (job, name) = job.map_or((None, ""), |(id, name)| (Some(id), name));
        self.events.push_back(Event { seq: self.seq, at: at.datetime(), job, name: name.to_owned(), run, kind });
    }

    /// The number of the last event.
    pub(super) fn seq(&self) -> u64 {
        self.seq
    }

    /// The next event to deliver. `is_mine` says whether the caller is already delivering. `None` if there is nothing left, or
    /// another thread, or an outer call of this one, is delivering and will come to it.
    pub(super) fn take(&mut self, is_mine: bool) -> Option<Event> {
        if self.is_delivering && !is_mine {
            return None;
        }
        let event = self.events.pop_front();
        self.is_delivering = event.is_some();
        event
    }

    pub(super) fn clear(&mut self) {
        self.events.clear();
    }
}
