//! What the eighteen events of APScheduler 3 are called here: the table of `docs/coming-from.md`, event by event.

use std::sync::{mpsc::channel, Mutex};

use punctual::{EventKind, Removal, Scheduler, Skip};

use crate::support::{minutes, noon, seconds, Stage};

/// The kinds of the events that `cause` causes.
fn caused(cause: impl FnOnce(&Stage)) -> Vec<EventKind> {
    let stage = Stage::with_workers(noon().clock.now(), 1);
    let (sender, kinds) = channel();
    stage.scheduler.on_event(move |event| {
        let _ = sender.send(event.kind);
    });
    cause(&stage);
    kinds.try_iter().collect()
}

#[test]
fn the_table_names_each_constant_once() {
    const EVENTS: [&str; 18] = [
        "EVENT_SCHEDULER_STARTED",
        "EVENT_SCHEDULER_SHUTDOWN",
        "EVENT_SCHEDULER_PAUSED",
        "EVENT_SCHEDULER_RESUMED",
        "EVENT_EXECUTOR_ADDED",
        "EVENT_EXECUTOR_REMOVED",
        "EVENT_JOBSTORE_ADDED",
        "EVENT_JOBSTORE_REMOVED",
        "EVENT_ALL_JOBS_REMOVED",
        "EVENT_JOB_ADDED",
        "EVENT_JOB_REMOVED",
        "EVENT_JOB_MODIFIED",
        "EVENT_JOB_EXECUTED",
        "EVENT_JOB_ERROR",
        "EVENT_JOB_MISSED",
        "EVENT_JOB_SUBMITTED",
        "EVENT_JOB_MAX_INSTANCES",
        "EVENT_ALL",
    ];
    let page = include_str!("../../docs/coming-from.md");
    let (_, table) = page.split_once("### APScheduler's events").unwrap();
    let table = table.split("\n## ").next().unwrap();
    for event in EVENTS {
        assert_eq!(table.matches(&format!("`{event}`")).count(), 1, "{event}");
    }
    assert_eq!(table.matches("`EVENT_").count(), EVENTS.len());
}

#[test]
fn events_of_the_scheduler() {
    // EVENT_SCHEDULER_STARTED
    assert_eq!(caused(|stage| assert_eq!(stage.scheduler.run_until_empty(), 0)), [EventKind::SchedulerStarted]);
    // EVENT_SCHEDULER_SHUTDOWN
    assert_eq!(caused(|stage| assert!(stage.scheduler.shutdown(true).is_empty())), [EventKind::SchedulerShutdown]);
    // EVENT_SCHEDULER_PAUSED, EVENT_SCHEDULER_RESUMED
    let pause = |scheduler: &Scheduler| scheduler.pause() && scheduler.resume();
    let kinds = caused(|stage| assert!(pause(&stage.scheduler)));
    assert_eq!(kinds, [EventKind::SchedulerPaused, EventKind::SchedulerResumed]);
    // EVENT_ALL_JOBS_REMOVED
    assert_eq!(caused(|stage| assert_eq!(stage.scheduler.clear(), 0)), [EventKind::AllRemoved]);
}

#[test]
fn events_of_a_job() {
    // EVENT_JOB_ADDED, EVENT_JOB_MODIFIED, EVENT_JOB_REMOVED
    let kinds = caused(|stage| {
        let job = stage.every().day().key("report").run(|| {}).unwrap();
        stage.every().day().key("report").run(|| {}).unwrap();
        job.reschedule("every hour").unwrap();
        job.cancel();
    });
    let removed = EventKind::Removed(Removal::Cancelled);
    assert_eq!(kinds, [EventKind::Added, EventKind::Modified, EventKind::Modified, removed]);
}

#[test]
fn events_of_a_run() {
    // EVENT_JOB_EXECUTED, EVENT_JOB_ERROR
    let kinds = caused(|stage| {
        assert!(stage.every().day().run(|| {}).unwrap().run_now());
        assert!(stage.every().day().run(|| Err::<(), _>("disk full")).unwrap().run_now());
    });
    let of_run = |end| [EventKind::Added, EventKind::Started, end];
    assert_eq!(kinds, [of_run(EventKind::Executed), of_run(EventKind::Failed)].concat());

    // EVENT_JOB_MISSED
    let kinds = caused(|stage| {
        stage.every().minute().misfire_grace(seconds(1)).run(|| {}).unwrap();
        assert_eq!(stage.wait(seconds(90)), 0);
    });
    assert_eq!(kinds, [EventKind::Added, EventKind::Skipped(Skip::Misfire)]);

    // EVENT_JOB_SUBMITTED, EVENT_JOB_MAX_INSTANCES
    let kinds = caused(|stage| {
        let ((release, gate), (begun, begins)) = (channel::<()>(), channel());
        let gate = Mutex::new(gate);
        let body = move || {
            begun.send(()).unwrap();
            let _ = gate.lock().unwrap().recv();
        };
        stage.every().minute().parallel().run(body).unwrap();
        stage.wait(minutes(1));
        begins.recv().unwrap();
        stage.wait(minutes(1));
        drop(release);
        stage.scheduler.shutdown(true);
    });
    let skipped = EventKind::Skipped(Skip::Overlap);
    let ended = kinds.iter().position(|kind| *kind == EventKind::Executed);
    assert_eq!(kinds[..4], [EventKind::Added, EventKind::Submitted, EventKind::Started, skipped]);
    assert!(ended > Some(3), "{kinds:?}");
}
