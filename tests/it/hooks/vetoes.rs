//! What a veto ends, and how it is reported.

use std::sync::{mpsc::channel, Arc, Mutex};

use chrono::DateTime;
use punctual::{Event, EventKind, ManualClock, Outcome, Retry, Scheduler, Skip};

use super::{all, Log};
use crate::support::{finish, minutes, noon, seconds, utc, Stage};

#[test]
fn a_veto_ends_the_hooks_that_passed_and_counts_for_nothing() {
    let (stage, (log, lines)) = (noon(), Log::new());
    stage.scheduler.around(log.hook("outer"));
    log.hear(&stage.scheduler);
    let sentence = stage.every().minute().times(1).around(log.hook("inner"));
    let mut refusals = 2;
    let refusals = Arc::new(Mutex::new(move || {
        refusals -= 1;
        refusals >= 0
    }));
    let sentence =
        sentence.before_run(move |_| if (refusals.lock().unwrap())() { Err("not yet".into()) } else { Ok(()) });
    let job = sentence.around(log.hook("innermost")).run(|| {}).unwrap();
    assert_eq!(stage.wait(minutes(1)), 0, "nothing has run");
    let expected = [
        "outer before 1",
        "inner before 1",
        "inner after: vetoed: not yet",
        "outer after: vetoed: not yet",
        "Skipped(Vetoed) 1 vetoed: not yet",
    ];
    assert_eq!(all(&lines), expected);
    assert_eq!((job.run_count(), job.last_run(), job.last_outcome()), (0, None, None));
    assert!(!job.is_running());
    // By hand, too.
    assert!(!job.run_now());
    assert_eq!(all(&lines).last().unwrap(), "Skipped(Vetoed) 1 vetoed: not yet");
    // `times` has not been used up.
    assert_eq!(stage.wait(minutes(1)), 1);
    assert_eq!((job.run_count(), job.is_scheduled()), (1, false));
}

#[test]
fn a_veto_of_the_only_slot_ends_the_job() {
    let stage = noon();
    let (sender, removals) = channel();
    stage.scheduler.on_event(move |event| {
        if let EventKind::Removed(why) = event.kind {
            sender.send(why).unwrap();
        }
    });
    let job = stage.scheduler.after(seconds(5)).before_run(|_| Err("never".into())).run(|| {}).unwrap();
    assert_eq!(stage.wait(seconds(5)), 0);
    assert!(!job.is_scheduled());
    assert_eq!(removals.recv().unwrap(), punctual::Removal::Finished);
}

#[test]
fn a_panic_is_a_veto_before_and_nothing_after() {
    let (stage, (log, lines)) = (noon(), Log::new());
    log.hear(&stage.scheduler);
    let first = stage.every().minute().named("first");
    let first = first.before_run(|_| panic!("by design")).run(|| {}).unwrap();
    let second = stage.every().minute().named("second").after_run(|_, _| panic!("by design"));
    let second = second.after_run(move |run, outcome| log.say(format!("{} {outcome}", run.name()))).run(|| {}).unwrap();
    assert_eq!(stage.wait(minutes(1)), 1);
    assert_eq!(
        all(&lines),
        [
            "Skipped(Vetoed) 1 vetoed: a hook panicked: by design",
            "Started 1",
            "second completed",
            "Executed 1 completed"
        ]
    );
    assert_eq!((first.last_outcome(), second.last_outcome()), (None, Some(Outcome::Completed)));
}

#[test]
fn a_veto_on_a_worker_gives_the_place_back() {
    let stage = Stage::with_workers(DateTime::UNIX_EPOCH, 2);
    let (log, lines) = Log::new();
    let job = stage.every().minute().parallel().before_run(|_| Err("no".into())).run(|| {}).unwrap();
    log.hear(&stage.scheduler);
    for _ in 0..2 {
        stage.wait(minutes(1));
        finish(&stage.scheduler);
        assert_eq!(all(&lines), ["Submitted 1", "Skipped(Vetoed) 1 vetoed: no"]);
    }
    assert_eq!((job.run_count(), job.is_running()), (0, false));
}

#[test]
fn a_vetoed_slot_is_reported_as_skipped() {
    let stage = noon();
    let (sender, events) = channel();
    stage.scheduler.on_event(move |event| sender.send(event.clone()).unwrap());
    let job = stage.every().minute().named("job").before_run(|_| Err("no".into())).run(|| {}).unwrap();
    stage.wait(minutes(1));
    let events: Vec<Event> = events.try_iter().collect();
    assert_eq!(events.len(), 2, "{events:?}");
    assert_eq!(events[1].kind, EventKind::Skipped(Skip::Vetoed));
    let run = events[1].run.as_ref().unwrap();
    assert_eq!((run.job, run.attempt, run.started_at, run.ended_at), (job.id(), 1, None, None));
    assert_eq!(run.outcome, Some(Outcome::Vetoed("no".to_owned())));
}

#[test]
fn a_vetoed_run_is_remembered() {
    let clock = ManualClock::new(utc("2024-01-10 12:00:00"));
    let scheduler = Scheduler::builder().clock(clock.clone()).tz(chrono::Utc).history(9).build().unwrap();
    let leader = scheduler.every().minute().before_run(|_| Err("no leader".into())).run(|| {}).unwrap();
    let flaky = scheduler.every().minute().retry(Retry::fixed(seconds(30)).times(1));
    let flaky = flaky.before_run(|context| match context.attempt() {
        1 => Ok(()),
        _ => Err("no second".into()),
    });
    let flaky = flaky.run(|| Err::<(), _>("bad")).unwrap();
    clock.advance(minutes(1));
    scheduler.run_pending();
    clock.advance(seconds(30));
    scheduler.run_pending();
    let why = |job: &punctual::Job| job.explain("12:01").unwrap().reason;
    assert!(matches!(why(&leader), punctual::Reason::Skipped { why: Skip::Vetoed, .. }), "{:?}", why(&leader));
    assert!(matches!(why(&flaky), punctual::Reason::Ran(run) if run.outcome == Some(Outcome::Failed("bad".into()))));
    assert_eq!(flaky.history(9).len(), 1);
}
