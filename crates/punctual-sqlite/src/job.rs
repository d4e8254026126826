//! The rows of jobs.

use punctual::store::{BadRow, JobRow, Micros, StoreError};
use rusqlite::{named_params, Row};

use crate::{
    column::{key, read},
    fault::Result,
    transaction::Transaction,
};

/// The columns of a job, in the order in which [`Found::of`] reads them. Runs in progress are counted.
macro_rules! columns {
    () => {
        "id, key, name, tags, task, args, schedule, declared, policies, priority, cursor, next, paused, over, runs, \
         failures, (select count(*) from punctual_run where punctual_run.key = punctual_job.key) as running, last_run, \
         last_outcome, version"
    };
}
pub(crate) use columns;

/// A job that was read, with the number of its row.
pub(crate) struct Found {
    pub(crate) id: i64,
    pub(crate) job: JobRow,
}

impl Found {
    /// Reads a row with all [`columns`].
    pub(crate) fn of(row: &Row<'_>) -> Result<Found, StoreError> {
        Found::read(row).map_err(|what| StoreError::data(key(row, 1), what))
    }

    fn read(row: &Row<'_>) -> Result<Found, String> {
        let job = JobRow {
            key: read(row, 1)?,
            name: read(row, 2)?,
            tags: read(row, 3)?,
            task: read(row, 4)?,
            args: read(row, 5)?,
            schedule: read(row, 6)?,
            declared: read(row, 7)?,
            policies: read(row, 8)?,
            priority: read(row, 9)?,
            cursor: read(row, 10)?,
            next: read(row, 11)?,
            paused: read(row, 12)?,
            over: read(row, 13)?,
            runs: read(row, 14)?,
            failures: read(row, 15)?,
            running: read(row, 16)?,
            last_run: read(row, 17)?,
            last_outcome: read(row, 18)?,
            version: read(row, 19)?,
        };
        Ok(Found { id: read(row, 0)?, job })
    }
}

/// A row that cannot be read, for a list.
pub(crate) fn bad(error: StoreError) -> BadRow {
    match error {
        StoreError::Data { key, what } => BadRow { key, why: what },
        other => BadRow { key: String::new(), why: other.to_string() },
    }
}

impl Transaction<'_> {
    /// The row of a job, unless it is missing.
    pub(crate) fn job(&self, key: &str) -> Result<Option<Found>> {
        let mut statement = self.prepare(concat!("select ", columns!(), " from punctual_job where key = ?1"))?;
        let mut rows = statement.query([key])?;
        Ok(rows.next()?.map(Found::of).transpose()?)
    }

    pub(crate) fn insert_job(&self, job: &JobRow) -> Result<()> {
        let mut statement = self.prepare(
            "insert into punctual_job (key, name, tags, task, args, schedule, declared, policies, priority, cursor, next, \
             paused, over, runs, failures, last_run, last_outcome, version) values (:key, :name, :tags, :task, :args, \
             :schedule, :declared, :policies, :priority, :cursor, :next, :paused, :over, :runs, :failures, :last_run, \
             :last_outcome, :version)",
        )?;
        statement.execute(named_params! {
            ":key": job.key,
            ":name": job.name,
            ":tags": json(&job.tags),
            ":task": job.task,
            ":args": job.args,
            ":schedule": job.schedule,
            ":declared": job.declared,
            ":policies": job.policies,
            ":priority": job.priority,
            ":cursor": job.cursor,
            ":next": job.next.map(number),
            ":paused": job.paused,
            ":over": job.over,
            ":runs": job.runs,
            ":failures": job.failures,
            ":last_run": job.last_run.map(number),
            ":last_outcome": job.last_outcome,
            ":version": job.version,
        })?;
        Ok(())
    }

    /// Writes what a declaration or a change may have changed.
    pub(crate) fn update_job(&self, id: i64, job: &JobRow) -> Result<()> {
        let mut statement = self.prepare(
            "update punctual_job set name = :name, tags = :tags, task = :task, args = :args, schedule = :schedule, \
             declared = :declared, policies = :policies, priority = :priority, cursor = :cursor, next = :next, \
             paused = :paused, over = :over, runs = :runs, version = :version where id = :id",
        )?;
        statement.execute(named_params! {
            ":name": job.name,
            ":tags": json(&job.tags),
            ":task": job.task,
            ":args": job.args,
            ":schedule": job.schedule,
            ":declared": job.declared,
            ":policies": job.policies,
            ":priority": job.priority,
            ":cursor": job.cursor,
            ":next": job.next.map(number),
            ":paused": job.paused,
            ":over": job.over,
            ":runs": job.runs,
            ":version": job.version,
            ":id": id,
        })?;
        Ok(())
    }

    /// Moves a job to its next slot, or removes it if it is over and has no run in progress. False if its slot or its
    /// version has changed since `from` was read.
    pub(crate) fn move_job(&self, from: &Found, to: &JobRow) -> Result<bool> {
        let is_moved = self
            .prepare(
                "update punctual_job set next = ?1, over = ?2, cursor = ?3, runs = ?4, version = ?5 \
                 where id = ?6 and next = ?7 and version = ?8",
            )?
            .execute((
                to.next.map(number),
                to.over,
                &to.cursor,
                to.runs,
                to.version,
                from.id,
                from.job.next.map(number),
                from.job.version,
            ))?;
        if is_moved > 0 && to.over && to.running == 0 {
            self.remove_job(&to.key)?;
        }
        Ok(is_moved > 0)
    }

    /// Removes a job and its history.
    pub(crate) fn remove_job(&self, key: &str) -> Result<()> {
        self.prepare("delete from punctual_job where key = ?1")?.execute([key])?;
        self.prepare("delete from punctual_history where key = ?1")?.execute([key])?;
        Ok(())
    }
}

pub(crate) fn number(instant: Micros) -> i64 {
    instant.0
}

fn json(tags: &[String]) -> String {
    match tags {
        [] => "[]".to_owned(),
        tags => serde_json::Value::from(tags).to_string(),
    }
}
