//! Equal steps around a cycle.

/// The least number of steps of length `step` after which a point on a cycle is less than `length` past its beginning;
/// `None` if it never is. The point starts at `start`, and all four are less than 2⁶².
///
/// O(log n) in the length of the cycle. A job every 5 hours runs at 12:00, 17:00, 22:00, 03:00 …: to find out whether
/// and when it meets a window of ten minutes takes a few divisions, however many days that is away.
pub(super) fn steps_into(start: i64, step: i64, cycle: i64, length: i64) -> Option<i128> {
    if start < length {
        return Some(0);
    }
    let low = cycle - start;
    first_multiple(step.rem_euclid(cycle).into(), cycle.into(), low.into(), (low + length - 1).into())
}

/// The least `n` for which `n * step`, modulo `cycle`, is in `low..=high`. Needs `step < cycle` and
/// `0 < low <= high < cycle`.
fn first_multiple(step: i128, cycle: i128, low: i128, high: i128) -> Option<i128> {
    if step == 0 {
        return None;
    }
    let n = (low + step - 1) / step;
    if n * step <= high {
        return Some(n);
    }
    // No multiple of the step is in the range on the first turn. After `turns`, the range is `turns * cycle` away, and
    // a multiple of the step is in it if `turns * cycle`, modulo `step`, is in the range counted backwards. That is the
    // same question for a smaller cycle, as in Euclid's algorithm.
    let turns = first_multiple(cycle % step, step, step - high % step, step - low % step)?;
    Some((low + turns * cycle + step - 1) / step)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn by_trying(start: i64, step: i64, cycle: i64, length: i64) -> Option<i128> {
        (0..=cycle).find(|n| (start + n * step) % cycle < length).map(i128::from)
    }

    #[test]
    fn the_number_of_steps_is_the_least() {
        for cycle in 2..=24 {
            for (start, step) in (0..cycle).flat_map(|start| (0..2 * cycle).map(move |step| (start, step))) {
                for length in 1..cycle {
                    let expected = by_trying(start, step, cycle, length);
                    assert_eq!(
                        steps_into(start, step, cycle, length),
                        expected,
                        "{start} + n {step} mod {cycle} < {length}"
                    );
                }
            }
        }
    }

    #[test]
    fn a_step_of_a_nanosecond_goes_around_a_day() {
        let day = 86_400_000_000_000;
        assert_eq!(steps_into(1, 1, day, 1), Some(i128::from(day) - 1));
        assert_eq!(steps_into(1, day - 1, day, 1), Some(1));
        assert_eq!(steps_into(day - 1, 2, day, 1), None);
    }
}
