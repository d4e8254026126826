//! The runs of a job that are in progress, and how many may be.

use super::{Extra, Record};
use crate::{event::Skip, timestamp::Timestamp};

impl Record {
    /// Whether a run is in progress, or waits for a worker.
    pub(crate) fn is_in_progress(&self) -> bool {
        self.is_running || self.extra.as_ref().is_some_and(|extra| extra.in_progress > 0)
    }

    pub(crate) fn runs_in_progress(&self) -> u64 {
        let strays = |extra: &Extra| extra.attempts.as_ref().map_or(0, |attempts| attempts.strays.len() as u64);
        u64::from(self.is_running) + self.extra.as_ref().map_or(0, |extra| extra.in_progress + strays(extra))
    }

    /// Whether as many runs are in progress as are allowed at a time.
    #[inline]
    pub(crate) fn is_full(&self) -> bool {
        match &self.extra {
            None => self.is_running,
            Some(extra) => {
                let is_full = match extra.workers {
                    // A run in a polling thread may have begun before the job was updated.
                    Some(workers) => extra.in_progress + u64::from(self.is_running) >= workers.get(),
                    None => self.is_in_progress(),
                };
                // Or the only body is that of an attempt that has run out of time and has not returned.
                is_full
                    || extra.attempts.as_ref().is_some_and(|attempts| !attempts.strays.is_empty()) && !self.has_body()
            }
        }
    }

    /// Notes a run in progress, which is counted if the job is parallel. The end of the run has to know whether it was:
    /// an update may add or remove `parallel` meanwhile.
    #[inline]
    pub(crate) fn start_instance(&mut self, is_counted: bool) {
        match self.extra.as_mut().filter(|_| is_counted) {
            Some(extra) => extra.in_progress += 1,
            None => self.is_running = true,
        }
    }

    /// Notes the end of a run.
    #[inline]
    pub(crate) fn end_instance(&mut self, is_counted: bool) {
        match self.extra.as_mut().filter(|_| is_counted) {
            Some(extra) => extra.in_progress -= 1,
            None => self.is_running = false,
        }
    }

    /// Why the run of a claimed slot must not begin at `now`. The job was not full when the slot was claimed, but an
    /// update may have made it so.
    #[inline]
    pub(crate) fn skip_reason(&self, now: Timestamp) -> Option<Skip> {
        // What an update has changed is in `extra`.
        if self.extra.is_some() && self.is_full() {
            return Some(Skip::Overlap);
        }
        self.timing.is_outside_window(now).then_some(Skip::Window)
    }
}
