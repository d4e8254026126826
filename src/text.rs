//! Text as an argument: conversion traits for its types, how errors quote it, and the distance of a typo.

use std::fmt;

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
    fn a_quoted_text_is_cut_short_if_it_is_long() {
        assert_eq!(Quoted("a\n\"b\"").to_string(), r#""a\n\"b\"""#);
        assert_eq!(Quoted(&"é".repeat(128)).to_string(), format!("\"{}\"", "é".repeat(128)));
        assert_eq!(Quoted(&"é".repeat(129)).to_string(), format!("\"{}\"…", "é".repeat(60)));
        assert_eq!(Quoted(&"x".repeat(10_000_000)).to_string(), format!("\"{}\"…", "x".repeat(60)));
    }
}
