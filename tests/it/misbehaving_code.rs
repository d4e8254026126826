//! Bodies that do what no body should, wherever code of the user's runs: the registry stays whole, the others on time.

use std::{panic::panic_any, time::Duration};

use punctual::{Context, EventKind, Job, Scheduler};

use crate::support::{hours, minutes, noon, show, Log, Stage};

type Deed = fn(&Scheduler);
type SetUp = fn(&Stage, Log, Deed);

/// What is done, and whether it takes the others away.
const FAULTS: [(&str, Deed, bool); 14] = [
    ("panics", |_| panic!("by design"), false),
    ("panics with what panics as it is dropped", |_| panic_any(Bomb(3)), false),
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
    ("uses the handles of jobs that are gone", use_handles_of_the_gone, false),
    ("adds and removes listeners", add_and_remove_listeners, false),
    ("clears everything", |scheduler| assert!(scheduler.clear() > 0), true),
    ("clears everything, adds a thousand jobs, polls and panics", clear_flood_poll_and_panic, true),
];

/// Where it is done: sets up a job, or a listener, that does it each minute.
const PLACES: [(&str, SetUp); 5] = [
    ("in a poll", |stage, log, deed| {
        let body = told(stage, log, deed);
        stage.every().minute().named("faulty").tag("own").run(body).unwrap();
    }),
    ("by hand", |stage, log, deed| {
        let job = stage.every().day().named("faulty").tag("own").run(told(stage, log, deed)).unwrap();
        let by_hand = move || assert!(job.run_now() || !job.is_scheduled());
        stage.every().minute().run(by_hand).unwrap();
    }),
    ("on a worker", |stage, log, deed| {
        let body = told(stage, log, deed);
        stage.every().minute().named("faulty").tag("own").parallel().run(body).unwrap();
    }),
    ("in a listener", |stage, log, deed| {
        stage.every().minute().named("faulty").tag("own").run(|| {}).unwrap();
        let body = told(stage, log, deed);
        stage.scheduler.on_event(move |event| {
            if event.kind == EventKind::Executed && event.name == "faulty" {
                body();
            }
        });
    }),
    ("as a body is dropped", |stage, log, deed| {
        let scheduler = stage.scheduler.clone();
        let body = move || {
            let parting = Parting(scheduler.clone(), log.clone(), deed);
            let held = move || drop(parting.1.take());
            assert!(scheduler.every().day().tag("own").run(held).unwrap().cancel());
        };
        stage.every().minute().run(body).unwrap();
    }),
];

fn told(stage: &Stage, log: Log, deed: Deed) -> impl Fn() + Send + Sync + 'static {
    let scheduler = stage.scheduler.clone();
    move || {
        log.write("begun");
        deed(&scheduler);
        log.write("done");
    }
}

/// A value that panics as it is dropped, with one that does so too, and so on.
struct Bomb(u32);

impl Drop for Bomb {
    fn drop(&mut self) {
        if self.0 > 0 {
            panic_any(Bomb(self.0 - 1));
        }
    }
}

/// What a body holds, and does in the end.
struct Parting(Scheduler, Log, Deed);

impl Drop for Parting {
    fn drop(&mut self) {
        self.1.write("begun");
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

fn use_handles_of_the_gone(scheduler: &Scheduler) {
    let gone: Vec<Job> = (0..3).map(|_| scheduler.every().minute().tag("gone").run(|| {}).unwrap()).collect();
    assert_eq!(scheduler.clear_tagged("gone"), 3);
    let in_their_place = scheduler.every().hour().tag("new").run(|| {}).unwrap();
    for job in gone {
        assert!(!job.cancel() && !job.pause() && !job.resume() && !job.run_now() && !job.is_scheduled());
        assert!(!scheduler.cancel_job(&job) && job.tag("new").is_ok());
        assert_eq!((job.next_run(), job.tags()), (None, vec!["gone".to_owned()]));
    }
    assert_eq!(scheduler.jobs_tagged("new").pop(), Some(in_their_place));
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

/// A job that writes each of its slots, and how late it was.
fn neighbour(stage: &Stage, name: &'static str, priority: i32) -> Log {
    let log = Log::default();
    let told = log.clone();
    let body = move |context: &Context| {
        let late = context.now() - context.slot();
        told.write(format!("{} late by {}", show(context.slot()), late.num_milliseconds()));
    };
    stage.every().minute().named(name).priority(priority).run_with(body).unwrap();
    log
}

#[test]
fn whatever_a_body_does_the_registry_stays_whole_and_the_others_on_time() {
    let slots = [1, 2, 3].map(|minute| format!("2024-01-10 12:0{minute}:00 late by 0"));
    for (what, deed, clears) in FAULTS {
        for (place, set_up) in PLACES {
            let stage = noon();
            let done = Log::default();
            let (before, after) = (neighbour(&stage, "before", -1), neighbour(&stage, "after", 1));
            set_up(&stage, done.clone(), deed);
            for _ in 0..3 {
                stage.wait(minutes(1));
                stage.scheduler.shutdown(true);
                stage.assert_whole();
            }
            let told = [before.take(), after.take()];
            if clears {
                let begin = told.iter().all(|told| slots.starts_with(told));
                assert!(begin && told[1].len() < 3, "{what} {place}: {told:?}");
            } else {
                assert_eq!(told, [&slots, &slots].map(|slots| slots.to_vec()), "{what} {place}");
            }
            let done = done.take();
            let began = done.iter().filter(|line| *line == "begun").count();
            let panicked = 2 * began - done.len();
            let expected = if what.contains("panics") { began } else { 0 };
            assert!(began > 0 && panicked == expected, "{what} {place}: {panicked} of {began} panicked");
            stage.scheduler.clear();
            stage.assert_whole();
            let new = neighbour(&stage, "new", 0);
            assert_eq!(stage.wait(minutes(1)), 1, "{what} {place}");
            assert_eq!(new.take(), ["2024-01-10 12:04:00 late by 0"], "{what} {place}");
            stage.assert_whole();
        }
    }
}
