//! The rows of runs, in progress and past.

use punctual::store::{Ending, HolderId, Micros, PastRun, RunRow, StoreError, Token};
use rusqlite::Row;

use crate::{
    column::{key, read},
    fault::{Fault, Result},
    job::number,
    transaction::Transaction,
};

/// The most runs that one ending removes from the history.
const PRUNED: i64 = 500;

/// The columns of a run, in the order in which [`run_of`] reads them.
macro_rules! run_columns {
    () => {
        "key, slot, token, task, holder, attempt, claimed"
    };
}
pub(crate) use run_columns;

/// Reads a row with all [`run_columns`].
pub(crate) fn run_of(row: &Row<'_>) -> Result<RunRow, StoreError> {
    let read = || {
        Ok(RunRow {
            key: read(row, 0)?,
            slot: read(row, 1)?,
            token: read(row, 2)?,
            task: read(row, 3)?,
            holder: read(row, 4)?,
            attempt: read(row, 5)?,
            claimed: read(row, 6)?,
        })
    };
    read().map_err(|what: String| StoreError::data(key(row, 0), what))
}

pub(crate) fn past_of(row: &Row<'_>) -> Result<PastRun, StoreError> {
    let read = || {
        Ok(PastRun {
            key: read(row, 0)?,
            slot: read(row, 1)?,
            attempt: read(row, 2)?,
            holder: read(row, 3)?,
            claimed: read(row, 4)?,
            started: read(row, 5)?,
            ended: read(row, 6)?,
            outcome: read(row, 7)?,
        })
    };
    read().map_err(|what: String| StoreError::data(key(row, 0), what))
}

impl Transaction<'_> {
    /// Inserts a run, unless its job has one for the same slot.
    pub(crate) fn insert_run(&self, run: &RunRow) -> Result<bool> {
        let inserted = self
            .prepare(concat!(
                "insert into punctual_run (",
                run_columns!(),
                ") values (?1, ?2, ?3, ?4, ?5, ?6, ?7) on conflict (key, slot) do nothing"
            ))?
            .execute((
                &run.key,
                run.slot.0,
                bytes_of(run.token),
                &run.task,
                bytes(run.holder),
                run.attempt,
                run.claimed.0,
            ))?;
        Ok(inserted > 0)
    }

    /// Gives a run to another process.
    pub(crate) fn repeat_run(&self, old: Token, run: &RunRow) -> Result<()> {
        self.prepare("update punctual_run set token = ?1, holder = ?2, attempt = ?3, claimed = ?4 where token = ?5")?
            .execute((bytes_of(run.token), bytes(run.holder), run.attempt, run.claimed.0, bytes_of(old)))?;
        Ok(())
    }

    /// Whether a run is one of this job in progress.
    pub(crate) fn is_run_of(&self, token: Token, key: &str) -> Result<bool> {
        let mut statement = self.prepare("select exists (select 1 from punctual_run where token = ?1 and key = ?2)")?;
        Ok(statement.query_row((bytes_of(token), key), |row| row.get(0))?)
    }

    /// Removes a run. False if none in progress has the token.
    pub(crate) fn take_run(&self, token: Token) -> Result<bool> {
        Ok(self.prepare("delete from punctual_run where token = ?1")?.execute([bytes_of(token)])? > 0)
    }

    /// Ends a run by its token. Returns false if none in progress has it.
    pub(crate) fn end_run(&self, ending: &Ending) -> Result<bool> {
        let Some((run, job)) = self.run_and_job(ending.token)? else { return Ok(false) };
        self.take_run(ending.token)?;
        // A row that cannot be read has no job that it counts for; and a job may be gone.
        let (Ok(run), Some((id, is_over))) = (run, job) else { return Ok(true) };
        self.prepare(
            "update punctual_job set failures = failures + (?1 and failures < 9223372036854775807), \
             last_run = coalesce(?2, last_run), last_outcome = ?3 where id = ?4",
        )?
        .execute((ending.is_failure, ending.started.map(number), &ending.outcome, id))?;
        if ending.is_last || (is_over && !self.is_running(&run.key)?) {
            match self.job(&run.key) {
                Ok(_) => self.remove_job(&run.key)?,
                // Nothing is removed that cannot be read.
                Err(Fault::Store(_)) => {}
                Err(fault) => return Err(fault),
            }
        } else if ending.keep > 0 {
            self.record(&ending.past(&run), ending.keep)?;
        }
        Ok(true)
    }

    /// The run with this token, and of its job, if there is one, the number of the row and whether it is over.
    #[allow(clippy::type_complexity)]
    fn run_and_job(&self, token: Token) -> Result<Option<(Result<RunRow, StoreError>, Option<(i64, bool)>)>> {
        let mut statement = self.prepare(
            "select run.key, slot, token, run.task, holder, attempt, claimed, job.id, job.over from punctual_run as run \
             left join punctual_job as job on job.key = run.key where token = ?1",
        )?;
        let mut rows = statement.query([bytes_of(token)])?;
        let Some(row) = rows.next()? else { return Ok(None) };
        let job = read(row, 7).ok().map(|id| (id, read(row, 8).unwrap_or(false)));
        Ok(Some((run_of(row), job)))
    }

    fn is_running(&self, key: &str) -> Result<bool> {
        let mut statement = self.prepare("select exists (select 1 from punctual_run where key = ?1)")?;
        Ok(statement.query_row([key], |row| row.get(0))?)
    }

    /// Puts a run into the history of its job, which then has at most `keep`, or as many fewer as one call removes.
    fn record(&self, past: &PastRun, keep: u32) -> Result<()> {
        self.prepare(
            "insert into punctual_history (key, slot, attempt, holder, claimed, started, ended, outcome) \
             values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
        )?
        .execute((
            &past.key,
            past.slot.0,
            past.attempt,
            bytes(past.holder),
            past.claimed.0,
            past.started.map(number),
            past.ended.0,
            &past.outcome,
        ))?;
        self.prepare(
            "delete from punctual_history where id in (select id from punctual_history where key = ?1 and id <= \
             (select id from punctual_history where key = ?1 order by id desc limit 1 offset ?2) order by id limit ?3)",
        )?
        .execute((&past.key, keep, PRUNED))?;
        Ok(())
    }
}

/// An identity as a column has it.
pub(crate) fn bytes(holder: HolderId) -> [u8; 16] {
    holder.0.to_be_bytes()
}

/// A token as a column has it.
pub(crate) fn bytes_of(token: Token) -> [u8; 16] {
    token.0.to_be_bytes()
}

/// The instant of a column that is used as a bound.
pub(crate) fn instant(row: &Row<'_>, column: usize) -> Option<Micros> {
    read(row, column).ok()
}
