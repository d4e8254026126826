#[punctual::repeat(every().second())]
unsafe fn work() {}

fn main() {}
