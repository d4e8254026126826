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

/// A loop in a thread of its own: [`Scheduler::start`]. Dropping it stops the loop, so keep it in a variable that has a
/// name: `let _ = start();` drops it at once.
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
    stop: AtomicBool,
    ended: Mutex<bool>,
    ending: Condvar,
}

/// Tells that the loop has ended, however it did.
struct Ended(Arc<Shared>);

impl Drop for Ended {
    fn drop(&mut self) {
        *self.0.ended.lock() = true;
        self.0.ending.notify_all();
    }
}

impl Scheduler {
    /// Begins a loop in a thread of its own, like [`run_forever`](Scheduler::run_forever), and returns what stops it.
    ///
    /// Jobs may be added before and after. Started twice, there are two loops: every slot still runs exactly once, and
    /// two bodies may run at a time. If what this returns is forgotten (`std::mem::forget`), the loop goes on until it
    /// is ended with a [`stop_handle`](Scheduler::stop_handle). Where the machine gives us no thread, that is logged, and
    /// [`is_running`](Background::is_running) is `false`.
    ///
    /// ```
    /// let scheduler = punctual::Scheduler::new();
    /// let background = scheduler.start();
    /// assert!(background.is_running());
    /// # Ok::<(), punctual::Error>(())
    /// ```
    pub fn start(&self) -> Background {
        let shared = Arc::new(Shared::default());
        let (scheduler, theirs) = (self.clone(), Arc::clone(&shared));
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
    /// Whether the loop has not ended.
    ///
    /// ```
    /// let background = punctual::Scheduler::new().start();
    /// assert!(background.is_running());
    /// ```
    pub fn is_running(&self) -> bool {
        !*self.shared.ended.lock()
    }

    /// Ends the loop: lets the body that is running end, and waits for it. Called by a body of this very loop, it does
    /// not wait. Bodies on the workers are not waited for: that is [`shutdown`](Scheduler::shutdown).
    ///
    /// ```
    /// let scheduler = punctual::Scheduler::new();
    /// scheduler.start().stop();
    /// ```
    pub fn stop(mut self) {
        self.end();
    }

    /// [`stop`](Background::stop), but waits no longer than `timeout`, in real time. Whether the loop has ended by then;
    /// if it has not, it will with the body that is running.
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
