//! A program, where there are no process groups: what it has started is not reached.

use std::{
    io,
    process::{Child, Command, ExitStatus},
    thread::sleep,
    time::Duration,
};

use parking_lot::Mutex;

/// A child. std remembers that it was reaped, so a kill that comes too late does nothing.
pub(super) struct Process(Mutex<Child>);

pub(super) fn prepare(_: &mut Command) {}

impl Process {
    pub(super) fn new(child: Child) -> Self {
        Process(Mutex::new(child))
    }

    /// Waits until the child has ended. Returns `false` if that cannot be known.
    ///
    /// A wait that blocks needs the child for itself, and a kill does so, too: hence short looks.
    pub(super) fn wait(&self) -> bool {
        const LONGEST: Duration = Duration::from_millis(50);
        let mut pause = Duration::from_millis(1);
        loop {
            match self.0.lock().try_wait() {
                Ok(Some(_)) => return true,
                Ok(None) => {}
                Err(_) => return false,
            }
            sleep(pause);
            pause = (2 * pause).min(LONGEST);
        }
    }

    /// Whether the child has ended. Does not wait.
    pub(super) fn has_ended(&self) -> bool {
        !matches!(self.0.lock().try_wait(), Ok(None))
    }

    pub(super) fn reap(&self) -> io::Result<ExitStatus> {
        self.0.lock().wait()
    }

    /// Kills: there is no signal that only asks.
    pub(super) fn terminate(&self) {
        self.kill();
    }

    pub(super) fn kill(&self) {
        // An error says that it has ended.
        let _ = self.0.lock().kill();
    }
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn a_program_is_waited_for_and_killed_where_there_are_no_groups() {
        let start = |script: &str| {
            let mut command = Command::new("sh");
            command.args(["-c", script]);
            prepare(&mut command);
            Process::new(command.spawn().unwrap())
        };
        let ends = start("exit 3");
        assert!(ends.wait() && ends.has_ended());
        ends.kill();
        assert_eq!(ends.reap().unwrap().code(), Some(3));
        let stays = start("sleep 60");
        assert!(!stays.has_ended());
        stays.terminate();
        assert!(stays.wait());
        assert!(!stays.reap().unwrap().success());
    }
}
