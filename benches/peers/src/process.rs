//! Controls the clock that this process sees, and counts its heap.
//!
//! The only file with `unsafe`, which both need: the clock function of the C library is replaced by a C symbol of the
//! same name, and an allocator implements an unsafe trait. The peers need no change: each is used as its documentation
//! says, and reads what it takes for the machine's clock.
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

/// The offset of each clock from the real one, in nanoseconds.
static WALL_MOVED: AtomicI64 = AtomicI64::new(0);
static MONOTONIC_MOVED: AtomicI64 = AtomicI64::new(0);

type Gettime = unsafe extern "C" fn(clockid_t, *mut timespec) -> c_int;

/// The C library's own `clock_gettime`, looked up once.
fn real_gettime() -> Gettime {
    static REAL: AtomicPtr<libc::c_void> = AtomicPtr::new(std::ptr::null_mut());
    let mut real = REAL.load(Relaxed);
    if real.is_null() {
        // SAFETY: the name is a C string, and `RTLD_NEXT` asks for the next definition of it after ours.
        real = unsafe { libc::dlsym(libc::RTLD_NEXT, c"clock_gettime".as_ptr()) };
        assert!(!real.is_null(), "the C library has no clock_gettime");
        REAL.store(real, Relaxed);
    }
    // SAFETY: not null, so it is the C library's function of that name, which has this type.
    unsafe { transmute::<*mut libc::c_void, Gettime>(real) }
}

/// Overrides the C library's function of the same name, so that the standard library, and with it every peer, calls
/// this one.
///
/// # Safety
/// `time` must be valid for writes, as the C library requires.
#[no_mangle]
unsafe extern "C" fn clock_gettime(clock: clockid_t, time: *mut timespec) -> c_int {
    // SAFETY: the caller guarantees the same to this function.
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
    // SAFETY: `time` is a local variable.
    let result = unsafe { real_gettime()(clock, &mut time) };
    assert_eq!(result, 0, "the clock cannot be read");
    Duration::new(time.tv_sec as u64, time.tv_nsec as u32)
}

/// The real monotonic clock.
pub(crate) fn stopwatch() -> Duration {
    read_real(libc::CLOCK_MONOTONIC)
}

/// The processor time of this process.
pub(crate) fn worked() -> Duration {
    read_real(libc::CLOCK_PROCESS_CPUTIME_ID)
}

/// The real wall clock.
pub(crate) fn real_wall() -> Duration {
    read_real(libc::CLOCK_REALTIME)
}

/// Sets the wall clock that this process sees, as a duration since the Unix epoch.
pub(crate) fn set_wall(to: Duration) {
    WALL_MOVED.store(to.as_nanos() as i64 - read_real(libc::CLOCK_REALTIME).as_nanos() as i64, Relaxed);
}

/// Advances both clocks that this process sees.
pub(crate) fn advance(by: Duration) {
    WALL_MOVED.fetch_add(by.as_nanos() as i64, Relaxed);
    MONOTONIC_MOVED.fetch_add(by.as_nanos() as i64, Relaxed);
}

/// The system allocator, which counts bytes while counting is enabled; otherwise it only tests a flag.
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

// SAFETY: every method forwards its arguments unchanged to the system allocator.
unsafe impl GlobalAlloc for Heap {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        count(|| layout.size() as i64);
        // SAFETY: the caller guarantees the same to this method.
        unsafe { System.alloc(layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        count(|| layout.size() as i64);
        // SAFETY: the caller guarantees the same to this method.
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        count(|| -(layout.size() as i64));
        // SAFETY: the caller guarantees the same to this method.
        unsafe { System.dealloc(pointer, layout) }
    }

    unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        count(|| size as i64 - layout.size() as i64);
        // SAFETY: the caller guarantees the same to this method.
        unsafe { System.realloc(pointer, layout, size) }
    }
}

/// The bytes that `f` allocated and did not free.
pub(crate) fn heap_of(f: impl FnOnce()) -> i64 {
    LIVE.store(0, Relaxed);
    COUNTS.store(true, Relaxed);
    f();
    COUNTS.store(false, Relaxed);
    LIVE.load(Relaxed)
}

/// The cost of reading the stopwatch, in nanoseconds, which is subtracted from every measurement.
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
