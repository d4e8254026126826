//! A registered job: its schedule, compiled to a grid and a cursor, its body, its options, and its state.

#[cfg(feature = "tokio")]
mod async_body;
mod attempts;
mod backlog;
mod body;
mod calendars;
mod closed;
mod compile;
mod context;
mod cursor;
mod displaced;
mod display;
mod draw;
mod hook;
mod info;
mod labels;
mod nearest;
mod options;
mod past;
mod place;
mod plan;
mod policies;
mod previous;
mod record;
mod retry;
mod run_flags;
mod slots;
mod timing;
mod windows;

#[cfg(feature = "tokio")]
pub(crate) use self::async_body::{exclusive_async, shared_async, InTask, TaskHost, TaskId};
pub(crate) use self::{
    attempts::{Attempts, Phase, WatchedRun},
    backlog::{Backlog, DueSlot},
    body::{exclusive, shared, Body, BoxedBody},
    calendars::Calendars,
    compile::{compile, Compiled},
    context::{Call, Host},
    hook::{After, Hook},
    labels::{Label, Labels},
    nearest::Nearest,
    options::{label, Executor, JobOptions, DEFAULT_POOL},
    past::{Past, PastSkip},
    place::Place,
    policies::{longer_than_zero, Policies},
    previous::previous,
    record::{JobSpec, Missed, Record},
    run_flags::RunFlags,
    slots::Slots,
    timing::Timing,
    windows::Windows,
};
pub use self::{
    context::Context,
    hook::Veto,
    info::JobInfo,
    options::OnConflict,
    policies::{Coalesce, Overlap},
    retry::{IntoRetry, Retry},
};
