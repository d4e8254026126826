use skedge::{every_single, Scheduler};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut scheduler = Scheduler::new();
    every_single().day()?.at("10:30")?.run(&mut scheduler, || println!("Hello"))?;
    loop {
        scheduler.run_pending()?;
        std::thread::sleep(std::time::Duration::from_secs(1));
    }
}
