//! Finding jobs: all of them, by tag, number or key.

use std::sync::Arc;

use super::Job;
use crate::{id::JobId, job::JobInfo, scheduler::Scheduler};

impl Scheduler {
    /// Returns the registered jobs, in the order of registration.
    ///
    /// To sort by next run: `jobs.sort_by_key(Job::next_run)`. Jobs without one come first.
    ///
    /// ```
    /// use punctual::Job;
    /// # let scheduler = punctual::Scheduler::new();
    /// let daily = scheduler.every().day().run(|| {})?;
    /// let hourly = scheduler.every().hour().run(|| {})?;
    /// let mut jobs = scheduler.jobs();
    /// assert_eq!(jobs, [daily.clone(), hourly.clone()]);
    ///
    /// jobs.sort_by_key(Job::next_run);
    /// assert_eq!(jobs, [hourly, daily]);
    /// # Ok::<(), punctual::Error>(())
    /// ```
    pub fn jobs(&self) -> Vec<Job> {
        Job::handles(self, |registry| registry.all())
    }

    /// Returns the jobs that have a tag, in the order of registration. Looks at no other job.
    ///
    /// ```
    /// # let scheduler = punctual::Scheduler::new();
    /// scheduler.every().day().run(|| {})?;
    /// let tagged = scheduler.every().day().tag("daily").run(|| {})?;
    /// assert_eq!(scheduler.jobs_tagged("daily"), [tagged]);
    /// assert!(scheduler.jobs_tagged("unknown").is_empty());
    /// # Ok::<(), punctual::Error>(())
    /// ```
    pub fn jobs_tagged(&self, tag: impl AsRef<str>) -> Vec<Job> {
        let tag = tag.as_ref();
        Job::handles(self, |registry| registry.tagged(tag))
    }

    /// Returns the registered job with this number. O(n) for n jobs.
    ///
    /// ```
    /// # let scheduler = punctual::Scheduler::new();
    /// let job = scheduler.every().day().run(|| {})?;
    /// assert_eq!(scheduler.job(job.id()), Some(job.clone()));
    /// job.cancel();
    /// assert_eq!(scheduler.job(job.id()), None);
    /// # Ok::<(), punctual::Error>(())
    /// ```
    pub fn job(&self, id: JobId) -> Option<Job> {
        Job::handles(self, |registry| registry.numbered(id).into_iter().collect()).pop()
    }

    /// Returns the registered job with this [`key`](crate::Every::key). O(1).
    ///
    /// ```
    /// # let scheduler = punctual::Scheduler::new();
    /// let job = scheduler.every().day().key("daily-report").run(|| {})?;
    /// assert_eq!(scheduler.find("daily-report"), Some(job));
    /// assert_eq!(scheduler.find("weekly-report"), None);
    /// # Ok::<(), punctual::Error>(())
    /// ```
    pub fn find(&self, key: impl AsRef<str>) -> Option<Job> {
        let key = key.as_ref();
        Job::handles(self, |registry| registry.keyed(key).into_iter().collect()).pop()
    }

    /// Returns plain data about all registered jobs, in the order of registration, as of one instant. Locks once.
    ///
    /// ```
    /// # let scheduler = punctual::Scheduler::new();
    /// scheduler.every().day().at("10:30").named("report").run(|| {})?;
    /// let mut jobs = scheduler.snapshot();
    /// jobs.sort_by_key(|job| (job.next_run.is_none(), job.next_run));
    /// assert_eq!(jobs[0].schedule.to_string(), "every day at 10:30");
    /// # Ok::<(), punctual::Error>(())
    /// ```
    pub fn snapshot(&self) -> Vec<JobInfo> {
        self.core().read().snapshot(self.core().zone())
    }

    /// Removes a job. Returns `false` if it was removed already, or belongs to another scheduler. See
    /// [`Job::cancel`].
    ///
    /// ```
    /// # let scheduler = punctual::Scheduler::new();
    /// let job = scheduler.every().day().run(|| {})?;
    /// assert!(!punctual::Scheduler::new().cancel_job(&job));
    /// assert!(scheduler.cancel_job(&job));
    /// # Ok::<(), punctual::Error>(())
    /// ```
    pub fn cancel_job(&self, job: &Job) -> bool {
        Arc::ptr_eq(self.core(), &job.core) && job.cancel()
    }
}
