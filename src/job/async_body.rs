//! Bodies that return a future, and the task in which it runs.

use std::{
    any::type_name,
    future::{poll_fn, Future},
    marker::PhantomData,
    panic::{catch_unwind, AssertUnwindSafe},
    pin::{pin, Pin},
    sync::Arc,
    task::Poll,
};

use tokio::{runtime::Handle, task::JoinHandle};

use super::{Body, BoxedBody, Call, Host, Label, Place, RunFlags};
use crate::{
    id::JobId,
    observe::RunSpan,
    outcome::{BodyReturn, Outcome},
    run::RunRecord,
    unwind::{catch, drop_quietly},
};

/// The place of a task among those of its scheduler.
#[derive(Clone, Copy, Debug)]
pub(crate) struct TaskId(u32);

impl TaskId {
    /// That of a run which is in no task.
    pub(crate) const NONE: Self = TaskId(u32::MAX);

    pub(crate) fn new(place: u32) -> Self {
        TaskId(place)
    }

    pub(crate) fn place(self) -> Option<usize> {
        (self.0 != u32::MAX).then_some(self.0 as usize)
    }
}

/// A run that has begun, and whose body is in a task.
pub(crate) struct InTask {
    pub(crate) place: Place,
    pub(crate) label: Label,
    pub(crate) run: RunRecord,
    pub(crate) run_count: u64,
    /// Whether its record counts it: not if it began before the job was updated to an async body.
    pub(crate) is_counted: bool,
    pub(crate) flags: RunFlags,
    pub(crate) span: RunSpan,
    pub(crate) task: TaskId,
}

impl InTask {
    /// Calls a body that is not async in this thread, and ends its run.
    pub(crate) fn call_here(self, host: &dyn TaskHost, mut body: BoxedBody) {
        let call = Call {
            run: &self.run,
            run_count: self.run_count,
            label: &self.label,
            row: self.place.row,
            host: host.host(),
        };
        let outcome = catch(|| self.span.in_scope(|| body.call(&call))).unwrap_or_else(Outcome::Panicked);
        host.end_task(self, body, outcome);
    }
}

/// The scheduler, as far as a task needs it.
pub(crate) trait TaskHost: Send + Sync {
    fn host(&self) -> &dyn Host;

    /// Polls a body of a job: what it awaits learns that it is inside of a run.
    fn poll_inside(&self, job: JobId, poll: &mut dyn FnMut());

    /// Ends the run. Called once for each run, however its task ends.
    fn end_task(&self, run: InTask, body: BoxedBody, outcome: Outcome);
}

/// An async body that has one run at a time. `F` is the type of what the user wrote, which `B` calls.
struct ExclusiveAsync<B, Fut, F>(B, PhantomData<fn(F) -> Fut>);

/// An async body that may have any number of runs at a time.
struct SharedAsync<B, Fut, F>(Arc<B>, PhantomData<fn(F) -> Fut>);

/// Boxes an async body for one run at a time. `F` is the type of what the user wrote, which `call` calls.
pub(crate) fn exclusive_async<F, Fut>(call: impl FnMut(&Call<'_>) -> Fut + Send + 'static) -> BoxedBody
where
    F: 'static,
    Fut: Future<Output: BodyReturn> + Send + 'static,
{
    Box::new(ExclusiveAsync::<_, Fut, F>(call, PhantomData))
}

/// Boxes an async body for any number of runs at a time. `F` is the type of what the user wrote, which `call` calls.
pub(crate) fn shared_async<F, Fut>(call: impl Fn(&Call<'_>) -> Fut + Send + Sync + 'static) -> BoxedBody
where
    F: 'static,
    Fut: Future<Output: BodyReturn> + Send + 'static,
{
    Box::new(SharedAsync::<_, Fut, F>(Arc::new(call), PhantomData))
}

/// The failure of an async run that was called in the polling thread, because there was no runtime.
const NO_RUNTIME: &str =
    "no tokio runtime for an async body (expected `run_forever_async` or `run_until_async`, a poll \
                          inside a runtime, or `Scheduler::builder().runtime(handle)`)";

/// Why a run was aborted, unless it was cancelled.
const RUNTIME_GONE: &str = "the tokio runtime was shut down before the body had ended";

/// Why a cancelled run was aborted.
const SHUT_DOWN: &str = "the scheduler was shut down before the body had ended";

impl<B, Fut, F> Body for ExclusiveAsync<B, Fut, F>
where
    B: FnMut(&Call<'_>) -> Fut + Send + 'static,
    Fut: Future<Output: BodyReturn> + Send + 'static,
    F: 'static,
{
    fn call(&mut self, _: &Call<'_>) -> Outcome {
        Outcome::Failed(NO_RUNTIME.to_owned())
    }

    fn name(&self) -> fn() -> &'static str {
        type_name::<F>
    }

    fn spawn(self: Box<Self>, runtime: &Handle, host: Arc<dyn TaskHost>, run: InTask) -> Option<JoinHandle<()>> {
        Some(Task::new(self, host, run).spawn(runtime, |body, call| (body.0)(call)))
    }
}

impl<B, Fut, F> Body for SharedAsync<B, Fut, F>
where
    B: Fn(&Call<'_>) -> Fut + Send + Sync + 'static,
    Fut: Future<Output: BodyReturn> + Send + 'static,
    F: 'static,
{
    fn call(&mut self, _: &Call<'_>) -> Outcome {
        Outcome::Failed(NO_RUNTIME.to_owned())
    }

    fn name(&self) -> fn() -> &'static str {
        type_name::<F>
    }

    fn another(&self) -> Option<BoxedBody> {
        Some(Box::new(SharedAsync::<B, Fut, F>(Arc::clone(&self.0), PhantomData)))
    }

    fn spawn(self: Box<Self>, runtime: &Handle, host: Arc<dyn TaskHost>, run: InTask) -> Option<JoinHandle<()>> {
        Some(Task::new(self, host, run).spawn(runtime, |body, call| (body.0)(call)))
    }
}

/// A future that is polled and dropped inside of the span of its run, also if its task is dropped. The span is never
/// entered across an `await`: other futures of the thread would be inside of it.
struct InSpan<'a, Fut> {
    future: Pin<&'a mut Option<Fut>>,
    span: RunSpan,
}

impl<Fut> InSpan<'_, Fut> {
    fn drop_inside(&mut self) {
        self.span.in_scope(|| self.future.set(None));
    }
}

impl<Fut> Drop for InSpan<'_, Fut> {
    fn drop(&mut self) {
        if self.future.is_some() {
            self.drop_inside();
        }
    }
}

/// A run in a task: its body, and what is needed to end it.
///
/// The run ends when this is dropped, however the task ends: the body ended or panicked, or the task was dropped, even
/// before it was first polled, because its runtime was shut down. The body is kept here and not in the record, so that
/// the user's closure is called in the task and not in the thread that polls.
struct Task<T: Body + 'static> {
    host: Arc<dyn TaskHost>,
    /// `None` once the run has ended.
    state: Option<(Box<T>, InTask)>,
    outcome: Option<Outcome>,
}

impl<T: Body + 'static> Task<T> {
    fn new(body: Box<T>, host: Arc<dyn TaskHost>, run: InTask) -> Self {
        Task { host, state: Some((body, run)), outcome: None }
    }

    /// Spawns the task. `call` calls what the user wrote.
    fn spawn<Fut>(
        mut self,
        runtime: &Handle,
        call: impl FnOnce(&mut T, &Call<'_>) -> Fut + Send + 'static,
    ) -> JoinHandle<()>
    where
        Fut: Future<Output: BodyReturn> + Send + 'static,
    {
        runtime.spawn(async move {
            // Borrowed, so that it is dropped after its future.
            let task = &mut self;
            let future = task.begin(call);
            task.run(future).await;
        })
    }

    /// Calls the user's closure, which returns the future. `None` if it panicked.
    fn begin<Fut>(&mut self, call: impl FnOnce(&mut T, &Call<'_>) -> Fut) -> Option<Fut> {
        let (body, run) = self.state.as_mut()?;
        let InTask { place, label, run: record, run_count, .. } = &*run;
        let context = Call { run: record, run_count: *run_count, label, row: place.row, host: self.host.host() };
        match catch(|| run.span.in_scope(|| call(body, &context))) {
            Ok(future) => Some(future),
            Err(message) => {
                self.outcome = Some(Outcome::Panicked(message));
                None
            }
        }
    }

    /// Polls the future to its end. A panic, of a poll or of a value that the future drops, stays in here.
    async fn run<Fut: Future<Output: BodyReturn>>(&mut self, future: Option<Fut>) {
        let Some((_, InTask { label, span, .. })) = &self.state else { return };
        let (host, job, span) = (&self.host, label.id, span.clone());
        let mut future = InSpan { future: pin!(future), span };
        let outcome = poll_fn(|context| {
            let InSpan { future, span } = &mut future;
            let Some(running) = future.as_mut().as_pin_mut() else { return Poll::Ready(None) };
            let mut running = Some(running);
            let mut polled = Poll::Pending;
            host.poll_inside(job, &mut || {
                let Some(running) = running.take() else { return };
                polled = match catch(|| span.in_scope(|| running.poll(context).map(BodyReturn::into_body_outcome))) {
                    Ok(poll) => poll.map(Some),
                    Err(message) => Poll::Ready(Some(Outcome::Panicked(message))),
                };
            });
            polled
        })
        .await;
        // What the future holds is dropped before its run ends, as a closure's locals are.
        let dropped = catch(|| future.drop_inside());
        match (outcome, dropped) {
            // It panicked before, or it has said how it ended.
            (Some(outcome @ Outcome::Panicked(_)), _) | (Some(outcome), Ok(())) => self.outcome = Some(outcome),
            (_, Err(message)) => self.outcome = Some(Outcome::Panicked(message)),
            (None, Ok(())) => {}
        }
    }
}

impl<T: Body + 'static> Drop for Task<T> {
    fn drop(&mut self) {
        let Some((body, run)) = self.state.take() else { return };
        let host = &self.host;
        let outcome = self.outcome.take().unwrap_or_else(|| {
            let why = if host.host().is_cancelled(&run.run) { SHUT_DOWN } else { RUNTIME_GONE };
            Outcome::Aborted(why.to_owned())
        });
        // A user's clock may panic, and this may be an unwinding already: a second panic would end the process.
        if let Err(payload) = catch_unwind(AssertUnwindSafe(|| host.end_task(run, body, outcome))) {
            drop_quietly(payload);
        }
    }
}
