#[punctual::repeat(every().second())]
async fn work() {}

fn main() {}
