//! What the targets share.

mod rules;
mod said;
mod sentence;
mod stage;
mod texts;

pub use self::{
    rules::{judge_error, Rules},
    said::Now,
    sentence::Sentence,
    stage::{refused, stage},
    texts::{moment, time_of_day, time_of_hour, time_of_minute, zone},
};
