//! User code that misbehaves, wherever user code runs: the registry stays consistent and other jobs run on time.

use std::{panic::panic_any, time::Duration};

use punctual::{Context, EventKind, Job, Scheduler};

use crate::support::{hours, minutes, noon, show, Log, Stage};

type Action = fn(&Scheduler);
type SetUp = fn(&Stage, Log, Action);

/// What the code does, and whether that removes the other jobs.
const FAULTS: [(&str, Action, bool); 14] = [
    ("panics", |_| panic!("by design"), false),
    ("panics with a payload whose drop panics", |_| panic_any(Bomb(3)), false),
    ("adds a thousand jobs", |scheduler| flood(scheduler), false),
    ("adds a thousand jobs and panics", |scheduler| panic!("by design, at {:?}", flood(scheduler)), false),
    ("polls inside of polls", |scheduler| (0..3).for_each(|_| poll(scheduler)), false),
    ("cancels itself", |scheduler| own(scheduler).iter().for_each(|job| assert!(job.cancel())), false),
    ("cancels itself and panics", |scheduler| panic!("{:?}", own(scheduler).map(|job| job.cancel())), false),
    ("replaces itself", replace, false),
    (
        "pauses itself",
        |scheduler| own(scheduler).iter().for_each(|job| assert!(job.pause() || job.next_run().is_none())),
        false,
    ),
    ("tags itself a hundred times", |scheduler| tag(scheduler, 100), false),
    ("uses the handles of removed jobs", use_handles_of_removed_jobs, false),
    ("adds and removes listeners", add_and_remove_listeners, false),
    ("clears everything", |scheduler| assert!(scheduler.clear() > 0), true),
    ("clears everything, adds a thousand jobs, polls and panics", clear_flood_poll_and_panic, true),
];

/// Where the code runs: each entry sets up a job or a listener that does it every minute.
const PLACES: [(&str, SetUp); 5] = [
    ("in a poll", |stage, log, action| {
        let body = logged(stage, log, action);
        stage.every().minute().named("faulty").tag("own").run(body).unwrap();
    }),
    ("in a manual run", |stage, log, action| {
        let job = stage.every().day().named("faulty").tag("own").run(logged(stage, log, action)).unwrap();
        let run_now = move || assert!(job.run_now() || !job.is_scheduled());
        stage.every().minute().run(run_now).unwrap();
    }),
    ("on a worker", |stage, log, action| {
        let body = logged(stage, log, action);
        stage.every().minute().named("faulty").tag("own").parallel().run(body).unwrap();
    }),
    ("in a listener", |stage, log, action| {
        stage.every().minute().named("faulty").tag("own").run(|| {}).unwrap();
        let body = logged(stage, log, action);
        stage.scheduler.on_event(move |event| {
            if event.kind == EventKind::Executed && event.name == "faulty" {
                body();
            }
        });
    }),
    ("when a body is dropped", |stage, log, action| {
        let scheduler = stage.scheduler.clone();
        let body = move || {
            let on_drop = OnDrop(scheduler.clone(), log.clone(), action);
            let held = move || drop(on_drop.1.take());
            assert!(scheduler.every().day().tag("own").run(held).unwrap().cancel());
        };
        stage.every().minute().run(body).unwrap();
    }),
];

/// Runs `action`, and logs its start and its end.
fn logged(stage: &Stage, log: Log, action: Action) -> impl Fn() + Send + Sync + 'static {
    let scheduler = stage.scheduler.clone();
    move || {
        log.write("started");
        action(&scheduler);
        log.write("done");
    }
}

/// A value whose drop panics with another such value as the payload, `self.0` levels deep.
struct Bomb(u32);

impl Drop for Bomb {
    fn drop(&mut self) {
        if self.0 > 0 {
            panic_any(Bomb(self.0 - 1));
        }
    }
}

/// Runs an action when it is dropped.
struct OnDrop(Scheduler, Log, Action);

impl Drop for OnDrop {
    fn drop(&mut self) {
        self.1.write("started");
        (self.2)(&self.0);
        self.1.write("done");
    }
}

fn own(scheduler: &Scheduler) -> Option<Job> {
    scheduler.jobs_tagged("own").pop()
}

fn poll(scheduler: &Scheduler) {
    scheduler.run_pending();
}

fn flood(scheduler: &Scheduler) {
    for n in 0..1000 {
        let every = scheduler.every();
        match n % 4 {
            0 => scheduler.after(Duration::ZERO).tag("flood").run(|| {}),
            1 => every.seconds(n + 1).tag("flood").run(|| {}),
            2 => every.day().at("10:30").immediately().tag("flood").run(|| panic!("by design")),
            _ => every.month().on_last_day().tags(["flood", "monthly"]).run(|| {}),
        }
        .unwrap();
    }
}

fn replace(scheduler: &Scheduler) {
    own(scheduler).iter().for_each(|job| assert!(job.cancel()));
    let again = scheduler.clone();
    scheduler.every().minute().named("faulty").tag("own").run(move || replace(&again)).unwrap();
}

fn tag(scheduler: &Scheduler, times: u32) {
    if let Some(job) = own(scheduler) {
        for _ in 0..times {
            job.tag(format!("{}", job.tags().len())).unwrap();
        }
    }
}

fn use_handles_of_removed_jobs(scheduler: &Scheduler) {
    let removed: Vec<Job> = (0..3).map(|_| scheduler.every().minute().tag("gone").run(|| {}).unwrap()).collect();
    assert_eq!(scheduler.clear_tagged("gone"), 3);
    let successor = scheduler.every().hour().tag("new").run(|| {}).unwrap();
    for job in removed {
        assert!(!job.cancel() && !job.pause() && !job.resume() && !job.run_now() && !job.is_scheduled());
        assert!(!scheduler.cancel_job(&job) && job.tag("new").is_ok());
        assert_eq!((job.next_run(), job.tags()), (None, vec!["gone".to_owned()]));
    }
    assert_eq!(scheduler.jobs_tagged("new").pop(), Some(successor));
}

fn add_and_remove_listeners(scheduler: &Scheduler) {
    let listeners: Vec<_> = (0..100).map(|_| scheduler.on_event(|_| panic!("by design"))).collect();
    scheduler.after(hours(1)).run(|| {}).unwrap();
    assert!(listeners.iter().all(|listener| listener.remove()));
}

fn clear_flood_poll_and_panic(scheduler: &Scheduler) {
    scheduler.clear();
    flood(scheduler);
    scheduler.run_pending();
    panic!("by design");
}

/// A well-behaved job that logs each of its slots and how late it ran.
fn neighbour(stage: &Stage, name: &'static str, priority: i32) -> Log {
    let log = Log::default();
    let writer = log.clone();
    let body = move |context: &Context| {
        let late = context.now() - context.slot();
        writer.write(format!("{} late by {}", show(context.slot()), late.num_milliseconds()));
    };
    stage.every().minute().named(name).priority(priority).run_with(body).unwrap();
    log
}

#[test]
fn no_user_code_breaks_the_registry_or_delays_other_jobs() {
    let slots = [1, 2, 3].map(|minute| format!("2024-01-10 12:0{minute}:00 late by 0"));
    for (what, action, removes_others) in FAULTS {
        for (place, set_up) in PLACES {
            let stage = noon();
            let done = Log::default();
            let (before, after) = (neighbour(&stage, "before", -1), neighbour(&stage, "after", 1));
            set_up(&stage, done.clone(), action);
            for _ in 0..3 {
                stage.wait(minutes(1));
                stage.scheduler.shutdown(true);
                stage.assert_consistent();
            }
            let ran = [before.take(), after.take()];
            if removes_others {
                let is_prefix = ran.iter().all(|ran| slots.starts_with(ran));
                assert!(is_prefix && ran[1].len() < 3, "{what} {place}: {ran:?}");
            } else {
                assert_eq!(ran, [&slots, &slots].map(|slots| slots.to_vec()), "{what} {place}");
            }
            let done = done.take();
            let started = done.iter().filter(|line| *line == "started").count();
            let panicked = 2 * started - done.len();
            let expected = if what.contains("panics") { started } else { 0 };
            assert!(started > 0 && panicked == expected, "{what} {place}: {panicked} of {started} panicked");
            stage.scheduler.clear();
            stage.assert_consistent();
            let new = neighbour(&stage, "new", 0);
            assert_eq!(stage.wait(minutes(1)), 1, "{what} {place}");
            assert_eq!(new.take(), ["2024-01-10 12:04:00 late by 0"], "{what} {place}");
            stage.assert_consistent();
        }
    }
}
