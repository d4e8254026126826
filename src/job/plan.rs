//! The compiled schedule of a job, and where the job stands on it.

use chrono::TimeDelta;
use fastrand::Rng;

use super::{
    calendars::Allowed,
    compile::{line, Terms},
    cursor::{Cursor, Grid},
    displaced::Displaced,
    windows::Windows,
};
use crate::{
    event::Removal,
    schedule::Schedule,
    timestamp::Timestamp,
    trigger::{Rule, Timeline},
    zone::Zone,
};

/// A schedule, compiled for one job.
#[derive(Clone)]
pub(crate) struct Plan {
    pub(crate) schedule: Schedule,
    pub(super) main: Line,
    /// The alternatives of `or`.
    pub(super) others: Vec<Line>,
    /// Whether there are none, and no slot is put off.
    pub(super) is_simple: bool,
    /// The last instant at which a slot may be.
    pub(crate) until: Option<Timestamp>,
    /// Whether that was given as a length of elapsed time, and so moves with the clock.
    pub(super) until_is_length: bool,
    /// How often the body may run.
    pub(crate) times: Option<u64>,
    /// Whether slots depend on the rules of the machine's zone.
    pub(super) follows_machine: bool,
}

/// A grid and the cursor on it.
#[derive(Clone)]
pub(super) struct Line {
    pub(super) grid: Grid,
    pub(super) cursor: Cursor,
    /// Set if the slots are put off. The cursor's next slot is then the moment to which that one was put off.
    pub(super) displaced: Option<Box<Displaced>>,
    /// Whether the last slot that was used, and is to have its run, is one of this grid.
    pub(super) is_claimed: bool,
    /// What the wall clock showed when the first slot was found.
    pub(super) planned_at: Timestamp,
    /// When the slots start, if that was given as a length of elapsed time.
    pub(super) starts_after_length: Option<Timestamp>,
    /// The dates that the filters allow.
    pub(super) allowed: Allowed,
    /// Whether the first slot is an instant that was given as such.
    pub(super) is_first_given: bool,
}

impl Plan {
    /// The next slot, if it is not too late; otherwise why there is none.
    #[inline]
    pub(super) fn next(&self) -> Result<Timestamp, Removal> {
        let main = self.main.cursor.next;
        let next = if self.others.is_empty() { main } else { self.first_of_all() };
        let Some(next) = next else { return Err(self.why_over()) };
        match self.until {
            Some(until) if next > until => Err(Removal::Deadline),
            _ => Ok(next),
        }
    }

    /// Why there is no slot.
    #[cold]
    fn why_over(&self) -> Removal {
        if self.others.iter().chain([&self.main]).any(|line| line.grid.rule.has_failed()) {
            Removal::TriggerFailed
        } else {
            Removal::Finished
        }
    }

    /// When a single run is, if it is given as a moment.
    pub(super) fn moment(&self) -> Option<Timestamp> {
        match self.main.grid.rule {
            Rule::Moment => Some(self.main.cursor.anchor.at),
            _ => None,
        }
    }

    /// Whether a user's trigger is part of the schedule.
    pub(super) fn has_users_trigger(&self) -> bool {
        self.others.iter().chain([&self.main]).any(|line| line.grid.rule.has_users_trigger())
    }

    /// Whether the filters allow the same dates as those of another plan, of the same schedule.
    pub(super) fn has_dates_of(&self, other: &Plan) -> bool {
        let dates = |plan: &'_ Plan| {
            plan.others.iter().chain([&plan.main]).map(|line| line.allowed.clone()).collect::<Vec<_>>()
        };
        dates(self) == dates(other)
    }

    fn first_of_all(&self) -> Option<Timestamp> {
        self.others.iter().chain([&self.main]).filter_map(|line| line.cursor.next).min()
    }

    /// The zone of the schedule.
    pub(super) fn zone(&self) -> Zone {
        self.main.grid.zone
    }

    fn lines(&mut self) -> impl Iterator<Item = &mut Line> {
        std::iter::once(&mut self.main).chain(&mut self.others)
    }

    /// Uses the slots that are due at `now`, and finds the next ones after it. They are `for_new_run`, or share the run
    /// of slots that were used before: what one of those allows, no other takes away.
    #[inline]
    pub(super) fn advance(&mut self, now: Timestamp, for_new_run: bool, random: &mut Rng) {
        let until = self.until;
        if self.is_simple {
            self.main.is_claimed |= for_new_run;
            return self.main.cursor.advance(&self.main.grid, now, until, random);
        }
        // A run that was asked for obeys no window.
        let obeys_windows = for_new_run || self.lines().any(|line| line.is_claimed);
        for line in self.lines() {
            let is_due = line.cursor.next.is_some_and(|next| next <= now);
            line.is_claimed = line.is_claimed && !for_new_run || is_due && obeys_windows;
            if is_due {
                line.advance(now, until, random);
            }
        }
    }

    /// Takes note that the run to come is not for a slot of the grid. One by `immediately` obeys the window all the
    /// same.
    pub(super) fn claim_off_grid(&mut self, is_asked_for: bool) {
        self.lines().for_each(|line| line.is_claimed = false);
        self.main.is_claimed = !is_asked_for;
    }

    /// Whether a run that begins at `now` would start outside the window of its slot.
    pub(super) fn is_outside_window(&self, now: Timestamp) -> bool {
        if self.others.is_empty() {
            return self.main.is_claimed && self.main.is_closed(now);
        }
        let mut claimed = self.others.iter().chain([&self.main]).filter(|line| line.is_claimed).peekable();
        claimed.peek().is_some() && claimed.all(|line| line.is_closed(now))
    }

    /// The windows of the slots that were used for the run to come.
    pub(super) fn windows(&self) -> Windows {
        let claimed = self.others.iter().chain([&self.main]).filter(|line| line.is_claimed);
        let windows: Option<Vec<_>> = claimed.map(|line| Some((line.grid.window?, line.grid.zone))).collect();
        // If one of the slots has no window, the others' do not matter.
        Windows(windows.unwrap_or_default())
    }

    /// Leaves out the slots that are not after `now`.
    pub(super) fn skip_to(&mut self, now: Timestamp) {
        let until = self.until;
        for line in self.lines().filter(|line| line.cursor.next.is_some_and(|next| next <= now)) {
            match &mut line.displaced {
                None => line.cursor.find_next(&line.grid, now),
                Some(displaced) => displaced.skip_to(&line.grid, &mut line.cursor, now, until),
            }
        }
    }

    /// Follows the wall clock, which was set back to `now`.
    pub(super) fn set_back(&mut self, by: TimeDelta, now: Timestamp, random: &mut Rng) {
        if self.until_is_length {
            self.until = self.until.map(|until| until - by);
        }
        let options = self.schedule.options.as_deref();
        let others = options.map_or(&[][..], |options| &options.or);
        let schedules = std::iter::once(&self.schedule).chain(others);
        for (line, schedule) in std::iter::once(&mut self.main).chain(&mut self.others).zip(schedules) {
            line.set_back(schedule, by, now, self.until, random);
        }
    }

    /// Follows the machine's zone, which has other rules. All slots up to `covered` have had their run.
    pub(super) fn follow_zone(&mut self, now: Timestamp, covered: Timestamp) {
        let until = self.until;
        self.lines().filter(|line| line.follows_machine()).for_each(|line| line.follow_zone(now, covered, until));
    }
}

impl Line {
    /// Uses the next slot, which is due at `now`, and finds the first one after.
    fn advance(&mut self, now: Timestamp, until: Option<Timestamp>, random: &mut Rng) {
        match &mut self.displaced {
            None => self.cursor.advance(&self.grid, now, until, random),
            Some(displaced) => displaced.advance((&self.grid, &mut self.cursor), now, until, random),
        }
    }

    /// Whether the slots depend on the rules of the machine's zone: by a date, a reading or a window.
    pub(super) fn follows_machine(&self) -> bool {
        let Grid { rule, limits, zone, .. } = &self.grid;
        rule.follows_machine(*zone, limits.is_some())
    }

    fn follow_zone(&mut self, now: Timestamp, covered: Timestamp, until: Option<Timestamp>) {
        let first = self.cursor.next.filter(|_| self.is_first_given && !self.cursor.is_used);
        match first {
            // A given instant does not move, unless the window is closed then by the new rules.
            Some(first) if self.is_within_limits(first) => self.cursor.forget_span(),
            _ => match &mut self.displaced {
                None => self.cursor.follow_zone(&self.grid, now, covered),
                Some(displaced) => displaced.follow_zone((&self.grid, &mut self.cursor), now, covered, until),
            },
        }
    }

    /// Whether a slot may be at an instant.
    fn is_within_limits(&self, instant: Timestamp) -> bool {
        self.grid.limits.as_ref().is_none_or(|limits| limits.is_open(self.grid.zone, instant))
    }

    /// Whether there is a window, and it is closed.
    fn is_closed(&self, now: Timestamp) -> bool {
        self.grid.window.is_some_and(|window| !window.is_open(self.grid.zone, now))
    }

    /// Follows the wall clock, which was set back to `now`, or forward if `by` is negative.
    ///
    /// A calendar that has not been used yet counts from its registration, or from a length after it. If the clock
    /// showed a wrong time then, that is still to come, and the slots are found again from now. Set forward, the clock
    /// leaves the slots of a calendar as they are, unless that length has not passed yet.
    fn set_back(
        &mut self,
        schedule: &Schedule,
        by: TimeDelta,
        now: Timestamp,
        until: Option<Timestamp>,
        random: &mut Rng,
    ) {
        self.starts_after_length = self.starts_after_length.map(|start| start - by);
        let is_set_forward = by < TimeDelta::zero();
        let is_calendar = matches!(self.grid.rule, Rule::Calendar(_) | Rule::Clock(_) | Rule::Common(_) | Rule::Own(_));
        let is_calendar = is_calendar && self.grid.rule.timeline() == Timeline::Wall;
        let is_ahead = self.cursor.next.is_some_and(|next| next > now) && self.cursor.start.is_none();
        let is_found_too_early = if is_set_forward {
            self.starts_after_length.is_some_and(|start| start > now)
        } else {
            is_ahead && (now < self.planned_at || self.starts_after_length.is_some())
        };
        if is_calendar && !self.cursor.is_used && is_found_too_early {
            let mut draw = |low, high| random.u64(low..=high);
            let seed = self.displaced.as_ref().and_then(|displaced| displaced.seed());
            let (allowed, start) = (self.allowed.clone(), self.starts_after_length);
            let terms = Terms { allowed, start, until, seed, may_be_over: false };
            let planned = line(schedule, now, self.grid.zone, terms, &mut draw);
            if let Ok(planned) = planned {
                *self = planned;
                return;
            }
        }
        if is_set_forward && self.grid.rule.timeline() == Timeline::Wall {
            return;
        }
        let is_before_the_grid = self.grid.draw.is_some() || now < self.planned_at;
        if let (Rule::Calendar(rule), true) = (&self.grid.rule, self.cursor.is_used && is_before_the_grid) {
            // The dates go back as far as they go forward.
            let before = self.displaced.as_ref().map_or(now, |displaced| displaced.before_slots(&self.grid, now));
            self.cursor.anchor = rule.anchor_not_after(&self.cursor.anchor, before);
        }
        match &mut self.displaced {
            None => self.cursor.set_back(&self.grid, by, now),
            Some(displaced) => displaced.set_back((&self.grid, &mut self.cursor), by, now, until),
        }
    }
}
