//! What the "run in parallel" recipe of Python's `schedule` becomes (`threading.Thread(target=job_func).start()` in each
//! body): one word in the sentence, and a slow job does not hold up the others.

#![allow(clippy::print_stdout)]

use std::time::Duration;

use punctual::{every, run_until, shutdown};

fn job(name: &str) {
    let thread = std::thread::current();
    println!("{}  {name} on {}", chrono::Local::now().format("%H:%M:%S%.3f"), thread.name().unwrap_or("?"));
    std::thread::sleep(Duration::from_millis(900));
}

fn main() -> punctual::Result<()> {
    every().second().parallel().run(|| job("one"))?;
    every().second().parallel().run(|| job("two"))?;
    every().second().run(|| println!("{}  three in turn", chrono::Local::now().format("%H:%M:%S%.3f")))?;

    let ran = run_until(Duration::from_millis(3_500))?;
    shutdown(true);
    println!("{ran} runs");
    Ok(())
}
