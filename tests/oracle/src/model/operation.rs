//! What can be done with a scheduler, as plain data.

use std::fmt;

use chrono::{DateTime, TimeDelta, Utc};

use punctual::Schedule;

use super::{
    addition::{draw_schedule, Addition},
    choices::Choices,
};
use crate::{describe, Choose, Draw, Zone};

#[derive(Clone)]
pub(super) enum Operation {
    /// Lets time pass, then polls.
    Poll(TimeDelta),
    /// Sets the wall clock; looks at once what has become of the jobs.
    Set(TimeDelta),
    /// Sets the wall clock and lets time pass; a poll is the first to see either.
    SetThenPoll(TimeDelta, TimeDelta),
    Add(Box<Addition>),
    Cancel(usize),
    CancelJob(usize),
    Clear,
    PauseAll,
    ResumeAll,
    ClearTagged(&'static str),
    Pause(usize),
    Resume(usize),
    RunNow(usize),
    /// Makes a job due now.
    Trigger(usize),
    /// Gives a job another schedule.
    Reschedule(usize, Box<Schedule>),
    RunAll(TimeDelta),
    Tag(usize, &'static str),
    /// Drops the handle of a job, or takes a new one from the registry.
    Handle(usize),
}

pub(super) const KEYS: [&str; 2] = ["k", "l"];
pub(super) const TAGS: [&str; 3] = ["a", "b", "c"];

/// What a choice of the next operation depends on.
pub(super) struct Situation<'a> {
    pub(super) zone: &'static Zone,
    pub(super) now: DateTime<Utc>,
    pub(super) next: Option<DateTime<Utc>>,
    pub(super) jobs: usize,
    pub(super) is_inside_body: bool,
    /// The schedule that was given last.
    pub(super) last: Option<&'a Schedule>,
}

impl Operation {
    pub(super) fn draw(choices: &mut Choices, situation: &Situation) -> Self {
        let mut draw = Draw::from(situation.zone, &mut *choices);
        let kind = draw.within(0..=45);
        let job = match kind {
            32.. if situation.jobs > 0 => draw.within(0..=situation.jobs - 1),
            32.. => return Operation::Poll(TimeDelta::zero()),
            _ => 0,
        };
        match kind {
            15..=26 => Operation::Add(Box::new(Addition::draw(choices, situation))),
            0..=10 => Operation::Poll(wait_for_next(&mut draw, situation)),
            11..=14 => Operation::Poll(draw.distance().abs()),
            27..=28 => Operation::Set(noticeable(draw.distance())),
            29 => Operation::SetThenPoll(noticeable(draw.distance()), draw.distance().abs()),
            30 if draw.one_in(3) => Operation::Clear,
            30 => Operation::ClearTagged(draw.one_of(&TAGS)),
            31 if situation.is_inside_body => Operation::RunAll(TimeDelta::zero()),
            31 => Operation::RunAll(draw.one_of(&[TimeDelta::zero(), TimeDelta::seconds(90)])),
            32 => Operation::Cancel(job),
            33 => Operation::CancelJob(job),
            34 => Operation::Tag(job, draw.one_of(&TAGS)),
            35 => Operation::Pause(job),
            36 => Operation::Resume(job),
            37 | 38 => Operation::RunNow(job),
            39 => Operation::Handle(job),
            40 | 41 => Operation::Trigger(job),
            42 => Operation::PauseAll,
            43 | 44 => Operation::ResumeAll,
            _ => Operation::Reschedule(job, Box::new(draw_schedule(choices, situation))),
        }
    }
}

/// Mostly until the very slot.
fn wait_for_next(draw: &mut Draw<impl Choose>, situation: &Situation) -> TimeDelta {
    let nanosecond = TimeDelta::nanoseconds(1);
    let offset = match draw.within(0..=7) {
        0..=4 => TimeDelta::zero(),
        5 => nanosecond,
        6 => -nanosecond,
        _ => draw.distance().abs(),
    };
    let wait = situation.next.map_or(TimeDelta::zero(), |next| next - situation.now) + offset;
    wait.max(TimeDelta::zero())
}

/// Two clocks that are read one after the other seem to drift apart, so the least bit is not noticed.
fn noticeable(by: TimeDelta) -> TimeDelta {
    if by.abs() < TimeDelta::milliseconds(10) {
        TimeDelta::seconds(-1)
    } else {
        by
    }
}

impl fmt::Display for Operation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Operation::Poll(wait) => write!(f, "wait {wait}, run_pending"),
            Operation::Set(by) => write!(f, "set the clock by {by}"),
            Operation::SetThenPoll(by, wait) => write!(f, "set the clock by {by}, unseen, wait {wait}, run_pending"),
            Operation::Add(addition) => addition.fmt(f),
            Operation::Cancel(job) => write!(f, "job {job}: cancel"),
            Operation::CancelJob(job) => write!(f, "cancel_job {job}"),
            Operation::Clear => f.write_str("clear"),
            Operation::PauseAll => f.write_str("pause"),
            Operation::ResumeAll => f.write_str("resume"),
            Operation::ClearTagged(tag) => write!(f, "clear_tagged {tag}"),
            Operation::Pause(job) => write!(f, "job {job}: pause"),
            Operation::Resume(job) => write!(f, "job {job}: resume"),
            Operation::RunNow(job) => write!(f, "job {job}: run_now"),
            Operation::Trigger(job) => write!(f, "job {job}: trigger"),
            Operation::Reschedule(job, schedule) => write!(f, "job {job}: reschedule to {}", describe(schedule)),
            Operation::RunAll(delay) => write!(f, "run_all with a delay of {delay}"),
            Operation::Tag(job, tag) => write!(f, "job {job}: tag {tag}"),
            Operation::Handle(job) => write!(f, "job {job}: drop the handle, or take one from jobs"),
        }
    }
}
