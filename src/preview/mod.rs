//! What will happen: the slots of a schedule, and the timeline of a scheduler.

mod axis;
mod svg;
mod text;
mod timeline;
mod upcoming;

pub use self::{
    timeline::{Decision, Entry, Lane, Timeline},
    upcoming::Upcoming,
};
