//! The slots of a schedule without alternatives, by the rules read one by one and followed step by step. Slow on
//! purpose.

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use punctual::NamedDays;

use super::{
    dates::Dates,
    is_full,
    line::{instant, times, Line},
    readings::{Readings, ReadingsApart},
    zone::truncated,
};

#[derive(Clone, Debug)]
pub(crate) struct Grid<'a> {
    line: Line<'a>,
    kind: Kind<'a>,
    /// The last instant that is too early for any slot.
    too_early: DateTime<Utc>,
    /// How much later than elapsed time has them the marks are, since the clock was set back.
    late: TimeDelta,
    patience: TimeDelta,
}

#[derive(Clone, Debug)]
enum Kind<'a> {
    Elapsed { first: DateTime<Utc>, step: TimeDelta },
    Readings(Readings<'a>),
    ReadingsApart(ReadingsApart<'a>),
    Dates(Dates<'a>),
}

impl<'a> Grid<'a> {
    /// The grid of a line that is registered at `now`.
    pub(crate) fn new(line: Line<'a>, now: DateTime<Utc>) -> Self {
        let starting = line.starting.as_ref().map(|when| instant(when, line.zone, now));
        let kind = if !line.is_elapsed() {
            Kind::Dates(Dates::new(&line, now, starting))
        } else if !line.at.is_empty() {
            let readings = Readings::new(line.zone, line.unit_length(), &line.at);
            if line.n == 1 {
                Kind::Readings(readings)
            } else {
                Kind::ReadingsApart(ReadingsApart::new(readings, line.n, now, starting))
            }
        } else {
            let step = times(line.unit_length(), line.n);
            Kind::Elapsed { first: starting.unwrap_or(now + step), step }
        };
        let too_early = starting.map_or(now, |when| now.max(when - TimeDelta::nanoseconds(1)));
        let patience = match (&kind, &line.days) {
            (Kind::Dates(_), NamedDays::Unnamed | NamedDays::Weekdays(_)) => TimeDelta::days(2 * 366),
            (Kind::Dates(_), _) => TimeDelta::days(12 * 366),
            _ if is_full() => TimeDelta::days(400),
            _ => TimeDelta::days(10),
        };
        Grid { line, kind, too_early, late: TimeDelta::zero(), patience }
    }

    /// The grid counted from `slot` in steps of `n` units, as after a draw of a random length. A slot that is not a
    /// mark was moved by a window, and then the next mark is less than a step away.
    pub(crate) fn counted_from(&self, slot: DateTime<Utc>, n: u64) -> Self {
        let line = Line { n, ..self.line.clone() };
        let mut too_early = slot;
        let kind = match &self.kind {
            Kind::Elapsed { .. } => {
                let step = times(line.unit_length(), n);
                Kind::Elapsed { first: slot + step, step }
            }
            Kind::Readings(readings) | Kind::ReadingsApart(ReadingsApart { of: readings, .. }) => {
                let is_moved = line.between.is_some();
                let mark = if is_moved { readings.after(slot - TimeDelta::nanoseconds(1)) } else { slot };
                let apart = ReadingsApart::counted_from(readings.clone(), n, mark);
                let apart = if mark == slot { apart } else { apart.a_step_later() };
                // Longer steps begin there anyway, if not at clocks that are set by part of an hour meanwhile.
                if mark != slot && n == 1 {
                    too_early = apart.beginning() - TimeDelta::nanoseconds(1);
                }
                if n == 1 {
                    Kind::Readings(readings.clone())
                } else {
                    Kind::ReadingsApart(apart)
                }
            }
            Kind::Dates(dates) => Kind::Dates(dates.counted_from(slot, n)),
        };
        Grid { line, kind, too_early, late: TimeDelta::zero(), patience: self.patience }
    }

    /// The date that a slot belongs to, if the schedule is one of dates.
    pub(crate) fn date_of(&self, slot: DateTime<Utc>) -> Option<NaiveDate> {
        match &self.kind {
            Kind::Dates(dates) => Some(dates.date_of(slot)),
            _ => None,
        }
    }

    /// Moves slots that count elapsed time along with a clock that is set back, or forward if `by` is negative; dates
    /// stay. Returns how much earlier the next slot is due: by more than `by` if it is a mark that was late already.
    /// Marks move forward by whole hours, or minutes, because the clock leaves none out.
    pub(crate) fn set_back(&mut self, by: TimeDelta) -> TimeDelta {
        if let Kind::Dates(_) = self.kind {
            return by;
        }
        let unit = self.line.unit_length();
        let owed = by + self.late;
        let part = TimeDelta::nanoseconds(owed.num_nanoseconds().unwrap() % unit.num_nanoseconds().unwrap());
        let whole = owed - part;
        match &mut self.kind {
            Kind::Elapsed { first, .. } => *first -= by,
            Kind::Readings(_) => self.late = part,
            Kind::ReadingsApart(readings) => {
                readings.set_back(whole);
                self.late = part;
            }
            Kind::Dates(_) => {}
        }
        self.too_early -= by;
        match self.kind {
            Kind::Readings(_) | Kind::ReadingsApart(_) if owed < TimeDelta::zero() => whole,
            _ => owed,
        }
    }

    /// How much later than elapsed time has them the marks are.
    pub(crate) fn late(&self) -> TimeDelta {
        self.late
    }

    /// Moves marks an hour, or a minute, later; returns how long that is. Anything else stays.
    pub(crate) fn put_off(&mut self) -> TimeDelta {
        let unit = self.line.unit_length();
        match &mut self.kind {
            Kind::Readings(_) => {}
            Kind::ReadingsApart(readings) => readings.set_back(-unit),
            Kind::Elapsed { .. } | Kind::Dates(_) => return TimeDelta::zero(),
        }
        self.late += unit;
        unit
    }

    /// Forgets how late the marks are, once the next slot has been computed again.
    pub(crate) fn settle(&mut self) {
        self.late = TimeDelta::zero();
    }

    /// The first slot after `instant`, or `None` if none is found within the time that is searched.
    pub(crate) fn after(&self, instant: DateTime<Utc>) -> Option<DateTime<Utc>> {
        let mut last = instant.max(self.too_early);
        let limit = last + self.patience;
        while last < limit {
            let slot = match &self.kind {
                Kind::Elapsed { first, step } => next_of_elapsed(*first, *step, last),
                Kind::Readings(readings) => readings.after(last),
                Kind::ReadingsApart(readings) => readings.after(last),
                Kind::Dates(dates) => dates.after(last)?,
            };
            assert!(slot > last, "the oracle goes round in circles");
            if self.is_open(slot) {
                return Some(slot);
            }
            if self.line.is_random() {
                return self.opening_after(slot);
            }
            // No window that we draw opens or closes off the quarters of a minute, so that none is open for so short a
            // time; and to try each quarter of a second takes too long.
            let later = slot + TimeDelta::seconds(10);
            last = if self.is_open(later) { slot } else { later };
        }
        None
    }

    /// Where a slot moves that has a random length. A window opens on a quarter of a minute, or where the clocks are
    /// set.
    fn opening_after(&self, slot: DateTime<Utc>) -> Option<DateTime<Utc>> {
        let quarter = TimeDelta::seconds(15);
        let mut instant = truncated(slot.naive_utc(), quarter).and_utc();
        while instant < slot + TimeDelta::days(4) {
            instant += quarter;
            if self.is_open(instant) {
                return Some(instant);
            }
        }
        None
    }

    /// Whether the window is open at `instant`; always, if there is none.
    pub(crate) fn is_open(&self, instant: DateTime<Utc>) -> bool {
        self.line.is_open(instant)
    }
}

fn next_of_elapsed(first: DateTime<Utc>, step: TimeDelta, last: DateTime<Utc>) -> DateTime<Utc> {
    if last < first {
        return first;
    }
    let nanos = |delta: TimeDelta| delta.num_nanoseconds().unwrap();
    let steps = nanos(last - first) / nanos(step) + 1;
    first + TimeDelta::nanoseconds(nanos(step) * steps)
}
