//! What a run that comes late covers, and when it is left out.

use punctual::{EventKind, Skip};

use crate::support::{hours, minutes, noon, seconds, show, slot, utc, Log, Stage};

/// Writes down the slot of every skip by a window.
fn skips(stage: &Stage) -> Log {
    let log = Log::default();
    let told = log.clone();
    stage.scheduler.on_event(move |event| {
        if event.kind == EventKind::Skipped(Skip::Window) {
            told.write(show(slot(event)));
        }
    });
    log
}

#[test]
fn a_slot_missed_behind_a_slow_body_of_the_same_pass_is_covered_by_one_run() {
    let stage = noon();
    let clock = stage.clock.clone();
    stage.every().second().named("slow").run(move || clock.advance(seconds(3))).unwrap();
    let fast = stage.every().second().run(|| {}).unwrap();
    assert_eq!(stage.wait(seconds(1)), 2);
    assert_eq!(fast.last_run(), Some(utc("2024-01-10 12:00:04")));
    assert_eq!(fast.next_run(), Some(utc("2024-01-10 12:00:05")), "12:00:02 to 12:00:04 have passed meanwhile");
    assert_eq!(fast.run_count(), 1);
}

#[test]
fn a_job_that_has_its_last_slot_behind_a_slow_body_leaves_after_one_run() {
    let stage = noon();
    let clock = stage.clock.clone();
    stage.every().second().times(1).run(move || clock.advance(seconds(5))).unwrap();
    let fast = stage.every().second().until(seconds(3)).run(|| {}).unwrap();
    assert_eq!(stage.wait(seconds(1)), 2);
    assert_eq!((fast.run_count(), fast.is_scheduled()), (1, false));
}

#[test]
fn a_late_run_outside_its_window_is_skipped_and_reported() {
    let stage = Stage::at("2024-01-10 17:15:00");
    let job = stage.every().minutes(20).between("09:00", "17:40").run(|| {}).unwrap();
    let log = skips(&stage);
    assert_eq!(job.next_run(), Some(utc("2024-01-10 17:35:00")));
    stage.clock.set(utc("2024-01-10 23:00:00"));
    assert_eq!(stage.scheduler.run_pending(), 0);
    assert_eq!(log.take(), ["2024-01-10 17:35:00"]);
    assert_eq!((job.run_count(), job.next_run()), (0, Some(utc("2024-01-11 09:15:00"))));
}

#[test]
fn a_window_that_closes_behind_a_slow_body_is_closed() {
    let stage = Stage::at("2024-01-10 17:20:00");
    let clock = stage.clock.clone();
    stage.every().minutes(10).times(1).run(move || clock.advance(hours(1))).unwrap();
    let job = stage.every().minutes(10).between("09:00", "17:40").run(|| {}).unwrap();
    let log = skips(&stage);
    assert_eq!(stage.wait(minutes(10)), 1);
    assert_eq!((log.take(), job.run_count()), (vec!["2024-01-10 17:30:00".to_owned()], 0));
}

#[test]
fn a_late_run_inside_its_window_runs() {
    let stage = Stage::at("2024-01-10 09:15:00");
    let job = stage.every().minutes(20).between("09:00", "17:40").run(|| {}).unwrap();
    let log = skips(&stage);
    assert_eq!(stage.wait(hours(8)), 1);
    assert!(log.take().is_empty());
    assert_eq!(job.next_run(), Some(utc("2024-01-10 17:35:00")));
}

#[test]
fn a_skip_is_no_run_and_the_last_one_ends_the_job() {
    let stage = Stage::at("2024-01-10 17:15:00");
    let twice = stage.every().minutes(20).between("09:00", "17:40").times(2).run(|| {}).unwrap();
    let until = stage.every().minutes(20).between("09:00", "17:40").until("18:00").run(|| {}).unwrap();
    stage.clock.set(utc("2024-01-10 23:00:00"));
    assert_eq!(stage.scheduler.run_pending(), 0);
    assert!(twice.is_scheduled() && !until.is_scheduled());
    assert_eq!((twice.last_outcome(), twice.run_count()), (None, 0));
}

#[test]
fn a_run_that_was_asked_for_may_start_outside_the_window() {
    let stage = Stage::at("2024-01-10 20:00:00");
    let job = stage.every().minutes(20).between("09:00", "17:40").run(|| {}).unwrap();
    assert!(job.run_now());
    assert!(job.trigger());
    assert_eq!((stage.scheduler.run_pending(), job.run_count()), (1, 2));
}

#[test]
fn an_alternative_whose_window_is_open_runs() {
    let stage = Stage::at("2024-01-10 17:15:00");
    let evening = stage.every().hours(1).between("17:00", "23:30").schedule().unwrap();
    let job = stage.every().minutes(20).between("09:00", "17:40").or(evening).run(|| {}).unwrap();
    let log = skips(&stage);
    stage.clock.set(utc("2024-01-10 18:20:00"));
    assert_eq!(stage.scheduler.run_pending(), 1, "for 18:15 of the hourly one, though 17:35 of the other is too late");
    assert!(log.take().is_empty());
    assert_eq!(job.run_count(), 1);
}

#[test]
fn a_slot_that_shares_the_run_of_an_earlier_one_does_not_make_it_obey_a_window() {
    let stage = Stage::at("2024-01-10 09:30:00");
    let (clock, scheduler) = (stage.clock.clone(), stage.scheduler.clone());
    let polls = move || {
        clock.advance(minutes(1));
        scheduler.run_pending();
    };
    stage.every().hour().at(":58").priority(-2).run(polls).unwrap();
    let clock = stage.clock.clone();
    stage.every().hour().at(":58").priority(-1).run(move || clock.advance(minutes(6))).unwrap();
    let windowed = stage.every().hour().at(":59").between("09:00", "10:00").schedule().unwrap();
    let job = stage.every().hour().at(":58").or(windowed).run(|| {}).unwrap();
    let log = skips(&stage);
    // The slot of 09:58 is claimed, then that of 09:59; the run begins at 10:05.
    assert_eq!(stage.wait(minutes(28)), 1);
    assert_eq!((job.run_count(), job.last_run()), (1, Some(utc("2024-01-10 10:05:00"))));
    assert!(log.take().is_empty());
}
