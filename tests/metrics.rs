//! Metrics, as a real recorder for Prometheus renders them. In a process of its own, because bodies on workers and in tasks
//! need a recorder that all threads have.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::{
    sync::{mpsc::channel, OnceLock},
    time::Duration,
};

use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};
use punctual::{
    chrono::{DateTime, Utc},
    ManualClock, Overlap, Scheduler,
};

/// The recorder, which is installed at the first call.
fn recorder() -> &'static PrometheusHandle {
    static RECORDER: OnceLock<PrometheusHandle> = OnceLock::new();
    RECORDER.get_or_init(|| {
        // This job runs before there is a recorder, and is counted from then on.
        let scheduler = Scheduler::new();
        let early = scheduler.every().day().named("early").run(|| {}).unwrap();
        assert!(early.run_now());
        let builder = PrometheusBuilder::new().set_buckets(&[1.0, 10.0, 100.0]).unwrap();
        let handle = builder.install_recorder().unwrap();
        assert!(early.run_now());
        handle
    })
}

/// The value of a line; `None` if there is no such line.
fn value(line: &str) -> Option<f64> {
    let text = recorder().render();
    let found = text.lines().find_map(|found| found.strip_prefix(line)?.strip_prefix(' '));
    found.map(|value| value.parse().unwrap())
}

fn stage() -> (ManualClock, Scheduler) {
    recorder();
    let clock = ManualClock::new(DateTime::UNIX_EPOCH);
    let scheduler = Scheduler::builder().clock(clock.clone()).tz(Utc).build().unwrap();
    (clock, scheduler)
}

const MINUTE: Duration = Duration::from_secs(60);

#[test]
fn runs_are_counted_by_job_and_outcome() {
    let (clock, scheduler) = stage();
    let mut answers = [Ok(()), Err("disk full"), Ok(())].into_iter();
    scheduler.every().minute().named("backup").run(move || answers.next().unwrap()).unwrap();
    for _ in 0..3 {
        clock.advance(MINUTE);
        scheduler.run_pending();
    }
    assert_eq!(value(r#"punctual_runs_total{job="backup",outcome="completed"}"#), Some(2.0));
    assert_eq!(value(r#"punctual_runs_total{job="backup",outcome="failed"}"#), Some(1.0));
    assert_eq!(value(r#"punctual_runs_total{job="backup",outcome="panicked"}"#), Some(0.0), "there from the start");
    assert_eq!(value(r#"punctual_retries_total{job="backup"}"#), Some(0.0));
}

#[test]
fn jobs_without_a_name_share_one_set() {
    let (_, scheduler) = stage();
    let count = || value(r#"punctual_runs_total{job="",outcome="cancelled"}"#).unwrap_or(0.0);
    let before = count();
    for _ in 0..2 {
        scheduler.every().hour().tag("tagged").run(|| punctual::CancelJob).unwrap().run_now();
    }
    scheduler.every().hour().run(|| punctual::CancelJob).unwrap().run_now();
    assert_eq!(count() - before, 3.0);
    // A key is a name, also if a tag is shared with others.
    scheduler.every().hour().tag("tagged").key("of its own").run(|| {}).unwrap().run_now();
    assert_eq!(value(r#"punctual_runs_total{job="of its own",outcome="completed"}"#), Some(1.0));
}

#[test]
fn lateness_and_duration_are_in_seconds() {
    let (clock, scheduler) = stage();
    let time = clock.clone();
    scheduler.every().minute().named("slow").run(move || time.advance(Duration::from_secs(5))).unwrap();
    clock.advance(MINUTE + Duration::from_millis(500));
    scheduler.run_pending();
    assert_eq!(value(r#"punctual_run_lateness_seconds_sum{job="slow"}"#), Some(0.5));
    assert_eq!(value(r#"punctual_run_lateness_seconds_bucket{job="slow",le="1"}"#), Some(1.0));
    assert_eq!(value(r#"punctual_run_duration_seconds_sum{job="slow"}"#), Some(5.0));
    assert_eq!(value(r#"punctual_run_duration_seconds_count{job="slow"}"#), Some(1.0));
    let text = recorder().render();
    assert!(text.contains("# HELP punctual_run_duration_seconds How long attempts took."), "{text}");
    assert!(text.contains("# TYPE punctual_runs_total counter"), "{text}");
}

#[test]
fn retries_are_counted_and_are_one_run() {
    let (clock, scheduler) = stage();
    let mut answers = [Err("broken"), Err("broken"), Ok(())].into_iter();
    scheduler.every().minute().named("stubborn").retry(5).run(move || answers.next().unwrap()).unwrap();
    clock.advance(MINUTE);
    for _ in 0..3 {
        scheduler.run_pending();
        clock.advance(Duration::from_secs(2));
    }
    assert_eq!(value(r#"punctual_retries_total{job="stubborn"}"#), Some(2.0));
    assert_eq!(value(r#"punctual_runs_total{job="stubborn",outcome="completed"}"#), Some(1.0));
    assert_eq!(value(r#"punctual_runs_total{job="stubborn",outcome="failed"}"#), Some(0.0));
    assert_eq!(value(r#"punctual_run_duration_seconds_count{job="stubborn"}"#), Some(3.0));
    assert_eq!(value(r#"punctual_run_lateness_seconds_count{job="stubborn"}"#), Some(1.0));
}

#[test]
fn skips_are_counted_by_reason() {
    let (clock, scheduler) = stage();
    let (weak, time) = (scheduler.downgrade(), clock.clone());
    let sentence = scheduler.every().minute().named("busy").overlap(Overlap::Skip);
    let body = move || {
        time.advance(MINUTE);
        weak.upgrade().unwrap().run_pending();
    };
    sentence.run(body).unwrap();
    scheduler.every().minute().named("vetoed").before_run(|_| Err("no".into())).run(|| {}).unwrap();
    clock.advance(MINUTE);
    scheduler.run_pending();
    assert_eq!(value(r#"punctual_skips_total{job="busy",reason="overlap"}"#), Some(1.0));
    assert_eq!(value(r#"punctual_skips_total{job="busy",reason="misfire"}"#), None);
    assert!(value(r#"punctual_skips_total{job="vetoed",reason="vetoed"}"#) >= Some(1.0));
    assert_eq!(value(r#"punctual_runs_total{job="vetoed",outcome="failed"}"#), Some(0.0), "a veto is no failure");
}

#[test]
fn a_run_that_times_out_is_counted_once() {
    let (clock, scheduler) = stage();
    let (begun, begins) = channel();
    let (answer, gate) = channel::<()>();
    let sentence = scheduler.every().minute().named("hung").parallel().timeout(Duration::from_secs(5));
    let body = move || {
        begun.send(()).unwrap();
        let _ = gate.recv();
    };
    sentence.run(body).unwrap();
    clock.advance(MINUTE);
    scheduler.run_pending();
    begins.recv().unwrap();
    clock.advance(Duration::from_secs(5));
    scheduler.run_pending();
    let timed_out = || value(r#"punctual_runs_total{job="hung",outcome="timed_out"}"#);
    assert_eq!(timed_out(), Some(1.0), "although the body has not returned");
    drop(answer);
    scheduler.shutdown(true);
    assert_eq!(timed_out(), Some(1.0));
    assert_eq!(value(r#"punctual_run_duration_seconds_sum{job="hung"}"#), Some(5.0));
    assert_eq!(value(r#"punctual_runs_total{job="hung",outcome="completed"}"#), Some(0.0));
}

#[test]
fn a_run_before_there_is_a_recorder_is_lost_and_later_ones_are_not() {
    recorder();
    assert_eq!(value(r#"punctual_runs_total{job="early",outcome="completed"}"#), Some(1.0));
}

#[cfg(feature = "tokio")]
#[test]
fn bodies_in_tasks_are_counted() {
    let (clock, scheduler) = stage();
    let job = scheduler.every().minute().named("in a task").run_async(|| async {}).unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    runtime.block_on(async {
        clock.advance(MINUTE);
        scheduler.run_pending();
        while job.is_running() {
            tokio::task::yield_now().await;
        }
    });
    assert_eq!(value(r#"punctual_runs_total{job="in a task",outcome="completed"}"#), Some(1.0));
    assert_eq!(value(r#"punctual_run_duration_seconds_count{job="in a task"}"#), Some(1.0));
}

#[test]
fn a_pool_tells_how_many_runs_wait_and_how_many_are_in_progress() {
    let (clock, scheduler) = stage();
    scheduler.add_pool("gauged", 1).unwrap();
    let (begun, begins) = channel();
    let (release, gate) = channel::<()>();
    let gate = std::sync::Mutex::new(gate);
    let body = move || {
        begun.send(()).unwrap();
        let _ = gate.lock().unwrap().recv();
    };
    scheduler.every().minute().pool("gauged").max_instances(3).run(body).unwrap();
    let load = || (value(r#"punctual_pool_queued{pool="gauged"}"#), value(r#"punctual_pool_running{pool="gauged"}"#));
    for queued in [0.0, 1.0, 2.0] {
        clock.advance(MINUTE);
        scheduler.run_pending();
        if queued == 0.0 {
            begins.recv().unwrap();
        }
        assert_eq!(load(), (Some(queued), Some(1.0)));
    }
    release.send(()).unwrap();
    begins.recv().unwrap();
    assert_eq!(load(), (Some(1.0), Some(1.0)));
    // Drops the one that waits.
    scheduler.shutdown(punctual::Wait::No);
    assert_eq!(value(r#"punctual_pool_queued{pool="gauged"}"#), Some(0.0));
    drop(release);
    scheduler.shutdown(true);
    assert_eq!(load(), (Some(0.0), Some(0.0)));
}
