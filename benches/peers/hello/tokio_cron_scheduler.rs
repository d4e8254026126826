use std::time::Duration;

use tokio_cron_scheduler::{Job, JobScheduler, JobSchedulerError};

#[tokio::main]
async fn main() -> Result<(), JobSchedulerError> {
    let scheduler = JobScheduler::new().await?;
    scheduler.add(Job::new_tz("0 30 10 * * *", chrono_tz::America::New_York, |_, _| println!("Hello"))?).await?;
    scheduler.start().await?;
    loop {
        tokio::time::sleep(Duration::from_secs(100)).await;
    }
}
