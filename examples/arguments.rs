//! What a job works with. Mirrors "Pass arguments to a job" of Python's `schedule`:
//! `schedule.every(2).seconds.do(greet, name='Alice')`.
//!
//! Here a closure holds the arguments; what it needs to keep, it takes by `move`.
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

    // A body may change what it holds.
    let mut count = 0;
    every().minute().run(move || {
        count += 1;
        println!("Counted to {count}");
    })?;

    // What others shall see goes through a channel, a mutex or an atomic.
    let (results, inbox) = channel();
    every().hour().run(move || results.send("all is well"))?;

    // The job itself, where the body wants to know about it.
    every().day().named("backup").tag("nightly").run_with(|job: &Context| {
        let tags: Vec<&str> = job.tags().collect();
        println!("Run {} of {}, tagged {tags:?}", job.run_count(), job.name());
    })?;

    run_all();
    run_all();
    inbox.try_iter().for_each(|result| println!("Received: {result}"));
    Ok(())
}
