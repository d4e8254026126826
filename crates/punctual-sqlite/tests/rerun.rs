//! Other processes: this executable again, with one test and an environment variable for it.

use std::{
    env,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    thread,
    time::{Duration, Instant},
};

const PATH: &str = "PUNCTUAL_SQLITE_TEST_PATH";

/// The path that a test gets when it is run in a process of its own.
pub(crate) fn path() -> Option<PathBuf> {
    env::var_os(PATH).map(PathBuf::from)
}

/// The command that runs one test in a process of its own.
pub(crate) fn command(test: &str, path: &Path) -> Command {
    let mut command = Command::new(env::current_exe().unwrap());
    command.args(["--exact", test, "--nocapture"]).env(PATH, path).stdout(Stdio::null());
    command
}

/// Runs a command that must succeed.
pub(crate) fn run(mut command: Command) {
    let output = command.stdout(Stdio::piped()).output().unwrap();
    assert!(output.status.success(), "{}\n{output:#?}", String::from_utf8_lossy(&output.stderr));
    assert!(String::from_utf8_lossy(&output.stdout).contains("1 passed"), "the test has another name");
}

/// Waits for a process, which must succeed within that time.
pub(crate) fn wait(child: &mut Child, limit: Duration) {
    let began = Instant::now();
    loop {
        if let Some(status) = child.try_wait().unwrap() {
            assert!(status.success(), "{status}");
            return;
        }
        if began.elapsed() > limit {
            child.kill().unwrap();
            panic!("a process takes longer than {limit:?}");
        }
        thread::sleep(Duration::from_millis(10));
    }
}
