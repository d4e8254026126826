//! The slots of a job that has options for late and overlapping runs.

use fastrand::Rng;

use super::{Record, NO_TICKET};
use crate::{
    job::{backlog::DueSlot, Backlog, Coalesce, Policies},
    timestamp::Timestamp,
};

/// What was due and is used.
pub(crate) struct Missed {
    /// The slots that have runs of their own, in their order.
    pub(crate) slots: Vec<DueSlot>,
    /// The first of the slots before those, which come too late.
    pub(crate) too_late: Option<Timestamp>,
    /// The next slot.
    pub(crate) next: Option<Timestamp>,
}

impl Record {
    /// The options for late and overlapping runs, if there are any.
    #[inline]
    pub(crate) fn policies(&self) -> Option<&Policies> {
        self.extra.as_ref()?.policies.as_deref()
    }

    pub(crate) fn backlog(&self) -> Option<&Backlog> {
        self.extra.as_ref()?.backlog.as_deref()
    }

    pub(crate) fn backlog_mut(&mut self) -> &mut Backlog {
        self.extra_mut().backlog.get_or_insert_with(Box::default)
    }

    /// Whether slots wait for their runs.
    pub(crate) fn has_backlog(&self) -> bool {
        self.backlog().is_some_and(|backlog| !backlog.is_empty())
    }

    /// Forgets the slots that wait.
    pub(crate) fn clear_backlog(&mut self) {
        if let Some(backlog) = self.extra.as_mut().and_then(|extra| extra.backlog.as_mut()) {
            backlog.clear();
        }
    }

    /// Uses the slots from `due` up to `now`, as `coalesce` says. O(log n) for n missed slots, and the number of runs
    /// for [`Coalesce::All`].
    pub(crate) fn use_missed(&mut self, due: Timestamp, now: Timestamp, random: &mut Rng) -> Missed {
        let policies = self.policies().cloned().unwrap_or_default();
        let in_time = policies.first_in_time(now);
        let is_late = |slot: Timestamp| in_time.is_some_and(|first| slot < first);
        let is_off_grid = self.extra.as_ref().is_some_and(|extra| extra.off_grid.is_some());
        let most = match policies.coalesce() {
            Coalesce::All(most) if !is_off_grid => most,
            Coalesce::Earliest if !is_off_grid => 1,
            // One run for all of them, for the last.
            _ => {
                let slot = if is_off_grid { due } else { self.last_missed(due, now, random) };
                let next = self.advance(due, now, random);
                if is_late(slot) {
                    return Missed { slots: Vec::new(), too_late: Some(due), next };
                }
                let windows = self.windows();
                return Missed { slots: vec![DueSlot { slot, windows }], too_late: None, next };
            }
        };
        let (mut slots, mut next, mut too_late) = (Vec::new(), Some(due), None);
        // By arithmetic, however many those are.
        if let Some(first) = in_time.filter(|first| due < *first) {
            too_late = Some(due);
            next = self.advance(due, first.just_before().max(due), random);
        }
        while let Some(slot) = next.filter(|slot| *slot <= now) {
            let is_last = slots.len() + 1 == most as usize;
            next = self.advance(slot, if is_last { now } else { slot }, random);
            slots.push(DueSlot { slot, windows: self.windows() });
        }
        Missed { slots, too_late, next }
    }

    /// The last slot up to `now`, given that `due` is a slot. Found on copies of the timing, by halving the time in
    /// which it may be: O(log n) for n missed slots.
    pub(crate) fn last_missed(&self, due: Timestamp, now: Timestamp, random: &Rng) -> Timestamp {
        let first_after = |instant: Timestamp| {
            let mut slots = self.slots(Some(due), instant);
            slots.left = None;
            slots.next(&mut random.clone());
            slots.next.filter(|slot| *slot <= now)
        };
        // `last` is a slot, and none is after `end`.
        let (mut last, mut end) = (due, now);
        while let Some(next) = first_after(last) {
            let middle = last.after((end.nanos() - last.nanos()) / 2);
            match first_after(middle) {
                Some(slot) => last = slot,
                None => (last, end) = (next, middle),
            }
        }
        last
    }

    /// Whether a pass has claimed what waits, and nothing does any more.
    pub(crate) fn has_void_claim(&self) -> bool {
        let is_claimed = self.ticket != NO_TICKET && self.policies().is_some();
        is_claimed && !self.has_backlog() && self.due_attempt().is_none()
    }

    /// What waits and may begin, unless it is claimed already: an attempt or a slot.
    pub(crate) fn first_waiting(&self) -> Option<Timestamp> {
        if self.ticket != NO_TICKET || !self.is_registered() || self.is_paused() {
            return None;
        }
        self.due_attempt().or_else(|| self.backlog().filter(|_| !self.is_full())?.first())
    }
}
