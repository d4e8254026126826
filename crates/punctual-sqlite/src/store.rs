//! The store.

use std::{
    fmt,
    path::Path,
    sync::{Mutex, MutexGuard, PoisonError},
};

use punctual::store::{
    Change, Changed, Claim, Claimant, Declaration, Declared, Ending, Filter, Fired, Heartbeat, HolderId, JobRow, Jobs,
    Micros, Orphan, PastRun, Peer, Plan, Reaped, Result, RunRow, Store, StoreError, Verdict,
};
use rusqlite::Connection;

use crate::{
    fault::{self, unusable},
    job::{bad, columns, Found},
    orphan::peer_of,
    patience,
    run::{bytes, past_of, run_columns, run_of},
    settings::{identity, replaced, Builder},
    transaction::Transaction,
};

/// Jobs in a file of SQLite.
///
/// It has one connection, which its threads use in turn. Each process, and each scheduler in it, opens its own.
///
/// ```
/// use punctual::store::{Declaration, Store};
/// use punctual_sqlite::Sqlite;
/// # let dir = std::env::temp_dir().join(format!("punctual-doc-sqlite-{}", std::process::id()));
/// # std::fs::create_dir_all(&dir)?;
/// # let path = dir.join("jobs.db");
/// let store = Sqlite::open(&path)?;
/// store.declare(&[Declaration::new("report", "send")])?;
/// assert!(Sqlite::open(&path)?.job("report")?.is_some());
/// # drop(store);
/// # std::fs::remove_dir_all(&dir)?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Sqlite {
    settings: Builder,
    /// `None` after a failure: the next call connects again.
    connection: Mutex<Option<Connected>>,
}

struct Connected {
    connection: Connection,
    file: Option<(u64, u64)>,
}

impl Sqlite {
    /// Opens a file whose tables this program can use. A file that does not exist is created, with the tables, and an empty
    /// one gets them; a database of another program does not, unless you call [`migrate`](Self::migrate).
    ///
    /// # Errors
    ///
    /// [`StoreError::Schema`] if the file has other tables, but none of a version that this program can use: an older one
    /// must be [migrated](Self::migrate), a newer one says itself whether older programs may use it.
    /// [`StoreError::Unavailable`] if the file cannot be opened or written to, or is no database;
    /// [`StoreError::Busy`] if others have its lock for longer than five seconds.
    pub fn open(path: impl AsRef<Path>) -> Result<Self> {
        Self::builder(path).open()
    }

    /// Makes the tables in a file, or changes those of an older version, in one transaction. If they are there, nothing
    /// happens. It only adds, so older programs keep working.
    ///
    /// # Errors
    ///
    /// [`StoreError::Schema`] if the tables are of a newer version that this program cannot use;
    /// [`StoreError::Unavailable`] and [`StoreError::Busy`] as for [`open`](Self::open).
    ///
    /// ```
    /// use punctual_sqlite::Sqlite;
    /// # let dir = std::env::temp_dir().join(format!("punctual-doc-migrate-{}", std::process::id()));
    /// # std::fs::create_dir_all(&dir)?;
    /// # let path = dir.join("app.db");
    /// Sqlite::migrate(&path)?;
    /// let store = Sqlite::builder(&path).create(false).open()?;
    /// # drop(store);
    /// # std::fs::remove_dir_all(&dir)?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn migrate(path: impl AsRef<Path>) -> Result<()> {
        Self::builder(path).migrate()
    }

    /// Settings for a file: a prefix of the tables, how long to wait for others, when commits are on the disk.
    pub fn builder(path: impl AsRef<Path>) -> Builder {
        Builder::new(path.as_ref())
    }

    pub(crate) fn new(settings: Builder, connection: Connection) -> Self {
        let file = identity(&settings.path);
        Sqlite { settings, connection: Mutex::new(Some(Connected { connection, file })) }
    }

    fn lock(&self) -> MutexGuard<'_, Option<Connected>> {
        // A plan that panics has rolled its transaction back.
        self.connection.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Runs `work` with the connection. A failure of the file closes it.
    fn with<T>(&self, work: impl FnOnce(&mut Connection) -> fault::Result<T>) -> Result<T> {
        let mut slot = self.lock();
        patience::begin(self.settings.busy_timeout);
        let path = &self.settings.path;
        if slot.as_ref().is_some_and(|it| it.file != identity(path)) {
            *slot = None;
            return Err(replaced(path));
        }
        let connected = match &mut *slot {
            Some(connected) => connected,
            None => slot.insert(Connected { connection: self.settings.reconnect()?, file: identity(path) }),
        };
        let answer = work(&mut connected.connection).map_err(|fault| fault.into_store_error(path));
        if matches!(answer, Err(StoreError::Unavailable(_))) {
            *slot = None;
        }
        answer
    }

    /// Reads one state of the tables, without waiting for a process that writes.
    fn read<T>(&self, work: impl FnOnce(&Transaction<'_>) -> fault::Result<T>) -> Result<T> {
        self.with(|connection| work(&Transaction::read(connection, &self.settings.prefix)?))
    }

    /// Reads and writes in one transaction, while no other process writes.
    fn write<T>(&self, work: impl FnOnce(&Transaction<'_>) -> fault::Result<T>) -> Result<T> {
        self.with(|connection| {
            let transaction = Transaction::write(connection, &self.settings.prefix)?;
            let answer = work(&transaction)?;
            transaction.commit()?;
            Ok(answer)
        })
    }
}

impl Store for Sqlite {
    fn clock(&self) -> Result<Option<Micros>> {
        Ok(None)
    }

    fn join(&self, now: Micros, heartbeat: &Heartbeat) -> Result<()> {
        let peer = heartbeat.peer(now, now);
        self.write(|transaction| {
            transaction
                .prepare(
                    "insert or replace into punctual_holder (id, host, pid, joined, seen, expires) \
                     values (?1, ?2, ?3, ?4, ?5, ?6)",
                )?
                .execute((bytes(peer.holder), &peer.host, peer.pid, peer.joined.0, peer.seen.0, peer.expires.0))?;
            Ok(())
        })
    }

    fn renew(&self, now: Micros, heartbeat: &Heartbeat) -> Result<bool> {
        let peer = heartbeat.peer(now, now);
        self.write(|transaction| {
            let renewed = transaction
                .prepare("update punctual_holder set host = ?1, pid = ?2, seen = ?3, expires = ?4 where id = ?5")?
                .execute((&peer.host, peer.pid, peer.seen.0, peer.expires.0, bytes(peer.holder)))?;
            Ok(renewed > 0)
        })
    }

    fn leave(&self, holder: HolderId) -> Result<()> {
        self.write(|transaction| transaction.remove_holder(holder))
    }

    fn peers(&self) -> Result<Vec<Peer>> {
        self.read(|transaction| {
            let mut statement = transaction
                .prepare("select id, host, pid, joined, seen, expires from punctual_holder order by joined, id")?;
            let mut rows = statement.query([])?;
            let mut peers = Vec::new();
            while let Some(row) = rows.next()? {
                peers.extend(peer_of(row));
            }
            Ok(peers)
        })
    }

    fn declare(&self, declarations: &[Declaration]) -> Result<Vec<Result<Declared>>> {
        // The normal case is that all are there: that takes no lock.
        let unchanged = self.read(|transaction| {
            let mut answers = Vec::with_capacity(declarations.len());
            for declaration in declarations {
                match transaction.compare(declaration)? {
                    Ok((declared, None, _)) => answers.push(Ok(declared)),
                    Ok(_) => return Ok(None),
                    Err(error) => answers.push(Err(error)),
                }
            }
            Ok(Some(answers))
        })?;
        if let Some(answers) = unchanged {
            return Ok(answers);
        }
        self.write(|transaction| {
            let answers = declarations.iter().map(|declaration| transaction.declare(declaration));
            answers.collect()
        })
    }

    fn fire(&self, claimant: &Claimant<'_>, plan: &mut dyn FnMut(&JobRow) -> Plan) -> Result<Fired> {
        let tasks = serde_json::Value::from(claimant.tasks).to_string();
        // A process that finds nothing to do keeps no other from writing.
        let next = self.read(|transaction| {
            transaction.check_alive(claimant.holder, claimant.now)?;
            transaction.earliest(&tasks)
        })?;
        if next.is_none_or(|next| next > claimant.now) {
            return Ok(Fired { next, ..Fired::default() });
        }
        let path = &self.settings.path;
        self.write(|transaction| {
            transaction.check_alive(claimant.holder, claimant.now)?;
            let (mut fired, moves) = transaction.due(claimant, &tasks, plan)?;
            for (found, step) in moves {
                let mut runs = Vec::with_capacity(step.runs.len());
                for new in &step.runs {
                    let run = RunRow::claimed(&found.job, new, claimant);
                    if transaction.insert_run(&run)? {
                        runs.push(run);
                    }
                }
                runs.sort_by_key(|run| run.slot);
                let to = step.apply(&found.job, runs.len());
                if !transaction.move_job(&found, &to)? {
                    return Err(unusable(path, "a row has changed while it was locked: is there a trigger?").into());
                }
                fired.next = [fired.next, to.next].into_iter().flatten().min();
                fired.claims.push(Claim { job: found.job, runs });
            }
            Ok(fired)
        })
    }

    fn finish(&self, endings: &[Ending]) -> Result<Vec<bool>> {
        if endings.is_empty() {
            return Ok(Vec::new());
        }
        self.write(|transaction| endings.iter().map(|ending| transaction.end_run(ending)).collect())
    }

    fn reap(&self, claimant: &Claimant<'_>, plan: &mut dyn FnMut(&Orphan) -> Verdict) -> Result<Reaped> {
        let is_work = self.read(|transaction| {
            transaction.check_alive(claimant.holder, claimant.now)?;
            transaction.is_orphaned(claimant.now)
        })?;
        if !is_work {
            return Ok(Reaped::default());
        }
        self.write(|transaction| {
            transaction.check_alive(claimant.holder, claimant.now)?;
            let mut reaped = Reaped { dead: transaction.dead(claimant.now)?, ..Reaped::default() };
            for peer in &reaped.dead {
                transaction.remove_holder(peer.holder)?;
            }
            for (orphan, verdict) in transaction.orphans(claimant, plan, &mut reaped)? {
                transaction.judge(claimant, orphan, verdict, &mut reaped)?;
            }
            Ok(reaped)
        })
    }

    fn change(&self, key: &str, plan: &mut dyn FnMut(&JobRow) -> Change) -> Result<Changed> {
        self.write(|transaction| {
            let Some(Found { id, job }) = transaction.job(key)? else { return Ok(Changed::Missing) };
            Ok(match plan(&job) {
                Change::Leave => Changed::Left(job),
                Change::Write(edit) => {
                    for token in &edit.returned {
                        if !transaction.is_run_of(*token, key)? {
                            return Ok(Changed::Left(job));
                        }
                    }
                    for token in &edit.returned {
                        transaction.take_run(*token)?;
                    }
                    let job = edit.apply(&job);
                    if job.over && job.running == 0 {
                        transaction.remove_job(key)?;
                    } else {
                        transaction.update_job(id, &job)?;
                    }
                    Changed::Written(job)
                }
                Change::Remove => {
                    transaction.remove_job(key)?;
                    Changed::Removed(job)
                }
            })
        })
    }

    fn job(&self, key: &str) -> Result<Option<JobRow>> {
        self.read(|transaction| Ok(transaction.job(key)?.map(|found| found.job)))
    }

    fn jobs(&self, filter: &Filter) -> Result<Jobs> {
        self.read(|transaction| {
            // All rows, because those that cannot be read are listed whatever the filter says.
            let sql = concat!("select ", columns!(), " from punctual_job order by key");
            let mut statement = transaction.prepare(sql)?;
            let mut rows = statement.query([])?;
            let mut jobs = Jobs::default();
            while let Some(row) = rows.next()? {
                match Found::of(row) {
                    Ok(Found { job, .. }) => {
                        let is_full = filter.limit.is_some_and(|limit| jobs.rows.len() >= limit);
                        if !is_full && filter.allows(&job) {
                            jobs.rows.push(job);
                        }
                    }
                    Err(error) => jobs.bad.push(bad(error)),
                }
            }
            Ok(jobs)
        })
    }

    fn runs(&self, key: Option<&str>) -> Result<Vec<RunRow>> {
        self.read(|transaction| {
            let mut statement = transaction.prepare(concat!(
                "select ",
                run_columns!(),
                " from punctual_run where ?1 is null or key = ?1 order by slot, key"
            ))?;
            let mut rows = statement.query([key])?;
            let mut runs = Vec::new();
            while let Some(row) = rows.next()? {
                runs.extend(run_of(row));
            }
            Ok(runs)
        })
    }

    fn history(&self, key: &str, limit: usize) -> Result<Vec<PastRun>> {
        self.read(|transaction| {
            let mut statement = transaction.prepare(
                "select key, slot, attempt, holder, claimed, started, ended, outcome from punctual_history \
                 where key = ?1 order by id desc limit ?2",
            )?;
            let mut rows = statement.query((key, i64::try_from(limit).unwrap_or(i64::MAX)))?;
            let mut past = Vec::new();
            while let Some(row) = rows.next()? {
                past.extend(past_of(row));
            }
            Ok(past)
        })
    }
}

impl fmt::Debug for Sqlite {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sqlite").field("settings", &self.settings).finish_non_exhaustive()
    }
}
