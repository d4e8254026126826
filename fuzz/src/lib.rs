//! What the targets share.

mod arguments;
mod builder;
mod rules;
mod stage;
mod texts;

pub use self::{
    arguments::Now,
    builder::schedule,
    rules::{judge_error, Rules},
    stage::{refused, stage},
    texts::{moment, time_of_day, time_of_hour, time_of_minute, zone},
};
