#[punctual::repeat(every().second(), "World")]
fn work() {}

#[punctual::repeat(every().second(), "World", 1, 2)]
fn greet(_name: &str) {}

fn main() {}
