//! A loop that ends with a signal to the process.

use std::sync::{
    atomic::{AtomicBool, Ordering},
    Arc,
};

use signal_hook::{
    consts::{SIGINT, SIGTERM},
    iterator::Signals,
    low_level::emulate_default_handler,
};

use super::Goal;
use crate::{
    error::{Error, Result},
    scheduler::Scheduler,
};

impl Scheduler {
    /// Like [`run_forever`](Scheduler::run_forever), but returns after SIGINT (Ctrl-C) or SIGTERM. Returns the number
    /// of runs. Needs the feature `signals`, on Unix.
    ///
    /// May be called from any thread. The body that is running in that thread finishes first; a second signal while it
    /// is still running ends the process at once. Bodies on workers are not waited for: call
    /// [`shutdown`](Scheduler::shutdown).
    ///
    /// The handlers stay installed after this returns, so later signals are ignored: end the process soon.
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
        ours.close();
        // The thread calls no code that could panic, and returns nothing.
        let _ = listener.join();
        Ok(ran)
    }
}
