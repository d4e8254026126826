//! Failed runs that are tried again: `retry`.

use std::{
    collections::VecDeque,
    sync::{
        mpsc::{channel, Receiver},
        Arc, Mutex,
    },
    time::Duration,
};

use chrono::{DateTime, TimeDelta};
use punctual::{Context, Event, Job, Outcome, Overlap, Permanent, Retry, Scheduler, Skip, Wait};

use crate::support::{days, finish, minutes, noon, seconds, slot, Stage};

const SECOND: Duration = Duration::from_secs(1);

/// Starts at the Unix epoch, so that the timestamp of a slot is the number of its second.
fn epoch() -> Stage {
    Stage::at("1970-01-01 00:00:00")
}

fn every_second(times: u32) -> Retry {
    Retry::fixed(SECOND).times(times)
}

/// What happened to runs: `"10 Retrying 1/60"` is attempt 1 for the slot at 60, at second 10.
fn told(scheduler: &Scheduler) -> Receiver<String> {
    let (sender, lines) = channel();
    scheduler.on_event(move |event: &Event| {
        let Some(run) = &event.run else { return };
        let (at, slot) = (event.at.timestamp(), slot(event).timestamp());
        let _ = sender.send(format!("{at} {:?} {}/{slot}", event.kind, run.attempt));
    });
    lines
}

fn lines(told: &Receiver<String>) -> Vec<String> {
    told.try_iter().filter(|line| !line.contains("Started") && !line.contains("Submitted")).collect()
}

/// The next line, which a worker may still be about to deliver.
fn next_line(told: &Receiver<String>) -> String {
    told.recv_timeout(minutes(1)).unwrap()
}

fn await_line(told: &Receiver<String>, line: &str) {
    while next_line(told) != line {}
}

/// A body that answers with these results, one after another, and then with success.
fn answers(results: &[bool]) -> impl FnMut() -> Result<(), &'static str> + Send + 'static {
    let mut results: VecDeque<bool> = results.iter().copied().collect();
    move || match results.pop_front() {
        Some(false) => Err("no"),
        _ => Ok(()),
    }
}

#[test]
fn attempts_are_one_run_for_one_slot() {
    let stage = epoch();
    let told = told(&stage.scheduler);
    let job = stage.every().minute().retry(every_second(3)).run(answers(&[false, false])).unwrap();
    assert_eq!(stage.wait(minutes(1)), 1);
    assert!(job.is_running(), "it is in progress while it waits");
    assert_eq!((job.run_count(), job.last_outcome()), (1, None), "it has no outcome yet");
    assert_eq!(stage.scheduler.idle(), Some(SECOND));
    assert_eq!(stage.wait(SECOND), 1);
    assert_eq!(stage.wait(SECOND), 1);
    assert_eq!(lines(&told), ["60 Retrying 1/60", "61 Retrying 2/60", "62 Executed 3/60"]);
    assert_eq!((job.run_count(), job.last_outcome()), (1, Some(Outcome::Completed)));
    assert!(!job.is_running());
    assert_eq!(job.next_run().map(|next| next.timestamp()), Some(120), "the grid stays where it is");
}

#[test]
fn the_last_failure_is_the_outcome() {
    let stage = epoch();
    let told = told(&stage.scheduler);
    let mut n = 0;
    let body = move || {
        n += 1;
        Err::<(), _>(format!("failure {n}"))
    };
    let job = stage.every().minute().times(1).retry(every_second(2)).run(body).unwrap();
    stage.scheduler.run_until_empty();
    assert_eq!(lines(&told), ["60 Retrying 1/60", "61 Retrying 2/60", "62 Failed 3/60"]);
    assert_eq!(job.last_outcome(), Some(Outcome::Failed("failure 3".into())));
    assert!(!job.is_scheduled(), "`times` counts the run once");
    assert_eq!(job.run_count(), 1);
}

#[test]
fn a_panic_is_tried_again_and_a_permanent_error_and_success_are_not() {
    let stage = epoch();
    let told = told(&stage.scheduler);
    let mut calls = 0;
    let body = move || {
        calls += 1;
        match calls {
            1 => panic!("the first call"),
            2 => Err(Permanent::new("no such user")),
            _ => Ok(()),
        }
    };
    let job = stage.every().minute().retry(every_second(5)).run(body).unwrap();
    stage.wait(minutes(1));
    stage.wait(SECOND);
    assert_eq!(lines(&told), ["60 Retrying 1/60", "61 Failed 2/60"]);
    assert_eq!(job.last_outcome(), Some(Outcome::Failed("no such user".into())));
    assert_eq!(stage.scheduler.idle(), Some(seconds(59)));
    stage.wait(seconds(59));
    assert_eq!(lines(&told), ["120 Executed 1/120"]);
}

#[test]
fn a_permanent_error_without_retries_is_an_error() {
    let stage = epoch();
    let told = told(&stage.scheduler);
    let job = stage.every().minute().run(|| Err::<(), _>(Permanent::new("no such user"))).unwrap();
    stage.wait(minutes(1));
    assert_eq!(job.last_outcome(), Some(Outcome::Failed("no such user".into())));
    assert_eq!(lines(&told), ["60 Failed 1/60"]);
}

#[test]
fn a_budget_counts_from_the_begin_of_the_first_attempt() {
    let stage = epoch();
    let told = told(&stage.scheduler);
    let clock = stage.clock.clone();
    let body = move || {
        clock.advance(seconds(4));
        Err::<(), _>("no")
    };
    let retry = Retry::fixed(SECOND).within(seconds(10));
    stage.every().minute().times(1).retry(retry).run(body).unwrap();
    stage.scheduler.run_until_empty();
    // Attempts begin at 60, 65 and 70; one at 75 would be too late, which is known at 74.
    assert_eq!(lines(&told), ["64 Retrying 1/60", "69 Retrying 2/60", "74 Failed 3/60"]);
}

#[test]
fn there_is_no_attempt_after_the_deadline_or_outside_the_window() {
    let stage = noon();
    let job =
        stage.every().minute().until("12:01:30").retry(Retry::fixed(minutes(1)).times(9)).run(answers(&[false; 9]));
    let job = job.unwrap();
    stage.wait(minutes(1));
    assert!(!job.is_scheduled(), "it failed at once");
    assert_eq!(job.last_outcome(), Some(Outcome::Failed("no".into())));

    let sentence = stage.every().minute().between("12:00", "12:03").retry(Retry::fixed(minutes(1)).times(9));
    let job = sentence.run(answers(&[false; 9])).unwrap();
    stage.wait(minutes(1));
    assert!(!job.is_running());
    assert_eq!(job.last_outcome(), Some(Outcome::Failed("no".into())));
}

#[test]
fn a_slot_that_comes_while_a_run_waits_follows_overlap() {
    for (overlap, expected) in [
        (None, vec!["10 Retrying 1/10", "25 Executed 2/10", "25 Executed 1/20"]),
        (Some(Overlap::Skip), vec!["10 Retrying 1/10", "20 Skipped(Overlap) 1/20", "25 Executed 2/10"]),
        (Some(Overlap::Queue(1)), vec!["10 Retrying 1/10", "25 Executed 2/10", "25 Executed 1/20"]),
    ] {
        let stage = epoch();
        let told = told(&stage.scheduler);
        let sentence = stage.every().seconds(10).retry(Retry::fixed(seconds(15)).times(1));
        let sentence = match overlap {
            Some(overlap) => sentence.overlap(overlap),
            None => sentence,
        };
        sentence.run(answers(&[false])).unwrap();
        stage.scheduler.run_until(stage.clock.now() + TimeDelta::seconds(26)).unwrap();
        assert_eq!(lines(&told), expected, "{overlap:?}");
    }
}

#[test]
fn several_runs_may_wait_at_a_time() {
    let stage = Stage::with_workers(DateTime::UNIX_EPOCH, 4);
    let told = told(&stage.scheduler);
    let job = stage
        .every()
        .seconds(10)
        .times(3)
        .retry(Retry::fixed(seconds(100)).times(1))
        .max_instances(3)
        .run_with(|context: &Context| match context.attempt() {
            1 => Err("no"),
            _ => Ok(()),
        })
        .unwrap();
    stage.scheduler.run_until_empty();
    // A worker may be about to deliver the last ones.
    let all = std::iter::from_fn(|| told.recv_timeout(seconds(20)).ok());
    let mut lines: Vec<String> =
        all.filter(|line| line.contains("Retrying") || line.contains("Executed")).take(6).collect();
    lines.sort();
    assert_eq!(
        lines,
        [
            "10 Retrying 1/10",
            "110 Executed 2/10",
            "120 Executed 2/20",
            "130 Executed 2/30",
            "20 Retrying 1/20",
            "30 Retrying 1/30"
        ]
    );
    assert_eq!(job.run_count(), 3);
}

fn waiting() -> (Stage, Receiver<String>, Job) {
    let stage = epoch();
    let told = told(&stage.scheduler);
    let job = stage.every().minute().retry(every_second(9)).run(answers(&[false; 9])).unwrap();
    stage.wait(minutes(1));
    assert_eq!(lines(&told), ["60 Retrying 1/60"]);
    (stage, told, job)
}

#[test]
fn a_run_whose_job_is_removed_while_it_waits_ends_with_its_failure() {
    let removals: [fn(&Stage, &Job); 2] =
        [|_, job| assert!(job.cancel()), |stage, _| assert_eq!(stage.scheduler.clear(), 1)];
    for remove in removals {
        let (stage, told, job) = waiting();
        remove(&stage, &job);
        assert_eq!(lines(&told), ["60 Failed 1/60"]);
        assert_eq!(job.last_outcome(), Some(Outcome::Failed("no".into())));
        assert!(!job.is_running());
        assert_eq!((stage.scheduler.idle(), stage.wait(SECOND)), (None, 0));
    }
}

#[test]
fn a_shutdown_ends_a_run_that_waits() {
    let (stage, told, job) = waiting();
    assert!(stage.scheduler.shutdown(Wait::ForAll).is_empty());
    assert_eq!(lines(&told), ["60 Failed 1/60"]);
    assert!(!job.is_running() && job.is_scheduled());
    assert_eq!(stage.scheduler.idle(), Some(minutes(1)));
}

#[test]
fn a_failure_during_a_shutdown_is_not_tried_again() {
    let stage = epoch();
    let told = told(&stage.scheduler);
    let scheduler = stage.scheduler.downgrade();
    let body = move || {
        scheduler.upgrade().unwrap().shutdown(Wait::No);
        Err::<(), _>("cut short")
    };
    let job = stage.every().minute().retry(every_second(9)).run(body).unwrap();
    stage.wait(minutes(1));
    assert_eq!(lines(&told), ["60 Failed 1/60"]);
    assert!(!job.is_running());
}

#[test]
fn a_paused_job_and_a_paused_scheduler_try_again_when_they_are_resumed() {
    type Change = fn(&Stage, &Job) -> bool;
    let pauses: [(Change, Change); 2] = [
        (|_, job| job.pause(), |_, job| job.resume()),
        (|stage, _| stage.scheduler.pause(), |stage, _| stage.scheduler.resume()),
    ];
    for (pause, resume) in pauses {
        let (stage, told, job) = waiting();
        assert!(pause(&stage, &job));
        assert_eq!(stage.wait(seconds(10)), 0);
        assert!(lines(&told).is_empty());
        assert!(resume(&stage, &job));
        assert_eq!(stage.scheduler.run_pending(), 1);
        assert_eq!(lines(&told), ["70 Retrying 2/60"]);
    }
}

#[test]
fn an_update_leaves_a_run_that_waits_in_progress_and_brings_the_next_attempt_another_body() {
    let stage = epoch();
    let told = told(&stage.scheduler);
    stage.every().minute().key("a").retry(every_second(9)).run(answers(&[false; 9])).unwrap();
    stage.wait(minutes(1));
    let job = stage.every().minute().key("a").run(answers(&[])).unwrap();
    assert!(job.is_running());
    assert_eq!(stage.wait(SECOND), 1);
    assert_eq!(lines(&told), ["60 Retrying 1/60", "61 Executed 2/60"]);
    assert_eq!((job.run_count(), job.is_running()), (1, false));
}

#[test]
fn a_reschedule_leaves_a_run_that_waits_in_progress() {
    let (stage, told, job) = waiting();
    assert!(job.reschedule("every hour").unwrap());
    assert_eq!(stage.wait(SECOND), 1);
    assert_eq!(lines(&told), ["61 Retrying 2/60"]);
}

#[test]
fn a_manual_run_is_tried_again_too_and_is_refused_while_another_waits() {
    let stage = noon();
    let job = stage.every().day().retry(every_second(2)).run(answers(&[false])).unwrap();
    assert!(job.run_now());
    assert!(job.is_running());
    assert!(!job.run_now(), "a run is in progress");
    assert_eq!(stage.wait(SECOND), 1);
    assert_eq!(job.last_outcome(), Some(Outcome::Completed));
    assert_eq!(job.run_count(), 1);
}

#[test]
fn the_wait_follows_a_clock_that_is_set_back() {
    let (stage, told, _) = waiting();
    stage.set_clock("1970-01-01 00:00:30");
    assert_eq!(stage.scheduler.idle(), Some(SECOND), "what is left of a length stays");
    assert_eq!(stage.wait(SECOND), 1);
    assert_eq!(lines(&told), ["31 Retrying 2/60"]);
}

#[test]
fn a_worker_is_free_while_a_run_waits() {
    let stage = Stage::with_workers(DateTime::UNIX_EPOCH, 1);
    let (sender, order) = channel();
    let other = sender.clone();
    let mut failures = VecDeque::from([Err("no")]);
    let first = stage.every().seconds(10).times(1).retry(Retry::fixed(seconds(5)).times(1)).parallel().run(move || {
        sender.send("first").unwrap();
        failures.pop_front().unwrap_or(Ok(()))
    });
    stage.every().seconds(12).times(1).parallel().run(move || other.send("other").unwrap()).unwrap();
    stage.scheduler.run_until_empty();
    assert_eq!(order.try_iter().collect::<Vec<_>>(), ["first", "other", "first"]);
    assert_eq!(first.unwrap().last_outcome(), Some(Outcome::Completed));
}

#[test]
fn history_keeps_the_run_with_its_last_attempt() {
    let stage = epoch();
    let scheduler = Scheduler::builder().clock(stage.clock.clone()).history(5).build().unwrap();
    let job = scheduler.every().minute().times(1).retry(every_second(2)).run(answers(&[false])).unwrap();
    scheduler.run_until_empty();
    let history = job.history(5);
    assert_eq!(history.len(), 1);
    assert_eq!((history[0].attempt, history[0].slot.timestamp()), (2, 60));
    assert_eq!(history[0].outcome, Some(Outcome::Completed));
}

#[test]
fn jitter_comes_from_the_seed_of_the_scheduler() {
    let times = |seed| {
        let stage = Stage::seeded(DateTime::UNIX_EPOCH, chrono::Utc, seed);
        let log = Arc::new(Mutex::new(Vec::new()));
        let times = Arc::clone(&log);
        let retry = Retry::exponential(minutes(1), days(1)).times(5).jitter();
        let body = move |context: &Context| {
            times.lock().unwrap().push(context.now());
            Err::<(), _>("no")
        };
        stage.every().hour().times(1).retry(retry).run_with(body).unwrap();
        stage.scheduler.run_until_empty();
        let times = log.lock().unwrap().clone();
        times
    };
    assert_eq!(times(1).len(), 6);
    assert_eq!(times(1), times(1));
    assert_ne!(times(1), times(2));
}

#[test]
fn many_waiting_runs_end_one_by_one() {
    let stage = epoch();
    let told = told(&stage.scheduler);
    for n in 0..500_u64 {
        let retry = Retry::fixed(seconds(1 + n % 13)).times(2);
        stage.every().minute().times(1).retry(retry).run(answers(&[false, n % 2 == 0])).unwrap();
    }
    stage.scheduler.run_until_empty();
    let lines = lines(&told);
    let count = |kind: &str| lines.iter().filter(|line| line.contains(kind)).count();
    assert_eq!((count("Retrying 1"), count("Retrying 2"), count("Executed")), (500, 250, 500));
    assert_eq!(stage.scheduler.jobs().len(), 0);
}

#[test]
fn skips_are_no_attempts() {
    let stage = epoch();
    let told = told(&stage.scheduler);
    stage.every().seconds(10).misfire_grace(SECOND).retry(every_second(5)).run(answers(&[])).unwrap();
    stage.wait(seconds(15));
    assert_eq!(lines(&told), ["15 Skipped(Misfire) 1/10"]);
    assert_eq!(Skip::Misfire.to_string(), "it was too late");
}

#[test]
fn an_attempt_that_waits_for_a_worker_in_a_shutdown_ends_once() {
    let stage = Stage::with_workers(DateTime::UNIX_EPOCH, 1);
    let told = told(&stage.scheduler);
    let (release, gate) = channel::<()>();
    let (begun, begins) = channel();
    let (gate, mut is_first) = (Mutex::new(gate), true);
    let blocked = stage.every().minute().parallel().run(move || {
        begun.send(()).unwrap();
        let _ = gate.lock().unwrap().recv();
    });
    let blocked = blocked.unwrap();
    let body = move || if std::mem::take(&mut is_first) { Err("no") } else { Ok(()) };
    let job = stage.every().hour().parallel().retry(Retry::fixed(minutes(2)).times(1)).run(body).unwrap();
    assert!(job.run_now());
    stage.wait(minutes(1));
    begins.recv().unwrap();
    stage.wait(minutes(1));
    assert!(job.is_running(), "its second attempt waits for the worker");
    stage.scheduler.shutdown(Wait::No);
    assert!(!job.is_running() && blocked.is_running());
    assert_eq!(job.last_outcome(), Some(Outcome::Failed("no".into())));
    assert_eq!(lines(&told).iter().filter(|line| line.contains("Failed 1/0")).count(), 1);

    drop(release);
    assert!(stage.scheduler.shutdown(true).is_empty());
    assert!(!job.is_running() && job.run_now() && job.last_outcome() == Some(Outcome::Completed));
    assert_eq!(job.run_count(), 2);
}

#[test]
fn a_shutdown_that_ends_the_last_run_of_a_job_removes_it() {
    let stage = epoch();
    let job = stage.every().hour().times(1).retry(every_second(1)).run(answers(&[false])).unwrap();
    assert!(job.run_now());
    job.pause();
    stage.wait(SECOND);
    // The attempt is due, and the next poll would begin it.
    job.resume();
    assert!(job.is_running());
    assert!(stage.scheduler.shutdown(true).is_empty());
    assert_eq!(job.last_outcome(), Some(Outcome::Failed("no".into())));
    assert!(!job.is_running() && !job.is_scheduled());
    assert_eq!(stage.scheduler.run_pending(), 0);
}

#[test]
fn a_run_by_hand_does_not_take_the_slot_of_an_attempt_that_is_due() {
    let stage = Stage::with_workers(DateTime::UNIX_EPOCH, 1);
    let told = told(&stage.scheduler);
    let body = {
        let mut is_first = true;
        move || if std::mem::take(&mut is_first) { Err("no") } else { Ok(()) }
    };
    let gate = Arc::new(Mutex::new(body));
    let job = stage.every().hour().max_instances(2).retry(every_second(1)).run(move || gate.lock().unwrap()());
    let job = job.unwrap();
    assert!(job.run_now());
    // The attempt is claimed while the job is paused and resumed, and not begun.
    job.pause();
    stage.wait(SECOND);
    job.resume();
    stage.clock.advance(SECOND);
    assert!(job.run_now());
    stage.scheduler.run_pending();
    finish(&stage.scheduler);
    assert_eq!(lines(&told), ["0 Retrying 1/0", "2 Executed 1/2", "2 Executed 2/0"]);
}

/// Its own type, and the sources of what it wraps: as `anyhow::Error` is, once it is a `Box<dyn Error>`.
#[derive(Debug)]
struct Wrapper(Permanent);

impl std::fmt::Display for Wrapper {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

impl std::error::Error for Wrapper {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.0.source()
    }
}

#[test]
fn a_permanent_error_is_found_in_a_wrapper_that_hides_its_type() {
    let stage = epoch();
    let told = told(&stage.scheduler);
    let body = || Err::<(), _>(Wrapper(Permanent::new(std::io::Error::other("no such user"))));
    let job = stage.every().minute().retry(every_second(3)).run(body).unwrap();
    assert_eq!(stage.wait(minutes(1)), 1);
    assert_eq!(lines(&told), ["60 Failed 1/60"]);
    assert_eq!(job.last_outcome(), Some(Outcome::Failed("no such user".into())), "said once");
}

/// A claim may be for an attempt, and is then none for a slot.
#[test]
fn a_queued_slot_keeps_its_run_beside_an_attempt_that_is_due() {
    let stage = epoch();
    let told = told(&stage.scheduler);
    let sentence = stage.every().seconds(10).overlap(Overlap::Queue(5)).retry(Retry::fixed(seconds(20)).times(1));
    sentence.run(answers(&[false])).unwrap();
    for _ in 0..4 {
        stage.wait(seconds(10));
    }
    let expected = ["10 Retrying 1/10", "30 Executed 2/10", "30 Executed 1/20", "30 Executed 1/30", "40 Executed 1/40"];
    assert_eq!(lines(&told), expected);
}

#[test]
fn a_trigger_beside_an_attempt_that_is_due_has_a_run_of_its_own() {
    let stage = epoch();
    let told = told(&stage.scheduler);
    let job = stage.every().minute().retry(every_second(1)).run(answers(&[false])).unwrap();
    assert_eq!(stage.wait(minutes(1)), 1);
    stage.clock.advance(SECOND);
    assert!(job.trigger());
    stage.scheduler.run_pending();
    stage.scheduler.run_pending();
    assert_eq!(lines(&told), ["60 Retrying 1/60", "61 Executed 2/60", "61 Executed 1/61"]);
}

#[test]
fn an_update_to_one_instance_runs_all_attempts_that_wait_one_after_another() {
    let stage = epoch();
    let retry = || Retry::fixed(seconds(30)).times(1);
    let told = told(&stage.scheduler);
    let sentence = stage.every().second().key("a").retry(retry()).max_instances(2);
    let job = sentence.run(|| Err::<(), _>("no")).unwrap();
    for _ in 0..2 {
        stage.clock.advance(SECOND);
        stage.scheduler.run_pending();
        assert!(told.iter().any(|line| line.contains("Retrying")), "the workers are threads of their own");
    }
    let (begun, began) = channel();
    let (go, gate) = channel::<()>();
    let gate = Mutex::new(gate);
    let body = move |context: &Context| {
        begun.send(context.attempt()).unwrap();
        gate.lock().unwrap().recv().unwrap();
    };
    stage.every().day().key("a").retry(retry()).parallel().run_with(body).unwrap();
    stage.clock.advance(minutes(1));
    for _ in 0..2 {
        // The second may begin only once the first has ended on its worker.
        let attempt = loop {
            stage.scheduler.run_pending();
            match began.try_recv() {
                Ok(attempt) => break attempt,
                Err(_) => std::thread::yield_now(),
            }
        };
        assert_eq!(attempt, 2);
        go.send(()).unwrap();
    }
    while job.is_running() {
        stage.scheduler.run_pending();
        std::thread::yield_now();
    }
    assert_eq!(job.run_count(), 2);
    assert!(stage.scheduler.shutdown(true).is_empty());
}

#[test]
fn an_attempt_that_is_too_late_when_it_begins_ends_its_run() {
    type Sentence = punctual::Every<punctual::state::Minutes>;
    type Limit = fn(Sentence, &Stage) -> Sentence;
    let limits: [(&str, Limit); 3] = [
        ("until", |every, stage| every.until(stage.clock.now() + TimeDelta::seconds(130))),
        ("between", |every, _| every.between("00:00", "00:02")),
        ("within", |every, _| every.retry(Retry::fixed(seconds(10)).within(seconds(60)))),
    ];
    for (name, limit) in limits {
        for is_parallel in [false, true] {
            for is_hooked in [false, true] {
                let stage = Stage::with_workers(DateTime::UNIX_EPOCH, 1);
                let told = told(&stage.scheduler);
                let sentence = limit(stage.every().minute().times(1).retry(Retry::fixed(seconds(10)).times(9)), &stage);
                let sentence = if is_hooked { sentence.before_run(|_| Ok(())) } else { sentence };
                let body = answers(&[false; 9]);
                let job = if is_parallel { sentence.parallel().run(body) } else { sentence.run(body) };
                let job = job.unwrap();
                stage.wait(minutes(1));
                await_line(&told, "60 Retrying 1/60");
                assert!(stage.scheduler.pause());
                stage.clock.advance(seconds(71));
                assert!(stage.scheduler.resume());
                assert_eq!(stage.scheduler.run_pending(), 0, "{name}");
                assert_eq!(next_line(&told), "131 Failed 1/60", "{name}, parallel {is_parallel}, hooked {is_hooked}");
                assert!(!job.is_scheduled() && !job.is_running());
            }
        }
    }
}

#[test]
fn an_attempt_that_waits_for_a_worker_until_it_is_too_late_ends_its_run() {
    let stage = Stage::with_workers(DateTime::UNIX_EPOCH, 1);
    let told = told(&stage.scheduler);
    let (free, gate) = channel::<()>();
    let (begin, begins) = channel();
    let until = stage.clock.now() + TimeDelta::seconds(130);
    let sentence =
        stage.every().minute().named("late").times(1).until(until).retry(Retry::fixed(seconds(10)).times(9)).parallel();
    let late = sentence.run(answers(&[false; 9])).unwrap();
    stage.wait(minutes(1));
    await_line(&told, "60 Retrying 1/60");
    let busy = stage.every().second().times(1).parallel().run(move || {
        begin.send(()).unwrap();
        let _ = gate.recv();
    });
    let busy = busy.unwrap();
    stage.wait(seconds(1));
    begins.recv().unwrap();
    // The only worker is busy when the attempt is due.
    stage.wait(seconds(9));
    assert!(busy.is_running() && late.is_running());
    stage.clock.advance(seconds(61));
    drop(free);
    await_line(&told, "131 Failed 1/60");
    assert_eq!(late.last_outcome(), Some(Outcome::Failed("no".into())));
}

#[test]
fn attempts_obey_the_window_of_their_slot() {
    let stage = epoch();
    let told = told(&stage.scheduler);
    let sentence =
        stage.every().minute().key("job").between("00:00", "00:02").retry(Retry::fixed(seconds(70)).times(1));
    sentence.run(answers(&[false])).unwrap();
    stage.wait(minutes(1));
    assert_eq!(lines(&told), ["60 Failed 1/60"], "at 130 it would be outside");

    let job = stage.every().minute().key("job").between("00:00", "00:04").retry(Retry::fixed(seconds(50)).times(1));
    let job = job.run(answers(&[false])).unwrap();
    stage.wait(minutes(1));
    assert_eq!(lines(&told), ["120 Retrying 1/120"]);
    job.reschedule("every hour").unwrap();
    stage.wait(seconds(150));
    assert_eq!(lines(&told), ["270 Failed 1/120"]);
}
