use punctual::{every, run_pending};

fn main() -> punctual::Result<()> {
    every().day().at("10:30").tz("America/New_York").run(|| println!("Hello"))?;
    loop {
        run_pending();
        std::thread::sleep(std::time::Duration::from_secs(1));
    }
}
