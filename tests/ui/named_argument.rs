#[punctual::repeat(every().second(), name = "World")]
fn greet(_name: &str) {}

fn main() {}
