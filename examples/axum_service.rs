//! A web service with jobs in its runtime, a page that shows them, and an orderly stop. It asks itself for the page and
//! then stops, so it ends: `cargo run --features tokio --example axum_service`
#![allow(clippy::print_stdout)]

use std::{net::SocketAddr, time::Duration};

use axum::{extract::State, routing::get, Router};
use punctual::{EventKind, Received, Scheduler};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    sync::oneshot,
    time::sleep,
};

/// The page: one job a line, and when it runs next.
async fn jobs(State(scheduler): State<Scheduler>) -> String {
    scheduler.jobs().iter().map(|job| format!("{job}\n")).collect()
}

/// Asks for the page, as a browser does.
async fn ask(address: SocketAddr) -> std::io::Result<String> {
    let mut stream = TcpStream::connect(address).await?;
    stream.write_all(b"GET /jobs HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n").await?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await?;
    Ok(answer)
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let scheduler = Scheduler::new();
    scheduler.every().millis(50).named("refresh").run_async(|| async {
        sleep(Duration::from_millis(10)).await;
    })?;
    // One that is in progress when the service stops, and would take an hour.
    scheduler.every().hour().immediately().named("archive").run_async(|| sleep(Duration::from_secs(3_600)))?;

    // Events, as a task hears them.
    let events = scheduler.subscribe(1_000)?;
    let told = tokio::spawn(async move {
        let mut runs = 0;
        while let Some(received) = events.recv_async().await {
            match received {
                Received::Event(event) if event.kind == EventKind::Failed => {
                    println!("{} {}", event.name, event.outcome().map(ToString::to_string).unwrap_or_default());
                }
                Received::Event(event) => runs += u32::from(event.kind == EventKind::Executed),
                Received::Missed(n) => println!("{n} events were missed"),
            }
        }
        runs
    });

    // What ends it: here the first answer, in a service `tokio::signal::ctrl_c()`.
    let (stop, stopped) = oneshot::channel::<()>();
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?;
    let asks = tokio::spawn(async move {
        sleep(Duration::from_millis(200)).await;
        let answer = ask(address).await;
        let _ = stop.send(());
        answer
    });

    let app = Router::new().route("/jobs", get(jobs)).with_state(scheduler.clone());
    let driver = tokio::spawn(scheduler.run_forever_async());
    let stopped = async {
        let _ = stopped.await;
    };
    axum::serve(listener, app).with_graceful_shutdown(stopped).await?;

    // The requests are served. Now the jobs: no further run begins, and those in progress have a moment to end.
    for unfinished in scheduler.shutdown_async(Duration::from_millis(100)).await {
        println!("{} is dropped: it has been running since {:?}", unfinished.name, unfinished.last_started);
    }
    driver.await??;
    println!("{}", asks.await??);

    while scheduler.jobs().iter().any(|job| job.is_running()) {
        tokio::task::yield_now().await;
    }
    drop(scheduler);
    println!("{} runs", told.await?);
    Ok(())
}
