#[punctual::repeat("wekday at 9:00")]
fn text() {}

#[punctual::repeat(every second)]
fn words() {}

#[punctual::repeat(10.seconds())]
fn number() {}

#[punctual::repeat("World", every().second())]
fn wrong_order(_name: &str) {}

#[punctual::repeat(every().second(); "World")]
fn wrong_comma(_name: &str) {}

fn main() {}
