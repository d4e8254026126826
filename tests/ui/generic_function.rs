#[punctual::repeat(every().second(), "World")]
fn greet<T: AsRef<str>>(_name: T) {}

#[punctual::repeat(every().second(), [1, 2])]
fn add<const N: usize>(_numbers: [u8; N]) {}

fn main() {}
