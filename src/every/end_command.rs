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
    /// | is terminated by a shutdown | [`Aborted`](crate::Outcome::Aborted), whatever its status |
    ///
    /// **Waiting.** The thread that runs the body waits for the program: the polling thread, or a worker with
    /// [`parallel`](Every::parallel). Use a worker for a program that takes long: a loop that is stopped, also by
    /// `run_until_signal`, returns only when the body in its own thread has ended. A run ends when the program does.
    /// Processes that the program has started may keep running, even if they hold its output open.
    ///
    /// **Time limit.** A program that takes longer than [`timeout`](Every::timeout) is terminated as in a shutdown:
    /// TERM to its process group, then KILL after its grace. The run ends when the program has. This needs no poll.
    ///
    /// **Shutdown.** [`shutdown`](crate::Scheduler::shutdown) with a deadline, or without waiting, sends TERM to the
    /// program's process group at once, and KILL after its [`grace`](Command::grace), or shortly before the deadline if
    /// that is earlier: a fifth of the time before it, at most half a second. Once the program has ended, the rest of
    /// its group is killed. Dropping the scheduler has the effect of a shutdown without waiting. With
    /// [`Wait::ForAll`](crate::Wait::ForAll), no signal is sent: the program runs to its end. Cancelling the job does
    /// not end a run.
    ///
    /// **On Windows**, which has no process groups, only the program itself is killed, at once and without a signal.
    /// Processes that it has started keep running.
    ///
    /// **Children.** The process as a whole is not changed: there is no handler for SIGCHLD and no thread that reaps.
    /// If other code ignores SIGCHLD, or waits for *any* child, the exit status is lost: the run then fails, with a
    /// text that says so.
    ///
    /// # Errors
    ///
    /// The first mistake in the sentence, then one in the command, or that its scheduler was dropped. Nothing is
    /// registered then. Whether the program exists is found out by each run.
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
                    let is_cancelled = || host.is_cancelled(call.run);
                    let limit = host.time_limit(place, call.run);
                    let run_data = call.run.data(call.label.id);
                    run(&command, host.commands(), &run_data, call.label.name(), &is_cancelled, limit)
                }))
            }
            // An earlier option may have the first mistake.
            Err(error) => self.draft.and(Err(error)),
        }
    }
}
