//! How long the operations take.

mod rows;
mod threads;

use std::time::Duration;

use criterion::{criterion_group, criterion_main, measurement::WallTime, BenchmarkGroup, Criterion, SamplingMode};

/// Few samples, each long enough: with a million jobs one pass may be all that fits.
fn group<'a>(criterion: &'a mut Criterion, name: &str) -> BenchmarkGroup<'a, WallTime> {
    let mut group = criterion.benchmark_group(name);
    group.sampling_mode(SamplingMode::Flat).sample_size(10).nresamples(2_000);
    group.warm_up_time(Duration::from_millis(200)).measurement_time(Duration::from_millis(800));
    group
}

criterion_group!(benches, rows::rows, threads::threads);
criterion_main!(benches);
