//! Where a job of the model stands on one of the alternatives of its schedule.

use std::collections::BTreeSet;

use chrono::{DateTime, TimeDelta, Utc};

use super::rule::{Rule, Unknown};

pub(super) struct Track {
    pub(super) rule: Rule,
    /// The next slot. Several if its length is drawn and nothing has shown yet which it is.
    pub(super) next: BTreeSet<DateTime<Utc>>,
    /// If there are several, they are the next slots after this instant.
    drawn_after: Option<DateTime<Utc>>,
    /// The first slot, if `starting` makes it a moment of the wall clock.
    pub(super) start: Option<DateTime<Utc>>,
    /// When the slots start, if that was given as a length of elapsed time.
    pub(super) starts_after_length: Option<DateTime<Utc>>,
    /// What the wall clock showed when the first slot was found.
    /// Or `starts_after_length`, if that is later.
    planned_at: DateTime<Utc>,
    /// A slot was used.
    has_begun: bool,
    /// The slots that had their run.
    ran: BTreeSet<DateTime<Utc>>,
    /// The slot of the run to come is one of this track.
    pub(super) is_claimed: bool,
    /// No slot at or before this instant is to come.
    pub(super) used: DateTime<Utc>,
}

impl Track {
    /// One whose next slot is yet to be found, after `used`.
    pub(super) fn new(rule: Rule, used: DateTime<Utc>) -> Self {
        Track {
            rule,
            next: BTreeSet::new(),
            drawn_after: None,
            start: None,
            starts_after_length: None,
            planned_at: used,
            has_begun: false,
            ran: BTreeSet::new(),
            is_claimed: false,
            used,
        }
    }

    /// Finds the next slot after `now`.
    pub(super) fn find_next(&mut self, now: DateTime<Utc>) -> Result<(), Unknown> {
        let last = if self.has_begun && self.rule.is_dated() { now } else { now.max(self.used) };
        self.rule.settle();
        self.next = self.rule.next_of(last, &self.not_again())?;
        self.drawn_after = (self.next.len() > 1).then_some(last);
        Ok(())
    }

    /// The slots that do not come again, even if the clock shows them again.
    fn not_again(&self) -> BTreeSet<DateTime<Utc>> {
        let is_dated = self.has_begun && self.rule.is_dated();
        self.ran.iter().copied().filter(|_| is_dated).collect()
    }

    /// A length was drawn for the next slot: one whose slot is not past the deadline, if there is one.
    pub(super) fn draw_within(&mut self, until: Option<DateTime<Utc>>) -> Result<(), Unknown> {
        let Some(until) = until else { return Ok(()) };
        let is_in_time = |slot: &DateTime<Utc>| *slot <= until;
        if !self.next.iter().any(is_in_time) || self.next.iter().all(is_in_time) {
            return Ok(());
        }
        if self.rule.is_date_open() {
            // From one date there is a length that fits, and from another perhaps none.
            return Err(Unknown);
        }
        self.retain(|slot| is_in_time(&slot));
        Ok(())
    }

    /// The next slot, if it is certain.
    pub(super) fn certain(&self) -> Option<DateTime<Utc>> {
        self.next.first().copied().filter(|_| self.next.len() == 1)
    }

    /// Whether the next slot is not after `now`.
    fn is_due(&self, now: DateTime<Utc>) -> Result<bool, Unknown> {
        let is_due = self.next.first().is_some_and(|slot| *slot <= now);
        if is_due && self.next.len() > 1 {
            return Err(Unknown);
        }
        Ok(is_due)
    }

    /// Uses the next slot if it is due: one run covers it and all that were missed.
    pub(super) fn use_up(&mut self, now: DateTime<Utc>, until: Option<DateTime<Utc>>) -> Result<(), Unknown> {
        self.is_claimed = self.is_due(now)?;
        if self.is_claimed {
            if let Some(slot) = self.certain() {
                self.rule.restart(slot);
                self.has_begun = true;
                self.ran.insert(slot);
                self.used = self.used.max(slot);
                self.find_next(now)?;
                self.draw_within(until)?;
            }
        }
        Ok(())
    }

    /// Leaves out what is not after `now`.
    pub(super) fn skip_to(&mut self, now: DateTime<Utc>) -> Result<(), Unknown> {
        if self.is_due(now)? {
            self.find_next(now)?;
        }
        Ok(())
    }

    /// Only those slots are possible that are right.
    pub(super) fn retain(&mut self, is_right: impl Fn(DateTime<Utc>) -> bool) {
        self.next.retain(|slot| is_right(*slot));
        if let Some(last) = self.drawn_after {
            let not_again = self.not_again();
            self.rule.retain(last, &not_again, is_right);
            self.drawn_after = self.drawn_after.filter(|_| self.next.len() > 1);
        }
    }

    /// The wall clock was set back, or forward if `by` is negative, which undoes a set-back.
    pub(super) fn set_back(
        &mut self,
        by: TimeDelta,
        now: DateTime<Utc>,
        until: Option<DateTime<Utc>>,
    ) -> Result<(), Unknown> {
        if self.next.len() > 1 {
            return Err(Unknown);
        }
        let next = self.certain();
        self.starts_after_length = self.starts_after_length.map(|start| start - by);
        if self.start.is_some_and(|start| next.is_some_and(|next| next <= start)) {
            return Ok(());
        }
        self.start = None;
        if by < TimeDelta::zero() && self.rule.is_dated() {
            // Wall times stay, unless none was used yet and they start after a length that has not passed.
            let is_to_start = self.starts_after_length.is_some_and(|start| start > now);
            return if is_to_start && !self.has_begun { self.plan_again(now, until) } else { Ok(()) };
        }
        let is_ahead = next.is_some_and(|next| next > now);
        let earliest = if self.rule.is_random() { self.used } else { self.planned_at };
        if self.rule.is_dated() && is_ahead && now < earliest && self.has_begun {
            // How the dates go on backwards is for other tests.
            return Err(Unknown);
        }
        let is_planned_for_later = now < self.planned_at || self.starts_after_length.is_some();
        if self.rule.is_dated() && is_ahead && is_planned_for_later && !self.has_begun {
            return self.plan_again(now, until);
        }
        let late = self.rule.late();
        match (self.rule.set_back(by, self.has_begun)?, next) {
            (Some(mut owed), next) => {
                self.used -= by;
                if let Some(next) = next {
                    // The clock was set past a mark, but not so much time has passed.
                    if next - owed <= now && now < next - by - late {
                        owed -= self.rule.put_off();
                    }
                    self.next = BTreeSet::from([self.moved(next, by, owed, now)?]);
                }
                Ok(())
            }
            (None, Some(next)) if next > now => self.find_next(now),
            (None, _) => Ok(()),
        }
    }

    /// A calendar that has not begun counts from what the clock shows now.
    fn plan_again(&mut self, now: DateTime<Utc>, until: Option<DateTime<Utc>>) -> Result<(), Unknown> {
        let start = self.starts_after_length;
        *self = Track::new(self.rule.planned_again(start, now), now);
        self.start_after_length(start, now);
        self.find_next(now)?;
        self.draw_within(until)?;
        if start.is_none() && self.rule.starting(now).is_some_and(|start| start > now) {
            self.start = Some(self.certain().ok_or(Unknown)?);
        }
        Ok(())
    }

    /// The slots start at `start`, which was given as a length of elapsed time.
    pub(super) fn start_after_length(&mut self, start: Option<DateTime<Utc>>, now: DateTime<Utc>) {
        self.starts_after_length = start;
        self.planned_at = start.map_or(now, |start| start.max(now));
    }

    /// A slot that the clock moves is the next that the rule has from where it is due; one that is overdue stays so, but a
    /// mark is waited for.
    fn moved(
        &self,
        slot: DateTime<Utc>,
        by: TimeDelta,
        owed: TimeDelta,
        now: DateTime<Utc>,
    ) -> Result<DateTime<Utc>, Unknown> {
        let next = |instant| {
            let next = self.rule.next_after(instant)?;
            next.first().copied().filter(|_| next.len() == 1).ok_or(Unknown)
        };
        // No rule says what becomes of an overdue slot if the grid, once moved, never meets the window again.
        let opens = if self.rule.is_windowed() { Some(next(now.max(self.used))?) } else { None };
        if slot - by <= now && !self.rule.has_marks() {
            return Ok(slot - by);
        }
        let moved = match next((slot - owed - TimeDelta::nanoseconds(1)).max(self.used))? {
            slot if slot <= now && !self.rule.is_open(now) => next(now)?,
            slot => slot,
        };
        Ok(opens.map_or(moved, |opens| moved.min(opens)))
    }
}
