//! Pools of workers. Few tests wait for anything but a channel; those that yield wait for another thread to get there.

use std::{
    collections::BTreeMap,
    sync::{
        atomic::{AtomicBool, AtomicUsize, Ordering},
        mpsc::{channel, Receiver, Sender},
        Arc, Mutex,
    },
    thread,
    time::Duration,
};

use chrono::Utc;
use fastrand::Rng;
use punctual::{
    Clock, Context, EventKind, Job, ManualClock, OnConflict, Outcome, PoolInfo, Reading, Received, Removal, Scheduler,
    Skip, Wait, Wakeup,
};

use crate::support::{finish, minutes, noon, seconds, utc, Log, Stage};

/// At noon, with these pools.
fn stage(pools: &[(&str, usize)]) -> Stage {
    let clock = ManualClock::new(utc("2024-01-10 12:00:00"));
    let builder = Scheduler::builder().clock(clock.clone()).tz(Utc);
    let builder = pools.iter().fold(builder, |builder, (name, size)| builder.pool(name, *size));
    Stage { clock, scheduler: builder.build().unwrap() }
}

/// A body that says when it has begun, and ends when the sender is dropped.
fn gated() -> (Receiver<()>, Sender<()>, impl Fn() + Send + Sync + Clone + 'static) {
    let (begun, begins) = channel();
    let (release, gate) = channel::<()>();
    let gate = Arc::new(Mutex::new(gate));
    let body = move || {
        begun.send(()).unwrap();
        let _ = gate.lock().unwrap().recv();
    };
    (begins, release, body)
}

/// The places that are taken, and the runs that wait.
fn load(stage: &Stage, pool: &str) -> (usize, usize) {
    let PoolInfo { running, queued, .. } = stage.scheduler.pool(pool).unwrap();
    (running, queued)
}

fn thread_name() -> String {
    thread::current().name().unwrap_or_default().to_owned()
}

/// Registers a job of a pool of one that runs at the next poll, and polls: then its place is taken.
fn occupy(stage: &Stage, pool: &str) -> Sender<()> {
    let (begins, release, body) = gated();
    stage.every().day().immediately().once().named("occupier").pool(pool).run(body).unwrap();
    assert_eq!(stage.scheduler.run_pending(), 1);
    begins.recv().unwrap();
    release
}

#[test]
fn each_job_runs_on_a_worker_of_the_pool_that_it_names() {
    let stage = stage(&[("db", 2)]);
    let (sender, names) = channel();
    let body = |what: &'static str| {
        let sender = sender.clone();
        move || sender.send((what, thread_name())).unwrap()
    };
    stage.every().minute().pool("db").run(body("pool")).unwrap();
    stage.every().minute().parallel().pool("db").run(body("parallel, pool")).unwrap();
    stage.every().minute().pool("db").parallel().run(body("pool, parallel")).unwrap();
    stage.every().minute().max_instances(2).pool("db").run(body("instances, pool")).unwrap();
    stage.every().minute().pool("db").max_instances(2).run(body("pool, instances")).unwrap();
    stage.every().minute().pool("default").run(body("default")).unwrap();
    stage.every().minute().pool("db").pool("default").run(body("default is last")).unwrap();
    stage.every().minute().parallel().run(body("parallel")).unwrap();
    stage.every().minute().run(body("here")).unwrap();
    assert_eq!(stage.wait(minutes(1)), 9);
    let names: BTreeMap<_, _> = (0..9).map(|_| names.recv().unwrap()).collect();
    let is_in = |what, pool: &str| assert!(names[what].starts_with(pool), "{what}: {}", names[what]);
    for what in ["pool", "parallel, pool", "pool, parallel", "instances, pool", "pool, instances"] {
        is_in(what, "punctual-db-");
    }
    for what in ["default", "default is last", "parallel"] {
        is_in(what, "punctual-worker-");
    }
    assert_eq!(names["here"], thread_name());

    let pools: Vec<_> = stage.scheduler.snapshot().into_iter().map(|job| job.pool).collect();
    let expected = [Some("db"), Some("db"), Some("db"), Some("db"), Some("db"), Some("default"), Some("default")];
    let expected = expected.into_iter().chain([Some("default"), None]);
    assert!(pools.iter().map(Option::as_deref).eq(expected), "{pools:?}");
    let shown = stage.scheduler.jobs()[0].to_string();
    assert!(shown.starts_with("every minute parallel run "), "{shown}");
    stage.scheduler.shutdown(true);
}

#[test]
fn a_long_job_in_one_pool_delays_no_job_of_another() {
    let stage = stage(&[("long", 1), ("quick", 1)]);
    let release = occupy(&stage, "long");
    stage.every().minute().pool("long").run(|| {}).unwrap();
    let (sender, done) = channel();
    for pool in ["quick", "default"] {
        let sender = sender.clone();
        stage.every().minute().pool(pool).run(move || sender.send(())).unwrap();
    }
    for _ in 0..10 {
        stage.wait(minutes(1));
        (0..2).for_each(|_| done.recv().unwrap());
        finish_but_for(&stage, 2);
    }
    assert_eq!(load(&stage, "long"), (1, 1));
    drop(release);
    finish(&stage.scheduler);
    assert_eq!((load(&stage, "long"), load(&stage, "quick")), ((0, 0), (0, 0)));
}

/// Waits until `n` jobs are running.
fn finish_but_for(stage: &Stage, n: usize) {
    while stage.scheduler.snapshot().iter().filter(|job| job.is_running).count() > n {
        thread::yield_now();
    }
}

#[test]
fn one_pool_never_runs_more_bodies_than_it_has_places_also_across_shutdowns() {
    let stage = stage(&[("db", 3)]);
    let (begins, release, body) = gated();
    for round in 1..=5 {
        (0..4).for_each(|_| drop(stage.every().day().immediately().once().pool("db").run(body.clone()).unwrap()));
        assert_eq!(stage.scheduler.run_pending(), 4);
        if round == 1 {
            (0..3).for_each(|_| begins.recv().unwrap());
        }
        // The places are taken by the bodies of the first round.
        assert_eq!(load(&stage, "db"), (3, if round == 1 { 1 } else { 4 }));
        stage.scheduler.shutdown(Wait::No);
        assert_eq!(load(&stage, "db"), (3, 0), "what waits is dropped");
        stage.scheduler.clear();
    }
    assert!(begins.try_recv().is_err());
    drop(release);
    stage.scheduler.shutdown(Wait::ForAll);
    assert_eq!(load(&stage, "db"), (0, 0));
}

#[test]
fn runs_that_wait_begin_by_priority_then_slot_then_in_the_order_in_which_they_were_made() {
    let stage = stage(&[("one", 1)]);
    let release = occupy(&stage, "one");
    let log = Log::default();
    let add = |name: &str, priority: i32, after: u64| {
        let sentence = stage.scheduler.after(seconds(after)).named(name).priority(priority);
        sentence.pool("one").run(log.body(name)).unwrap();
    };
    add("late", 0, 3);
    add("early", 0, 1);
    add("urgent, late", -1, 3);
    add("urgent, early", -1, 2);
    add("some day", 5, 1);
    add("early, second", 0, 1);
    assert_eq!(stage.wait(seconds(1)), 3);
    add("overdue", 0, 0);
    assert_eq!(stage.wait(seconds(5)), 4);
    assert_eq!(load(&stage, "one"), (1, 7));
    drop(release);
    finish(&stage.scheduler);
    let expected = ["urgent, early", "urgent, late", "early", "early, second", "overdue", "late", "some day"];
    assert_eq!(log.take(), expected);
}

#[test]
fn ten_thousand_runs_in_a_pool_of_one_happen_one_at_a_time_and_in_order() {
    const RUNS: usize = 10_000;
    let stage = stage(&[("one", 1)]);
    let release = occupy(&stage, "one");
    let (inside, order) = (Arc::new(AtomicBool::new(false)), Arc::new(Mutex::new(Vec::new())));
    for n in 0..RUNS {
        let (inside, order) = (Arc::clone(&inside), Arc::clone(&order));
        let body = move || {
            assert!(!inside.swap(true, Ordering::SeqCst), "two at a time");
            order.lock().unwrap().push((n, thread_name()));
            inside.store(false, Ordering::SeqCst);
        };
        stage.every().minute().once().pool("one").run(body).unwrap();
    }
    let failures = Arc::<AtomicUsize>::default();
    let count = Arc::clone(&failures);
    stage.scheduler.on_event(move |event| {
        count.fetch_add(usize::from(event.kind == EventKind::Failed), Ordering::SeqCst);
    });
    assert_eq!(stage.wait(minutes(1)), RUNS);
    assert_eq!(load(&stage, "one"), (1, RUNS));
    drop(release);
    finish(&stage.scheduler);
    let order = std::mem::take(&mut *order.lock().unwrap());
    assert!(order.iter().map(|(n, _)| *n).eq(0..RUNS));
    assert!(order.iter().all(|(_, thread)| thread == "punctual-one-1"), "one thread");
    assert_eq!(failures.load(Ordering::SeqCst), 0);
}

#[test]
fn a_run_that_is_not_wanted_any_more_when_its_turn_comes_does_not_begin() {
    let stage = stage(&[("one", 1)]);
    let release = occupy(&stage, "one");
    let log = Log::default();
    let sentence = |name: &str| stage.every().minute().named(name).pool("one");
    let cancelled = sentence("cancelled").run(log.body("cancelled")).unwrap();
    let paused = sentence("paused").run(log.body("paused")).unwrap();
    let closed = sentence("closed").between("12:00", "12:02").run(log.body("closed")).unwrap();
    let wanted = sentence("wanted").run(log.body("wanted")).unwrap();
    assert_eq!(stage.wait(minutes(1)), 4);
    let events = stage.scheduler.subscribe(99).unwrap();
    assert!(cancelled.cancel() && paused.pause());
    stage.clock.advance(minutes(1));
    drop(release);
    finish(&stage.scheduler);
    assert_eq!(log.take(), ["wanted"]);
    assert_eq!([&cancelled, &paused, &closed, &wanted].map(Job::run_count), [0, 0, 0, 1]);
    let skips =
        events.try_iter().filter_map(Received::event).filter(|event| matches!(event.kind, EventKind::Skipped(_)));
    assert_eq!(
        skips.map(|skip| (skip.name, skip.kind)).collect::<Vec<_>>(),
        [("closed".to_owned(), EventKind::Skipped(Skip::Window))]
    );
    assert_eq!(load(&stage, "one"), (0, 0));
}

#[test]
fn each_kind_of_shutdown_covers_all_pools() {
    for wait in [Wait::ForAll, Wait::AtMost(Duration::from_secs(60)), Wait::AtMost(Duration::ZERO), Wait::No] {
        let stage = stage(&[("a", 1), ("b", 1)]);
        let gates = ["a", "b", "default"].map(|pool| {
            let (begins, release, body) = gated();
            let job = stage.every().minute().max_instances(10).named(pool).pool(pool).run(body).unwrap();
            (begins, release, job)
        });
        // The default pool has a place for each.
        for _ in 0..3 {
            assert_eq!(stage.wait(minutes(1)), 3);
        }
        gates.iter().for_each(|(begins, ..)| begins.recv().unwrap());
        (0..2).for_each(|_| gates[2].0.recv().unwrap());
        assert_eq!((load(&stage, "a"), load(&stage, "b"), load(&stage, "default")), ((1, 2), (1, 2), (3, 0)));
        let events = stage.scheduler.subscribe(99).unwrap();
        let (releases, jobs): (Vec<_>, Vec<_>) = gates.into_iter().map(|(_, release, job)| (release, job)).unzip();
        let is_patient = wait == Wait::ForAll || wait == Wait::AtMost(Duration::from_secs(60));
        let scheduler = stage.scheduler.clone();
        let closing = thread::spawn(move || scheduler.shutdown(wait));
        if is_patient {
            let is_dropped = |event: &punctual::Event| event.kind == EventKind::Skipped(Skip::Shutdown);
            let dropped = events.into_iter().filter_map(Received::event).filter(is_dropped).take(4);
            assert_eq!(dropped.map(|event| event.name).collect::<Vec<_>>(), ["a", "a", "b", "b"]);
            drop(releases);
            assert!(closing.join().unwrap().is_empty());
        } else {
            let unfinished = closing.join().unwrap();
            let unfinished: Vec<_> = unfinished.into_iter().map(|one| (one.name, one.runs)).collect();
            assert_eq!(unfinished, [("a".to_owned(), 1), ("b".to_owned(), 1), ("default".to_owned(), 3)]);
            drop(releases);
            assert!(stage.scheduler.shutdown(Wait::ForAll).is_empty());
        }
        assert_eq!(jobs.iter().map(Job::run_count).collect::<Vec<_>>(), [1, 1, 3]);
        assert!(stage.scheduler.pools().iter().all(|pool| (pool.running, pool.queued) == (0, 0)));

        assert_eq!(stage.wait(minutes(1)), 3, "polling again starts new workers");
        finish(&stage.scheduler);
        assert_eq!(jobs.iter().map(Job::run_count).collect::<Vec<_>>(), [2, 2, 4]);
    }
}

#[test]
fn bodies_of_two_pools_that_shut_down_do_not_wait_for_each_other() {
    let stage = stage(&[("a", 1), ("b", 1)]);
    let meeting = Arc::new(std::sync::Barrier::new(2));
    for pool in ["a", "b"] {
        let (inside, meeting) = (stage.scheduler.clone(), Arc::clone(&meeting));
        let body = move || {
            meeting.wait();
            inside.shutdown(Wait::ForAll)
        };
        stage.every().minute().once().pool(pool).run(body).unwrap();
    }
    assert_eq!(stage.wait(minutes(1)), 2);
    assert!(stage.scheduler.shutdown(Duration::from_secs(60)).is_empty());
    assert!(stage.scheduler.jobs().is_empty());
}

#[test]
fn a_pool_is_added_and_removed_at_run_time_and_both_are_events() {
    let stage = noon();
    let events = stage.scheduler.subscribe(99).unwrap();
    stage.scheduler.add_pool("db", 2).unwrap();
    let job = stage.every().minute().named("job").pool("db").run(|| {}).unwrap();
    assert_eq!(stage.wait(minutes(1)), 1);
    finish(&stage.scheduler);
    assert!(stage.scheduler.remove_pool("db").unwrap_err().is_conflict());
    job.cancel();
    stage.scheduler.remove_pool("db").unwrap();
    assert_eq!(stage.scheduler.pool("db"), None);
    assert!(stage.every().minute().pool("db").run(|| {}).unwrap_err().is_invalid());
    // Another of the same name is another one.
    stage.scheduler.add_pool("db", 5).unwrap();
    assert_eq!(stage.scheduler.pool("db").unwrap().size, 5);
    let heard = events.try_iter().filter_map(Received::event).map(|event| (event.kind, event.name, event.job));
    let heard: Vec<_> = heard.collect();
    let about_pools: Vec<_> =
        heard.iter().filter(|(_, name, _)| name == "db").map(|(kind, _, job)| (*kind, *job)).collect();
    let expected = [EventKind::PoolAdded, EventKind::PoolRemoved, EventKind::PoolAdded];
    assert_eq!(about_pools, expected.map(|kind| (kind, None)));
    assert_eq!((heard[0].0, heard[1].0), (EventKind::PoolAdded, EventKind::Added));
}

#[test]
fn the_error_for_a_pool_in_use_lists_some_of_its_jobs() {
    let stage = stage(&[("db", 1)]);
    let jobs: Vec<_> =
        ["a", "b", "c", "d", "e"].map(|name| stage.every().day().named(name).pool("db").run(|| {})).into();
    let error = |stage: &Stage| stage.scheduler.remove_pool("db").unwrap_err().to_string();
    let expected =
        "the pool \"db\" is in use by 5 jobs: \"a\", \"b\", \"c\" and 2 more (expected a pool that no job names)";
    assert_eq!(error(&stage), expected);
    jobs.iter().skip(1).for_each(|job| assert!(job.as_ref().unwrap().cancel()));
    assert_eq!(error(&stage), "the pool \"db\" is in use by 1 job: \"a\" (expected a pool that no job names)");
    assert!(jobs[0].as_ref().unwrap().pause());
    assert!(error(&stage).contains("\"a\""), "a paused job may be resumed");
}

#[test]
fn what_a_removed_pool_has_to_do_is_done_and_covered_by_a_shutdown() {
    let stage = stage(&[("old", 1), ("new", 1)]);
    let release = occupy(&stage, "old");
    let (sender, done) = channel();
    let body = move || sender.send(thread_name()).unwrap();
    let job = stage.every().minute().key("job").pool("old").run(body.clone()).unwrap();
    assert_eq!(stage.wait(minutes(1)), 1);
    // The run waits in the old pool when the job moves to the new one.
    stage.every().minute().key("job").pool("new").run(body).unwrap();
    assert_eq!(
        stage.scheduler.snapshot().iter().find(|info| info.id == job.id()).unwrap().pool.as_deref(),
        Some("new")
    );
    assert!(stage.scheduler.remove_pool("old").unwrap_err().to_string().contains("\"occupier\""));
    stage.scheduler.jobs().iter().find(|job| job.name() == "occupier").unwrap().cancel();
    stage.scheduler.remove_pool("old").unwrap();
    assert_eq!(stage.scheduler.pool("old"), None);
    let unfinished = stage.scheduler.shutdown(Wait::No);
    assert_eq!(unfinished.iter().map(|one| one.runs).collect::<Vec<_>>(), [1], "the one that waits is dropped");
    assert!(done.try_recv().is_err());
    let opener = thread::spawn(move || drop(release));
    assert!(stage.scheduler.shutdown(Wait::ForAll).is_empty());
    opener.join().unwrap();
    assert_eq!(stage.wait(minutes(1)), 1);
    assert_eq!(done.recv().unwrap(), "punctual-new-1");
}

#[test]
fn a_job_that_is_refused_for_its_pool_changes_nothing() {
    let stage = stage(&[("db", 1)]);
    let job = stage.every().hour().key("job").pool("db").run(|| {}).unwrap();
    for policy in [OnConflict::Update, OnConflict::Keep, OnConflict::Fail] {
        let refused = stage.every().minute().key("job").on_conflict(policy).pool("dc").run(|| {});
        assert!(refused.unwrap_err().to_string().starts_with("unknown pool \"dc\""));
    }
    assert_eq!((job.schedule().to_string().as_str(), stage.scheduler.jobs().len()), ("every hour", 1));
    assert_eq!(stage.scheduler.snapshot()[0].pool.as_deref(), Some("db"));
}

#[test]
fn a_run_by_hand_takes_no_place() {
    let stage = stage(&[("db", 1)]);
    let release = occupy(&stage, "db");
    let (sender, names) = channel();
    let job = stage.every().day().pool("db").run(move || sender.send(thread_name()).unwrap()).unwrap();
    assert!(job.run_now());
    assert_eq!(names.recv().unwrap(), thread_name());
    assert_eq!(load(&stage, "db"), (1, 0));
    drop(release);
}

#[test]
fn a_pool_may_have_any_name_but_an_empty_one() {
    for name in ["\0", "a\0b", "worker", " ", "Datenbank für Berichte, mit einem langen Namen", "\u{1f980}"] {
        let stage = stage(&[(name, usize::MAX)]);
        let (sender, done) = channel();
        stage.every().minute().pool(name).run(move || sender.send(())).unwrap();
        assert_eq!(stage.wait(minutes(1)), 1);
        done.recv().unwrap();
    }
}

/// A clock that can be told to panic whenever it is read.
#[derive(Clone)]
struct Broken {
    clock: ManualClock,
    is_broken: Arc<AtomicBool>,
}

impl Clock for Broken {
    fn read(&self) -> Reading {
        assert!(!self.is_broken.load(Ordering::SeqCst), "the clock is broken");
        self.clock.read()
    }

    fn wait(&self, now: Reading, timeout: Option<Duration>, wakeup: &Wakeup<'_>) {
        self.clock.wait(now, timeout, wakeup);
    }
}

/// Panics when it is dropped, also while a panic unwinds past its run.
struct Bomb;

impl Drop for Bomb {
    fn drop(&mut self) {
        assert!(thread::panicking(), "by design");
    }
}

#[test]
fn no_panic_of_a_body_a_clock_a_listener_or_a_drop_costs_a_place() {
    let clock = Broken { clock: ManualClock::new(utc("2024-01-10 12:00:00")), is_broken: Arc::default() };
    let scheduler = Scheduler::builder().clock(clock.clone()).tz(Utc).pool("one", 1).build().unwrap();
    scheduler.on_event(|event| assert_ne!(event.kind, EventKind::Executed, "a listener"));
    let stage = Stage { clock: clock.clock.clone(), scheduler };
    let body = |n: usize| {
        let (bomb, is_broken) = (Bomb, Arc::clone(&clock.is_broken));
        move || {
            let _bomb = &bomb;
            match n % 3 {
                0 => panic!("a body"),
                // Until the next run has begun: it finds no clock to read.
                1 => is_broken.store(true, Ordering::SeqCst),
                _ => is_broken.store(false, Ordering::SeqCst),
            }
        }
    };
    for _ in 0..20 {
        let release = occupy(&stage, "one");
        let jobs =
            [0, 1, 2].map(|n| stage.every().second().times(1).priority(n).pool("one").run(body(n as usize)).unwrap());
        assert_eq!(stage.wait(seconds(1)), 3);
        drop(release);
        finish(&stage.scheduler);
        assert_eq!(jobs.each_ref().map(Job::run_count), [1, 1, 1]);
        assert_eq!(
            jobs.each_ref().map(|job| job.last_outcome().is_some_and(|outcome| outcome.is_success())),
            [false, true, true]
        );
        assert!(stage.scheduler.jobs().is_empty(), "nothing is in progress for ever");
        assert_eq!(load(&stage, "one"), (0, 0));
    }
}

/// What is known of a pool in the test below.
#[derive(Default)]
struct Watch {
    inside: AtomicUsize,
    most: AtomicUsize,
}

/// In real threads, because that is where a place could leak.
#[test]
fn under_random_sizes_priorities_and_shutdowns_every_run_is_accounted_for_and_no_pool_exceeds_its_places() {
    for seed in 0..12 {
        let mut random = Rng::with_seed(seed);
        let sizes: Vec<usize> = (0..random.usize(1..4)).map(|_| random.usize(1..5)).collect();
        let names: Vec<String> = (0..sizes.len()).map(|n| format!("pool {n}")).collect();
        let pools: Vec<_> = names.iter().map(String::as_str).zip(sizes.iter().copied()).collect();
        let stage = stage(&pools);
        let watches: Vec<Arc<Watch>> = sizes.iter().map(|_| Arc::default()).collect();
        let events = stage.scheduler.subscribe(1_000_000).unwrap();
        let done = Arc::new(AtomicBool::new(false));
        // Nothing is asserted where that would leave the other threads without an end.
        let mut most_running = Vec::new();
        thread::scope(|scope| {
            let (scheduler, ended, mut shutter) = (stage.scheduler.clone(), Arc::clone(&done), random.fork());
            scope.spawn(move || {
                while !ended.load(Ordering::SeqCst) {
                    let wait = [Wait::No, Wait::AtMost(Duration::from_millis(1)), Wait::ForAll][shutter.usize(0..3)];
                    scheduler.shutdown(wait);
                    (0..shutter.usize(0..200)).for_each(|_| thread::yield_now());
                }
            });
            let (scheduler, ended, mut changer) = (stage.scheduler.clone(), Arc::clone(&done), random.fork());
            scope.spawn(move || {
                while !ended.load(Ordering::SeqCst) {
                    scheduler.add_pool("passing", changer.usize(1..3)).unwrap();
                    let job = scheduler.every().minute().pool("passing").run(|| {}).unwrap();
                    thread::yield_now();
                    assert!(scheduler.remove_pool("passing").is_err());
                    job.cancel();
                    scheduler.remove_pool("passing").unwrap();
                }
            });
            for _ in 0..60 {
                for _ in 0..random.usize(0..6) {
                    let n = random.usize(0..pools.len());
                    let (watch, is_unlucky) = (Arc::clone(&watches[n]), random.u8(0..5) == 0);
                    let body = move || {
                        let inside = watch.inside.fetch_add(1, Ordering::SeqCst) + 1;
                        watch.most.fetch_max(inside, Ordering::SeqCst);
                        thread::yield_now();
                        watch.inside.fetch_sub(1, Ordering::SeqCst);
                        if is_unlucky {
                            return Err("by design");
                        }
                        Ok(())
                    };
                    let sentence = stage.every().minute().times(random.u8(1..4)).priority(random.i32(-2..3));
                    let sentence = sentence.named("counted").pool(pools[n].0);
                    sentence.max_instances(random.u8(1..4)).run(body).unwrap();
                }
                stage.wait(minutes(1));
                for (name, size) in &pools {
                    most_running.push((stage.scheduler.pool(name).unwrap().running, *size));
                }
            }
            done.store(true, Ordering::SeqCst);
        });
        // What a shutdown has left claimed.
        stage.scheduler.run_pending();
        finish(&stage.scheduler);
        assert!(most_running.iter().all(|(running, size)| running <= size));
        for (watch, size) in watches.iter().zip(&sizes) {
            assert!(watch.most.load(Ordering::SeqCst) <= *size && watch.inside.load(Ordering::SeqCst) == 0);
        }
        assert!(stage.scheduler.pools().iter().all(|pool| (pool.running, pool.queued) == (0, 0)));
        let (mut submitted, mut ended, mut dropped, mut removed) = (0, 0, 0, 0);
        for event in events.try_iter().filter_map(Received::event).filter(|event| event.name == "counted") {
            submitted += usize::from(event.kind == EventKind::Submitted);
            ended += usize::from(matches!(event.kind, EventKind::Executed | EventKind::Failed));
            dropped += usize::from(event.kind == EventKind::Skipped(Skip::Shutdown));
            removed += usize::from(event.kind == EventKind::Removed(Removal::Finished));
        }
        // A run beyond `times` that was submitted with others in progress does not begin: at most two for each job.
        let unbegun = submitted - ended - dropped;
        assert!(unbegun <= 2 * removed && ended > 0, "seed {seed}: {submitted} {ended} {dropped} {removed}");
        stage.assert_consistent();
    }
}

#[test]
fn a_body_sees_its_own_place_taken() {
    let stage = stage(&[("db", 2)]);
    let (sender, infos) = channel();
    let body = move |context: &Context| sender.send(context.scheduler().unwrap().pool("db")).unwrap();
    let job = stage.every().minute().pool("db").run_with(body).unwrap();
    assert_eq!(stage.wait(minutes(1)), 1);
    let info = infos.recv().unwrap().unwrap();
    assert_eq!((info.name.as_str(), info.size, info.running, info.queued), ("db", 2, 1, 0));
    finish(&stage.scheduler);
    assert_eq!(job.last_outcome(), Some(Outcome::Completed));
}

#[test]
fn a_run_that_waited_while_another_had_the_last_one_is_skipped_and_said_to_be() {
    let stage = stage(&[("db", 1)]);
    let release = occupy(&stage, "db");
    let (sender, lines) = channel();
    stage.scheduler.on_event(move |event: &punctual::Event| {
        if event.name == "twice" {
            let _ = sender.send((event.kind, event.run.as_ref().map(|run| run.slot)));
        }
    });
    let sentence = stage.every().minute().times(1).named("twice").pool("db").max_instances(2);
    let job = sentence.run(|| {}).unwrap();
    for _ in 0..2 {
        stage.clock.advance(minutes(1));
        stage.scheduler.run_pending();
    }
    drop(release);
    finish(&stage.scheduler);
    assert_eq!(job.run_count(), 1);
    let (first, second) = (Some(utc("2024-01-10 12:01:00")), Some(utc("2024-01-10 12:02:00")));
    let all: Vec<_> = std::iter::from_fn(|| lines.recv_timeout(seconds(20)).ok()).take(7).collect();
    assert_eq!(all[..3], [(EventKind::Added, None), (EventKind::Submitted, first), (EventKind::Submitted, second)]);
    assert!(all.contains(&(EventKind::Executed, first)), "{all:?}");
    assert!(all.contains(&(EventKind::Skipped(Skip::Finished), second)), "{all:?}");
    assert_eq!(all.last(), Some(&(EventKind::Removed(Removal::Finished), None)));
}

#[test]
fn a_pause_drops_a_run_that_waits_for_a_worker() {
    for pauses_all in [false, true] {
        let stage = stage(&[("db", 1)]);
        let release = occupy(&stage, "db");
        let job = stage.every().minute().pool("db").run(|| {}).unwrap();
        stage.wait(minutes(1));
        assert_eq!(load(&stage, "db"), (1, 1));
        match pauses_all {
            true => assert!(stage.scheduler.pause()),
            false => assert!(job.pause()),
        }
        stage.clock.advance(minutes(10));
        match pauses_all {
            true => assert!(stage.scheduler.resume()),
            false => assert!(job.resume()),
        }
        drop(release);
        finish(&stage.scheduler);
        assert_eq!((job.run_count(), job.is_running()), (0, false));
        stage.wait(minutes(1));
        finish(&stage.scheduler);
        assert_eq!(job.run_count(), 1);
    }
}

#[test]
fn a_slot_is_never_later_than_the_clock_however_it_was_set() {
    let stage = stage(&[("db", 1)]);
    let release = occupy(&stage, "db");
    let (sender, late) = channel();
    let seen = sender.clone();
    let sentence = stage.every().hour().pool("db").before_run(move |context| {
        seen.send(context.slot() > context.now()).unwrap();
        Ok(())
    });
    let job = sentence.run_with(move |context: &Context| {
        sender.send(context.slot() > context.now()).unwrap();
    });
    job.unwrap();
    stage.wait(minutes(60));
    stage.clock.set(utc("2024-01-10 12:30:00"));
    drop(release);
    let wait = || late.recv_timeout(seconds(20)).unwrap();
    assert_eq!((wait(), wait()), (false, false));
}
