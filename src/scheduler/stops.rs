//! Which loops are to end.

use std::sync::Arc;

use parking_lot::Mutex;

/// The wishes to stop.
#[derive(Default)]
pub(crate) struct Stops {
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    running: usize,
    begun: u64,
    wishes: u64,
    /// The next loop is to end at once.
    pending: bool,
}

/// A loop that is running, or about to; it is counted until this is dropped.
pub(crate) struct Looping {
    stops: Arc<Stops>,
    wishes: u64,
}

impl Stops {
    /// Counts a loop that begins.
    pub(crate) fn enter(self: &Arc<Self>) -> Looping {
        let mut state = self.state.lock();
        state.running += 1;
        state.begun += 1;
        let pending = std::mem::take(&mut state.pending);
        let wishes = state.wishes;
        drop(state);
        Looping { stops: Arc::clone(self), wishes: if pending { wishes.wrapping_sub(1) } else { wishes } }
    }

    /// How many loops have begun so far.
    pub(crate) fn begun(&self) -> u64 {
        self.state.lock().begun
    }

    /// Asks the loops to end that run now. If none has begun since there were `begun` of them, the next is to end at once:
    /// a wish that comes a moment before its loop is not lost, and one that comes too late does not end another.
    pub(crate) fn stop(&self, begun: u64) {
        let mut state = self.state.lock();
        state.wishes += 1;
        state.pending = state.running == 0 && state.begun == begun;
    }

    /// Asks the loops to end that run now.
    pub(crate) fn stop_running(&self) {
        self.state.lock().wishes += 1;
    }
}

impl Looping {
    pub(crate) fn is_to_end(&self) -> bool {
        self.stops.state.lock().wishes != self.wishes
    }
}

impl Drop for Looping {
    fn drop(&mut self) {
        self.stops.state.lock().running -= 1;
    }
}
