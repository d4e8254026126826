use clokwerk::{Job, Scheduler, TimeUnits};

fn main() {
    let mut scheduler = Scheduler::new();
    scheduler.every(1.day()).at("10:30").run(|| println!("Hello"));
    loop {
        scheduler.run_pending();
        std::thread::sleep(std::time::Duration::from_secs(1));
    }
}
