//! What the rules have in common.

use std::{
    slice, thread,
    time::{Duration, Instant},
};

use super::{
    super::{
        BadRow, Claimant, Declaration, Declared, Ending, Fired, Heartbeat, HolderId, JobRow, Micros, Move, NewRun,
        Orphan, Plan, Position, Reaped, Result, RunRow, Store, StoreError, Token, Verdict,
    },
    Fixture,
};

/// The task of the jobs of a rule, unless it says otherwise.
pub(super) const TASK: &str = "task";

/// For how long one waits for a lock that others have.
pub(super) const PATIENCE: Duration = Duration::from_secs(60);

/// Longer than a rule takes.
const LONG: Duration = Duration::from_secs(3_600);

/// Calls a store until it is not busy any more.
pub(super) fn patient<T>(call: impl FnMut() -> Result<T>) -> T {
    attempt(call).unwrap_or_else(|error| panic!("{error}: {:?}", std::error::Error::source(&error)))
}

/// [`patient`], with the errors that remain.
pub(super) fn attempt<T>(mut call: impl FnMut() -> Result<T>) -> Result<T> {
    let began = Instant::now();
    loop {
        match call() {
            Err(StoreError::Busy) if began.elapsed() < PATIENCE => thread::sleep(Duration::from_millis(1)),
            answer => return answer,
        }
    }
}

/// A new store with one handle on it.
pub(super) struct Stage<'a> {
    fixture: &'a dyn Fixture,
    pub(super) store: Box<dyn Store>,
    /// An instant that has passed for the store's clock, if it has one.
    start: Micros,
}

impl<'a> Stage<'a> {
    pub(super) fn new(fixture: &'a dyn Fixture) -> Self {
        let store = fixture.open();
        // 2023-11-14 22:13:20.123456, where the microseconds are not a multiple of anything.
        let start = patient(|| store.clock()).unwrap_or(Micros(1_700_000_000_123_456));
        Stage { fixture, store, start }
    }

    /// Another handle on the same data.
    pub(super) fn open(&self) -> Box<dyn Store> {
        self.fixture.open()
    }

    /// The instant `micros` after the start of the rule.
    pub(super) fn at(&self, micros: i64) -> Micros {
        Micros(self.start.0 + micros)
    }

    pub(super) fn damage(&self, key: &str) -> bool {
        self.fixture.damage(key)
    }

    /// A process whose heartbeat lasts.
    pub(super) fn holder(&self) -> HolderId {
        let holder = HolderId::random();
        patient(|| self.store.join(self.start, &Heartbeat::new(holder, "machine", LONG)));
        holder
    }

    /// A process whose heartbeat has expired, and that is not removed yet, with what it has claimed before; and the
    /// instant at which that is so.
    pub(super) fn dead_holder(&self, claims: impl FnOnce(HolderId)) -> (HolderId, Micros) {
        let heartbeat = self.short_heartbeat();
        patient(|| self.store.join(self.start, &heartbeat));
        claims(heartbeat.holder);
        (heartbeat.holder, self.pass(self.start, self.fixture.heartbeat_lasts() + Duration::from_millis(20)))
    }

    /// A heartbeat that expires within a test.
    pub(super) fn short_heartbeat(&self) -> Heartbeat {
        Heartbeat::new(HolderId::random(), "machine", self.fixture.heartbeat_lasts())
    }

    /// Lets time pass, for the store and for its callers, whose clock showed `now`. Returns what it shows then.
    pub(super) fn pass(&self, now: Micros, time: Duration) -> Micros {
        if patient(|| self.store.clock()).is_some() {
            self.fixture.pass(time);
        }
        now.after(time)
    }

    /// Declares jobs, none of which is refused.
    pub(super) fn declare(&self, declarations: &[Declaration]) -> Vec<Declared> {
        patient(|| self.store.declare(declarations)).into_iter().map(Result::unwrap).collect()
    }

    /// Declares one job, which is not refused.
    pub(super) fn declare_one(&self, declaration: &Declaration) -> Declared {
        self.declare(slice::from_ref(declaration))[0]
    }

    /// A job that is due `slot` microseconds after the start.
    pub(super) fn due(&self, key: &str, slot: i64) -> Declaration {
        job(key, self.at(slot))
    }

    /// Adds jobs, each with its first slot.
    pub(super) fn add(&self, jobs: &[(&str, i64)]) {
        let declarations: Vec<_> = jobs.iter().map(|(key, slot)| self.due(key, *slot)).collect();
        assert_eq!(self.declare(&declarations), vec![Declared::Added; jobs.len()]);
    }

    /// The row of a job that exists.
    pub(super) fn row(&self, key: &str) -> JobRow {
        self.find(key).unwrap_or_else(|| panic!("there is no job {key:?}"))
    }

    pub(super) fn find(&self, key: &str) -> Option<JobRow> {
        patient(|| self.store.job(key))
    }

    pub(super) fn runs(&self) -> Vec<RunRow> {
        patient(|| self.store.runs(None))
    }

    /// A claimant of any number of jobs of [`TASK`], `now` microseconds after the start.
    pub(super) fn claimant(&self, holder: HolderId, now: i64) -> Claimant<'static> {
        Claimant { now: self.at(now), holder, tasks: &[TASK], limit: 1_000 }
    }

    /// Fires jobs with a slot every 10 microseconds.
    pub(super) fn fire(&self, holder: HolderId, now: i64) -> Fired {
        self.fire_by(&self.claimant(holder, now), every(10))
    }

    pub(super) fn fire_by(&self, claimant: &Claimant<'_>, mut plan: impl FnMut(&JobRow) -> Plan) -> Fired {
        patient(|| self.store.fire(claimant, &mut plan))
    }

    /// Fires, and returns the only run that is claimed.
    pub(super) fn claim(&self, holder: HolderId, now: i64) -> RunRow {
        let mut fired = self.fire(holder, now);
        assert_eq!(slots(&fired).len(), 1, "one run is due: {fired:?}");
        fired.claims.remove(0).runs.remove(0)
    }

    /// Ends a run. Returns whether the store took that.
    pub(super) fn finish(&self, ending: Ending) -> bool {
        let endings = [ending];
        let answers = patient(|| self.store.finish(&endings));
        assert_eq!(answers.len(), 1, "there is an answer for each ending");
        answers[0]
    }

    /// The end of a run, a success.
    pub(super) fn ending(&self, token: Token, ended: i64) -> Ending {
        Ending::new(token, self.at(ended), "completed")
    }

    pub(super) fn reap(&self, claimant: &Claimant<'_>, mut plan: impl FnMut(&Orphan) -> Verdict) -> Reaped {
        patient(|| self.store.reap(claimant, &mut plan))
    }
}

/// A job of [`TASK`] with this first slot.
pub(super) fn job(key: &str, slot: Micros) -> Declaration {
    Declaration {
        schedule: "every 10 microseconds".to_owned(),
        first: Position::at(slot, "0"),
        moved: Position::at(slot, "moved"),
        ..Declaration::new(key, TASK)
    }
}

/// A plan: one run for the slot, and the next slot `step` microseconds after it.
pub(super) fn every(step: i64) -> impl FnMut(&JobRow) -> Plan {
    move |row| {
        let slot = slot_of(row);
        run_at(slot, Position::at(Micros(slot.0.saturating_add(step)), format!("{}", row.runs + 1)))
    }
}

/// A plan for one run.
pub(super) fn run_at(slot: Micros, to: Position) -> Plan {
    Plan::Move(Move { to, runs: vec![NewRun::of(slot)] })
}

/// A verdict: all is lost.
pub(super) fn lose(_: &Orphan) -> Verdict {
    Verdict::Lose { outcome: "lost".to_owned(), keep: 0 }
}

/// A verdict: all is repeated.
pub(super) fn rerun(_: &Orphan) -> Verdict {
    Verdict::Rerun(Token::random())
}

/// The slot of a job that is due.
pub(super) fn slot_of(row: &JobRow) -> Micros {
    row.next.expect("a plan is asked about jobs that have a next slot")
}

/// The keys and slots of the runs that were claimed, in their order.
pub(super) fn slots(fired: &Fired) -> Vec<(&str, Micros)> {
    let runs = fired.claims.iter().flat_map(|claim| &claim.runs);
    runs.map(|run| (run.key.as_str(), run.slot)).collect()
}

/// The keys of the jobs that moved, in their order.
pub(super) fn keys(fired: &Fired) -> Vec<&str> {
    fired.claims.iter().map(|claim| claim.job.key.as_str()).collect()
}

/// The keys of rows that were reported as bad, sorted.
pub(super) fn bad_keys(rows: &[BadRow]) -> Vec<&str> {
    let mut keys: Vec<&str> = rows.iter().map(|row| row.key.as_str()).collect();
    keys.sort_unstable();
    keys
}
