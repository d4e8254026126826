//! Waiting in a runtime, whether or not it has a timer.

use std::{thread, time::Duration};

use tokio::{
    runtime::Handle,
    time::{sleep, sleep_until, timeout_at, Instant},
};

use super::Core;
use crate::{log_line::log_line, unwind::catch, wake::Ring};

/// Why the runtime that this is called in has no timer, if it has none.
pub(crate) fn check_timer() -> Result<(), String> {
    // There is no other way to ask.
    catch(|| drop(sleep(Duration::ZERO)))
}

/// Calls a function at a later time, by the runtime's clock, which may be paused: in a task of the current runtime or, if
/// it has no timer, in a thread.
pub(super) fn call_at(deadline: Instant, call: impl FnOnce() + Send + 'static) {
    match Handle::try_current() {
        Ok(runtime) if check_timer().is_ok() => drop(runtime.spawn(async move {
            sleep_until(deadline).await;
            call();
        })),
        _ => {
            let wait_and_call = move || {
                thread::sleep(deadline.saturating_duration_since(Instant::now()));
                call();
            };
            if let Err(error) = thread::Builder::new().name("punctual-timer".to_owned()).spawn(wait_and_call) {
                log_line!(Error, "a deadline is not kept, because no thread could be made: {error}");
            }
        }
    }
}

/// Waits for a bell of the scheduler, at most until a deadline.
pub(super) async fn ring_until(ring: Ring<'_>, deadline: Instant, core: &Core) {
    if check_timer().is_ok() {
        // Whichever comes first, the caller looks again.
        let _ = timeout_at(deadline, ring).await;
        return;
    }
    let core = core.weak();
    call_at(deadline, move || core.upgrade().into_iter().for_each(|core| core.bell().ring()));
    ring.await;
}
