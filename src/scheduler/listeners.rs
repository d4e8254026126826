//! The listeners of a scheduler.

use std::sync::{
    atomic::{AtomicUsize, Ordering},
    Arc, Weak,
};

use parking_lot::Mutex;

use crate::{
    event::Event,
    log_line::log_line,
    unwind::{catch, drop_quietly},
};

pub(super) type Callback = Arc<dyn Fn(&Event) + Send + Sync>;

/// The listeners of a scheduler, in the order in which they were added.
#[derive(Default)]
pub(super) struct Listeners {
    list: Mutex<List>,
    /// The number of listeners, for readers without the lock: without any, events are not even made.
    count: AtomicUsize,
}

#[derive(Default)]
struct List {
    callbacks: Vec<Registered>,
    added: u64,
}

struct Registered {
    number: u64,
    callback: Callback,
    /// The number of the last event before the listener was added. Events up to that one may still be on their way.
    after: u64,
}

impl Listeners {
    /// Adds a listener that hears the events whose number is greater than `after`.
    pub(super) fn add(self: &Arc<Self>, after: u64, callback: Callback) -> Listener {
        let mut list = self.list.lock();
        list.added += 1;
        let number = list.added;
        list.callbacks.push(Registered { number, callback, after });
        self.count.store(list.callbacks.len(), Ordering::Release);
        Listener { number, listeners: Arc::downgrade(self) }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.count.load(Ordering::Acquire) == 0
    }

    /// Calls every listener. A panic of one is logged, and does not keep the others from being called.
    pub(super) fn call(&self, event: &Event) {
        // Copied out of the lock, because a listener may add and remove listeners.
        let callbacks: Vec<Callback> = {
            let list = self.list.lock();
            let hearing = list.callbacks.iter().filter(|listener| event.seq > listener.after);
            hearing.map(|listener| Arc::clone(&listener.callback)).collect()
        };
        for callback in callbacks {
            if catch(|| callback(event)).is_err() {
                log_line!(Error, "a listener panicked at an event of {}", event.name);
            }
            // The last reference, if the listener was removed meanwhile.
            drop_quietly(callback);
        }
    }

    pub(super) fn clear(&self) {
        let all = std::mem::take(&mut self.list.lock().callbacks);
        self.count.store(0, Ordering::Release);
        all.into_iter().for_each(|listener| drop_quietly(listener.callback));
    }
}

/// A handle that removes a listener: see [`Scheduler::on_event`](crate::Scheduler::on_event).
///
/// Dropping it has no effect: the listener stays for as long as the scheduler. Clones refer to the same listener.
///
/// ```
/// # let (sender, heard) = std::sync::mpsc::channel();
/// let scheduler = punctual::Scheduler::new();
/// let listener = scheduler.on_event(move |event| sender.send(event.name.clone()).unwrap());
/// scheduler.every().day().named("first").run(|| {})?;
/// assert!(listener.remove());
/// scheduler.every().day().named("second").run(|| {})?;
/// assert_eq!(heard.try_iter().collect::<Vec<_>>(), ["first"]);
/// # Ok::<(), punctual::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Listener {
    number: u64,
    listeners: Weak<Listeners>,
}

impl Listener {
    /// Removes the listener. Returns `false` if it was removed already, or its scheduler was dropped.
    ///
    /// An event that another thread is delivering at this moment may still reach it.
    ///
    /// ```
    /// let scheduler = punctual::Scheduler::new();
    /// let listener = scheduler.on_event(|event| println!("{event:?}"));
    /// assert!(listener.remove());
    /// assert!(!listener.remove());
    /// ```
    pub fn remove(&self) -> bool {
        let Some(listeners) = self.listeners.upgrade() else { return false };
        let mut list = listeners.list.lock();
        let Some(place) = list.callbacks.iter().position(|listener| listener.number == self.number) else {
            return false;
        };
        // Keeps the order of the others, in which they are called.
        let removed = list.callbacks.remove(place);
        listeners.count.store(list.callbacks.len(), Ordering::Release);
        drop(list);
        // Its `Drop` is a user's, and may add a listener.
        drop_quietly(removed.callback);
        true
    }
}
