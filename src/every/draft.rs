//! A sentence under construction, as data.

use std::sync::Arc;

use crate::{
    error::Result,
    job::{label, JobOptions},
    schedule::{Cadence, Schedule},
};

/// The options so far. Small, because every method moves it.
#[derive(Debug)]
pub(super) struct Draft {
    pub(super) schedule: Schedule,
    /// Options that few sentences have.
    pub(super) job: Option<Box<JobOptions>>,
}

impl Draft {
    pub(super) const UNSAID: Draft = Draft { schedule: Schedule::new(Cadence::Unsaid), job: None };

    /// The same sentence with another schedule.
    #[inline]
    pub(super) fn schedule(self, f: impl FnOnce(Schedule) -> Result<Schedule>) -> Result<Self> {
        Ok(Draft { schedule: f(self.schedule)?, job: self.job })
    }

    /// The same sentence with one job option more.
    pub(super) fn with(mut self, set: impl FnOnce(&mut JobOptions)) -> Result<Self> {
        set(self.job.get_or_insert_with(Box::default));
        Ok(self)
    }

    /// A tag given twice is kept twice; the registry, which has an index of tags, drops the second.
    pub(super) fn tag(self, tag: &str) -> Result<Self> {
        let tag = Arc::from(label("tag", tag)?);
        self.with(|job| job.labels.tags.push(tag))
    }

    pub(super) fn named(self, name: &str) -> Result<Self> {
        let name = Arc::from(label("name", name)?);
        self.with(|job| job.labels.name = Some(name))
    }

    pub(super) fn key(self, key: &str) -> Result<Self> {
        let key = Arc::from(label("key", key)?);
        self.with(|job| job.key = Some(key))
    }

    pub(super) fn pool(self, name: &str) -> Result<Self> {
        let pool = Arc::from(label("pool", name)?);
        self.with(|job| job.pool = Some(pool))
    }
}

impl From<Schedule> for Draft {
    #[inline]
    fn from(schedule: Schedule) -> Self {
        Draft { schedule, job: None }
    }
}
