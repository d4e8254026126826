//! Essay to come.

mod clock;
mod error;
mod event;
mod every;
mod executor;
mod global;
mod handle;
mod job;
mod outcome;
mod queue;
mod scheduler;
mod trigger;
mod zone;

pub use chrono::Weekday;

pub use crate::{
    clock::{Clock, ManualClock, Reading, SystemClock},
    error::{Error, Result},
    event::{Event, Removal},
    every::{state, Count, Every, IntoTime, IntoWeekdays, IntoWhen, When},
    global::{
        after, cancel_job, clear, clear_tagged, default_scheduler, every, idle, jobs, jobs_tagged,
        next_run, next_run_tagged, once, run_all, run_all_with_delay, run_pending,
    },
    handle::Job,
    job::{Context, JobId},
    outcome::{CancelJob, IntoOutcome, Outcome},
    scheduler::{Builder, Listener, Scheduler},
    zone::{IntoZone, Zone},
};
