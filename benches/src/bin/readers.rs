//! Measures how much concurrent queries slow down other operations: `readers [ROW...]`.
//!
//! Each row runs alone, beside two threads that only spin, and beside two threads that call `next_run` or `idle`. With
//! fewer than three processors, spinning threads alone slow the row down, so a ratio compares with the slower of the
//! first two. Prints medians, in nanoseconds per operation.

use std::{
    hint::black_box,
    sync::atomic::{AtomicBool, Ordering},
    thread,
};

use punctual::Scheduler;
use punctual_benches::{time, wall, Row, ROWS};

const SIZES: [usize; 2] = [1_000, 100_000];
const THREADS: usize = 2;
const ROUNDS: usize = 9;
const GOAL: f64 = 2.0;

/// Rows that have no registry, or a new one in every round.
const WITHOUT_REGISTRY: [&str; 6] =
    ["clock", "manual-read", "manual-advance", "boxed-call", "heap-replace", "first-round"];

fn ask_next_run(scheduler: &Scheduler) {
    black_box(scheduler.next_run());
}

/// Also reads the clock; a `ManualClock` has its own lock.
fn ask_idle(scheduler: &Scheduler) {
    black_box(scheduler.idle());
}

fn spin(_: &Scheduler) {
    for turn in 0..100 {
        black_box(turn);
    }
}

/// Nanoseconds per operation while other threads call `busy` in a loop.
fn beside(threads: usize, busy: fn(&Scheduler), row: &mut dyn Row) -> f64 {
    let scheduler = row.scheduler();
    let stop = AtomicBool::new(false);
    thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                while !stop.load(Ordering::Relaxed) {
                    busy(&scheduler);
                }
            });
        }
        let spent = time(row, OPERATIONS, wall);
        stop.store(true, Ordering::Relaxed);
        spent.as_nanos() as f64 / OPERATIONS as f64
    })
}

/// More than a sample has time for, so that each sample takes its full length.
const OPERATIONS: u64 = 1_000_000_000;

fn median(mut all: Vec<f64>) -> f64 {
    all.sort_unstable_by(f64::total_cmp);
    all[all.len() / 2]
}

fn main() {
    let wanted: Vec<String> = std::env::args().skip(1).collect();
    println!("{:<16} {:>9} {:>9} {:>9} {:>16} {:>16}", "row", "jobs", "alone", "spinners", "next_run", "idle");
    for entry in ROWS.iter().filter(|entry| !WITHOUT_REGISTRY.contains(&entry.name)) {
        if !wanted.is_empty() && !wanted.iter().any(|name| name == entry.name) {
            continue;
        }
        for jobs in SIZES.into_iter().filter(|jobs| entry.sizes.contains(jobs)) {
            let row = &mut *(entry.make)(jobs);
            let mut times = [(); 4].map(|()| Vec::new());
            for _ in 0..ROUNDS {
                times[0].push(beside(0, spin, row));
                times[1].push(beside(THREADS, spin, row));
                times[2].push(beside(THREADS, ask_next_run, row));
                times[3].push(beside(THREADS, ask_idle, row));
            }
            let [alone, spinners, next_run, idle] = times.map(median);
            let shown = |asked: f64| {
                let ratio = asked / alone.max(spinners);
                format!("{asked:>9.1} {ratio:>6.2}{}", if ratio > GOAL { " over" } else { "" })
            };
            println!("{:<16} {jobs:>9} {alone:>9.1} {spinners:>9.1} {} {}", entry.name, shown(next_run), shown(idle));
        }
    }
}
