//! Jobs as their users hold them.

mod job;
mod lookup;

pub use self::job::Job;
