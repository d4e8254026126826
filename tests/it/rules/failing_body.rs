//! Bodies that return an error or panic.

use std::{
    error::Error,
    fmt::{self, Display},
    panic::panic_any,
};

use punctual::{CancelJob, EventKind, Outcome, Result};

use crate::support::{minutes, next, noon, Log, Stage};

/// An error with a cause.
#[derive(Debug)]
struct Failure(&'static str, Option<Box<Failure>>);

impl Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

impl Error for Failure {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.1.as_deref().map(|cause| cause as &(dyn Error + 'static))
    }
}

/// A value whose drop panics.
#[derive(Debug)]
struct Bomb;

impl Drop for Bomb {
    fn drop(&mut self) {
        panic!("dropped, by design");
    }
}

/// Runs a body twice, checks that its job stays scheduled, and returns the last outcome.
fn outcome(body: impl FnMut() -> Result<(), Box<dyn Error + Send + Sync>> + Send + 'static) -> Outcome {
    let stage = noon();
    let job = stage.every().minute().run(body).unwrap();
    assert_eq!(stage.wait(minutes(1)), 1);
    assert_eq!(next(&job), "2024-01-10 12:02:00");
    assert_eq!(stage.wait(minutes(1)), 1);
    job.last_outcome().unwrap()
}

#[test]
fn the_outcome_of_an_error_includes_its_causes() {
    let error = || Failure("no report", Some(Box::new(Failure("disk full", None))));
    assert_eq!(outcome(move || Err(error().into())), Outcome::Failed("no report: disk full".into()));
    assert_eq!(outcome(|| Err("in words".into())), Outcome::Failed("in words".into()));
    assert_eq!(outcome(|| Err(String::new().into())), Outcome::Failed(String::new()));
    assert!(matches!(outcome(|| Ok("x".parse::<u8>().map(drop)?)), Outcome::Failed(_)));
}

#[test]
fn the_outcome_of_a_panic_has_its_message() {
    assert_eq!(outcome(|| panic!("by design")), Outcome::Panicked("by design".into()));
    assert_eq!(outcome(|| panic!("{} {}", "by", "design")), Outcome::Panicked("by design".into()));
    let without = Outcome::Panicked("a panic without a text".into());
    assert_eq!(outcome(|| panic_any(7_u8)), without);
    assert_eq!(outcome(|| panic_any(Box::new("boxed"))), without);
}

#[test]
fn a_panic_whose_payload_panics_on_drop_is_an_ordinary_panic() {
    let without = Outcome::Panicked("a panic without a text".into());
    assert_eq!(outcome(|| panic_any(Bomb)), without);
}

#[test]
fn an_error_whose_display_panics_counts_as_a_panic() {
    #[derive(Debug)]
    struct Mute;
    impl Display for Mute {
        fn fmt(&self, _: &mut fmt::Formatter<'_>) -> fmt::Result {
            panic!("no words")
        }
    }
    impl Error for Mute {}
    assert_eq!(outcome(|| Err(Mute.into())), Outcome::Panicked("no words".into()));
}

#[test]
fn an_error_that_panics_on_drop_counts_as_a_failure() {
    #[derive(Debug)]
    struct Armed(#[allow(dead_code)] Bomb);
    impl Display for Armed {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("armed")
        }
    }
    impl Error for Armed {}
    assert!(!outcome(|| Err(Armed(Bomb).into())).is_success());
}

#[test]
fn an_error_whose_source_panics_counts_as_a_panic() {
    #[derive(Debug)]
    struct Sourceless;
    impl Display for Sourceless {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("sourceless")
        }
    }
    impl Error for Sourceless {
        fn source(&self) -> Option<&(dyn Error + 'static)> {
            panic!("no source")
        }
    }
    assert_eq!(outcome(|| Err(Sourceless.into())), Outcome::Panicked("no source".into()));
}

#[test]
fn an_error_that_is_its_own_source_has_a_finite_text() {
    #[derive(Debug)]
    struct Endless;
    impl Display for Endless {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("endless")
        }
    }
    impl Error for Endless {
        fn source(&self) -> Option<&(dyn Error + 'static)> {
            Some(self)
        }
    }
    let Outcome::Failed(text) = outcome(|| Err(Endless.into())) else { panic!("it did not fail") };
    assert!(text.starts_with("endless: endless") && text.len() < 1000, "{text}");
}

#[test]
fn a_failing_job_does_not_keep_other_jobs_from_running() {
    let stage = noon();
    let log = Log::default();
    stage.every().minute().priority(-2).run(|| panic!("by design")).unwrap();
    stage.every().minute().priority(-1).run(|| Err::<(), _>("disk full")).unwrap();
    stage.every().minute().run(log.body("fine")).unwrap();
    for _ in 0..3 {
        assert_eq!(stage.wait(minutes(1)), 3);
        assert_eq!(log.take(), ["fine"]);
    }
}

#[test]
fn a_failure_emits_an_event() {
    let stage = noon();
    let log = Log::default();
    let writer = log.clone();
    stage.scheduler.on_event(move |event| {
        if event.kind == EventKind::Failed {
            writer.write(format!("{}: {:?}", event.name, event.outcome().unwrap()));
        }
    });
    let body = || Err::<(), _>(Failure("no report", Some(Box::new(Failure("disk full", None)))));
    stage.every().minute().named("fails").run(body).unwrap();
    stage.every().minute().named("panics").run(|| panic!("by design")).unwrap();
    assert_eq!(stage.wait(minutes(1)), 2);
    assert_eq!(log.take(), [r#"fails: Failed("no report: disk full")"#, r#"panics: Panicked("by design")"#]);
}

#[test]
fn a_success_replaces_the_outcome_of_an_earlier_failure() {
    let stage = noon();
    let mut runs = 0;
    let body = move || {
        runs += 1;
        if runs == 1 {
            Err("not yet")
        } else {
            Ok(())
        }
    };
    let job = stage.every().minute().run(body).unwrap();
    stage.wait(minutes(1));
    assert_eq!(job.last_outcome(), Some(Outcome::Failed("not yet".into())));
    stage.wait(minutes(1));
    assert_eq!(job.last_outcome(), Some(Outcome::Completed));
}

#[test]
fn a_body_keeps_its_state_after_a_panic() {
    let stage = noon();
    let log = Log::default();
    let (writer, mut runs) = (log.clone(), 0);
    let body = move || {
        runs += 1;
        writer.write(format!("{runs}"));
        assert!(runs != 2, "by design");
    };
    stage.every().minute().run(body).unwrap();
    (0..3).for_each(|_| assert_eq!(stage.wait(minutes(1)), 1));
    assert_eq!(log.take(), ["1", "2", "3"]);
}

/// Registers a job whose body panics on drop.
fn add_job_with_bomb(stage: &Stage) -> punctual::Job {
    let bomb = Bomb;
    let body = move || {
        let _held = &bomb;
    };
    stage.every().minute().tag("armed").run(body).unwrap()
}

#[test]
fn a_body_that_panics_on_drop_can_be_cancelled_and_cleared() {
    let stage = noon();
    assert!(add_job_with_bomb(&stage).cancel());
    let job = add_job_with_bomb(&stage);
    assert!(stage.scheduler.cancel_job(&job));
    let jobs = [add_job_with_bomb(&stage), add_job_with_bomb(&stage), add_job_with_bomb(&stage)];
    assert_eq!(stage.scheduler.clear_tagged("armed"), 3);
    assert!(jobs.iter().all(|job| !job.is_scheduled()));
    let jobs = [add_job_with_bomb(&stage), add_job_with_bomb(&stage)];
    assert_eq!(stage.scheduler.clear(), 2);
    assert!(jobs.iter().all(|job| !job.is_scheduled()));
}

#[test]
fn a_body_that_panics_on_drop_after_its_last_run_does_not_affect_other_jobs() {
    let stage = noon();
    let log = Log::default();
    let bombs = [Bomb, Bomb, Bomb];
    let [finished, cancelled, late] = bombs;
    let body = move || {
        let _held = &finished;
    };
    stage.every().minute().times(1).run(body).unwrap();
    let body = move || {
        let _held = &cancelled;
        CancelJob
    };
    stage.every().minute().run(body).unwrap();
    let body = move || {
        let _held = &late;
    };
    stage.every().minute().until("12:01").run(body).unwrap();
    stage.every().minute().run(log.body("the others run")).unwrap();
    assert_eq!(stage.wait(minutes(1)), 4);
    assert_eq!(log.take(), ["the others run"]);
    assert_eq!(stage.scheduler.jobs().len(), 1);
}

#[test]
fn a_body_of_a_refused_sentence_may_panic_on_drop() {
    let stage = noon();
    let bomb = Bomb;
    let body = move || {
        let _held = &bomb;
    };
    let error = stage.every().day().until("2001-01-01").run(body).unwrap_err();
    assert!(error.is_invalid());
    let bomb = Bomb;
    let body = move || {
        let _held = &bomb;
    };
    let error = stage.every().seconds(0).run(body).unwrap_err();
    assert!(error.is_invalid());
}

#[test]
fn a_scheduler_can_be_dropped_although_its_bodies_panic_on_drop() {
    let stage = noon();
    let jobs = [add_job_with_bomb(&stage), add_job_with_bomb(&stage)];
    drop(stage);
    assert!(jobs.iter().all(|job| !job.is_scheduled()));
}

#[test]
fn a_body_that_removes_its_job_and_panics_has_that_outcome() {
    let stage = noon();
    let scheduler = stage.scheduler.clone();
    let body = move || {
        scheduler.clear();
        panic!("by design");
    };
    let job = stage.every().minute().run(body).unwrap();
    assert_eq!(stage.wait(minutes(1)), 1);
    assert!(!job.is_scheduled());
    assert_eq!(job.last_outcome(), Some(Outcome::Panicked("by design".into())));
}
