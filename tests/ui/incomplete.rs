#[punctual::repeat(every())]
fn no_unit() {}

#[punctual::repeat(every, "World")]
fn no_parentheses(_name: &str) {}

#[punctual::repeat(after)]
fn no_delay() {}

#[punctual::repeat(every().second)]
fn like_python() {}

#[punctual::repeat(every().seconds)]
fn how_many() {}

#[punctual::repeat(every(10).seconds)]
fn number_too_early() {}

fn main() {}
