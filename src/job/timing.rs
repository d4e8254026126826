//! When a job runs, whatever its kind.

use chrono::TimeDelta;
use fastrand::Rng;

use super::{plan::Plan, windows::Windows};
use crate::{
    event::Removal,
    schedule::{Cadence, On, Schedule},
    timestamp::Timestamp,
    trigger::Pace,
};

/// The schedule of a job and where the job stands on it.
#[derive(Clone)]
pub(crate) enum Timing {
    /// Equal steps of elapsed time and nothing else, which is what most jobs have: kept in place. The next slot, which
    /// the queue knows, says where the grid lies.
    Every(Pace),
    Planned(Box<Plan>),
}

/// A run that is due although the grid has no slot then: by `immediately`, or because it was asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct OffGrid {
    /// The next slot of the grid, which such a run does not move; or why there is none.
    pub(crate) resumes_at: Result<Timestamp, Removal>,
    /// Whether somebody asked for the run: it may start outside the window then.
    pub(crate) is_asked_for: bool,
}

impl Timing {
    pub(crate) fn schedule(&self) -> Schedule {
        match self {
            Timing::Every(pace) => {
                let (n, unit) = pace.parts();
                let cadence = Cadence::Every { low: n, high: n, unit, on: On::Default };
                Schedule { cadence, options: None }
            }
            Timing::Planned(plan) => plan.schedule.clone(),
        }
    }

    /// Whether the filters allow the same dates as those of another timing, of the same schedule.
    pub(crate) fn has_dates_of(&self, other: &Timing) -> bool {
        match (self, other) {
            (Timing::Planned(plan), Timing::Planned(other)) => plan.has_dates_of(other),
            _ => true,
        }
    }

    /// How many runs are left after `run_count` of them.
    #[inline]
    pub(super) fn runs_left(&self, run_count: u64) -> Option<u64> {
        match self {
            Timing::Every(_) => None,
            Timing::Planned(plan) => Some(plan.times?.saturating_sub(run_count)),
        }
    }

    pub(crate) fn until(&self) -> Option<Timestamp> {
        match self {
            Timing::Every(_) => None,
            Timing::Planned(plan) => plan.until,
        }
    }

    /// Uses `slot`, which is due at `now`, and finds the next one after: however late that is, one run covers all
    /// missed slots. If there is none, says why. It is `for_new_run`, or shares one that is still to begin.
    #[inline(always)]
    pub(super) fn advance(
        &mut self,
        slot: Timestamp,
        now: Timestamp,
        for_new_run: bool,
        random: &mut Rng,
    ) -> Result<Timestamp, Removal> {
        match self {
            Timing::Every(pace) => pace.next_after(slot, now).ok_or(Removal::Finished),
            Timing::Planned(plan) => {
                plan.advance(now, for_new_run, random);
                plan.next()
            }
        }
    }

    /// Finds the next slot after `now`, when a slot off the grid has been used. The grid has not moved: its next slot
    /// is `resumes_at`, as before, unless that has passed too.
    pub(super) fn leave_off_grid(
        &mut self,
        resumes_at: Result<Timestamp, Removal>,
        now: Timestamp,
        random: &mut Rng,
    ) -> Result<Timestamp, Removal> {
        match resumes_at {
            // Not `advance`: no slot of the grid was used.
            Ok(slot) if slot > now => self.skip_to(slot, now),
            Ok(slot) => self.advance(slot, now, true, random),
            Err(why) => Err(why),
        }
    }

    /// Takes note that the run to come is not for a slot of the grid.
    pub(super) fn claim_off_grid(&mut self, is_asked_for: bool) {
        if let Timing::Planned(plan) = self {
            plan.claim_off_grid(is_asked_for);
        }
    }

    /// Whether a run that begins at `now` would start outside the window of its slot.
    #[inline]
    pub(super) fn is_outside_window(&self, now: Timestamp) -> bool {
        match self {
            Timing::Every(_) => false,
            Timing::Planned(plan) => plan.is_outside_window(now),
        }
    }

    /// The windows of the slots that were used for the run to come.
    pub(super) fn windows(&self) -> Windows {
        match self {
            Timing::Every(_) => Windows::default(),
            Timing::Planned(plan) => plan.windows(),
        }
    }

    /// The first slot after `now`: `slot`, the next one, if it still is to come. The slots before are left out.
    pub(super) fn skip_to(&mut self, slot: Timestamp, now: Timestamp) -> Result<Timestamp, Removal> {
        match self {
            Timing::Every(_) if slot > now => Ok(slot),
            Timing::Every(pace) => pace.next_after(slot, now).ok_or(Removal::Finished),
            Timing::Planned(plan) => {
                plan.skip_to(now);
                plan.next()
            }
        }
    }

    /// Whether a user's trigger is part of the schedule.
    pub(crate) fn has_users_trigger(&self) -> bool {
        match self {
            Timing::Every(_) => false,
            Timing::Planned(plan) => plan.has_users_trigger(),
        }
    }

    /// Whether slots depend on the rules of the machine's zone.
    #[inline]
    pub(crate) fn follows_machine(&self) -> bool {
        match self {
            Timing::Every(_) => false,
            Timing::Planned(plan) => plan.follows_machine,
        }
    }

    /// Follows the machine's zone, which has other rules: returns what becomes of `slot`, the next one. All slots up to
    /// `covered` have had their run.
    pub(super) fn follow_zone(
        &mut self,
        now: Timestamp,
        covered: Timestamp,
        slot: Timestamp,
    ) -> Result<Timestamp, Removal> {
        match self {
            Timing::Every(_) => Ok(slot),
            Timing::Planned(plan) => {
                plan.follow_zone(now, covered);
                plan.next()
            }
        }
    }

    /// Follows the wall clock, which was set back to `now`, or forward if `by` is negative: returns what becomes of
    /// `slot`, the next one.
    pub(super) fn set_back(
        &mut self,
        by: TimeDelta,
        now: Timestamp,
        slot: Timestamp,
        random: &mut Rng,
    ) -> Result<Timestamp, Removal> {
        match self {
            Timing::Every(_) => (slot - by).within_calendar().ok_or(Removal::Finished),
            Timing::Planned(plan) => {
                plan.set_back(by, now, random);
                plan.next()
            }
        }
    }
}
