//! Events as a channel.

use std::{sync::mpsc::channel, thread, time::Duration};

use punctual::{Event, EventKind, Received, Removal, Scheduler, Subscription};

use crate::support::{minutes, noon};

/// Longer than any thread is held up.
const TIMEOUT: Duration = Duration::from_secs(60);

fn kinds(events: &Subscription) -> Vec<EventKind> {
    events.try_iter().filter_map(Received::event).map(|event| event.kind).collect()
}

#[test]
fn a_subscription_receives_what_a_listener_hears() {
    let stage = noon();
    let (sender, heard) = channel();
    stage.scheduler.on_event(move |event: &Event| sender.send(event.clone()).unwrap());
    let events = stage.scheduler.subscribe(100).unwrap();
    let job = stage.every().minute().named("poll").run(|| Err::<(), _>("by design")).unwrap();
    stage.wait(minutes(1));
    job.pause();
    stage.scheduler.clear();
    let heard: Vec<_> = heard.try_iter().map(Received::Event).collect();
    assert_eq!(heard.len(), 6);
    assert_eq!(events.try_iter().collect::<Vec<_>>(), heard);
    assert_eq!(events.try_recv(), None);
}

#[test]
fn it_receives_what_happens_from_now_on_until_it_is_dropped() {
    let stage = noon();
    stage.every().minute().run(|| {}).unwrap();
    let events = stage.scheduler.subscribe(9).unwrap();
    stage.scheduler.pause();
    drop(events);
    let later = stage.scheduler.subscribe(9).unwrap();
    stage.scheduler.resume();
    stage.wait(minutes(1));
    let events: Vec<_> = later.try_iter().filter_map(Received::event).collect();
    let seq: Vec<_> = events.iter().map(|event| event.seq).collect();
    assert_eq!(events[0].kind, EventKind::SchedulerResumed);
    assert_eq!(seq, [2, 3, 4]);
}

#[test]
fn without_subscriptions_nothing_is_numbered() {
    let stage = noon();
    drop(stage.scheduler.subscribe(9).unwrap());
    (0..9).for_each(|_| drop(stage.every().minute().run(|| {}).unwrap()));
    let events = stage.scheduler.subscribe(9).unwrap();
    stage.scheduler.pause();
    assert_eq!(events.recv().unwrap().event().unwrap().seq, 1);
}

#[test]
fn a_reader_that_is_too_slow_is_told_how_many_events_it_has_missed() {
    let stage = noon();
    let events = stage.scheduler.subscribe(3).unwrap();
    let pause = || assert!(stage.scheduler.pause() && stage.scheduler.resume());
    let seq = |received: Option<Received>| received.and_then(Received::event).map(|event| event.seq);
    (0..2).for_each(|_| pause());
    assert_eq!(events.try_recv(), Some(Received::Missed(1)));
    assert_eq!(seq(events.try_recv()), Some(2));
    // Two are left: one of the next four has room.
    (0..2).for_each(|_| pause());
    assert_eq!(events.try_recv(), Some(Received::Missed(3)));
    assert_eq!([(); 4].map(|()| seq(events.try_recv())), [Some(6), Some(7), Some(8), None]);
    (0..500).for_each(|_| pause());
    assert_eq!(events.try_iter().count(), 4);
}

#[test]
fn each_subscription_has_a_limit_of_its_own() {
    let stage = noon();
    let (one, many) = (stage.scheduler.subscribe(1_u8).unwrap(), stage.scheduler.subscribe(u64::MAX).unwrap());
    (0..9).for_each(|_| assert!(stage.scheduler.pause() && stage.scheduler.resume()));
    assert_eq!((one.try_iter().count(), many.try_iter().count()), (2, 18));
    assert_eq!((one.try_recv(), many.try_recv()), (None, None));
}

#[test]
fn a_subscription_ends_with_its_scheduler_after_what_was_reported() {
    let scheduler = Scheduler::new();
    let mut events = scheduler.subscribe(9).unwrap();
    let job = scheduler.every().day().run(|| {}).unwrap();
    drop(scheduler);
    assert!(!job.is_scheduled());
    assert_eq!(events.next().unwrap().event().unwrap().kind, EventKind::Added);
    assert_eq!((events.next(), events.recv(), events.recv_timeout(TIMEOUT)), (None, None, None));
}

#[test]
fn a_reader_in_a_thread_wakes_up_for_each_event_and_at_the_end() {
    // Needs a thread: the reader blocks in it.
    let stage = noon();
    let events = stage.scheduler.subscribe(100).unwrap();
    let (sender, heard) = channel();
    let reader = thread::spawn(move || events.filter_map(Received::event).for_each(|e| sender.send(e.kind).unwrap()));
    for _ in 0..20 {
        stage.scheduler.pause();
        assert_eq!(heard.recv_timeout(TIMEOUT).unwrap(), EventKind::SchedulerPaused);
        stage.scheduler.resume();
        assert_eq!(heard.recv_timeout(TIMEOUT).unwrap(), EventKind::SchedulerResumed);
    }
    drop(stage);
    reader.join().unwrap();
}

#[test]
fn a_timeout_returns_what_comes_before_it_and_otherwise_nothing() {
    let stage = noon();
    let events = stage.scheduler.subscribe(9).unwrap();
    assert_eq!(events.recv_timeout(Duration::ZERO), None);
    stage.scheduler.pause();
    assert!(events.recv_timeout(Duration::ZERO).is_some());
    stage.scheduler.resume();
    assert!(events.recv_timeout(Duration::MAX).is_some());
}

#[test]
fn a_body_may_subscribe_read_and_unsubscribe() {
    let stage = noon();
    let weak = stage.scheduler.downgrade();
    let job = stage.every().minute().run(move || {
        let scheduler = weak.upgrade().ok_or("gone")?;
        let events = scheduler.subscribe(9)?;
        let job = scheduler.every().day().run(|| {})?;
        job.cancel();
        assert_eq!(kinds(&events), [EventKind::Added, EventKind::Removed(Removal::Cancelled)]);
        Ok::<(), Box<dyn std::error::Error + Send + Sync>>(())
    });
    stage.wait(minutes(1));
    assert!(job.unwrap().last_outcome().unwrap().is_success());
}

#[test]
fn a_listener_may_drop_a_subscription() {
    let stage = noon();
    let events = std::sync::Mutex::new(Some(stage.scheduler.subscribe(9).unwrap()));
    stage.scheduler.on_event(move |_| drop(events.lock().unwrap().take()));
    assert!(stage.scheduler.pause() && stage.scheduler.resume());
}

#[test]
fn events_of_many_threads_arrive_in_order_and_none_is_lost() {
    // Needs threads: they race.
    let stage = noon();
    let events = stage.scheduler.subscribe(100_000).unwrap();
    thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| (0..500).for_each(|_| assert!(stage.every().day().run(|| {}).unwrap().cancel())));
        }
    });
    let seq: Vec<u64> = (0..4_000).map(|_| events.recv_timeout(TIMEOUT).unwrap().event().unwrap().seq).collect();
    assert_eq!(seq, (1..=4_000).collect::<Vec<_>>());
    assert_eq!(events.try_recv(), None);
}
