//! A loop in a thread of its own.

use std::{
    fmt,
    sync::{
        atomic::{AtomicBool, Ordering},
        Arc,
    },
    thread::JoinHandle,
    time::{Duration, Instant},
};

use parking_lot::{Condvar, Mutex};

use super::Goal;
use crate::{
    log_line::log_line,
    scheduler::{Core, Scheduler},
    unwind::drop_quietly,
};

/// A loop in a thread of its own: see [`Scheduler::start`].
///
/// Dropping it stops the loop, and waits for the body that is running. Keep it in a variable with a name:
/// `let _ = start();` drops it at once.
///
/// ```
/// use std::time::Duration;
/// # use std::sync::mpsc::channel;
/// let scheduler = punctual::Scheduler::new();
/// let background = scheduler.start();
///
/// let (sender, receiver) = channel();
/// scheduler.after(Duration::from_millis(5)).run(move || sender.send("on time"))?;
/// assert_eq!(receiver.recv().unwrap(), "on time");
/// background.stop();
/// # Ok::<(), punctual::Error>(())
/// ```
#[must_use = "the loop ends when this is dropped: keep it, as in `let background = start();` (`let _ =` drops it at once)"]
pub struct Background {
    core: Arc<Core>,
    shared: Arc<Shared>,
    thread: Option<JoinHandle<()>>,
}

#[derive(Default)]
struct Shared {
    /// Set to end this loop, and no other.
    stop: AtomicBool,
    /// Whether the loop has ended. A `JoinHandle` cannot be joined with a timeout.
    ended: Mutex<bool>,
    ending: Condvar,
}

/// Reports the end of the loop when it is dropped, and so also if the loop panics.
struct Ended(Arc<Shared>);

impl Drop for Ended {
    fn drop(&mut self) {
        *self.0.ended.lock() = true;
        self.0.ending.notify_all();
    }
}

impl Scheduler {
    /// Starts a loop like [`run_forever`](Scheduler::run_forever) in a thread of its own. Returns a handle that stops
    /// the loop when it is stopped or dropped.
    ///
    /// Jobs may be added before and after. Calling this twice starts two loops: each slot still runs exactly once, and
    /// two bodies may run at a time. If the handle is forgotten with `std::mem::forget`, only a
    /// [`stop_handle`](Scheduler::stop_handle) ends the loop.
    ///
    /// If the system refuses to start a thread, an error is logged, and [`is_running`](Background::is_running) is
    /// `false`.
    ///
    /// ```
    /// let scheduler = punctual::Scheduler::new();
    /// # let (sender, receiver) = std::sync::mpsc::channel();
    /// scheduler.every().millis(5).run(move || sender.send("working"))?;
    ///
    /// let background = scheduler.start();
    /// assert!(background.is_running());
    /// assert_eq!(receiver.recv().unwrap(), "working"); // what `main` does meanwhile
    /// background.stop();
    /// # Ok::<(), punctual::Error>(())
    /// ```
    pub fn start(&self) -> Background {
        let shared = Arc::new(Shared::default());
        let (scheduler, theirs) = (self.clone(), Arc::clone(&shared));
        // Here and not in the thread: a stop that comes right after this call ends this loop.
        let looping = self.core().stops().enter();
        let spawned = std::thread::Builder::new().name("punctual".to_owned()).spawn(move || {
            let ended = Ended(theirs);
            scheduler.drive(Goal::Never, &looping, &ended.0.stop);
        });
        let thread = spawned.map_err(|error| log_line!(Error, "no thread could be made: {error}")).ok();
        *shared.ended.lock() |= thread.is_none();
        Background { core: Arc::clone(self.core()), shared, thread }
    }
}

impl Background {
    /// Whether the loop is running: it was started, and has not ended.
    ///
    /// ```
    /// let scheduler = punctual::Scheduler::new();
    /// let background = scheduler.start();
    /// assert!(background.is_running());
    ///
    /// scheduler.shutdown(true);
    /// while background.is_running() {
    ///     std::thread::yield_now();
    /// }
    /// ```
    pub fn is_running(&self) -> bool {
        !*self.shared.ended.lock()
    }

    /// Ends the loop, once the body that is running has ended, and waits for that. Same as dropping it.
    ///
    /// Does not wait if it is called by a body that this loop runs. Bodies on workers are not waited for: call
    /// [`shutdown`](Scheduler::shutdown).
    ///
    /// ```
    /// # let (sender, runs) = std::sync::mpsc::channel();
    /// let scheduler = punctual::Scheduler::new();
    /// let job = scheduler.every().millis(1).run(move || sender.send(()))?;
    /// let background = scheduler.start();
    /// # runs.recv().unwrap();
    /// background.stop();
    ///
    /// let count = job.run_count();
    /// std::thread::sleep(std::time::Duration::from_millis(20));
    /// assert_eq!(job.run_count(), count, "nothing runs any more");
    /// # Ok::<(), punctual::Error>(())
    /// ```
    pub fn stop(mut self) {
        self.end();
    }

    /// Like [`stop`](Background::stop), but waits for at most `timeout`, in real time. Returns whether the loop has
    /// ended by then. If not, it ends with the body that is running.
    ///
    /// ```
    /// # use std::{sync::mpsc::channel, time::Duration};
    /// # let (sender, gate) = channel::<()>();
    /// # let (begun, begins) = channel();
    /// let scheduler = punctual::Scheduler::new();
    /// scheduler.every().day().immediately().run(move || {
    /// #   begun.send(()).unwrap();
    /// #   let _ =
    ///     gate.recv() // a body that takes its time
    /// #   ;
    /// })?;
    /// let background = scheduler.start();
    /// # begins.recv().unwrap();
    /// assert!(!background.stop_timeout(Duration::from_millis(1)));
    /// # drop(sender);
    /// # Ok::<(), punctual::Error>(())
    /// ```
    pub fn stop_timeout(mut self, timeout: Duration) -> bool {
        self.ask();
        let deadline = Instant::now().checked_add(timeout);
        let mut ended = self.shared.ended.lock();
        while !*ended && !self.is_inside() {
            let Some(deadline) = deadline else {
                self.shared.ending.wait(&mut ended);
                continue;
            };
            if self.shared.ending.wait_until(&mut ended, deadline).timed_out() {
                break;
            }
        }
        let ended = *ended;
        if !ended {
            // `Drop` would join the thread, which is to wait for the body after all.
            self.thread = None;
        }
        ended
    }

    fn ask(&self) {
        self.shared.stop.store(true, Ordering::SeqCst);
        self.core.bell().ring();
    }

    /// Whether this is the thread of the loop.
    fn is_inside(&self) -> bool {
        self.thread.as_ref().is_some_and(|thread| thread.thread().id() == std::thread::current().id())
    }

    fn end(&mut self) {
        self.ask();
        // A thread that joined itself would wait for ever.
        let inside = self.is_inside();
        if let Some(Err(payload)) = self.thread.take().filter(|_| !inside).map(JoinHandle::join) {
            drop_quietly(payload);
        }
    }
}

impl Drop for Background {
    fn drop(&mut self) {
        self.end();
    }
}

impl fmt::Debug for Background {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Background").field("is_running", &self.is_running()).finish_non_exhaustive()
    }
}
