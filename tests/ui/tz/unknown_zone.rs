#[punctual::repeat("every day at 9:00 in Europe/Berlim")]
fn work() {}

fn main() {}
