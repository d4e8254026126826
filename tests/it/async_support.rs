//! Shared by the tests of async bodies: runtimes of each flavour, and what happened.
//!
//! A test that uses the machine's clock (`Scheduler::new()`) is about a task that really sleeps and is woken by another
//! thread. It waits for an event, and never for a fixed time; a hang fails after a minute.

use std::{
    future::Future,
    sync::{
        atomic::{AtomicUsize, Ordering},
        Arc, Mutex,
    },
    time::Duration,
};

use punctual::{Event, EventKind, Scheduler};
use tokio::{
    runtime::{Builder, Runtime},
    task::LocalSet,
    time::timeout,
};

use crate::support::{noon, Stage};

pub(crate) const A_MINUTE: Duration = Duration::from_secs(60);

pub(crate) fn current_thread() -> Runtime {
    Builder::new_current_thread().enable_time().build().unwrap()
}

pub(crate) fn multi_thread(workers: usize) -> Runtime {
    Builder::new_multi_thread().worker_threads(workers).enable_time().build().unwrap()
}

/// A runtime whose time stands still unless all tasks sleep.
pub(crate) fn paused() -> Runtime {
    Builder::new_current_thread().enable_time().start_paused(true).build().unwrap()
}

/// Runs a test on each flavour: as what `block_on` waits for, as a task, and as a task of a `LocalSet`.
pub(crate) fn on_each_flavour<F: Future<Output = ()> + Send + 'static>(test: fn() -> F) {
    let limited = move || async move { timeout(A_MINUTE, test()).await.expect("it hangs") };
    for runtime in [current_thread(), multi_thread(1), multi_thread(2)] {
        runtime.block_on(limited());
        runtime.block_on(async { tokio::spawn(limited()).await.unwrap() });
    }
    let runtime = current_thread();
    let local = LocalSet::new();
    local.block_on(&runtime, async { tokio::task::spawn_local(limited()).await.unwrap() });
}

/// A scheduler on a manual clock, whose loops end after `length`, and so when all that began earlier has ended.
pub(crate) fn for_a_while(length: Duration) -> Stage {
    let stage = noon();
    let stop = stage.scheduler.stop_handle();
    stage.scheduler.after(length).run(move || stop.stop()).unwrap();
    stage
}

/// Counts what it is called for.
pub(crate) fn counter() -> (Arc<AtomicUsize>, impl Fn() + Clone + Send + Sync + 'static) {
    let count = Arc::new(AtomicUsize::new(0));
    let theirs = Arc::clone(&count);
    (count, move || {
        theirs.fetch_add(1, Ordering::SeqCst);
    })
}

/// Collects the events of a scheduler.
pub(crate) fn listen(scheduler: &Scheduler) -> Arc<Mutex<Vec<Event>>> {
    let events = Arc::new(Mutex::new(Vec::new()));
    let theirs = Arc::clone(&events);
    scheduler.on_event(move |event| theirs.lock().unwrap().push(event.clone()));
    events
}

pub(crate) fn kinds(events: &Arc<Mutex<Vec<Event>>>) -> Vec<EventKind> {
    events.lock().unwrap().iter().map(|event| event.kind).collect()
}
