//! The default registry, and the functions that work on it.

use std::time::Duration;

use chrono::{DateTime, Utc};
use once_cell::sync::Lazy;

use crate::{
    every::{state::Single, Every, IntoWhen},
    handle::Job,
    scheduler::Scheduler,
};

/// The scheduler that the free functions work on: made at first use, on the machine's clock and in the machine's zone.
///
/// ```
/// let job = punctual::every().hour().run(|| {})?;
/// assert!(punctual::default_scheduler().jobs().contains(&job));
/// # job.cancel();
/// # Ok::<(), punctual::Error>(())
/// ```
pub fn default_scheduler() -> &'static Scheduler {
    static DEFAULT: Lazy<Scheduler> = Lazy::new(Scheduler::new);
    #[cfg(feature = "macros")]
    crate::declaration::register_all();
    &DEFAULT
}

/// [`Scheduler::every`] of the default scheduler: begins a sentence.
///
/// ```
/// let job = punctual::every().day().at("10:30").run(|| println!("tea"))?;
/// assert!(job.is_scheduled());
/// # Ok::<(), punctual::Error>(())
/// ```
pub fn every() -> Every {
    default_scheduler().every()
}

/// [`Scheduler::after`] of the default scheduler: one run after a delay.
///
/// ```
/// let job = punctual::after(std::time::Duration::from_secs(30)).run(|| println!("time is up"))?;
/// assert!(job.is_scheduled());
/// # Ok::<(), punctual::Error>(())
/// ```
pub fn after(delay: Duration) -> Every<Single> {
    default_scheduler().after(delay)
}

/// [`Scheduler::once`] of the default scheduler: one run at a moment.
///
/// ```
/// let job = punctual::once("2099-12-31 23:59").run(|| println!("the century is over"))?;
/// assert!(job.is_scheduled());
/// # Ok::<(), punctual::Error>(())
/// ```
pub fn once(when: impl IntoWhen) -> Every<Single> {
    default_scheduler().once(when)
}

/// [`Scheduler::run_pending`] of the default scheduler: runs what is due, returns how many ran.
///
/// ```
/// punctual::every().day().immediately().run(|| println!("good morning"))?;
/// assert_eq!(punctual::run_pending(), 1);
/// # Ok::<(), punctual::Error>(())
/// ```
pub fn run_pending() -> usize {
    default_scheduler().run_pending()
}

/// [`Scheduler::run_all`] of the default scheduler: runs every job at once.
///
/// ```
/// punctual::every().day().run(|| {})?;
/// assert_eq!(punctual::run_all(), 1);
/// # Ok::<(), punctual::Error>(())
/// ```
pub fn run_all() -> usize {
    default_scheduler().run_all()
}

/// [`Scheduler::run_all_with_delay`] of the default scheduler: runs every job, with a pause between two.
///
/// ```
/// punctual::every().day().run(|| {})?;
/// assert_eq!(punctual::run_all_with_delay(std::time::Duration::from_secs(10)), 1);
/// # Ok::<(), punctual::Error>(())
/// ```
pub fn run_all_with_delay(delay: Duration) -> usize {
    default_scheduler().run_all_with_delay(delay)
}

/// [`Scheduler::jobs`] of the default scheduler, in the order of registration.
///
/// ```
/// let job = punctual::every().day().run(|| {})?;
/// assert_eq!(punctual::jobs(), [job]);
/// # Ok::<(), punctual::Error>(())
/// ```
pub fn jobs() -> Vec<Job> {
    default_scheduler().jobs()
}

/// [`Scheduler::jobs_tagged`] of the default scheduler.
///
/// ```
/// let job = punctual::every().day().tag("daily").run(|| {})?;
/// assert_eq!(punctual::jobs_tagged("daily"), [job]);
/// # Ok::<(), punctual::Error>(())
/// ```
pub fn jobs_tagged(tag: impl AsRef<str>) -> Vec<Job> {
    default_scheduler().jobs_tagged(tag)
}

/// [`Scheduler::clear`] of the default scheduler; returns how many jobs there were.
///
/// ```
/// punctual::every().day().run(|| {})?;
/// assert_eq!(punctual::clear(), 1);
/// # Ok::<(), punctual::Error>(())
/// ```
pub fn clear() -> usize {
    default_scheduler().clear()
}

/// [`Scheduler::clear_tagged`] of the default scheduler; returns how many jobs bore the tag.
///
/// ```
/// punctual::every().day().tag("daily").run(|| {})?;
/// assert_eq!(punctual::clear_tagged("daily"), 1);
/// # Ok::<(), punctual::Error>(())
/// ```
pub fn clear_tagged(tag: impl AsRef<str>) -> usize {
    default_scheduler().clear_tagged(tag)
}

/// [`Scheduler::cancel_job`] of the default scheduler.
///
/// ```
/// let job = punctual::every().day().run(|| {})?;
/// assert!(punctual::cancel_job(&job));
/// # Ok::<(), punctual::Error>(())
/// ```
pub fn cancel_job(job: &Job) -> bool {
    default_scheduler().cancel_job(job)
}

/// [`Scheduler::next_run`] of the default scheduler.
///
/// ```
/// assert_eq!(punctual::next_run(), None);
/// punctual::every().day().run(|| {})?;
/// assert!(punctual::next_run().is_some());
/// # Ok::<(), punctual::Error>(())
/// ```
pub fn next_run() -> Option<DateTime<Utc>> {
    default_scheduler().next_run()
}

/// [`Scheduler::next_run_tagged`] of the default scheduler.
///
/// ```
/// punctual::every().day().tag("daily").run(|| {})?;
/// assert!(punctual::next_run_tagged("daily").is_some());
/// assert_eq!(punctual::next_run_tagged("hourly"), None);
/// # Ok::<(), punctual::Error>(())
/// ```
pub fn next_run_tagged(tag: impl AsRef<str>) -> Option<DateTime<Utc>> {
    default_scheduler().next_run_tagged(tag)
}

/// [`Scheduler::idle`] of the default scheduler: how long until the next run.
///
/// ```
/// assert_eq!(punctual::idle(), None);
/// punctual::every().minute().run(|| {})?;
/// assert!(punctual::idle().unwrap() <= std::time::Duration::from_secs(60));
/// # Ok::<(), punctual::Error>(())
/// ```
pub fn idle() -> Option<Duration> {
    default_scheduler().idle()
}
