//! What will happen: the slots of a schedule, the timeline of a scheduler, and what is suspicious about them.

mod axis;
mod clock_change;
mod cron_lint;
mod lint;
mod svg;
mod text;
mod timeline;
mod upcoming;

pub use self::{
    lint::{Finding, LintKind},
    timeline::{Decision, Timeline, TimelineEntry, TimelineLane},
    upcoming::Upcoming,
};
