trait Work {
    #[punctual::repeat(every().second())]
    fn work();
}

fn main() {}
