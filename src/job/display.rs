//! A job in the words of its sentence.

use std::fmt;

use super::{record::Status, Executor, Record, Timing};
use crate::{timestamp::Timestamp, zone::Zone};

impl Record {
    /// The job in the words of its sentence. `due` is its next slot, `zone` the one to use where the sentence names
    /// none.
    pub(crate) fn display(&self, due: Option<Timestamp>, zone: Zone) -> impl fmt::Display + '_ {
        let zone = match self.timing() {
            Timing::Every(_) => zone,
            Timing::Planned(plan) => plan.zone(),
        };
        Display { record: self, due, zone }
    }
}

struct Display<'a> {
    record: &'a Record,
    due: Option<Timestamp>,
    zone: Zone,
}

impl Display<'_> {
    fn instant(&self, instant: Option<Timestamp>, none: &str) -> String {
        instant.map_or_else(|| none.to_owned(), |instant| self.zone.show(instant))
    }
}

impl fmt::Display for Display<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let record = self.record;
        let schedule = record.timing().schedule();
        match record.timing() {
            // In the zone of the job, whatever form the moment was given in.
            Timing::Planned(plan) if plan.moment().is_some() => {
                write!(f, "once at {}", self.instant(plan.moment(), "never"))?;
                if let Some(zone) = schedule.parts().zone {
                    write!(f, " in {zone}")?;
                }
            }
            _ => write!(f, "{}", schedule.members())?,
        }
        if let Some(until) = record.timing().until() {
            write!(f, " until {}", self.zone.show(until))?;
        }
        write!(f, "{}", schedule.ending())?;
        let how = if record.is_async() { "async" } else { "parallel" };
        match (record.executor(), record.workers().map_or(1, |workers| workers.get())) {
            (Executor::Caller, _) => {}
            (Executor::Workers, 1) => write!(f, " {how}")?,
            (Executor::Workers, n) => write!(f, " {how}, at most {n} at a time")?,
        }
        if let Some(policies) = record.policies() {
            write!(f, "{policies}")?;
        } else if record.workers().is_some_and(|workers| workers.get() > 1) {
            f.write_str(",")?;
        }
        write!(f, " run {}", record.label().name())?;
        for (n, tag) in record.tags().iter().enumerate() {
            write!(f, "{}{tag}", if n == 0 { ", tagged " } else { ", " })?;
        }
        let state = match record.status() {
            Status::Gone => ", gone",
            Status::Paused => ", paused",
            Status::Scheduled => "",
        };
        let (last, next) = (self.instant(record.last_run(), "never"), self.instant(self.due, "none"));
        write!(f, "{state} (last run: {last}, next run: {next})")
    }
}
