//! The events that listeners receive, and what a listener may do.

use std::{
    collections::BTreeMap,
    panic::panic_any,
    sync::{
        mpsc::{channel, Receiver},
        Arc, Mutex,
    },
    thread,
    time::Duration,
};

use punctual::{CancelJob, Event, EventKind, Job, JobId, Listener, Outcome, Removal, Run, Scheduler, Skip};

use crate::support::{minutes, next, noon, seconds, show, slot, utc, Log, Stage};

/// Describes an event: the job's id and name, what happened, and for which slot.
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

/// Logs every event.
fn listen(scheduler: &Scheduler) -> (Log, Listener) {
    let log = Log::default();
    let writer = log.clone();
    let listener = scheduler.on_event(move |event| writer.write(describe(event)));
    (log, listener)
}

#[test]
fn events_arrive_in_order_with_their_data() {
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
fn a_call_that_changes_nothing_emits_no_event() {
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
fn a_removal_has_its_reason() {
    type Action = fn(&Scheduler, &Job);
    let actions: &[(Action, Removal)] = &[
        (|_, job| drop(job.cancel().to_string()), Removal::Cancelled),
        (|scheduler, job| drop(scheduler.cancel_job(job).to_string()), Removal::Cancelled),
        (|scheduler, _| drop(scheduler.clear().to_string()), Removal::Cleared),
        (|scheduler, _| drop(scheduler.clear_tagged("a").to_string()), Removal::Cleared),
    ];
    for (action, why) in actions {
        let stage = noon();
        let job = stage.every().minute().named("job").tag("a").run(|| {}).unwrap();
        let (log, _) = listen(&stage.scheduler);
        action(&stage.scheduler, &job);
        assert_eq!(log.take(), [format!("0 job removed: {why:?}")]);
    }
}

#[test]
fn a_removal_after_the_last_run_has_its_reason() {
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
fn cleared_jobs_are_reported_in_the_order_of_registration() {
    let stage = noon();
    for name in ["a", "b", "c"] {
        stage.every().minute().named(name).run(|| {}).unwrap();
    }
    let (log, _) = listen(&stage.scheduler);
    stage.scheduler.clear();
    assert_eq!(log.take(), ["0 a removed: Cleared", "1 b removed: Cleared", "2 c removed: Cleared"]);
}

#[test]
fn the_removal_of_a_job_during_its_run_is_reported_before_the_end_of_the_run() {
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
fn an_event_is_delivered_after_the_state_has_changed() {
    let stage = noon();
    let log = Log::default();
    let (scheduler, writer) = (stage.scheduler.clone(), log.clone());
    stage.scheduler.on_event(move |event| {
        let jobs = scheduler.jobs();
        let job = jobs.iter().find(|job| Some(job.id()) == event.job);
        let seen = job.map(|job| (job.run_count(), job.is_running(), job.last_outcome().is_some()));
        writer.write(format!("{} {:?} {seen:?}", event.name, event.kind));
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
fn listeners_are_called_in_the_order_of_registration() {
    let stage = noon();
    let log = Log::default();
    for name in ["first", "second", "third"] {
        let writer = log.clone();
        stage.scheduler.on_event(move |_| writer.write(name));
    }
    stage.every().minute().run(|| {}).unwrap();
    assert_eq!(log.take(), ["first", "second", "third"]);
}

#[test]
fn dropping_a_listener_handle_does_not_remove_the_listener() {
    let stage = noon();
    let (log, listener) = listen(&stage.scheduler);
    drop(listener);
    stage.every().minute().run(|| {}).unwrap();
    assert_eq!(log.take().len(), 1);
}

#[test]
fn a_removed_listener_receives_no_events() {
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
    let (me, writer) = (Arc::clone(&own), log.clone());
    let listener = stage.scheduler.on_event(move |event| {
        writer.write(&event.name);
        let listener = me.lock().unwrap().take();
        assert!(listener.unwrap().remove());
    });
    *own.lock().unwrap() = Some(listener);
    stage.every().minute().named("first").run(|| {}).unwrap();
    stage.every().minute().named("second").run(|| {}).unwrap();
    assert_eq!(log.take(), ["first"]);
}

#[test]
fn a_panic_in_a_listener_is_caught() {
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
    assert!(listener.remove(), "a panic does not remove the listener");
}

#[test]
fn a_panic_in_the_drop_of_a_listener_is_caught() {
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
    let (scheduler, writer) = (stage.scheduler.clone(), log.clone());
    stage.scheduler.on_event(move |event| {
        writer.write(describe(event));
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
    assert_eq!(stage.wait(minutes(1)), 1, "b is cleared before it runs");
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
    let (scheduler, writer) = (stage.scheduler.clone(), log.clone());
    stage.scheduler.on_event(move |event| {
        if event.kind == EventKind::Executed {
            writer.write(format!("{} ran, then {}", event.name, scheduler.run_pending()));
        }
    });
    for name in ["a", "b", "c"] {
        stage.every().minute().named(name).run(|| {}).unwrap();
    }
    assert_eq!(stage.wait(minutes(1)), 1);
    assert_eq!(log.take(), ["a ran, then 2", "b ran, then 0", "c ran, then 0"]);
}

#[test]
fn a_listener_may_cancel_the_job_of_its_event() {
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
    assert_eq!(removals, 1, "a job is removed once");
}

#[test]
fn a_listener_may_add_and_remove_listeners() {
    let stage = noon();
    let (log, listener) = listen(&stage.scheduler);
    let (scheduler, writer) = (stage.scheduler.clone(), log.clone());
    stage.scheduler.on_event(move |event| {
        if listener.remove() {
            let writer = writer.clone();
            scheduler.on_event(move |event| writer.write(format!("new: {}", event.name)));
        }
        writer.write(format!("old: {}", event.name));
    });
    stage.every().minute().named("a").run(|| {}).unwrap();
    stage.every().minute().named("b").run(|| {}).unwrap();
    let expected = ["0 a added", "old: a", "old: b", "new: b"];
    assert_eq!(log.take(), expected);
}

#[test]
fn an_event_is_delivered_in_the_thread_that_caused_it() {
    let stage = noon();
    let threads: Arc<Mutex<Vec<thread::ThreadId>>> = Arc::default();
    let called_in = Arc::clone(&threads);
    stage.scheduler.on_event(move |_| called_in.lock().unwrap().push(thread::current().id()));
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

/// Sends every event to a channel.
fn receive(scheduler: &Scheduler) -> Receiver<Event> {
    let (sender, events) = channel();
    scheduler.on_event(move |event| sender.send(event.clone()).unwrap());
    events
}

/// A run without its ids: its slot, its start, its end and its outcome.
fn progress(run: &Run) -> (String, Option<String>, Option<String>, Option<Outcome>) {
    (show(run.slot), run.started_at.map(show), run.ended_at.map(show), run.outcome.clone())
}

#[test]
fn an_event_has_a_sequence_number_a_time_and_a_run() {
    let stage = noon();
    let events = receive(&stage.scheduler);
    let clock = stage.clock.clone();
    let body = move || {
        clock.advance(seconds(5));
        Err::<(), _>("disk full")
    };
    let job = stage.every().minute().times(1).named("job").run(body).unwrap();
    assert_eq!(stage.wait(seconds(75)), 1);
    let events: Vec<Event> = events.try_iter().collect();
    assert!(events.iter().all(|event| event.job == Some(job.id()) && event.name == "job"), "{events:?}");

    let (begun, ended) = ("2024-01-10 12:01:15", "2024-01-10 12:01:20");
    let summaries: Vec<_> = events.iter().map(|event| (event.seq, event.kind, show(event.at))).collect();
    let expected = [
        (1, EventKind::Added, "2024-01-10 12:00:00"),
        (2, EventKind::Started, begun),
        (3, EventKind::Failed, ended),
        (4, EventKind::Removed(Removal::Finished), ended),
    ];
    assert_eq!(summaries, expected.map(|(seq, kind, at)| (seq, kind, at.to_owned())));

    let runs: Vec<_> = events.iter().map(|event| event.run.as_ref().map(progress)).collect();
    let (slot, failure) = ("2024-01-10 12:01:00".to_owned(), Outcome::Failed("disk full".to_owned()));
    let started = (slot.clone(), Some(begun.to_owned()), None, None);
    let failed = (slot, Some(begun.to_owned()), Some(ended.to_owned()), Some(failure));
    assert_eq!(runs, [None, Some(started), Some(failed), None]);
    let runs: Vec<&Run> = events.iter().filter_map(|event| event.run.as_ref()).collect();
    assert_eq!((runs[0].id, runs[0].job, runs[0].attempt), (runs[1].id, job.id(), 1));
    assert_eq!(events[2].outcome(), job.last_outcome().as_ref());
}

#[test]
fn an_event_has_the_current_time_even_without_a_poll() {
    type Action = fn(&Scheduler, &Job);
    let actions: &[Action] = &[
        |_, job| job.tag("b").unwrap(),
        |_, job| assert!(job.pause()),
        |_, job| assert!(job.pause() && job.resume()),
        |_, job| assert!(job.trigger()),
        |scheduler, job| assert!(job.reschedule(scheduler.every().day().schedule().unwrap()).unwrap()),
        |_, job| assert!(job.run_now()),
        |_, job| assert!(job.cancel()),
        |scheduler, _| assert_eq!(scheduler.clear(), 1),
        |scheduler, _| assert_eq!(scheduler.clear_tagged("a"), 1),
        |scheduler, _| drop(scheduler.every().day().run(|| {}).unwrap()),
    ];
    for (number, action) in actions.iter().enumerate() {
        let stage = noon();
        let job = stage.every().hour().tag("a").run(|| {}).unwrap();
        let events = receive(&stage.scheduler);
        stage.clock.advance(minutes(10));
        action(&stage.scheduler, &job);
        let times: Vec<String> = events.try_iter().map(|event| show(event.at)).collect();
        assert!(!times.is_empty() && times.iter().all(|at| at == "2024-01-10 12:10:00"), "action {number}: {times:?}");
    }
}

#[test]
fn a_run_keeps_one_id_and_a_skipped_slot_has_another() {
    let Stage { clock, scheduler } = Stage::with_workers(noon().clock.now(), 1);
    let events = receive(&scheduler);
    let (release, gate) = channel::<()>();
    let (start, is_started) = channel();
    let body = move || {
        start.send(()).unwrap();
        gate.recv()
    };
    scheduler.every().minute().named("job").parallel().run(body).unwrap();
    clock.advance(minutes(1));
    assert_eq!(scheduler.run_pending(), 1);
    is_started.recv().unwrap();
    clock.advance(minutes(1));
    assert_eq!(scheduler.run_pending(), 0, "it is still running");
    clock.advance(seconds(5));
    release.send(()).unwrap();

    let events: Vec<Event> = (0..5).map(|_| events.recv().unwrap()).collect();
    let lines: Vec<String> = events.iter().map(describe).collect();
    let expected = [
        "0 job added",
        "0 job submitted for 2024-01-10 12:01:00",
        "0 job started for 2024-01-10 12:01:00",
        "0 job skipped 2024-01-10 12:02:00: as many runs as allowed were in progress",
        "0 job executed for 2024-01-10 12:01:00",
    ];
    assert_eq!(lines, expected);
    assert!(events.iter().map(|event| event.seq).eq(1..=5));
    let runs: Vec<&Run> = events.iter().filter_map(|event| event.run.as_ref()).collect();
    let [submitted, started, skipped, executed] = runs.as_slice() else { panic!("{events:?}") };
    assert!(submitted.id == started.id && started.id == executed.id && started.id < skipped.id);
    let (first, second) = ("2024-01-10 12:01:00".to_owned(), "2024-01-10 12:02:00".to_owned());
    assert_eq!(progress(submitted), (first.clone(), None, None, None));
    assert_eq!(progress(started), (first.clone(), Some(first.clone()), None, None));
    assert_eq!(progress(skipped), (second, None, None, None));
    let end = Some("2024-01-10 12:02:05".to_owned());
    assert_eq!(progress(executed), (first.clone(), Some(first), end, Some(Outcome::Completed)));
    assert_eq!(events[3].kind, EventKind::Skipped(Skip::Overlap));
}

#[test]
fn an_event_caused_by_a_listener_is_delivered_after_all_listeners_received_its_cause() {
    let stage = noon();
    let log = Log::default();
    for name in ["first", "second"] {
        let (scheduler, writer) = (stage.scheduler.clone(), log.clone());
        stage.scheduler.on_event(move |event| {
            writer.write(format!("{name}: {}", describe(event)));
            if name == "first" && event.kind == EventKind::Executed {
                assert_eq!(scheduler.clear(), 1);
                writer.write("cleared");
            }
        });
    }
    stage.every().minute().named("job").run(|| {}).unwrap();
    log.take();
    stage.wait(minutes(1));
    let expected = [
        "first: 0 job started for 2024-01-10 12:01:00",
        "second: 0 job started for 2024-01-10 12:01:00",
        "first: 0 job executed for 2024-01-10 12:01:00",
        "cleared",
        "second: 0 job executed for 2024-01-10 12:01:00",
        "first: 0 job removed: Cleared",
        "second: 0 job removed: Cleared",
    ];
    assert_eq!(log.take(), expected);
}

#[test]
fn an_event_during_a_delivery_is_delivered_next_by_the_delivering_thread() {
    let stage = noon();
    let log = Log::default();
    let (delivered, is_delivered) = channel();
    let (release, gate) = channel::<()>();
    let (writer, gate) = (log.clone(), Mutex::new(gate));
    stage.scheduler.on_event(move |event| {
        let name = thread::current().name().map(str::to_owned);
        writer.write(format!("{} in {}", event.name, name.unwrap()));
        if event.name == "a" {
            delivered.send(()).unwrap();
            gate.lock().unwrap().recv().unwrap();
        }
    });
    let every = |name| stage.every().minute().named(name).run(|| {}).unwrap();
    thread::scope(|scope| {
        let slow = thread::Builder::new().name("slow".to_owned()).spawn_scoped(scope, || every("a"));
        is_delivered.recv().unwrap();
        every("b");
        assert_eq!(log.take(), ["a in slow"]);
        release.send(()).unwrap();
        slow.unwrap().join().unwrap();
    });
    assert_eq!(log.take(), ["b in slow"]);
}

#[test]
fn a_listener_receives_no_event_from_before_its_registration() {
    let stage = noon();
    let (first, listener) = listen(&stage.scheduler);
    let late = Log::default();
    let (scheduler, writer) = (stage.scheduler.clone(), late.clone());
    // Dropped after its job has been removed and before that event is delivered, which is when it replaces the
    // listener.
    struct Swap<F: FnMut()>(F);
    impl<F: FnMut()> Drop for Swap<F> {
        fn drop(&mut self) {
            (self.0)();
        }
    }
    let swap = Swap(move || {
        assert!(listener.remove());
        let writer = writer.clone();
        scheduler.on_event(move |event| writer.write(describe(event)));
    });
    let mut held = Some(swap);
    let job = stage.every().minute().named("swaps").run(move || drop(held.take())).unwrap();
    assert_eq!(first.take(), ["0 swaps added"]);
    assert!(job.cancel());
    stage.every().minute().named("next").run(|| {}).unwrap();
    assert_eq!(late.take(), ["1 next added"]);
}

/// In real time, because only with the machine's clock and a background loop can a job start before the call that
/// registers it has returned. Nothing sleeps: the test ends when all events have arrived.
#[test]
fn ten_thousand_jobs_due_at_once_emit_their_events_in_order() {
    const JOBS: usize = 10_000;
    let scheduler = Scheduler::new();
    let events = receive(&scheduler);
    let background = scheduler.start();
    let started = events.recv().unwrap();
    assert_eq!((started.seq, started.kind, started.job), (1, EventKind::SchedulerStarted, None));
    for _ in 0..JOBS {
        scheduler.after(Duration::ZERO).run(|| {}).unwrap();
    }
    let mut kinds_by_job: BTreeMap<JobId, Vec<EventKind>> = BTreeMap::new();
    for seq in (2..).take(4 * JOBS) {
        let event = events.recv_timeout(Duration::from_secs(60)).unwrap();
        assert_eq!(event.seq, seq, "{event:?}");
        kinds_by_job.entry(event.job.unwrap()).or_default().push(event.kind);
    }
    background.stop();
    assert!(events.try_recv().is_err(), "an event too many");
    assert_eq!(kinds_by_job.len(), JOBS);
    let each = [EventKind::Added, EventKind::Started, EventKind::Executed, EventKind::Removed(Removal::Finished)];
    kinds_by_job.iter().for_each(|(job, kinds)| assert_eq!(*kinds, each, "{job}"));
}
