#[punctual::repeat(every().second())]
#[punctual::repeat(every().minute())]
async unsafe fn work() {}

fn main() {}
