//! One job: what was asked for, and what has become of it.

use std::{fmt, num::NonZeroU64, sync::Arc};

use chrono::{DateTime, TimeDelta, Utc};

use super::{Task, Who};
use crate::{
    outcome::Outcome,
    trigger::{Rule, Trigger},
    zone::Zone,
};

/// What a sentence asks for, apart from the body.
pub(crate) struct Spec {
    pub(crate) rule: Rule,
    /// The first slot.
    pub(crate) first: DateTime<Utc>,
    /// No slot at or before this instant is meant.
    pub(crate) after: DateTime<Utc>,
    /// Whether the first slot is a moment of the wall clock, given with `starting`.
    pub(crate) first_is_wall_time: bool,
    /// Whether the first slot is none of the rule's: `immediately`.
    pub(crate) first_is_off_grid: bool,
    /// The last instant at which a slot may lie.
    pub(crate) until: Option<DateTime<Utc>>,
    /// How many times the body may run.
    pub(crate) times: Option<u64>,
    pub(crate) priority: i32,
    /// How many runs of the body the workers may have in hand at a time; `None` when it runs in the thread that polls.
    pub(crate) workers: Option<NonZeroU64>,
    pub(crate) zone: Zone,
    pub(crate) zone_said: bool,
}

/// Why a job has no slot left.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ending {
    Finished,
    Deadline,
}

/// A job and its state.
pub(crate) struct Record {
    pub(crate) who: Who,
    pub(crate) spec: Spec,
    /// The body; away while it runs, and for good once the job has left the registry.
    pub(crate) task: Option<Task>,
    pub(crate) registered: bool,
    pub(crate) paused: bool,
    /// How many runs are under way, those included that wait for a worker.
    pub(crate) instances: u64,
    /// The next slot that no pass has taken yet.
    pub(crate) due: Option<DateTime<Utc>>,
    /// The slot that a pass has taken and not yet run.
    pub(crate) taken: Option<DateTime<Utc>>,
    /// The slot that was to come when the job was paused.
    pub(crate) kept: Option<DateTime<Utc>>,
    /// Set when no slot is left.
    pub(crate) ending: Option<Ending>,
    /// No slot at or before this instant is to come: it was used, or lies before the first.
    used_up_to: DateTime<Utc>,
    pub(crate) last_run: Option<DateTime<Utc>>,
    pub(crate) run_count: u64,
    pub(crate) last_outcome: Option<Outcome>,
    /// How many handles are about; the record stays for them after the job has gone.
    pub(crate) handles: usize,
}

impl Record {
    /// A job that is registered, with one handle about.
    pub(crate) fn new(who: Who, spec: Spec, task: Task) -> Self {
        let (first, after) = (spec.first, spec.after);
        Record {
            who,
            spec,
            task: Some(task),
            registered: true,
            paused: false,
            instances: 0,
            due: Some(first),
            taken: None,
            kept: None,
            ending: None,
            used_up_to: after,
            last_run: None,
            run_count: 0,
            last_outcome: None,
            handles: 1,
        }
    }

    /// Uses up `slot` and finds the next one after `now`: late or not, once for all that were missed.
    pub(crate) fn use_up(&mut self, slot: DateTime<Utc>, now: DateTime<Utc>) {
        match self.spec.rule.range() {
            _ if std::mem::take(&mut self.spec.first_is_off_grid) => {}
            Some((low, high)) => self.spec.rule.restart(slot, fastrand::u64(low..=high)),
            None => self.spec.rule.served(slot),
        }
        self.used_up_to = self.used_up_to.max(slot);
        self.find_next(now);
    }

    /// Takes the slots away.
    pub(crate) fn pause(&mut self) {
        self.paused = true;
        self.taken = None;
        self.kept = self.due.take();
        if self.instances == 0 {
            self.ending = None;
        }
    }

    /// Gives back the slot that was to come, if it still is, else finds the next one after `now`.
    pub(crate) fn resume(&mut self, now: DateTime<Utc>) {
        self.paused = false;
        self.due = self.kept.take().filter(|slot| *slot > now && self.ending.is_none());
        if self.due.is_none() && self.ending.is_none() {
            self.spec.first_is_off_grid = false;
            self.find_next(now);
        }
    }

    /// Finds the next slot after `now`.
    pub(crate) fn find_next(&mut self, now: DateTime<Utc>) {
        let next = self.spec.rule.next_after(now.max(self.used_up_to));
        self.due = next.filter(|slot| self.spec.until.map_or(true, |until| *slot <= until));
        self.ending = match (next, self.due) {
            (_, Some(_)) => None,
            (Some(_), None) => Some(Ending::Deadline),
            (None, None) => Some(Ending::Finished),
        };
    }

    /// Why the job is to leave: no slot is left, and no run is under way or waits for its turn.
    pub(crate) fn over(&self) -> Option<Ending> {
        self.ending.filter(|_| self.instances == 0 && self.taken.is_none())
    }

    /// Whether another run would be one too many at a time.
    pub(crate) fn is_full(&self) -> bool {
        self.instances >= self.spec.workers.map_or(1, NonZeroU64::get)
    }

    /// Begins a run that was counted already as an instance; after the last one there is no slot left. `None` when it
    /// is one too many for `times`.
    pub(crate) fn begin(&mut self, now: DateTime<Utc>) -> Option<Task> {
        if self.spec.times.is_some_and(|times| times <= self.run_count) {
            return None;
        }
        let task = match &self.task {
            Some(Task::Shared(body)) => Some(Task::Shared(Arc::clone(body))),
            _ => self.task.take(),
        }?;
        self.last_run = Some(now);
        self.run_count += 1;
        if self.spec.times == Some(self.run_count) {
            self.due = None;
            self.ending = Some(Ending::Finished);
        }
        Some(task)
    }

    /// After the wall clock was set back to `now`: keeps the spacing of a job that counts elapsed time, and finds the next
    /// slot of a calendar job that has not run.
    pub(crate) fn set_back(&mut self, by: TimeDelta, now: DateTime<Utc>) {
        let not_begun = self.run_count == 0 && self.taken.is_none();
        if self.spec.first_is_wall_time && not_begun {
            return;
        }
        if !self.spec.rule.set_back(by) {
            self.kept = None;
            if self.due.is_some_and(|due| due > now) {
                self.find_next(now);
            }
            return;
        }
        for instant in std::iter::once(&mut self.used_up_to).chain(&mut self.due).chain(&mut self.kept) {
            *instant = instant.checked_sub_signed(by).unwrap_or(*instant);
        }
        let Spec { rule, until, .. } = &self.spec;
        for kept in [&mut self.due, &mut self.kept] {
            let Some(slot) = kept.filter(|slot| *slot > now) else { continue };
            let moved = rule.admit(slot);
            *kept = moved.filter(|slot| until.map_or(true, |until| *slot <= until));
            if kept.is_none() {
                self.ending = Some(if moved.is_some() { Ending::Deadline } else { Ending::Finished });
            }
        }
    }

    fn show(&self, instant: Option<DateTime<Utc>>, none: &str) -> String {
        instant.map_or_else(|| none.to_owned(), |instant| self.spec.zone.show(instant))
    }
}

impl fmt::Display for Record {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.spec.rule.fmt(f)?;
        if self.spec.zone_said {
            write!(f, " in {}", self.spec.zone)?;
        }
        if let Some(until) = self.spec.until {
            write!(f, " until {}", self.spec.zone.show(until))?;
        }
        match self.spec.times {
            Some(1) => f.write_str(", once,")?,
            Some(times) => write!(f, ", {times} times,")?,
            None => {}
        }
        match self.spec.workers.map(NonZeroU64::get) {
            Some(1) => f.write_str(" parallel")?,
            Some(n) => write!(f, " parallel, at most {n} at a time,")?,
            None => {}
        }
        write!(f, " run {}", self.who.name())?;
        for (n, tag) in self.who.tags().iter().enumerate() {
            write!(f, "{}{tag}", if n == 0 { ", tagged " } else { ", " })?;
        }
        let state = match (self.registered, self.paused) {
            (false, _) => ", gone",
            (true, true) => ", paused",
            (true, false) => "",
        };
        write!(
            f,
            "{state} (last run: {}, next run: {})",
            self.show(self.last_run, "never"),
            self.show(self.due, "none")
        )
    }
}
