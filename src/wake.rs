//! How a loop that waits learns that something has changed.

use std::{
    fmt,
    sync::atomic::{AtomicUsize, Ordering},
    time::{Duration, Instant},
};

use parking_lot::{Condvar, Mutex};

/// Wakes all that wait. Ringing costs next to nothing while nobody does.
#[derive(Default)]
pub(crate) struct Bell {
    waiting: AtomicUsize,
    rung: Mutex<u64>,
    woken: Condvar,
}

impl Bell {
    /// Listens from now on: no ring is missed between this call and the wait.
    pub(crate) fn listen(&self) -> Wakeup<'_> {
        self.waiting.fetch_add(1, Ordering::SeqCst);
        Wakeup { bell: self, heard: *self.rung.lock(), busy: false }
    }

    /// Wakes all that listen. To be called after the change, and after the lock that the listeners look behind was
    /// taken for it: then either they see the change, or this sees them.
    pub(crate) fn ring(&self) {
        if self.waiting.load(Ordering::SeqCst) > 0 {
            *self.rung.lock() += 1;
            self.woken.notify_all();
        }
    }
}

/// What wakes a loop before its time: a job that was added, changed or cancelled, or a wish to stop.
///
/// A [`Clock`](crate::Clock) receives it with each wait.
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
    /// Blocks until something wakes it, or `timeout` has passed in real time.
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

    /// Whether bodies are running elsewhere, on the workers or in another loop; each wakes whoever waits when it ends. A
    /// clock that is moved by hand had better not move under their feet.
    pub fn is_busy(&self) -> bool {
        self.busy
    }

    /// Whether something has happened since the loop last looked.
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
