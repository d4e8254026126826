//! Arguments for a job: a closure captures them, by `move` where it must keep them. Mirrors "Pass arguments to a job"
//! of Python's `schedule`: `schedule.every(2).seconds.do(greet, name='Alice')`.
#![allow(clippy::print_stdout)]

use std::sync::mpsc::channel;

use punctual::{every, run_all, Context};

fn greet(name: &str) {
    println!("Hello {name}");
}

fn main() -> punctual::Result<()> {
    every().seconds(2).run(|| greet("Alice"))?;

    for name in ["Bob".to_owned(), "Charlie".to_owned()] {
        every().seconds(4).run(move || greet(&name))?;
    }

    // A body may change what it captured.
    let mut count = 0;
    every().minute().run(move || {
        count += 1;
        println!("Counted to {count}");
    })?;

    // Results leave a body through a channel, a mutex or an atomic.
    let (results, inbox) = channel();
    every().hour().run(move || results.send("all is well"))?;

    // `run_with` passes a `Context`: which job this is, and which run.
    every().day().named("backup").tag("nightly").run_with(|job: &Context| {
        let tags: Vec<&str> = job.tags().collect();
        println!("Run {} of {}, tagged {tags:?}", job.run_count(), job.name());
    })?;

    run_all();
    run_all();
    inbox.try_iter().for_each(|result| println!("Received: {result}"));
    Ok(())
}
