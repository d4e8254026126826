//! The rows that are measured, with the same code for time, instructions and memory, and only through the public API.

mod rows;
mod sample;

pub use self::{
    rows::{fresh, Entry, Goal, Row, ROWS},
    sample::{time, undisturbed, wall, Watch},
};
