//! Bodies: what they may return, what they may call, and when they are dropped.

use std::{
    io,
    sync::{
        atomic::{AtomicBool, Ordering},
        Arc, Mutex, Weak,
    },
};

use punctual::{BodyReturn, CancelJob, EventKind, IntoOutcome, Job, Outcome, Scheduler};

use crate::support::{hours, minutes, noon, Log};

/// Runs a body once, and returns its outcome and whether its job is still scheduled.
fn run_once<R: BodyReturn>(body: impl FnMut() -> R + Send + 'static) -> (Outcome, bool) {
    let stage = noon();
    let job = stage.every().minute().run(body).unwrap();
    assert_eq!(stage.wait(minutes(1)), 1);
    (job.last_outcome().unwrap(), job.is_scheduled())
}

/// A return type of another crate, which implements `IntoOutcome` itself.
struct Copied(u64);

impl IntoOutcome for Copied {
    fn into_outcome(self) -> Outcome {
        match self.0 {
            0 => Outcome::Failed("nothing was copied".to_owned()),
            _ => Outcome::Completed,
        }
    }
}

#[test]
fn a_body_may_return_any_type_that_has_an_outcome() {
    type Boxed = Box<dyn std::error::Error + Send + Sync>;
    fn plain() {}
    fn never() -> ! {
        panic!("by design")
    }
    let (fine, gone) = ((Outcome::Completed, true), (Outcome::Cancelled, false));
    let failed = |text: &str| (Outcome::Failed(text.to_owned()), true);
    assert_eq!(run_once(plain), fine);
    assert_eq!(run_once(|| ()), fine);
    assert_eq!(run_once(|| CancelJob), gone);
    assert_eq!(run_once(|| None::<CancelJob>), fine);
    assert_eq!(run_once(|| Some(CancelJob)), gone);
    assert_eq!(run_once(|| Ok::<(), String>(())), fine);
    assert_eq!(run_once(|| Ok::<_, io::Error>(CancelJob)), gone);
    assert_eq!(run_once(|| Ok::<Option<CancelJob>, Boxed>(None)), fine);
    assert_eq!(run_once(|| Ok::<_, std::fmt::Error>(Some(CancelJob))), gone);
    assert_eq!(run_once(|| Ok::<Result<(), &str>, &str>(Err("inner"))), failed("inner"));
    assert_eq!(run_once(|| Err::<(), _>("text")), failed("text"));
    assert_eq!(run_once(|| Err::<CancelJob, _>(String::from("text"))), failed("text"));
    assert_eq!(run_once(|| Err::<(), _>(io::Error::other("disk"))), failed("disk"));
    assert_eq!(run_once(|| Err::<Option<CancelJob>, Boxed>("boxed".into())), failed("boxed"));
    assert_eq!(run_once(|| "x".parse::<u8>().map(drop)), failed("invalid digit found in string"));
    assert_eq!(run_once(|| Err::<(), _>(punctual_error())), failed(&punctual_error().to_string()));
    let panicked = (Outcome::Panicked("by design".to_owned()), true);
    assert_eq!(run_once(|| panic!("by design")), panicked);
    assert_eq!(run_once(never), panicked);
    assert_eq!(run_once(|| Copied(1)), fine);
    assert_eq!(run_once(|| Copied(0)), failed("nothing was copied"));
    assert_eq!(run_once(|| Ok::<_, String>(Copied(0))), failed("nothing was copied"));
}

fn punctual_error() -> punctual::Error {
    noon().every().seconds(0).run(|| {}).unwrap_err()
}

#[test]
fn a_body_may_change_its_captured_variables() {
    let stage = noon();
    let log = Log::default();
    let (writer, mut runs) = (log.clone(), 0);
    let body = move || {
        runs += 1;
        writer.write(format!("run {runs}"));
        (runs == 3).then_some(CancelJob)
    };
    stage.every().minute().run(body).unwrap();
    (0..5).for_each(|_| drop(stage.wait(minutes(1)).to_string()));
    assert_eq!(log.take(), ["run 1", "run 2", "run 3"]);
}

/// Calls every method of a scheduler and of a handle.
fn call_everything(scheduler: &Scheduler, job: &Job) {
    let added = scheduler.every().day().tag("added").run(|| {}).unwrap();
    scheduler.after(hours(1)).tag("added").run(|| {}).unwrap();
    scheduler.once("23:59").tag("added").run(|| {}).unwrap();
    assert!(scheduler.jobs().len() >= 3 && scheduler.next_run().is_some());
    assert!(scheduler.next_run_tagged("added").is_some() && scheduler.idle().is_some());
    scheduler.on_event(|_| {}).remove();
    scheduler.run_pending();
    assert!(added.run_now() && added.pause() && added.resume());
    let _read = (job.id(), job.name(), job.tags(), job.next_run(), job.last_run());
    let _read = (job.run_count(), job.last_outcome(), job.is_scheduled(), job.to_string());
    let _read = format!("{job:?} {scheduler:?} {}", job.clone() == *job);
    let _read = (job.key(), job.is_paused(), job.is_running(), job.upcoming(3), scheduler.snapshot());
    assert_eq!(scheduler.job(job.id()).as_ref(), Some(job));
    assert_eq!(scheduler.downgrade().upgrade().unwrap().find("unknown"), None);
    let schedule = job.schedule();
    assert!(job.reschedule(schedule).unwrap() && job.trigger());
    job.tag("called").unwrap();
    job.run_now();
    job.pause();
    job.resume();
    assert_eq!(scheduler.clear_tagged("added"), 3);
    scheduler.run_all();
    scheduler.cancel_job(&added);
}

#[test]
fn a_body_may_call_anything() {
    let stage = noon();
    let own: Arc<Mutex<Option<Job>>> = Arc::default();
    let (scheduler, me) = (stage.scheduler.clone(), Arc::clone(&own));
    let body = move || {
        let job = me.lock().unwrap().clone().unwrap();
        call_everything(&scheduler, &job);
    };
    let job = stage.every().minute().run(body).unwrap();
    *own.lock().unwrap() = Some(job.clone());
    assert_eq!(stage.wait(minutes(1)), 1);
    assert_eq!(job.last_outcome(), Some(Outcome::Completed));
    assert_eq!(job.tags(), ["called"]);
    assert_eq!(stage.scheduler.jobs(), [job]);
}

#[test]
fn a_listener_may_call_anything() {
    let stage = noon();
    let log = Log::default();
    let job = stage.every().minute().named("heard").run(|| {}).unwrap();
    let (scheduler, handle, writer) = (stage.scheduler.clone(), job.clone(), log.clone());
    let was_called = AtomicBool::new(false);
    stage.scheduler.on_event(move |event| {
        // The calls emit events themselves; without the flag, the listener would call itself for ever.
        if event.kind == EventKind::Executed && !was_called.swap(true, Ordering::SeqCst) {
            call_everything(&scheduler, &handle);
            writer.write(&event.name);
        }
    });
    assert_eq!(stage.wait(minutes(1)), 1);
    assert_eq!(log.take(), ["heard"]);
    assert!(job.is_scheduled());
}

/// A body that owns `alive`, so that its drop can be observed.
fn body_that_owns(alive: Arc<()>) -> impl FnMut() + Send + 'static {
    move || {
        let _held = &alive;
    }
}

fn witness() -> (Arc<()>, Weak<()>) {
    let alive = Arc::new(());
    let witness = Arc::downgrade(&alive);
    (alive, witness)
}

#[test]
fn a_body_is_dropped_when_its_job_is_removed() {
    type Action = fn(&Scheduler, &Job);
    let actions: [Action; 5] = [
        |_, job| assert!(job.cancel()),
        |scheduler, job| assert!(scheduler.cancel_job(job)),
        |scheduler, _| assert_eq!(scheduler.clear(), 1),
        |scheduler, _| assert_eq!(scheduler.clear_tagged("a"), 1),
        |_, job| assert!(job.run_now()),
    ];
    for action in actions {
        let stage = noon();
        let (alive, witness) = witness();
        let sentence = stage.every().minute().times(1).tag("a");
        let job = sentence.run(body_that_owns(alive)).unwrap();
        assert!(witness.upgrade().is_some());
        action(&stage.scheduler, &job);
        assert!(witness.upgrade().is_none() && !job.is_scheduled());
    }
}

#[test]
fn the_body_of_a_refused_sentence_is_dropped_at_once() {
    let stage = noon();
    let (alive, witness) = witness();
    stage.every().day().at("25:00").run(body_that_owns(alive)).unwrap_err();
    assert!(witness.upgrade().is_none());
}

#[test]
fn dropping_the_scheduler_drops_a_body_that_holds_a_handle_of_its_own_job() {
    let stage = noon();
    let (alive, witness) = witness();
    let own: Arc<Mutex<Option<Job>>> = Arc::default();
    let me = Arc::clone(&own);
    let body = move || {
        let _held = (&alive, &me);
    };
    let job = stage.every().minute().run(body).unwrap();
    *own.lock().unwrap() = Some(job);
    let handle = own.lock().unwrap().clone().unwrap();
    drop(own);
    drop(stage);
    assert!(witness.upgrade().is_none());
    assert!(!handle.is_scheduled());
}

#[test]
fn dropping_the_scheduler_drops_its_listeners() {
    let stage = noon();
    let (alive, witness) = witness();
    let listener = stage.scheduler.on_event(move |_| {
        let _held = &alive;
    });
    drop(stage);
    assert!(witness.upgrade().is_none());
    assert!(!listener.remove());
}

#[test]
fn a_sentence_of_a_dropped_scheduler_is_refused_and_its_body_is_dropped_without_a_lock() {
    struct OnDrop(Job, Log);
    impl Drop for OnDrop {
        fn drop(&mut self) {
            self.1.write(self.0.is_scheduled().to_string());
        }
    }
    let stage = noon();
    let log = Log::default();
    let on_drop = OnDrop(stage.every().minute().run(|| {}).unwrap(), log.clone());
    let (sentence, faulty) = (stage.every().minute(), stage.every().seconds(0));
    drop(stage);
    let body = move || {
        let _held = &on_drop;
    };
    assert_eq!(
        sentence.run(body).unwrap_err().to_string(),
        "the scheduler of the sentence is gone: it was dropped, and its jobs with it (expected one that is kept while its \
         jobs are to run)",
    );
    assert_eq!(log.take(), ["false"]);
    assert!(faulty.run(|| {}).unwrap_err().is_invalid(), "a mistake in the sentence takes precedence");
}

#[test]
fn a_body_may_drop_the_last_clone_of_its_own_scheduler() {
    let stage = noon();
    let (alive, witness) = witness();
    let mut scheduler = Some(stage.scheduler.clone());
    let body = move || {
        let _held = &alive;
        drop(scheduler.take());
    };
    let job = stage.every().minute().run(body).unwrap();
    drop(stage);
    assert!(job.is_scheduled(), "the body keeps its scheduler alive");
    assert!(job.run_now());
    assert!(!job.is_scheduled() && witness.upgrade().is_none());
}

#[test]
fn the_drop_of_a_body_may_call_the_scheduler() {
    struct OnDrop(Scheduler, Log);
    impl Drop for OnDrop {
        fn drop(&mut self) {
            self.0.run_pending();
            self.1.write(format!("{} left", self.0.jobs().len()));
        }
    }
    let stage = noon();
    let log = Log::default();
    for _ in 0..3 {
        let on_drop = OnDrop(stage.scheduler.clone(), log.clone());
        let body = move || {
            let _held = &on_drop;
        };
        stage.every().minute().tag("a").run(body).unwrap();
    }
    stage.every().hour().run(|| {}).unwrap();
    stage.scheduler.jobs()[0].cancel();
    assert_eq!(log.take(), ["3 left"]);
    stage.scheduler.clear_tagged("a");
    assert_eq!(log.take(), ["1 left", "1 left"]);
}
