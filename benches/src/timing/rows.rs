//! Each row by itself. Small registries are measured first, because a million jobs change the state of the allocator.

use criterion::Criterion;
use punctual_benches::{time, undisturbed, ROWS};

use crate::group;

const SIZES: [usize; 4] = [1, 1_000, 100_000, 1_000_000];

pub(crate) fn rows(criterion: &mut Criterion) {
    for jobs in SIZES {
        for entry in ROWS.iter().filter(|entry| entry.sizes.contains(&jobs)) {
            let mut row = None;
            group(criterion, entry.name).bench_function(jobs.to_string(), |bencher| {
                let row = row.get_or_insert_with(|| (entry.make)(jobs));
                bencher.iter_custom(|operations| time(&mut **row, operations, undisturbed));
            });
        }
    }
}
