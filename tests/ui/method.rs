struct Worker;

impl Worker {
    #[punctual::repeat(every().second())]
    fn work(&mut self) {}

    #[punctual::repeat(every().second())]
    fn finish(self: Box<Self>) {}
}

fn main() {}
