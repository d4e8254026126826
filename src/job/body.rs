//! What a job does.

use std::sync::Arc;

use super::Context;
use crate::outcome::Outcome;

/// A body, ready to be called.
pub(crate) type Task = Box<dyn Body>;

/// What a job does when it is due.
pub(crate) trait Body: Send {
    fn call(&mut self, context: &Context<'_>) -> Outcome;

    /// The same body once more, when it may run several times at a time.
    fn another(&self) -> Option<Task> {
        None
    }
}

/// A body that runs once at a time.
pub(crate) struct Exclusive<F>(pub(crate) F);

impl<F: FnMut(&Context<'_>) -> Outcome + Send> Body for Exclusive<F> {
    fn call(&mut self, context: &Context<'_>) -> Outcome {
        (self.0)(context)
    }
}

/// A body that may run any number of times at a time.
pub(crate) struct Shared<F>(pub(crate) Arc<F>);

impl<F: Fn(&Context<'_>) -> Outcome + Send + Sync + 'static> Body for Shared<F> {
    fn call(&mut self, context: &Context<'_>) -> Outcome {
        (self.0)(context)
    }

    fn another(&self) -> Option<Task> {
        Some(Box::new(Shared(Arc::clone(&self.0))))
    }
}
