//! A clock that follows tokio's time.

use std::{fmt, time::Duration};

use chrono::{DateTime, Utc};
use tokio::{runtime::Handle, time::Instant};

use super::{Clock, Reading};
use crate::wake::Wakeup;

/// A clock that follows tokio's time, including paused time. With it, an async test runs a day in a moment: tokio moves
/// paused time to the next timer whenever all tasks wait. Needs the feature `tokio`.
///
/// It is for the loops in a task, [`run_forever_async`](crate::Scheduler::run_forever_async) and
/// [`run_until_async`](crate::Scheduler::run_until_async). With paused time, do not make bodies
/// [`parallel`](crate::Every::parallel): tokio does not see that a thread is working, and advances its time meanwhile.
///
/// ```
/// use std::time::Duration;
/// use punctual::{Scheduler, TokioClock};
///
/// # let mut runtime = tokio::runtime::Builder::new_current_thread();
/// # runtime.enable_time().start_paused(true).build()?.block_on(async {
/// // In a test: #[tokio::test(start_paused = true)]
/// let start = "2026-01-01T00:00:00Z".parse()?;
/// let scheduler = Scheduler::with_clock(TokioClock::new(start));
/// let job = scheduler.every().minute().run_async(|| async {
///     tokio::time::sleep(Duration::from_secs(7)).await; // no real time passes
/// })?;
/// let day = Duration::from_secs(24 * 3600);
/// assert_eq!(scheduler.run_until_async(tokio::time::sleep(day + Duration::from_secs(30))).await?, 1440);
/// assert_eq!(job.run_count(), 1440);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # })?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct TokioClock {
    start: Reading,
    base: Instant,
    /// Paused time belongs to a runtime, and shows only inside of it.
    runtime: Option<Handle>,
}

impl TokioClock {
    /// The longest wait of a loop in a thread, which cannot see that paused time has moved.
    const LONGEST_WAIT: Duration = Duration::from_millis(10);

    /// Creates a clock that shows `start` now, and follows the runtime in which it is created. Created outside of one,
    /// it follows real time.
    ///
    /// ```
    /// use punctual::{chrono::DateTime, Clock, TokioClock};
    /// assert!(TokioClock::new(DateTime::UNIX_EPOCH).now() >= DateTime::UNIX_EPOCH);
    /// ```
    pub fn new(start: DateTime<Utc>) -> Self {
        TokioClock {
            start: Reading::new(start, Duration::ZERO),
            base: Instant::now(),
            runtime: Handle::try_current().ok(),
        }
    }
}

impl Clock for TokioClock {
    fn read(&self) -> Reading {
        let _inside = self.runtime.as_ref().map(Handle::enter);
        self.start.advanced(self.base.elapsed())
    }

    fn is_held_by_runs(&self) -> bool {
        false
    }

    fn wait(&self, _: Reading, timeout: Option<Duration>, wakeup: &Wakeup<'_>) {
        wakeup.wait(timeout.map(|timeout| timeout.min(Self::LONGEST_WAIT)));
    }
}

impl fmt::Debug for TokioClock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TokioClock").field("now", &self.now()).finish()
    }
}
