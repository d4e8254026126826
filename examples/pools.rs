//! Long jobs in a pool of their own, so that they delay no quick ones. Mirrors APScheduler's
//! `executors={'default': ThreadPoolExecutor(10), 'backups': ThreadPoolExecutor(1)}`.
#![allow(clippy::print_stdout)]

use std::{thread::sleep, time::Duration};

use punctual::Scheduler;

fn main() -> punctual::Result<()> {
    let scheduler = Scheduler::builder().workers(10).pool("backups", 1).build()?;
    for name in ["users", "orders", "images"] {
        scheduler.every().day().immediately().named(name).pool("backups").run(move || {
            println!("backing up {name}");
            sleep(Duration::from_millis(150));
        })?;
    }
    scheduler.every().millis(50).named("poll").parallel().run(|| println!("  polling"))?;
    scheduler.every().millis(100).run({
        let weak = scheduler.downgrade();
        move || {
            if let Some(pool) = weak.upgrade().and_then(|scheduler| scheduler.pool("backups")) {
                println!("    {}: {} of {} running, {} waiting", pool.name, pool.running, pool.size, pool.queued);
            }
        }
    })?;

    scheduler.run_until(Duration::from_millis(500))?;
    scheduler.shutdown(true);
    Ok(())
}
