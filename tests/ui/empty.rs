#[punctual::repeat]
fn bare() {}

#[punctual::repeat()]
fn empty() {}

fn main() {}
