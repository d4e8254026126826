//! Handles of jobs, and the lookups that return them.

mod explain;
mod job;
mod lookup;

pub use self::job::Job;
