//! Handles of jobs, and the lookups that return them.

mod job;
mod lookup;

pub use self::job::Job;
