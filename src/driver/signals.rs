//! Ending with the process's signals.

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
    /// [`run_forever`](Scheduler::run_forever), until SIGINT (Ctrl-C) or SIGTERM. Returns the number of runs. Needs the
    /// feature `signals`; only on Unix.
    ///
    /// A body that is running in this thread finishes first; a second signal meanwhile ends the process at once. Bodies on
    /// workers are not waited for: call [`shutdown`](Scheduler::shutdown). The handlers stay installed after this returns,
    /// so later signals are ignored: exit the process.
    ///
    /// # Errors
    ///
    /// If the system refuses to install the handlers or to start a thread.
    ///
    /// ```no_run
    /// let scheduler = punctual::Scheduler::new();
    /// scheduler.every().second().run(|| println!("stop me with Ctrl-C"))?;
    /// let runs = scheduler.run_until_signal()?;
    /// println!("{runs} runs");
    /// # Ok::<(), punctual::Error>(())
    /// ```
    pub fn run_until_signal(&self) -> Result<usize> {
        let cannot = |source| Error::io("cannot wait for signals".to_owned(), source);
        let mut signals = Signals::new([SIGINT, SIGTERM]).map_err(cannot)?;
        let ours = signals.handle();
        let stop = Arc::new(AtomicBool::new(false));
        let (scheduler, asked) = (self.clone(), Arc::clone(&stop));
        let listener = std::thread::Builder::new().name("punctual-signals".to_owned()).spawn(move || {
            for signal in signals.forever() {
                if asked.swap(true, Ordering::SeqCst) {
                    let _ = emulate_default_handler(signal);
                }
                scheduler.core().bell().ring();
            }
        });
        let listener = listener.map_err(cannot)?;
        let ran = self.drive(Goal::Never, &self.core().stops().enter(), &stop);
        ours.close();
        // The thread calls no code that could panic; what it leaves is of no use.
        let _ = listener.join();
        Ok(ran)
    }
}
