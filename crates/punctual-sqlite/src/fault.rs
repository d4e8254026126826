//! What goes wrong with a file.

use std::{error::Error as StdError, fmt, path::Path};

use punctual::store::StoreError;
use rusqlite::ErrorCode;

/// What goes wrong within a call: SQLite's error, or one of the store's own.
#[derive(Debug)]
pub(crate) enum Fault {
    Sqlite(rusqlite::Error),
    Store(StoreError),
}

pub(crate) type Result<T, E = Fault> = std::result::Result<T, E>;

impl From<rusqlite::Error> for Fault {
    fn from(error: rusqlite::Error) -> Self {
        Fault::Sqlite(error)
    }
}

impl From<StoreError> for Fault {
    fn from(error: StoreError) -> Self {
        Fault::Store(error)
    }
}

impl Fault {
    pub(crate) fn is_busy(&self) -> bool {
        let Fault::Sqlite(error) = self else { return matches!(self, Fault::Store(StoreError::Busy)) };
        matches!(error.sqlite_error_code(), Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked))
    }

    /// The error that a caller of the store gets.
    pub(crate) fn into_store_error(self, path: &Path) -> StoreError {
        if self.is_busy() {
            return StoreError::Busy;
        }
        match self {
            Fault::Store(error) => error,
            Fault::Sqlite(error) => StoreError::unavailable(Failure { what: what(path, &error), source: Some(error) }),
        }
    }

    /// An error of one row: what SQLite does not take in it. Other errors concern the call.
    pub(crate) fn of_row(self, key: &str) -> Result<StoreError> {
        match self {
            Fault::Store(error @ StoreError::Data { .. }) => Ok(error),
            Fault::Sqlite(error)
                if matches!(
                    error.sqlite_error_code(),
                    Some(ErrorCode::ConstraintViolation | ErrorCode::TooBig | ErrorCode::TypeMismatch)
                ) =>
            {
                Ok(StoreError::data(key, error))
            }
            other => Err(other),
        }
    }
}

/// Why a file cannot be used: its path, and what is wrong.
#[derive(Debug)]
struct Failure {
    what: String,
    source: Option<rusqlite::Error>,
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.what)
    }
}

impl StdError for Failure {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.source.as_ref().map(|error| error as _)
    }
}

/// The error that says what is wrong with a file.
pub(crate) fn unusable(path: &Path, why: impl fmt::Display) -> StoreError {
    StoreError::unavailable(Failure { what: format!("{}: {why}", path.display()), source: None })
}

fn what(path: &Path, error: &rusqlite::Error) -> String {
    let why = match error.sqlite_error_code() {
        Some(ErrorCode::NotADatabase) => "the file is no SQLite database",
        Some(ErrorCode::DiskFull) => "the disk is full",
        Some(ErrorCode::ReadOnly) => "the file or its directory cannot be written to",
        Some(ErrorCode::DatabaseCorrupt) => "the file is damaged",
        Some(ErrorCode::CannotOpen) if path.is_dir() => "is a directory (expected a file)",
        Some(ErrorCode::CannotOpen)
            if path.parent().is_some_and(|dir| !dir.as_os_str().is_empty() && !dir.is_dir()) =>
        {
            "its directory does not exist"
        }
        Some(ErrorCode::CannotOpen) => "the file cannot be opened, or its directory cannot be written to",
        _ => return format!("{}: {error}", path.display()),
    };
    format!("{}: {why}", path.display())
}
