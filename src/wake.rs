//! How a sleeping loop learns of a change.

use std::{
    fmt,
    sync::atomic::{AtomicUsize, Ordering},
    time::{Duration, Instant},
};

#[cfg(feature = "tokio")]
use std::{
    future::Future,
    pin::Pin,
    task::{Context, Poll, Waker},
};

use parking_lot::{Condvar, Mutex};

/// Wakes the loops that sleep. Ringing it is one atomic load while none does.
#[derive(Default)]
pub(crate) struct Bell {
    /// The number of loops that listen.
    waiting: AtomicUsize,
    /// The number of those that wait for the ends of runs, too.
    for_ends: AtomicUsize,
    /// How often it was rung while somebody listened: a loop that sees another number than before has missed no ring.
    rung: Mutex<u64>,
    woken: Condvar,
    #[cfg(feature = "tokio")]
    wakers: Mutex<Wakers>,
    /// The number of futures that were polled, and not dropped yet.
    #[cfg(feature = "tokio")]
    tasks: AtomicUsize,
}

/// The tasks that wait for a ring.
#[cfg(feature = "tokio")]
#[derive(Default)]
struct Wakers {
    waiting: Vec<(u64, Waker)>,
    /// The number of tasks that have ever waited, to tell them apart.
    keys: u64,
}

impl Bell {
    /// Starts to listen: a ring between this call and the wait ends the wait at once. The end of a run rings only if
    /// somebody waits `for_ends`, or if it changes what is due.
    pub(crate) fn listen(&self, for_ends: bool) -> Wakeup<'_> {
        // Before the loop looks at the registry: see `ring`.
        self.waiting.fetch_add(1, Ordering::SeqCst);
        if for_ends {
            self.for_ends.fetch_add(1, Ordering::SeqCst);
        }
        Wakeup { bell: self, heard: *self.rung.lock(), busy: false, for_ends }
    }

    /// Whether somebody waits for the end of a run. Asked after the end, like [`ring`](Self::ring).
    #[inline]
    pub(crate) fn is_for_ends(&self) -> bool {
        self.for_ends.load(Ordering::SeqCst) > 0
    }

    /// Wakes all loops that listen. Call this after a change, which was made under the lock of the scheduler, and without
    /// that lock: wakers are foreign code.
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
        #[cfg(feature = "tokio")]
        if self.tasks.load(Ordering::SeqCst) > 0 {
            self.wake_all_tasks();
        }
    }

    #[cfg(feature = "tokio")]
    #[cold]
    fn wake_all_tasks(&self) {
        // Taken out first: a waker is foreign code, which may ring, or drop the future that waits.
        let waiting = std::mem::take(&mut self.wakers.lock().waiting);
        waiting.into_iter().for_each(|(_, waker)| waker.wake());
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
    for_ends: bool,
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

    /// Whether bodies are running elsewhere, on workers or in another loop. Each wakes this when it ends. A manual clock
    /// should not advance while this is true, or the bodies would see time jump.
    pub fn is_busy(&self) -> bool {
        self.busy
    }

    /// Waits like [`wait`](Wakeup::wait), without a timeout, but as a future: a task sleeps, and its thread does not.
    #[cfg(feature = "tokio")]
    pub(crate) fn ring(&self) -> Ring<'_> {
        Ring { wakeup: self, key: None }
    }

    /// Whether something has happened since the loop last looked at its jobs.
    pub fn is_woken(&self) -> bool {
        *self.bell.rung.lock() != self.heard
    }
}

impl Drop for Wakeup<'_> {
    fn drop(&mut self) {
        if self.for_ends {
            self.bell.for_ends.fetch_sub(1, Ordering::SeqCst);
        }
        self.bell.waiting.fetch_sub(1, Ordering::SeqCst);
    }
}

impl fmt::Debug for Wakeup<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Wakeup").field("is_woken", &self.is_woken()).finish()
    }
}

/// Ready once the bell was rung: see [`Wakeup::ring`].
#[cfg(feature = "tokio")]
pub(crate) struct Ring<'a> {
    wakeup: &'a Wakeup<'a>,
    /// Its place among the wakers, once it was polled.
    key: Option<u64>,
}

#[cfg(feature = "tokio")]
impl Future for Ring<'_> {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        // Cloned and dropped without the lock: a waker is foreign code.
        let waker = context.waker().clone();
        let bell = self.wakeup.bell;
        if self.key.is_none() {
            bell.tasks.fetch_add(1, Ordering::SeqCst);
        }
        let mut wakers = bell.wakers.lock();
        let key = self.key.unwrap_or_else(|| {
            wakers.keys += 1;
            wakers.keys
        });
        self.key = Some(key);
        // Looked at after this task was counted, and with the wakers locked. A ring counts itself, then looks whether
        // there are tasks, then takes the wakers: either its count is seen here, or it finds the waker.
        if self.wakeup.is_woken() {
            return Poll::Ready(());
        }
        let old = match wakers.waiting.iter_mut().find(|(other, _)| *other == key) {
            Some((_, old)) => Some(std::mem::replace(old, waker)),
            None => {
                wakers.waiting.push((key, waker));
                None
            }
        };
        drop(wakers);
        drop(old);
        Poll::Pending
    }
}

#[cfg(feature = "tokio")]
impl Drop for Ring<'_> {
    fn drop(&mut self) {
        let Some(key) = self.key else { return };
        self.wakeup.bell.tasks.fetch_sub(1, Ordering::SeqCst);
        let mut wakers = self.wakeup.bell.wakers.lock();
        let place = wakers.waiting.iter().position(|(other, _)| *other == key);
        let waker = place.map(|place| wakers.waiting.swap_remove(place));
        drop(wakers);
        drop(waker);
    }
}

#[cfg(all(test, feature = "tokio"))]
mod tests {
    use std::{pin::pin, sync::Arc, task::Wake};

    use super::*;

    /// Counts how often it was woken.
    #[derive(Default)]
    struct Count(AtomicUsize);

    impl Wake for Count {
        fn wake(self: Arc<Self>) {
            self.0.fetch_add(1, Ordering::SeqCst);
        }
    }

    #[test]
    fn a_ring_wakes_a_task_once_and_leaves_nothing_behind() {
        let (bell, count) = (Bell::default(), Arc::new(Count::default()));
        let waker = Waker::from(Arc::clone(&count));
        let mut context = Context::from_waker(&waker);
        let wakeup = bell.listen(false);
        {
            let mut ring = pin!(wakeup.ring());
            assert!(ring.as_mut().poll(&mut context).is_pending());
            assert!(ring.as_mut().poll(&mut context).is_pending(), "polled twice, and waits once");
            assert_eq!(bell.wakers.lock().waiting.len(), 1);
            bell.ring();
            bell.ring();
            assert_eq!(count.0.load(Ordering::SeqCst), 1);
            assert!(ring.as_mut().poll(&mut context).is_ready());
        }
        drop(wakeup);
        let wakeup = bell.listen(false);
        {
            let mut ring = pin!(wakeup.ring());
            assert!(ring.as_mut().poll(&mut context).is_pending(), "the rings before it began to listen are over");
        }
        assert!(bell.wakers.lock().waiting.is_empty(), "dropped before it was rung");
        drop(wakeup);
        assert_eq!((bell.waiting.load(Ordering::SeqCst), bell.tasks.load(Ordering::SeqCst)), (0, 0));
        drop(waker);
        assert_eq!(Arc::strong_count(&count), 1);
    }

    #[test]
    fn a_ring_between_listening_and_the_first_poll_is_not_lost() {
        let bell = Bell::default();
        let wakeup = bell.listen(false);
        bell.ring();
        let mut ring = pin!(wakeup.ring());
        assert!(ring.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_ready());
    }
}
