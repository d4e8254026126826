//! The memory store keeps the contract, with the time of its callers and with a clock of its own, and stores that do not
//! are found.

use std::{
    panic::{catch_unwind, AssertUnwindSafe},
    sync::{Arc, Mutex},
    thread,
    time::Duration,
};

use punctual::{
    chrono::DateTime,
    store::{
        contract::{self, Fixture, RULES},
        Change, Changed, Claimant, Declaration, Declared, Ending, Filter, Fired, Heartbeat, HolderId, JobRow, Jobs,
        MemoryStore, Micros, Next, Orphan, PastRun, Peer, Plan, Reaped, Result, RunRow, Store, StoreError, Token,
        Verdict,
    },
    ManualClock,
};

const WHY: &str = "the column `version` is empty";

/// A store that takes the time of its callers.
struct WithoutClock(MemoryStore);

impl Fixture for WithoutClock {
    fn open(&self) -> Box<dyn Store> {
        Box::new(self.0.clone())
    }

    fn damage(&self, key: &str) -> bool {
        self.0.damage(key, WHY)
    }
}

mod without_clock {
    punctual::store_contract!(|| super::WithoutClock(super::MemoryStore::new()));
}

/// A store with a clock of its own, as a server has one.
struct WithClock {
    clock: ManualClock,
    store: MemoryStore,
}

impl Fixture for WithClock {
    fn open(&self) -> Box<dyn Store> {
        Box::new(self.store.clone())
    }

    fn pass(&self, time: Duration) {
        self.clock.advance(time);
    }

    fn damage(&self, key: &str) -> bool {
        self.store.damage(key, WHY)
    }
}

fn with_clock() -> WithClock {
    let clock = ManualClock::new(DateTime::UNIX_EPOCH + Duration::from_secs(1_700_000_000));
    WithClock { store: MemoryStore::with_clock(clock.clone()), clock }
}

mod with_clock {
    punctual::store_contract!(super::with_clock);
}

/// What a store may do wrong.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Fault {
    /// Two claimants get the same run.
    ClaimsTwice,
    /// A run that has ended ends again.
    TakesLateAnswers,
    /// A claim that fails half-way loses the slots that it has moved.
    LosesSlots,
    /// The version of a row does not change.
    ForgetsVersions,
    /// Keys that differ only in case are the same.
    IgnoresCase,
    /// Instants are kept in milliseconds.
    RoundsInstants,
    /// A change that was made between reading and writing is overwritten.
    WritesBlindly,
    /// What a program does not declare any more is removed.
    RemovesByAbsence,
    /// Some calls fail.
    IsUnavailable,
}

/// A memory store with a fault.
struct Faulty {
    fault: Fault,
    store: MemoryStore,
    /// The last claims, which the next caller gets once more.
    fired: Arc<Mutex<Option<Fired>>>,
}

impl Faulty {
    fn row(&self, row: JobRow) -> JobRow {
        if self.fault == Fault::ForgetsVersions {
            return JobRow { version: 7, ..row };
        }
        row
    }

    fn key(&self, key: &str) -> String {
        if self.fault == Fault::IgnoresCase {
            return key.to_lowercase();
        }
        key.to_owned()
    }
}

impl Fixture for Faulty {
    fn open(&self) -> Box<dyn Store> {
        let Faulty { fault, store, fired } = self;
        Box::new(Faulty { fault: *fault, store: store.clone(), fired: fired.clone() })
    }
}

impl Store for Faulty {
    fn clock(&self) -> Result<Option<Micros>> {
        self.store.clock()
    }

    fn join(&self, now: Micros, heartbeat: &Heartbeat) -> Result<()> {
        self.store.join(now, heartbeat)
    }

    fn renew(&self, now: Micros, heartbeat: &Heartbeat) -> Result<bool> {
        self.store.renew(now, heartbeat)
    }

    fn leave(&self, holder: HolderId) -> Result<()> {
        self.store.leave(holder)
    }

    fn peers(&self) -> Result<Vec<Peer>> {
        self.store.peers()
    }

    fn declare(&self, declarations: &[Declaration]) -> Result<Vec<Result<Declared>>> {
        let mut declarations = declarations.to_vec();
        for declaration in &mut declarations {
            declaration.key = self.key(&declaration.key);
            if let (Fault::RoundsInstants, Next::At(slot)) = (self.fault, declaration.first.next) {
                declaration.first.next = Next::At(Micros(slot.0 / 1_000 * 1_000));
            }
        }
        if self.fault == Fault::RemovesByAbsence {
            for row in self.store.jobs(&Filter::default())?.rows {
                if declarations.iter().all(|declaration| declaration.key != row.key) {
                    self.store.change(&row.key, &mut |_| Change::Remove)?;
                }
            }
        }
        self.store.declare(&declarations)
    }

    fn fire(&self, claimant: &Claimant<'_>, plan: &mut dyn FnMut(&JobRow) -> Plan) -> Result<Fired> {
        if self.fault == Fault::ClaimsTwice {
            if let Some(fired) = self.fired.lock().unwrap().take() {
                return Ok(fired);
            }
        }
        if self.fault == Fault::LosesSlots {
            // One job per transaction, and the claims of those before it are gone when a plan panics.
            let mut all = self.store.fire(&Claimant { limit: 0, ..*claimant }, plan)?;
            for _ in 0..claimant.limit {
                let one = self.store.fire(&Claimant { limit: 1, ..*claimant }, plan)?;
                if one.claims.is_empty() {
                    all.bad = one.bad;
                    break;
                }
                (all.next, all.bad) = (one.next, one.bad);
                all.claims.extend(one.claims);
            }
            return Ok(all);
        }
        let fired = self.store.fire(claimant, plan)?;
        if !fired.claims.is_empty() {
            *self.fired.lock().unwrap() = Some(fired.clone());
        }
        Ok(fired)
    }

    fn finish(&self, endings: &[Ending]) -> Result<Vec<bool>> {
        let answers = self.store.finish(endings)?;
        Ok(answers.into_iter().map(|is_taken| is_taken || self.fault == Fault::TakesLateAnswers).collect())
    }

    fn reap(&self, claimant: &Claimant<'_>, plan: &mut dyn FnMut(&Orphan) -> Verdict) -> Result<Reaped> {
        self.store.reap(claimant, plan)
    }

    fn change(&self, key: &str, plan: &mut dyn FnMut(&JobRow) -> Change) -> Result<Changed> {
        if self.fault == Fault::WritesBlindly {
            let Some(row) = self.store.job(key)? else { return Ok(Changed::Missing) };
            let change = plan(&row);
            thread::yield_now();
            return self.store.change(key, &mut |_| change.clone());
        }
        self.store.change(&self.key(key), plan)
    }

    fn job(&self, key: &str) -> Result<Option<JobRow>> {
        if self.fault == Fault::IsUnavailable {
            return Err(StoreError::unavailable("the disk is full"));
        }
        Ok(self.store.job(&self.key(key))?.map(|row| self.row(row)))
    }

    fn jobs(&self, filter: &Filter) -> Result<Jobs> {
        self.store.jobs(filter)
    }

    fn runs(&self, key: Option<&str>) -> Result<Vec<RunRow>> {
        self.store.runs(key)
    }

    fn history(&self, key: &str, limit: usize) -> Result<Vec<PastRun>> {
        self.store.history(key, limit)
    }
}

#[test]
fn a_store_with_a_fault_breaks_a_rule() {
    let cases = [
        (Fault::ClaimsTwice, "a_due_job_is_claimed_once"),
        (Fault::ClaimsTwice, "processes_at_random_lose_nothing"),
        (Fault::TakesLateAnswers, "a_run_ends_once"),
        (Fault::LosesSlots, "a_plan_that_panics_changes_nothing"),
        (Fault::ForgetsVersions, "a_change_writes_its_part_of_the_row"),
        (Fault::ForgetsVersions, "a_job_that_comes_back_has_another_version"),
        (Fault::IgnoresCase, "keys_are_compared_byte_by_byte"),
        (Fault::RoundsInstants, "a_slot_is_exact_to_a_microsecond"),
        (Fault::WritesBlindly, "no_change_is_lost"),
        (Fault::RemovesByAbsence, "nothing_is_removed_by_absence"),
        (Fault::IsUnavailable, "a_new_job_is_added"),
    ];
    for (fault, name) in cases {
        let rule = RULES.iter().find(|rule| rule.name == name).unwrap_or_else(|| panic!("there is no rule {name}"));
        let store = Faulty { fault, store: MemoryStore::new(), fired: Default::default() };
        let answer = catch_unwind(AssertUnwindSafe(|| rule.check(&store)));
        assert!(answer.is_err(), "{fault:?} keeps the rule {name}");
    }
}

#[test]
fn a_run_of_the_contract_names_what_is_broken() {
    let faulty = || Faulty { fault: Fault::RemovesByAbsence, store: MemoryStore::new(), fired: Default::default() };
    let message = catch_unwind(|| contract::run(faulty)).unwrap_err();
    let message = message.downcast_ref::<String>().unwrap();
    assert!(message.contains(&format!("of {} rules are broken:", RULES.len())), "{message}");
    assert!(message.contains("\nnothing_is_removed_by_absence: "), "{message}");
    assert!(!message.contains("a_run_ends_once"), "{message}");
}

#[test]
fn rows_come_back_from_a_data_format() {
    let row = JobRow {
        key: "ü".to_owned(),
        name: Some("\"\\\n".to_owned()),
        tags: vec![String::new(), "💾".to_owned()],
        task: "task".to_owned(),
        args: "{\"a\": 1.0}".to_owned(),
        schedule: "every day".to_owned(),
        declared: "every week".to_owned(),
        policies: "p".to_owned(),
        priority: i32::MIN,
        cursor: "c".to_owned(),
        next: Some(Micros(i64::MIN)),
        paused: true,
        over: true,
        runs: i64::MAX,
        failures: 1,
        running: 2,
        last_run: Some(Micros(i64::MAX)),
        last_outcome: Some("failed".to_owned()),
        version: i64::MIN,
    };
    let run = RunRow { token: Token(u128::MAX), holder: HolderId(1 << 127), attempt: i32::MAX, ..RunRow::default() };
    let text = serde_json::to_string(&(&row, &run)).unwrap();
    assert_eq!(serde_json::from_str::<(JobRow, RunRow)>(&text).unwrap(), (row, run));
    assert!(text.contains("\"token\":\"ffffffffffffffffffffffffffffffff\""), "{text}");
}
