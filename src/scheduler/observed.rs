//! Spans and metrics of runs. Without their features there is nothing to do.
//!
//! Subscribers and recorders are foreign code: all of this is called without the lock.

use chrono::TimeDelta;

use super::{registry::Started, Core};
use crate::{
    job::Label,
    observe::{Measured, RunSpan},
    outcome::Outcome,
    run::RunRecord,
    timestamp::Timestamp,
    unwind::catch,
};

impl Core {
    /// Notes that a body is about to be called.
    #[inline]
    pub(super) fn observe_begin(&self, started: &mut Started) {
        if cfg!(any(feature = "tracing", feature = "metrics")) {
            let Started { label, run, span, .. } = started;
            #[cfg(any(feature = "tracing", feature = "metrics"))]
            let key = label.key();
            #[cfg(not(any(feature = "tracing", feature = "metrics")))]
            let key = None;
            *span = RunSpan::new(label.name(), key, label.id, run);
            if run.attempt == 1 {
                let late = (run.started_at - run.slot).to_std().unwrap_or_default();
                self.measure(label, Measured::Lateness(late));
            }
        }
    }

    /// Whether something has to be noted at the end of a run.
    #[inline]
    pub(super) fn is_measured(&self, run: &Started) -> bool {
        cfg!(feature = "metrics") || run.span.is_some()
    }

    /// Reports an attempt; one that has failed inside of its span, where the line in the log belongs.
    pub(super) fn report_attempt_in(
        &self,
        span: &RunSpan,
        label: &Label,
        run: &RunRecord,
        outcome: &Outcome,
        delay: Option<TimeDelta>,
    ) {
        let report = || self.report_attempt(label, run, outcome, delay);
        match span.is_some() && !outcome.is_success() {
            true => drop(catch(|| span.in_scope(report))),
            false => report(),
        }
    }

    /// Notes the end of an attempt.
    #[inline]
    pub(super) fn measure_attempt(&self, label: &Label, run: &RunRecord, ended_at: Timestamp) {
        let length = (ended_at - run.started_at).to_std().unwrap_or_default();
        self.measure(label, Measured::Duration(length));
    }

    #[cfg(not(feature = "metrics"))]
    #[inline]
    pub(super) fn measure(&self, _: &Label, _: Measured<'_>) {}

    #[cfg(feature = "metrics")]
    pub(super) fn measure(&self, label: &Label, what: Measured<'_>) {
        let (job, meters) = label.meters().unwrap_or(("", self.meters()));
        meters.count(job, what);
    }
}
