//! The text of `until`, `starting` and `once`.
#![no_main]

use libfuzzer_sys::fuzz_target;
use punctual::{
    chrono::{DateTime, TimeDelta, Utc},
    Error, Result, Schedule, Scheduler, Unit,
};
use punctual_fuzz::{moment, refused, stage};

fuzz_target!(|text: &str| {
    let (scheduler, now) = stage();
    let read = moment(text, now.date_naive()).map(|wall| wall.and_utc());
    until(&scheduler, text, read, now);
    starting(&scheduler, text, read, now);
    once(&scheduler, text, read, now);
});

/// What an error must be when the text cannot be read, or must not be meant.
fn judge(scheduler: &Scheduler, text: &str, is_right: bool, error: &Error) {
    assert!(!is_right && error.is_invalid(), "{text:?}: {error}");
    refused(scheduler, text, error);
}

/// The first slot of a job with the schedule, if it is right.
fn first(schedule: Result<Schedule>, scheduler: &Scheduler, text: &str, is_right: bool) -> Option<DateTime<Utc>> {
    match schedule.and_then(|schedule| scheduler.schedule(schedule).run(|| {})) {
        Ok(job) => {
            assert!(is_right, "{text:?}: {job}");
            let next = job.next_run();
            job.cancel();
            next
        }
        Err(error) => {
            judge(scheduler, text, is_right, &error);
            None
        }
    }
}

fn minutely() -> Result<Schedule> {
    Schedule::every(1, Unit::Minute)
}

/// The first run is a minute from now.
fn until(scheduler: &Scheduler, text: &str, read: Option<DateTime<Utc>>, now: DateTime<Utc>) {
    let expected = now + TimeDelta::minutes(1);
    let is_right = read.is_some_and(|until| until >= expected);
    let next = first(minutely().and_then(|schedule| schedule.until(text)), scheduler, text, is_right);
    assert_eq!(next, is_right.then_some(expected), "{text:?}");
}

/// The first run is at the start, or the next minute of its grid.
fn starting(scheduler: &Scheduler, text: &str, read: Option<DateTime<Utc>>, now: DateTime<Utc>) {
    let schedule = minutely().and_then(|schedule| schedule.starting(text));
    let next = first(schedule, scheduler, text, read.is_some());
    let expected = read.map(|start| {
        let since = (now - start).num_seconds();
        let into = since.rem_euclid(60);
        if since < 0 {
            start
        } else {
            now + TimeDelta::seconds(60 - into)
        }
    });
    assert_eq!(next, expected, "{text:?}");
}

fn once(scheduler: &Scheduler, text: &str, read: Option<DateTime<Utc>>, now: DateTime<Utc>) {
    let is_right = read.is_some_and(|at| at >= now);
    let next = first(Schedule::once(text), scheduler, text, is_right);
    assert_eq!(next, read.filter(|_| is_right), "{text:?}");
}
