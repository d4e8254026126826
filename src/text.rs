//! Text as an argument: conversion traits for its types, how errors quote it, and the distance of a typo. Lengths as text.

use std::{fmt, time::Duration};

/// Implements a conversion trait for `&&str`, `String` and `&String` by way of its implementation for `&str`.
///
/// `impl<T: AsRef<str>>` would be shorter, but overlaps with the implementations for chrono's types: those may
/// implement `AsRef<str>` in a later version.
macro_rules! for_texts {
    ($trait:ident, $method:ident -> $output:ty) => {
        for_texts!(@ $trait, $method, $output, &&str, String, &String);
    };
    (@ $trait:ident, $method:ident, $output:ty, $($text:ty),*) => {$(
        impl sealed::Sealed for $text {}

        impl $trait for $text {
            fn $method(self) -> $output {
                let text: &str = self.as_ref();
                text.$method()
            }
        }
    )*};
}

pub(crate) use for_texts;

/// A text as an error quotes it: in quotation marks, and cut short if it is long.
pub(crate) struct Quoted<'a>(pub(crate) &'a str);

impl fmt::Display for Quoted<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (text, cut) = shortened(self.0);
        write!(f, "{text:?}{cut}")
    }
}

/// What an error shows of a text, and the mark if that is not all of it: a text of any length may be given, and what
/// can be read has 256 bytes at most.
pub(crate) fn shortened(text: &str) -> (&str, &'static str) {
    const MOST: usize = 256;
    const SHOWN: usize = 60;
    let end = text.char_indices().nth(SHOWN).filter(|_| text.len() > MOST);
    end.map_or((text, ""), |(end, _)| (&text[..end], "…"))
}

/// A length as people read it, such as `5h 15m`. The text of a schedule has its own, `18900s`, which is one number.
pub(crate) struct Length(Duration);

impl Length {
    /// Shows all of it.
    pub(crate) fn exact(length: Duration) -> Self {
        Length(length)
    }

    /// Shows what matters: whole seconds from a minute on, else whole milliseconds if there is one.
    pub(crate) fn rounded(length: Duration) -> Self {
        const MINUTE: Duration = Duration::from_secs(60);
        let excess = match length {
            _ if length >= MINUTE => length.subsec_nanos(),
            _ if length >= Duration::from_millis(1) => length.subsec_nanos() % 1_000_000,
            _ => 0,
        };
        Length(length - Duration::from_nanos(excess.into()))
    }
}

impl fmt::Display for Length {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let length = self.0;
        let (mut rest, mut separator) = (length.as_secs(), "");
        for (unit, name) in [(86_400, "d"), (3_600, "h"), (60, "m")] {
            if rest >= unit {
                write!(f, "{separator}{}{name}", rest / unit)?;
                (rest, separator) = (rest % unit, " ");
            }
        }
        match Duration::new(rest, length.subsec_nanos()) {
            Duration::ZERO if separator.is_empty() => f.write_str("0s"),
            Duration::ZERO => Ok(()),
            // Beside greater units, as a part of a second.
            short if rest == 0 && !separator.is_empty() => write!(f, "{separator}{}s", short.as_secs_f64()),
            short => write!(f, "{separator}{short:?}"),
        }
    }
}

/// The Levenshtein distance of two texts. Quadratic: for short texts.
pub(crate) fn edits(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, from) in a.chars().enumerate() {
        let mut corner = row[0];
        row[0] = i + 1;
        for (j, to) in b.iter().enumerate() {
            let replaced = corner + usize::from(from != *to);
            corner = row[j + 1];
            row[j + 1] = replaced.min(row[j] + 1).min(corner + 1);
        }
    }
    row[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_length_is_shown_in_its_units() {
        let table = [
            (Duration::ZERO, "0s", "0s"),
            (Duration::from_nanos(1_500), "1.5µs", "1.5µs"),
            (Duration::from_micros(1_999), "1.999ms", "1ms"),
            (Duration::from_millis(1_500), "1.5s", "1.5s"),
            (Duration::from_secs(59), "59s", "59s"),
            (Duration::from_secs(60), "1m", "1m"),
            (Duration::from_millis(60_500), "1m 0.5s", "1m"),
            (Duration::from_millis(90_500), "1m 30.5s", "1m 30s"),
            (Duration::from_secs(18_900), "5h 15m", "5h 15m"),
            (Duration::from_secs(86_400 + 61), "1d 1m 1s", "1d 1m 1s"),
            (Duration::from_secs(30 * 86_400 + 3_600), "30d 1h", "30d 1h"),
            (Duration::MAX, "213503982334601d 7h 15.999999999s", "213503982334601d 7h 15s"),
        ];
        for (length, exact, rounded) in table {
            assert_eq!(Length::exact(length).to_string(), exact, "{length:?}");
            assert_eq!(Length::rounded(length).to_string(), rounded, "{length:?}");
        }
    }

    #[test]
    fn a_quoted_text_is_cut_short_if_it_is_long() {
        assert_eq!(Quoted("a\n\"b\"").to_string(), r#""a\n\"b\"""#);
        assert_eq!(Quoted(&"é".repeat(128)).to_string(), format!("\"{}\"", "é".repeat(128)));
        assert_eq!(Quoted(&"é".repeat(129)).to_string(), format!("\"{}\"…", "é".repeat(60)));
        assert_eq!(Quoted(&"x".repeat(10_000_000)).to_string(), format!("\"{}\"…", "x".repeat(60)));
    }
}
