//! A single run.

use std::fmt;

use chrono::TimeDelta;

use super::Trigger;
use crate::{timestamp::Timestamp, zone::Zone};

/// One instant, given as a moment of the wall clock or as a delay.
pub(crate) struct Once {
    at: Timestamp,
    said: Said,
}

#[derive(Clone, Copy)]
enum Said {
    MomentIn(Zone),
    Delay(TimeDelta),
}

impl Once {
    pub(crate) fn at(at: Timestamp, zone: Zone) -> Self {
        Once { at, said: Said::MomentIn(zone) }
    }

    pub(crate) fn after(now: Timestamp, delay: TimeDelta) -> Option<Self> {
        let at = (now + delay).within_calendar()?;
        Some(Once { at, said: Said::Delay(delay) })
    }

    /// The one slot.
    pub(crate) fn slot(&self) -> Timestamp {
        self.at
    }

    /// A delay counts elapsed time, a moment does not.
    pub(crate) fn set_back(&mut self, by: TimeDelta) -> bool {
        let delayed = matches!(self.said, Said::Delay(_));
        if delayed {
            self.at = self.at - by;
        }
        delayed
    }
}

impl Trigger for Once {
    fn next_after(&self, instant: Timestamp) -> Option<Timestamp> {
        (instant < self.at).then_some(self.at)
    }

    fn restart(&mut self, _: Timestamp, _: u64) {}

    fn describe(&self, _: Option<(u64, u64)>, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.said {
            Said::Delay(delay) => write!(f, "once after {:?}", delay.to_std().unwrap_or_default()),
            Said::MomentIn(zone) => write!(f, "once at {}", zone.show(self.at)),
        }
    }
}
