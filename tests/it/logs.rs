//! Events are also written to the `log` facade.

use std::{
    cell::RefCell,
    sync::{mpsc::channel, Mutex, Once},
    time::Duration,
};

use punctual::{EventKind, Scheduler};

use crate::support::{hours, minutes, noon};

/// The logger panics at a line with this word.
const POISON: &str = "poison";

thread_local! {
    /// The lines logged in this thread. Each test has its own thread, so tests do not see each other's lines.
    static LOGGED: RefCell<Vec<String>> = const { RefCell::new(Vec::new()) };

    /// More words at which the logger panics, in this thread.
    static POISONED: RefCell<Vec<&'static str>> = const { RefCell::new(Vec::new()) };
}

struct Logger;

impl log::Log for Logger {
    fn enabled(&self, _: &log::Metadata<'_>) -> bool {
        true
    }

    fn log(&self, record: &log::Record<'_>) {
        let line = format!("{} {}", record.level(), record.args());
        LOGGED.with_borrow_mut(|lines| lines.push(line.clone()));
        let is_poisoned =
            line.contains(POISON) || POISONED.with_borrow(|words| words.iter().any(|word| line.contains(word)));
        assert!(!is_poisoned, "the logger panics at {line}");
    }

    fn flush(&self) {}
}

/// The lines logged in this thread since the last call. The first call installs the logger.
fn logged() -> Vec<String> {
    static START: Once = Once::new();
    START.call_once(|| {
        log::set_logger(&Logger).unwrap();
        log::set_max_level(log::LevelFilter::Debug);
    });
    LOGGED.take()
}

/// A body whose second run panics and whose third run fails.
fn fails_twice() -> impl FnMut() -> Result<(), &'static str> + Send {
    let mut runs = 0;
    move || {
        runs += 1;
        assert!(runs != 2, "by design");
        if runs == 3 {
            Err("disk full")
        } else {
            Ok(())
        }
    }
}

#[test]
fn events_are_logged() {
    logged();
    let stage = noon();
    stage.scheduler.on_event(|event| {
        if event.kind == EventKind::Modified {
            panic!("by design")
        }
    });
    let job = stage.every().minute().named("report").run(fails_twice()).unwrap();
    let lines = logged();
    assert!(lines.iter().any(|line| line.starts_with("DEBUG punctual: added report")), "{lines:?}");
    (0..3).for_each(|_| assert_eq!(stage.wait(minutes(1)), 1));
    let lines = logged();
    let errors: Vec<&String> = lines.iter().filter(|line| line.starts_with("ERROR")).collect();
    let expected = ["ERROR punctual: report panicked: by design", "ERROR punctual: report failed: disk full"];
    assert_eq!(errors, expected.each_ref());
    assert_eq!(lines.iter().filter(|line| line.contains("running report")).count(), 3);
    job.pause();
    assert!(logged().iter().any(|line| line.starts_with("ERROR") && line.contains("listener")));
    stage.clock.set(stage.clock.now() - hours(1));
    stage.scheduler.run_pending();
    let lines = logged();
    assert_eq!(lines, ["WARN punctual: the wall clock was set back by 1h"]);
    job.cancel();
    assert_eq!(logged(), ["DEBUG punctual: removed report (Cancelled)"]);
}

/// A value whose drop panics.
struct Bomb;

impl Drop for Bomb {
    fn drop(&mut self) {
        panic!("{POISON}");
    }
}

#[test]
fn a_panic_of_the_logger_is_caught_at_every_line() {
    logged();
    POISONED.set(vec!["set back", "running all"]);
    let stage = noon();
    let is_logged = |what: &str| {
        let lines = logged();
        assert!(lines.iter().any(|line| line.contains(what)), "{what:?} is not in {lines:?}");
    };
    let job = stage.every().minute().named(POISON).run(fails_twice()).unwrap();
    is_logged("added");
    let after = stage.every().minute().run(|| {}).unwrap();
    for (runs, logged) in (1..).zip(["running poison", "panicked", "failed"]) {
        assert_eq!(stage.wait(minutes(1)), 2);
        assert_eq!((job.run_count(), after.run_count()), (runs, runs));
        is_logged(logged);
    }
    assert!(job.pause());
    is_logged("modified");
    assert!(job.resume());
    let listener = stage.scheduler.on_event(|_| panic!("by design"));
    job.tag("a").unwrap();
    is_logged("a listener panicked");
    assert!(listener.remove());
    stage.clock.set(stage.clock.now() - hours(1));
    assert_eq!(stage.scheduler.run_pending(), 0);
    is_logged("set back");
    assert_eq!(stage.scheduler.run_all(), 2);
    is_logged("running all 2 jobs");
    assert!(job.cancel());
    is_logged("removed");
    let mut bomb = Some(Bomb);
    let holder = stage.every().day().run(move || drop(bomb.take())).unwrap();
    assert!(holder.cancel());
    is_logged("a value panicked while it was dropped");
}

#[test]
fn a_worker_survives_a_panic_of_the_logger() {
    logged();
    let stage = noon();
    let scheduler = Scheduler::builder().clock(stage.clock.clone()).workers(1).build().unwrap();
    let (sender, names) = channel();
    let (release, gate) = channel();
    let gate = Mutex::new(gate);
    let body = move || {
        sender.send(std::thread::current().name().map(str::to_owned)).unwrap();
        gate.lock().unwrap().recv().unwrap()
    };
    let job = scheduler.every().minute().named(POISON).parallel().run(body).unwrap();
    for outcome in [Err("by design"), Ok(())] {
        stage.clock.advance(minutes(1));
        assert_eq!(scheduler.run_pending(), 1);
        assert_eq!(names.recv_timeout(Duration::from_secs(60)).unwrap().as_deref(), Some("punctual-worker-1"));
        stage.clock.advance(minutes(1));
        assert_eq!(scheduler.run_pending(), 0, "it is still running");
        assert!(logged().iter().any(|line| line.contains("skipped poison")));
        release.send(outcome).unwrap();
        // The worker logs the outcome after the body has ended, and nothing signals that; this takes microseconds.
        while job.last_outcome().is_none_or(|last| last.is_success() != outcome.is_ok()) {
            std::thread::yield_now();
        }
    }
    scheduler.shutdown(true);
    assert_eq!(job.run_count(), 2);
}

#[test]
fn events_are_logged_without_a_listener() {
    logged();
    let stage = noon();
    let job = stage.every().minute().named("report").run(|| {}).unwrap();
    job.pause();
    job.resume();
    job.cancel();
    let events = ["added report, first run 2024-01-10 12:01:00 UTC", "modified report", "modified report"];
    let expected = events.iter().copied().chain(["removed report (Cancelled)"]);
    assert!(logged().into_iter().eq(expected.map(|event| format!("DEBUG punctual: {event}"))));
}

#[cfg(all(feature = "command", unix))]
#[test]
fn the_output_of_a_command_is_logged_line_by_line() {
    logged();
    let stage = noon();
    let script = "echo one; echo two >&2; echo; printf three; exit 1";
    let command = punctual::Command::shell(script).log_output();
    let job = stage.every().minute().named("report").run_command(command).unwrap();
    assert!(job.run_now());
    let lines = logged();
    let info: Vec<&str> = lines.iter().filter_map(|line| line.strip_prefix("INFO punctual: ")).collect();
    assert_eq!(info, ["report: one", "report: two", "report: three"]);
    assert!(lines.contains(&"ERROR punctual: report failed: exit status 1: one\ntwo\n\nthree".to_owned()), "{lines:?}");
    // The last of it, and not more lines than a log should have to take.
    for (script, first, last, count) in [
        ("seq 5000", "report: (its last lines, after 18893 bytes)", "report: 5000", 1_001),
        ("seq 20000 | tr '\\n' x", "report: (its last lines, after 43358 bytes)", "x20000x", 2),
        ("seq 100 >/dev/null", "", "", 0),
    ] {
        let command = punctual::Command::shell(script).log_output();
        stage.every().minute().named("report").run_command(command).unwrap().run_now();
        let lines = logged();
        let info: Vec<&str> = lines.iter().filter_map(|line| line.strip_prefix("INFO punctual: ")).collect();
        assert_eq!((info.len(), info.first().copied().unwrap_or("")), (count, first));
        assert!(info.last().copied().unwrap_or("").ends_with(last));
    }
}
