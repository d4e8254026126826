//! Threads that perform random operations on one scheduler; its invariants hold during the run and at the end.
//!
//! Also worth running under the thread sanitizer, which checks the locks and the atomics:
//! `RUSTFLAGS=-Zsanitizer=thread cargo +nightly test -Zbuild-std --target x86_64-unknown-linux-gnu --test it stress`.

use std::{
    cell::Cell,
    collections::BTreeSet,
    sync::{
        atomic::{AtomicBool, AtomicU64, Ordering},
        Arc, Mutex,
    },
    thread,
};

use chrono::{DateTime, Utc};
use fastrand::Rng;
use punctual::{Context, Event, EventKind, Job, Outcome};

use crate::support::{noon, seconds, Stage};

thread_local! {
    /// Whether this thread is inside a manual run, which may repeat the slot of an earlier run.
    static IN_MANUAL_RUN: Cell<bool> = const { Cell::new(false) };
}

/// A job, and how often its body ran.
#[derive(Clone)]
struct Watched {
    job: Job,
    runs: Arc<AtomicU64>,
}

fn add_watched_job(stage: &Stage, rng: &mut Rng) -> Watched {
    let runs = Arc::<AtomicU64>::default();
    let (count, inside, slots) =
        (Arc::clone(&runs), AtomicBool::new(false), Mutex::new(BTreeSet::<DateTime<Utc>>::new()));
    let body = move |context: &Context| {
        assert!(!inside.swap(true, Ordering::SeqCst), "the body runs inside itself");
        count.fetch_add(1, Ordering::SeqCst);
        assert!(context.slot() <= context.now(), "it runs before its slot");
        let is_new = slots.lock().unwrap().insert(context.slot());
        assert!(is_new || IN_MANUAL_RUN.get(), "{} ran twice", context.slot());
        thread::yield_now();
        inside.store(false, Ordering::SeqCst);
    };
    let tags = [["a", "b"], ["b", "c"], ["c", "a"]][rng.usize(0..3)];
    let every = stage.every().seconds(rng.u32(1..5)).tags(tags).priority(rng.i32(-2..3));
    let job = match rng.u8(0..5) {
        0 => every.parallel().run_with(body),
        1 => every.times(rng.u32(1..5)).run_with(body),
        2 => every.immediately().run_with(body),
        _ => every.run_with(body),
    };
    Watched { job: job.unwrap(), runs }
}

fn as_manual_run(run: impl FnOnce()) {
    IN_MANUAL_RUN.set(true);
    run();
    IN_MANUAL_RUN.set(false);
}

/// Performs one operation, chosen at random.
fn random_operation(stage: &Stage, all: &Mutex<Vec<Watched>>, rng: &mut Rng) {
    let scheduler = &stage.scheduler;
    let one = rng.choice(&*all.lock().unwrap()).map(|watched| watched.job.clone());
    let job = one.unwrap();
    match rng.u8(0..22) {
        0..=3 => {
            let watched = add_watched_job(stage, rng);
            all.lock().unwrap().push(watched);
        }
        4..=7 => {
            stage.wait(seconds(1));
        }
        8..=10 => {
            scheduler.run_pending();
        }
        11..=12 => {
            job.cancel();
            assert!(!job.is_scheduled() && job.next_run().is_none());
        }
        13 => {
            job.pause();
        }
        14 => {
            job.resume();
        }
        15 => as_manual_run(|| {
            job.run_now();
        }),
        16 => {
            job.tag("late").unwrap();
            assert!(job.tags().len() <= 3);
        }
        17 => assert!(scheduler.jobs().windows(2).all(|pair| pair[0].id() < pair[1].id())),
        18 => assert!(scheduler.jobs_tagged("b").iter().all(|job| job.tags().contains(&"b".to_owned()))),
        19 => assert!(scheduler.on_event(|_| {}).remove()),
        20 => {
            scheduler.clear_tagged("late");
        }
        _ => as_manual_run(|| {
            scheduler.run_all();
        }),
    }
}

/// The number of events of each kind, the outcomes of failed runs, and the sequence number of the last event.
#[derive(Default)]
struct EventCounts {
    added: AtomicU64,
    started: AtomicU64,
    executed: AtomicU64,
    removed: AtomicU64,
    errors: Mutex<Vec<Option<Outcome>>>,
    last: AtomicU64,
}

impl EventCounts {
    fn count(&self, event: &Event) {
        if self.last.fetch_add(1, Ordering::SeqCst) + 1 != event.seq {
            self.errors.lock().unwrap().push(Some(Outcome::Failed(format!("out of order: {event:?}"))));
        }
        let count = match event.kind {
            EventKind::Added => &self.added,
            EventKind::Started => &self.started,
            EventKind::Executed => &self.executed,
            EventKind::Removed(_) => &self.removed,
            EventKind::Failed => return self.errors.lock().unwrap().push(event.outcome().cloned()),
            _ => return,
        };
        count.fetch_add(1, Ordering::SeqCst);
    }
}

#[test]
fn under_random_concurrent_operations_each_slot_runs_once_and_all_counts_agree() {
    const THREADS: u64 = 4;
    const ROUNDS: usize = 250;
    for round in 0..4 {
        let stage = noon();
        let counts = Arc::<EventCounts>::default();
        let counter = Arc::clone(&counts);
        stage.scheduler.on_event(move |event| counter.count(event));
        let all = Mutex::new(vec![add_watched_job(&stage, &mut Rng::with_seed(round))]);
        thread::scope(|scope| {
            for seed in 1..=THREADS {
                let (stage, all) = (&stage, &all);
                let mut rng = Rng::with_seed(round * 100 + seed);
                scope.spawn(move || (0..ROUNDS).for_each(|_| random_operation(stage, all, &mut rng)));
            }
        });
        stage.scheduler.shutdown(true);
        stage.assert_consistent();

        assert_eq!(*counts.errors.lock().unwrap(), []);
        let all = all.into_inner().unwrap();
        let runs: u64 = all.iter().map(|watched| watched.runs.load(Ordering::SeqCst)).sum();
        assert!(all.iter().all(|watched| watched.job.run_count() == watched.runs.load(Ordering::SeqCst)));
        let registered = stage.scheduler.jobs().len() as u64;
        let counts = [&counts.added, &counts.started, &counts.executed, &counts.removed]
            .map(|count| count.load(Ordering::SeqCst));
        assert_eq!(counts, [all.len() as u64, runs, runs, all.len() as u64 - registered]);
        assert!(runs > 500, "only {runs} runs");
    }
}
