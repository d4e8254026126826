//! A job of the model: its schedule, its labels, and its state.

use chrono::{DateTime, TimeDelta, Utc};
use punctual::{Outcome, Removal, Schedule};

use super::{rule::Unknown, track::Track};

/// A schedule, and where a job stands on it.
pub(super) struct Plan {
    pub(super) schedule: Schedule,
    /// One for each alternative.
    pub(super) tracks: Vec<Track>,
    pub(super) times: Option<usize>,
    pub(super) until: Option<DateTime<Utc>>,
    /// Whether that was given as a length of elapsed time.
    pub(super) until_is_length: bool,
    /// Since when a run is due that is not one of the slots: by `immediately`, or because it was asked for.
    pub(super) extra: Option<DateTime<Utc>>,
    /// Whether that was asked for, so that the window does not matter.
    pub(super) is_asked_for: bool,
}

/// The labels of a job, and its place among jobs due at the same instant.
#[derive(Clone)]
pub(super) struct Labels {
    pub(super) name: Option<&'static str>,
    pub(super) key: Option<&'static str>,
    pub(super) tags: Vec<&'static str>,
    pub(super) priority: i32,
}

pub(super) struct Job {
    pub(super) plan: Plan,
    pub(super) labels: Labels,
    /// The next slot that no pass has taken.
    pub(super) due: Option<DateTime<Utc>>,
    /// Whether `due` is unknown because it was drawn.
    pub(super) is_drawn: bool,
    /// The slot that a pass has taken, and has not come to yet.
    pub(super) taken: Option<DateTime<Utc>>,
    pub(super) is_registered: bool,
    pub(super) is_paused: bool,
    /// Whether a slot was to come when the job was paused.
    is_kept: bool,
    pub(super) is_running: bool,
    /// Why no slot is left.
    pub(super) ending: Option<Removal>,
    pub(super) last_run: Option<DateTime<Utc>>,
    pub(super) run_count: usize,
    pub(super) last_outcome: Option<Outcome>,
}

impl Plan {
    pub(super) fn is_in_time(&self, slot: DateTime<Utc>) -> bool {
        self.until.is_none_or(|until| slot <= until)
    }

    /// The next slot, or why there is none. `None` if that was drawn.
    pub(super) fn next(&self) -> Option<Result<DateTime<Utc>, Removal>> {
        if let Some(extra) = self.extra {
            return Some(Ok(extra));
        }
        let first = self.tracks.iter().filter_map(|track| track.next.first()).min();
        if first.is_some_and(|first| !self.is_in_time(*first)) {
            return Some(Err(Removal::Deadline));
        }
        let certain = self.tracks.iter().filter_map(Track::certain).min();
        let drawn = self.tracks.iter().filter(|track| track.next.len() > 1);
        let drawn = drawn.filter_map(|track| track.next.first()).min();
        if drawn.is_some_and(|drawn| certain.is_none_or(|certain| *drawn < certain)) {
            return None;
        }
        Some(certain.ok_or(Removal::Finished))
    }

    /// Takes over what the scheduler has drawn. `false` if it cannot be right.
    pub(super) fn adopt(&mut self, shown: Option<DateTime<Utc>>) -> Result<bool, Unknown> {
        let until = self.until;
        for track in &mut self.tracks {
            let had_slot = !track.next.is_empty();
            track.retain(|slot| match shown {
                Some(shown) => slot >= shown,
                None => until.is_some_and(|until| slot > until),
            });
            if had_slot && track.next.is_empty() {
                return Ok(false);
            }
        }
        let Some(shown) = shown else { return Ok(true) };
        let mut candidates: Vec<_> = self.tracks.iter_mut().filter(|track| track.next.contains(&shown)).collect();
        match &mut candidates[..] {
            _ if until.is_some_and(|until| shown > until) => return Ok(false),
            [] => return Ok(false),
            [only] => only.retain(|slot| slot == shown),
            several if several.iter().any(|track| track.certain().is_some()) => {}
            _ => return Err(Unknown),
        }
        Ok(true)
    }
}

impl Job {
    pub(super) fn new(plan: Plan, labels: Labels) -> Self {
        let mut job = Job {
            plan,
            labels,
            due: None,
            is_drawn: false,
            taken: None,
            is_registered: true,
            is_paused: false,
            is_kept: false,
            is_running: false,
            ending: None,
            last_run: None,
            run_count: 0,
            last_outcome: None,
        };
        job.settle();
        job
    }

    /// The next slot is that of the plan.
    fn settle(&mut self) {
        (self.due, self.is_drawn, self.ending) = (None, false, None);
        match self.plan.next() {
            None => self.is_drawn = true,
            Some(Ok(slot)) => self.due = Some(slot),
            Some(Err(why)) => self.ending = Some(why),
        }
        if self.is_paused {
            (self.due, self.is_drawn, self.ending) = (None, false, None);
        }
    }

    /// Takes over what the scheduler has drawn. `false` if it cannot be right.
    pub(super) fn adopt(&mut self, shown: Option<DateTime<Utc>>) -> Result<bool, Unknown> {
        if !std::mem::take(&mut self.is_drawn) {
            return Ok(true);
        }
        self.due = shown;
        self.ending = shown.is_none().then_some(Removal::Deadline);
        self.plan.adopt(shown)
    }

    /// What is due is used, by a run or because that run was asked for.
    pub(super) fn use_up(&mut self, now: DateTime<Utc>) -> Result<(), Unknown> {
        let is_extra = self.plan.extra.take().is_some();
        // Slots that share a run which is still to begin obey its windows, or none if it was asked for.
        let shares_run = self.taken.is_some();
        let obeyed: Vec<bool> = self.plan.tracks.iter().map(|track| track.is_claimed).collect();
        for track in &mut self.plan.tracks {
            track.use_up(now, self.plan.until)?;
        }
        if shares_run {
            let obeys_any = obeyed.contains(&true);
            for (track, obeyed) in self.plan.tracks.iter_mut().zip(obeyed) {
                track.is_claimed = obeys_any && (track.is_claimed || obeyed);
            }
        }
        if is_extra {
            self.plan.tracks.iter_mut().for_each(|track| track.is_claimed = false);
            self.plan.tracks[0].is_claimed = !self.plan.is_asked_for;
        }
        self.settle();
        Ok(())
    }

    /// Whether a run would start outside the window of its slot.
    pub(super) fn is_outside_window(&self, now: DateTime<Utc>) -> bool {
        let mut claimed = self.plan.tracks.iter().filter(|track| track.is_claimed).peekable();
        claimed.peek().is_some() && claimed.all(|track| !track.rule.is_open(now))
    }

    pub(super) fn begin(&mut self, now: DateTime<Utc>) {
        self.is_running = true;
        self.last_run = Some(now);
        self.run_count += 1;
        self.leave_if_used_up();
    }

    pub(super) fn pause(&mut self) {
        self.is_paused = true;
        self.is_kept = self.due.is_some();
        (self.taken, self.due, self.is_drawn) = (None, None, false);
        if !self.is_running {
            self.ending = None;
        }
    }

    pub(super) fn resume(&mut self, now: DateTime<Utc>) -> Result<(), Unknown> {
        self.is_paused = false;
        if self.ending.is_some() {
            return Ok(());
        }
        if !self.is_kept {
            self.ending = Some(Removal::Finished);
            return Ok(());
        }
        self.plan.extra = None;
        for track in &mut self.plan.tracks {
            track.skip_to(now)?;
        }
        self.settle();
        Ok(())
    }

    /// Makes the job due, off its grid; whether it is.
    pub(super) fn trigger(&mut self, now: DateTime<Utc>) -> bool {
        if !self.is_registered || self.is_paused {
            return false;
        }
        if self.taken.is_none() && self.due.is_some_and(|due| due > now) {
            (self.plan.extra, self.plan.is_asked_for) = (Some(now), true);
            self.due = Some(now);
        }
        self.taken.or(self.due).is_some()
    }

    /// Takes another plan. The runs so far count.
    pub(super) fn reschedule(&mut self, plan: Plan) {
        self.plan = plan;
        self.taken = None;
        self.is_kept = true;
        self.settle();
        self.leave_if_used_up();
    }

    fn leave_if_used_up(&mut self) {
        if self.plan.times.is_some_and(|times| times <= self.run_count) {
            (self.due, self.is_drawn, self.ending) = (None, false, Some(Removal::Finished));
        }
    }

    /// Why the job is to leave now.
    pub(super) fn over(&self) -> Option<Removal> {
        self.ending.filter(|_| !self.is_running && self.taken.is_none())
    }

    /// The wall clock was set back.
    pub(super) fn set_back(&mut self, by: TimeDelta, now: DateTime<Utc>) -> Result<(), Unknown> {
        self.taken = self.taken.map(|slot| slot.min(now));
        if self.ending.is_some() || self.is_paused && !self.is_kept {
            return Ok(());
        }
        self.plan.extra = self.plan.extra.map(|due| due - by);
        if self.plan.until_is_length {
            self.plan.until = self.plan.until.map(|until| until - by);
        }
        for track in &mut self.plan.tracks {
            track.set_back(by, now, self.plan.until)?;
        }
        self.settle();
        if self.is_paused {
            self.ending = self.plan.next().and_then(Result::err);
        }
        Ok(())
    }
}
