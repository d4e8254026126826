//! The facts that listeners hear go to the log as well.

use std::{cell::RefCell, sync::Once};

use punctual::Event;

use crate::support::{hours, minutes, noon};

thread_local! {
    /// Each test has a thread of its own, and so its own record.
    static LOGGED: RefCell<Vec<String>> = const { RefCell::new(Vec::new()) };
}

struct Logger;

impl log::Log for Logger {
    fn enabled(&self, _: &log::Metadata<'_>) -> bool {
        true
    }

    fn log(&self, record: &log::Record<'_>) {
        LOGGED.with_borrow_mut(|lines| lines.push(format!("{} {}", record.level(), record.args())));
    }

    fn flush(&self) {}
}

fn logged() -> Vec<String> {
    static START: Once = Once::new();
    START.call_once(|| {
        log::set_logger(&Logger).unwrap();
        log::set_max_level(log::LevelFilter::Debug);
    });
    LOGGED.take()
}

#[test]
fn the_same_facts_go_to_the_log() {
    logged();
    let stage = noon();
    stage.scheduler.on_event(|event| {
        if matches!(event, Event::JobModified { .. }) {
            panic!("by design")
        }
    });
    let mut runs = 0;
    let body = move || {
        runs += 1;
        assert!(runs != 2, "by design");
        if runs == 3 {
            Err("disk full")
        } else {
            Ok(())
        }
    };
    let job = stage.every().minute().named("report").run(body).unwrap();
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
    assert_eq!(lines, ["WARN punctual: the wall clock was set back by 3600s"]);
    job.cancel();
    assert_eq!(logged(), ["DEBUG punctual: removed report (Cancelled)"]);
}
