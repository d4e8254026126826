//! A service that stops under load: thousands of async runs are in flight, and none is lost or counted twice.

use std::{
    collections::BTreeMap,
    future::pending,
    sync::{
        atomic::{AtomicBool, AtomicUsize, Ordering},
        Arc, Mutex,
    },
    time::Duration,
};

use punctual::{Event, EventKind, Job, Outcome, RunId, Scheduler};
use tokio::{sync::watch, task::yield_now};

use crate::{
    async_support::on_each_flavour,
    support::{noon, seconds, Stage},
};

const JOBS: usize = 40;
const EACH: usize = 100;

/// The events of each run.
type Runs = Arc<Mutex<BTreeMap<RunId, Vec<Event>>>>;

fn listen(scheduler: &Scheduler) -> Runs {
    let runs = Runs::default();
    let heard = Arc::clone(&runs);
    scheduler.on_event(move |event| {
        if let Some(run) = &event.run {
            heard.lock().unwrap().entry(run.id).or_default().push(event.clone());
        }
    });
    runs
}

/// A run of each job for each second: as many at a time as a job may have.
fn start_all(stage: &Stage) -> usize {
    (0..EACH).map(|_| stage.wait(seconds(1))).sum()
}

/// Waits until the last event of each run has been heard, which is delivered after the run has ended.
async fn until_heard(runs: &Runs) {
    while runs.lock().unwrap().values().filter(|events| events.len() > 1).count() < JOBS * EACH {
        yield_now().await;
    }
}

#[test]
fn a_shutdown_under_load_ends_every_run_once_and_gives_back_every_place() {
    on_each_flavour(|| async {
        let stage = noon();
        let runs = listen(&stage.scheduler);
        // A request that is being served ends when the service drains; others are quick, fail, or never end.
        let (drain, drains) = watch::channel(false);
        let (number, is_later) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicBool::new(false)));
        let jobs: Vec<Job> = (0..JOBS)
            .map(|_| {
                let (number, is_later, drains) = (Arc::clone(&number), Arc::clone(&is_later), drains.clone());
                let body = move || {
                    let number =
                        if is_later.load(Ordering::SeqCst) { 0 } else { number.fetch_add(1, Ordering::SeqCst) };
                    let mut drains = drains.clone();
                    async move {
                        match number % 8 {
                            0 => Ok(()),
                            1 => Err("by design"),
                            2 | 3 => pending().await,
                            _ => drains.wait_for(|drains| *drains).await.map(|_| ()).map_err(|_| "no drain"),
                        }
                    }
                };
                stage.every().second().max_instances(EACH as u64).run_async(body).unwrap()
            })
            .collect();
        assert_eq!(start_all(&stage), JOBS * EACH);

        // In real time: what never ends is dropped at the deadline.
        let shutdown = stage.scheduler.shutdown_async(Duration::from_millis(300));
        let (unfinished, ()) = tokio::join!(shutdown, async {
            yield_now().await;
            drain.send(true).unwrap();
        });
        until_heard(&runs).await;
        assert!(!jobs.iter().any(Job::is_running));
        let unfinished = unfinished.iter().map(|job| job.runs).sum::<u64>() as usize;

        let mut outcomes: BTreeMap<&str, usize> = BTreeMap::new();
        for events in std::mem::take(&mut *runs.lock().unwrap()).into_values() {
            let kinds: Vec<EventKind> = events.iter().map(|event| event.kind).collect();
            let [EventKind::Started, EventKind::Executed | EventKind::Failed] = kinds[..] else {
                panic!("{events:?}");
            };
            let outcome = match events[1].outcome().unwrap() {
                Outcome::Completed => "completed",
                Outcome::Failed(_) => "failed",
                Outcome::Aborted(_) => "aborted",
                other => panic!("{other}"),
            };
            *outcomes.entry(outcome).or_insert(0) += 1;
        }
        // On a machine that is busy, others than those that never end may be dropped.
        assert_eq!(outcomes.values().sum::<usize>(), JOBS * EACH);
        let aborted = outcomes["aborted"];
        assert!(JOBS * EACH / 4 <= aborted && aborted <= unfinished, "{outcomes:?}, {unfinished} unfinished");
        assert!(outcomes["completed"] > 0 && outcomes["failed"] > 0, "{outcomes:?}");

        // Every place is free again.
        is_later.store(true, Ordering::SeqCst);
        assert_eq!(start_all(&stage), JOBS * EACH);
        assert!(stage.scheduler.shutdown_async(true).await.is_empty());
        assert!(jobs.iter().all(|job| job.run_count() == 2 * EACH as u64 && !job.is_running()));
        until_heard(&runs).await;
        assert!(runs.lock().unwrap().values().all(|events| events.len() == 2));
    });
}
