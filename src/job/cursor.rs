//! Where a job stands on a grid.

use chrono::TimeDelta;
use fastrand::Rng;

use super::draw::one_that_fits;
use crate::{
    timestamp::{nanos_of, Timestamp},
    trigger::{Anchor, Limits, Rule, Search, Timeline, Window},
    zone::{OffsetSpan, Zone},
};

/// The slots of one schedule, as far as they are the same for every job: immutable.
#[derive(Clone)]
pub(crate) struct Grid {
    pub(crate) rule: Rule,
    /// Outside them no slot counts.
    pub(crate) limits: Option<Box<Limits>>,
    /// Outside it no run may begin, however late it is, and no slot is put off past its close.
    pub(crate) window: Option<Window>,
    /// The zone of the limits and the window.
    pub(crate) zone: Zone,
    /// The number of units from which the length of every step is drawn, both ends included.
    pub(crate) draw: Option<(u64, u64)>,
}

/// Where a job stands on a grid: all that moves about its timing, as plain data.
///
/// Slots are moments of the wall clock here. A rule that counts elapsed time is asked on a time line of its own, which
/// is `ahead` of the wall clock by every set-back that was not undone and so never goes back. Setting the wall clock
/// back is one addition for such a rule:
///
/// ```text
/// every 10 minutes      wall    10:00   10:10   10:20   (set back by 1 h)   9:30   9:40
///                       elapsed 10:00   10:10   10:20                      10:30  10:40
/// ```
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Cursor {
    pub(crate) anchor: Anchor,
    /// The next slot; `None` if there is none.
    pub(crate) next: Option<Timestamp>,
    /// No slot at or before this instant is to come: it was used, or is before the first. Where slots are moments of
    /// the wall clock, `ran` says more once a slot has been used.
    pub(crate) used_up_to: Timestamp,
    /// Whether a slot has been used.
    pub(crate) is_used: bool,
    /// The slots that have run, if they are moments of the wall clock.
    pub(crate) ran: RanSlots,
    /// The first slot, if `starting` makes it a moment of the wall clock. Until it is used nothing moves, and no moment
    /// of the wall clock before it is a slot.
    pub(crate) start: Option<Timestamp>,
    /// No slot is before this moment of the wall clock, if there is one.
    pub(crate) not_before: Option<Timestamp>,
    /// How far elapsed time is ahead of the wall clock, in nanoseconds.
    pub(crate) ahead: i128,
    /// Of hours or minutes with `at`: by how much less than one of them the slots are later than elapsed time has them,
    /// because the wall clock was set and shows no reading earlier; negative if they are earlier.
    pub(crate) late: i128,
    /// The offset that was looked up last. Not part of the state: it only saves look-ups.
    pub(crate) span: OffsetSpan,
}

impl Cursor {
    /// A cursor whose first slot is yet to be found, after `bound`.
    pub(crate) fn new(anchor: Anchor, bound: Timestamp) -> Self {
        Cursor {
            anchor,
            next: None,
            used_up_to: bound,
            is_used: false,
            ran: RanSlots::none(),
            start: None,
            not_before: None,
            ahead: 0,
            late: 0,
            span: OffsetSpan::NEVER,
        }
    }

    /// The first slot strictly after `instant`, wherever the cursor stands.
    #[inline]
    pub(crate) fn next_after(&mut self, grid: &Grid, instant: Timestamp) -> Option<Timestamp> {
        match grid.limits {
            None => self.ask(grid, instant),
            Some(_) => self.next_within(grid, instant, Window::HORIZON),
        }
    }

    fn next_within(&mut self, grid: &Grid, instant: Timestamp, horizon: i64) -> Option<Timestamp> {
        let slot = self.ask(grid, instant)?;
        self.admit(grid, slot, horizon)
    }

    /// `slot`, or the slot to which the window moves it. A slot of a random length is put off until the window opens.
    fn admit(&mut self, grid: &Grid, slot: Timestamp, horizon: i64) -> Option<Timestamp> {
        let Some(limits) = &grid.limits else { return Some(slot) };
        let search = Search::new(limits, grid.zone, horizon);
        if grid.draw.is_some() {
            return search.from(slot, |before| before.after(1).within_calendar());
        }
        let anchor = Anchor { at: self.anchor.at.after(-self.ahead), ..self.anchor };
        search.of_rule(&grid.rule, anchor).from(slot, |instant| self.ask(grid, instant))
    }

    /// Asks the rule on its own time line.
    #[inline(always)]
    fn ask(&mut self, grid: &Grid, instant: Timestamp) -> Option<Timestamp> {
        if self.ahead == 0 {
            return grid.rule.next_after(&self.anchor, instant, &mut self.span);
        }
        let slot = grid.rule.next_after(&self.anchor, instant.after(self.ahead), &mut self.span)?;
        Some(slot.after(-self.ahead))
    }

    /// Uses the next slot, which is due at `now`, and finds the first one after: however late that is, one run covers
    /// all missed slots. A random length is drawn from those whose slot is not after `until`.
    #[inline]
    pub(super) fn advance(&mut self, grid: &Grid, now: Timestamp, until: Option<Timestamp>, random: &mut Rng) {
        let Some(slot) = self.next else { return };
        // The usual case of a calendar or a cron expression, which the rest would answer likewise.
        if let (None, None, true) = (grid.draw, &grid.limits, self.ran.is_only()) {
            let next = match &grid.rule {
                Rule::Calendar(rule) => rule.next_after(&self.anchor, slot, &mut self.span),
                Rule::Clock(rule) => rule.next_after(slot, &mut self.span),
                _ => None,
            };
            if let Some(next) = next.filter(|next| *next > now) {
                (self.used_up_to, self.late, self.next) = (slot, 0, Some(next));
                return;
            }
        }
        self.advance_from(slot, grid, now, until, random);
    }

    /// [`advance`](Self::advance) in all cases.
    #[inline(never)]
    fn advance_from(
        &mut self,
        slot: Timestamp,
        grid: &Grid,
        now: Timestamp,
        until: Option<Timestamp>,
        random: &mut Rng,
    ) {
        if !self.ran.is_continued && grid.rule.timeline() == Timeline::Wall {
            self.begin_stretch(grid, slot);
        }
        self.used_up_to = slot;
        self.is_used = true;
        self.late = 0;
        match (grid.draw, &grid.rule) {
            (Some(lengths), _) => return self.draw_next(lengths, slot, grid, now, until, random),
            // The grid stays where it is; counting on from the slot saves a division.
            (None, Rule::Interval(_)) => self.anchor.at = slot.after(self.ahead),
            (
                None,
                Rule::Delay
                | Rule::Moment
                | Rule::Aligned(_)
                | Rule::Calendar(_)
                | Rule::Clock(_)
                | Rule::Common(_)
                | Rule::Own(_),
            ) => {}
        }
        self.find_following(slot, grid, now);
    }

    /// Draws the length of the step from `slot`, which was just used. If no length has a slot up to `until`, takes the
    /// shortest.
    fn draw_next(
        &mut self,
        (low, high): (u64, u64),
        slot: Timestamp,
        grid: &Grid,
        now: Timestamp,
        until: Option<Timestamp>,
        random: &mut Rng,
    ) {
        let (before, until) = (self.anchor, until.unwrap_or(Timestamp::LAST));
        let (on_own_line, may_be_moved) = (slot.after(self.ahead), grid.limits.is_some());
        let mut fits = |length| {
            self.anchor = grid.rule.anchor_at(&before, on_own_line, length, may_be_moved).unwrap_or(before);
            self.find_following(slot, grid, now);
            self.next.is_some_and(|next| next <= until)
        };
        if !fits(random.u64(low..=high)) {
            let length = one_that_fits((low, high), &mut |low, high| random.u64(low..=high), &mut fits);
            fits(length.unwrap_or(low));
        }
    }

    /// Finds the slot that follows `slot`, which was just used, and is after `now`.
    fn find_following(&mut self, slot: Timestamp, grid: &Grid, now: Timestamp) {
        if grid.rule.timeline() != Timeline::Wall {
            // The slot was due, so `now` is not before it.
            self.next = self.next_after(grid, now);
            return;
        }
        // A drawn slot that a window puts off counts from where it would be without the window.
        let may_be_put_off = grid.draw.is_some() && grid.limits.is_some();
        self.next = self.next_after(grid, slot);
        self.ran.is_continued = true;
        if may_be_put_off || self.next.is_some_and(|next| next <= now) {
            // Slots were missed: they have not run.
            self.ran.is_continued = false;
            self.next = self.next_after(grid, now);
        }
        if !self.ran.earlier.is_empty() {
            self.skip_ran(grid);
        }
    }

    /// Takes note that `slot` has run, and that it may not follow the slot that ran last.
    #[cold]
    fn begin_stretch(&mut self, grid: &Grid, slot: Timestamp) {
        if self.is_used {
            self.ran.end_stretch(self.used_up_to);
        }
        let mut stretches = std::mem::take(&mut self.ran.earlier);
        let mut first = slot;
        // Those that lead up to the slot are one stretch with it.
        while let Some(place) = RanSlots::last_before(first, &stretches) {
            if self.next_after(grid, stretches[place].1) != Some(first) {
                break;
            }
            first = stretches.swap_remove(place).0;
        }
        self.ran = RanSlots { first, is_continued: true, earlier: stretches };
    }

    /// Moves the next slot past those that have run.
    fn skip_ran(&mut self, grid: &Grid) {
        while let Some(end) = self.next.and_then(|slot| self.ran.end_of_stretch(slot, self.used_up_to)) {
            self.ran.is_continued = false;
            self.next = self.next_after(grid, end);
        }
    }

    /// Finds the next slot after `now` that has not been used.
    pub(super) fn find_next(&mut self, grid: &Grid, now: Timestamp) {
        self.late = 0;
        if grid.rule.timeline() != Timeline::Wall || !self.is_used {
            self.next = self.next_after(grid, now.max(self.used_up_to));
            return;
        }
        self.ran.is_continued = false;
        let first = self.start.max(self.not_before);
        self.next = self.next_after(grid, first.map_or(now, |first| now.max(first.just_before())));
        self.skip_ran(grid);
    }

    /// Follows the zone, which has other rules: finds the next slot again.
    ///
    /// A slot that is to come is the first after `now` by the new rules. An overdue one stays overdue only if a slot
    /// was due by the new rules, too: one after `covered`, up to which all slots have had their run. The rules change
    /// from UTC to those of New York, with 10:30 as the slot of each day:
    ///
    /// ```text
    /// noticed at 10:00 UTC    10:30 is to come       moves to 15:30
    /// noticed at 12:00 UTC    10:30 is overdue       is not due before 15:30
    /// noticed at 20:00 UTC    10:30 is overdue       15:30 is
    /// ```
    pub(super) fn follow_zone(&mut self, grid: &Grid, now: Timestamp, covered: Timestamp) {
        self.forget_span();
        let Some(slot) = self.next else { return };
        let bound = if slot > now { now } else { covered.max(self.used_up_to).min(slot.just_before()) };
        self.find_next(grid, bound);
        if !self.is_used {
            self.start = self.start.and(self.next);
        }
    }

    /// Forgets the offset that was looked up last, because the zone may have another one now.
    pub(super) fn forget_span(&mut self) {
        self.span = OffsetSpan::NEVER;
    }

    /// Follows the wall clock, which was set back to `now`, or forward if `by` is negative, which undoes a set-back.
    ///
    /// Elapsed lengths keep their spacing, and an overdue slot stays overdue. A moment of the wall clock that has not
    /// been used comes again.
    pub(super) fn set_back(&mut self, grid: &Grid, by: TimeDelta, now: Timestamp) {
        if self.start.is_some_and(|start| self.next.is_some_and(|next| next <= start)) {
            return;
        }
        let is_windowed = grid.limits.is_some() && grid.draw.is_none();
        let before = is_windowed.then(|| self.clone());
        // A drawn slot that was put off to an opening moves from where it was drawn.
        let drawn = grid.draw.filter(|_| grid.limits.is_some()).and_then(|_| self.ask(grid, self.used_up_to));
        let (nanos, late) = (nanos_of(by), self.late);
        let timeline = grid.rule.timeline();
        let owed = match timeline {
            Timeline::Wall => {
                if self.next.is_some_and(|next| next > now) {
                    self.find_next(grid, now);
                }
                return;
            }
            Timeline::Elapsed => {
                self.start = None;
                self.ahead += nanos;
                nanos
            }
            Timeline::Aligned => {
                self.start = None;
                self.move_readings(grid, nanos)
            }
        };
        self.used_up_to = self.used_up_to - by;
        let Some(next) = self.next else { return };
        let slot = drawn.map_or(next, |drawn| drawn.min(next));
        let is_overdue = slot - by <= now;
        let (elapsed, mut moved) = (slot.after(-nanos - late), slot.after(-owed));
        if moved <= now && now < elapsed {
            moved = self.put_off(grid, moved);
        }
        if let Some(before) = before {
            let bound = now.max(self.used_up_to);
            match self.next_within(grid, bound, Window::SOON) {
                // With the grid moved, the window would never be met again: the grid stays where the wall clock has it.
                None => return *self = before,
                // That the window was closed when the slot was found does not put it off.
                Some(opening) if !is_overdue => {
                    let moved = self.slot_at(grid, timeline, moved, now);
                    self.next = Some(moved.map_or(opening, |moved| moved.min(opening)));
                    return;
                }
                Some(_) => {}
            }
        }
        // A reading that is overdue may be one that the clock does not show yet. It is waited for: a run now would be
        // followed by another then.
        let stays_due = is_overdue && timeline != Timeline::Aligned && slot == next;
        self.next = if stays_due { Some(slot - by) } else { self.slot_at(grid, timeline, moved, now) };
    }

    /// Moves the anchor of hours (or minutes) by whole ones, so that the readings stay; returns how far the slots would
    /// move back if any reading would do, and forward by whole ones, because no reading may be left out. What is left
    /// over is kept in `late`: otherwise many small set-backs would make the slots later and later.
    fn move_readings(&mut self, grid: &Grid, nanos: i128) -> i128 {
        let Rule::Aligned(rule) = &grid.rule else { return nanos };
        let owed = nanos + self.late;
        let whole = if owed < 0 { -rule.whole(-owed) } else { rule.whole(owed) };
        self.anchor.at = self.anchor.at.after(-whole);
        self.late = owed - whole;
        if owed < 0 {
            whole
        } else {
            owed
        }
    }

    /// Moves a slot of hours (or minutes) one of them later: the wall clock was set forward past it, but not so much
    /// time has passed.
    fn put_off(&mut self, grid: &Grid, slot: Timestamp) -> Timestamp {
        let Rule::Aligned(rule) = &grid.rule else { return slot };
        let one = i128::from(rule.one());
        self.anchor.at = self.anchor.at.after(one);
        self.late += one;
        slot.after(one)
    }

    /// The slot for an instant at which one was owed before the wall clock was set back to `now`. It may be overdue,
    /// but not while the window is closed.
    fn slot_at(&mut self, grid: &Grid, timeline: Timeline, owed: Timestamp, now: Timestamp) -> Option<Timestamp> {
        let slot = match timeline {
            // Set forward, the clock may have passed a reading although no time has passed since the last slot.
            Timeline::Aligned => self.ask(grid, owed.just_before().max(self.used_up_to))?,
            Timeline::Elapsed | Timeline::Wall => owed,
        };
        let slot = self.admit(grid, slot, Window::HORIZON)?;
        let is_due = grid.window.is_none_or(|window| slot > now || window.is_open(grid.zone, now));
        if is_due {
            Some(slot)
        } else {
            self.next_after(grid, now)
        }
    }
}

/// Which moments of the wall clock have had their run, as stretches of slots that follow one another.
///
/// The wall clock may be set back to before any of them, and only a slot that has run must not run again: one that was
/// left out, because the clock jumped over it, has not. The last stretch is from `first` to the slot that ran last,
/// which the cursor has.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct RanSlots {
    first: Timestamp,
    /// Whether the next slot belongs to the last stretch, too.
    is_continued: bool,
    /// The first and the last slot of each of the other stretches.
    earlier: Vec<(Timestamp, Timestamp)>,
}

impl RanSlots {
    /// A late poll ends a stretch, too. If there are more, the two that are closest become one: better a slot that was
    /// left out and does not come again than one that runs twice.
    const MOST: usize = 16;

    fn none() -> Self {
        RanSlots { first: Timestamp::NEVER, is_continued: false, earlier: Vec::new() }
    }

    /// Whether the next slot belongs to the last stretch, and there is no other.
    #[inline]
    fn is_only(&self) -> bool {
        self.is_continued && self.earlier.is_empty()
    }

    /// Ends the last stretch with the slot that ran last.
    fn end_stretch(&mut self, last: Timestamp) {
        self.earlier.push((self.first, last));
        if self.earlier.len() <= Self::MOST {
            return;
        }
        self.earlier.sort_unstable();
        let gaps = self.earlier.windows(2).map(|pair| pair[1].0.nanos() - pair[0].1.nanos());
        if let Some((place, _)) = gaps.enumerate().min_by_key(|(_, gap)| *gap) {
            let (_, last) = self.earlier.remove(place + 1);
            self.earlier[place].1 = last.max(self.earlier[place].1);
        }
    }

    /// The place of the last stretch that begins before a slot.
    fn last_before(slot: Timestamp, stretches: &[(Timestamp, Timestamp)]) -> Option<usize> {
        let before = (0..stretches.len()).filter(|place| stretches[*place].0 < slot);
        before.max_by_key(|place| stretches[*place])
    }

    /// The last slot of the stretch to which a slot belongs; `None` if it has not run.
    fn end_of_stretch(&self, slot: Timestamp, last: Timestamp) -> Option<Timestamp> {
        let stretches = self.earlier.iter().copied().chain([(self.first, last)]);
        stretches.into_iter().find(|(first, last)| (*first..=*last).contains(&slot)).map(|(_, last)| last)
    }
}

#[cfg(test)]
mod tests {
    use chrono::{DateTime, Utc};

    use super::*;
    use crate::{
        trigger::{Aligned, Calendar, DatePattern, Start, Unit},
        zone::{IntoZone, TimeOfDay},
    };

    fn at(time: &str) -> Timestamp {
        format!("2024-01-10T{time}Z").parse::<DateTime<Utc>>().unwrap().into()
    }

    fn utc() -> Zone {
        Utc.into_zone().unwrap()
    }

    fn time(time: &str) -> TimeOfDay {
        time.parse::<chrono::NaiveTime>().unwrap().into()
    }

    fn by(seconds: i64) -> TimeDelta {
        TimeDelta::seconds(seconds)
    }

    fn grid(rule: Rule) -> Grid {
        Grid { rule, limits: None, window: None, zone: utc(), draw: None }
    }

    fn at_half(n: u64) -> (Grid, Cursor) {
        let rule = Aligned::new(vec![time("00:00:30")], Unit::Minute, utc());
        let anchor = rule.anchor_ahead_of(at("12:00:00"), n).unwrap();
        (grid(Rule::Aligned(Box::new(rule))), Cursor::new(anchor, at("12:00:00")))
    }

    fn daily(of_day: &str) -> (Grid, Cursor) {
        let rule = Calendar::new(DatePattern::Days, Unit::Day, vec![time(of_day)], utc());
        let anchor = rule.anchor(1, Start::FirstMatchAfter(at("12:00:00"))).unwrap();
        (grid(Rule::Calendar(Box::new(rule))), Cursor::new(anchor, at("12:00:00")))
    }

    fn found((grid, mut cursor): (Grid, Cursor)) -> (Grid, Cursor) {
        cursor.find_next(&grid, at("12:00:00"));
        (grid, cursor)
    }

    #[test]
    fn a_reading_is_put_off_by_less_than_a_minute_in_all() {
        for n in [1, 5] {
            let (grid, mut cursor) = found(at_half(n));
            let owed = cursor.next.unwrap();
            let (mut now, mut back) = (at("12:00:10"), by(0));
            for step in [47, 1, 59, 60, 13, 47, 47] {
                now = now - by(step);
                back += by(step);
                cursor.set_back(&grid, by(step), now);
                let late = cursor.next.unwrap() + back - owed;
                assert!(late >= by(0) && late < by(60), "{late} late, {n} minutes");
                assert_eq!(cursor.next.unwrap().parts().0.rem_euclid(60), 30);
            }
            // The next one is owed from where this one was.
            let slot = cursor.next.unwrap();
            cursor.advance(&grid, slot, None, &mut Rng::with_seed(1));
            let next = cursor.next;
            assert_eq!(next.map(|next| next - slot), Some(TimeDelta::minutes(n as i64)));
            cursor.set_back(&grid, by(1), slot - by(1));
            assert_eq!(cursor.next, next, "it is the same reading, a second later");
        }
    }

    #[test]
    fn a_reading_that_is_owed_and_past_is_due_unless_the_window_is_closed() {
        let after = |window: Option<Window>| {
            let (mut grid, mut cursor) = at_half(1);
            (grid.limits, grid.window) = (Limits::new(window, None, None).map(Box::new), window);
            cursor.find_next(&grid, at("12:00:00"));
            assert_eq!(cursor.next, Some(at("12:00:30")));
            cursor.set_back(&grid, by(47), at("11:59:35"));
            assert_eq!(cursor.next, Some(at("12:00:30")), "it was owed at 11:59:43");
            cursor.set_back(&grid, by(25), at("11:59:34"));
            cursor.next
        };
        assert_eq!(after(None), Some(at("11:59:30")), "it is owed since 11:59:18");
        let window = |open: &str| Some(Window { open: time(open), close: time("13:00:00") });
        assert_eq!(after(window("11:00:00")), Some(at("11:59:30")));
        assert_eq!(after(window("12:00:00")), Some(at("12:00:30")));
    }

    #[test]
    fn what_is_overdue_stays_due() {
        let now = at("11:59:00");
        let (grid, mut cursor) = found(at_half(1));
        cursor.set_back(&grid, by(120), now);
        assert_eq!(cursor.next, Some(at("11:58:30")), "it was owed then");
    }

    #[test]
    fn an_interval_keeps_its_distance_from_now() {
        let grid = grid(Rule::Interval(Unit::Second));
        let (_, mut cursor) = found((grid.clone(), Cursor::new(Anchor::new(at("12:00:00"), 30), at("12:00:00"))));
        assert_eq!(cursor.next, Some(at("12:00:30")));
        cursor.set_back(&grid, by(120), at("11:58:10"));
        assert_eq!(cursor.next, Some(at("11:58:30")));
        cursor.advance(&grid, at("11:58:31"), None, &mut Rng::with_seed(1));
        assert_eq!(cursor.next, Some(at("11:59:00")), "the grid has moved with the clock");
        assert_eq!((cursor.ahead, cursor.anchor.at), (120_000_000_000, at("12:00:30")), "on its own line it has not");
    }

    #[test]
    fn a_date_stays_a_moment_of_the_wall_clock() {
        let (grid, mut cursor) = found(daily("12:30:00"));
        let due = cursor.next;
        assert_eq!(due, Some(at("12:30:00")));
        cursor.set_back(&grid, by(3_600), at("11:20:00"));
        assert_eq!(cursor.next, due);
        cursor.advance(&grid, at("12:40:00"), None, &mut Rng::with_seed(1));
        let tomorrow = cursor.next;
        cursor.set_back(&grid, by(3_600), at("11:40:00"));
        assert_eq!(cursor.next, tomorrow, "12:30 was used");
    }

    #[test]
    fn a_start_is_a_moment_of_the_wall_clock_until_it_is_used() {
        let grid = grid(Rule::Interval(Unit::Hour));
        let mut cursor = Cursor::new(Anchor::new(at("12:00:00"), 1), at("12:00:00"));
        cursor.next = Some(at("13:00:00"));
        cursor.start = cursor.next;
        cursor.set_back(&grid, by(1_800), at("12:10:00"));
        assert_eq!(cursor.next, Some(at("13:00:00")));
        cursor.advance(&grid, at("13:00:00"), None, &mut Rng::with_seed(1));
        cursor.set_back(&grid, by(600), at("12:50:00"));
        assert_eq!(cursor.next, Some(at("13:50:00")));
    }
}
