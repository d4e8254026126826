//! What is measured: the same rows for time, for instructions and for memory, all through the public API.

mod rows;
mod sample;

pub use self::{
    rows::{fresh, Entry, Goal, Row, ROWS},
    sample::{time, undisturbed, wall, Watch},
};
