//! The tables, and their versions.

use std::borrow::Cow;

use punctual::store::StoreError;
use rusqlite::{Connection, OptionalExtension};

use crate::{fault::Result, transaction::Transaction};

/// The tables as SQL, with the prefix `punctual_`: for a program whose role may not make them, and for people who read
/// them. Besides, `punctual_meta` needs one row: `(1, version, min_reader)`, both 1.
///
/// ```
/// assert!(punctual_sqlite::SCHEMA.contains("create table punctual_job ("));
/// ```
pub const SCHEMA: &str = include_str!("schema.sql");

/// The prefix of the tables, unless another is chosen.
pub(crate) const PREFIX: &str = "punctual_";

/// The version of the tables that this program makes.
const VERSION: i64 = 1;

/// The oldest version of a program that can use these tables.
const MIN_READER: i64 = 1;

/// A statement with the names of the tables that have this prefix.
pub(crate) fn with_prefix<'a>(sql: &'a str, prefix: &str) -> Cow<'a, str> {
    if prefix == PREFIX {
        Cow::Borrowed(sql)
    } else {
        Cow::Owned(sql.replace(PREFIX, prefix))
    }
}

/// Fails unless this program can use the tables that there are.
pub(crate) fn check(connection: &Connection, prefix: &str) -> Result<()> {
    match found(connection, prefix)? {
        Some((VERSION, _)) => Ok(()),
        Some((version, min_reader)) if version > VERSION && min_reader <= VERSION => Ok(()),
        other => {
            let found = other.map_or(0, |(version, _)| version);
            Err(StoreError::Schema { found, need: VERSION }.into())
        }
    }
}

/// Makes the tables, unless they are there. What is there is never removed.
pub(crate) fn migrate(connection: &mut Connection, prefix: &str) -> Result<()> {
    if check(connection, prefix).is_ok() {
        return Ok(());
    }
    let transaction = Transaction::write(connection, prefix)?;
    // Another process may have been first.
    let found = transaction.version()?;
    if found.is_none() {
        transaction.run_script(SCHEMA)?;
        transaction
            .prepare("insert into punctual_meta (id, version, min_reader) values (1, ?1, ?2)")?
            .execute((VERSION, MIN_READER))?;
    }
    transaction.commit()?;
    check(connection, prefix)
}

/// Whether the file has no tables at all, so that none of another program are in the way.
pub(crate) fn is_empty(connection: &Connection) -> Result<bool> {
    Ok(connection.query_row("select not exists (select 1 from sqlite_schema)", [], |row| row.get(0))?)
}

/// The version of the tables, and the oldest version of a program that can use them; `None` if there are none.
fn found(connection: &Connection, prefix: &str) -> Result<Option<(i64, i64)>> {
    let is_there: bool = connection.query_row(
        "select exists (select 1 from sqlite_schema where type = 'table' and name = ?1 collate nocase)",
        [format!("{prefix}meta")],
        |row| row.get(0),
    )?;
    if !is_there {
        return Ok(None);
    }
    let sql = with_prefix("select version, min_reader from punctual_meta where id = 1", prefix);
    let row = connection.query_row(&sql, [], |row| Ok((row.get(0)?, row.get(1)?))).optional()?;
    // Tables without a version are of none that we know.
    Ok(Some(row.unwrap_or((0, i64::MAX))))
}

impl Transaction<'_> {
    fn version(&self) -> Result<Option<(i64, i64)>> {
        found(self.connection(), self.prefix())
    }
}
