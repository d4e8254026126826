//! Stopping loops.

use std::sync::Arc;

use parking_lot::Mutex;

/// The requests to stop the loops of a scheduler.
///
/// A request must end the loops that run, must not end those that begin later, and must not be lost if it comes a
/// moment before its loop. A flag cannot do all three (who resets it?), so requests are counted: a loop notes the count
/// when it begins, and ends once the count is another.
#[derive(Default)]
pub(crate) struct Stops {
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    /// The loops that run now.
    running: usize,
    /// The loops that have ever begun.
    begun: u64,
    /// The requests ever made.
    requests: u64,
    /// Set by a request that no loop has seen: the next loop ends at once.
    pending: bool,
}

/// A loop that runs, or is about to. It counts as running until this is dropped.
pub(crate) struct Looping {
    stops: Arc<Stops>,
    /// The number of requests that this loop does not obey.
    requests: u64,
}

impl Stops {
    /// Begins a loop.
    pub(crate) fn enter(self: &Arc<Self>) -> Looping {
        let mut state = self.state.lock();
        state.running += 1;
        state.begun += 1;
        // A loop that has noted one request less than there were obeys that one: it ends at its first look.
        let unseen = u64::from(std::mem::take(&mut state.pending));
        let requests = state.requests.wrapping_sub(unseen);
        drop(state);
        Looping { stops: Arc::clone(self), requests }
    }

    /// The number of loops that have begun so far.
    pub(crate) fn begun(&self) -> u64 {
        self.state.lock().begun
    }

    /// Ends the loops that run now. If none runs, and none has begun since there were `begun` of them, the next one
    /// ends at once.
    ///
    /// ```text
    /// let stop = stop_handle();                       begun = 0
    /// spawn(stop.stop());  run_forever();             stop first: begun is still 0, the loop ends at once
    ///                                                 loop first: it runs, and ends
    /// run_forever() has ended by itself; stop.stop(); begun is 1 by now: no later loop is concerned
    /// ```
    pub(crate) fn stop(&self, begun: u64) {
        let mut state = self.state.lock();
        state.requests += 1;
        // A handle from before an earlier loop takes nothing back from a later one.
        state.pending |= state.running == 0 && state.begun == begun;
    }

    /// Ends the loops that run now, and no others.
    pub(crate) fn stop_running(&self) {
        self.state.lock().requests += 1;
    }
}

impl Looping {
    /// Whether a request has come since the loop began.
    pub(crate) fn is_to_end(&self) -> bool {
        self.stops.state.lock().requests != self.requests
    }
}

impl Drop for Looping {
    fn drop(&mut self) {
        self.stops.state.lock().running -= 1;
    }
}
