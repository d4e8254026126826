//! Attempts of the runs of a job.

use super::{BodySlot, Record};
use crate::{
    job::{Attempts, BoxedBody},
    timestamp::Timestamp,
};

impl Record {
    /// Whether attempts have a time limit, or may be followed by others.
    pub(crate) fn is_watched(&self) -> bool {
        self.policies().is_some_and(|policies| policies.are_about_attempts())
    }

    pub(crate) fn attempts(&self) -> Option<&Attempts> {
        self.extra.as_ref()?.attempts.as_deref()
    }

    /// The watched runs, if there were ever some.
    pub(crate) fn attempts_mut(&mut self) -> Option<&mut Attempts> {
        self.extra.as_mut()?.attempts.as_deref_mut()
    }

    pub(crate) fn watch(&mut self) -> &mut Attempts {
        self.extra_mut().attempts.get_or_insert_with(Box::default)
    }

    /// The slot of an attempt that is due and may begin.
    pub(crate) fn due_attempt(&self) -> Option<Timestamp> {
        self.attempts().filter(|_| self.has_body())?.due_slot()
    }

    /// Whether there is a body to call. There is none while that of an attempt is out that may run only once at a time.
    pub(super) fn has_body(&self) -> bool {
        matches!(self.body, BodySlot::Here(_))
    }

    /// The body for another attempt of a run in progress, which begins `now`.
    pub(crate) fn begin_attempt(&mut self, now: Timestamp) -> Option<BoxedBody> {
        let another = match &self.body {
            BodySlot::Here(body) => body.another(),
            BodySlot::Away(_) => None,
        };
        let body = another.or_else(|| self.take_body())?;
        self.last_run = now;
        Some(body)
    }
}
