//! Async jobs next to other tasks, in the program's own tokio runtime, and an orderly end. They need no thread.
//! What APScheduler's `AsyncIOScheduler` does: `cargo run --features tokio --example async_jobs`
#![allow(clippy::print_stdout)]

use std::{io, sync::Arc, time::Duration};

use punctual::{Context, EventKind, Scheduler};
use tokio::{sync::mpsc, time::sleep};

/// What the jobs share: in a service, its database or its client.
struct Service {
    name: &'static str,
}

impl Service {
    async fn refresh(&self) -> io::Result<()> {
        sleep(Duration::from_millis(30)).await;
        println!("{} refreshed", self.name);
        Ok(())
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> punctual::Result<()> {
    let service = Arc::new(Service { name: "prices" });
    let scheduler = Scheduler::new();

    // The closure is called for each run, and its future owns what it needs: a clone of what the closure has captured.
    let refreshed = Arc::clone(&service);
    let refresh = scheduler.every().millis(200).named("refresh").run_async(move || {
        let service = Arc::clone(&refreshed);
        async move { service.refresh().await }
    })?;

    // Slower than its interval: two at a time, and the other slots are skipped.
    scheduler.every().millis(100).named("report").max_instances(2).run_async_with(|context: Context| async move {
        sleep(Duration::from_millis(250)).await;
        println!("report of {}, {} ms later", context.slot(), (context.now() - context.slot()).num_milliseconds());
    })?;
    scheduler.on_event(|event| {
        if let EventKind::Skipped(why) = event.kind {
            println!("{} skipped: {why}", event.name);
        }
    });

    // A body that blocks its thread is no async one: on a worker, it delays nobody.
    scheduler.every().millis(300).named("archive").parallel().run(|| {
        std::thread::sleep(Duration::from_millis(50));
        println!("archived in {:?}", std::thread::current().name());
    })?;

    // The rest of the program, in the same runtime. In a service, what ends the loop is `tokio::signal::ctrl_c()`.
    let (sender, mut requests) = mpsc::channel::<u32>(1);
    tokio::spawn(async move {
        for request in 1..=5 {
            sleep(Duration::from_millis(180)).await;
            let _ = sender.send(request).await;
        }
    });
    let serve = async {
        while let Some(request) = requests.recv().await {
            println!("request {request} served");
        }
    };
    let runs = scheduler.run_until_async(serve).await?;

    // No further run begins. Those in progress continue: wait for them as long as you like, here for a second at most.
    let all_done = async {
        while scheduler.jobs().iter().any(|job| job.is_running()) {
            sleep(Duration::from_millis(10)).await;
        }
    };
    let in_time = tokio::time::timeout(Duration::from_secs(1), all_done).await.is_ok();
    println!("{runs} runs, {} of them refreshed; ended in time: {in_time}", refresh.run_count());
    Ok(())
}
