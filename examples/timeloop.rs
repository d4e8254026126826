//! In place of `@tl.job(interval=timedelta(seconds=2))` and `tl.start(block=True)` of Timeloop: three intervals, each
//! on a worker, ended by Ctrl-C. To end by itself, this example sends itself that signal after seven seconds.

#![allow(clippy::print_stdout)]

use std::{process::Command, thread::sleep, time::Duration};

use punctual::{after, every, run_until_signal, shutdown};

fn say(what: &str) {
    println!("{}  {what}", punctual::chrono::Local::now().format("%H:%M:%S"));
}

fn sample_job(seconds: u32) -> impl FnMut() + Send + 'static {
    move || {
        say(&format!("{seconds}s job"));
        sleep(Duration::from_millis(1_500));
        say(&format!("{seconds}s job is done"));
    }
}

fn main() -> punctual::Result<()> {
    every().seconds(2).parallel().run(sample_job(2))?;
    every().seconds(3).parallel().run(sample_job(3))?;
    every().seconds(5).parallel().run(sample_job(5))?;

    let this_process = std::process::id().to_string();
    after(Duration::from_secs(7)).run(move || {
        say("now as if you had pressed Ctrl-C");
        Command::new("kill").args(["-INT", &this_process]).status().map(|_| ())
    })?;

    run_until_signal()?;
    say("the loop has ended, but not what is running on workers");
    // Without this, the program would end now and cut them off.
    shutdown(true);
    say("all is done");
    Ok(())
}
