//! Shared by the tests: a scheduler on a manual clock, a log of what ran, and short names for times.

use std::{
    collections::BTreeMap,
    process::Command,
    sync::{Arc, Mutex},
    time::Duration,
};

use chrono::{DateTime, NaiveDateTime, Utc};
use punctual::{Event, Every, IntoZone, Job, ManualClock, Result, Scheduler};

/// A sentence that starts with `every()`, so that one test can try several.
pub(crate) type Sentence = fn(Every) -> Result<Job>;

/// A sentence on a scheduler: it may also start with `after`, `once` or `schedule`.
pub(crate) type SchedulerSentence = fn(&Scheduler) -> Result<Job>;

/// Parses a UTC instant such as `2024-01-10 12:20:30`, with or without a fraction.
pub(crate) fn utc(text: &str) -> DateTime<Utc> {
    NaiveDateTime::parse_from_str(text, "%Y-%m-%d %H:%M:%S%.f").unwrap().and_utc()
}

pub(crate) const fn seconds(n: u64) -> Duration {
    Duration::from_secs(n)
}

pub(crate) fn minutes(n: u64) -> Duration {
    seconds(60 * n)
}

pub(crate) fn hours(n: u64) -> Duration {
    minutes(60 * n)
}

pub(crate) fn days(n: u64) -> Duration {
    hours(24 * n)
}

/// A scheduler and the manual clock that it reads: time passes only when a test says so.
pub(crate) struct Stage {
    pub(crate) clock: ManualClock,
    pub(crate) scheduler: Scheduler,
}

/// Starts at noon UTC on Wednesday, 10 January 2024, where most tests start.
pub(crate) fn noon() -> Stage {
    Stage::at("2024-01-10 12:00:00")
}

impl Stage {
    /// Starts at a UTC instant; the scheduler's zone is UTC.
    pub(crate) fn at(now: &str) -> Stage {
        Stage::new(utc(now), Utc)
    }

    pub(crate) fn new(now: DateTime<Utc>, zone: impl IntoZone) -> Stage {
        let clock = ManualClock::new(now);
        let scheduler = Scheduler::builder().clock(clock.clone()).tz(zone).build().unwrap();
        Stage { clock, scheduler }
    }

    /// Whose random lengths are the same in every run.
    pub(crate) fn seeded(now: DateTime<Utc>, zone: impl IntoZone, seed: u64) -> Stage {
        let clock = ManualClock::new(now);
        let scheduler = Scheduler::builder().clock(clock.clone()).tz(zone).seed(seed).build().unwrap();
        Stage { clock, scheduler }
    }

    /// With worker threads, for jobs that are `parallel`.
    pub(crate) fn with_workers(now: DateTime<Utc>, workers: usize) -> Stage {
        let clock = ManualClock::new(now);
        let scheduler = Scheduler::builder().clock(clock.clone()).tz(Utc).workers(workers).build().unwrap();
        Stage { clock, scheduler }
    }

    pub(crate) fn every(&self) -> Every {
        self.scheduler.every()
    }

    /// Advances both clocks, then polls. Returns how many jobs ran.
    pub(crate) fn wait(&self, duration: Duration) -> usize {
        self.clock.advance(duration);
        self.scheduler.run_pending()
    }

    /// Advances both clocks to an instant, then polls.
    pub(crate) fn wait_until(&self, instant: DateTime<Utc>) -> usize {
        self.wait((instant - self.clock.now()).to_std().unwrap())
    }

    /// Sets the wall clock alone, then polls.
    pub(crate) fn set_clock(&self, now: &str) -> usize {
        self.clock.set(utc(now));
        self.scheduler.run_pending()
    }

    /// Polls at each of the job's next `n` slots, exactly on time, and returns them.
    pub(crate) fn run_slots(&self, job: &Job, n: usize) -> Vec<DateTime<Utc>> {
        let one = |_| {
            let slot = job.next_run().unwrap();
            assert_eq!(self.wait_until(slot), 1, "{job}");
            assert!(job.next_run().is_none_or(|next| next > slot), "{job}");
            slot
        };
        (0..n).map(one).collect()
    }

    /// Checks that all queries of the scheduler agree with each other. Call it between passes.
    pub(crate) fn assert_consistent(&self) {
        let (jobs, now) = (self.scheduler.jobs(), self.clock.now());
        assert!(jobs.windows(2).all(|pair| pair[0].id() < pair[1].id()), "{jobs:?}");
        assert!(jobs.iter().all(Job::is_scheduled), "{jobs:?}");
        let first = |jobs: &[Job]| jobs.iter().filter_map(Job::next_run).min();
        assert_eq!(self.scheduler.next_run(), first(&jobs));
        let idle = first(&jobs).map(|next| (next - now).to_std().unwrap_or_default());
        assert_eq!(self.scheduler.idle(), idle);
        let mut tagged: BTreeMap<String, Vec<Job>> = BTreeMap::new();
        for job in &jobs {
            job.tags().into_iter().for_each(|tag| tagged.entry(tag).or_default().push(job.clone()));
        }
        for (tag, jobs) in tagged {
            assert_eq!(self.scheduler.next_run_tagged(&tag), first(&jobs), "{tag}");
            assert_eq!(self.scheduler.jobs_tagged(&tag), jobs, "{tag}");
        }
    }

    /// [`run_slots`](Stage::run_slots), as text.
    pub(crate) fn run_slots_utc(&self, job: &Job, n: usize) -> Vec<String> {
        self.run_slots(job, n).into_iter().map(show).collect()
    }
}

/// Formats an instant in UTC, with a fraction only if it has one.
pub(crate) fn show(instant: DateTime<Utc>) -> String {
    instant.format("%Y-%m-%d %H:%M:%S%.f").to_string()
}

/// The slot of the event's run.
pub(crate) fn slot(event: &Event) -> DateTime<Utc> {
    event.run.as_ref().unwrap().slot
}

/// The job's next run, formatted in UTC.
pub(crate) fn next(job: &Job) -> String {
    show(job.next_run().unwrap())
}

/// Waits until no job is running, also on behalf of runs that wait for a worker, which a shutdown would drop.
pub(crate) fn finish(scheduler: &Scheduler) {
    while scheduler.snapshot().iter().any(|job| job.is_running) {
        std::thread::yield_now();
    }
    scheduler.shutdown(true);
}

/// A list of lines that bodies and listeners append to.
#[derive(Clone, Default)]
pub(crate) struct Log(Arc<Mutex<Vec<String>>>);

impl Log {
    pub(crate) fn write(&self, what: impl Into<String>) {
        self.0.lock().unwrap().push(what.into());
    }

    /// A job body that appends `what`.
    pub(crate) fn body(&self, what: &str) -> impl FnMut() + Send + 'static {
        let (log, what) = (self.clone(), what.to_owned());
        move || log.write(&what)
    }

    /// The lines written since the last call.
    pub(crate) fn take(&self) -> Vec<String> {
        std::mem::take(&mut *self.0.lock().unwrap())
    }
}

/// Returns true in a process that runs only `test`. In any other process, runs `test` in such a process, prints its
/// output and returns false. For tests that change the environment or measure the whole process.
#[allow(clippy::print_stdout)]
pub(crate) fn is_alone(test: &str) -> bool {
    const ALONE: &str = "PUNCTUAL_TEST_ALONE";
    if std::env::var_os(ALONE).is_some() {
        return true;
    }
    let mut alone = Command::new(std::env::current_exe().unwrap());
    let output = alone.args([test, "--exact", "--nocapture", "--test-threads=1"]).env(ALONE, "1").output().unwrap();
    let printed = String::from_utf8_lossy(&output.stdout) + String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && printed.contains("1 passed"), "{printed}");
    println!("{printed}");
    false
}
