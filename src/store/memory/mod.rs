//! A store in memory: the reference for others.

mod tables;

use std::{collections::BTreeSet, fmt, sync::Arc};

use parking_lot::Mutex;

use self::tables::Tables;
use super::{
    BadRow, Change, Changed, Claim, Claimant, Declaration, Declared, Edit, Ending, Filter, Fired, Heartbeat, HolderId,
    JobRow, Jobs, Micros, Orphan, PastRun, Peer, Plan, Reaped, Result, RunRow, Store, Verdict,
};
use crate::clock::Clock;

/// A store that ends with its process: for tests, simulations, and as the reference for other stores.
///
/// Clones share the same data, as the connections to a database do.
///
/// ```
/// use punctual::store::{Declaration, MemoryStore, Store};
/// let store = MemoryStore::new();
/// store.clone().declare(&[Declaration::new("report", "send")])?;
/// assert!(store.job("report")?.is_some());
/// # Ok::<(), punctual::store::StoreError>(())
/// ```
#[derive(Clone, Default)]
pub struct MemoryStore {
    tables: Arc<Mutex<Tables>>,
    clock: Option<Arc<dyn Clock>>,
}

impl MemoryStore {
    /// Creates an empty store, which takes the time of its callers.
    ///
    /// ```
    /// use punctual::store::{MemoryStore, Store};
    /// assert_eq!(MemoryStore::new().clock()?, None);
    /// # Ok::<(), punctual::store::StoreError>(())
    /// ```
    pub fn new() -> Self {
        MemoryStore::default()
    }

    /// Creates an empty store with a clock of its own, as a server has, which decides whether a process is dead.
    ///
    /// ```
    /// use punctual::{chrono::DateTime, ManualClock};
    /// use punctual::store::{MemoryStore, Micros, Store};
    /// let store = MemoryStore::with_clock(ManualClock::new(DateTime::UNIX_EPOCH));
    /// assert_eq!(store.clock()?, Some(Micros(0)));
    /// # Ok::<(), punctual::store::StoreError>(())
    /// ```
    pub fn with_clock(clock: impl Clock) -> Self {
        MemoryStore { clock: Some(Arc::new(clock)), ..MemoryStore::default() }
    }

    /// Makes the row of a job one that cannot be read, as a hand that edits a table may, to test what becomes of it.
    /// Returns false if there is none.
    ///
    /// ```
    /// use punctual::store::{Declaration, MemoryStore, Store};
    /// let store = MemoryStore::new();
    /// store.declare(&[Declaration::new("report", "send")])?;
    /// assert!(store.damage("report", "the column `version` is empty"));
    /// assert_eq!(store.job("report").unwrap_err().to_string(), "job \"report\": the column `version` is empty");
    /// # Ok::<(), punctual::store::StoreError>(())
    /// ```
    pub fn damage(&self, key: &str, why: &str) -> bool {
        self.tables.lock().damage(key, why)
    }

    /// The time that decides about heartbeats. Read before the lock is taken, because a clock is foreign code.
    fn now(&self, caller: Micros) -> Micros {
        self.clock.as_ref().map_or(caller, |clock| clock.now().into())
    }
}

impl Store for MemoryStore {
    fn clock(&self) -> Result<Option<Micros>> {
        Ok(self.clock.as_ref().map(|clock| clock.now().into()))
    }

    fn join(&self, now: Micros, heartbeat: &Heartbeat) -> Result<()> {
        let now = self.now(now);
        self.tables.lock().enter(heartbeat.peer(now, now));
        Ok(())
    }

    fn renew(&self, now: Micros, heartbeat: &Heartbeat) -> Result<bool> {
        let now = self.now(now);
        let mut tables = self.tables.lock();
        let peer = tables.peer(heartbeat.holder);
        Ok(peer.map(|peer| *peer = heartbeat.peer(peer.joined, now)).is_some())
    }

    fn leave(&self, holder: HolderId) -> Result<()> {
        let mut tables = self.tables.lock();
        let peer = tables.peer(holder).cloned();
        tables.remove_peers(peer.as_slice());
        Ok(())
    }

    fn peers(&self) -> Result<Vec<Peer>> {
        let mut peers: Vec<Peer> = self.tables.lock().peers().cloned().collect();
        peers.sort_by_key(|peer| (peer.joined, peer.holder));
        Ok(peers)
    }

    fn declare(&self, declarations: &[Declaration]) -> Result<Vec<Result<Declared>>> {
        let mut tables = self.tables.lock();
        let mut answers = Vec::with_capacity(declarations.len());
        for declaration in declarations {
            answers.push(declare_one(&mut tables, declaration));
        }
        Ok(answers)
    }

    fn fire(&self, claimant: &Claimant<'_>, plan: &mut dyn FnMut(&JobRow) -> Plan) -> Result<Fired> {
        let now = self.now(claimant.now);
        let mut tables = self.tables.lock();
        tables.check_alive(claimant.holder, now)?;
        let mut fired = Fired::default();
        // All plans first: if one panics, nothing has changed.
        let mut moves = Vec::new();
        for (slot, _, key) in tables.next_of(claimant) {
            if *slot > claimant.now || moves.len() == claimant.limit {
                break;
            }
            match tables.readable(key).map(|row| row.map(|row| (row, plan(row)))) {
                Ok(Some((row, Plan::Move(step)))) => moves.push((row.clone(), step)),
                Ok(Some((_, Plan::Leave(why)))) => fired.bad.push(BadRow { key: key.to_string(), why }),
                Ok(Some((_, Plan::Wait)) | None) => {}
                Err(error) => fired.bad.push(BadRow::of(key, &error)),
            }
        }
        for (job, step) in moves {
            let new = step.runs.iter().map(|new| RunRow::claimed(&job, new, claimant));
            let mut runs: Vec<RunRow> = new.filter(|run| tables.insert(run)).collect();
            runs.sort_by_key(|run| run.slot);
            tables.settle(step.apply(&job, runs.len()));
            fired.claims.push(Claim { job, runs });
        }
        let bad: BTreeSet<&str> = fired.bad.iter().map(|row| row.key.as_str()).collect();
        fired.next = tables.next_of(claimant).find(|(.., key)| !bad.contains(&**key)).map(|(slot, ..)| *slot);
        Ok(fired)
    }

    fn finish(&self, endings: &[Ending]) -> Result<Vec<bool>> {
        let mut tables = self.tables.lock();
        Ok(endings.iter().map(|ending| finish_one(&mut tables, ending)).collect())
    }

    fn reap(&self, claimant: &Claimant<'_>, plan: &mut dyn FnMut(&Orphan) -> Verdict) -> Result<Reaped> {
        let now = self.now(claimant.now);
        let mut tables = self.tables.lock();
        tables.check_alive(claimant.holder, now)?;
        let mut reaped =
            Reaped { dead: tables.peers().filter(|peer| peer.expires < now).cloned().collect(), ..Reaped::default() };
        let mut verdicts = Vec::new();
        for (_, key, token) in tables.orphans_without(&reaped.dead) {
            let Some(run) = tables.run(token).filter(|run| claimant.knows(&run.task)) else { continue };
            if verdicts.len() == claimant.limit {
                reaped.more = true;
                break;
            }
            let job = match tables.readable(&key) {
                Ok(job) => job.cloned(),
                Err(error) => {
                    reaped.bad.push(BadRow::of(&key, &error));
                    continue;
                }
            };
            let orphan = Orphan { run: run.clone(), job };
            match plan(&orphan) {
                Verdict::Leave(why) => reaped.bad.push(BadRow { key: key.to_string(), why }),
                verdict => verdicts.push((orphan, verdict)),
            }
        }
        tables.remove_peers(&reaped.dead);
        for (orphan, verdict) in verdicts {
            apply_verdict(&mut tables, claimant, orphan, verdict, &mut reaped);
        }
        Ok(reaped)
    }

    fn change(&self, key: &str, plan: &mut dyn FnMut(&JobRow) -> Change) -> Result<Changed> {
        let mut tables = self.tables.lock();
        let Some(row) = tables.readable(key)?.cloned() else { return Ok(Changed::Missing) };
        Ok(match plan(&row) {
            Change::Leave => Changed::Left(row),
            Change::Write(edit) if !edit.returned.iter().all(|token| tables.is_run_of(*token, key)) => {
                Changed::Left(row)
            }
            Change::Write(edit) => Changed::Written(write(&mut tables, &edit, &row)),
            Change::Remove => {
                tables.remove(key);
                Changed::Removed(row)
            }
        })
    }

    fn job(&self, key: &str) -> Result<Option<JobRow>> {
        self.tables.lock().readable(key).map(Option::<&JobRow>::cloned)
    }

    fn jobs(&self, filter: &Filter) -> Result<Jobs> {
        let tables = self.tables.lock();
        let mut jobs = Jobs::default();
        for entry in tables.jobs() {
            match &entry.damage {
                Some(why) => jobs.bad.push(BadRow { key: entry.row.key.clone(), why: why.clone() }),
                None if filter.allows(&entry.row) && filter.limit.is_none_or(|limit| jobs.rows.len() < limit) => {
                    jobs.rows.push(entry.row.clone());
                }
                None => {}
            }
        }
        Ok(jobs)
    }

    fn runs(&self, key: Option<&str>) -> Result<Vec<RunRow>> {
        let mut runs: Vec<RunRow> = self.tables.lock().runs(key).cloned().collect();
        runs.sort_by(|a, b| (a.slot, &a.key).cmp(&(b.slot, &b.key)));
        Ok(runs)
    }

    fn history(&self, key: &str, limit: usize) -> Result<Vec<PastRun>> {
        let tables = self.tables.lock();
        Ok(tables.job(key).map_or(Vec::new(), |entry| entry.past.iter().rev().take(limit).cloned().collect()))
    }
}

fn declare_one(tables: &mut Tables, declaration: &Declaration) -> Result<Declared> {
    declaration.check()?;
    let (declared, row) = declaration.compare(tables.readable(&declaration.key)?);
    if let Some(mut row) = row {
        // A job that was removed may have left runs in progress.
        row.running = tables.runs(Some(&row.key)).count() as i64;
        tables.write(row);
    }
    Ok(declared)
}

fn write(tables: &mut Tables, edit: &Edit, row: &JobRow) -> JobRow {
    edit.returned.iter().for_each(|token| _ = tables.take(*token));
    let row = edit.apply(row);
    tables.settle(row.clone());
    row
}

fn finish_one(tables: &mut Tables, ending: &Ending) -> bool {
    let Some(run) = tables.take(ending.token) else { return false };
    end(tables, &run, ending);
    true
}

/// What the end of a run means for its job, if there is one that can be read.
fn end(tables: &mut Tables, run: &RunRow, ending: &Ending) {
    let Ok(Some(row)) = tables.readable(&run.key) else { return };
    let row = ending.apply(row);
    tables.record(ending.past(run), ending.keep);
    if ending.is_last {
        tables.remove(&row.key);
    } else {
        tables.settle(row);
    }
}

fn apply_verdict(tables: &mut Tables, claimant: &Claimant<'_>, orphan: Orphan, verdict: Verdict, reaped: &mut Reaped) {
    let Some(run) = tables.take(orphan.run.token) else { return };
    match (verdict, orphan.job) {
        (Verdict::Rerun(token), Some(job)) => {
            let run = run.repeated(token, claimant);
            tables.insert(&run);
            reaped.claims.push(Claim { job, runs: vec![run] });
        }
        // Without its job there is nothing to repeat.
        (Verdict::Rerun(_), job) => reaped.lost.push(Orphan { run, job }),
        (Verdict::Lose { outcome, keep }, job) => {
            end(tables, &run, &Ending::new(run.token, claimant.now, outcome).failed().kept(keep));
            reaped.lost.push(Orphan { run, job });
        }
        (Verdict::Leave(_), _) => {}
    }
}

impl fmt::Debug for MemoryStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let tables = self.tables.lock();
        let (jobs, runs) = (tables.jobs().count(), tables.runs(None).count());
        f.debug_struct("MemoryStore").field("jobs", &jobs).field("runs", &runs).finish_non_exhaustive()
    }
}
