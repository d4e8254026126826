//! Counts allocations per operation and bytes per job. Fails if there are more allocations than the goals allow.

use std::{
    alloc::{GlobalAlloc, Layout, System},
    process::ExitCode,
    sync::atomic::{AtomicU64, Ordering},
};

use punctual::Scheduler;
use punctual_benches::{Row, ROWS};

/// The system allocator, with counters.
struct Counting;

/// The number of allocations, reallocations included.
static ALLOCATIONS: AtomicU64 = AtomicU64::new(0);
/// The number of bytes allocated and not freed.
static LIVE: AtomicU64 = AtomicU64::new(0);

// SAFETY: every call is forwarded unchanged to the system allocator; updating a counter does not allocate.
#[allow(unsafe_code)]
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        ALLOCATIONS.fetch_add(1, Ordering::Relaxed);
        LIVE.fetch_add(layout.size() as u64, Ordering::Relaxed);
        System.alloc(layout)
    }

    unsafe fn dealloc(&self, memory: *mut u8, layout: Layout) {
        LIVE.fetch_sub(layout.size() as u64, Ordering::Relaxed);
        System.dealloc(memory, layout);
    }

    unsafe fn realloc(&self, memory: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        ALLOCATIONS.fetch_add(1, Ordering::Relaxed);
        LIVE.fetch_add(size as u64, Ordering::Relaxed);
        LIVE.fetch_sub(layout.size() as u64, Ordering::Relaxed);
        System.realloc(memory, layout, size)
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

const SIZES: [usize; 3] = [1, 1_000, 100_000];
const OPERATIONS: u64 = 2_000;
const BATCHES: u64 = 8;

const MANY: u64 = 1_000_000;
const BYTES_PER_JOB: f64 = 128.0;

/// Returns the number of operations and of the allocations in them, after a warm-up batch.
fn count(row: &mut dyn Row) -> (u64, u64) {
    row.prepare();
    row.operate();
    let (mut batches, mut operations, mut allocations) = (0, 0, 0);
    while batches < BATCHES || operations < OPERATIONS {
        row.prepare();
        let before = ALLOCATIONS.load(Ordering::Relaxed);
        operations += row.operate();
        batches += 1;
        allocations += ALLOCATIONS.load(Ordering::Relaxed) - before;
    }
    (operations, allocations)
}

/// Whether the allocations exceed the goal. A table that grows with the registry is allowed to, once in many
/// operations; and a few allocations are allowed in a pass over many jobs.
fn is_over(operations: u64, allocations: u64, goal: f64) -> bool {
    let growth = operations / if goal < 1.0 { 10_000 } else { 50 };
    allocations as f64 > goal * operations as f64 + growth as f64
}

/// Measured in a new registry with 1,000,000 jobs: its tables double when they are full, and are nearly full at that
/// size.
fn bytes_per_job() -> f64 {
    let scheduler = Scheduler::new();
    let before = LIVE.load(Ordering::Relaxed);
    for n in 0..MANY {
        let mut runs = n;
        let job = scheduler.every().seconds(3_600 + n % 3_600).run(move || runs = std::hint::black_box(runs) + 1);
        assert!(job.is_ok());
    }
    let bytes = LIVE.load(Ordering::Relaxed) - before;
    bytes as f64 / MANY as f64
}

fn main() -> ExitCode {
    let mut over = false;
    println!("{:<16} {:>9} {:>12} {:>6}", "row", "jobs", "allocations", "goal");
    for entry in ROWS {
        for jobs in SIZES.into_iter().filter(|jobs| entry.sizes.contains(jobs)) {
            let (operations, allocations) = count(&mut *(entry.make)(jobs));
            print!("{:<16} {jobs:>9} {:>12.3}", entry.name, allocations as f64 / operations as f64);
            let Some(goal) = entry.goal.allocations else {
                println!("      -");
                continue;
            };
            let is_over = is_over(operations, allocations, goal);
            println!(" {goal:>6} {}", if is_over { "over" } else { "" });
            over |= is_over;
        }
    }
    let bytes = bytes_per_job();
    let mark = if bytes > BYTES_PER_JOB { "over" } else { "" };
    println!("\n{bytes:.1} bytes a job, of {MANY}; goal {BYTES_PER_JOB} {mark}");
    ExitCode::from(u8::from(over))
}
