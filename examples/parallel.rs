//! Bodies on worker threads, so that a slow job does not delay the others. Mirrors "Run in parallel" of Python's
//! `schedule`, `threading.Thread(target=job_func).start()` in each body: here it is one word in the sentence.

#![allow(clippy::print_stdout)]

use std::time::Duration;

use punctual::{every, run_until, shutdown};

fn job(name: &str) {
    let thread = std::thread::current();
    println!("{}  {name} on {}", punctual::chrono::Local::now().format("%H:%M:%S%.3f"), thread.name().unwrap_or("?"));
    std::thread::sleep(Duration::from_millis(900));
}

fn main() -> punctual::Result<()> {
    every().second().parallel().run(|| job("one"))?;
    every().second().parallel().run(|| job("two"))?;
    every().second().run(|| println!("{}  three in turn", punctual::chrono::Local::now().format("%H:%M:%S%.3f")))?;

    let ran = run_until(Duration::from_millis(3_500))?;
    shutdown(true);
    println!("{ran} runs");
    Ok(())
}
