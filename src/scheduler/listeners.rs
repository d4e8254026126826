//! Who wants to know what happened.

use std::{
    panic::{catch_unwind, AssertUnwindSafe},
    sync::{
        atomic::{AtomicUsize, Ordering},
        Arc, Weak,
    },
};

use parking_lot::Mutex;

use crate::{event::Event, executor::drop_quietly, journal::note};

type Callback = Arc<dyn Fn(&Event) + Send + Sync>;

/// The listeners of a scheduler, in the order in which they came.
#[derive(Default)]
pub(super) struct Listeners {
    list: Mutex<List>,
    /// How many there are, for those who only want to know whether anybody listens.
    count: AtomicUsize,
}

#[derive(Default)]
struct List {
    callbacks: Vec<(u64, Callback)>,
    added: u64,
}

impl Listeners {
    pub(super) fn add(self: &Arc<Self>, callback: impl Fn(&Event) + Send + Sync + 'static) -> Listener {
        let mut list = self.list.lock();
        list.added += 1;
        let number = list.added;
        list.callbacks.push((number, Arc::new(callback)));
        self.count.store(list.callbacks.len(), Ordering::Release);
        Listener { number, listeners: Arc::downgrade(self) }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.count.load(Ordering::Acquire) == 0
    }

    /// Tells everyone who listens at this moment. A listener that panics is logged; the others hear of it all the same.
    pub(super) fn tell(&self, event: &Event) {
        let callbacks: Vec<Callback> =
            self.list.lock().callbacks.iter().map(|(_, callback)| Arc::clone(callback)).collect();
        for callback in callbacks {
            if let Err(payload) = catch_unwind(AssertUnwindSafe(|| callback(event))) {
                note!(Error, "a listener panicked at an event of {}", event.name());
                drop_quietly(payload);
            }
            drop_quietly(callback);
        }
    }

    pub(super) fn clear(&self) {
        let all = std::mem::take(&mut self.list.lock().callbacks);
        self.count.store(0, Ordering::Release);
        all.into_iter().for_each(drop_quietly);
    }
}

/// Takes a listener away again: see [`Scheduler::on_event`](crate::Scheduler::on_event).
///
/// Dropping it changes nothing: the listener stays for as long as the scheduler.
///
/// ```
/// # use std::sync::{atomic::{AtomicUsize, Ordering}, Arc};
/// # let heard = Arc::new(AtomicUsize::new(0));
/// # let count = Arc::clone(&heard);
/// let scheduler = punctual::Scheduler::new();
/// let listener = scheduler.on_event(move |_| {
///     count.fetch_add(1, Ordering::Relaxed);
/// });
/// scheduler.every().day().run(|| {})?;
/// assert!(listener.remove());
/// scheduler.every().day().run(|| {})?;
/// assert_eq!(heard.load(Ordering::Relaxed), 1);
/// # Ok::<(), punctual::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Listener {
    number: u64,
    listeners: Weak<Listeners>,
}

impl Listener {
    /// Takes the listener away; `false` when that was done before.
    ///
    /// An event that is being told at this moment may still reach it.
    ///
    /// ```
    /// let listener = punctual::Scheduler::new().on_event(|_| {});
    /// assert!(!listener.remove(), "it left with its scheduler");
    /// ```
    pub fn remove(&self) -> bool {
        let Some(listeners) = self.listeners.upgrade() else { return false };
        let mut list = listeners.list.lock();
        let Some(place) = list.callbacks.iter().position(|(number, _)| *number == self.number) else {
            return false;
        };
        let (_, callback) = list.callbacks.remove(place);
        listeners.count.store(list.callbacks.len(), Ordering::Release);
        drop(list);
        drop_quietly(callback);
        true
    }
}
