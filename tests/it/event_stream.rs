//! Events received in tasks.

use std::{
    future::{poll_fn, Future},
    pin::Pin,
    sync::{
        atomic::{AtomicUsize, Ordering},
        Arc, Mutex,
    },
    task::{Context, Poll, Wake, Waker},
    thread,
    time::Duration,
};

use futures_core::Stream;
use punctual::{Event, EventKind, EventStream, Received, Removal, Scheduler};
use tokio::task::{spawn, yield_now};

use crate::{async_support::on_each_flavour, support::noon};

async fn next(events: &mut EventStream) -> Option<Received> {
    poll_fn(|context| Pin::new(&mut *events).poll_next(context)).await
}

fn kind(received: Option<Received>) -> EventKind {
    received.and_then(Received::event).unwrap().kind
}

#[test]
fn a_task_that_waits_is_woken_by_each_event() {
    on_each_flavour(|| async {
        let scheduler = Scheduler::new();
        let events = scheduler.subscribe(10).unwrap();
        let reader = spawn(async move {
            let mut kinds = Vec::new();
            while let Some(received) = events.recv_async().await {
                kinds.push(kind(Some(received)));
            }
            kinds
        });
        // Each event finds the reader waiting.
        let job = scheduler.every().day().run(|| {}).unwrap();
        for _ in 0..3 {
            yield_now().await;
            job.run_now();
        }
        job.cancel();
        drop(scheduler);
        let kinds = reader.await.unwrap();
        assert_eq!(kinds.len(), 8);
        assert_eq!(kinds[0], EventKind::Added);
        assert_eq!(kinds[7], EventKind::Removed(Removal::Cancelled));
    });
}

#[test]
fn a_stream_ends_with_its_scheduler_and_stays_ended() {
    on_each_flavour(|| async {
        let scheduler = Scheduler::new();
        let mut events = scheduler.subscribe(10).unwrap().into_stream();
        let reader = spawn(async move {
            let first = next(&mut events).await;
            let second = next(&mut events).await;
            (kind(first), second, next(&mut events).await)
        });
        yield_now().await;
        scheduler.pause();
        yield_now().await;
        drop(scheduler);
        assert_eq!(reader.await.unwrap(), (EventKind::SchedulerPaused, None, None));
    });
}

#[test]
fn a_reader_that_is_too_slow_receives_the_number_of_lost_events() {
    on_each_flavour(|| async {
        let scheduler = Scheduler::new();
        let events = scheduler.subscribe(2).unwrap();
        for _ in 0..5 {
            scheduler.pause();
            scheduler.resume();
        }
        assert_eq!(events.recv_async().await, Some(Received::Missed(8)));
        let mut events = events.into_stream();
        assert_eq!(kind(next(&mut events).await), EventKind::SchedulerPaused);
        let events = events.into_inner();
        assert_eq!(kind(events.recv_async().await), EventKind::SchedulerResumed);
        assert_eq!(events.try_recv(), None);
    });
}

#[test]
fn events_of_other_threads_wake_it_too_and_none_is_lost() {
    on_each_flavour(|| async {
        const EACH: usize = 200;
        let scheduler = Scheduler::new();
        let events = scheduler.subscribe(10_000).unwrap();
        let job = scheduler.every().day().max_instances(9).run(|| {}).unwrap();
        let threads: Vec<_> = (0..3)
            .map(|_| {
                let job = job.clone();
                thread::spawn(move || (0..EACH).for_each(|_| assert!(job.run_now())))
            })
            .collect();
        let (mut ended, mut last) = (0, None);
        while ended < 3 * EACH {
            let Received::Event(event) = events.recv_async().await.unwrap() else { panic!("events were missed") };
            assert!(last < Some(event.seq));
            last = Some(event.seq);
            ended += usize::from(event.kind == EventKind::Executed);
        }
        threads.into_iter().for_each(|thread| thread.join().unwrap());
    });
}

/// Counts how often it is woken.
struct Count(AtomicUsize);

impl Wake for Count {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, Ordering::SeqCst);
    }
}

#[test]
fn a_wait_that_is_dropped_is_forgotten_and_loses_no_event() {
    let stage = noon();
    let events = stage.scheduler.subscribe(9).unwrap();
    let [first, second] = [(), ()].map(|()| Arc::new(Count(AtomicUsize::new(0))));
    let wakers = [Waker::from(Arc::clone(&first)), Waker::from(Arc::clone(&second))];
    let mut waits = [(), ()].map(|()| Box::pin(events.recv_async()));
    for (wait, waker) in waits.iter_mut().zip(&wakers) {
        for _ in 0..2 {
            assert_eq!(wait.as_mut().poll(&mut Context::from_waker(waker)), Poll::Pending);
        }
    }
    let [dropped, mut wait] = waits;
    drop(dropped);
    stage.scheduler.pause();
    assert_eq!([&first, &second].map(|count| count.0.load(Ordering::SeqCst)), [0, 1]);
    assert!(wait.as_mut().poll(&mut Context::from_waker(&wakers[1])).is_ready());
    drop(wait);
    drop(wakers);
    // Nothing is left of either.
    assert_eq!((Arc::strong_count(&first), Arc::strong_count(&second)), (1, 1));
}

#[test]
fn a_waker_may_drop_the_subscription() {
    /// Drops a stream when it is woken, as a task that is aborted does.
    struct Owner(Mutex<Option<EventStream>>);
    impl Owner {
        fn take(&self) -> Option<EventStream> {
            self.0.lock().unwrap().take()
        }
    }
    impl Wake for Owner {
        fn wake(self: Arc<Self>) {
            drop(self.take());
        }
    }
    let stage = noon();
    let mut events = stage.scheduler.subscribe(9).unwrap().into_stream();
    let owner = Arc::new(Owner(Mutex::new(None)));
    let waker = Waker::from(Arc::clone(&owner));
    assert!(Pin::new(&mut events).poll_next(&mut Context::from_waker(&waker)).is_pending());
    *owner.0.lock().unwrap() = Some(events);
    stage.scheduler.pause();
    assert!(owner.take().is_none(), "it was woken");
    stage.scheduler.resume();
}

#[test]
fn a_branch_that_loses_takes_no_event_with_it() {
    on_each_flavour(|| async {
        let scheduler = Scheduler::new();
        let events = scheduler.subscribe(9).unwrap();
        let mut seen = 0;
        for _ in 0..20 {
            // The other branch is ready at once, or one poll later.
            tokio::select! {
                biased;
                () = yield_now() => {}
                received = events.recv_async() => seen += usize::from(received.is_some()),
            }
            scheduler.pause();
            tokio::select! {
                biased;
                received = events.recv_async() => seen += usize::from(received.is_some()),
                () = tokio::time::sleep(Duration::from_secs(60)) => panic!("the event is lost"),
            }
            scheduler.resume();
            let Some(Received::Event(Event { kind: EventKind::SchedulerResumed, .. })) = events.recv_async().await
            else {
                panic!("the event is lost")
            };
        }
        assert_eq!(seen, 20);
    });
}
