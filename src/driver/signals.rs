//! A loop that ends with a signal to the process.

use std::sync::{
    atomic::{AtomicBool, Ordering},
    Arc,
};

use once_cell::sync::{Lazy, OnceCell};
use parking_lot::Mutex;
use signal_hook::{
    consts::{SIGINT, SIGTERM},
    flag::register_conditional_default,
    iterator::Signals,
    low_level::emulate_default_handler,
};

use super::Goal;
use crate::{
    error::{Error, Result},
    scheduler::Scheduler,
};

/// The loops of this process that end with a signal. While there are none, a signal has its default action.
#[derive(Default)]
struct Loops {
    running: Mutex<usize>,
    /// Whether there are none, for the signal handler, which must not lock.
    are_none: Arc<AtomicBool>,
    is_registered: OnceCell<()>,
}

static LOOPS: Lazy<Loops> = Lazy::new(Loops::default);

/// A loop that ends with a signal, until this is dropped.
struct Waiting;

impl Waiting {
    fn begin() -> std::io::Result<Self> {
        let mut running = LOOPS.running.lock();
        LOOPS.are_none.store(false, Ordering::SeqCst);
        *running += 1;
        drop(running);
        let waiting = Waiting;
        // Once for the process: the default action cannot be restored, so this handler emulates it while no loop runs.
        LOOPS.is_registered.get_or_try_init(|| {
            [SIGINT, SIGTERM]
                .into_iter()
                .try_for_each(|signal| register_conditional_default(signal, Arc::clone(&LOOPS.are_none)).map(drop))
        })?;
        Ok(waiting)
    }
}

impl Drop for Waiting {
    fn drop(&mut self) {
        let mut running = LOOPS.running.lock();
        *running -= 1;
        LOOPS.are_none.store(*running == 0, Ordering::SeqCst);
    }
}

impl Scheduler {
    /// Like [`run_forever`](Scheduler::run_forever), but returns after SIGINT (Ctrl-C) or SIGTERM. Returns the number
    /// of runs. Needs the feature `signals`, on Unix.
    ///
    /// May be called from any thread. The body that is running in that thread finishes first; a second signal while it
    /// is still running ends the process at once. Bodies on workers are not waited for: call
    /// [`shutdown`](Scheduler::shutdown).
    ///
    /// Once this has returned, and no other call of it is waiting, the next signal ends the process, as it does by
    /// default. This is so even if the program has a handler of its own, added with `signal-hook` or `tokio::signal`:
    /// in such a program, call [`run_forever`](Scheduler::run_forever), and [stop](Scheduler::stop_handle) it in that
    /// handler.
    ///
    /// # Errors
    ///
    /// If the system refuses to install the handlers or to start a thread.
    ///
    /// ```
    /// # use punctual::{ManualClock, Scheduler};
    /// # use std::time::Duration;
    /// # let scheduler = Scheduler::with_clock(ManualClock::new(chrono::DateTime::UNIX_EPOCH));
    /// # let terminate = || signal_hook::low_level::raise(signal_hook::consts::SIGTERM).unwrap();
    /// # scheduler.after(Duration::from_secs(10)).run(terminate)?;
    /// scheduler.every().second().run(|| println!("stop me with Ctrl-C"))?;
    /// let runs = scheduler.run_until_signal()?;
    /// assert!(runs > 0);
    /// scheduler.shutdown(true); // waits for the bodies on workers
    /// # Ok::<(), punctual::Error>(())
    /// ```
    pub fn run_until_signal(&self) -> Result<usize> {
        let cannot = |source| Error::io("cannot wait for signals".to_owned(), source);
        let mut signals = Signals::new([SIGINT, SIGTERM]).map_err(cannot)?;
        // After the listener is there, or a signal in between would have no effect at all.
        let waiting = Waiting::begin().map_err(cannot)?;
        let ours = signals.handle();
        // Ends this loop alone: the program may have others, which it ends in its own way.
        let stop = Arc::new(AtomicBool::new(false));
        let (scheduler, asked) = (self.clone(), Arc::clone(&stop));
        let listener = std::thread::Builder::new().name("punctual-signals".to_owned()).spawn(move || {
            for signal in signals.forever() {
                // The second signal: the body does not end, or not soon enough.
                if asked.swap(true, Ordering::SeqCst) {
                    let _ = emulate_default_handler(signal);
                }
                scheduler.core().bell().ring();
            }
        });
        let listener = listener.map_err(cannot)?;
        let ran = self.drive(Goal::Never, &self.core().stops().enter(), &stop);
        // Before the listener goes: a signal in between is not lost, but ends the process.
        drop(waiting);
        ours.close();
        // The thread calls no code that could panic, and returns nothing.
        let _ = listener.join();
        Ok(ran)
    }
}
