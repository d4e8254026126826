//! What it costs those who work that others only read: `readers [ROW...]`.
//!
//! Each row runs alone, beside two threads that are busy with something else, and beside two threads that ask for
//! `next_run` or for `idle`, by turns. Where there are fewer than three processors the second is slower than the first, and
//! no fault of the registry; a ratio is that to the slower of these. Prints medians, in nanoseconds an operation.

use std::{
    hint::black_box,
    sync::atomic::{AtomicBool, Ordering},
    thread,
};

use punctual::Scheduler;
use punctual_benches::{time, wall, Row, ROWS};

const SIZES: [usize; 2] = [1_000, 100_000];
const THREADS: usize = 2;
const TURNS: usize = 9;
const GOAL: f64 = 2.0;

/// These have no registry, or another in every round.
const ALONE: [&str; 6] = ["clock", "manual-read", "manual-advance", "boxed-call", "heap-replace", "first-round"];

fn ask_next_run(scheduler: &Scheduler) {
    black_box(scheduler.next_run());
}

/// This reads the clock too, and a `ManualClock` has a lock of its own.
fn ask_idle(scheduler: &Scheduler) {
    black_box(scheduler.idle());
}

fn spin(_: &Scheduler) {
    for turn in 0..100 {
        black_box(turn);
    }
}

/// Nanoseconds an operation, while so many threads are busy.
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

/// More than there is time for.
const OPERATIONS: u64 = 1_000_000_000;

fn median(mut all: Vec<f64>) -> f64 {
    all.sort_unstable_by(f64::total_cmp);
    all[all.len() / 2]
}

fn main() {
    let wanted: Vec<String> = std::env::args().skip(1).collect();
    println!("{:<16} {:>9} {:>9} {:>9} {:>16} {:>16}", "row", "jobs", "alone", "spinners", "next_run", "idle");
    for entry in ROWS.iter().filter(|entry| !ALONE.contains(&entry.name)) {
        if !wanted.is_empty() && !wanted.iter().any(|name| name == entry.name) {
            continue;
        }
        for jobs in SIZES.into_iter().filter(|jobs| entry.sizes.contains(jobs)) {
            let row = &mut *(entry.make)(jobs);
            let mut times = [(); 4].map(|()| Vec::new());
            for _ in 0..TURNS {
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
