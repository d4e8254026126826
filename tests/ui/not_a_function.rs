#[punctual::repeat(every().second())]
struct Work;

#[punctual::repeat(every().second())]
pub const NUMBER: u8 = 3;

#[punctual::repeat(every().second())]
unsafe impl Send for Work {}

#[punctual::repeat(every().second())]
mod work {}

fn main() {}
