//! Measures the time per operation.

mod rows;
mod threads;

use std::time::Duration;

use criterion::{criterion_group, criterion_main, measurement::WallTime, BenchmarkGroup, Criterion, SamplingMode};

/// A group with few, long samples: with a million jobs, a sample may have time for one pass only.
fn group<'a>(criterion: &'a mut Criterion, name: &str) -> BenchmarkGroup<'a, WallTime> {
    let mut group = criterion.benchmark_group(name);
    group.sampling_mode(SamplingMode::Flat).sample_size(10).nresamples(2_000);
    group.warm_up_time(Duration::from_millis(200)).measurement_time(Duration::from_millis(800));
    group
}

criterion_group!(benches, rows::rows, threads::threads);
criterion_main!(benches);
