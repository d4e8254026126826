//! Ending with the process's signals.

use std::{
    io,
    sync::{
        atomic::{AtomicBool, Ordering},
        Arc,
    },
};

use signal_hook::{
    consts::{SIGINT, SIGTERM},
    iterator::Signals,
};

use super::Goal;
use crate::scheduler::Scheduler;

impl Scheduler {
    /// [`run_forever`](Scheduler::run_forever), until the process is asked to end: by SIGINT, as Ctrl-C does, or SIGTERM.
    /// The body that is running is let end first; returns how many ran. Needs the feature `signals`; on Unix alone.
    ///
    /// While the loop runs, these signals do nothing else. Afterwards they are still caught, but by nobody: end the
    /// process then.
    ///
    /// # Errors
    ///
    /// When the system refuses to have the signals caught.
    ///
    /// ```no_run
    /// let scheduler = punctual::Scheduler::new();
    /// scheduler.every().second().run(|| println!("Ctrl-C ends me"))?;
    /// let ran = scheduler.run_until_signal()?;
    /// println!("{ran} runs");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn run_until_signal(&self) -> io::Result<usize> {
        let mut signals = Signals::new([SIGINT, SIGTERM])?;
        let ours = signals.handle();
        let stop = Arc::new(AtomicBool::new(false));
        let (scheduler, asked) = (self.clone(), Arc::clone(&stop));
        let listener = std::thread::Builder::new().name("punctual-signals".to_owned()).spawn(move || {
            if signals.forever().next().is_some() {
                asked.store(true, Ordering::SeqCst);
                scheduler.inner().bell().ring();
            }
        })?;
        let ran = self.drive(Goal::Never, &stop);
        ours.close();
        // The thread calls no code that could panic; what it leaves is of no use.
        let _ = listener.join();
        Ok(ran)
    }
}
