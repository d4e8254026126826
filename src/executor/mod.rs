//! Where a body runs: in the thread that asks, or on a pool of workers.

mod inline;
mod pool;

pub(crate) use self::{
    inline::{drop_quietly, run},
    pool::Pool,
};
