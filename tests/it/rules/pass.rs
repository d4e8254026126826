//! One pass of `run_pending`: which jobs run, in which order, and what a body may do during it.

use std::sync::{Arc, Mutex};

use punctual::{CancelJob, Context, Job, Scheduler};

use crate::support::{minutes, next, noon, seconds, show, Log, Stage};

#[test]
fn due_jobs_run_in_order_of_slot_then_priority_then_registration() {
    let stage = noon();
    let log = Log::default();
    stage.every().minutes(3).run(log.body("12:03, first")).unwrap();
    stage.every().minutes(3).priority(-5).run(log.body("12:03, urgent")).unwrap();
    stage.every().minutes(3).run(log.body("12:03, second")).unwrap();
    stage.every().minutes(2).priority(9).run(log.body("12:02, last of all")).unwrap();
    stage.every().minutes(2).priority(i32::MAX).run(log.body("12:02, even later")).unwrap();
    stage.every().minutes(2).priority(i32::MIN).run(log.body("12:02, at once")).unwrap();
    stage.every().minutes(1).priority(100).run(log.body("12:01")).unwrap();
    stage.every().minutes(4).priority(-100).run(log.body("12:04, not yet")).unwrap();
    assert_eq!(stage.wait(minutes(3)), 7);
    let order = [
        "12:01",
        "12:02, at once",
        "12:02, last of all",
        "12:02, even later",
        "12:03, urgent",
        "12:03, first",
        "12:03, second",
    ];
    assert_eq!(log.take(), order);
}

/// Long batches are sorted and read in another way than short ones.
#[test]
fn ten_thousand_due_jobs_run_in_order_of_slot_then_priority_then_registration() {
    const JOBS: u64 = 10_000;
    let stage = noon();
    let ran = Arc::<Mutex<Vec<(i64, i32, u64)>>>::default();
    for n in 0..JOBS {
        let (ran, priority) = (Arc::clone(&ran), (n % 3) as i32);
        let body = move |context: &Context| {
            ran.lock().unwrap().push((context.slot().timestamp(), priority, n));
        };
        stage.every().seconds(3600 + n * 7919 % 2_000).priority(priority).run_with(body).unwrap();
    }
    for _ in 0..3 {
        assert_eq!(stage.wait(seconds(5_600)) as u64, JOBS);
        let ran = std::mem::take(&mut *ran.lock().unwrap());
        assert!(ran.is_sorted() && ran.len() as u64 == JOBS);
    }
}

#[test]
fn jobs_run_in_the_order_of_registration_even_after_others_were_removed() {
    let stage = noon();
    let log = Log::default();
    let removed: Vec<Job> = (0..5).map(|_| stage.every().minute().run(|| {}).unwrap()).collect();
    stage.every().minute().run(log.body("a")).unwrap();
    removed.iter().rev().for_each(|job| assert!(job.cancel()));
    drop(removed);
    for name in ["b", "c", "d"] {
        stage.every().minute().run(log.body(name)).unwrap();
    }
    assert_eq!(stage.wait(minutes(1)), 4);
    assert_eq!(log.take(), ["a", "b", "c", "d"]);
}

#[test]
fn a_job_that_a_body_adds_waits_for_the_next_pass() {
    let stage = noon();
    let log = Log::default();
    let (scheduler, writer) = (stage.scheduler.clone(), log.clone());
    let add = move || {
        writer.write("adds");
        scheduler.every().hour().immediately().run(writer.body("immediate")).unwrap();
        scheduler.after(seconds(0)).priority(-1).run(writer.body("at once")).unwrap();
        CancelJob
    };
    stage.every().minute().run(add).unwrap();
    assert_eq!(stage.wait(minutes(1)), 1);
    assert_eq!(log.take(), ["adds"]);
    assert_eq!(stage.scheduler.run_pending(), 2);
    assert_eq!(log.take(), ["at once", "immediate"]);
}

#[test]
fn a_slot_that_becomes_due_while_a_body_runs_waits_for_the_next_pass() {
    let stage = noon();
    let log = Log::default();
    let (clock, writer) = (stage.clock.clone(), log.clone());
    let slow = move || {
        writer.write("slow");
        clock.advance(minutes(5));
    };
    stage.every().minute().run(slow).unwrap();
    stage.every().minutes(3).run(log.body("later")).unwrap();
    assert_eq!(stage.wait(minutes(1)), 1);
    assert_eq!(log.take(), ["slow"]);
    assert_eq!(stage.scheduler.run_pending(), 2);
    assert_eq!(log.take(), ["slow", "later"]);
}

/// Two jobs are due at one instant. The body of the first calls `action` on the second, which then must not run.
fn second_does_not_run_after(action: fn(&Scheduler, &Job)) -> (Stage, Job) {
    let stage = noon();
    let log = Log::default();
    let second: Arc<Mutex<Option<Job>>> = Arc::default();
    let (scheduler, target, writer) = (stage.scheduler.clone(), Arc::clone(&second), log.clone());
    let first = move || {
        writer.write("first");
        action(&scheduler, target.lock().unwrap().as_ref().unwrap());
        CancelJob
    };
    stage.every().minute().run(first).unwrap();
    let job = stage.every().minute().tag("victim").run(log.body("second")).unwrap();
    *second.lock().unwrap() = Some(job.clone());
    stage.every().minute().run(log.body("third")).unwrap();
    let ran = stage.wait(minutes(1));
    let lines = log.take();
    assert!(!lines.contains(&"second".to_owned()), "{lines:?}");
    assert_eq!(ran, lines.len());
    (stage, job)
}

#[test]
fn a_job_that_an_earlier_body_cancels_does_not_run() {
    let (_stage, job) = second_does_not_run_after(|_, job| assert!(job.cancel()));
    assert_eq!((job.is_scheduled(), job.run_count()), (false, 0));
    let (_stage, job) = second_does_not_run_after(|scheduler, job| assert!(scheduler.cancel_job(job)));
    assert_eq!((job.is_scheduled(), job.run_count()), (false, 0));
}

#[test]
fn a_job_that_an_earlier_body_clears_does_not_run() {
    let (_stage, job) = second_does_not_run_after(|scheduler, _| assert_eq!(scheduler.clear_tagged("victim"), 1));
    assert_eq!((job.is_scheduled(), job.run_count()), (false, 0));
    let (stage, job) = second_does_not_run_after(|scheduler, _| assert_eq!(scheduler.clear(), 3));
    assert_eq!((job.is_scheduled(), job.run_count()), (false, 0));
    assert!(stage.scheduler.jobs().is_empty());
}

#[test]
fn a_job_that_an_earlier_body_pauses_does_not_run() {
    let (stage, job) = second_does_not_run_after(|_, job| assert!(job.pause()));
    assert_eq!((job.is_scheduled(), job.run_count(), job.next_run()), (true, 0, None));
    assert!(job.resume());
    assert_eq!(next(&job), "2024-01-10 12:02:00");
    assert_eq!(stage.wait(minutes(1)), 2);
}

#[test]
fn a_job_that_an_earlier_body_pauses_and_resumes_continues_at_its_next_slot() {
    let (_stage, job) = second_does_not_run_after(|_, job| {
        assert!(job.pause());
        assert!(job.resume());
    });
    assert_eq!(next(&job), "2024-01-10 12:02:00");
}

#[test]
fn a_job_that_an_earlier_body_ran_manually_does_not_run_again() {
    let stage = noon();
    let log = Log::default();
    let second: Arc<Mutex<Option<Job>>> = Arc::default();
    let target = Arc::clone(&second);
    let first = move || assert!(target.lock().unwrap().as_ref().unwrap().run_now());
    stage.every().minute().run(first).unwrap();
    let job = stage.every().minute().run(log.body("second")).unwrap();
    *second.lock().unwrap() = Some(job.clone());
    assert_eq!(stage.wait(minutes(1)), 1);
    assert_eq!((log.take().len(), job.run_count()), (1, 1));
    assert_eq!(next(&job), "2024-01-10 12:02:00");
}

#[test]
fn a_body_that_polls_runs_other_jobs_but_not_itself() {
    let stage = noon();
    let log = Log::default();
    let (scheduler, clock, writer) = (stage.scheduler.clone(), stage.clock.clone(), log.clone());
    let polls = move || {
        writer.write(format!("polls, {} ran", scheduler.run_pending()));
        clock.advance(minutes(2));
        writer.write(format!("polls two slots later, {} ran", scheduler.run_pending()));
    };
    let job = stage.every().minute().run(polls).unwrap();
    stage.every().minutes(1).run(log.body("other")).unwrap();
    assert_eq!(stage.wait(minutes(1)), 1, "the body ran the other one");
    let expected = ["other", "polls, 1 ran", "other", "polls two slots later, 1 ran"];
    assert_eq!(log.take(), expected);
    assert_eq!(next(&job), "2024-01-10 12:02:00", "its slot passed while it ran, and is overdue");
    assert_eq!(stage.scheduler.run_pending(), 1);
}

#[test]
fn bodies_that_poll_each_other_terminate() {
    let stage = noon();
    let log = Log::default();
    for name in ["a", "b", "c"] {
        let (scheduler, writer) = (stage.scheduler.clone(), log.clone());
        let body = move || {
            writer.write(name);
            scheduler.run_pending();
        };
        stage.every().minute().run(body).unwrap();
    }
    assert_eq!(stage.wait(minutes(1)), 1);
    assert_eq!(log.take(), ["a", "b", "c"]);
    assert_eq!(stage.scheduler.run_pending(), 0);
}

#[test]
fn a_manual_run_inside_its_own_body_is_refused() {
    let stage = noon();
    let log = Log::default();
    let own: Arc<Mutex<Option<Job>>> = Arc::default();
    let (me, scheduler, writer) = (Arc::clone(&own), stage.scheduler.clone(), log.clone());
    let body = move || {
        let job = me.lock().unwrap().clone().unwrap();
        writer.write(format!("{} {}", job.run_now(), scheduler.run_all()));
    };
    let job = stage.every().minute().run(body).unwrap();
    *own.lock().unwrap() = Some(job.clone());
    assert!(job.run_now());
    assert_eq!(log.take(), ["false 0"]);
    assert_eq!(job.run_count(), 1);
}

#[test]
fn a_body_may_cancel_its_own_job() {
    let stage = noon();
    let own: Arc<Mutex<Option<Job>>> = Arc::default();
    let me = Arc::clone(&own);
    let body = move || assert!(me.lock().unwrap().as_ref().unwrap().cancel());
    let job = stage.every().minute().run(body).unwrap();
    *own.lock().unwrap() = Some(job.clone());
    assert_eq!((stage.wait(minutes(1)), stage.wait(minutes(1))), (1, 0));
    assert!(!job.is_scheduled());
    assert!(job.last_outcome().unwrap().is_success());
}

#[test]
fn a_body_may_pause_its_own_job() {
    let stage = noon();
    let own: Arc<Mutex<Option<Job>>> = Arc::default();
    let me = Arc::clone(&own);
    let body = move || assert!(me.lock().unwrap().as_ref().unwrap().pause());
    let job = stage.every().minute().run(body).unwrap();
    *own.lock().unwrap() = Some(job.clone());
    assert_eq!((stage.wait(minutes(1)), stage.wait(minutes(1))), (1, 0));
    assert!(job.is_scheduled());
    assert!(job.resume());
    assert_eq!(next(&job), "2024-01-10 12:03:00");
}

#[test]
fn the_context_describes_the_run() {
    let stage = noon();
    let log = Log::default();
    let writer = log.clone();
    let body = move |context: &Context| {
        let tags: Vec<&str> = context.tags().collect();
        let (slot, now) = (show(context.slot()), show(context.now()));
        writer.write(format!("{} {tags:?} {slot} {now} {}", context.name(), context.run_count()));
    };
    let job = stage.every().minute().named("report").tags(["a", "b"]).run_with(body).unwrap();
    stage.wait(seconds(75));
    job.run_now();
    stage.wait(minutes(10));
    let expected = [
        r#"report ["a", "b"] 2024-01-10 12:01:00 2024-01-10 12:01:15 1"#,
        r#"report ["a", "b"] 2024-01-10 12:01:15 2024-01-10 12:01:15 2"#,
        r#"report ["a", "b"] 2024-01-10 12:02:00 2024-01-10 12:11:15 3"#,
    ];
    assert_eq!(log.take(), expected);
}

#[test]
fn a_job_run_manually_during_a_pass_is_ordered_by_its_new_slot_in_a_nested_pass() {
    let stage = noon();
    let log = Log::default();
    stage.every().minute().run(log.body("first")).unwrap();
    let last: Arc<Mutex<Option<Job>>> = Arc::default();
    let (scheduler, clock, target) = (stage.scheduler.clone(), stage.clock.clone(), Arc::clone(&last));
    let body = move || {
        let job = target.lock().unwrap().take();
        if job.is_some_and(|job| job.run_now()) {
            clock.advance(minutes(1));
            scheduler.run_pending();
        }
    };
    stage.every().minute().run(body).unwrap();
    *last.lock().unwrap() = Some(stage.every().minute().run(log.body("last")).unwrap());
    assert_eq!(stage.wait(minutes(1)), 2);
    assert_eq!(log.take(), ["first", "last", "first", "last"]);
}
