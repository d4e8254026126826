//! The body of a job, whatever its type.

use std::{any::type_name, marker::PhantomData, sync::Arc};

use super::Call;
use crate::outcome::Outcome;

/// A body, ready to be called.
pub(crate) type BoxedBody = Box<dyn Body>;

/// What a job does when it runs.
pub(crate) trait Body: Send {
    fn call(&mut self, call: &Call<'_>) -> Outcome;

    /// The name of a job that is given none: the type name of what the user wrote. A function, so that a record is one
    /// pointer shorter than with a `&str`.
    fn name(&self) -> fn() -> &'static str;

    /// Begins a run in a task of its own, if the body is async; any other is called.
    #[cfg(feature = "tokio")]
    fn spawn(
        self: Box<Self>,
        _: &tokio::runtime::Handle,
        host: Arc<dyn super::TaskHost>,
        run: super::InTask,
    ) -> Option<tokio::task::JoinHandle<()>>;

    /// Another handle of the same body, if several runs of it may be in progress at a time.
    fn another(&self) -> Option<BoxedBody> {
        None
    }
}

/// A body that has one run at a time. `F` is the type of what the user wrote, which `B` calls.
pub(crate) struct Exclusive<B, F>(B, PhantomData<fn(F)>);

/// A body that may have any number of runs at a time.
pub(crate) struct Shared<B, F>(Arc<B>, PhantomData<fn(F)>);

/// A body that does nothing, by the name of another.
pub(super) struct Idle(pub(super) fn() -> &'static str);

/// Boxes a body for one run at a time. `F` is the type of what the user wrote, which `call` calls.
pub(crate) fn exclusive<F: 'static>(call: impl FnMut(&Call<'_>) -> Outcome + Send + 'static) -> BoxedBody {
    Box::new(Exclusive::<_, F>(call, PhantomData))
}

/// Boxes a body for any number of runs at a time. `F` is the type of what the user wrote, which `call` calls.
pub(crate) fn shared<F: 'static>(call: impl Fn(&Call<'_>) -> Outcome + Send + Sync + 'static) -> BoxedBody {
    Box::new(Shared::<_, F>(Arc::new(call), PhantomData))
}

impl<B: FnMut(&Call<'_>) -> Outcome + Send + 'static, F: 'static> Body for Exclusive<B, F> {
    fn call(&mut self, call: &Call<'_>) -> Outcome {
        (self.0)(call)
    }

    fn name(&self) -> fn() -> &'static str {
        type_name::<F>
    }

    #[cfg(feature = "tokio")]
    fn spawn(
        self: Box<Self>,
        _: &tokio::runtime::Handle,
        host: Arc<dyn super::TaskHost>,
        run: super::InTask,
    ) -> Option<tokio::task::JoinHandle<()>> {
        run.call_here(&*host, self);
        None
    }
}

impl<B: Fn(&Call<'_>) -> Outcome + Send + Sync + 'static, F: 'static> Body for Shared<B, F> {
    fn call(&mut self, call: &Call<'_>) -> Outcome {
        (self.0)(call)
    }

    fn name(&self) -> fn() -> &'static str {
        type_name::<F>
    }

    #[cfg(feature = "tokio")]
    fn spawn(
        self: Box<Self>,
        _: &tokio::runtime::Handle,
        host: Arc<dyn super::TaskHost>,
        run: super::InTask,
    ) -> Option<tokio::task::JoinHandle<()>> {
        run.call_here(&*host, self);
        None
    }

    fn another(&self) -> Option<BoxedBody> {
        Some(Box::new(Shared::<B, F>(Arc::clone(&self.0), PhantomData)))
    }
}

impl Body for Idle {
    fn call(&mut self, _call: &Call<'_>) -> Outcome {
        Outcome::Completed
    }

    fn name(&self) -> fn() -> &'static str {
        self.0
    }

    #[cfg(feature = "tokio")]
    fn spawn(
        self: Box<Self>,
        _: &tokio::runtime::Handle,
        host: Arc<dyn super::TaskHost>,
        run: super::InTask,
    ) -> Option<tokio::task::JoinHandle<()>> {
        run.call_here(&*host, self);
        None
    }

    fn another(&self) -> Option<BoxedBody> {
        Some(Box::new(Idle(self.0)))
    }
}
