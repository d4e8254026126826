//! Measures one thing several times.

use std::time::Duration;

use crate::process::{stopwatch, stopwatch_cost, worked};

/// How often a thing is measured: until `time` has passed, but at least `least` and at most `most` times. A thing that
/// takes more than `PATIENCE` times that time is measured once.
#[derive(Clone, Copy)]
pub(crate) struct Effort {
    pub(crate) time: Duration,
    pub(crate) least: usize,
    pub(crate) most: usize,
}

impl Effort {
    const PATIENCE: u32 = 2;

    pub(crate) const fn new(millis: u64, least: usize, most: usize) -> Self {
        Effort { time: Duration::from_millis(millis), least, most }
    }

    /// The median of the values that `measure` returns.
    pub(crate) fn median(self, mut measure: impl FnMut() -> f64) -> f64 {
        let begin = stopwatch();
        let mut samples = Vec::new();
        loop {
            samples.push(measure());
            let spent = stopwatch() - begin;
            let enough = samples.len() >= self.least && spent > self.time;
            if enough || samples.len() >= self.most || spent > self.time * Self::PATIENCE {
                return median(&mut samples);
            }
        }
    }
}

/// How long `f` takes, in nanoseconds. Above a millisecond this is processor time, which does not depend on the load of
/// the machine; below, elapsed time, because reading the processor clock would itself take too long.
pub(crate) fn nanos(f: impl FnOnce()) -> f64 {
    const SHORT: Duration = Duration::from_millis(1);
    let worked_before = worked();
    let begin = stopwatch();
    f();
    let taken = stopwatch() - begin;
    if taken > SHORT {
        return (worked() - worked_before).as_nanos() as f64;
    }
    (taken.as_nanos() as f64 - stopwatch_cost()).max(0.0)
}

/// How long one operation takes, in nanoseconds. `f(n)` performs `n` operations; `n` is chosen so that a sample takes
/// about a millisecond.
pub(crate) fn each(effort: Effort, mut f: impl FnMut(usize)) -> f64 {
    const SAMPLE: f64 = 1e6;
    let mut once = nanos(|| f(1));
    for _ in 0..3 {
        if once < SAMPLE {
            once = once.min(nanos(|| f(1)));
        }
    }
    let times = (SAMPLE / once.max(1.0)).clamp(1.0, 1e5) as usize;
    effort.median(|| nanos(|| f(times)) / times as f64)
}

/// The middle sample, or the mean of the two in the middle.
pub(crate) fn median(samples: &mut [f64]) -> f64 {
    samples.sort_unstable_by(f64::total_cmp);
    let middle = samples.len() / 2;
    match samples.len() {
        0 => f64::NAN,
        odd if odd % 2 == 1 => samples[middle],
        _ => (samples[middle - 1] + samples[middle]) / 2.0,
    }
}

#[cfg(test)]
mod tests {
    use super::median;

    #[test]
    fn the_median_is_in_the_middle() {
        assert_eq!(median(&mut [3.0, 1.0, 100.0]), 3.0);
        assert_eq!(median(&mut [4.0, 1.0, 100.0, 2.0]), 3.0);
    }
}
