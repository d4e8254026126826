//! What listeners hear, and what they may do.

use std::{
    collections::BTreeMap,
    panic::panic_any,
    sync::{mpsc::channel, Arc, Mutex},
    thread,
    time::Duration,
};

use punctual::{CancelJob, Event, EventKind, Job, JobId, Listener, Outcome, Removal, Run, Scheduler, Skip};

use crate::support::{minutes, next, noon, seconds, show, slot, utc, Log, Stage};

/// An event: what it is about, what happened, and for which slot.
fn describe(event: &Event) -> String {
    let about = format!("{} {}", event.job.unwrap(), event.name);
    match event.kind {
        EventKind::Added => format!("{about} added"),
        EventKind::Modified => format!("{about} modified"),
        EventKind::Removed(why) => format!("{about} removed: {why:?}"),
        EventKind::Submitted => format!("{about} submitted for {}", show(slot(event))),
        EventKind::Started => format!("{about} started for {}", show(slot(event))),
        EventKind::Executed => format!("{about} executed for {}", show(slot(event))),
        EventKind::Failed => format!("{about} {} for {}", event.outcome().unwrap(), show(slot(event))),
        EventKind::Skipped(why) => format!("{about} skipped {}: {why}", show(slot(event))),
        other => format!("unknown: {other:?}"),
    }
}

/// Writes down every event.
fn listen(scheduler: &Scheduler) -> (Log, Listener) {
    let log = Log::default();
    let told = log.clone();
    let listener = scheduler.on_event(move |event| told.write(describe(event)));
    (log, listener)
}

#[test]
fn every_event_comes_with_its_data_and_in_order() {
    let stage = noon();
    let (log, _) = listen(&stage.scheduler);
    let mut runs = 0;
    let body = move || {
        runs += 1;
        match runs {
            1 => Ok(None),
            2 => Err("disk full"),
            3 => panic!("by design"),
            _ => Ok(Some(CancelJob)),
        }
    };
    let job = stage.every().minute().named("job").run(body).unwrap();
    assert_eq!(log.take(), ["0 job added"]);
    assert_eq!(next(&job), "2024-01-10 12:01:00");
    job.tag("a").unwrap();
    assert_eq!(log.take(), ["0 job modified"]);
    assert_eq!(next(&job), "2024-01-10 12:01:00");
    job.pause();
    assert_eq!(log.take(), ["0 job modified"]);
    assert_eq!(job.next_run(), None);
    job.tag("b").unwrap();
    assert_eq!(log.take(), ["0 job modified"]);
    assert_eq!(job.next_run(), None);
    job.resume();
    assert_eq!(log.take(), ["0 job modified"]);
    assert_eq!(next(&job), "2024-01-10 12:01:00");
    stage.wait(seconds(75));
    assert_eq!(log.take(), ["0 job started for 2024-01-10 12:01:00", "0 job executed for 2024-01-10 12:01:00"]);
    stage.wait(minutes(1));
    let failure = ["0 job started for 2024-01-10 12:02:00", "0 job failed: disk full for 2024-01-10 12:02:00"];
    assert_eq!(log.take(), failure);
    job.run_now();
    let panic = ["0 job started for 2024-01-10 12:02:15", "0 job panicked: by design for 2024-01-10 12:02:15"];
    assert_eq!(log.take(), panic);
    job.trigger();
    assert_eq!(log.take(), ["0 job modified"]);
    job.reschedule(stage.every().minute().at(":00").schedule().unwrap()).unwrap();
    assert_eq!(log.take(), ["0 job modified"]);
    stage.wait(minutes(10));
    let last = [
        "0 job started for 2024-01-10 12:03:00",
        "0 job executed for 2024-01-10 12:03:00",
        "0 job removed: ReturnedCancelJob",
    ];
    assert_eq!(log.take(), last);
}

#[test]
fn what_changes_nothing_is_no_event() {
    let stage = noon();
    let job = stage.every().minute().tag("a").run(|| {}).unwrap();
    let (log, _) = listen(&stage.scheduler);
    job.tag("a").unwrap();
    job.resume();
    stage.every().seconds(0).run(|| {}).unwrap_err();
    stage.every().day().until("2001-01-01").run(|| {}).unwrap_err();
    stage.scheduler.run_pending();
    stage.scheduler.clear_tagged("unknown");
    assert!(log.take().is_empty());
    job.pause();
    assert_eq!(log.take().len(), 1);
    job.pause();
    assert!(log.take().is_empty());
    job.cancel();
    assert_eq!(log.take().len(), 1);
    job.cancel();
    job.tag("b").unwrap();
    job.pause();
    job.run_now();
    stage.scheduler.clear();
    assert!(log.take().is_empty());
}

#[test]
fn a_removal_says_why() {
    type Deed = fn(&Scheduler, &Job);
    let deeds: &[(Deed, Removal)] = &[
        (|_, job| drop(job.cancel().to_string()), Removal::Cancelled),
        (|scheduler, job| drop(scheduler.cancel_job(job).to_string()), Removal::Cancelled),
        (|scheduler, _| drop(scheduler.clear().to_string()), Removal::Cleared),
        (|scheduler, _| drop(scheduler.clear_tagged("a").to_string()), Removal::Cleared),
    ];
    for (deed, why) in deeds {
        let stage = noon();
        let job = stage.every().minute().named("job").tag("a").run(|| {}).unwrap();
        let (log, _) = listen(&stage.scheduler);
        deed(&stage.scheduler, &job);
        assert_eq!(log.take(), [format!("0 job removed: {why:?}")]);
    }
}

#[test]
fn a_removal_after_the_last_run_says_why_too() {
    let stage = noon();
    stage.every().minute().times(1).named("times").run(|| {}).unwrap();
    stage.every().minute().until("12:01").named("until").run(|| {}).unwrap();
    stage.every().minute().named("body").run(|| Ok::<_, String>(CancelJob)).unwrap();
    stage.scheduler.after(minutes(1)).named("after").run(|| {}).unwrap();
    let (log, _) = listen(&stage.scheduler);
    assert_eq!(stage.wait(minutes(1)), 4);
    let events = [
        "0 times started for 2024-01-10 12:01:00",
        "0 times executed for 2024-01-10 12:01:00",
        "0 times removed: Finished",
        "1 until started for 2024-01-10 12:01:00",
        "1 until executed for 2024-01-10 12:01:00",
        "1 until removed: Deadline",
        "2 body started for 2024-01-10 12:01:00",
        "2 body executed for 2024-01-10 12:01:00",
        "2 body removed: ReturnedCancelJob",
        "3 after started for 2024-01-10 12:01:00",
        "3 after executed for 2024-01-10 12:01:00",
        "3 after removed: Finished",
    ];
    assert_eq!(log.take(), events);
}

#[test]
fn jobs_that_are_cleared_are_told_in_the_order_of_registration() {
    let stage = noon();
    for name in ["a", "b", "c"] {
        stage.every().minute().named(name).run(|| {}).unwrap();
    }
    let (log, _) = listen(&stage.scheduler);
    stage.scheduler.clear();
    assert_eq!(log.take(), ["0 a removed: Cleared", "1 b removed: Cleared", "2 c removed: Cleared"]);
}

#[test]
fn a_job_that_is_cancelled_in_its_run_leaves_before_the_run_is_told() {
    let stage = noon();
    let (log, _) = listen(&stage.scheduler);
    let scheduler = stage.scheduler.clone();
    let body = move || {
        scheduler.clear();
    };
    stage.every().minute().named("job").run(body).unwrap();
    log.take();
    stage.wait(minutes(1));
    let events =
        ["0 job started for 2024-01-10 12:01:00", "0 job removed: Cleared", "0 job executed for 2024-01-10 12:01:00"];
    assert_eq!(log.take(), events);
}

#[test]
fn an_event_is_told_when_the_fact_can_be_seen() {
    let stage = noon();
    let log = Log::default();
    let (scheduler, told) = (stage.scheduler.clone(), log.clone());
    stage.scheduler.on_event(move |event| {
        let jobs = scheduler.jobs();
        let job = jobs.iter().find(|job| Some(job.id()) == event.job);
        let seen = job.map(|job| (job.run_count(), job.is_running(), job.last_outcome().is_some()));
        told.write(format!("{} {:?} {seen:?}", event.name, event.kind));
    });
    stage.every().minute().times(2).named("job").run(|| {}).unwrap();
    stage.wait(minutes(1));
    stage.wait(minutes(1));
    let seen = [
        "job Added Some((0, false, false))",
        "job Started Some((1, true, false))",
        "job Executed Some((1, false, true))",
        "job Started Some((2, true, true))",
        "job Executed None",
        "job Removed(Finished) None",
    ];
    assert_eq!(log.take(), seen);
}

#[test]
fn listeners_hear_in_the_order_in_which_they_came() {
    let stage = noon();
    let log = Log::default();
    for name in ["first", "second", "third"] {
        let told = log.clone();
        stage.scheduler.on_event(move |_| told.write(name));
    }
    stage.every().minute().run(|| {}).unwrap();
    assert_eq!(log.take(), ["first", "second", "third"]);
}

#[test]
fn a_listener_stays_when_its_handle_is_dropped() {
    let stage = noon();
    let (log, listener) = listen(&stage.scheduler);
    drop(listener);
    stage.every().minute().run(|| {}).unwrap();
    assert_eq!(log.take().len(), 1);
}

#[test]
fn a_listener_hears_nothing_after_it_was_removed() {
    let stage = noon();
    let (log, listener) = listen(&stage.scheduler);
    let (other, _) = listen(&stage.scheduler);
    let same = listener.clone();
    assert!(listener.remove());
    assert!(!listener.remove() && !same.remove());
    stage.every().minute().run(|| {}).unwrap();
    stage.wait(minutes(1));
    assert!(log.take().is_empty());
    assert_eq!(other.take().len(), 3);
}

#[test]
fn a_listener_may_remove_itself() {
    let stage = noon();
    let log = Log::default();
    let own: Arc<Mutex<Option<Listener>>> = Arc::default();
    let (me, told) = (Arc::clone(&own), log.clone());
    let listener = stage.scheduler.on_event(move |event| {
        told.write(&event.name);
        let listener = me.lock().unwrap().take();
        assert!(listener.unwrap().remove());
    });
    *own.lock().unwrap() = Some(listener);
    stage.every().minute().named("first").run(|| {}).unwrap();
    stage.every().minute().named("second").run(|| {}).unwrap();
    assert_eq!(log.take(), ["first"]);
}

#[test]
fn a_listener_that_panics_harms_nobody() {
    struct Bomb;
    impl Drop for Bomb {
        fn drop(&mut self) {
            panic!("dropped, by design");
        }
    }
    let stage = noon();
    let listener = stage.scheduler.on_event(|_| panic!("by design"));
    stage.scheduler.on_event(|_| panic_any(Bomb));
    let (log, _) = listen(&stage.scheduler);
    let job = stage.every().minute().named("job").run(|| {}).unwrap();
    assert_eq!(stage.wait(minutes(1)), 1);
    assert!(job.cancel());
    assert_eq!(log.take().len(), 4);
    assert!(listener.remove(), "it is still there");
}

#[test]
fn a_listener_that_panics_as_it_is_dropped_harms_nobody() {
    struct Bomb;
    impl Drop for Bomb {
        fn drop(&mut self) {
            panic!("dropped, by design");
        }
    }
    let stage = noon();
    let listen = |bomb: Bomb| {
        stage.scheduler.on_event(move |_| {
            let _held = &bomb;
        })
    };
    assert!(listen(Bomb).remove());
    listen(Bomb);
    stage.every().minute().run(|| {}).unwrap();
    drop(stage);
}

#[test]
fn a_listener_may_add_jobs() {
    let stage = noon();
    let log = Log::default();
    let (scheduler, told) = (stage.scheduler.clone(), log.clone());
    stage.scheduler.on_event(move |event| {
        told.write(describe(event));
        if event.kind == EventKind::Executed && event.name == "first" {
            scheduler.after(seconds(0)).named("second").run(|| {}).unwrap();
        }
    });
    stage.every().minute().named("first").run(|| {}).unwrap();
    assert_eq!(stage.wait(minutes(1)), 1);
    let events = [
        "0 first added",
        "0 first started for 2024-01-10 12:01:00",
        "0 first executed for 2024-01-10 12:01:00",
        "1 second added",
    ];
    assert_eq!(log.take(), events);
    assert_eq!(stage.scheduler.next_run(), Some(utc("2024-01-10 12:01:00")));
    assert_eq!(stage.scheduler.run_pending(), 1);
}

#[test]
fn a_listener_may_clear_everything() {
    let stage = noon();
    let (log, _) = listen(&stage.scheduler);
    let scheduler = stage.scheduler.clone();
    stage.scheduler.on_event(move |event| {
        if event.kind == EventKind::Executed {
            scheduler.clear();
        }
    });
    stage.every().minute().named("a").run(|| {}).unwrap();
    stage.every().minute().named("b").run(|| {}).unwrap();
    log.take();
    assert_eq!(stage.wait(minutes(1)), 1, "b is cleared before its turn");
    let events = [
        "0 a started for 2024-01-10 12:01:00",
        "0 a executed for 2024-01-10 12:01:00",
        "0 a removed: Cleared",
        "1 b removed: Cleared",
    ];
    assert_eq!(log.take(), events);
}

#[test]
fn a_listener_may_poll() {
    let stage = noon();
    let log = Log::default();
    let (scheduler, told) = (stage.scheduler.clone(), log.clone());
    stage.scheduler.on_event(move |event| {
        if event.kind == EventKind::Executed {
            told.write(format!("{} ran, then {}", event.name, scheduler.run_pending()));
        }
    });
    for name in ["a", "b", "c"] {
        stage.every().minute().named(name).run(|| {}).unwrap();
    }
    assert_eq!(stage.wait(minutes(1)), 1);
    assert_eq!(log.take(), ["a ran, then 2", "b ran, then 0", "c ran, then 0"]);
}

#[test]
fn a_listener_may_cancel_the_job_that_it_hears_of() {
    let stage = noon();
    let (log, _) = listen(&stage.scheduler);
    let scheduler = stage.scheduler.clone();
    stage.scheduler.on_event(move |event| {
        if event.kind == EventKind::Failed {
            scheduler.jobs().iter().filter(|job| Some(job.id()) == event.job).for_each(|job| {
                job.cancel();
            });
        }
    });
    let job = stage.every().minute().times(1).named("job").run(|| Err::<(), _>("no")).unwrap();
    log.take();
    assert_eq!(stage.wait(minutes(1)), 1);
    assert!(!job.is_scheduled());
    let removals = log.take().into_iter().filter(|event| event.contains("removed")).count();
    assert_eq!(removals, 1, "a job leaves once, whoever takes it away");
}

#[test]
fn a_listener_may_listen_and_stop_others() {
    let stage = noon();
    let (log, listener) = listen(&stage.scheduler);
    let (scheduler, told) = (stage.scheduler.clone(), log.clone());
    stage.scheduler.on_event(move |event| {
        if listener.remove() {
            let told = told.clone();
            scheduler.on_event(move |event| told.write(format!("new: {}", event.name)));
        }
        told.write(format!("old: {}", event.name));
    });
    stage.every().minute().named("a").run(|| {}).unwrap();
    stage.every().minute().named("b").run(|| {}).unwrap();
    let heard = ["0 a added", "old: a", "old: b", "new: b"];
    assert_eq!(log.take(), heard);
}

#[test]
fn an_event_is_told_in_the_thread_in_which_it_happens() {
    let stage = noon();
    let threads: Arc<Mutex<Vec<thread::ThreadId>>> = Arc::default();
    let heard_in = Arc::clone(&threads);
    stage.scheduler.on_event(move |_| heard_in.lock().unwrap().push(thread::current().id()));
    stage.every().minute().run(|| {}).unwrap();
    let other =
        thread::scope(|scope| scope.spawn(|| (stage.wait(minutes(1)), thread::current().id()).1).join().unwrap());
    assert_eq!(*threads.lock().unwrap(), [thread::current().id(), other, other]);
}

#[test]
fn events_are_plain_data() {
    let stage = noon();
    let (sender, events) = channel();
    stage.scheduler.on_event(move |event| sender.send(event.clone()).unwrap());
    let job = stage.every().minute().named("job").run(|| {}).unwrap();
    drop(stage);
    let event = events.recv().unwrap();
    assert_eq!((event.job, event.name.as_str()), (Some(job.id()), "job"));
    assert_eq!(event, event.clone());
    assert!(format!("{event:?}").contains("Added"));
}
