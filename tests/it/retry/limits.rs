//! When there is no other attempt: `times`, `within`, `until`, `between`.

use std::sync::mpsc::channel;

use chrono::{DateTime, TimeDelta};
use punctual::{Outcome, Retry};

use super::{answers, await_line, epoch, lines, next_line, told, SECOND};
use crate::support::{minutes, noon, seconds, Stage};

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
