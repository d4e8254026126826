//! How a sleeping loop learns of a change.

use std::{
    fmt,
    sync::atomic::{AtomicUsize, Ordering},
    time::{Duration, Instant},
};

use parking_lot::{Condvar, Mutex};

/// Wakes the loops that sleep. Ringing it is one atomic load while none does.
#[derive(Default)]
pub(crate) struct Bell {
    /// The number of loops that listen.
    waiting: AtomicUsize,
    /// How often it was rung while somebody listened: a loop that sees another number than before has missed no ring.
    rung: Mutex<u64>,
    woken: Condvar,
}

impl Bell {
    /// Starts to listen: a ring between this call and the wait ends the wait at once.
    pub(crate) fn listen(&self) -> Wakeup<'_> {
        // Before the loop looks at the registry: see `ring`.
        self.waiting.fetch_add(1, Ordering::SeqCst);
        Wakeup { bell: self, heard: *self.rung.lock(), busy: false }
    }

    /// Wakes all loops that listen. Call this after a change, which was made under the lock of the scheduler.
    pub(crate) fn ring(&self) {
        // A loop listens, then takes the lock to look; a change takes the lock, then rings. Whichever takes the lock
        // first, no wake-up is lost, because the lock orders what came before it in one thread before what comes after
        // it in the other:
        //
        //     the change first:  the loop sees it, and does not sleep for long
        //     the loop first:    the ring sees `waiting` at 1 or more, and wakes it
        if self.waiting.load(Ordering::SeqCst) > 0 {
            *self.rung.lock() += 1;
            self.woken.notify_all();
        }
    }
}

/// Ends a wait early: when a job is added, changed or cancelled, a run ends, or a loop is to stop.
///
/// [`Clock::wait`](crate::Clock::wait) receives one for each wait.
///
/// ```
/// use std::time::Duration;
/// use punctual::{Clock, Reading, Scheduler, SystemClock, Wakeup};
///
/// /// The machine's clock, for a test that is impatient.
/// struct Impatient;
///
/// impl Clock for Impatient {
///     fn read(&self) -> Reading {
///         SystemClock.read()
///     }
///     fn wait(&self, _: Reading, timeout: Option<Duration>, wakeup: &Wakeup<'_>) {
///         wakeup.wait(timeout.map(|timeout| timeout / 10));
///     }
/// }
///
/// let scheduler = Scheduler::with_clock(Impatient);
/// scheduler.after(Duration::from_millis(20)).run(|| {})?;
/// assert_eq!(scheduler.run_until_empty(), 1);
/// # Ok::<(), punctual::Error>(())
/// ```
pub struct Wakeup<'a> {
    bell: &'a Bell,
    heard: u64,
    pub(crate) busy: bool,
}

impl Wakeup<'_> {
    /// Blocks until woken, or until `timeout` has elapsed in real time; with `None`, until woken. Returns at once if it
    /// [was woken](Wakeup::is_woken) already.
    pub fn wait(&self, timeout: Option<Duration>) {
        let deadline = timeout.and_then(|timeout| Instant::now().checked_add(timeout));
        let mut rung = self.bell.rung.lock();
        while *rung == self.heard {
            match deadline {
                Some(deadline) => {
                    if self.bell.woken.wait_until(&mut rung, deadline).timed_out() {
                        return;
                    }
                }
                None => self.bell.woken.wait(&mut rung),
            }
        }
    }

    /// Whether bodies are running elsewhere, on the workers or in another loop. Each of them wakes this when it ends. A
    /// manual clock should not advance while this is true, or the bodies would see time jump.
    pub fn is_busy(&self) -> bool {
        self.busy
    }

    /// Whether something has happened since the loop last looked at its jobs.
    pub fn is_woken(&self) -> bool {
        *self.bell.rung.lock() != self.heard
    }
}

impl Drop for Wakeup<'_> {
    fn drop(&mut self) {
        self.bell.waiting.fetch_sub(1, Ordering::SeqCst);
    }
}

impl fmt::Debug for Wakeup<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Wakeup").field("is_woken", &self.is_woken()).finish()
    }
}
