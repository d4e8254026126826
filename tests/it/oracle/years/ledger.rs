//! What a job is expected to run for, and whether it does.

use std::sync::{Arc, Mutex};

use chrono::{DateTime, TimeDelta, Utc};
use punctual::{CancelJob, Context};

/// The slots of a job, worked out by counting.
pub(super) enum Expected {
    /// So many, at equal distances.
    Grid {
        first: DateTime<Utc>,
        step: TimeDelta,
        count: usize,
    },
    These(Vec<DateTime<Utc>>),
    /// Whatever is drawn: each so long after the one before, until the end.
    Drawn {
        shortest: TimeDelta,
        longest: TimeDelta,
        end: DateTime<Utc>,
    },
}

impl Expected {
    /// Those of a grid that come no later than `end`.
    pub(super) fn grid(first: DateTime<Utc>, step: TimeDelta, end: DateTime<Utc>) -> Self {
        let count = if end < first { 0 } else { (end - first).num_milliseconds() / step.num_milliseconds() + 1 };
        Expected::Grid { first, step, count: count.try_into().unwrap() }
    }

    /// No more than the first few.
    pub(super) fn first(self, n: usize) -> Self {
        match self {
            Expected::Grid { first, step, count } => Expected::Grid { first, step, count: count.min(n) },
            Expected::These(mut slots) => {
                slots.truncate(n);
                Expected::These(slots)
            }
            drawn => drawn,
        }
    }

    fn is(&self, n: usize, slot: DateTime<Utc>, last: Option<DateTime<Utc>>) -> bool {
        match self {
            Expected::Grid { first, step, count } => n < *count && slot == *first + *step * i32::try_from(n).unwrap(),
            Expected::These(slots) => slots.get(n) == Some(&slot),
            Expected::Drawn { shortest, longest, end } => {
                let in_range = |last| (*shortest..=*longest).contains(&(slot - last));
                slot <= *end && last.is_none_or(in_range)
            }
        }
    }

    fn is_all(&self, n: usize, last: Option<DateTime<Utc>>) -> bool {
        match self {
            Expected::Grid { count, .. } => n == *count,
            Expected::These(slots) => n == slots.len(),
            Expected::Drawn { longest, end, .. } => last.is_some_and(|last| *end - last < *longest),
        }
    }
}

/// What becomes of a job in the end.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Ending {
    Stays,
    Leaves,
    /// It leaves because its last run says so.
    Cancels,
}

/// The book of one job, which its body keeps.
pub(super) struct Ledger {
    name: String,
    expected: Expected,
    ending: Ending,
    pub(super) runs: usize,
    last: Option<DateTime<Utc>>,
    wrong: Option<String>,
}

pub(super) type Body = Box<dyn Fn(&Context) -> Option<CancelJob> + Send + Sync>;

impl Ledger {
    /// A book that is opened later: the body is needed first.
    pub(super) fn closed(name: String) -> Arc<Mutex<Self>> {
        let expected = Expected::These(Vec::new());
        Arc::new(Mutex::new(Ledger { name, expected, ending: Ending::Stays, runs: 0, last: None, wrong: None }))
    }

    pub(super) fn open(&mut self, expected: Expected, ending: Ending) {
        self.expected = expected;
        self.ending = ending;
    }

    pub(super) fn body(ledger: &Arc<Mutex<Self>>) -> Body {
        let ledger = Arc::clone(ledger);
        Box::new(move |context| ledger.lock().unwrap().enter(context))
    }

    fn enter(&mut self, context: &Context) -> Option<CancelJob> {
        let (slot, now) = (context.slot(), context.now());
        if slot != now || !self.expected.is(self.runs, slot, self.last) {
            let run = self.runs + 1;
            self.wrong.get_or_insert_with(|| format!("run {run} was for {slot}, at {now}"));
        }
        self.runs += 1;
        self.last = Some(slot);
        (self.ending == Ending::Cancels && self.expected.is_all(self.runs, self.last)).then_some(CancelJob)
    }

    /// Compares what was to run with what ran.
    pub(super) fn settle(&self, is_scheduled: bool) -> Result<(), String> {
        let Ledger { name, runs, last, .. } = self;
        if let Some(wrong) = &self.wrong {
            return Err(format!("{name}: {wrong}"));
        }
        if !self.expected.is_all(*runs, *last) {
            return Err(format!("{name}: only {runs} runs, the last for {last:?}"));
        }
        if is_scheduled != (self.ending == Ending::Stays) {
            return Err(format!("{name}: is scheduled: {is_scheduled}"));
        }
        Ok(())
    }
}
