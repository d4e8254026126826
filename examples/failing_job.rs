//! A failing job affects no other. Mirrors "Exception handling" of Python's `schedule`, where an exception ends the
//! loop unless the job has the decorator `@catch_exceptions(cancel_on_failure=True)`.
#![allow(clippy::print_stdout, clippy::panic)]

use std::{fs, io, panic};

use punctual::{default_scheduler, every, run_all, CancelJob, EventKind};

fn read() -> io::Result<()> {
    fs::read_to_string("/no/such/file").map(drop)
}

fn panic() {
    panic!("out of cheese");
}

/// The counterpart of `cancel_on_failure=True`.
fn read_or_give_up() -> Option<CancelJob> {
    let error = read().err()?;
    println!("giving up failed: {error}");
    Some(CancelJob)
}

fn main() -> punctual::Result<()> {
    // Rust prints every panic by itself; here the listener reports it.
    panic::set_hook(Box::new(|_| {}));

    let listener = default_scheduler().on_event(|event| match (event.kind, event.outcome()) {
        (EventKind::Failed, Some(outcome)) => println!("{} {outcome}", event.name),
        (EventKind::Removed(why), _) => println!("{} is gone: {why}", event.name),
        _ => {}
    });

    let failing = every().minute().named("failing").run(read)?;
    every().minute().named("panicking").run(panic)?;
    every().minute().named("giving up").run(read_or_give_up)?;
    every().minute().named("unharmed").run(|| println!("unharmed did its work"))?;

    for pass in 1..=2 {
        println!("pass {pass}:");
        println!("{} ran", run_all());
    }
    println!("the last outcome of failing: {:?}", failing.last_outcome());

    // `on_event` returned a handle that removes the listener.
    listener.remove();
    println!("unheard: {} ran", run_all());
    Ok(())
}
