//! Compares async runs with bare spawns of the same futures: nanoseconds per run, the best and the median of some
//! rounds, when all jobs are due at once.
//!
//! `cargo run --release --features tokio --bin async_runs`

use std::{
    future::{poll_fn, Future},
    sync::{
        atomic::{AtomicUsize, Ordering},
        Arc,
    },
    task::Poll,
    time::{Duration, Instant},
};

use punctual::{chrono::DateTime, ManualClock, Scheduler};
use tokio::{
    runtime::{Builder, Runtime},
    task::yield_now,
};

/// What a body does: counts.
fn body(count: &Arc<AtomicUsize>) -> impl Future<Output = ()> + Send + 'static {
    let count = Arc::clone(count);
    async move {
        count.fetch_add(1, Ordering::Relaxed);
    }
}

async fn until(count: Arc<AtomicUsize>, goal: usize) {
    while count.load(Ordering::Relaxed) < goal {
        yield_now().await;
    }
}

/// The time per run of each round, sorted.
async fn rounds<F: Future<Output = ()>>(n: usize, number: usize, mut round: impl FnMut(usize) -> F) -> Vec<f64> {
    let mut times = Vec::new();
    for nth in 1..=number {
        let start = Instant::now();
        round(nth).await;
        times.push(start.elapsed().as_nanos() as f64 / n as f64);
    }
    times.remove(0); // the first warms up
    times.sort_by(f64::total_cmp);
    times
}

async fn bare(n: usize, number: usize) -> Vec<f64> {
    let count = Arc::new(AtomicUsize::new(0));
    let theirs = Arc::clone(&count);
    let round = move |nth| {
        let count = Arc::clone(&theirs);
        async move {
            for _ in 0..n {
                tokio::spawn(body(&count));
            }
            until(count, nth * n).await;
        }
    };
    rounds(n, number, round).await
}

async fn scheduled(n: usize, number: usize) -> Vec<f64> {
    let count = Arc::new(AtomicUsize::new(0));
    let scheduler = Scheduler::with_clock(ManualClock::new(DateTime::UNIX_EPOCH));
    for _ in 0..n {
        let count = Arc::clone(&count);
        scheduler.every().seconds(10).run_async(move || body(&count)).expect("a valid sentence");
    }
    let round = |nth: usize| {
        let (count, scheduler) = (Arc::clone(&count), scheduler.clone());
        async move {
            let is_over = poll_fn(move |_| match count.load(Ordering::Relaxed) < nth * n {
                true => Poll::Pending,
                false => Poll::Ready(()),
            });
            let runs = scheduler.run_until_async(is_over).await.expect("a runtime");
            assert_eq!(runs, n, "as many runs as jobs");
        }
    };
    rounds(n, number, round).await
}

fn show(name: &str, runtime: &Runtime) {
    for (n, number) in [(1_000, 300), (100_000, 9)] {
        let bare = runtime.block_on(async move { tokio::spawn(bare(n, number)).await.expect("no panic") });
        let ours = runtime.block_on(async move { tokio::spawn(scheduled(n, number)).await.expect("no panic") });
        let median = |times: &[f64]| times[times.len() / 2];
        let ratio = (ours[0] / bare[0], median(&ours) / median(&bare));
        println!(
            "{name:<15} {n:>7} {:>6.0} {:>6.0}   {:>6.0} {:>6.0}   {:>5.2} {:>5.2}",
            bare[0],
            median(&bare),
            ours[0],
            median(&ours),
            ratio.0,
            ratio.1
        );
    }
}

fn main() {
    println!("{:<15} {:>7} {:>13}   {:>13}   {:>11}", "runtime", "runs", "spawn, ns", "run, ns", "ratio");
    let mut builder = Builder::new_current_thread();
    show("current_thread", &builder.enable_time().build().expect("a runtime"));
    let mut builder = Builder::new_multi_thread();
    show("multi_thread(2)", &builder.worker_threads(2).enable_time().build().expect("a runtime"));
    // Nothing is due: how often the loop looks is how often it polls its future.
    let runtime = Builder::new_current_thread().enable_time().build().expect("a runtime");
    let scheduler = Scheduler::new();
    for n in 0..1_000_000 {
        scheduler.every().days(1 + n % 100).run_async(|| async {}).expect("a valid sentence");
    }
    let looks = Arc::new(AtomicUsize::new(0));
    let theirs = Arc::clone(&looks);
    let end = async {
        let mut sleep = std::pin::pin!(tokio::time::sleep(Duration::from_secs(1)));
        poll_fn(|context| {
            theirs.fetch_add(1, Ordering::Relaxed);
            sleep.as_mut().poll(context)
        })
        .await;
    };
    runtime.block_on(scheduler.run_until_async(end)).expect("a runtime");
    println!(
        "1,000,000 idle jobs: {} polls in a second, the first two and the last included",
        looks.load(Ordering::Relaxed)
    );
}
