//! The commands that are running, and how they are terminated.

use std::{
    sync::Arc,
    thread::Builder,
    time::{Duration, Instant},
};

use parking_lot::{Condvar, Mutex};

use super::process::Process;
use crate::{id::RunId, log_line::log_line};

/// Why a shutdown terminated a command.
const SHUT_DOWN: &str = "the scheduler was shut down";

/// Ends the attempt of a run if its time is over. Otherwise returns the time that is left; `None` if there is nothing
/// left to wait for.
pub(crate) type TimeLimit = Box<dyn Fn() -> Option<Duration> + Send>;

/// The commands of a scheduler that are running.
#[derive(Default)]
pub(crate) struct Commands(Mutex<List>);

#[derive(Default)]
struct List {
    /// The last run that a shutdown covers: no command of this or an earlier run starts any more.
    last_ended: u64,
    running: Vec<(RunId, Arc<Running>)>,
}

impl Commands {
    /// Enters the command of a run, which is about to start.
    ///
    /// # Errors
    ///
    /// Why it must not start.
    pub(super) fn enter(&self, run: RunId, grace: Duration) -> Result<Entry<'_>, &'static str> {
        let mut list = self.0.lock();
        if run.0 <= list.last_ended {
            return Err(SHUT_DOWN);
        }
        let running = Arc::new(Running::new(grace));
        list.running.push((run, Arc::clone(&running)));
        Ok(Entry { commands: self, running })
    }

    /// Whether the command of a run has been entered and not left.
    pub(crate) fn contains(&self, run: RunId) -> bool {
        self.0.lock().running.iter().any(|(other, _)| *other == run)
    }

    /// Terminates the commands of the runs for which `is_meant` is true: TERM now, and KILL after the grace of each, or
    /// `within` this time if that is less. `why` is the text of their outcomes. Does not wait.
    ///
    /// A command that has ended, or was terminated before, keeps its outcome; of two times for KILL, the earlier one
    /// counts.
    pub(crate) fn terminate(&self, why: &'static str, within: Option<Duration>, is_meant: impl Fn(RunId) -> bool) {
        let list = self.0.lock();
        let meant = list.running.iter().filter(|(run, _)| is_meant(*run));
        let running: Vec<Arc<Running>> = meant.map(|(_, running)| Arc::clone(running)).collect();
        drop(list);
        running.iter().for_each(|running| running.terminate(why, within));
    }

    /// Terminates the commands of all runs up to `last`, including those that have not started.
    pub(crate) fn shut_down(&self, last: RunId, within: Option<Duration>) {
        let mut list = self.0.lock();
        list.last_ended = list.last_ended.max(last.0);
        drop(list);
        self.terminate(SHUT_DOWN, within, |run| run <= last);
    }
}

/// A command of the list, until this is dropped.
pub(super) struct Entry<'a> {
    commands: &'a Commands,
    running: Arc<Running>,
}

impl Entry<'_> {
    pub(super) fn running(&self) -> &Arc<Running> {
        &self.running
    }
}

impl Drop for Entry<'_> {
    fn drop(&mut self) {
        self.running.end(false);
        self.commands.0.lock().running.retain(|(_, running)| !Arc::ptr_eq(running, &self.running));
    }
}

/// A command in the list, which other threads may terminate.
///
/// The thread of its run waits for the process without a lock. What makes that safe: the process is signalled only
/// under the lock and before the stage is `Ended`, and reaped only after, so its number is its own whenever it is used.
pub(super) struct Running {
    state: Mutex<State>,
    changed: Condvar,
    grace: Duration,
}

struct State {
    stage: Stage,
    stop: Option<Stop>,
}

enum Stage {
    Starting,
    Started(Arc<Process>),
    Ended,
}

/// Terminated: TERM was sent, or will be once the process has started.
struct Stop {
    why: &'static str,
    /// `None` if that is further away than the clock reaches.
    kill_at: Option<Instant>,
}

impl Running {
    fn new(grace: Duration) -> Self {
        Running { state: Mutex::new(State { stage: Stage::Starting, stop: None }), changed: Condvar::new(), grace }
    }

    /// Why the command was terminated, if it was.
    pub(super) fn stopped(&self) -> Option<&'static str> {
        self.state.lock().stop.as_ref().map(|stop| stop.why)
    }

    /// The process has started. If the command was terminated meanwhile, signals the process.
    pub(super) fn start(&self, process: &Arc<Process>) {
        let mut state = self.state.lock();
        if state.stop.is_some() {
            process.terminate();
        }
        state.stage = Stage::Started(Arc::clone(process));
        // For `kill_in_time`, which waits for a process to kill.
        self.changed.notify_all();
    }

    /// The process has ended, and may be reaped from now on. If it `is_ours` still and was terminated, kills the rest
    /// of its group. Returns why it was terminated, if it was.
    pub(super) fn end(&self, is_ours: bool) -> Option<&'static str> {
        let mut state = self.state.lock();
        if let (Stage::Started(process), Some(_), true) = (&state.stage, &state.stop, is_ours) {
            process.kill();
        }
        state.stage = Stage::Ended;
        self.changed.notify_all();
        state.stop.as_ref().map(|stop| stop.why)
    }

    /// Keeps a time limit until the command has ended, in a thread of its own: the thread of the run waits for the
    /// process, and may be the only one that polls.
    pub(super) fn keep_to(self: &Arc<Self>, limit: TimeLimit) {
        let running = Arc::clone(self);
        let keep = move || {
            while let Some(rest) = limit() {
                if running.has_ended_within(rest) {
                    return;
                }
            }
        };
        if let Err(error) = Builder::new().name("punctual-timeout".to_owned()).spawn(keep) {
            log_line!(Error, "only polls keep the time limit of a command, because no thread could be made: {error}");
        }
    }

    fn has_ended_within(&self, rest: Duration) -> bool {
        let until = Instant::now().checked_add(rest);
        let mut state = self.state.lock();
        while !matches!(state.stage, Stage::Ended) {
            match until {
                Some(until) if until <= Instant::now() => return false,
                Some(until) => drop(self.changed.wait_until(&mut state, until)),
                None => self.changed.wait(&mut state),
            }
        }
        true
    }

    /// [`Commands::terminate`], for one.
    fn terminate(self: &Arc<Self>, why: &'static str, within: Option<Duration>) {
        let grace = within.map_or(self.grace, |within| within.min(self.grace));
        let kill_at = Instant::now().checked_add(grace);
        let mut state = self.state.lock();
        let State { stage, stop } = &mut *state;
        let has_ended = match stage {
            Stage::Starting => false,
            // If it ended by itself, it was not terminated, and keeps its own outcome.
            Stage::Started(process) => process.has_ended(),
            Stage::Ended => true,
        };
        if has_ended {
            return;
        }
        if let Some(stop) = stop {
            stop.kill_at = stop.kill_at.into_iter().chain(kill_at).min();
            self.changed.notify_all();
            return;
        }
        *stop = Some(Stop { why, kill_at });
        if let Stage::Started(process) = stage {
            process.terminate();
        }
        drop(state);
        // A thread that lasts as long as the grace: the caller need not wait, and may be gone by then.
        let running = Arc::clone(self);
        if let Err(error) = Builder::new().name("punctual-kill".to_owned()).spawn(move || running.kill_in_time()) {
            log_line!(Error, "a command is killed at once, because no thread could be made: {error}");
            self.kill_now();
        }
    }

    /// Kills the process at the time that `stop` says, unless it has ended by then.
    fn kill_in_time(&self) {
        let mut state = self.state.lock();
        loop {
            match (&state.stage, state.stop.as_ref().and_then(|stop| stop.kill_at)) {
                (Stage::Ended, _) => return,
                (Stage::Started(process), Some(at)) if at <= Instant::now() => {
                    if !process.has_ended() {
                        process.kill();
                    }
                    return;
                }
                (Stage::Started(_), Some(at)) => drop(self.changed.wait_until(&mut state, at)),
                (Stage::Starting, _) | (_, None) => self.changed.wait(&mut state),
            }
        }
    }

    #[cold]
    fn kill_now(&self) {
        let mut state = self.state.lock();
        // One that has not started is only marked.
        if let Stage::Started(process) = &state.stage {
            process.kill();
        }
        if let Some(stop) = &mut state.stop {
            stop.kill_at = Some(Instant::now());
        }
    }
}

#[cfg(all(test, unix))]
mod tests {
    use std::{io, process::Command};

    use super::*;
    use crate::command::process::prepare;

    const LONG: Duration = Duration::from_secs(60);

    fn sleeping() -> io::Result<Arc<Process>> {
        let mut command = Command::new("sleep");
        command.arg("60");
        prepare(&mut command);
        command.spawn().map(|child| Arc::new(Process::new(child)))
    }

    #[test]
    fn no_command_starts_after_a_shutdown_up_to_its_run() {
        let commands = Commands::default();
        assert!(commands.enter(RunId(1), LONG).is_ok());
        commands.shut_down(RunId(2), None);
        assert_eq!(commands.enter(RunId(2), LONG).err(), Some(SHUT_DOWN));
        commands.shut_down(RunId(1), None);
        assert!(commands.enter(RunId(2), LONG).is_err() && commands.enter(RunId(3), LONG).is_ok());
        assert!(commands.0.lock().running.is_empty(), "all were left");
    }

    #[test]
    fn a_command_that_is_terminated_while_it_starts_ends_when_it_has() {
        for within in [None, Some(Duration::ZERO)] {
            let commands = Commands::default();
            let entry = commands.enter(RunId(1), LONG).unwrap();
            commands.terminate("by design", within, |run| run == RunId(1));
            assert_eq!(entry.running().stopped(), Some("by design"));
            let process = sleeping().unwrap();
            entry.running().start(&process);
            assert!(process.wait());
            assert_eq!(entry.running().end(true), Some("by design"));
            assert!(!process.reap().unwrap().success());
        }
    }

    #[test]
    fn one_run_of_several_is_terminated_and_one_that_has_ended_is_not() {
        let commands = Commands::default();
        let entries = [1, 2].map(|run| commands.enter(RunId(run), LONG).unwrap());
        let processes = [(); 2].map(|()| sleeping().unwrap());
        for (entry, process) in entries.iter().zip(&processes) {
            entry.running().start(process);
        }
        commands.terminate("by design", None, |run| run == RunId(2));
        commands.terminate("twice", None, |run| run == RunId(2));
        assert!(processes[1].wait());
        assert_eq!(entries.each_ref().map(|entry| entry.running().stopped()), [None, Some("by design")]);
        // It ends by itself, and has not been reaped: terminating it comes too late.
        processes[0].kill();
        assert!(processes[0].wait());
        commands.terminate("too late", None, |_| true);
        assert_eq!(entries.map(|entry| entry.running().end(true)), [None, Some("by design")]);
        assert!(processes.iter().all(|process| process.reap().is_ok()));
    }
}
