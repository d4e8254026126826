//! The default scheduler, and the free functions that work on it: one line each.

#[cfg(feature = "tokio")]
use std::future::Future;
use std::{ops::Range, time::Duration};

use chrono::{DateTime, TimeZone, Utc};
use once_cell::sync::Lazy;

use crate::{
    driver::{Background, StopHandle},
    error::Result,
    every::{
        state::{Expression, Given, Single},
        Every,
    },
    handle::Job,
    job::{Context, Veto},
    outcome::Outcome,
    preview::{Finding, Timeline},
    schedule::{Dialect, IntoCount, IntoCron, IntoDates, IntoSchedule, IntoWhen},
    scheduler::{HookHandle, PoolInfo, Scheduler, Unfinished, Wait},
};

/// Returns the scheduler that the free functions work on. It is created at its first use, with the machine's clock and
/// the machine's zone.
///
/// ```
/// let job = punctual::every().hour().run(|| {})?;
/// assert!(punctual::default_scheduler().jobs().contains(&job));
/// # job.cancel();
/// # Ok::<(), punctual::Error>(())
/// ```
pub fn default_scheduler() -> &'static Scheduler {
    #[cfg(feature = "macros")]
    crate::declaration::register_all();
    &DEFAULT
}

static DEFAULT: Lazy<Scheduler> = Lazy::new(Scheduler::new);

/// [`Scheduler::every`] of the default scheduler: starts a sentence.
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

/// [`Scheduler::cron`] of the default scheduler: a sentence that starts with a cron expression.
///
/// ```
/// let job = punctual::cron("30 9 * * mon-fri").tz("UTC").run(|| println!("good morning"))?;
/// assert!(job.to_string().starts_with("cron 30 9 * * MON-FRI in UTC"));
/// # Ok::<(), punctual::Error>(())
/// ```
pub fn cron(expression: impl IntoCron) -> Every<Expression> {
    default_scheduler().cron(expression)
}

/// [`Scheduler::cron_in`] of the default scheduler: a sentence that starts with a cron expression in a dialect.
///
/// ```
/// use punctual::{cron_in, Dialect};
/// let job = cron_in(Dialect::Quartz, "0 0 12 ? * FRI").run(|| println!("lunch"))?;
/// assert!(job.is_scheduled());
/// # Ok::<(), punctual::Error>(())
/// ```
pub fn cron_in(dialect: Dialect, expression: impl AsRef<str>) -> Every<Expression> {
    default_scheduler().cron_in(dialect, expression)
}

/// [`Scheduler::calendar`] of the default scheduler: registers dates that schedules refer to by name.
///
/// ```
/// punctual::calendar("holidays", ["1 January", "25 December"])?;
/// let job = punctual::every().weekday().at("09:00").except_on("holidays").run(|| println!("good morning"))?;
/// assert!(job.is_scheduled());
/// # Ok::<(), punctual::Error>(())
/// ```
pub fn calendar(name: impl AsRef<str>, dates: impl IntoDates) -> Result<()> {
    default_scheduler().calendar(name, dates)
}

/// [`Scheduler::add_pool`] of the default scheduler: adds a pool of workers.
///
/// Unlike the other functions, it does not register the jobs declared with `#[repeat]`, so that these may name the
/// pool: add it first.
///
/// # Errors
///
/// If the name is empty or that of a pool that exists, or there are no places.
///
/// ```
/// punctual::add_pool("db", 2)?;
/// let job = punctual::every().hour().pool("db").run(|| println!("cleaning up"))?;
/// assert!(job.is_scheduled());
/// # Ok::<(), punctual::Error>(())
/// ```
pub fn add_pool(name: impl AsRef<str>, places: impl IntoCount) -> Result<()> {
    DEFAULT.add_pool(name, places)
}

/// [`Scheduler::remove_pool`] of the default scheduler: removes a pool that no job names.
///
/// # Errors
///
/// If there is no such pool, it is `"default"`, or jobs name it.
///
/// ```
/// punctual::add_pool("db", 2)?;
/// punctual::remove_pool("db")?;
/// assert_eq!(punctual::pool("db"), None);
/// # Ok::<(), punctual::Error>(())
/// ```
pub fn remove_pool(name: impl AsRef<str>) -> Result<()> {
    default_scheduler().remove_pool(name)
}

/// [`Scheduler::pool`] of the default scheduler: the state of a pool.
///
/// ```
/// assert_eq!(punctual::pool("default").unwrap().size, 10);
/// ```
pub fn pool(name: impl AsRef<str>) -> Option<PoolInfo> {
    default_scheduler().pool(name)
}

/// [`Scheduler::pools`] of the default scheduler: the state of all pools.
///
/// ```
/// punctual::add_pool("db", 2)?;
/// let names: Vec<_> = punctual::pools().into_iter().map(|pool| pool.name).collect();
/// assert_eq!(names, ["default", "db"]);
/// # Ok::<(), punctual::Error>(())
/// ```
pub fn pools() -> Vec<PoolInfo> {
    default_scheduler().pools()
}

/// [`Scheduler::schedule`] of the default scheduler: a sentence that starts with a
/// [`Schedule`](crate::Schedule), or with [text](crate::Schedule#impl-FromStr-for-Schedule) that is one.
///
/// ```
/// use punctual::{every, schedule};
/// let nightly = every().day().at("02:00").schedule()?;
/// let job = schedule(nightly).named("backup").run(|| println!("backing up"))?;
/// assert!(job.to_string().starts_with("every day at 02:00 run backup"));
///
/// let job = schedule("every weekday at 09:30 in +02:00").run(|| println!("good morning"))?;
/// assert!(job.is_scheduled());
/// # Ok::<(), punctual::Error>(())
/// ```
pub fn schedule(schedule: impl IntoSchedule) -> Every<Given> {
    default_scheduler().schedule(schedule)
}

/// [`Scheduler::timeline`] of the default scheduler: what happens in a span of time.
///
/// ```
/// use punctual::chrono::{TimeDelta, Utc};
/// let job = punctual::every().hour().named("poll").run(|| {})?;
/// let (now, name) = (Utc::now(), job.name());
/// let timeline = punctual::timeline(now..now + TimeDelta::days(1));
/// assert!(timeline.entries().iter().any(|entry| *entry.name == *name));
/// # job.cancel();
/// # Ok::<(), punctual::Error>(())
/// ```
pub fn timeline<Tz: TimeZone>(span: Range<DateTime<Tz>>) -> Timeline {
    default_scheduler().timeline(span)
}

/// [`Scheduler::lint`] of the default scheduler: what is suspicious about the schedules.
///
/// ```
/// let job = punctual::cron("* 9 * * *").named("mail").run(|| {})?;
/// let finding = punctual::lint().into_iter().find(|finding| finding.job == Some(job.id())).unwrap();
/// assert_eq!(
///     finding.to_string(),
///     "mail: \"*\" as the minute runs it 60 times in each hour that matches (write 0 9 * * * to run it once)",
/// );
/// # job.cancel();
/// # Ok::<(), punctual::Error>(())
/// ```
pub fn lint() -> Vec<Finding> {
    default_scheduler().lint()
}

/// [`Scheduler::around`] of the default scheduler: adds a hook, which is called before each attempt of all jobs.
///
/// ```
/// use punctual::Outcome;
/// punctual::around(|run| {
///     let name = run.name().to_owned();
///     Ok(move |outcome: &Outcome| println!("{name} {outcome}"))
/// });
/// assert!(punctual::every().hour().run(|| {})?.run_now());
/// # Ok::<(), punctual::Error>(())
/// ```
pub fn around<A>(hook: impl Fn(&Context) -> Result<A, Veto> + Send + Sync + 'static) -> HookHandle
where
    A: FnOnce(&Outcome) + Send + 'static,
{
    default_scheduler().around(hook)
}

/// [`Scheduler::before_run`] of the default scheduler: adds a hook that may veto attempts.
///
/// ```
/// punctual::before_run(|run| if run.name() == "report" { Err("not today".into()) } else { Ok(()) });
/// assert!(!punctual::every().hour().named("report").run(|| {})?.run_now());
/// # Ok::<(), punctual::Error>(())
/// ```
pub fn before_run(hook: impl Fn(&Context) -> Result<(), Veto> + Send + Sync + 'static) -> HookHandle {
    default_scheduler().before_run(hook)
}

/// [`Scheduler::after_run`] of the default scheduler: adds a hook that is called at the end of each attempt.
///
/// ```
/// # use std::sync::mpsc::channel;
/// let (sender, outcomes) = channel();
/// punctual::after_run(move |_, outcome| sender.send(outcome.clone()).unwrap());
/// punctual::every().hour().run(|| {})?.run_now();
/// assert_eq!(outcomes.recv().unwrap(), punctual::Outcome::Completed);
/// # Ok::<(), punctual::Error>(())
/// ```
pub fn after_run(hook: impl Fn(&Context, &Outcome) + Send + Sync + 'static) -> HookHandle {
    default_scheduler().after_run(hook)
}

/// [`Scheduler::run_pending`] of the default scheduler: runs what is due, and returns the number of runs.
///
/// ```
/// punctual::every().day().immediately().run(|| println!("good morning"))?;
/// assert_eq!(punctual::run_pending(), 1);
/// # Ok::<(), punctual::Error>(())
/// ```
pub fn run_pending() -> usize {
    default_scheduler().run_pending()
}

/// [`Scheduler::run_forever`] of the default scheduler: polls until stopped, and sleeps in between.
///
/// ```
/// let stop = punctual::stop_handle();
/// punctual::every().millis(5).run(move || stop.stop())?;
/// assert_eq!(punctual::run_forever(), 1);
/// # Ok::<(), punctual::Error>(())
/// ```
pub fn run_forever() -> usize {
    default_scheduler().run_forever()
}

/// [`Scheduler::run_until`] of the default scheduler: polls until a moment.
///
/// # Errors
///
/// If `when` is in the past, or text that cannot be read.
///
/// ```
/// use std::time::Duration;
/// punctual::after(Duration::from_millis(2)).run(|| println!("time is up"))?;
/// assert_eq!(punctual::run_until(Duration::from_millis(200))?, 1);
/// # Ok::<(), punctual::Error>(())
/// ```
pub fn run_until(when: impl IntoWhen) -> Result<usize> {
    default_scheduler().run_until(when)
}

/// [`Scheduler::run_until_empty`] of the default scheduler: polls until no job has a next slot and none is running.
///
/// ```
/// punctual::after(std::time::Duration::from_millis(5)).run(|| println!("time is up"))?;
/// assert_eq!(punctual::run_until_empty(), 1);
/// # Ok::<(), punctual::Error>(())
/// ```
pub fn run_until_empty() -> usize {
    default_scheduler().run_until_empty()
}

/// [`Scheduler::run_until_signal`] of the default scheduler: polls until SIGINT or SIGTERM.
///
/// # Errors
///
/// If the system refuses to install the handlers or to start a thread.
///
/// ```no_run
/// punctual::every().second().run(|| println!("stop me with Ctrl-C"))?;
/// punctual::run_until_signal()?;
/// # Ok::<(), punctual::Error>(())
/// ```
#[cfg(all(feature = "signals", unix))]
pub fn run_until_signal() -> Result<usize> {
    default_scheduler().run_until_signal()
}

/// [`Scheduler::run_forever_async`] of the default scheduler: polls until stopped or dropped, in a task.
///
/// # Errors
///
/// If it is not polled inside a tokio runtime with a timer.
///
/// ```
/// # tokio::runtime::Builder::new_current_thread().enable_time().build()?.block_on(async {
/// let stop = punctual::stop_handle();
/// punctual::every().millis(5).run(move || stop.stop())?;
/// assert_eq!(punctual::run_forever_async().await?, 1);
/// # Ok::<(), punctual::Error>(())
/// # })?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[cfg(feature = "tokio")]
#[cfg_attr(docsrs, doc(cfg(feature = "tokio")))]
#[must_use = "the loop runs only while this is awaited, or in a task: `tokio::spawn(run_forever_async())`"]
pub fn run_forever_async() -> impl Future<Output = Result<usize>> + Send + 'static {
    default_scheduler().run_forever_async()
}

/// [`Scheduler::run_until_async`] of the default scheduler: polls until a future is ready, in a task.
///
/// # Errors
///
/// If it is not polled inside a tokio runtime with a timer.
///
/// ```
/// # use std::time::Duration;
/// # tokio::runtime::Builder::new_current_thread().enable_time().build()?.block_on(async {
/// punctual::every().day().immediately().run_async(|| async { println!("good morning") })?;
/// let runs = punctual::run_until_async(tokio::time::sleep(Duration::from_millis(20))).await?;
/// assert_eq!(runs, 1);
/// # Ok::<(), punctual::Error>(())
/// # })?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[cfg(feature = "tokio")]
#[cfg_attr(docsrs, doc(cfg(feature = "tokio")))]
#[must_use = "the loop runs only while this is awaited, or in a task"]
pub fn run_until_async<F: Future>(end: F) -> impl Future<Output = Result<usize>> + use<F> {
    default_scheduler().run_until_async(end)
}

/// [`Scheduler::stop_handle`] of the default scheduler: ends its loops.
///
/// ```
/// let stop = punctual::stop_handle();
/// std::thread::spawn(move || stop.stop());
/// assert_eq!(punctual::run_forever(), 0);
/// ```
pub fn stop_handle() -> StopHandle {
    default_scheduler().stop_handle()
}

/// [`Scheduler::start`] of the default scheduler: polls in a thread of its own, until the handle is stopped or dropped.
///
/// ```
/// let background = punctual::start();
/// punctual::every().second().run(|| {})?;
/// assert!(background.is_running());
/// background.stop();
/// # Ok::<(), punctual::Error>(())
/// ```
pub fn start() -> Background {
    default_scheduler().start()
}

/// [`Scheduler::pause`] of the default scheduler: nothing is due until it is resumed.
///
/// ```
/// assert!(punctual::pause());
/// assert_eq!(punctual::next_run(), None);
/// # punctual::resume();
/// ```
pub fn pause() -> bool {
    default_scheduler().pause()
}

/// [`Scheduler::resume`] of the default scheduler: each job continues at its next slot after now.
///
/// ```
/// punctual::pause();
/// assert!(punctual::resume());
/// ```
pub fn resume() -> bool {
    default_scheduler().resume()
}

/// [`Scheduler::is_paused`] of the default scheduler.
///
/// ```
/// assert!(!punctual::is_paused());
/// ```
pub fn is_paused() -> bool {
    default_scheduler().is_paused()
}

/// [`Scheduler::shutdown`] of the default scheduler: ends its loops, and waits for its runs. Returns
/// what is still running.
///
/// ```
/// let job = punctual::every().day().parallel().immediately().run(|| println!("good morning"))?;
/// punctual::run_pending();
/// punctual::shutdown(true);
/// assert!(job.last_outcome().is_some());
/// # Ok::<(), punctual::Error>(())
/// ```
pub fn shutdown(wait: impl Into<Wait>) -> Vec<Unfinished> {
    default_scheduler().shutdown(wait)
}

/// [`Scheduler::shutdown_async`] of the default scheduler: ends its loops, and waits for its runs in a task. Needs the
/// feature `tokio`.
///
/// ```
/// use std::time::Duration;
/// # tokio::runtime::Builder::new_current_thread().enable_time().build()?.block_on(async {
/// let job = punctual::every().day().immediately().run_async(|| tokio::time::sleep(Duration::from_millis(5)))?;
/// punctual::run_pending();
/// assert!(punctual::shutdown_async(true).await.is_empty());
/// assert!(job.last_outcome().is_some());
/// # Ok::<(), punctual::Error>(())
/// # })?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[cfg(feature = "tokio")]
#[cfg_attr(docsrs, doc(cfg(feature = "tokio")))]
pub async fn shutdown_async(wait: impl Into<Wait> + Send) -> Vec<Unfinished> {
    default_scheduler().shutdown_async(wait).await
}

/// [`Scheduler::run_all`] of the default scheduler: runs every job now.
///
/// ```
/// punctual::every().day().run(|| {})?;
/// assert_eq!(punctual::run_all(), 1);
/// # Ok::<(), punctual::Error>(())
/// ```
pub fn run_all() -> usize {
    default_scheduler().run_all()
}

/// [`Scheduler::run_all_with_delay`] of the default scheduler: runs every job now, with a pause between two.
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

/// [`Scheduler::clear`] of the default scheduler: removes all jobs, and returns their number.
///
/// ```
/// punctual::every().day().run(|| {})?;
/// assert_eq!(punctual::clear(), 1);
/// # Ok::<(), punctual::Error>(())
/// ```
pub fn clear() -> usize {
    default_scheduler().clear()
}

/// [`Scheduler::clear_tagged`] of the default scheduler: removes the jobs that have a tag, and returns their number.
///
/// ```
/// punctual::every().day().tag("daily").run(|| {})?;
/// assert_eq!(punctual::clear_tagged("daily"), 1);
/// # Ok::<(), punctual::Error>(())
/// ```
pub fn clear_tagged(tag: impl AsRef<str>) -> usize {
    default_scheduler().clear_tagged(tag)
}

/// [`Scheduler::cancel_job`] of the default scheduler: removes a job.
///
/// ```
/// let job = punctual::every().day().run(|| {})?;
/// assert!(punctual::cancel_job(&job));
/// # Ok::<(), punctual::Error>(())
/// ```
pub fn cancel_job(job: &Job) -> bool {
    default_scheduler().cancel_job(job)
}

/// [`Scheduler::next_run`] of the default scheduler: the next slot of all jobs.
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

/// [`Scheduler::next_run_tagged`] of the default scheduler: the next slot of the jobs that have a tag.
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

/// [`Scheduler::idle`] of the default scheduler: the time until the next slot.
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
