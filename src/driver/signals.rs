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
use crate::scheduler::Scheduler;

impl Scheduler {
    /// [`run_forever`](Scheduler::run_forever), until the process is asked to end: by SIGINT, as Ctrl-C does, or SIGTERM.
    /// The body that is running is let end first; returns how many ran. Bodies on workers are not waited for: that is
    /// [`shutdown`](Scheduler::shutdown). Needs the feature `signals`; on Unix alone.
    ///
    /// A second signal, while that body is still running, ends the process at once. After this has returned the signals
    /// are still caught, but by nobody: end the process then.
    ///
    /// # Errors
    ///
    /// When the system refuses to have the signals caught. This is a [`std::io::Error`], not one of this crate, so a `main`
    /// that passes it on with `?` returns `Result<(), Box<dyn std::error::Error>>`.
    ///
    /// ```no_run
    /// let scheduler = punctual::Scheduler::new();
    /// scheduler.every().second().run(|| println!("Ctrl-C ends me"))?;
    /// let ran = scheduler.run_until_signal()?;
    /// println!("{ran} runs");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn run_until_signal(&self) -> std::io::Result<usize> {
        let mut signals = Signals::new([SIGINT, SIGTERM])?;
        let ours = signals.handle();
        let stop = Arc::new(AtomicBool::new(false));
        let (scheduler, asked) = (self.clone(), Arc::clone(&stop));
        let listener = std::thread::Builder::new().name("punctual-signals".to_owned()).spawn(move || {
            for signal in signals.forever() {
                if asked.swap(true, Ordering::SeqCst) {
                    let _ = emulate_default_handler(signal);
                }
                scheduler.inner().bell().ring();
            }
        })?;
        let ran = self.drive(Goal::Never, &self.inner().stops().enter(), &stop);
        ours.close();
        // The thread calls no code that could panic; what it leaves is of no use.
        let _ = listener.join();
        Ok(ran)
    }
}
