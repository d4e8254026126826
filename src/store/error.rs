//! What a store may answer instead.

use std::{error::Error as StdError, fmt, sync::Arc};

use super::HolderId;

/// A `Result` of a store.
pub type Result<T, E = StoreError> = std::result::Result<T, E>;

/// Why a store did not do what it was asked to do.
///
/// After [`Unavailable`](StoreError::Unavailable) it is not known whether the change was made: the connection may have
/// failed just after the commit. To repeat the call is safe. A declaration that was made is unchanged, a slot that was
/// claimed is no longer due, and a run that has ended is refused.
///
/// ```
/// use punctual::store::StoreError;
/// let error = StoreError::unavailable("connection refused");
/// assert_eq!(error.to_string(), "the store is unavailable");
/// assert_eq!(std::error::Error::source(&error).unwrap().to_string(), "connection refused");
/// assert!(error.is_transient());
///
/// let error = StoreError::Schema { found: 1, need: 2 };
/// assert_eq!(error.to_string(), "the store has schema 1, this program needs 2: run `migrate`");
/// assert!(!error.is_transient());
/// ```
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum StoreError {
    /// The store cannot be reached, or answered with an error. Reconnect and retry, with a backoff.
    Unavailable(Arc<dyn StdError + Send + Sync>),
    /// Another process holds the store's lock for longer than a call waits. No fault: the next poll tries again.
    Busy,
    /// The tables have a version that this program cannot use.
    Schema {
        /// The version of the store; zero if it has no tables.
        found: i64,
        /// The version that this program needs.
        need: i64,
    },
    /// A row that cannot be read, or a declaration that cannot be stored. It concerns this job alone.
    Data {
        /// The key of the job.
        key: String,
        /// What is wrong with it.
        what: String,
    },
    /// The heartbeat of this holder has expired, so other processes may have taken its runs. Join with a new identity.
    HolderGone(HolderId),
}

impl StoreError {
    /// The store cannot be reached, for this reason.
    ///
    /// ```
    /// use punctual::store::StoreError;
    /// assert!(matches!(StoreError::unavailable("connection refused"), StoreError::Unavailable(_)));
    /// ```
    pub fn unavailable(why: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        StoreError::Unavailable(Arc::from(why.into()))
    }

    /// A row or a declaration of the job `key` with a mistake.
    ///
    /// ```
    /// use punctual::store::StoreError;
    /// let error = StoreError::data("report", "the column `version` is empty");
    /// assert_eq!(error.to_string(), "job \"report\": the column `version` is empty");
    /// ```
    pub fn data(key: impl Into<String>, what: impl fmt::Display) -> Self {
        StoreError::Data { key: key.into(), what: what.to_string() }
    }

    /// Whether the same call may succeed later, without a change to the program or the data.
    ///
    /// ```
    /// use punctual::store::StoreError;
    /// assert!(StoreError::Busy.is_transient());
    /// assert!(!StoreError::data("report", "the column `version` is empty").is_transient());
    /// ```
    pub fn is_transient(&self) -> bool {
        matches!(self, StoreError::Unavailable(_) | StoreError::Busy)
    }
}

/// The longest part of a key that is shown.
const SHOWN: usize = 60;

impl fmt::Display for StoreError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            StoreError::Unavailable(_) => f.write_str("the store is unavailable"),
            StoreError::Busy => f.write_str("the store is busy: another process holds its lock"),
            StoreError::Schema { found, need } => {
                let advice = if found < need { "run `migrate`" } else { "use a newer version of the program" };
                write!(f, "the store has schema {found}, this program needs {need}: {advice}")
            }
            StoreError::Data { key, what } => match key.char_indices().nth(SHOWN) {
                Some((end, _)) => write!(f, "job {:?}…: {what}", &key[..end]),
                None => write!(f, "job {key:?}: {what}"),
            },
            StoreError::HolderGone(holder) => write!(f, "the heartbeat of holder {holder} has expired"),
        }
    }
}

impl StdError for StoreError {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        match self {
            StoreError::Unavailable(source) => Some(&**source),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_key_is_cut_at_a_character() {
        let error = StoreError::data("ü".repeat(10_000), "invalid key");
        assert_eq!(error.to_string(), format!("job \"{}\"…: invalid key", "ü".repeat(SHOWN)));
    }

    #[test]
    fn an_error_says_what_to_do_about_a_schema() {
        let newer = StoreError::Schema { found: 3, need: 2 };
        assert_eq!(
            newer.to_string(),
            "the store has schema 3, this program needs 2: use a newer version of the program"
        );
    }
}
