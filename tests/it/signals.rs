//! Signals to the process, each test in a process of its own.

use std::{
    os::unix::process::ExitStatusExt,
    process::{Command, Output},
    time::Duration,
};

use punctual::Scheduler;
use signal_hook::{
    consts::{SIGINT, SIGTERM},
    low_level::raise,
};

/// Runs one of these tests in a process of its own; `None` in that process.
fn child(test: &str) -> Option<Output> {
    const CHILD: &str = "PUNCTUAL_TEST_SIGNALS";
    if std::env::var_os(CHILD).is_some() {
        return None;
    }
    let mut child = Command::new(std::env::current_exe().unwrap());
    child.args([&format!("signals::{test}"), "--exact", "--nocapture", "--test-threads=1"]).env(CHILD, "1");
    Some(child.output().unwrap())
}

/// A loop, on the machine's clock, that a job ends with a signal.
fn run_until(signal: i32) -> usize {
    let scheduler = Scheduler::new();
    scheduler.after(Duration::ZERO).run(move || raise(signal)).unwrap();
    // Handlers run in any thread; the loop ends once it hears of the signal.
    scheduler.run_until_signal().unwrap()
}

fn output_of(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr)
}

#[test]
fn a_signal_after_the_loop_has_returned_ends_the_process() {
    let Some(output) = child("a_signal_after_the_loop_has_returned_ends_the_process") else {
        assert_eq!(run_until(SIGINT), 1);
        println!("the loop has returned");
        raise(SIGINT).unwrap();
        println!("the process is still there");
        return;
    };
    let printed = output_of(&output);
    assert!(printed.contains("the loop has returned") && !printed.contains("still there"), "{printed}");
    assert_eq!(output.status.signal(), Some(SIGINT), "{printed}");
}

#[test]
fn each_loop_ends_with_its_own_signal() {
    let Some(output) = child("each_loop_ends_with_its_own_signal") else {
        for signal in [SIGINT, SIGTERM, SIGINT] {
            assert_eq!(run_until(signal), 1);
        }
        return;
    };
    assert!(output.status.success() && output_of(&output).contains("1 passed"), "{}", output_of(&output));
}

#[test]
fn a_second_signal_during_a_body_ends_the_process() {
    let Some(output) = child("a_second_signal_during_a_body_ends_the_process") else {
        let scheduler = Scheduler::new();
        let body = || {
            raise(SIGTERM).unwrap();
            // Real time, because the second signal counts only once the listener has taken the first.
            std::thread::sleep(Duration::from_millis(300));
            raise(SIGTERM).unwrap();
            std::thread::sleep(Duration::from_secs(20));
            println!("the process is still there");
        };
        scheduler.after(Duration::ZERO).run(body).unwrap();
        scheduler.run_until_signal().unwrap();
        return;
    };
    assert_eq!(output.status.signal(), Some(SIGTERM), "{}", output_of(&output));
}
