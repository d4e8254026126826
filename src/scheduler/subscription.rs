//! Events as a channel.

use std::{
    collections::VecDeque,
    fmt,
    sync::Arc,
    time::{Duration, Instant},
};

use parking_lot::{Condvar, Mutex};

use super::{listeners::Listener, Scheduler};
use crate::{
    error::Result,
    event::Event,
    schedule::{at_least_one, IntoCount},
};

/// What a [`Subscription`] receives.
///
/// ```
/// use punctual::{EventKind, Received};
/// let scheduler = punctual::Scheduler::new();
/// let events = scheduler.subscribe(1)?;
/// scheduler.every().day().run(|| {})?;
/// scheduler.pause();
/// assert_eq!(events.try_recv(), Some(Received::Missed(1)));
/// let last = events.try_recv().and_then(Received::event).unwrap();
/// assert_eq!(last.kind, EventKind::SchedulerPaused);
/// # Ok::<(), punctual::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Received {
    /// An event.
    Event(Event),
    /// The number of events that were lost because the reader was too slow. They came before the event received next.
    Missed(u64),
}

impl Received {
    /// The event; `None` if events were missed.
    ///
    /// ```
    /// assert_eq!(punctual::Received::Missed(3).event(), None);
    /// ```
    pub fn event(self) -> Option<Event> {
        match self {
            Received::Event(event) => Some(event),
            Received::Missed(_) => None,
        }
    }
}

/// A channel of the events of a scheduler: see [`Scheduler::subscribe`].
///
/// It is an iterator that waits for each event, and ends when the scheduler is dropped. In a task, `recv_async` waits
/// for one event, and `into_stream` makes it a stream (feature `tokio`). Dropping it unsubscribes.
///
/// ```
/// use punctual::{EventKind, Received, Scheduler};
/// let scheduler = Scheduler::new();
/// let events = scheduler.subscribe(100)?;
/// let reader = std::thread::spawn(move || {
///     let failures = events.filter_map(Received::event).filter(|event| event.kind == EventKind::Failed);
///     failures.map(|event| event.name).collect::<Vec<_>>()
/// });
/// scheduler.every().day().named("backup").run(|| Err::<(), _>("disk full"))?;
/// scheduler.run_all();
/// drop(scheduler);
/// assert_eq!(reader.join().unwrap(), ["backup"]);
/// # Ok::<(), punctual::Error>(())
/// ```
pub struct Subscription {
    pub(super) channel: Arc<Channel>,
    listener: Listener,
}

pub(super) struct Channel {
    pub(super) state: Mutex<State>,
    changed: Condvar,
    limit: usize,
}

#[derive(Default)]
pub(super) struct State {
    events: VecDeque<Event>,
    /// The events that are lost, all of them before the first in the queue.
    missed: u64,
    /// Whether no other event comes.
    pub(super) is_closed: bool,
    /// The tasks that wait.
    #[cfg(feature = "tokio")]
    pub(super) tasks: super::event_stream::Tasks,
}

/// The end of the channel that the listener holds, which goes with its scheduler.
struct Sender(Arc<Channel>);

impl Sender {
    fn send(&self, event: &Event) {
        let channel = &self.0;
        let mut state = channel.state.lock();
        // The latest are kept: the oldest are those that a reader knows from other sources, if at all.
        if state.events.len() >= channel.limit {
            state.events.pop_front();
            state.missed += 1;
        }
        state.events.push_back(event.clone());
        drop(state);
        channel.changed.notify_one();
        #[cfg(feature = "tokio")]
        channel.wake_tasks();
    }
}

impl Drop for Sender {
    fn drop(&mut self) {
        self.0.state.lock().is_closed = true;
        self.0.changed.notify_all();
        #[cfg(feature = "tokio")]
        self.0.wake_tasks();
    }
}

impl State {
    pub(super) fn take(&mut self) -> Option<Received> {
        match std::mem::take(&mut self.missed) {
            0 => self.events.pop_front().map(Received::Event),
            missed => Some(Received::Missed(missed)),
        }
    }
}

impl Scheduler {
    /// Subscribes to every [`Event`] that happens from now on, in the order of their [`seq`](Event::seq). The
    /// subscription is a channel that holds up to `limit` events, and an iterator over them.
    ///
    /// A reader that is too slow delays nothing: the oldest events are dropped, and it receives their number as
    /// [`Received::Missed`] instead. To receive events in the thread that caused them, use
    /// [`on_event`](Scheduler::on_event).
    ///
    /// # Errors
    ///
    /// If `limit` is zero or negative.
    ///
    /// ```
    /// use punctual::{EventKind, Received};
    /// let scheduler = punctual::Scheduler::new();
    /// let events = scheduler.subscribe(1_000)?;
    /// let job = scheduler.every().day().run(|| {})?;
    /// job.run_now();
    /// let kinds: Vec<EventKind> = events.try_iter().filter_map(Received::event).map(|event| event.kind).collect();
    /// assert_eq!(kinds, [EventKind::Added, EventKind::Started, EventKind::Executed]);
    ///
    /// let error = scheduler.subscribe(0).unwrap_err();
    /// assert_eq!(error.to_string(), "invalid count 0 for subscribe: it must be 1 or more");
    /// # Ok::<(), punctual::Error>(())
    /// ```
    pub fn subscribe(&self, limit: impl IntoCount) -> Result<Subscription> {
        let limit = usize::try_from(at_least_one(limit, "subscribe")?).unwrap_or(usize::MAX);
        let channel = Arc::new(Channel { state: Mutex::default(), changed: Condvar::default(), limit });
        let sender = Sender(Arc::clone(&channel));
        let listener = self.on_event(move |event| sender.send(event));
        Ok(Subscription { channel, listener })
    }
}

impl Subscription {
    /// Waits for the next event. `None` once the scheduler was dropped and everything was received.
    ///
    /// A body or a listener that calls this may wait for itself. In a task, await `recv_async` instead (feature
    /// `tokio`).
    ///
    /// ```
    /// # let scheduler = punctual::Scheduler::new();
    /// let events = scheduler.subscribe(10)?;
    /// scheduler.every().day().named("report").run(|| {})?;
    /// drop(scheduler);
    /// assert_eq!(events.recv().unwrap().event().unwrap().name, "report");
    /// assert_eq!(events.recv(), None);
    /// # Ok::<(), punctual::Error>(())
    /// ```
    pub fn recv(&self) -> Option<Received> {
        self.recv_by(None)
    }

    /// Like [`recv`](Subscription::recv), but waits for at most `timeout`, in real time. Also `None` if no event has
    /// come by then.
    ///
    /// ```
    /// # let scheduler = punctual::Scheduler::new();
    /// let events = scheduler.subscribe(10)?;
    /// assert_eq!(events.recv_timeout(std::time::Duration::from_millis(1)), None);
    /// # Ok::<(), punctual::Error>(())
    /// ```
    pub fn recv_timeout(&self, timeout: Duration) -> Option<Received> {
        self.recv_by(Instant::now().checked_add(timeout))
    }

    fn recv_by(&self, deadline: Option<Instant>) -> Option<Received> {
        let mut state = self.channel.state.lock();
        loop {
            let received = state.take();
            if received.is_some() || state.is_closed {
                return received;
            }
            match deadline {
                None => self.channel.changed.wait(&mut state),
                Some(deadline) => {
                    if self.channel.changed.wait_until(&mut state, deadline).timed_out() {
                        return state.take();
                    }
                }
            }
        }
    }

    /// The next event, if there is one. Does not wait.
    ///
    /// ```
    /// # let scheduler = punctual::Scheduler::new();
    /// let events = scheduler.subscribe(10)?;
    /// assert_eq!(events.try_recv(), None);
    /// scheduler.pause();
    /// assert!(events.try_recv().is_some());
    /// # Ok::<(), punctual::Error>(())
    /// ```
    pub fn try_recv(&self) -> Option<Received> {
        self.channel.state.lock().take()
    }

    /// An iterator over the events that are there. Does not wait.
    ///
    /// ```
    /// # let scheduler = punctual::Scheduler::new();
    /// let events = scheduler.subscribe(10)?;
    /// scheduler.pause();
    /// scheduler.resume();
    /// assert_eq!(events.try_iter().count(), 2);
    /// # Ok::<(), punctual::Error>(())
    /// ```
    pub fn try_iter(&self) -> impl Iterator<Item = Received> + '_ {
        std::iter::from_fn(|| self.try_recv())
    }
}

impl Iterator for Subscription {
    type Item = Received;

    fn next(&mut self) -> Option<Received> {
        self.recv()
    }
}

impl Drop for Subscription {
    fn drop(&mut self) {
        self.listener.remove();
    }
}

impl fmt::Debug for Subscription {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = self.channel.state.lock();
        f.debug_struct("Subscription")
            .field("events", &state.events.len())
            .field("missed", &state.missed)
            .field("limit", &self.channel.limit)
            .finish_non_exhaustive()
    }
}
