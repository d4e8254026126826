//! Text as an argument: conversion traits for its types, and the distance of a typo.

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
