//! What `@tl.job(interval=timedelta(seconds=2))` and `tl.start(block=True)` of Timeloop become: three intervals, ended by
//! Ctrl-C. So that this example ends by itself, it sends itself that signal after seven seconds.

#![allow(clippy::print_stdout)]

use std::{process::Command, time::Duration};

use punctual::{after, every, run_until_signal};

fn sample_job(seconds: u32) -> impl FnMut() + Send + 'static {
    move || println!("{}  {seconds}s job", chrono::Local::now().format("%H:%M:%S"))
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    every().seconds(2).run(sample_job(2))?;
    every().seconds(3).run(sample_job(3))?;
    every().seconds(5).run(sample_job(5))?;

    let this_process = std::process::id().to_string();
    after(Duration::from_secs(7)).run(move || {
        println!("now as if you had pressed Ctrl-C");
        Command::new("kill").args(["-INT", &this_process]).status().map(|_| ())
    })?;

    let ran = run_until_signal()?;
    println!("{ran} runs; the running job was let end");
    Ok(())
}
