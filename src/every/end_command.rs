//! The end of a sentence whose body is a command.

use super::{state::Complete, Every};
use crate::{
    command::{run, Command, IntoCommand},
    error::Result,
    handle::Job,
    job::{shared, Place},
};

/// The end: a command. Needs the feature `command`.
#[cfg_attr(docsrs, doc(cfg(feature = "command")))]
impl<S, B> Every<S, B> {
    /// Registers a job whose runs start a program and wait for its end, and returns its handle.
    ///
    /// The command is text, such as `"backup.sh --full"`, which is split at white space and quotes and never seen by a
    /// shell, or a [`Command`], which has options: arguments, environment, directory, output.
    ///
    /// | the program | the run |
    /// | --- | --- |
    /// | ends with status 0 | [`Completed`](crate::Outcome::Completed) |
    /// | ends with another status | [`Failed`](crate::Outcome::Failed), as in `exit status 3: no space left`: with the last 4 KiB of stderr |
    /// | is killed | `Failed`, as in `killed by signal 9 (SIGKILL)` |
    /// | cannot be started | `Failed`, as in `cannot run "backup": no such file in PATH` |
    /// | takes longer than [`timeout`](Every::timeout) | [`TimedOut`](crate::Outcome::TimedOut), whatever its status; what it has written to stderr is logged |
    /// | is told to end by a shutdown | [`Aborted`](crate::Outcome::Aborted), whatever its status |
    ///
    /// **Waiting.** The thread that runs the body waits: that which polls, or a worker with
    /// [`parallel`](Every::parallel), which a program that takes long should have: a loop that is stopped, by
    /// `run_until_signal` too, returns only when the body in its own thread has. A run ends with the program itself. What
    /// that has started may run on, even if it holds the output open.
    ///
    /// **Time limit.** A program whose time is over is told to end as in a shutdown: TERM to its process group, then KILL
    /// after its grace. The run ends when the program has. No poll is needed for that.
    ///
    /// **Shutdown.** [`shutdown`](crate::Scheduler::shutdown) with a deadline, or without waiting, sends TERM to the
    /// program's process group at once, and KILL after its [`grace`](Command::grace), or shortly before the deadline if
    /// that is earlier: by a fifth of the time, at most half a second. When the program has ended, what is left of the group is killed. To drop the scheduler is to
    /// shut down without waiting. With [`Wait::ForAll`](crate::Wait::ForAll) nothing is sent: the program runs to its
    /// end. To cancel the job does not end a run.
    ///
    /// **Where there are no process groups**, on Windows, the program alone is killed, at once and without being told.
    /// What it has started runs on.
    ///
    /// **Children.** Nothing in the process is changed for this: there is no handler for SIGCHLD and no thread that
    /// reaps. Code that ignores SIGCHLD, or waits for *any* child, takes the exit status away; the run fails then, and
    /// says so.
    ///
    /// # Errors
    ///
    /// The first mistake in the sentence, in the command last, or that its scheduler was dropped. Nothing is registered
    /// then. Whether there is such a program is not looked up: each run does so.
    ///
    /// ```
    /// # #[cfg(unix)] {
    /// use punctual::{Command, Outcome, Scheduler};
    /// let scheduler = Scheduler::new();
    /// let backup = scheduler.every().day().at("02:00").parallel().run_command("backup.sh --full")?;
    /// let report = scheduler.every().hour().named("report").run_command(Command::shell("ls /nowhere | wc -l && exit 3"))?;
    /// assert_eq!(scheduler.run_all(), 2);
    ///
    /// assert_eq!(backup.last_outcome().unwrap().to_string(), r#"failed: cannot run "backup.sh": no such file in PATH"#);
    /// let outcome = report.last_outcome().unwrap().to_string();
    /// assert!(outcome.starts_with("failed: exit status 3: ls: "), "{outcome}");
    /// # }
    /// # Ok::<(), punctual::Error>(())
    /// ```
    pub fn run_command(self, command: impl IntoCommand) -> Result<Job>
    where
        S: Complete,
    {
        match command.into_command() {
            Ok(command) => {
                let sentence = self.named_by_default(&command.name());
                sentence.register(shared::<Command>(move |call| {
                    let (host, place) = (call.host, Place { id: call.label.id, row: call.row });
                    let is_told_to_end = || host.is_told_to_end(call.run);
                    let limit = host.time_limit(place, call.run);
                    let run_data = call.run.data(call.label.id);
                    run(&command, host.commands(), &run_data, call.label.name(), &is_told_to_end, limit)
                }))
            }
            // The first mistake is that of a word before.
            Err(error) => self.draft.and(Err(error)),
        }
    }
}
