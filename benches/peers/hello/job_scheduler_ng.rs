use job_scheduler_ng::{Job, JobScheduler};

fn main() {
    let mut scheduler = JobScheduler::new();
    scheduler.add(Job::new("0 30 10 * * *".parse().expect("Valid schedule"), || println!("Hello")));
    loop {
        scheduler.tick();
        std::thread::sleep(std::time::Duration::from_secs(1));
    }
}
