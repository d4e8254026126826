//! A job of the model: what was said, and what has become of it.

use std::collections::BTreeSet;

use chrono::{DateTime, TimeDelta, Utc};
use punctual::{Outcome, Removal};

use super::rule::{Next, Rule, Unknown};

pub(super) struct Job {
    pub(super) rule: Rule,
    pub(super) name: Option<&'static str>,
    pub(super) tags: Vec<&'static str>,
    pub(super) priority: i32,
    pub(super) times: Option<usize>,
    pub(super) until: Option<DateTime<Utc>>,
    /// The next slot that no pass has taken.
    pub(super) due: Option<DateTime<Utc>>,
    /// Where `due` is the draw of the scheduler: it is the next slot after this instant.
    pub(super) drawn_after: Option<DateTime<Utc>>,
    /// The slot that a pass has taken, and has not come to yet.
    pub(super) taken: Option<DateTime<Utc>>,
    /// The slot that was to come when the job was paused.
    pub(super) kept: Option<DateTime<Utc>>,
    pub(super) is_registered: bool,
    pub(super) is_paused: bool,
    pub(super) is_running: bool,
    /// `due` is the extra run of `immediately`, which is none of the rule's slots.
    pub(super) is_extra: bool,
    /// The first slot, where it is a moment of the wall clock, given with `starting`.
    pub(super) start: Option<DateTime<Utc>>,
    /// A slot was used.
    pub(super) has_begun: bool,
    /// Why no slot is left.
    pub(super) ending: Option<Removal>,
    /// No slot at or before this instant is to come.
    pub(super) used: DateTime<Utc>,
    pub(super) last_run: Option<DateTime<Utc>>,
    pub(super) run_count: usize,
    pub(super) last_outcome: Option<Outcome>,
}

impl Job {
    /// One whose first slot is known, but for that of a random length.
    pub(super) fn new(rule: Rule, now: DateTime<Utc>) -> Self {
        Job {
            rule,
            name: None,
            tags: Vec::new(),
            priority: 0,
            times: None,
            until: None,
            due: None,
            drawn_after: None,
            taken: None,
            kept: None,
            is_registered: true,
            is_paused: false,
            is_running: false,
            is_extra: false,
            start: None,
            has_begun: false,
            ending: None,
            used: now,
            last_run: None,
            run_count: 0,
            last_outcome: None,
        }
    }

    pub(super) fn is_in_time(&self, slot: DateTime<Utc>) -> bool {
        self.until.is_none_or(|until| slot <= until)
    }

    /// Finds the next slot after `now`.
    pub(super) fn find_next(&mut self, now: DateTime<Utc>) -> Result<(), Unknown> {
        let last = now.max(self.used);
        self.rule.settle();
        (self.due, self.drawn_after, self.ending) = (None, None, None);
        match self.rule.next_after(last)? {
            Next::None => self.ending = Some(Removal::Finished),
            Next::Among(_) => self.drawn_after = Some(last),
            Next::One(slot) => self.settle(Some(slot)),
        }
        Ok(())
    }

    fn settle(&mut self, slot: Option<DateTime<Utc>>) {
        self.due = slot.filter(|slot| self.is_in_time(*slot));
        if self.due.is_none() {
            self.ending = Some(Removal::Deadline);
        }
    }

    /// Takes over what the scheduler has drawn, if it may have drawn that; else tells what it may have.
    pub(super) fn adopt(&mut self, drawn: Option<DateTime<Utc>>) -> Result<(), BTreeSet<DateTime<Utc>>> {
        let Some(last) = self.drawn_after.take() else { return Ok(()) };
        let Ok(Next::Among(slots)) = self.rule.next_after(last) else { panic!("a draw is one of several") };
        let until = self.until;
        let fits = |slot: DateTime<Utc>| match drawn {
            Some(drawn) => slot == drawn && until.is_none_or(|until| slot <= until),
            None => until.is_some_and(|until| slot > until),
        };
        if !slots.iter().any(|slot| fits(*slot)) {
            return Err(slots);
        }
        self.rule.retain(last, fits);
        self.settle(drawn);
        Ok(())
    }

    /// The slot is used, by a run or because that run was asked for.
    pub(super) fn use_up(&mut self, slot: DateTime<Utc>, now: DateTime<Utc>) -> Result<(), Unknown> {
        if !std::mem::take(&mut self.is_extra) {
            self.rule.restart(slot);
        }
        self.has_begun = true;
        self.used = self.used.max(slot);
        self.find_next(now)
    }

    pub(super) fn begin(&mut self, now: DateTime<Utc>) {
        self.is_running = true;
        self.last_run = Some(now);
        self.run_count += 1;
        if self.times == Some(self.run_count) {
            (self.due, self.drawn_after, self.ending) = (None, None, Some(Removal::Finished));
        }
    }

    pub(super) fn pause(&mut self) {
        self.is_paused = true;
        self.taken = None;
        self.kept = self.due.take();
        if !self.is_running {
            self.ending = None;
        }
    }

    pub(super) fn resume(&mut self, now: DateTime<Utc>) -> Result<(), Unknown> {
        self.is_paused = false;
        if self.ending.is_some() {
            return Ok(());
        }
        self.is_extra = false;
        self.due = self.kept.take().filter(|slot| *slot > now);
        match self.due {
            Some(_) => Ok(()),
            None => self.find_next(now),
        }
    }

    /// Why the job is to leave now.
    pub(super) fn over(&self) -> Option<Removal> {
        self.ending.filter(|_| !self.is_running && self.taken.is_none())
    }

    /// The wall clock was set back.
    pub(super) fn set_back(&mut self, by: TimeDelta, now: DateTime<Utc>) -> Result<(), Unknown> {
        self.taken = self.taken.map(|slot| slot.min(now));
        let slot = self.due.or(self.kept);
        if self.start.is_some_and(|start| slot.is_some_and(|slot| slot <= start)) {
            self.due = self.due.map(|due| if self.is_extra { due.min(now) } else { due });
            return Ok(());
        }
        self.start = None;
        if let Some(owed) = self.rule.set_back(by, self.has_begun)? {
            self.used -= by;
            self.due = self.moved(self.due, by, owed, now)?;
            self.kept = self.moved(self.kept, by, owed, now)?;
        } else {
            self.kept = None;
            if self.due.is_some_and(|due| due > now) && !self.is_extra {
                self.find_next(now)?;
            }
        }
        Ok(())
    }

    /// A slot that the clock moves is the next that the rule has from where it is owed; one that is overdue stays so.
    fn moved(
        &mut self,
        slot: Option<DateTime<Utc>>,
        by: TimeDelta,
        owed: TimeDelta,
        now: DateTime<Utc>,
    ) -> Result<Option<DateTime<Utc>>, Unknown> {
        let Some(slot) = slot else { return Ok(None) };
        if slot - by <= now {
            return Ok(Some(self.rule.stay_due(slot, by, now)));
        }
        let opens = if self.rule.is_windowed() { Some(self.rule.next_after(now.max(self.used))?) } else { None };
        let next = match self.rule.next_after(slot - owed - TimeDelta::nanoseconds(1))? {
            Next::One(slot) if slot <= now && !self.rule.is_open(now) => self.rule.next_after(now)?,
            next => next,
        };
        let next = match (next, opens) {
            (Next::One(slot), Some(Next::One(opens))) => Next::One(slot.min(opens)),
            (next, _) => next,
        };
        match next {
            Next::One(slot) if self.is_in_time(slot) => Ok(Some(slot)),
            Next::One(_) => {
                self.ending = Some(Removal::Deadline);
                Ok(None)
            }
            Next::None | Next::Among(_) => Err(Unknown),
        }
    }
}
