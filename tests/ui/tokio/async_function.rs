//! An `async fn` is a job as any other function, with the feature `tokio`.

use std::io;

#[punctual::repeat(every().second())]
async fn work() {}

#[punctual::repeat(every().second().max_instances(3), &["Ru", "st"].concat())]
#[punctual::repeat("every hour", "World")]
async fn greet(name: &str) -> io::Result<()> {
    tokio::task::yield_now().await;
    assert!(!name.is_empty());
    Ok(())
}

fn main() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
    runtime.block_on(async {
        assert_eq!(punctual::run_all(), 3);
        while punctual::jobs().iter().any(|job| job.is_running()) {
            tokio::task::yield_now().await;
        }
    });
    for job in punctual::jobs() {
        assert_eq!(job.last_outcome(), Some(punctual::Outcome::Completed), "{job}");
    }
}
