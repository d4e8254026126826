//! How those who listen, and the log, are told.

use log::Level;

use super::{
    registry::{Due, Left, SetBack},
    Inner,
};
use crate::{
    event::Event,
    executor,
    job::Who,
    journal::{self, note},
    outcome::Outcome,
    timestamp::Timestamp,
};

impl Inner {
    /// Whether there is anybody to be told at all.
    pub(super) fn is_heard(&self, level: Level) -> bool {
        !self.listeners().is_empty() || journal::is_read(level)
    }

    pub(super) fn tell_set_back(&self, back: SetBack) {
        let by = back.by.to_std().unwrap_or_default();
        note!(Warn, "the wall clock was set back by {by:?}");
        back.over.into_iter().for_each(|left| self.tell_left(left));
    }

    pub(super) fn tell_added(&self, who: &Who, first: Timestamp) {
        let first = first.datetime();
        note!(Debug, "added {}, first run {first}", who.name());
        self.tell(|| Event::JobAdded { id: who.id, name: who.name().to_owned(), next_run: Some(first) });
    }

    pub(super) fn tell_submitted(&self, due: &Due) {
        let Due { who, scheduled_at } = due;
        let scheduled_at = scheduled_at.datetime();
        self.tell(|| Event::JobSubmitted { id: who.id, name: who.name().to_owned(), scheduled_at });
    }

    pub(super) fn tell_outcome(&self, who: &Who, scheduled_at: Timestamp, outcome: Outcome) {
        let (id, name, scheduled_at) = (who.id, who.name(), scheduled_at.datetime());
        let panicked = matches!(outcome, Outcome::Panicked(_));
        match outcome {
            Outcome::Completed | Outcome::Cancelled => {
                self.tell(|| Event::JobExecuted { id, name: name.to_owned(), scheduled_at });
            }
            Outcome::Failed(error) | Outcome::Panicked(error) => {
                note!(Error, "{name} {}: {error}", if panicked { "panicked" } else { "failed" });
                self.tell(|| Event::JobError { id, name: name.to_owned(), scheduled_at, error, panicked });
            }
        }
    }

    pub(super) fn tell_skipped(&self, due: &Due) {
        let Due { who, scheduled_at } = due;
        let scheduled_at = scheduled_at.datetime();
        note!(Warn, "{} has enough runs under way, the slot at {scheduled_at} is skipped", who.name());
        self.tell(|| Event::JobMaxInstances { id: who.id, name: who.name().to_owned(), scheduled_at });
    }

    pub(super) fn tell_modified(&self, who: &Who, next_run: Option<Timestamp>) {
        note!(Debug, "modified {}", who.name());
        let next_run = next_run.map(Timestamp::datetime);
        self.tell(|| Event::JobModified { id: who.id, name: who.name().to_owned(), next_run });
    }

    pub(super) fn tell_left(&self, left: Left) {
        let Left { who, why, task } = left;
        note!(Debug, "removed {} ({why:?})", who.name());
        self.tell(|| Event::JobRemoved { id: who.id, name: who.name().to_owned(), why });
        executor::drop_quietly(task);
    }

    fn tell(&self, event: impl FnOnce() -> Event) {
        if !self.listeners().is_empty() {
            self.listeners().tell(&event());
        }
    }
}
