//! A job in the words of its sentence.

use std::fmt;

use super::{record::Life, Record, Special, Terms};
use crate::{timestamp::Timestamp, zone::Zone};

impl Record {
    /// The job in the words of its sentence. `due` is its next slot, `zone` holds where the sentence names none.
    pub(crate) fn shown(&self, due: Option<Timestamp>, zone: Zone) -> impl fmt::Display + '_ {
        Shown { record: self, due, zone: self.special().and_then(|special| special.zone).unwrap_or(zone) }
    }
}

/// A job, ready to be written.
struct Shown<'a> {
    record: &'a Record,
    due: Option<Timestamp>,
    zone: Zone,
}

impl Shown<'_> {
    fn instant(&self, instant: Option<Timestamp>, none: &str) -> String {
        instant.map_or_else(|| none.to_owned(), |instant| self.zone.show(instant))
    }

    #[inline]
    fn special(&self, special: &Special, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", special.rule)?;
        if let Some(zone) = special.zone {
            write!(f, " in {zone}")?;
        }
        if let Some(until) = special.until {
            write!(f, " until {}", self.zone.show(until))?;
        }
        match special.times {
            Some(1) => f.write_str(", once,")?,
            Some(times) => write!(f, ", {times} times,")?,
            None => {}
        }
        match special.workers.map(|workers| workers.get()) {
            Some(1) => f.write_str(" parallel"),
            Some(n) => write!(f, " parallel, at most {n} at a time,"),
            None => Ok(()),
        }
    }
}

impl fmt::Display for Shown<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let record = self.record;
        match &record.terms {
            Terms::Plain(pace) => pace.describe(None, f)?,
            Terms::Special(special) => self.special(special, f)?,
        }
        write!(f, " run {}", record.who().name())?;
        for (n, tag) in record.tags().iter().enumerate() {
            write!(f, "{}{tag}", if n == 0 { ", tagged " } else { ", " })?;
        }
        let state = match record.life {
            Life::Gone => ", gone",
            Life::Paused => ", paused",
            Life::Scheduled => "",
        };
        let (last, next) = (self.instant(record.last_run(), "never"), self.instant(self.due, "none"));
        write!(f, "{state} (last run: {last}, next run: {next})")
    }
}
