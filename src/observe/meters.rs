//! Counters and histograms of the runs of a job.

use std::time::Duration;

use crate::{event::Skip, outcome::Outcome};

/// Something to count.
#[cfg_attr(not(feature = "metrics"), allow(dead_code))]
#[derive(Clone, Copy)]
pub(crate) enum Measured<'a> {
    /// A run has begun, this long after its slot.
    Lateness(Duration),
    /// An attempt took this long.
    Duration(Duration),
    /// An attempt has failed, and is followed by another.
    Retry,
    /// A run has ended.
    Run(&'a Outcome),
    /// A slot was skipped.
    Skip(Skip),
}

/// The counters and histograms of a job, or those that the jobs without a name share.
///
/// Recorders are foreign code, which may call the scheduler: it is used without the lock only.
#[cfg(feature = "metrics")]
#[derive(Clone, Debug, Default)]
pub(crate) struct Meters {
    kept: std::sync::OnceLock<kept::Set>,
}

#[cfg(feature = "metrics")]
impl Meters {
    /// Counts something for the job of this name, which is empty for a job that was given none. A recorder that panics
    /// loses it.
    pub(crate) fn count(&self, job: &str, what: Measured<'_>) {
        let counted = crate::unwind::catch(|| match self.kept.get() {
            Some(set) => set.count(job, what),
            None => self.count_first(job, what),
        });
        drop(counted);
    }

    #[cold]
    fn count_first(&self, job: &str, what: Measured<'_>) {
        // A recorder that is installed later must be found: handles of the one that does nothing are not kept. It has
        // no size, nor has one that may do without handles.
        if metrics::with_recorder(|recorder| size_of_val(recorder)) == 0 {
            kept::Set::new(job).count(job, what);
        } else {
            kept::describe();
            self.kept.get_or_init(|| kept::Set::new(job)).count(job, what);
        }
    }
}

#[cfg(feature = "metrics")]
mod kept {
    //! Handles of what was registered with a recorder: a count is then an atomic addition.

    use std::sync::{Once, OnceLock};

    use metrics::{counter, describe_counter, describe_histogram, histogram, Counter, Histogram, Unit};

    use super::Measured;
    use crate::{event::Skip, outcome::Outcome};

    const RUNS: &str = "punctual_runs_total";
    const DURATION: &str = "punctual_run_duration_seconds";
    const LATENESS: &str = "punctual_run_lateness_seconds";
    const SKIPS: &str = "punctual_skips_total";
    const RETRIES: &str = "punctual_retries_total";

    #[derive(Clone, Debug)]
    pub(super) struct Set {
        /// One for each outcome of a run, registered together: the first failure is then a step from 0, which a rate
        /// sees.
        runs: [Counter; Outcome::KINDS.len()],
        duration: Histogram,
        lateness: Histogram,
        retries: Counter,
        skips: [OnceLock<Counter>; Skip::ALL.len()],
    }

    impl Set {
        pub(super) fn new(job: &str) -> Self {
            let job = || job.to_owned();
            Set {
                runs: Outcome::KINDS.map(|kind| counter!(RUNS, "job" => job(), "outcome" => kind)),
                duration: histogram!(DURATION, "job" => job()),
                lateness: histogram!(LATENESS, "job" => job()),
                retries: counter!(RETRIES, "job" => job()),
                skips: Default::default(),
            }
        }

        pub(super) fn count(&self, job: &str, what: Measured<'_>) {
            match what {
                Measured::Lateness(length) => self.lateness.record(length),
                Measured::Duration(length) => self.duration.record(length),
                Measured::Retry => self.retries.increment(1),
                Measured::Run(outcome) => {
                    let place = Outcome::KINDS.iter().position(|kind| *kind == outcome.kind());
                    place.into_iter().for_each(|place| self.runs[place].increment(1));
                }
                Measured::Skip(why) => {
                    let counter = || counter!(SKIPS, "job" => job.to_owned(), "reason" => why.kind());
                    let place = Skip::ALL.iter().position(|other| *other == why);
                    place.into_iter().for_each(|place| self.skips[place].get_or_init(counter).increment(1));
                }
            }
        }
    }

    /// Describes what there is, once for all jobs.
    pub(super) fn describe() {
        static DESCRIBED: Once = Once::new();
        DESCRIBED.call_once(|| {
            describe_counter!(RUNS, Unit::Count, "Runs that have ended, by outcome.");
            describe_histogram!(DURATION, Unit::Seconds, "How long attempts took.");
            describe_histogram!(LATENESS, Unit::Seconds, "How long after their slots runs began.");
            describe_counter!(SKIPS, Unit::Count, "Slots that had no run, by reason.");
            describe_counter!(RETRIES, Unit::Count, "Failed attempts that were followed by another.");
        });
    }
}
