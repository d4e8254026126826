//! A program and what it starts, as a process group.

use std::{
    io,
    os::unix::process::CommandExt,
    process::{Child, Command, ExitStatus},
};

use parking_lot::Mutex;
use rustix::{
    io::Errno,
    process::{kill_process, kill_process_group, waitid, Pid, Signal, WaitId, WaitIdOptions},
};

/// A child that leads a process group.
///
/// Its number, which is that of the group, must not be used once the child was reaped: it may be another process's
/// then.
pub(super) struct Process {
    leader: Pid,
    child: Mutex<Child>,
}

/// Makes the child the leader of a new group.
pub(super) fn prepare(command: &mut Command) {
    command.process_group(0);
}

impl Process {
    pub(super) fn new(child: Child) -> Self {
        Process { leader: Pid::from_child(&child), child: Mutex::new(child) }
    }

    /// Waits until the child has ended, and leaves it unreaped, so that its number stays its own. Returns `false` if
    /// there is no such child any more: other code in this process waits for children, and has reaped it.
    pub(super) fn wait(&self) -> bool {
        loop {
            match waitid(WaitId::Pid(self.leader), WaitIdOptions::EXITED | WaitIdOptions::NOWAIT) {
                Ok(_) => return true,
                Err(Errno::INTR) => {}
                Err(_) => return false,
            }
        }
    }

    /// Whether the child has ended. Does not wait.
    pub(super) fn has_ended(&self) -> bool {
        let options = WaitIdOptions::EXITED | WaitIdOptions::NOWAIT | WaitIdOptions::NOHANG;
        !matches!(waitid(WaitId::Pid(self.leader), options), Ok(None) | Err(Errno::INTR))
    }

    /// Reaps the child, which has ended.
    pub(super) fn reap(&self) -> io::Result<ExitStatus> {
        self.child.lock().wait()
    }

    /// Asks the group to end. A stopped group receives the signal only if it continues.
    pub(super) fn terminate(&self) {
        self.signal(Signal::TERM);
        self.signal(Signal::CONT);
    }

    pub(super) fn kill(&self) {
        self.signal(Signal::KILL);
    }

    fn signal(&self, signal: Signal) {
        if kill_process_group(self.leader, signal).is_err() {
            // The child has left the group. If it has ended, this does nothing.
            let _ = kill_process(self.leader, signal);
        }
    }
}
