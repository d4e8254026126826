//! One run of a command.

use std::{
    io::{self, ErrorKind},
    path::Path,
    process::{self, Stdio},
    sync::Arc,
};

use chrono::SecondsFormat;

use super::{
    output::{reason, Kept, Output, Tail},
    process::{prepare, Process},
    running::{Running, TimeLimit},
    status::describe,
    Command, Commands,
};
use crate::{log_line::log_line, outcome::Outcome, run::Run};

/// The most of a program's output that the text of a failure contains, in bytes.
const TAIL: u64 = 4 * 1024;

/// The most of a program's output that is logged, in bytes and in lines.
const LOGGED: u64 = 64 * 1024;
const LINES: usize = 1_000;

/// Starts a command and waits for its end, in this thread. Does not start it if the run was cancelled, which is checked
/// once the command is in the list.
pub(crate) fn run(
    command: &Command,
    commands: &Commands,
    run: &Run,
    name: &str,
    is_cancelled: &dyn Fn() -> bool,
    limit: Option<TimeLimit>,
) -> Outcome {
    let entry = match commands.enter(run.id, command.grace) {
        Ok(entry) => entry,
        Err(why) => return not_started(why),
    };
    let Output { stdout, stderr, mut kept } = match Output::open(command) {
        Ok(output) => output,
        Err(why) => return Outcome::Failed(format!("cannot run {:?}: {why}", command.program)),
    };
    if let Some(why) = entry.running().stopped() {
        return not_started(why);
    }
    // Its time was over before it was in the list.
    if is_cancelled() {
        return not_started("the run was cancelled");
    }
    let mut child = child(command, run, name);
    child.stdout(stdout).stderr(stderr);
    let spawned = child.spawn();
    // It holds the output, too.
    drop(child);
    let process = match spawned {
        Ok(child) => Arc::new(Process::new(child)),
        Err(error) => {
            return Outcome::Failed(format!("cannot run {:?}: {}", command.program, refusal(command, &error)))
        }
    };
    let outcome = wait(entry.running(), &process, &mut kept, limit);
    if command.is_logged {
        log_output(name, &kept.tail(LOGGED));
    }
    if let Outcome::Aborted(how) = &outcome {
        // The outcome of a run whose time is over is `TimedOut`, which has no text.
        log_line!(Warn, "{name}: {how}");
    }
    outcome
}

fn not_started(why: &str) -> Outcome {
    Outcome::Aborted(format!("{why} before the command had started"))
}

/// The process of a run, to be spawned.
fn child(command: &Command, run: &Run, name: &str) -> process::Command {
    let mut child = process::Command::new(&command.program);
    child.args(&command.args).stdin(Stdio::null());
    if command.is_env_cleared {
        child.env_clear();
    }
    // A name may contain what the system takes for the end of a text.
    child.env("PUNCTUAL_JOB", name.replace('\0', "\u{fffd}"));
    child.env("PUNCTUAL_SLOT", run.slot.to_rfc3339_opts(SecondsFormat::AutoSi, true));
    child.env("PUNCTUAL_RUN", run.id.to_string());
    child.env("PUNCTUAL_ATTEMPT", run.attempt.to_string());
    for (name, value) in &command.env {
        match value {
            Some(value) => child.env(name, value),
            None => child.env_remove(name),
        };
    }
    if let Some(directory) = &command.current_dir {
        child.current_dir(directory);
    }
    prepare(&mut child);
    child
}

/// Waits for the end of a process that was spawned.
fn wait(running: &Arc<Running>, process: &Arc<Process>, kept: &mut Kept, limit: Option<TimeLimit>) -> Outcome {
    running.start(process);
    if let Some(limit) = limit {
        running.keep_to(limit);
    }
    let is_ours = process.wait();
    let stopped = running.end(is_ours);
    // Never before: its number would be free, and might be signalled.
    let status = process.reap();
    let how = match status {
        Ok(status) if status.success() && stopped.is_none() => return Outcome::Completed,
        Ok(status) => describe(status),
        Err(error) => format!("its exit status is lost, because something else in this process took it ({error})"),
    };
    let how = match kept.tail(TAIL) {
        Tail { text, .. } if text.is_empty() => how,
        Tail { text, left_out: 0 } => format!("{how}: {text}"),
        Tail { text, .. } => format!("{how}: … {text}"),
    };
    match stopped {
        Some(why) => Outcome::Aborted(format!("{why}: {how}")),
        None => Outcome::Failed(how),
    }
}

fn log_output(name: &str, tail: &Tail) {
    let lines: Vec<&str> = tail.text.lines().filter(|line| !line.trim_ascii().is_empty()).collect();
    let first = lines.len().saturating_sub(LINES);
    let dropped: u64 = lines[..first].iter().map(|line| line.len() as u64 + 1).sum();
    if tail.left_out + dropped > 0 {
        log_line!(Info, "{name}: (its last lines, after {} bytes)", tail.left_out + dropped);
    }
    for line in &lines[first..] {
        log_line!(Info, "{name}: {line}");
    }
}

/// Why a program could not be started.
fn refusal(command: &Command, error: &io::Error) -> String {
    let program = Path::new(&command.program);
    let is_path = program.components().count() > 1 || program.is_absolute();
    match error.kind() {
        ErrorKind::NotFound => match &command.current_dir {
            Some(directory) if !directory.is_dir() => format!("there is no directory {directory:?} to run it in"),
            _ if is_path && program.is_file() => {
                "the file is there, but the interpreter that its first line names is not".to_owned()
            }
            _ if command.args.is_empty() && command.program.to_string_lossy().contains(' ') => {
                "no such file (expected its arguments as `.arg(..)`, or all of it as text)".to_owned()
            }
            _ if is_path => "no such file".to_owned(),
            _ => "no such file in PATH".to_owned(),
        },
        ErrorKind::PermissionDenied => "permission denied (expected an executable file)".to_owned(),
        _ => reason(error),
    }
}
