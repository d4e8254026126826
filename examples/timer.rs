//! In place of `threading.Timer(2, hello)`: a job with one run, which can be cancelled before and asked whether it ran.

#![allow(clippy::print_stdout)]

use std::time::Duration;

use punctual::{after, start};

fn main() -> punctual::Result<()> {
    let background = start();

    let hello = after(Duration::from_secs(2)).run(|| println!("hello, world"))?;
    let never = after(Duration::from_secs(1)).run(|| println!("this is never said"))?;

    println!("cancelled in time: {}", never.cancel());
    println!("cancelled twice: {}", never.cancel());

    std::thread::sleep(Duration::from_millis(2_500));
    println!("hello ran {} time, the other {} times", hello.run_count(), never.run_count());
    println!("cancelled too late: {}", hello.cancel());
    background.stop();
    Ok(())
}
