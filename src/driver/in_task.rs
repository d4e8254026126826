//! Loops in a task: they poll like those in a thread, and sleep by tokio's timer.

use std::{
    cell::Cell,
    future::{pending, poll_fn, Future},
    pin::{pin, Pin},
    task::Poll,
    time::Duration,
};

use tokio::{runtime::Handle, task::yield_now, time::sleep};

use crate::{
    clock::Reading,
    error::{Error, Result},
    log_line::log_line,
    scheduler::{check_timer, Looping, Scheduler},
    unwind::drop_quietly,
    wake::Wakeup,
};

/// The highest number of runs between two yields. Other tasks of the runtime wait for at most this number of starts,
/// and for the bodies that are not async. Less than 61, the number of polls after which tokio looks at its global
/// queue.
const BATCH: usize = 32;

/// The longest sleep without a look at the clock, which may be set meanwhile.
const LONGEST_SLEEP: Duration = Duration::from_secs(60);

impl Scheduler {
    /// [`run_forever`](Scheduler::run_forever) as a future: it polls, and sleeps in between, inside a tokio runtime of
    /// any flavour, without a thread of its own. Returns the number of runs. Needs the feature `tokio`.
    ///
    /// It never waits for an async body, and yields after at most 32 runs. A body that is not async runs in the loop's
    /// own task. If it blocks, it delays everything else in the runtime, so make such a job
    /// [`parallel`](crate::Every::parallel).
    ///
    /// It ends when it is dropped, or [stopped](Scheduler::stop_handle). Async bodies in progress are not affected.
    /// Several loops may run at the same time, in tasks and in threads: each slot still runs exactly once.
    ///
    /// It sleeps by tokio's timer, which is exact to about a millisecond, and wakes at once when a job is added,
    /// changed or cancelled. With a [`ManualClock`](crate::ManualClock), it advances the clock instead of sleeping,
    /// while no body is running. In a test with tokio's paused time, use a [`TokioClock`](crate::TokioClock).
    ///
    /// # Errors
    ///
    /// If it is not polled inside a tokio runtime with a timer. The error is also logged, for loops that are spawned
    /// and never awaited.
    ///
    /// ```
    /// use std::time::Duration;
    /// # tokio::runtime::Builder::new_current_thread().enable_time().build()?.block_on(async {
    /// let scheduler = punctual::Scheduler::new();
    /// let stop = scheduler.stop_handle();
    /// scheduler.after(Duration::from_millis(5)).run_async(move || {
    ///     let stop = stop.clone();
    ///     async move { stop.stop() }
    /// })?;
    /// assert_eq!(scheduler.run_forever_async().await?, 1);
    /// # Ok::<(), punctual::Error>(())
    /// # })?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[cfg_attr(docsrs, doc(cfg(feature = "tokio")))]
    #[must_use = "the loop runs only while this is awaited, or in a task: `tokio::spawn(scheduler.run_forever_async())`"]
    pub fn run_forever_async(&self) -> impl Future<Output = Result<usize>> + Send + 'static {
        self.run_until_async(pending::<()>())
    }

    /// Like [`run_forever_async`](Scheduler::run_forever_async), but also ends when `end` is ready: a signal, the
    /// cancellation of a token, a server. What `end` returns is dropped. Needs the feature `tokio`.
    ///
    /// `end` is polled before what is due: a slot at the very moment at which `end` becomes ready has no run, and stays
    /// due for the next poll. To include it, let `end` be ready a little later. ([`run_until`](Scheduler::run_until),
    /// whose end is a moment and not a future, includes it.)
    ///
    /// # Errors
    ///
    /// If it is not polled inside a tokio runtime with a timer.
    ///
    /// ```
    /// use std::time::Duration;
    /// # tokio::runtime::Builder::new_current_thread().enable_time().build()?.block_on(async {
    /// # let scheduler = punctual::Scheduler::new();
    /// scheduler.every().millis(1).run_async(|| async {})?;
    /// let runs = scheduler.run_until_async(tokio::time::sleep(Duration::from_millis(20))).await?;
    /// assert!(runs >= 1);
    /// # Ok::<(), punctual::Error>(())
    /// # })?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[cfg_attr(docsrs, doc(cfg(feature = "tokio")))]
    #[must_use = "the loop runs only while this is awaited, or in a task"]
    pub fn run_until_async<F: Future>(&self, end: F) -> impl Future<Output = Result<usize>> + use<F> {
        // Here and not at the first poll: a stop that comes right after this call ends this loop.
        let looping = self.core().stops().enter();
        let scheduler = self.clone();
        async move {
            let result = scheduler.drive_in_task(&looping, pin!(end)).await;
            if let Err(error) = &result {
                log_line!(Error, "{error}");
            }
            result
        }
    }

    async fn drive_in_task(&self, looping: &Looping, mut end: Pin<&mut impl Future>) -> Result<usize> {
        let core = self.core();
        let _driving = core.drive_in(runtime_with_timer()?);
        core.report_started();
        let mut ran = 0;
        loop {
            // Also between two batches: `end` is polled however much is due.
            let is_over = poll_fn(|context| Poll::Ready(end.as_mut().poll(context).map(drop_quietly).is_ready()));
            if is_over.await || looping.is_to_end() {
                return Ok(ran);
            }
            let (ran_now, is_rest_left) = self.run_batch(looping);
            ran += ran_now;
            if is_rest_left {
                yield_now().await;
                continue;
            }
            // As in the loop of a thread: everything that the sleep depends on is looked at after this line.
            let mut wakeup = core.bell().listen(core.clock().is_held_by_runs());
            if looping.is_to_end() {
                return Ok(ran);
            }
            let (read, timeout) = self.look(&mut wakeup);
            match core.clock().sleep_for(read, timeout, &wakeup) {
                // A manual clock has moved, or a slot is due that another thread has claimed.
                Some(Duration::ZERO) => yield_now().await,
                length => {
                    let mut sleep = pin!(length.map(|length| sleep(length.min(LONGEST_SLEEP))));
                    let mut ring = pin!(wakeup.ring());
                    let is_over = poll_fn(|context| {
                        if end.as_mut().poll(context).map(drop_quietly).is_ready() {
                            return Poll::Ready(true);
                        }
                        let is_slept = sleep.as_mut().as_pin_mut().is_some_and(|sleep| sleep.poll(context).is_ready());
                        if is_slept || ring.as_mut().poll(context).is_ready() {
                            return Poll::Ready(false);
                        }
                        Poll::Pending
                    });
                    if is_over.await {
                        return Ok(ran);
                    }
                }
            }
        }
    }

    /// Runs a batch of what is due. Returns the number of runs, and whether there may be more.
    fn run_batch(&self, looping: &Looping) -> (usize, bool) {
        let left = Cell::new(BATCH);
        let may_run = || left.replace(left.get().saturating_sub(1)) > 0 && !looping.is_to_end();
        let ran = self.core().run_pending(&may_run);
        (ran, left.get() == 0)
    }

    /// The time until the next slot, if there is one, and the reading from which it counts.
    fn look(&self, wakeup: &mut Wakeup<'_>) -> (Reading, Option<Duration>) {
        let core = self.core();
        let state = core.follow_zone_again(core.enter_now());
        // A manual clock does not advance while others work, or a body would see time jump.
        wakeup.busy = !state.registry.is_quiet_but_for(core.runs_around()) || state.registry.has_claims();
        let (read, next) = (core.clock().read(), state.registry.next());
        (read, next.map(|next| (next - read.instant()).to_std().unwrap_or(Duration::ZERO)))
    }
}

/// The runtime that polls this.
fn runtime_with_timer() -> Result<Handle> {
    let expected = "expected one, as in `#[tokio::main]`, or with `enable_time()` on its builder";
    let refuse = |why: String| {
        Error::io(format!("an async loop needs a tokio runtime with a timer ({expected})"), std::io::Error::other(why))
    };
    let runtime = Handle::try_current().map_err(|error| refuse(error.to_string()))?;
    check_timer().map_err(refuse)?;
    Ok(runtime)
}
