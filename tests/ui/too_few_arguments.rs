#[punctual::repeat(every().second())]
fn greet(_name: &str) {}

#[punctual::repeat(every().second(), 1)]
fn add(_a: u8, _b: u8, (_c, _d): (u8, u8)) {}

fn main() {}
