//! When a sentence runs, by its rules read one by one and followed step by step. Slow on purpose.

use chrono::{DateTime, TimeDelta, Utc};

use super::{
    dates::Dates,
    is_full,
    readings::{Readings, ReadingsApart},
    sentence::{On, Sentence},
    zone::{truncated, Zone},
};

/// The slots of a sentence.
#[derive(Clone, Debug)]
pub struct Slots<'a> {
    zone: &'a Zone,
    sentence: Sentence,
    grid: Grid<'a>,
    /// The last instant that is too early for any slot.
    too_early: DateTime<Utc>,
    /// How much later than elapsed time has them the marks are, since the clock was set back.
    late: TimeDelta,
    patience: TimeDelta,
}

#[derive(Clone, Debug)]
enum Grid<'a> {
    Elapsed { first: DateTime<Utc>, step: TimeDelta },
    Readings(Readings<'a>),
    ReadingsApart(ReadingsApart<'a>),
    Dates(Dates<'a>),
}

impl<'a> Slots<'a> {
    /// The slots of a sentence that is registered at `now`.
    pub fn new(zone: &'a Zone, sentence: &Sentence, now: DateTime<Utc>) -> Self {
        let starting = sentence.starting.map(|moment| moment.instant(zone, now));
        let grid = if !sentence.unit.is_elapsed() {
            Grid::Dates(Dates::new(zone, sentence, now, starting))
        } else if !sentence.at.is_empty() {
            let readings = Readings::new(zone, sentence.unit.length(), &sentence.at);
            if sentence.n == 1 {
                Grid::Readings(readings)
            } else {
                Grid::ReadingsApart(ReadingsApart::new(readings, sentence.n, now, starting))
            }
        } else {
            let step = sentence.length();
            Grid::Elapsed { first: starting.unwrap_or(now + step), step }
        };
        let too_early = starting.map_or(now, |when| now.max(when - TimeDelta::nanoseconds(1)));
        let patience = match (&grid, &sentence.on) {
            (Grid::Dates(_), On::Unsaid | On::Weekdays(_)) => TimeDelta::days(2 * 366),
            (Grid::Dates(_), _) => TimeDelta::days(12 * 366),
            _ if is_full() => TimeDelta::days(400),
            _ => TimeDelta::days(10),
        };
        Slots { zone, sentence: sentence.clone(), grid, too_early, late: TimeDelta::zero(), patience }
    }

    /// The slots counted from `slot` in steps of `n` units, as after a draw of a random length. A slot that is not a mark
    /// was moved by a window, and then the next mark is less than a step away.
    pub fn counted_from(&self, slot: DateTime<Utc>, n: u32) -> Self {
        let sentence = Sentence { n, ..self.sentence.clone() };
        let mut too_early = slot;
        let grid = match &self.grid {
            Grid::Elapsed { .. } => Grid::Elapsed { first: slot + sentence.length(), step: sentence.length() },
            Grid::Readings(readings) | Grid::ReadingsApart(ReadingsApart { of: readings, .. }) => {
                let is_moved = self.sentence.between.is_some();
                let mark = if is_moved { readings.after(slot - TimeDelta::nanoseconds(1)) } else { slot };
                let apart = ReadingsApart::counted_from(readings.clone(), n, mark);
                let apart = if mark == slot { apart } else { apart.a_step_later() };
                if mark != slot {
                    too_early = apart.beginning() - TimeDelta::nanoseconds(1);
                }
                if n == 1 {
                    Grid::Readings(readings.clone())
                } else {
                    Grid::ReadingsApart(apart)
                }
            }
            Grid::Dates(dates) => Grid::Dates(dates.counted_from(slot, n)),
        };
        let late = TimeDelta::zero();
        Slots { zone: self.zone, sentence, grid, too_early, late, patience: self.patience }
    }

    /// Moves slots that count elapsed time along with a clock that is set back; dates stay. Returns how much earlier the
    /// next slot is due: by more than `by` if it is a mark that was late already.
    pub fn set_back(&mut self, by: TimeDelta) -> TimeDelta {
        if let Grid::Dates(_) = self.grid {
            return by;
        }
        let unit = self.sentence.unit.length();
        let owed = by + self.late;
        let part = TimeDelta::nanoseconds(owed.num_nanoseconds().unwrap() % unit.num_nanoseconds().unwrap());
        match &mut self.grid {
            Grid::Elapsed { first, .. } => *first -= by,
            Grid::Readings(_) => self.late = part,
            Grid::ReadingsApart(readings) => {
                readings.set_back(owed - part);
                self.late = part;
            }
            Grid::Dates(_) => {}
        }
        self.too_early -= by;
        owed
    }

    /// Forgets how late the marks are, once the next slot has been computed again.
    pub fn settle(&mut self) {
        self.late = TimeDelta::zero();
    }

    /// The first slot after `instant`, or `None` if none is found within the time that is searched.
    pub fn after(&self, instant: DateTime<Utc>) -> Option<DateTime<Utc>> {
        let mut last = instant.max(self.too_early);
        let limit = last + self.patience;
        while last < limit {
            let slot = match &self.grid {
                Grid::Elapsed { first, step } => next_of_elapsed(*first, *step, last),
                Grid::Readings(readings) => readings.after(last),
                Grid::ReadingsApart(readings) => readings.after(last),
                Grid::Dates(dates) => dates.after(last)?,
            };
            assert!(slot > last, "the oracle goes round in circles");
            if self.is_open(slot) {
                return Some(slot);
            }
            if self.sentence.to.is_some() {
                return self.opening_after(slot);
            }
            // No window that we draw opens or closes off the quarters of a minute, so that none is open for so short a time;
            // and to try each quarter of a second takes too long.
            let later = slot + TimeDelta::seconds(10);
            last = if self.is_open(later) { slot } else { later };
        }
        None
    }

    /// Where a slot moves that has a random length. A window opens on a quarter of a minute, or where the clocks are set.
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

    /// Whether the window of the sentence is open at `instant`; always, if it has none.
    pub fn is_open(&self, instant: DateTime<Utc>) -> bool {
        let time = self.zone.wall(instant).time();
        match self.sentence.between {
            None => true,
            Some((open, close)) if open < close => open <= time && time < close,
            Some((open, close)) => open <= time || time < close,
        }
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
