//! Draws of random lengths that keep to a bound.

/// Draws a number from a range, both ends included.
pub(crate) type Draw<'a> = &'a mut dyn FnMut(u64, u64) -> u64;

/// So many lengths are tried one by one.
const FEW: u64 = 64;

/// How often a length is drawn again, of many.
const TRIES: u32 = 16;

/// Draws one of the lengths that fit, each with the same chance, where one was drawn that does not. `None` if none
/// fits.
///
/// Of many lengths this relies on a longer step having a later slot. That is not so where slots were missed, because
/// the slot after now is then several steps away; there a length that fits can be overlooked, if few do:
///
/// ```text
/// every 5 to 10 minutes, slot 12:00, now 12:11       5: 12:15      6: 12:12      7: 12:14      10: 12:20
/// ```
pub(super) fn one_that_fits((low, high): (u64, u64), draw: Draw<'_>, fits: &mut dyn FnMut(u64) -> bool) -> Option<u64> {
    if high - low < FEW {
        let fitting: Vec<u64> = (low..=high).filter(|length| fits(*length)).collect();
        let last = fitting.len().checked_sub(1)?;
        return fitting.get(draw(0, last as u64) as usize).copied();
    }
    let (mut longest, mut too_long) = match drawn(low, high, draw, fits) {
        Some(length) => return Some(length),
        None => (Some(low).filter(|low| fits(*low))?, high),
    };
    while too_long - longest > 1 {
        let middle = longest + (too_long - longest) / 2;
        if fits(middle) {
            longest = middle;
        } else {
            too_long = middle;
        }
    }
    drawn(low, longest, draw, fits).or(Some(low))
}

/// Draws until a length fits.
fn drawn(low: u64, high: u64, draw: Draw<'_>, fits: &mut dyn FnMut(u64) -> bool) -> Option<u64> {
    (0..TRIES).map(|_| draw(low, high)).find(|length| fits(*length))
}

#[cfg(test)]
mod tests {
    use fastrand::Rng;

    use super::*;

    fn draw_from(range: (u64, u64), fits: fn(u64) -> bool, random: &mut Rng) -> Option<u64> {
        one_that_fits(range, &mut |low, high| random.u64(low..=high), &mut |length| fits(length))
    }

    #[test]
    fn few_lengths_that_fit_are_drawn_alike_wherever_they_are() {
        let mut random = Rng::with_seed(1);
        let mut seen = [0; 20];
        for _ in 0..3_000 {
            seen[draw_from((4, 19), |length| length % 5 == 2, &mut random).unwrap() as usize] += 1;
        }
        for (length, count) in seen.into_iter().enumerate() {
            let expected = if [7, 12, 17].contains(&length) { 900..1_100 } else { 0..1 };
            assert!(expected.contains(&count), "{length}: {count} of 3,000");
        }
    }

    #[test]
    fn the_shortest_of_many_lengths_are_drawn_alike_however_few_of_them_fit() {
        let mut random = Rng::with_seed(1);
        let mut seen = [0; 4];
        for _ in 0..4_000 {
            let length = draw_from((1_000, u64::MAX), |length| length < 1_004, &mut random).unwrap();
            seen[(length - 1_000) as usize] += 1;
        }
        assert!(seen.into_iter().all(|count| (900..1_100).contains(&count)), "{seen:?}");
    }

    #[test]
    fn none_is_drawn_if_none_fits() {
        let mut random = Rng::with_seed(1);
        for range in [(1, 2), (1, 64), (1, 65), (1, u64::MAX), (0, u64::MAX)] {
            assert_eq!(draw_from(range, |_| false, &mut random), None);
            assert_eq!(draw_from(range, |length| length <= 1, &mut random).map(|length| length <= 1), Some(true));
        }
    }
}
