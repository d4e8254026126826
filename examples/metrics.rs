//! Counts runs for Prometheus, and prints what it would scrape: `cargo run --features metrics --example metrics`.
//!
//! A program that runs for long serves `handle.render()` at `/metrics`, or lets `metrics-exporter-prometheus` do so
//! with its feature `http-listener`. Either way, call `handle.run_upkeep()` now and then, as the job below does: the
//! values of histograms are kept until then, or until they are scraped.
#![allow(clippy::print_stdout)]

use std::{thread, time::Duration};

use metrics_exporter_prometheus::PrometheusBuilder;
use punctual::{Retry, Scheduler};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    // First: what runs before there is a recorder is not counted. With buckets, or it would render summaries.
    let handle = PrometheusBuilder::new().set_buckets(&[0.001, 0.01, 0.1, 1.0, 10.0])?.install_recorder()?;

    let scheduler = Scheduler::new();
    scheduler.every().millis(20).named("sweep").run(|| thread::sleep(Duration::from_millis(2)))?;
    let mut answers = [Err("no connection"), Ok(())].into_iter().cycle();
    let sync = scheduler.every().millis(50).named("sync").retry(Retry::fixed(Duration::from_millis(5)).times(3));
    sync.run(move || answers.next().unwrap_or(Ok(())))?;
    scheduler.every().millis(50).named("report").before_run(|_| Err("another process leads".into())).run(|| {})?;
    let upkeep = handle.clone();
    scheduler.every().seconds(5).named("upkeep").run(move || upkeep.run_upkeep())?;

    scheduler.run_until(punctual::chrono::TimeDelta::milliseconds(300))?;
    println!("{}", handle.render());
    Ok(())
}
