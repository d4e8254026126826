//! Threads register and cancel jobs while another thread polls. Measures the elapsed time per registration and
//! cancellation, over all threads.

use std::{
    sync::Barrier,
    thread::{self, ScopedJoinHandle},
    time::{Duration, Instant},
};

use criterion::Criterion;
use punctual::Scheduler;
use punctual_benches::fresh;

use crate::group;

const JOBS: usize = 1_000;

fn register_while_polling(scheduler: &Scheduler, threads: usize, times: usize) -> Duration {
    let start = Barrier::new(threads + 1);
    thread::scope(|scope| {
        let register_and_cancel = || {
            start.wait();
            (0..times.div_ceil(threads)).for_each(|n| assert!(fresh::later(scheduler, n).cancel()));
        };
        let running: Vec<_> = (0..threads).map(|_| scope.spawn(register_and_cancel)).collect();
        start.wait();
        let began = Instant::now();
        while !running.iter().all(ScopedJoinHandle::is_finished) {
            scheduler.run_pending();
        }
        began.elapsed()
    })
}

pub(crate) fn threads(criterion: &mut Criterion) {
    let scheduler = Scheduler::new();
    (0..JOBS).for_each(|n| drop(fresh::later(&scheduler, n)));
    for threads in [1, 8] {
        group(criterion, &format!("threads-{threads}")).bench_function(JOBS.to_string(), |bencher| {
            bencher.iter_custom(|times| register_while_polling(&scheduler, threads, times as usize));
        });
    }
}
