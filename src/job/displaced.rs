//! Slots that are put off: to a random moment, or by a random or a stable length.

use chrono::TimeDelta;
use fastrand::Rng;

use super::cursor::{Cursor, Grid};
use crate::{
    error::{Error, Result},
    schedule::{Scatter, Schedule},
    timestamp::Timestamp,
    trigger::{Timeline, Window},
    zone::DAY,
};

/// The smallest step of a random length, in nanoseconds.
const MILLISECOND: i128 = 1_000_000;

/// By how much the slots of a grid are put off.
#[derive(Clone, Copy, Debug)]
pub(super) enum Displacement {
    /// By `shift` and a random length of up to `most`, in nanoseconds.
    By { shift: i128, most: i128 },
    /// To a random moment while a window is open. The slots of the grid are at its opening.
    Within(Window),
}

impl Displacement {
    /// The displacement that a schedule asks for, for a job with this [seed]. `None` if there is none.
    ///
    /// # Errors
    ///
    /// If the schedule is spread and there is no seed.
    pub(super) fn of(schedule: &Schedule, scatter: &Scatter, seed: Option<u64>) -> Result<Option<Self>> {
        if let Some(window) = scatter.at_random {
            return Ok(Some(Displacement::Within(window)));
        }
        let nanos = |length: std::time::Duration| i128::try_from(length.as_nanos()).unwrap_or(i128::MAX);
        let shift = match (scatter.spread, seed) {
            (None, _) => 0,
            (Some(spread), Some(seed)) => i128::from(seed) % (nanos(spread) / MILLISECOND).max(1) * MILLISECOND,
            (Some(_), None) => {
                return Err(Error::invalid(format!(
                    "invalid spread for \"{schedule}\": its job has neither a key nor a name to spread it by (expected \
                     `named` or `key`)"
                )));
            }
        };
        let most = scatter.jitter.map_or(0, nanos);
        Ok(scatter.is_set().then_some(Displacement::By { shift, most }))
    }

    /// The part of it that is the same for all slots.
    pub(super) fn shift(&self) -> i128 {
        match self {
            Displacement::By { shift, .. } => *shift,
            Displacement::Within(_) => 0,
        }
    }

    /// At least as much as any slot is put off.
    pub(super) fn reach(&self, has_window: bool) -> i128 {
        match self {
            // A slot is not put off past the close of its window.
            Displacement::By { shift, most } if has_window => (shift + most).min((2 * DAY).into()),
            Displacement::By { shift, most } => shift + most,
            Displacement::Within(_) => (2 * DAY).into(),
        }
    }

    /// The moments to which a slot may be put off.
    fn moments(&self, slot: Timestamp, grid: &Grid) -> Moments {
        let (first, last, closing) = match *self {
            Displacement::By { shift, most } => {
                let closing = grid.window.map(|window| window.closing_after(grid.zone, slot));
                let shift = closing.map_or(shift, |closing| within(shift, closing.nanos() - slot.nanos()));
                (slot.after(shift), slot.after(shift + most), closing)
            }
            Displacement::Within(window) => (slot, Timestamp::LAST, Some(window.closing_after(grid.zone, slot))),
        };
        let Some(closing) = closing else {
            return Moments { first, last, passed: slot };
        };
        let close = closing.after(-MILLISECOND).max(slot);
        if last <= close {
            Moments { first, last, passed: slot }
        } else {
            // No slot up to the close has a later moment.
            Moments { first: first.min(close), last: close, passed: closing.just_before().max(slot) }
        }
    }
}

/// A shift, if there is room for it; otherwise one that is spread over the room as it is.
fn within(shift: i128, room: i128) -> i128 {
    if shift < room {
        shift
    } else {
        shift % room.max(1)
    }
}

/// The number that decides by how much a job is spread: by its key, or its name if it has none.
pub(crate) fn seed_of(key: Option<&str>, name: Option<&str>) -> Option<u64> {
    key.or(name).map(seed)
}

/// A hash of a text, the same in every process.
///
/// FNV-1a, and the last steps of MurmurHash3, because the lower digits of FNV-1a alone are alike for similar texts.
fn seed(text: &str) -> u64 {
    let step = |hash: u64, byte: u8| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
    let hash = text.bytes().fold(0xcbf2_9ce4_8422_2325, step);
    let hash = (hash ^ hash >> 33).wrapping_mul(0xff51_afd7_ed55_8ccd);
    let hash = (hash ^ hash >> 33).wrapping_mul(0xc4ce_b9fe_1a85_ec53);
    hash ^ hash >> 33
}

/// The moments to which a slot may be put off, both ends included.
struct Moments {
    first: Timestamp,
    last: Timestamp,
    /// No slot up to this instant has a moment after `last`.
    passed: Timestamp,
}

impl Moments {
    /// Draws one that is after `after`, which `last` is, and not after `until`; the earliest if that is not possible.
    fn draw(&self, after: Timestamp, until: Timestamp, random: &mut Rng) -> Timestamp {
        let steps_to = |end: Timestamp| (end.nanos() - self.first.nanos()).div_euclid(MILLISECOND);
        let low = (steps_to(after) + 1).max(0);
        let high = steps_to(self.last.min(until));
        let step = match (u64::try_from(low), u64::try_from(high)) {
            (Ok(low), Ok(high)) if low < high => random.u64(low..=high).into(),
            _ => low,
        };
        self.first.after(step * MILLISECOND).min(self.last)
    }
}

/// Where a job stands whose slots are put off.
///
/// The job's cursor has its next *moment*, when it is due. The slot of the grid from which that was put off is here,
/// and is given back to the cursor whenever the cursor moves:
///
/// ```text
/// every 10 minutes, with a jitter of 15 minutes
///
/// slots      12:10     12:20     12:30     12:40
///              \_________   \___     \________  \____
/// moments                12:19  12:27         12:44  12:46        in the order of the slots, one for each
/// ```
///
/// A slot is over when its last moment is, so a late run covers the slots up to then, which is computed from that
/// distance: no slot that was missed is looked at.
#[derive(Clone)]
pub(super) struct Displaced {
    displacement: Displacement,
    seed: Option<u64>,
    /// Of its own, so that a copy draws the same moments.
    random: Rng,
    /// The slot of the grid whose moment is next.
    slot: Option<Timestamp>,
    /// The moment that was used last. The next one is later.
    used: Timestamp,
}

impl Displaced {
    /// How many slots are tried for one that has a moment after now. The first that is tried is at most two days too
    /// early, and the next is after the close of its window.
    const TRIES: usize = 64;

    /// Puts off the first slot of the grid, on which the cursor stands. Its moment is after `after`.
    pub(super) fn new(
        displacement: Displacement,
        seed: Option<u64>,
        random: Rng,
        (grid, cursor): (&Grid, &mut Cursor),
        after: Timestamp,
        until: Option<Timestamp>,
    ) -> Self {
        let mut displaced = Displaced { displacement, seed, random, slot: None, used: after };
        displaced.put_off(grid, cursor, after, until, None);
        cursor.start = cursor.start.and(displaced.slot);
        displaced
    }

    pub(super) fn seed(&self) -> Option<u64> {
        self.seed
    }

    /// An instant that is before all slots with a moment after `now`.
    pub(super) fn before_slots(&self, grid: &Grid, now: Timestamp) -> Timestamp {
        now.after(-self.displacement.reach(grid.window.is_some()))
    }

    /// Uses the next moment, which is due at `now`, and finds the next one after.
    pub(super) fn advance(
        &mut self,
        (grid, cursor): (&Grid, &mut Cursor),
        now: Timestamp,
        until: Option<Timestamp>,
        random: &mut Rng,
    ) {
        let Some((slot, moment)) = self.slot.zip(cursor.next) else { return };
        self.used = moment;
        cursor.next = Some(slot);
        let shift = self.displacement.shift();
        let latest = until.map(|until| until.after(-shift));
        cursor.advance(grid, self.before_slots(grid, now).max(slot), latest, random);
        self.put_off(grid, cursor, now.max(moment), until, None);
    }

    /// Leaves out the moments that are not after `now`.
    pub(super) fn skip_to(&mut self, grid: &Grid, cursor: &mut Cursor, now: Timestamp, until: Option<Timestamp>) {
        let Some(slot) = self.slot else { return };
        cursor.find_next(grid, self.before_slots(grid, now).max(slot));
        self.put_off(grid, cursor, now.max(self.used), until, None);
    }

    /// Follows the zone, which has other rules. See [`Cursor::follow_zone`].
    pub(super) fn follow_zone(
        &mut self,
        (grid, cursor): (&Grid, &mut Cursor),
        now: Timestamp,
        covered: Timestamp,
        until: Option<Timestamp>,
    ) {
        cursor.forget_span();
        let Some(before) = self.slot.zip(cursor.next) else { return };
        let moment = before.1;
        let after = if moment > now { now } else { covered.max(self.used).min(moment.just_before()) };
        cursor.find_next(grid, self.before_slots(grid, after));
        self.put_off(grid, cursor, after, until, Some(before));
        if !cursor.is_used {
            cursor.start = cursor.start.and(self.slot);
        }
    }

    /// Follows the wall clock, which was set back to `now`, or forward if `by` is negative. See [`Cursor::set_back`].
    ///
    /// A slot that is to come keeps its moment, or its distance from it.
    pub(super) fn set_back(
        &mut self,
        (grid, cursor): (&Grid, &mut Cursor),
        by: TimeDelta,
        now: Timestamp,
        until: Option<Timestamp>,
    ) {
        let Some(before) = self.slot.zip(cursor.next) else { return };
        let (slot, moment) = before;
        if grid.rule.timeline() == Timeline::Wall {
            if moment > now {
                self.used = self.used.min(now);
                cursor.find_next(grid, self.before_slots(grid, now));
                self.put_off(grid, cursor, now, until, Some(before));
            }
            return;
        }
        let delay = moment.nanos() - slot.nanos();
        cursor.next = Some(slot);
        // What is due after a delay is due at the slot if the clock is late by it.
        cursor.set_back(grid, by, now.after(-delay));
        self.used = self.used - by;
        let Some(slot) = cursor.next else { return self.slot = None };
        let moment = slot.after(delay);
        // A window stays where the wall clock has it.
        if grid.window.is_some() && moment > now && moment > self.displacement.moments(slot, grid).last {
            self.put_off(grid, cursor, now.max(self.used), until, None);
        } else {
            (self.slot, cursor.next) = (Some(slot), Some(moment));
        }
    }

    /// Draws a moment after `after` for the slot of the grid on which the cursor stands, or the first one after it that
    /// has any. The slot in `before` keeps the moment that it had.
    fn put_off(
        &mut self,
        grid: &Grid,
        cursor: &mut Cursor,
        after: Timestamp,
        until: Option<Timestamp>,
        before: Option<(Timestamp, Timestamp)>,
    ) {
        for _ in 0..Self::TRIES {
            let Some(slot) = cursor.next else { break };
            if let Some((_, moment)) = before.filter(|before| before.0 == slot && before.1 > after) {
                (self.slot, cursor.next) = (Some(slot), Some(moment));
                return;
            }
            let moments = self.displacement.moments(slot, grid);
            if moments.last > after {
                let moment = moments.draw(after, until.unwrap_or(Timestamp::LAST), &mut self.random);
                (self.slot, cursor.next) = (Some(slot), moment.within_calendar());
                return;
            }
            cursor.find_next(grid, moments.passed);
        }
        (self.slot, cursor.next) = (None, None);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_seed_of_a_text_never_changes() {
        // Another value would move the jobs of those who update.
        const HASHES: [u64; 3] = [17_280_346_270_528_514_342, 11_582_299_560_801_410_292, 17_775_857_634_900_967_638];
        assert_eq!([seed(""), seed("report"), seed("report2")], HASHES);
    }

    #[test]
    fn similar_texts_are_spread_evenly() {
        let mut minutes = [0; 60];
        for n in 0..6_000 {
            minutes[(seed(&format!("job-{n}")) % 60) as usize] += 1;
        }
        assert!(minutes.iter().all(|count| (60..140).contains(count)), "{minutes:?}");
    }
}
