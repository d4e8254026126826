#[punctual::repeat(every().second())]
extern "C" fn work() {}

fn main() {}
