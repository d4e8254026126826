#[punctual::repeat("every day at 9:00 in Europe/Berlin")]
fn work() {}

fn main() {}
