#[punctual::repeat(every().second())]
#[punctual::repeat(every().minute())]
unsafe extern "C" fn work() {}

fn main() {}
