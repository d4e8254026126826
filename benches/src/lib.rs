//! What is measured: the same rows for time, for instructions and for memory, all through the public API.

mod rows;

pub use self::rows::{Entry, Row, ROWS};
