#![doc = include_str!("../README.md")]

mod column;
mod declaration;
mod due;
mod fault;
mod job;
mod orphan;
mod patience;
mod run;
mod schema;
mod settings;
mod store;
mod transaction;

pub use self::{
    schema::SCHEMA,
    settings::{Builder, Synchronous},
    store::Sqlite,
};
