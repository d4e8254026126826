//! Which loops are to end.

use parking_lot::Mutex;

/// The wishes to stop. A wish that comes while no loop runs is kept for the next one, so that none is lost between the
/// making of a loop and its first look.
#[derive(Default)]
pub(crate) struct Stops {
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    loops: usize,
    wishes: u64,
    pending: bool,
}

/// A loop that is running; it is counted until this is dropped.
pub(crate) struct Looping<'a> {
    stops: &'a Stops,
    wishes: u64,
}

impl Stops {
    /// Counts a loop that begins; `None` when it is to end at once.
    pub(crate) fn enter(&self) -> Option<Looping<'_>> {
        let mut state = self.state.lock();
        if std::mem::take(&mut state.pending) {
            return None;
        }
        state.loops += 1;
        Some(Looping { stops: self, wishes: state.wishes })
    }

    /// Asks all loops to end; or the next one, if none runs.
    pub(crate) fn stop(&self) {
        let mut state = self.state.lock();
        state.wishes += 1;
        state.pending = state.loops == 0;
    }

    /// Asks the loops to end that run at this moment.
    pub(crate) fn stop_running(&self) {
        self.state.lock().wishes += 1;
    }
}

impl Looping<'_> {
    pub(crate) fn is_to_end(&self) -> bool {
        self.stops.state.lock().wishes != self.wishes
    }
}

impl Drop for Looping<'_> {
    fn drop(&mut self) {
        self.stops.state.lock().loops -= 1;
    }
}
