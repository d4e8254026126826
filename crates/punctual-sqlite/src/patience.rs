//! How a call waits for the lock of another process.

use std::{
    cell::Cell,
    hash::{BuildHasher, RandomState},
    thread,
    time::{Duration, Instant},
};

use rusqlite::Connection;

thread_local! {
    /// Until when the call of this thread waits; `None` before the first.
    static DEADLINE: Cell<Option<Instant>> = const { Cell::new(None) };
}

/// The longest pause between two tries. A process that has work all the time leaves the lock free for some microseconds
/// between two commits: SQLite itself, which pauses for up to 100 ms, misses that for seconds.
const LONGEST: u64 = 1_000;

/// The tries after which a pause has its full length.
const TRIES: u64 = 50;

/// Makes a connection wait until the deadline of the call.
pub(crate) fn install(connection: &Connection) -> rusqlite::Result<()> {
    connection.busy_handler(Some(again))
}

/// Begins a call, which waits that long in all.
pub(crate) fn begin(timeout: Duration) {
    DEADLINE.set(Instant::now().checked_add(timeout));
}

/// Whether a call that could not get the lock for `tries` times tries again, after a pause.
pub(crate) fn again(tries: i32) -> bool {
    if DEADLINE.get().is_some_and(|deadline| deadline <= Instant::now()) {
        return false;
    }
    let tries = u64::try_from(tries).unwrap_or_default().min(TRIES);
    // Drawn, so that it does not keep step with the commits of the other.
    let drawn = RandomState::new().hash_one(()) % (1 + LONGEST * (tries + 1) / TRIES);
    thread::sleep(Duration::from_micros(drawn));
    true
}
