//! A sample: how long so many operations take.

use std::{
    sync::OnceLock,
    time::{Duration, Instant},
};

use cpu_time::ThreadTime;

use crate::rows::Row;

/// How the time of a batch of operations is taken.
pub type Watch = fn(&mut dyn FnMut()) -> Duration;

/// No sample takes longer than this to prepare and to measure, unless a single batch does.
const LONGEST: Duration = Duration::from_millis(150);

/// How long so many operations take, as far as can be told from those for which there is time.
pub fn time(row: &mut dyn Row, operations: u64, watch: Watch) -> Duration {
    let began = Instant::now();
    let (mut spent, mut done) = (Duration::ZERO, 0);
    while done == 0 || done < operations && began.elapsed() < LONGEST {
        row.prepare();
        spent += watch(&mut || done += row.operate());
    }
    spent.mul_f64(operations as f64 / done as f64)
}

/// What passes on the wall.
pub fn wall(work: &mut dyn FnMut()) -> Duration {
    let start = Instant::now();
    work();
    start.elapsed().saturating_sub(nothing())
}

/// What passes on the wall, without the time for which others had the processor.
pub fn undisturbed(work: &mut dyn FnMut()) -> Duration {
    let start = ThreadTime::now();
    let wall = wall(work);
    wall.min(start.elapsed())
}

/// How long nothing takes, by the same watch: the median.
fn nothing() -> Duration {
    static MEDIAN: OnceLock<Duration> = OnceLock::new();
    *MEDIAN.get_or_init(|| {
        let mut all: Vec<Duration> = (0..10_001).map(|_| Instant::now().elapsed()).collect();
        all.sort_unstable();
        all[all.len() / 2]
    })
}
