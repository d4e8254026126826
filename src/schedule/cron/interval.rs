//! The interval of `@every 1h30m`, which some schedulers read and which is no cron expression.

/// An interval, in the largest unit that divides it.
#[derive(Debug)]
pub(crate) struct Interval {
    n: u64,
    unit: &'static str,
}

impl Interval {
    /// Reads whole numbers, each with a unit, as in `1h30m`.
    pub(crate) fn read(text: &str) -> Option<Self> {
        const UNITS: [(&str, u64); 5] =
            [("ms", 1), ("s", 1_000), ("m", 60_000), ("h", 3_600_000), ("d", 24 * 3_600_000)];
        let (mut millis, mut rest) = (0_u64, text);
        while !rest.is_empty() {
            let unit = rest.trim_start_matches(|letter: char| letter.is_ascii_digit());
            let n: u64 = rest[..rest.len() - unit.len()].parse().ok()?;
            rest = unit.trim_start_matches(|letter: char| letter.is_ascii_alphabetic());
            let unit = &unit[..unit.len() - rest.len()];
            let (_, length) = UNITS.into_iter().find(|(name, _)| *name == unit)?;
            millis = millis.checked_add(n.checked_mul(length)?)?;
        }
        let known = [("hour", 3_600_000), ("minute", 60_000), ("second", 1_000), ("millisecond", 1)];
        let (unit, length) = known.into_iter().find(|(_, length)| millis > 0 && millis % length == 0)?;
        Some(Interval { n: millis / length, unit })
    }

    /// As text: `every 2 hours`.
    pub(crate) fn words(&self) -> String {
        match (self.n, self.unit) {
            (1, unit) => format!("every {unit}"),
            (n, unit) => format!("every {n} {unit}s"),
        }
    }

    /// As a sentence: `every().hours(2)`.
    pub(super) fn sentence(&self) -> String {
        match (self.n, self.unit) {
            (n, "millisecond") => format!("every().millis({n})"),
            (1, unit) => format!("every().{unit}()"),
            (n, unit) => format!("every().{unit}s({n})"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_interval_is_a_number_of_its_largest_unit() {
        let read = |text| Interval::read(text).map(|interval| (interval.words(), interval.sentence()));
        for (text, words, sentence) in [
            ("2h", "every 2 hours", "every().hours(2)"),
            ("1h", "every hour", "every().hour()"),
            ("1h30m", "every 90 minutes", "every().minutes(90)"),
            ("1m30s", "every 90 seconds", "every().seconds(90)"),
            ("60s", "every minute", "every().minute()"),
            ("1s500ms", "every 1500 milliseconds", "every().millis(1500)"),
            ("1ms", "every millisecond", "every().millis(1)"),
            ("24h", "every 24 hours", "every().hours(24)"),
            ("1d", "every 24 hours", "every().hours(24)"),
        ] {
            assert_eq!(read(text), Some((words.to_owned(), sentence.to_owned())), "{text}");
        }
        for text in
            ["", "0s", "h", "5", "-5m", "1.5h", "5 m", "5µs", "5w", "18446744073709551615h", "9999999999999999d"]
        {
            assert_eq!(read(text), None, "{text}");
        }
    }
}
