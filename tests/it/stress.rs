//! Threads that do all that can be done to one scheduler, at random. What must hold does so at every moment and in the end.
//!
//! Also for a sanitizer of threads, which watches the locks and the atomics:
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
    /// Whether this thread is inside of a run by hand: those have slots of their own.
    static BY_HAND: Cell<bool> = const { Cell::new(false) };
}

/// A job, and what its body has seen.
#[derive(Clone)]
struct Watched {
    job: Job,
    runs: Arc<AtomicU64>,
}

fn watched(stage: &Stage, rng: &mut Rng) -> Watched {
    let runs = Arc::<AtomicU64>::default();
    let (count, inside, slots) =
        (Arc::clone(&runs), AtomicBool::new(false), Mutex::new(BTreeSet::<DateTime<Utc>>::new()));
    let body = move |context: &Context| {
        assert!(!inside.swap(true, Ordering::SeqCst), "inside itself");
        count.fetch_add(1, Ordering::SeqCst);
        assert!(context.slot() <= context.now(), "early");
        let is_new = slots.lock().unwrap().insert(context.slot());
        assert!(is_new || BY_HAND.get(), "{} ran twice", context.slot());
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

fn by_hand(run: impl FnOnce()) {
    BY_HAND.set(true);
    run();
    BY_HAND.set(false);
}

/// One thing or another.
fn act(stage: &Stage, all: &Mutex<Vec<Watched>>, rng: &mut Rng) {
    let scheduler = &stage.scheduler;
    let one = rng.choice(&*all.lock().unwrap()).map(|watched| watched.job.clone());
    let job = one.unwrap();
    match rng.u8(0..22) {
        0..=3 => {
            let watched = watched(stage, rng);
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
        15 => by_hand(|| {
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
        _ => by_hand(|| {
            scheduler.run_all();
        }),
    }
}

/// How many events of each sort there were, what the errors were, and the number of the last.
#[derive(Default)]
struct Heard {
    added: AtomicU64,
    started: AtomicU64,
    executed: AtomicU64,
    removed: AtomicU64,
    errors: Mutex<Vec<Option<Outcome>>>,
    last: AtomicU64,
}

impl Heard {
    fn hear(&self, event: &Event) {
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
fn whatever_many_threads_do_each_slot_runs_once_and_all_adds_up() {
    const THREADS: u64 = 4;
    const ROUNDS: usize = 250;
    for round in 0..4 {
        let stage = noon();
        let heard = Arc::<Heard>::default();
        let told = Arc::clone(&heard);
        stage.scheduler.on_event(move |event| told.hear(event));
        let all = Mutex::new(vec![watched(&stage, &mut Rng::with_seed(round))]);
        thread::scope(|scope| {
            for seed in 1..=THREADS {
                let (stage, all) = (&stage, &all);
                let mut rng = Rng::with_seed(round * 100 + seed);
                scope.spawn(move || (0..ROUNDS).for_each(|_| act(stage, all, &mut rng)));
            }
        });
        stage.scheduler.shutdown(true);
        stage.assert_whole();

        assert_eq!(*heard.errors.lock().unwrap(), []);
        let all = all.into_inner().unwrap();
        let runs: u64 = all.iter().map(|watched| watched.runs.load(Ordering::SeqCst)).sum();
        assert!(all.iter().all(|watched| watched.job.run_count() == watched.runs.load(Ordering::SeqCst)));
        let registered = stage.scheduler.jobs().len() as u64;
        let heard =
            [&heard.added, &heard.started, &heard.executed, &heard.removed].map(|count| count.load(Ordering::SeqCst));
        assert_eq!(heard, [all.len() as u64, runs, runs, all.len() as u64 - registered]);
        assert!(runs > 500, "only {runs} runs");
    }
}
