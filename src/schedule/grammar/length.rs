//! Lengths, such as `90s`, `1.5min` and `8 hours`.

use std::time::Duration;

use super::super::tokens::Tokens;
use crate::error::Result;

const SECOND: u128 = 1_000_000_000;

/// The units of a length that are written without a blank, with their nanoseconds.
const SHORT: [(&str, u128); 9] = [
    ("ns", 1),
    ("us", 1_000),
    ("µs", 1_000),
    ("μs", 1_000),
    ("ms", 1_000_000),
    ("min", 60 * SECOND),
    ("s", SECOND),
    ("h", 3_600 * SECOND),
    ("d", 86_400 * SECOND),
];

/// What could be another unit, or is no usual short form, with what is written instead.
const REFUSED: [(&str, &str); 7] =
    [("m", "min"), ("mins", "min"), ("sec", "s"), ("secs", "s"), ("hr", "h"), ("hrs", "h"), ("w", "d")];

const LONG: [(&str, u128); 5] = [
    ("millisecond", 1_000_000),
    ("second", SECOND),
    ("minute", 60 * SECOND),
    ("hour", 3_600 * SECOND),
    ("day", 86_400 * SECOND),
];

/// Whether a token has the form of a length, whether or not it is one: digits, then letters.
pub(super) fn is_length(token: &str) -> bool {
    let unit = token.trim_start_matches(|letter: char| letter.is_ascii_digit() || letter == '.');
    let mut known = SHORT.iter().map(|(name, _)| *name).chain(REFUSED.iter().map(|(name, _)| *name));
    unit.len() < token.len() && known.any(|name| name.eq_ignore_ascii_case(unit))
}

impl Tokens<'_> {
    /// Reads a length. Its unit may be a word of its own.
    pub(super) fn length(&mut self) -> Result<Duration> {
        const EXPECTED: &str = "a length, such as 90s, 5min or 8h";
        let token = self.peek();
        let unit = token.trim_start_matches(|letter: char| letter.is_ascii_digit() || letter == '.');
        let number = &token[..token.len() - unit.len()];
        if number.is_empty() {
            return Err(self.unexpected(EXPECTED));
        }
        if let Some((_, instead)) = REFUSED.iter().find(|(name, _)| name.eq_ignore_ascii_case(unit)) {
            return Err(self.wrong(&match *instead {
                "d" => "write the number of days, as 7d".to_owned(),
                instead => format!("write {number}{instead}"),
            }));
        }
        let mut after = *self;
        after.next();
        let nanos = if unit.is_empty() {
            let word = after.peek();
            let singular = word.strip_suffix(['s', 'S']).unwrap_or(word);
            let Some((_, nanos)) = LONG.iter().find(|(name, _)| name.eq_ignore_ascii_case(singular)) else {
                return Err(self.unexpected(EXPECTED));
            };
            after.next();
            *nanos
        } else {
            let known = SHORT.iter().find(|(name, _)| name.eq_ignore_ascii_case(unit));
            known.map(|(_, nanos)| *nanos).ok_or_else(|| self.unexpected(EXPECTED))?
        };
        let length = product(number, nanos).ok_or_else(|| self.wrong("it has more digits than a length can have"))?;
        *self = after;
        Ok(length)
    }
}

/// The length of a decimal number of units, unless it is too long, or not a whole number of nanoseconds.
fn product(number: &str, unit: u128) -> Option<Duration> {
    let (whole, fraction) = number.split_once('.').unwrap_or((number, "0"));
    if whole.is_empty() || !(1..=18).contains(&fraction.len()) {
        return None;
    }
    let scale = 10_u128.pow(fraction.len() as u32);
    let parts = fraction.parse::<u128>().ok()? * unit;
    if parts % scale != 0 {
        return None;
    }
    let nanos = whole.parse::<u128>().ok()?.checked_mul(unit)?.checked_add(parts / scale)?;
    let seconds = u64::try_from(nanos / SECOND).ok()?;
    Some(Duration::new(seconds, (nanos % SECOND) as u32))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Duration> {
        let mut tokens = Tokens::new(text)?;
        let length = tokens.length()?;
        tokens.end("the end")?;
        Ok(length)
    }

    #[test]
    fn each_duration_is_read_as_it_is_shown() {
        for length in [
            Duration::ZERO,
            Duration::from_nanos(1),
            Duration::from_nanos(1_001),
            Duration::from_nanos(1_000_001),
            Duration::from_nanos(999_999_999),
            Duration::from_millis(1_500),
            Duration::from_secs(28_800),
            Duration::MAX,
        ] {
            assert_eq!(read(&format!("{length:?}")).unwrap(), length);
        }
    }

    #[test]
    fn units_are_short_or_words() {
        for text in ["5min", "5 minutes", "300s", "300 seconds", "0.005E0s", "5MIN"] {
            assert_eq!(read(text).ok(), (text != "0.005E0s").then_some(Duration::from_secs(300)), "{text}");
        }
        assert!(read("5m").unwrap_err().to_string().contains("write 5min"));
        for text in ["", "s", "5", "5 weeks", ".5s", "5.s", "1.2.3s", "0.5ns", "99999999999999999999s"] {
            assert!(read(text).is_err(), "{text}");
        }
    }
}
