//! When a job of the model runs: by the oracle.

use std::collections::BTreeSet;

use chrono::{DateTime, TimeDelta, Utc};

use crate::{Sentence, Slots, Zone};

pub(super) enum Rule {
    /// Once. A delay counts elapsed time, a moment is one of the wall clock.
    Single { at: DateTime<Utc>, is_delay: bool },
    /// The slots of a sentence. One whose length is drawn at each slot has several answers, until it is seen which it is.
    Sentence { said: Sentence, possible: Vec<Slots<'static>> },
}

/// The next slot.
pub(super) enum Next {
    /// There is none any more.
    None,
    One(DateTime<Utc>),
    /// It is one of these.
    Among(BTreeSet<DateTime<Utc>>),
}

/// The oracle found no slot in the time that it has, or no rule says which is the next.
pub(super) struct Unknown;

impl Rule {
    pub(super) fn of(zone: &'static Zone, sentence: &Sentence, now: DateTime<Utc>) -> Self {
        let of_length = |n| Slots::new(zone, &Sentence { n, ..sentence.clone() }, now);
        Rule::Sentence { said: sentence.clone(), possible: sentence.lengths().map(of_length).collect() }
    }

    /// When a single run is.
    pub(super) fn single(&self) -> Option<DateTime<Utc>> {
        match self {
            Rule::Single { at, .. } => Some(*at),
            Rule::Sentence { .. } => None,
        }
    }

    /// Whether the window of the sentence is open.
    pub(super) fn is_open(&self, instant: DateTime<Utc>) -> bool {
        match self {
            Rule::Single { .. } => true,
            Rule::Sentence { possible, .. } => possible.iter().all(|slots| slots.is_open(instant)),
        }
    }

    /// Whether a slot that falls outside a window is left out.
    pub(super) fn is_windowed(&self) -> bool {
        matches!(self, Rule::Sentence { said, .. } if said.between.is_some() && said.to.is_none())
    }

    pub(super) fn next_after(&self, instant: DateTime<Utc>) -> Result<Next, Unknown> {
        let slots: BTreeSet<_> = match self {
            Rule::Single { at, .. } => Some(*at).filter(|at| *at > instant).into_iter().collect(),
            Rule::Sentence { possible, .. } => {
                possible.iter().map(|slots| slots.after(instant).ok_or(Unknown)).collect::<Result<_, _>>()?
            }
        };
        Ok(match slots.first() {
            Some(slot) if slots.len() == 1 => Next::One(*slot),
            Some(_) => Next::Among(slots),
            None => Next::None,
        })
    }

    /// Only such lengths are possible whose next slot after `instant` is right.
    pub(super) fn retain(&mut self, instant: DateTime<Utc>, is_right: impl Fn(DateTime<Utc>) -> bool) {
        if let Rule::Sentence { possible, .. } = self {
            possible.retain(|slots| slots.after(instant).is_some_and(&is_right));
        }
    }

    /// A slot was used: a random length is drawn anew.
    pub(super) fn restart(&mut self, slot: DateTime<Utc>) {
        if let Rule::Sentence { said, possible } = self {
            if said.lengths().count() > 1 {
                let slots = possible[0].clone();
                *possible = said.lengths().map(|n| slots.counted_from(slot, n)).collect();
            }
        }
    }

    /// What becomes of a slot that was due when the clock was set back to `now`: a mark is told as it was, or as now where
    /// the clock does not show it yet.
    pub(super) fn stay_due(&self, slot: DateTime<Utc>, by: TimeDelta, now: DateTime<Utc>) -> DateTime<Utc> {
        match self {
            Rule::Sentence { said, .. } if said.unit.is_elapsed() && !said.at.is_empty() => slot.min(now),
            _ => slot - by,
        }
    }

    /// A slot is found anew.
    pub(super) fn settle(&mut self) {
        if let Rule::Sentence { possible, .. } = self {
            possible.iter_mut().for_each(Slots::settle);
        }
    }

    /// Moves what counts elapsed time along with a clock that is set back; tells how much earlier the slot that is to come is
    /// owed, if that is so.
    ///
    /// No rule says whether a reading of an hour, or a minute, counts that the clock shows once more, before the first run
    /// and where there are several; nor whether the extra run of a day is over by that, nor what a slot waits for that a window has moved.
    pub(super) fn set_back(&mut self, by: TimeDelta, has_begun: bool) -> Result<Option<TimeDelta>, Unknown> {
        match self {
            Rule::Single { at, is_delay } => {
                *at -= if *is_delay { by } else { TimeDelta::zero() };
                Ok(is_delay.then_some(by))
            }
            Rule::Sentence { said, possible } => {
                let owed = possible.iter_mut().map(|slots| slots.set_back(by)).last();
                let is_elapsed = said.unit.is_elapsed();
                let is_clear = match said.at.len() {
                    _ if is_elapsed && said.to.is_some() && said.between.is_some() => false,
                    _ if !is_elapsed => has_begun || !said.immediately,
                    0 => true,
                    marks => has_begun && marks == 1,
                };
                is_clear.then_some(owed.filter(|_| is_elapsed)).ok_or(Unknown)
            }
        }
    }
}
