//! Python's `sched`, line by line: `enter`, `enterabs`, `cancel`, `empty`, `queue`, `run`.

#![allow(clippy::print_stdout)]

use std::time::Duration;

use punctual::chrono::Utc;
use punctual::{ManualClock, Scheduler};

fn main() -> punctual::Result<()> {
    // s = sched.scheduler(timefunc, delayfunc)
    let clock = ManualClock::new(Utc::now());
    let s = Scheduler::with_clock(clock.clone());

    // s.enter(10, 1, print_time)
    s.after(Duration::from_secs(10)).priority(1).run(|| println!("default"))?;
    // s.enter(5, 2, print_time, argument=('positional',)); of two due at once, the lower priority number runs first
    s.after(Duration::from_secs(5)).priority(2).run(|| println!("second of two at the same time"))?;
    s.after(Duration::from_secs(5)).priority(1).run(|| println!("first of two at the same time"))?;
    // s.enterabs(t, 10, print_time)
    s.once(clock.now() + Duration::from_secs(20)).priority(10).run(|| println!("at a moment"))?;
    // e = s.enter(15, 1, print_time); s.cancel(e)
    let e = s.after(Duration::from_secs(15)).run(|| println!("never"))?;
    println!("cancel: {}, again: {}", e.cancel(), e.cancel());

    // s.queue
    let mut queue = s.jobs();
    queue.sort_by_key(|job| job.next_run());
    queue.iter().for_each(|job| println!("queued: {job}"));
    // s.run(blocking=False)
    println!("ran {}, next in {:?}", s.run_pending(), s.idle());
    // s.run()
    println!("ran {} to the end", s.run_until_empty());
    // s.empty()
    println!("empty: {}", s.jobs().is_empty());
    Ok(())
}
