//! What this process does to itself: it moves its own clock and counts its own heap.
//!
//! The only file with `unsafe`. Both need it by their nature: a clock of the C library is replaced under its own C name,
//! and an allocator is an unsafe trait. No peer knows, so each runs just as its documentation says, on what it takes for
//! the machine's clock and the machine's memory.
#![allow(unsafe_code)]

use std::{
    alloc::{GlobalAlloc, Layout, System},
    ffi::c_int,
    mem::transmute,
    sync::{
        atomic::{AtomicBool, AtomicI64, AtomicPtr, Ordering::Relaxed},
        OnceLock,
    },
    time::Duration,
};

use libc::{clockid_t, timespec};

/// By how much each clock has been moved, in nanoseconds.
static WALL_MOVED: AtomicI64 = AtomicI64::new(0);
static MONOTONIC_MOVED: AtomicI64 = AtomicI64::new(0);

type Gettime = unsafe extern "C" fn(clockid_t, *mut timespec) -> c_int;

/// The C library's own `clock_gettime`, found once.
fn real_gettime() -> Gettime {
    static REAL: AtomicPtr<libc::c_void> = AtomicPtr::new(std::ptr::null_mut());
    let mut real = REAL.load(Relaxed);
    if real.is_null() {
        // SAFETY: the name is a C string, and `RTLD_NEXT` asks for the next definition of it behind ours.
        real = unsafe { libc::dlsym(libc::RTLD_NEXT, c"clock_gettime".as_ptr()) };
        assert!(!real.is_null(), "the C library has no clock_gettime");
        REAL.store(real, Relaxed);
    }
    // SAFETY: not null, so it is the C library's function of that name, which has this type.
    unsafe { transmute::<*mut libc::c_void, Gettime>(real) }
}

/// Stands before the C library's function of the same name: the standard library, and with it every peer, reads this one.
///
/// # Safety
/// `time` is valid for writes, as the C library asks.
#[no_mangle]
unsafe extern "C" fn clock_gettime(clock: clockid_t, time: *mut timespec) -> c_int {
    // SAFETY: what the caller promised to us.
    let result = unsafe { real_gettime()(clock, time) };
    let moved = match clock {
        libc::CLOCK_REALTIME => WALL_MOVED.load(Relaxed),
        libc::CLOCK_MONOTONIC => MONOTONIC_MOVED.load(Relaxed),
        _ => 0,
    };
    if moved != 0 && result == 0 {
        // SAFETY: the call succeeded, so `time` was valid.
        let time = unsafe { &mut *time };
        let nanos = time.tv_nsec + moved % 1_000_000_000;
        time.tv_sec += moved / 1_000_000_000 + nanos.div_euclid(1_000_000_000);
        time.tv_nsec = nanos.rem_euclid(1_000_000_000);
    }
    result
}

fn read_real(clock: clockid_t) -> Duration {
    let mut time = timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: `time` is a local.
    let result = unsafe { real_gettime()(clock, &mut time) };
    assert_eq!(result, 0, "the clock cannot be read");
    Duration::new(time.tv_sec as u64, time.tv_nsec as u32)
}

/// The monotonic clock as it really is.
pub(crate) fn stopwatch() -> Duration {
    read_real(libc::CLOCK_MONOTONIC)
}

/// How long a processor has worked for this process.
pub(crate) fn worked() -> Duration {
    read_real(libc::CLOCK_PROCESS_CPUTIME_ID)
}

/// The wall clock as it really is.
pub(crate) fn real_wall() -> Duration {
    read_real(libc::CLOCK_REALTIME)
}

/// Sets the wall clock that this process sees, in time since the Unix epoch.
pub(crate) fn set_wall(to: Duration) {
    WALL_MOVED.store(to.as_nanos() as i64 - read_real(libc::CLOCK_REALTIME).as_nanos() as i64, Relaxed);
}

/// Lets time pass for this process: both clocks move.
pub(crate) fn advance(by: Duration) {
    WALL_MOVED.fetch_add(by.as_nanos() as i64, Relaxed);
    MONOTONIC_MOVED.fetch_add(by.as_nanos() as i64, Relaxed);
}

/// The system's allocator, which counts when it is told to; when not, it costs one test of a flag.
struct Heap;

static COUNTS: AtomicBool = AtomicBool::new(false);
static LIVE: AtomicI64 = AtomicI64::new(0);

#[global_allocator]
static HEAP: Heap = Heap;

fn count(bytes: impl FnOnce() -> i64) {
    if COUNTS.load(Relaxed) {
        LIVE.fetch_add(bytes(), Relaxed);
    }
}

// SAFETY: every method is the system allocator's, called with what the caller gave.
unsafe impl GlobalAlloc for Heap {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        count(|| layout.size() as i64);
        // SAFETY: as the caller promised.
        unsafe { System.alloc(layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        count(|| layout.size() as i64);
        // SAFETY: as the caller promised.
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        count(|| -(layout.size() as i64));
        // SAFETY: as the caller promised.
        unsafe { System.dealloc(pointer, layout) }
    }

    unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        count(|| size as i64 - layout.size() as i64);
        // SAFETY: as the caller promised.
        unsafe { System.realloc(pointer, layout, size) }
    }
}

/// The bytes that `f` has asked the heap for and not given back.
pub(crate) fn heap_of(f: impl FnOnce()) -> i64 {
    LIVE.store(0, Relaxed);
    COUNTS.store(true, Relaxed);
    f();
    COUNTS.store(false, Relaxed);
    LIVE.load(Relaxed)
}

/// What one reading of the stopwatch costs, in nanoseconds: taken off every measurement.
pub(crate) fn stopwatch_cost() -> f64 {
    static COST: OnceLock<f64> = OnceLock::new();
    *COST.get_or_init(|| {
        let mut costs: Vec<Duration> = (0..1001)
            .map(|_| {
                let begin = stopwatch();
                stopwatch() - begin
            })
            .collect();
        costs.sort_unstable();
        costs[costs.len() / 2].as_nanos() as f64
    })
}
