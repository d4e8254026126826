//! How a file is opened.

use std::{
    fs,
    path::{self, Path, PathBuf},
    time::Duration,
};

use punctual::store::{Result, StoreError};
use rusqlite::{Connection, OpenFlags};

use crate::{
    fault::{self, unusable, Fault},
    patience,
    schema::{self, PREFIX},
    store::Sqlite,
};

/// The statements that a connection keeps compiled: more than there are.
const STATEMENTS: usize = 64;

/// The longest prefix of tables.
const LONGEST: usize = 60;

/// When a commit is on the disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Synchronous {
    /// Before the call returns. A power loss loses nothing.
    #[default]
    Full,
    /// Some time later: several times as many commits in a second. A power loss may undo the last of them, in their order,
    /// so that slots which have run are due again. The death of a process loses nothing.
    Normal,
}

/// Settings of a store, from [`Sqlite::builder`].
///
/// ```
/// use punctual_sqlite::{Sqlite, Synchronous};
/// use std::time::Duration;
/// # let dir = std::env::temp_dir().join(format!("punctual-doc-builder-{}", std::process::id()));
/// # std::fs::create_dir_all(&dir)?;
/// # let path = dir.join("jobs.db");
/// let store = Sqlite::builder(&path)
///     .table_prefix("cron_")
///     .busy_timeout(Duration::from_secs(1))
///     .synchronous(Synchronous::Normal)
///     .open()?;
/// # drop(store);
/// # std::fs::remove_dir_all(&dir)?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
#[must_use = "it does nothing until `open` or `migrate`"]
pub struct Builder {
    pub(crate) path: PathBuf,
    pub(crate) prefix: String,
    pub(crate) busy_timeout: Duration,
    synchronous: Synchronous,
    is_created: bool,
}

impl Builder {
    pub(crate) fn new(path: &Path) -> Self {
        // The path names the same file after a change of the directory.
        let is_file = path != Path::new("") && path != Path::new(":memory:");
        let path = if is_file { path::absolute(path).unwrap_or_else(|_| path.to_owned()) } else { path.to_owned() };
        Builder {
            path,
            prefix: PREFIX.to_owned(),
            busy_timeout: Duration::from_secs(5),
            synchronous: Synchronous::default(),
            is_created: true,
        }
    }

    /// What the names of the tables begin with, instead of `punctual_`: up to 60 ASCII letters, digits and underscores, not
    /// a digit first. It may be empty.
    ///
    /// ```
    /// use punctual_sqlite::Sqlite;
    /// let error = Sqlite::builder("jobs.db").table_prefix("my jobs").open().unwrap_err();
    /// assert!(std::error::Error::source(&error).unwrap().to_string().contains("invalid table prefix \"my jobs\""));
    /// ```
    pub fn table_prefix(self, prefix: impl Into<String>) -> Self {
        Builder { prefix: prefix.into(), ..self }
    }

    /// How long a call waits for the lock of another process before it fails as
    /// [`Busy`](punctual::store::StoreError::Busy). Five seconds, unless it is set.
    pub fn busy_timeout(self, timeout: Duration) -> Self {
        Builder { busy_timeout: timeout, ..self }
    }

    /// When a commit is on the disk. [`Synchronous::Full`], unless it is set.
    pub fn synchronous(self, synchronous: Synchronous) -> Self {
        Builder { synchronous, ..self }
    }

    /// Whether [`open`](Self::open) creates a file that does not exist, and the tables in a file that is empty. True, unless
    /// it is set.
    ///
    /// ```
    /// use punctual_sqlite::Sqlite;
    /// let error = Sqlite::builder("no-such-file.db").create(false).open().unwrap_err();
    /// assert!(std::error::Error::source(&error).unwrap().to_string().contains("the file does not exist"));
    /// ```
    pub fn create(self, is_created: bool) -> Self {
        Builder { is_created, ..self }
    }

    /// Opens the store, as [`Sqlite::open`] does.
    ///
    /// # Errors
    ///
    /// Those of [`Sqlite::open`], and if the prefix is invalid.
    pub fn open(self) -> Result<Sqlite> {
        let mut connection = self.connect(self.is_created)?;
        let opened = if self.is_created && self.report(schema::is_empty(&connection))? {
            schema::migrate(&mut connection, &self.prefix)
        } else {
            schema::check(&connection, &self.prefix)
        };
        self.report(opened)?;
        Ok(Sqlite::new(self, connection))
    }

    /// Makes the tables, as [`Sqlite::migrate`] does.
    ///
    /// # Errors
    ///
    /// Those of [`Sqlite::migrate`], and if the prefix is invalid.
    pub fn migrate(self) -> Result<()> {
        let mut connection = self.connect(self.is_created)?;
        self.report(schema::migrate(&mut connection, &self.prefix))
    }

    /// Connects again to tables that were there.
    pub(crate) fn reconnect(&self) -> Result<Connection> {
        let connection = self.connect(false)?;
        self.report(schema::check(&connection, &self.prefix))?;
        Ok(connection)
    }

    fn report<T>(&self, result: fault::Result<T>) -> Result<T> {
        result.map_err(|fault| fault.into_store_error(&self.path))
    }

    fn check(&self) -> Result<()> {
        let name = self.path.as_os_str();
        if name.is_empty() || name == ":memory:" {
            let why = "a database in memory belongs to one connection (expected the path of a file; in tests, \
                       `punctual::store::MemoryStore` needs none)";
            return Err(unusable(&self.path, why));
        }
        let is_name = self.prefix.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
        let is_first = |byte: &u8| !byte.is_ascii_digit();
        let is_reserved = self.prefix.to_ascii_lowercase().starts_with("sqlite_");
        if !is_name
            || !self.prefix.as_bytes().first().is_none_or(is_first)
            || self.prefix.len() > LONGEST
            || is_reserved
        {
            let why = format!(
                "invalid table prefix {:?} (expected up to {LONGEST} of A-Z a-z 0-9 _, not a digit first, not \"sqlite_\")",
                self.prefix
            );
            return Err(unusable(&self.path, why));
        }
        // Not opened here: to close a file gives up the locks that the process has on it, those of SQLite as well.
        match fs::metadata(&self.path) {
            Ok(it) if it.is_dir() => Err(unusable(&self.path, "it is a directory (expected a file)")),
            // To read a pipe is to wait for what another writes.
            Ok(it) if !it.is_file() => Err(unusable(&self.path, "it is a pipe or a device (expected a file)")),
            _ => Ok(()),
        }
    }

    fn connect(&self, is_created: bool) -> Result<Connection> {
        self.check()?;
        patience::begin(self.busy_timeout);
        if !is_created && !self.path.exists() {
            return Err(unusable(&self.path, "the file does not exist"));
        }
        let mut flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        flags.set(OpenFlags::SQLITE_OPEN_CREATE, is_created);
        let connection = Connection::open_with_flags(&self.path, flags).map_err(Fault::from);
        let connection = self.report(connection)?;
        self.report(self.configure(&connection))?;
        Ok(connection)
    }

    fn configure(&self, connection: &Connection) -> fault::Result<()> {
        patience::install(connection)?;
        connection.set_prepared_statement_cache_capacity(STATEMENTS);
        if connection.is_readonly(rusqlite::MAIN_DB)? {
            return Err(unusable(&self.path, "the file cannot be written to").into());
        }
        let encoding: String = connection.pragma_query_value(None, "encoding", |row| row.get(0))?;
        if encoding != "UTF-8" {
            let why = format!("its texts are {encoding} (expected UTF-8, in which keys have the order of their bytes)");
            return Err(unusable(&self.path, why).into());
        }
        let mode = journal(connection)?;
        if mode != "wal" {
            let why = format!("its journal is {mode:?}, and it does not change to \"wal\" where it is");
            return Err(unusable(&self.path, why).into());
        }
        let synchronous = match self.synchronous {
            Synchronous::Full => "full",
            Synchronous::Normal => "normal",
        };
        Ok(connection.pragma_update(None, "synchronous", synchronous)?)
    }
}

/// Changes to a write-ahead log, unless there is one, and returns which journal there is. The change needs the file for itself,
/// and SQLite does not wait while another process does the same.
fn journal(connection: &Connection) -> fault::Result<String> {
    let mut tries = 0;
    loop {
        let mode = connection.pragma_update_and_check(None, "journal_mode", "wal", |row| row.get(0));
        match mode.map_err(Fault::from) {
            Err(fault) if fault.is_busy() && patience::again(tries) => tries += 1,
            answer => return answer,
        }
    }
}

/// Which file a path names, so that a file that was removed or replaced is noticed. SQLite does not notice.
#[cfg(unix)]
pub(crate) fn identity(path: &Path) -> Option<(u64, u64)> {
    use std::os::unix::fs::MetadataExt;
    fs::metadata(path).ok().map(|it| (it.dev(), it.ino()))
}

#[cfg(not(unix))]
pub(crate) fn identity(path: &Path) -> Option<(u64, u64)> {
    path.exists().then_some((0, 0))
}

pub(crate) fn replaced(path: &Path) -> StoreError {
    unusable(path, "the file was removed or replaced while it was open")
}
