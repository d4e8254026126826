#[punctual::repeat(every().second().run(work))]
fn work() {}

#[punctual::repeat(every().second().run_with(|_| {})?)]
fn more_work() {}

fn main() {}
