//! Manual runs, and pauses.

use std::sync::{mpsc::channel, Arc, Mutex};

use chrono::TimeDelta;
use punctual::{Context, EventKind, Job, Outcome, Removal};

use crate::support::{days, hours, minutes, next, noon, seconds, show, utc, Log, Stage};

#[test]
fn a_manual_run_does_not_move_the_grid() {
    let stage = noon();
    let job = stage.every().minutes(10).run(|| {}).unwrap();
    stage.clock.advance(minutes(4));
    assert!(job.run_now());
    assert_eq!(next(&job), "2024-01-10 12:10:00");
    assert_eq!((job.run_count(), job.last_run()), (1, Some(utc("2024-01-10 12:04:00"))));
    assert_eq!(stage.wait(minutes(6)), 1);
    assert_eq!(next(&job), "2024-01-10 12:20:00");
}

#[test]
fn a_manual_run_of_a_random_job_keeps_the_drawn_length() {
    let stage = noon();
    let job = stage.every().hours(1).to(1000).run(|| {}).unwrap();
    let before = job.next_run();
    assert!(job.run_now());
    assert_eq!(job.next_run(), before);
}

#[test]
fn a_manual_run_uses_up_an_overdue_slot() {
    let stage = noon();
    let log = Log::default();
    let writer = log.clone();
    let body = move |context: &Context| writer.write(show(context.slot()));
    let job = stage.every().minutes(10).run_with(body).unwrap();
    stage.clock.advance(minutes(34));
    assert!(job.run_now());
    assert_eq!(log.take(), ["2024-01-10 12:10:00"]);
    assert_eq!(next(&job), "2024-01-10 12:40:00");
    assert_eq!(stage.scheduler.run_pending(), 0);
}

#[test]
fn a_manual_run_of_an_immediate_job_is_its_first_run() {
    let stage = noon();
    let job = stage.every().hour().immediately().run(|| {}).unwrap();
    assert!(job.run_now());
    assert_eq!(stage.scheduler.run_pending(), 0);
    assert_eq!(next(&job), "2024-01-10 13:00:00");
}

#[test]
fn a_manual_run_may_use_the_last_slot_before_the_deadline() {
    let stage = noon();
    let job = stage.every().hour().until("13:30").run(|| {}).unwrap();
    assert!(job.run_now());
    assert!(job.is_scheduled(), "the slot 13:00 is in the future");
    stage.clock.advance(hours(5));
    assert!(job.run_now());
    assert!(!job.is_scheduled());
}

#[test]
fn a_manual_run_before_the_only_slot_keeps_that_slot() {
    let stage = noon();
    let job = stage.scheduler.once("18:00").run(|| {}).unwrap();
    assert!(job.run_now());
    assert_eq!(next(&job), "2024-01-10 18:00:00");
    assert_eq!(stage.wait(hours(6)), 1);
    assert!(!job.is_scheduled());

    let due = stage.scheduler.after(seconds(0)).run(|| {}).unwrap();
    assert!(due.run_now());
    assert!(!due.is_scheduled(), "its only slot was already due");
}

#[test]
fn run_all_runs_every_job_in_the_order_of_registration() {
    let stage = noon();
    let log = Log::default();
    stage.every().day().run(log.body("day")).unwrap();
    stage.every().minute().priority(-5).run(log.body("minute")).unwrap();
    let paused = stage.every().hour().run(log.body("hour")).unwrap();
    stage.scheduler.once("18:00").run(log.body("once")).unwrap();
    assert!(paused.pause());
    let before: Vec<_> = stage.scheduler.jobs().iter().map(|job| job.next_run()).collect();
    assert_eq!(stage.scheduler.run_all(), 4);
    assert_eq!(log.take(), ["day", "minute", "hour", "once"]);
    let after: Vec<_> = stage.scheduler.jobs().iter().map(|job| job.next_run()).collect();
    assert_eq!(before, after);
    assert_eq!(stage.clock.now(), utc("2024-01-10 12:00:00"));
}

#[test]
fn run_all_with_delay_waits_between_jobs_but_not_before_or_after_them() {
    let stage = noon();
    let log = Log::default();
    for _ in 0..3 {
        let (clock, writer) = (stage.clock.clone(), log.clone());
        stage.every().day().run(move || writer.write(show(clock.now()))).unwrap();
    }
    assert_eq!(stage.scheduler.run_all_with_delay(seconds(10)), 3);
    let times = ["2024-01-10 12:00:00", "2024-01-10 12:00:10", "2024-01-10 12:00:20"];
    assert_eq!(log.take(), times);
    assert_eq!(stage.clock.now(), utc("2024-01-10 12:00:20"));
    for job in stage.scheduler.jobs() {
        assert_eq!(next(&job), "2024-01-11 12:00:00");
    }
}

#[test]
fn run_all_with_delay_does_not_wait_for_a_single_job_or_none() {
    let stage = noon();
    assert_eq!(stage.scheduler.run_all_with_delay(hours(1)), 0);
    stage.every().day().run(|| {}).unwrap();
    assert_eq!(stage.scheduler.run_all_with_delay(hours(1)), 1);
    assert_eq!(stage.clock.now(), utc("2024-01-10 12:00:00"));
}

#[test]
fn run_all_with_delay_does_not_wait_for_removed_jobs() {
    let stage = noon();
    let scheduler = stage.scheduler.clone();
    let clear = move || {
        scheduler.clear();
    };
    stage.every().day().run(clear).unwrap();
    stage.every().day().run(|| {}).unwrap();
    stage.every().day().run(|| {}).unwrap();
    assert_eq!(stage.scheduler.run_all_with_delay(hours(1)), 1);
    assert_eq!(stage.clock.now(), utc("2024-01-10 12:00:00"));
}

#[test]
fn a_slot_that_becomes_due_during_the_delay_of_run_all_is_used_up() {
    let stage = noon();
    let first = stage.every().minute().run(|| {}).unwrap();
    let second = stage.every().minute().run(|| {}).unwrap();
    assert_eq!(stage.scheduler.run_all_with_delay(seconds(90)), 2);
    assert_eq!(next(&first), "2024-01-10 12:01:00", "it ran before its slot");
    assert_eq!(next(&second), "2024-01-10 12:02:00", "it ran after its slot");
    assert_eq!(stage.scheduler.run_pending(), 1);
}

#[test]
fn run_all_does_not_run_jobs_that_a_body_adds() {
    let stage = noon();
    let log = Log::default();
    let (scheduler, writer) = (stage.scheduler.clone(), log.clone());
    let add = move || drop(scheduler.every().day().run(writer.body("added")).unwrap());
    stage.every().day().run(add).unwrap();
    assert_eq!(stage.scheduler.run_all(), 1);
    assert!(log.take().is_empty());
    assert_eq!(stage.scheduler.jobs().len(), 2);
}

#[test]
fn run_all_continues_after_a_failure() {
    let stage = noon();
    let log = Log::default();
    stage.every().day().run(|| panic!("by design")).unwrap();
    stage.every().day().run(|| Err::<(), _>("disk full")).unwrap();
    stage.every().day().run(log.body("fine")).unwrap();
    assert_eq!(stage.scheduler.run_all(), 3);
    assert_eq!(log.take(), ["fine"]);
}

#[test]
fn a_paused_job_has_no_next_run_and_does_not_run() {
    let stage = noon();
    let paused = stage.every().minute().tag("a").run(|| {}).unwrap();
    assert!(paused.pause());
    assert!(!paused.pause(), "it is already paused");
    assert_eq!((paused.next_run(), stage.scheduler.next_run()), (None, None));
    assert_eq!((stage.scheduler.idle(), stage.scheduler.next_run_tagged("a")), (None, None));
    assert_eq!((stage.wait(hours(1)), paused.run_count()), (0, 0));
    assert!(paused.is_scheduled());
    assert_eq!(stage.scheduler.jobs(), [paused]);
}

#[test]
fn a_resumed_job_continues_at_its_next_slot_without_the_missed_ones() {
    let stage = noon();
    let job = stage.every().minutes(10).run(|| {}).unwrap();
    assert!(!job.resume(), "it is not paused");
    job.pause();
    assert_eq!(stage.wait(minutes(34)), 0);
    assert!(job.resume());
    assert!(!job.resume());
    assert_eq!(next(&job), "2024-01-10 12:40:00");
    assert_eq!(stage.scheduler.run_pending(), 0);
    assert_eq!(stage.wait(minutes(6)), 1);
}

#[test]
fn pausing_drops_an_overdue_slot() {
    let stage = noon();
    let job = stage.every().minutes(10).run(|| {}).unwrap();
    stage.clock.advance(minutes(12));
    job.pause();
    job.resume();
    assert_eq!(next(&job), "2024-01-10 12:20:00");
    assert_eq!((stage.scheduler.run_pending(), job.run_count()), (0, 0));
}

#[test]
fn pausing_and_resuming_at_once_changes_nothing() {
    let stage = noon();
    let jobs = [
        stage.every().minutes(10).run(|| {}).unwrap(),
        stage.every().days(2).at("18:00").run(|| {}).unwrap(),
        stage.every().hour().starting("2024-01-12 08:00").run(|| {}).unwrap(),
        stage.every().weeks(2).starting("2024-01-12 08:00").run(|| {}).unwrap(),
        stage.every().hours(1).to(100).run(|| {}).unwrap(),
        stage.every().minutes(7).to(20).between("08:57", "12:05").run(|| {}).unwrap(),
        stage.scheduler.after(hours(1)).run(|| {}).unwrap(),
    ];
    for job in jobs {
        let before = job.next_run();
        assert!(job.pause() && job.resume());
        assert_eq!(job.next_run(), before, "{job}");
    }
}

#[test]
fn a_manual_run_of_a_paused_job_leaves_it_paused() {
    let stage = noon();
    let job = stage.every().minutes(10).run(|| {}).unwrap();
    job.pause();
    stage.clock.advance(minutes(15));
    assert!(job.run_now());
    assert_eq!((job.run_count(), job.next_run()), (1, None));
    assert!(job.resume());
    assert_eq!(next(&job), "2024-01-10 12:20:00");
}

#[test]
fn resuming_a_job_without_a_slot_left_removes_it() {
    let stage = noon();
    let log = Log::default();
    let writer = log.clone();
    stage.scheduler.on_event(move |event| {
        if let EventKind::Removed(why) = event.kind {
            writer.write(format!("{}: {why:?}", event.name));
        }
    });
    let bounded = stage.every().hour().until("18:00").named("bounded").run(|| {}).unwrap();
    let once = stage.scheduler.once("18:00").named("once").run(|| {}).unwrap();
    assert!(bounded.pause() && once.pause());
    stage.wait(days(1));
    assert!(bounded.is_scheduled() && once.is_scheduled());
    assert!(bounded.resume() && once.resume());
    assert!(!bounded.is_scheduled() && !once.is_scheduled());
    assert_eq!(log.take(), ["bounded: Deadline", "once: Finished"]);
}

#[test]
fn a_paused_job_is_removed_after_its_last_run() {
    let stage = noon();
    let job = stage.every().hour().times(1).run(|| {}).unwrap();
    job.pause();
    assert!(job.run_now());
    assert!(!job.is_scheduled());
    assert_eq!(job.last_outcome(), Some(Outcome::Completed));
}

#[test]
fn a_single_run_that_was_claimed_and_paused_has_no_slot_left_as_it_is_resumed() {
    let stage = noon();
    let other: Arc<Mutex<Option<Job>>> = Arc::default();
    let paused = Arc::clone(&other);
    stage.scheduler.after(seconds(1)).run(move || assert!(paused.lock().unwrap().as_ref().unwrap().pause())).unwrap();
    let job = stage.scheduler.after(seconds(1)).run(|| {}).unwrap();
    *other.lock().unwrap() = Some(job.clone());
    assert_eq!(stage.wait(seconds(1)), 1);
    assert!(job.is_paused() && job.resume());
    assert_eq!((job.is_scheduled(), job.run_count()), (false, 0), "{job}");
}

#[test]
fn a_job_whose_slots_end_while_a_run_off_its_grid_is_due_leaves_by_its_deadline() {
    let (sent, events) = channel();
    let stage = Stage::at("2024-01-10 12:00:30");
    stage.scheduler.on_event(move |event| sent.send(event.kind).unwrap());
    // The slot after the run that is due at once would be half a minute too late.
    let monthly = stage.every().month().until("2024-02-10 12:00").immediately();
    let job = monthly.run(|| {}).unwrap();
    let earlier = stage.clock.now() - TimeDelta::seconds(1);
    stage.clock.set(earlier);
    assert_eq!(stage.scheduler.run_pending(), 1);
    assert!(!job.is_scheduled());
    assert_eq!(events.try_iter().last(), Some(EventKind::Removed(Removal::Deadline)));
}
