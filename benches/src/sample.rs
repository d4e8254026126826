//! Takes a sample: the time that a number of operations takes.

use std::{
    sync::OnceLock,
    time::{Duration, Instant},
};

use cpu_time::ThreadTime;

use crate::rows::Row;

/// A way to measure the time of a batch of operations.
pub type Watch = fn(&mut dyn FnMut()) -> Duration;

/// A sample takes at most this long, preparation included, unless a single batch takes longer.
const LONGEST: Duration = Duration::from_millis(150);

/// The time that `operations` operations take, extrapolated if there is no time to perform all of them.
pub fn time(row: &mut dyn Row, operations: u64, watch: Watch) -> Duration {
    let began = Instant::now();
    let (mut spent, mut done) = (Duration::ZERO, 0);
    while done == 0 || done < operations && began.elapsed() < LONGEST {
        row.prepare();
        spent += watch(&mut || done += row.operate());
    }
    spent.mul_f64(operations as f64 / done as f64)
}

/// Measures elapsed time.
pub fn wall(work: &mut dyn FnMut()) -> Duration {
    let start = Instant::now();
    work();
    start.elapsed().saturating_sub(overhead())
}

/// Measures elapsed time without the time in which other threads had the processor.
pub fn undisturbed(work: &mut dyn FnMut()) -> Duration {
    let start = ThreadTime::now();
    let wall = wall(work);
    wall.min(start.elapsed())
}

/// The median cost of the measurement itself.
fn overhead() -> Duration {
    static MEDIAN: OnceLock<Duration> = OnceLock::new();
    *MEDIAN.get_or_init(|| {
        let mut all: Vec<Duration> = (0..10_001).map(|_| Instant::now().elapsed()).collect();
        all.sort_unstable();
        all[all.len() / 2]
    })
}
