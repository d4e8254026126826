//! What the tests share: a scheduler whose clock stands still, and a record of what ran.

use std::{
    collections::BTreeMap,
    process::Command,
    sync::{Arc, Mutex},
    time::Duration,
};

use chrono::{DateTime, NaiveDateTime, Utc};
use punctual::{Event, Every, IntoZone, Job, ManualClock, Scheduler};

/// `2024-01-10 12:20:30`, with or without a fraction, in UTC.
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

/// A scheduler, and the clock that it reads.
pub(crate) struct Stage {
    pub(crate) clock: ManualClock,
    pub(crate) scheduler: Scheduler,
}

/// Noon of Wednesday, 10 January 2024, in UTC.
pub(crate) fn noon() -> Stage {
    Stage::at("2024-01-10 12:00:00")
}

impl Stage {
    /// At an instant of UTC, in UTC.
    pub(crate) fn at(now: &str) -> Stage {
        Stage::new(utc(now), Utc)
    }

    pub(crate) fn new(now: DateTime<Utc>, zone: impl IntoZone) -> Stage {
        let clock = ManualClock::new(now);
        let scheduler = Scheduler::builder().clock(clock.clone()).tz(zone).build().unwrap();
        Stage { clock, scheduler }
    }

    pub(crate) fn every(&self) -> Every {
        self.scheduler.every()
    }

    /// Lets time pass, then polls.
    pub(crate) fn wait(&self, duration: Duration) -> usize {
        self.clock.advance(duration);
        self.scheduler.run_pending()
    }

    /// Lets time pass up to an instant, then polls.
    pub(crate) fn wait_until(&self, instant: DateTime<Utc>) -> usize {
        self.wait((instant - self.clock.now()).to_std().unwrap())
    }

    /// Sets the wall clock, then polls.
    pub(crate) fn set(&self, now: &str) -> usize {
        self.clock.set(utc(now));
        self.scheduler.run_pending()
    }

    /// Goes from slot to slot, never late, and tells which they were.
    pub(crate) fn slots(&self, job: &Job, n: usize) -> Vec<DateTime<Utc>> {
        let one = |_| {
            let slot = job.next_run().unwrap();
            assert_eq!(self.wait_until(slot), 1, "{job}");
            assert!(job.next_run().is_none_or(|next| next > slot), "{job}");
            slot
        };
        (0..n).map(one).collect()
    }

    /// All that the scheduler tells of its jobs agrees, while no pass is under way.
    pub(crate) fn assert_whole(&self) {
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

    /// [`slots`](Stage::slots) in UTC.
    pub(crate) fn runs(&self, job: &Job, n: usize) -> Vec<String> {
        self.slots(job, n).into_iter().map(show).collect()
    }
}

/// An instant as UTC, with a fraction only where there is one.
pub(crate) fn show(instant: DateTime<Utc>) -> String {
    instant.format("%Y-%m-%d %H:%M:%S%.f").to_string()
}

/// The slot of the run that an event is about.
pub(crate) fn slot(event: &Event) -> DateTime<Utc> {
    event.run.as_ref().unwrap().slot
}

/// The next run, in UTC.
pub(crate) fn next(job: &Job) -> String {
    show(job.next_run().unwrap())
}

/// A record that bodies and listeners write.
#[derive(Clone, Default)]
pub(crate) struct Log(Arc<Mutex<Vec<String>>>);

impl Log {
    pub(crate) fn write(&self, what: impl Into<String>) {
        self.0.lock().unwrap().push(what.into());
    }

    /// A body that writes `what`.
    pub(crate) fn body(&self, what: &str) -> impl FnMut() + Send + 'static {
        let (log, what) = (self.clone(), what.to_owned());
        move || log.write(&what)
    }

    /// What was written since the last time.
    pub(crate) fn take(&self) -> Vec<String> {
        std::mem::take(&mut *self.0.lock().unwrap())
    }
}

/// Whether this process runs one test alone; if not, runs `test` in one that does, and tells what it told.
#[allow(clippy::print_stdout)]
pub(crate) fn is_alone(test: &str) -> bool {
    const ALONE: &str = "PUNCTUAL_TEST_ALONE";
    if std::env::var_os(ALONE).is_some() {
        return true;
    }
    let mut alone = Command::new(std::env::current_exe().unwrap());
    let output = alone.args([test, "--exact", "--nocapture", "--test-threads=1"]).env(ALONE, "1").output().unwrap();
    let told = String::from_utf8_lossy(&output.stdout) + String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && told.contains("1 passed"), "{told}");
    println!("{told}");
    false
}
