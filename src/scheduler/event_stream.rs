//! Events in a task.

use std::{
    fmt,
    future::poll_fn,
    pin::Pin,
    task::{Context, Poll, Waker},
};

use futures_core::Stream;

use super::subscription::{Channel, Received, Subscription};

/// The tasks that wait for an event.
#[derive(Default)]
pub(super) struct Tasks {
    waiting: Vec<(u64, Waker)>,
    /// The number of the last wait.
    waits: u64,
}

impl Tasks {
    /// Takes note of a task that waits. Returns what takes its place, to be dropped without the lock.
    fn wait(&mut self, wait: &mut Option<u64>, waker: &Waker) -> Option<Waker> {
        let number = *wait.get_or_insert_with(|| {
            self.waits += 1;
            self.waits
        });
        match self.waiting.iter_mut().find(|(other, _)| *other == number) {
            Some((_, old)) if old.will_wake(waker) => None,
            Some((_, old)) => Some(std::mem::replace(old, waker.clone())),
            None => {
                self.waiting.push((number, waker.clone()));
                None
            }
        }
    }

    fn remove(&mut self, number: u64) -> Option<Waker> {
        let place = self.waiting.iter().position(|(other, _)| *other == number)?;
        Some(self.waiting.swap_remove(place).1)
    }
}

impl Channel {
    /// Wakes the tasks that wait. All of them: one that is woken may be dropped before it looks.
    pub(super) fn wake_tasks(&self) {
        // Taken out first: a waker is foreign code, which may drop the subscription.
        let waiting = std::mem::take(&mut self.state.lock().tasks.waiting);
        waiting.into_iter().for_each(|(_, waker)| waker.wake());
    }
}

/// One wait of a task, which is forgotten with it.
struct Wait<'a> {
    channel: &'a Channel,
    number: Option<u64>,
}

impl Wait<'_> {
    fn poll(&mut self, context: &mut Context<'_>) -> Poll<Option<Received>> {
        let mut state = self.channel.state.lock();
        let received = state.take();
        if received.is_some() || state.is_closed {
            return Poll::Ready(received);
        }
        // Under the lock under which there was no event, so that none is missed.
        let old = state.tasks.wait(&mut self.number, context.waker());
        drop(state);
        drop(old);
        Poll::Pending
    }
}

impl Drop for Wait<'_> {
    fn drop(&mut self) {
        let waker = self.number.and_then(|number| self.channel.state.lock().tasks.remove(number));
        drop(waker);
    }
}

impl Subscription {
    /// Like [`recv`](Subscription::recv), in a task: blocks no thread, on a runtime of any kind. Needs the feature
    /// `tokio`.
    ///
    /// If the returned future is dropped, no event is lost: it can be one of the branches of a `select!`.
    ///
    /// ```
    /// # tokio::runtime::Builder::new_current_thread().build()?.block_on(async {
    /// let scheduler = punctual::Scheduler::new();
    /// let events = scheduler.subscribe(10)?;
    /// let reader = tokio::spawn(async move { events.recv_async().await });
    /// scheduler.every().day().named("report").run(|| {})?;
    /// let event = reader.await?.unwrap().event().unwrap();
    /// assert_eq!(event.name, "report");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # })?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[cfg_attr(docsrs, doc(cfg(feature = "tokio")))]
    pub async fn recv_async(&self) -> Option<Received> {
        let mut wait = Wait { channel: &self.channel, number: None };
        poll_fn(|context| wait.poll(context)).await
    }

    /// Makes it a [`Stream`], for a task. Needs the feature `tokio`.
    ///
    /// This is a type of its own, because a subscription is an iterator: a type that was both would have two methods
    /// `next`.
    ///
    /// ```
    /// use std::{future::poll_fn, pin::Pin};
    /// use punctual::{EventStream, Scheduler};
    /// use futures_core::Stream; // in a program, `futures::StreamExt` or `tokio_stream::StreamExt`, which has `next`
    ///
    /// # tokio::runtime::Builder::new_current_thread().build()?.block_on(async {
    /// let scheduler = Scheduler::new();
    /// let mut events: EventStream = scheduler.subscribe(10)?.into_stream();
    /// scheduler.every().day().named("report").run(|| {})?;
    /// let received = poll_fn(|context| Pin::new(&mut events).poll_next(context)).await;
    /// assert_eq!(received.unwrap().event().unwrap().name, "report");
    /// # Ok::<(), punctual::Error>(())
    /// # })?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[cfg_attr(docsrs, doc(cfg(feature = "tokio")))]
    pub fn into_stream(self) -> EventStream {
        EventStream { subscription: self, number: None }
    }
}

/// A [`Stream`] of the events of a scheduler: see [`Subscription::into_stream`]. It ends when the scheduler is dropped.
///
/// ```
/// # let scheduler = punctual::Scheduler::new();
/// let events = scheduler.subscribe(10)?.into_stream();
/// scheduler.pause();
/// assert!(events.into_inner().try_recv().is_some());
/// # Ok::<(), punctual::Error>(())
/// ```
#[cfg_attr(docsrs, doc(cfg(feature = "tokio")))]
#[must_use = "a stream that is dropped receives nothing"]
pub struct EventStream {
    subscription: Subscription,
    /// The number of the wait in which its task is noted.
    number: Option<u64>,
}

impl EventStream {
    /// The subscription, with what it has not received yet.
    ///
    /// ```
    /// # let scheduler = punctual::Scheduler::new();
    /// let events = scheduler.subscribe(10)?.into_stream().into_inner();
    /// assert_eq!(events.try_recv(), None);
    /// # Ok::<(), punctual::Error>(())
    /// ```
    pub fn into_inner(self) -> Subscription {
        self.subscription
    }
}

impl Stream for EventStream {
    type Item = Received;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Received>> {
        let this = &mut *self;
        let mut wait = Wait { channel: &this.subscription.channel, number: this.number };
        let received = wait.poll(context);
        // It is noted until the next event or poll, and not forgotten here.
        this.number = wait.number.take();
        received
    }
}

impl fmt::Debug for EventStream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("EventStream").field(&self.subscription).finish()
    }
}
