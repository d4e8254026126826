//! What is registered: a schedule, a body, and what has become of them.

mod body;
mod compile;
mod context;
mod cursor;
mod display;
mod info;
mod labels;
mod options;
mod place;
mod plan;
mod record;
mod timing;

pub(crate) use self::{
    body::{exclusive, shared, Body, BoxedBody},
    compile::{compile, Compiled},
    context::{Call, Host},
    labels::{Label, Labels},
    options::{label, Executor, JobOptions},
    place::Place,
    record::{JobSpec, Record},
    timing::Timing,
};
pub use self::{context::Context, info::JobInfo, options::OnConflict};
