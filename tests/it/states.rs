//! A scheduler that is paused and resumed, and the events of the scheduler as a whole.

use std::{
    sync::{mpsc::channel, Arc, Mutex},
    thread,
};

use chrono::Utc;
use punctual::{EventKind, Job, Removal, Scheduler};

use crate::support::{hours, minutes, next, noon, seconds, show, utc, Log, Stage};

/// What a scheduler reports from now on.
fn kinds(scheduler: &Scheduler) -> Arc<Mutex<Vec<EventKind>>> {
    let heard: Arc<Mutex<Vec<EventKind>>> = Arc::default();
    let list = Arc::clone(&heard);
    scheduler.on_event(move |event| list.lock().unwrap().push(event.kind));
    heard
}

fn take(heard: &Mutex<Vec<EventKind>>) -> Vec<EventKind> {
    std::mem::take(&mut *heard.lock().unwrap())
}

#[test]
fn nothing_is_due_while_a_scheduler_is_paused() {
    let stage = noon();
    let job = stage.every().minute().tag("a").run(|| {}).unwrap();
    assert!(!stage.scheduler.is_paused() && stage.scheduler.pause());
    assert!(stage.scheduler.is_paused() && !stage.scheduler.pause(), "it is paused already");
    assert_eq!((stage.scheduler.next_run(), stage.scheduler.idle(), job.next_run()), (None, None, None));
    assert_eq!(stage.scheduler.next_run_tagged("a"), None);
    assert_eq!(stage.scheduler.snapshot()[0].next_run, None);
    assert!(job.upcoming(3).is_empty() && job.to_string().contains("next run: none"), "{job}");
    assert_eq!([seconds(60), hours(5), hours(24 * 400)].map(|wait| stage.wait(wait)), [0; 3]);
    assert!(job.is_scheduled() && !job.is_paused(), "the job itself is not");
    stage.assert_consistent();
}

#[test]
fn jobs_continue_at_the_next_slot_after_a_pause_as_a_resumed_job_does() {
    let sentences: [fn(&Stage) -> Job; 6] = [
        |stage| stage.every().minutes(10).run(|| {}).unwrap(),
        |stage| stage.every().day().at("12:30").run(|| {}).unwrap(),
        |stage| stage.every().hour().at(":05").run(|| {}).unwrap(),
        |stage| stage.every().second().immediately().run(|| {}).unwrap(),
        |stage| stage.scheduler.once("2024-01-10 18:00").run(|| {}).unwrap(),
        |stage| stage.every().minutes(7).max_instances(3).until("2024-01-10 13:00").run(|| {}).unwrap(),
    ];
    for sentence in sentences {
        for wait in [seconds(0), seconds(1), minutes(25), minutes(50), hours(5), hours(48)] {
            let (whole, one) = (noon(), noon());
            let (job, same) = (sentence(&whole), sentence(&one));
            whole.scheduler.pause();
            same.pause();
            assert_eq!((whole.wait(wait), one.wait(wait)), (0, 0));
            assert!(whole.scheduler.resume() && same.resume());
            assert_eq!(job.next_run(), same.next_run(), "{job} after {wait:?}");
            assert_eq!(job.is_scheduled(), same.is_scheduled(), "{job} after {wait:?}");
            whole.assert_consistent();
            assert!(!whole.scheduler.resume(), "it is not paused");
        }
    }
}

#[test]
fn a_pause_in_a_pass_drops_what_has_not_begun() {
    let stage = noon();
    let log = Log::default();
    let (scheduler, inside) = (stage.scheduler.clone(), log.clone());
    let first = stage
        .every()
        .minute()
        .run(move || {
            inside.write("first");
            scheduler.pause();
        })
        .unwrap();
    let second = stage.every().minute().run(log.body("second")).unwrap();
    let last = stage.every().minute().until("12:01:30").run(log.body("last")).unwrap();
    assert_eq!(stage.wait(minutes(1)), 1);
    assert_eq!(log.take(), ["first"]);
    assert_eq!(stage.wait(seconds(30)), 0);
    assert!(last.is_scheduled(), "until the scheduler is resumed, as a paused job");
    assert!(stage.scheduler.resume());
    assert_eq!([&first, &second].map(next), ["2024-01-10 12:02:00"; 2]);
    assert!(!last.is_scheduled());
    stage.assert_consistent();
    assert_eq!(stage.wait(seconds(30)), 1);
    assert_eq!(log.take(), ["first"], "which pauses again");
}

#[test]
fn a_pause_and_a_resume_in_one_body_drop_the_rest_of_the_pass() {
    let stage = noon();
    let log = Log::default();
    let scheduler = stage.scheduler.clone();
    stage.every().minute().run(move || assert!(scheduler.pause() && scheduler.resume())).unwrap();
    let second = stage.every().minute().run(log.body("second")).unwrap();
    assert_eq!(stage.wait(minutes(1)), 1);
    assert_eq!(next(&second), "2024-01-10 12:02:00");
    assert_eq!(stage.wait(minutes(1)), 1);
    assert_eq!(log.take(), Vec::<String>::new());
}

#[test]
fn a_run_in_progress_goes_on_and_a_slot_that_waits_for_its_end_is_dropped() {
    let stage = noon();
    let (clock, scheduler) = (stage.clock.clone(), stage.scheduler.clone());
    let job = stage
        .every()
        .minute()
        .run(move || {
            clock.advance(minutes(3));
            scheduler.run_pending(); // The slot at 12:04 waits for the end of this run.
            scheduler.pause();
            clock.advance(seconds(90));
        })
        .unwrap();
    assert_eq!(stage.wait(minutes(1)), 1);
    assert_eq!((job.run_count(), job.is_running()), (1, false));
    assert_eq!(stage.wait(minutes(1)), 0);
    stage.scheduler.resume();
    assert_eq!(next(&job), "2024-01-10 12:07:00");
}

#[test]
fn a_paused_scheduler_can_be_changed() {
    let stage = noon();
    let paused = stage.every().hour().run(|| {}).unwrap();
    paused.pause();
    stage.scheduler.pause();
    let added = stage.every().minute().run(|| {}).unwrap();
    let (resumed, gone) = (stage.every().hour().run(|| {}).unwrap(), stage.every().hour().run(|| {}).unwrap());
    assert!(resumed.pause() && resumed.resume() && gone.cancel());
    assert_eq!((added.next_run(), resumed.next_run()), (None, None));
    assert!(!added.trigger(), "as for a paused job");
    assert!(added.reschedule("every 5 minutes").unwrap());
    assert_eq!(stage.wait(minutes(6)), 0);
    assert!(added.run_now(), "it runs when asked to");
    assert_eq!((added.last_run(), stage.scheduler.run_all()), (Some(stage.clock.now()), 3));
    stage.scheduler.resume();
    assert_eq!([&added, &resumed].map(next), ["2024-01-10 12:10:00", "2024-01-10 13:00:00"]);
    assert_eq!(paused.next_run(), None, "it was paused by itself");
    stage.assert_consistent();
}

#[test]
fn a_run_by_hand_during_a_pause_is_not_that_of_an_overdue_slot() {
    let stage = noon();
    let slots = Log::default();
    let log = slots.clone();
    let job = stage.every().minute().run_with(move |run: &punctual::Context| log.write(show(run.slot()))).unwrap();
    stage.scheduler.pause();
    stage.clock.advance(seconds(90));
    assert!(job.run_now());
    assert_eq!(slots.take(), ["2024-01-10 12:01:30"]);
}

#[test]
fn a_clock_that_is_set_back_during_a_pause_is_followed() {
    let stage = noon();
    let job = stage.every().minutes(10).run(|| {}).unwrap();
    stage.scheduler.pause();
    assert_eq!(stage.set_clock("2024-01-10 11:00:00"), 0);
    stage.scheduler.resume();
    assert_eq!(next(&job), "2024-01-10 11:10:00");
}

#[test]
fn a_run_that_waits_for_a_worker_is_dropped_by_a_pause() {
    // Needs real threads: that is what is tested.
    let stage = Stage::with_workers(utc("2024-01-10 12:00:00"), 1);
    let (started, starts) = channel();
    let (go, gate) = channel::<()>();
    let slow = stage
        .every()
        .minute()
        .parallel()
        .run(move || {
            started.send(()).unwrap();
            let _ = gate.recv();
        })
        .unwrap();
    let waits = stage.every().minute().parallel().run(|| {}).unwrap();
    assert_eq!(stage.wait(minutes(1)), 2);
    starts.recv().unwrap();
    stage.scheduler.pause();
    drop(go);
    stage.scheduler.shutdown(true);
    assert_eq!((slow.run_count(), waits.run_count()), (1, 0));
    stage.scheduler.resume();
    assert_eq!(next(&waits), "2024-01-10 12:02:00");
}

#[test]
fn a_timeline_of_a_paused_scheduler_is_empty() {
    let stage = noon();
    stage.every().minute().run(|| {}).unwrap();
    stage.scheduler.pause();
    stage.clock.advance(minutes(5));
    let now = stage.clock.now();
    assert!(stage.scheduler.timeline(now..now + hours(1)).entries().is_empty());
    stage.scheduler.resume();
    assert_eq!(stage.scheduler.timeline(now..now + hours(1)).entries().len(), 59);
}

#[test]
fn loops_of_a_paused_scheduler_sleep_and_return() {
    let stage = noon();
    stage.every().minute().run(|| {}).unwrap();
    stage.scheduler.pause();
    assert_eq!(stage.scheduler.run_until_empty(), 0);
    assert_eq!(stage.scheduler.run_until(hours(1)).unwrap(), 0);
    assert_eq!(stage.clock.now(), utc("2024-01-10 13:00:00"));
}

#[test]
fn a_sleeping_loop_wakes_up_when_its_scheduler_is_resumed() {
    // Needs a thread: the loop sleeps in it, without a timeout.
    let stage = noon();
    let stop = stage.scheduler.stop_handle();
    stage.every().minute().run(move || stop.stop()).unwrap();
    stage.scheduler.pause();
    let heard = kinds(&stage.scheduler);
    let scheduler = stage.scheduler.clone();
    let looping = thread::spawn(move || scheduler.run_forever());
    while take(&heard) != [EventKind::SchedulerStarted] {
        thread::yield_now();
    }
    stage.scheduler.resume();
    assert_eq!(looping.join().unwrap(), 1);
}

#[test]
fn the_states_of_a_scheduler_are_events() {
    let stage = noon();
    let heard = kinds(&stage.scheduler);
    stage.scheduler.pause();
    stage.scheduler.pause();
    stage.scheduler.resume();
    stage.scheduler.resume();
    assert_eq!(take(&heard), [EventKind::SchedulerPaused, EventKind::SchedulerResumed], "once each");
    assert_eq!(stage.scheduler.run_until_empty(), 0);
    assert_eq!(take(&heard), [EventKind::SchedulerStarted]);

    let events = Arc::new(Mutex::new(Vec::new()));
    let list = Arc::clone(&events);
    stage.scheduler.on_event(move |event| list.lock().unwrap().push(event.clone()));
    stage.scheduler.pause();
    let event = events.lock().unwrap().pop().unwrap();
    assert_eq!((event.job, event.name.as_str(), event.run, event.at), (None, "", None, stage.clock.now()));
}

#[test]
fn jobs_that_have_no_slot_left_after_a_pause_are_removed_after_its_end_is_reported() {
    let stage = noon();
    stage.scheduler.once("12:30").run(|| {}).unwrap();
    stage.scheduler.pause();
    stage.clock.advance(hours(1));
    let heard = kinds(&stage.scheduler);
    stage.scheduler.resume();
    assert_eq!(take(&heard), [EventKind::SchedulerResumed, EventKind::Removed(Removal::Finished)]);
}

#[test]
fn clear_is_reported_after_the_jobs_that_it_removed() {
    let stage = noon();
    (0..2).for_each(|_| drop(stage.every().day().tag("a").run(|| {}).unwrap()));
    let heard = kinds(&stage.scheduler);
    let cleared = EventKind::Removed(Removal::Cleared);
    assert_eq!(stage.scheduler.clear(), 2);
    assert_eq!(take(&heard), [cleared, cleared, EventKind::AllRemoved]);
    assert_eq!(stage.scheduler.clear(), 0);
    assert_eq!(take(&heard), [EventKind::AllRemoved], "there was none");
    stage.every().day().tag("a").run(|| {}).unwrap();
    take(&heard);
    assert_eq!(stage.scheduler.clear_tagged("a"), 1);
    assert_eq!(take(&heard), [cleared]);
}

#[test]
fn a_listener_may_pause_its_scheduler() {
    let stage = noon();
    let weak = stage.scheduler.downgrade();
    stage.scheduler.on_event(move |event| {
        if event.kind == EventKind::Executed {
            weak.upgrade().unwrap().pause();
        }
    });
    (0..3).for_each(|_| drop(stage.every().minute().run(|| {}).unwrap()));
    assert_eq!(stage.wait(minutes(1)), 1);
    assert!(stage.scheduler.is_paused());
}

#[test]
fn many_threads_may_pause_and_resume() {
    // Needs threads: they race.
    let stage = Stage::new(utc("2024-01-10 12:00:00"), Utc);
    let jobs: Vec<Job> = (0..20).map(|_| stage.every().second().run(|| {}).unwrap()).collect();
    thread::scope(|scope| {
        for _ in 0..3 {
            scope.spawn(|| {
                for _ in 0..200 {
                    stage.scheduler.pause();
                    stage.clock.advance(seconds(1));
                    stage.scheduler.run_pending();
                    stage.scheduler.resume();
                }
            });
        }
        for _ in 0..200 {
            stage.wait(seconds(1));
        }
    });
    stage.scheduler.resume();
    stage.assert_consistent();
    let most = (stage.clock.now() - utc("2024-01-10 12:00:00")).num_seconds() as u64;
    assert!(jobs.iter().all(|job| job.run_count() <= most && job.next_run() > Some(stage.clock.now())));
}

#[test]
fn a_job_that_has_had_its_last_run_is_removed_when_the_claim_of_a_slot_is_withdrawn() {
    let stage = noon();
    let weak = stage.scheduler.downgrade();
    stage.every().minute().run(move || assert!(weak.upgrade().unwrap().pause())).unwrap();
    let job = stage.every().minute().times(1).run(|| {}).unwrap();
    // The slot is claimed, and its run does not begin.
    assert_eq!(stage.wait(minutes(1)), 1);
    assert!(job.run_now());
    assert_eq!((job.run_count(), job.is_scheduled()), (1, true));
    assert!(job.pause());
    assert!(!job.is_scheduled());
    assert!(stage.scheduler.resume());
    assert_eq!(stage.scheduler.jobs().len(), 1);
}
