//! Transactions, and the statements in them.

use std::borrow::Cow;

use punctual::store::{HolderId, Micros, StoreError};
use rusqlite::{CachedStatement, Connection, OptionalExtension, TransactionBehavior};

use crate::{column::read, fault::Result, run::bytes, schema::with_prefix};

/// A transaction, which is rolled back when it is dropped: also by the panic of a plan.
pub(crate) struct Transaction<'a> {
    inner: rusqlite::Transaction<'a>,
    prefix: &'a str,
}

impl<'a> Transaction<'a> {
    /// Begins to read. What it sees is one state of the tables.
    pub(crate) fn read(connection: &'a mut Connection, prefix: &'a str) -> Result<Self> {
        Ok(Transaction { inner: connection.transaction_with_behavior(TransactionBehavior::Deferred)?, prefix })
    }

    /// Begins to write: takes the lock at once. A transaction that reads first and writes then fails if another process
    /// wrote in between, and no waiting helps.
    pub(crate) fn write(connection: &'a mut Connection, prefix: &'a str) -> Result<Self> {
        Ok(Transaction { inner: connection.transaction_with_behavior(TransactionBehavior::Immediate)?, prefix })
    }

    pub(crate) fn connection(&self) -> &Connection {
        &self.inner
    }

    pub(crate) fn prefix(&self) -> &str {
        self.prefix
    }

    pub(crate) fn commit(self) -> Result<()> {
        Ok(self.inner.commit()?)
    }

    /// A statement, compiled once per connection.
    pub(crate) fn prepare(&self, sql: &str) -> Result<CachedStatement<'_>> {
        let sql: Cow<'_, str> = with_prefix(sql, self.prefix);
        Ok(self.inner.prepare_cached(&sql)?)
    }

    pub(crate) fn run_script(&self, sql: &str) -> Result<()> {
        Ok(self.inner.execute_batch(&with_prefix(sql, self.prefix))?)
    }

    /// Fails unless the heartbeat of a holder is current.
    pub(crate) fn check_alive(&self, holder: HolderId, now: Micros) -> Result<()> {
        let mut statement = self.prepare("select expires from punctual_holder where id = ?1")?;
        let expires: Option<Option<Micros>> =
            statement.query_row([bytes(holder)], |row| Ok(read(row, 0).unwrap_or(None))).optional()?;
        match expires.flatten() {
            Some(expires) if now <= expires => Ok(()),
            _ => Err(StoreError::HolderGone(holder).into()),
        }
    }
}
